"""The manifest of a model bundle: what the model is, what it wants to see, its tuned numbers."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Never, get_args

from fieldmark.adapters.bundle_files import MANIFEST, PARTS
from fieldmark.domain.answer import ModelInfo, Thresholds
from fieldmark.domain.fusion import FusionSpec
from fieldmark.errors import ModelBroken
from fieldmark.photo.views import Resample, ViewKind, ViewSpec

__all__ = ["FORMAT", "Manifest", "read_manifest"]

FORMAT: Final = 1

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = (
    "format", "name", "version", "licence", "source", "input", "fusion", "answer", "files",
    "provenance",
)  # fmt: skip
_RGB: Final = 3
_HUGE: Final = 1e6


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says; ``sha256`` by file name, None where the files are not yet packed.

    ``provenance`` is for people: where the weights come from and how the file was made.
    """

    info: ModelInfo
    licence: str
    source: str
    views: ViewSpec
    fusion: FusionSpec
    thresholds: Thresholds
    provenance: Mapping[str, object]
    sha256: Mapping[str, str] | None


def read_manifest(text: bytes, where: str) -> Manifest:
    """Return what a manifest says.

    Args:
        text: TOML in UTF-8.
        where: the bundle or the file, for messages.
    Raises:
        ModelBroken: it is malformed; the message names the field, the value and the rule.
    """
    try:
        read = tomllib.loads(text.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelBroken(f"{where}: {MANIFEST} is not TOML: {error}") from error
    top = _Table(read, f"{where}: {MANIFEST}", "", _KEYS)
    if isinstance(found := top.value("format"), bool) or found != FORMAT:
        top.refuse("format", found, f"this version of Fieldmark reads format {FORMAT}")
    return Manifest(
        info=ModelInfo(top.name("name"), top.name("version")),
        licence=top.text("licence"),
        source=top.text("source"),
        views=_views(top.table("input", _INPUT_KEYS)),
        fusion=_fusion(top.table("fusion", _FUSION_KEYS)),
        thresholds=_thresholds(top.table("answer", _ANSWER_KEYS)),
        provenance=top.mapping("provenance"),
        sha256=_files(top.table("files", PARTS)) if top.has("files") else None,
    )


_INPUT_KEYS: Final = ("size", "layout", "mean", "std", "resample", "views", "crop", "min_scale")
_FUSION_KEYS: Final = ("temperature", "a", "b", "floor", "neutral")
_ANSWER_KEYS: Final = ("confident_at", "roll_up_at", "not_an_animal_at")


class _Table:
    """One table of the manifest, whose every refusal says where it is."""

    def __init__(
        self, values: Mapping[str, object], where: str, name: str, known: tuple[str, ...]
    ) -> None:
        self._values = values
        self._where = where
        self._name = name
        for key in values:
            if key not in known:
                import difflib  # noqa: PLC0415  # only who mistypes a name pays

                close = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
                raise ModelBroken(f"{where}: {self._path(key)} is no field; {hint}")

    def has(self, key: str) -> bool:
        return key in self._values

    def value(self, key: str) -> object:
        if key not in self._values:
            raise ModelBroken(f"{self._where}: {self._path(key)} is missing; add it")
        return self._values[key]

    def refuse(self, key: str, value: object, rule: str) -> Never:
        shown = repr(value)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
        raise ModelBroken(f"{self._where}: {self._path(key)} is {shown}; {rule}")

    def text(self, key: str) -> str:
        value = self.value(key)
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, value, "it must be a text that says something")
        return value

    def name(self, key: str) -> str:
        value = self.value(key)
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            self.refuse(key, value, "write letters, digits, dots and dashes in quotes, at most 64")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.value(key)
        if value not in choices:
            self.refuse(key, value, f"it must be {' or '.join(choices)}")
        return str(value)

    def number(self, key: str, default: float, low: float, high: float) -> float:
        value = self._values.get(key, default)
        number = _finite(value)
        if number is None or not low <= number <= high:
            self.refuse(key, value, f"it must be a number from {low:g} to {high:g}")
        return number

    def table(self, key: str, known: tuple[str, ...]) -> "_Table":
        return _Table(self.mapping(key), self._where, f"[{key}] ", known)

    def mapping(self, key: str) -> Mapping[str, object]:
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            self.refuse(key, value, f"it must be a table: [{key}]")
        return value

    def _path(self, key: str) -> str:
        return f"{self._name}{key}"


