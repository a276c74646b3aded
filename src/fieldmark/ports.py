"""The outside world as the pipeline sees it: one Protocol per outside thing.

An adapter that implements one of these is held to it by the contract suite in ``tests/contract``.
Times are seconds, sizes bytes. A port raises ``Unavailable`` where a retry may help and a
``SetupError`` where it cannot; no error of a vendor passes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.answer import Answer, ModelInfo, Thresholds, Tier
from fieldmark.domain.area import Release
from fieldmark.domain.fusion import FusionSpec
from fieldmark.domain.position import Position
from fieldmark.domain.taxon import Label, Taxon
from fieldmark.photo.views import ViewSpec

__all__ = [
    "AreaStore",
    "Cache",
    "Classifier",
    "FoundAreas",
    "Identifier",
    "Observer",
    "Question",
    "Tier",
    "UseArea",
]

UseArea = Literal["auto", "off", "required"]


@dataclass(frozen=True, slots=True)
class FoundAreas:
    """Packed records by cell; a cell that the release does not hold is absent."""

    records: Mapping[int, bytes] = field(default_factory=dict)
    tier: Tier = "none"
    age_s: float = 0.0
    stale: bool = False


class AreaStore(Protocol):
    """The features of areas: one release of an atlas."""

    def release(self) -> Release:
        """Return what the release in use says of itself.

        Raises:
            AtlasBroken: there is none, or it is not readable.
            Unavailable: the store did not answer.
        """
        ...

    def areas(self, cells: Sequence[int]) -> FoundAreas:
        """Return the packed records of the cells in one query, in ``atlas_format``'s form.

        Raises:
            AtlasBroken: the release is not readable.
            Unavailable: the store did not answer in time.
        """
        ...

    def taxa(self, taxon_ids: Iterable[int]) -> Mapping[int, Taxon]:
        """Return the taxa of the release by id; unknown ids are absent."""
        ...

    def range_of(self, taxon_id: int) -> Mapping[int, int] | None:
        """Return the cells where the taxon occurs, each with its months as bits 0 to 11.

        None where the atlas has never heard of the taxon.
        """
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...


class Cache(Protocol):
    """Bytes by key for a while. A cache may forget anything at any time."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return what is there; a key that is missing or expired is absent."""
        ...

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        """Keep the entries for that long at most."""
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...


class Classifier(Protocol):
    """A model: what it wants to see, what its outputs mean, and the outputs themselves."""

    @property
    def info(self) -> ModelInfo:
        """Name and version, as answers state them."""
        ...

    @property
    def views(self) -> ViewSpec:
        """How a photo must be prepared."""
        ...

    @property
    def labels(self) -> Sequence[Label]:
        """The meaning of each output, in output order."""
        ...

    @property
    def fusion(self) -> FusionSpec:
        """The numbers of the fusion tuned for this model."""
        ...

    @property
    def thresholds(self) -> Thresholds:
        """Where an answer of this model becomes safe to state."""
        ...

    def logits(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ``[L]`` scores before softmax, the mean over the views.

        Args:
            pixels: ``[n, 3, H, W]``, the views of one photo, prepared as ``views`` says.
        Raises:
            ModelBroken: the model cannot run on them.
        """
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks of one photo beside the photo itself.

    ``metadata``: the first bytes of the original, where the photo is a copy that lost them.
    """

    at: Position | None = None
    on: date | None = None
    top: int = 5
    use_area: UseArea = "auto"
    captive: bool = False
    metadata: bytes | None = None
    name: str | None = None


@runtime_checkable
class Identifier(Protocol):
    """Photo to answer, here or elsewhere."""

    def identify(self, photo: bytes, question: Question) -> Answer:
        """Return the ranked animals of the photo and the evidence.

        Raises:
            RequestError: the photo or the question cannot be answered as sent.
            SetupError: a needed part is missing or broken.
        """
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...


class Observer(Protocol):
    """Hears of what happens, for logs and metrics; it never raises and never sees a coordinate."""

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """Take note of one event; the field names carry their units."""
        ...