def _finite(value: object) -> float | None:
    """Return a TOML number, or None for what is no number to reckon with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= _HUGE else None  # NaN compares false


def _views(table: _Table) -> ViewSpec:
    defaults = ViewSpec(size=224)
    size = table.value("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 16 <= size <= 1024:
        table.refuse("size", size, "it must be a whole number of pixels from 16 to 1024")
    if table.has("layout"):
        table.choice("layout", ("RGB",))
    return ViewSpec(
        size=size,
        mean=_channels(table, "mean", zero=True),
        std=_channels(table, "std", zero=False),
        views=_kinds(table),
        crop=table.number("crop", defaults.crop, 0.1, 1.0),
        resample=_resample(table, defaults.resample),
        min_scale=table.number("min_scale", defaults.min_scale, 1.0, 16.0),
    )


def _channels(table: _Table, key: str, *, zero: bool) -> tuple[float, float, float]:
    """Return one number for each of red, green and blue, on the scale of 0-255."""
    value = table.value(key)
    numbers = [_finite(one) for one in (value if isinstance(value, list) else [value] * _RGB)]
    finite = [number for number in numbers if number is not None]
    if len(numbers) != _RGB or len(finite) != _RGB:
        table.refuse(key, value, "it must be one number or three, on the scale of 0-255")
    if not zero and not all(number > 0 for number in finite):
        table.refuse(key, value, "it must be above 0")
    red, green, blue = finite
    return red, green, blue


def _kinds(table: _Table) -> tuple[ViewKind, ...]:
    value = table.value("views")
    kinds = get_args(ViewKind)
    if not isinstance(value, list) or not 1 <= len(value) <= 8:
        table.refuse("views", value, f"it must be a list of 1 to 8 of {', '.join(kinds)}")
    for kind in value:
        if kind not in kinds:
            table.refuse("views", kind, f"a view is one of {', '.join(kinds)}")
    return tuple(value)


def _resample(table: _Table, default: Resample) -> Resample:
    if not table.has("resample"):
        return default
    choices: dict[str, Resample] = {kind: kind for kind in get_args(Resample)}
    return choices[table.choice("resample", tuple(choices))]


def _fusion(table: _Table) -> FusionSpec:
    untuned = FusionSpec()
    return FusionSpec(
        temperature=table.number("temperature", untuned.temperature, 0.01, 100.0),
        a=table.number("a", untuned.a, 0.0, 100.0),
        b=table.number("b", untuned.b, 0.0, 100.0),
        floor=table.number("floor", untuned.floor, 1e-9, 1.0),
        neutral=table.number("neutral", untuned.neutral, 1e-9, 1.0),
    )


def _thresholds(table: _Table) -> Thresholds:
    untuned = Thresholds()
    return Thresholds(
        confident_at=table.number("confident_at", untuned.confident_at, 0.0, 1.0),
        roll_up_at=table.number("roll_up_at", untuned.roll_up_at, 0.0, 1.0),
        not_an_animal_at=table.number("not_an_animal_at", untuned.not_an_animal_at, 0.0, 1.0),
    )


def _files(table: _Table) -> Mapping[str, str]:
    sha256 = {}
    for name in PARTS:
        value = table.value(name)
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            table.refuse(name, value, "it must be the file's sha256 in 64 lower-case hex digits")
        sha256[name] = value
    return sha256
