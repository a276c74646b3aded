"""Building an atlas: read sources, count, smooth, pack, check, publish, in that order.

Importing this module needs the ``atlas`` extra; reading, checking and publishing a release do not.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.account import Account
from fieldmark.atlas.accounting import (
    account_of_ranges,
    licence_of,
    with_survey,
    without_folders,
)
from fieldmark.atlas.assembly import assemble, content_of
from fieldmark.atlas.athena_build import errand_of
from fieldmark.atlas.build_spec import BuildSpec, SourceSpec
from fieldmark.atlas.checks import check_file
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.engines.opening import open_engine
from fieldmark.atlas.geography import Geography
from fieldmark.atlas.opened_sources import OpenedSources, open_sources, survey_spec
from fieldmark.atlas.overrides import BuiltIn, read_built_in
from fieldmark.atlas.plausibility import doubts, doubts_after, refuse_doubtful
from fieldmark.atlas.publish import publish_file
from fieldmark.atlas.records.names import species_named
from fieldmark.atlas.records.source_names import SourceName, names_in
from fieldmark.atlas.records.survey import Survey, require_used, survey
from fieldmark.atlas.rows import BaseRows
from fieldmark.atlas.sensitive import Sensitive, read_sensitive
from fieldmark.atlas.sources import Evidence, Source
from fieldmark.atlas.sources.evidence import NamingSource
from fieldmark.atlas.taxa import Taxa, read_taxa
from fieldmark.atlas.taxonomy import Taxonomy
from fieldmark.domain.area import Release
from fieldmark.domain.override import Overrides
from fieldmark.errors import SourceBroken

__all__ = ["BuildReport", "BuildSpec", "SourceSpec", "build_atlas"]

_NATURAL_EARTH: Final = "Natural Earth 4.1 and U.S. Census Bureau 2017 (public domain)"

Progress = Callable[[str, int, int], None]
"""Hears the step that begins, its number from 1, and how many there are."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built: what became of the sources, what came out, and how long each step took."""

    name: str
    out: Path
    licence: str
    size_bytes: int
    taxa: int
    cells: int
    records: int
    account: Account
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """What the sources say, and of which taxa; the survey is None without sources of records."""

    taxa: Taxa
    cells: NDArray[np.int64]
    evidence: Evidence | None
    survey: Survey | None


@dataclass(frozen=True, slots=True, eq=False)
class _Adjustments:
    """What is done to base rows before anything coarser is made of them."""

    overrides: Overrides
    sensitive: Sensitive

    def __call__(
        self, rows: Iterable[BaseRows], base: NDArray[np.int64], held: NDArray[np.int64]
    ) -> Iterable[BaseRows]:
        if self.overrides:
            rows = BuiltIn(self.overrides, base).applied(rows, BaseRows)
        return self.sensitive.applied(rows, held) if self.sensitive.coarse else rows


def build_atlas(spec: BuildSpec, progress: Progress = lambda *_: None) -> BuildReport:
    """Build a release from its sources and publish it as a file.

    Raises:
        SourceBroken: a source or the taxa cannot be used.
        CheckFailed: the release does not hold what it must, or is doubtful; nothing was published.
        ExtraMissing: the build asks for something that is not installed.
        OSError: the file cannot be written, or the disk is full; what stood there still stands.
    """
    spec, opened = open_sources(spec)
    clock = _Clock(progress, _steps(opened))
    with tempfile.TemporaryDirectory(prefix="fieldmark-atlas-", dir=spec.workspace) as name:
        folder = Path(name)
        said = _said(spec, opened, folder, clock)
        adjustments = _adjustments(spec, said.taxa)
        account = _account(spec, said, opened, adjustments)
        with clock.step("smooth"):
            counts = None if said.survey is None else said.survey.cells
            said = replace(said, survey=None)  # so that the counts go once they are smoothed
            assembly = assemble(
                folder,
                said.cells,
                spec.resolution,
                (said.evidence, counts),
                spec.smoothing,
                adjustments,
            )
            del counts
        with clock.step("pack"):
            release = _release(spec, account, assembly.known, adjustments)
            content = replace(
                content_of(assembly, release, said.taxa),
                account=account if account.tells_more else None,
            )
    with clock.step("check and publish"):
        size_bytes = publish_file(content, spec.out, lambda file: _check(spec, said, file))
    return _report(spec, content, size_bytes, clock.seconds)


def _steps(opened: OpenedSources) -> Sequence[str]:
    steps = ("count", "read ranges", "smooth", "pack", "check and publish")
    left_out = {"count"} - ({"count"} if opened.records else set())
    left_out |= {"read ranges"} - ({"read ranges"} if opened.ranges else set())
    return [step for step in steps if step not in left_out]


class _Clock:
    """Tells of each step as it begins and keeps how long it took."""

    def __init__(self, progress: Progress, steps: Sequence[str]) -> None:
        self._progress = progress
        self._steps = steps
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._progress(name, self._steps.index(name) + 1, len(self._steps))
        start_s = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start_s


def _said(spec: BuildSpec, opened: OpenedSources, folder: Path, clock: _Clock) -> _Said:
    taxa = read_taxa(*spec.taxa) if spec.taxa else None
    found, evidence = None, None
    cells = np.zeros(0, dtype=np.int64)
    if opened.records:
        with clock.step("count"):
            found = _surveyed(spec, opened, taxa, folder)
            taxa = found.taxa
    ranges = opened.ranges
    if found is not None and not ranges:
        require_used(found)
    if ranges:
        with clock.step("read ranges"):
            taxa = taxa or _species_of(ranges)
            geography = Geography.of(spec.resolution)
            cells = geography.grid.cells
            evidence = Evidence.joined([source.evidence(geography, taxa) for source in ranges])
    return _Said(taxa or Taxa({}, frozenset()), cells, evidence, found)


def _surveyed(spec: BuildSpec, opened: OpenedSources, taxa: Taxa | None, folder: Path) -> Survey:
    with closing(open_engine(spec.engine, spec.memory_bytes, folder)) as engine:
        staged = folder / "staged"
        staged.mkdir()
        if spec.engine == "athena":
            return errand_of(spec, opened, taxa).survey(engine, staged)
        return survey(engine, staged, opened.records, taxa, survey_spec(spec))


def _species_of(ranges: Sequence[Source]) -> Taxa:
    """Return every species that sources of ranges name."""
    naming = [source for source in ranges if isinstance(source, NamingSource)]
    texts = dict.fromkeys(name for source in naming for name in source.names)
    names = [SourceName(text, scientific_name=text, kingdom="Animalia") for text in texts]
    if not names:
        raise SourceBroken(
            "these sources of ranges speak of given taxa; name a folder of labels with --taxa"
        )
    return species_named(names, Taxonomy.of(*names_in(names)))


def _adjustments(spec: BuildSpec, taxa: Taxa) -> _Adjustments:
    return _Adjustments(
        Overrides() if spec.overrides is None else read_built_in(spec.overrides, taxa),
        Sensitive({}, frozenset())
        if spec.sensitive is None
        else read_sensitive(spec.sensitive, taxa),
    )


def _account(
    spec: BuildSpec, said: _Said, opened: OpenedSources, adjustments: _Adjustments
) -> Account:
    account = Account(
        sources=tuple(account_of_ranges(source, said.taxa) for source in opened.ranges),
        overrides=tuple(str(override) for override in adjustments.overrides),
        sensitive=tuple(str(row) for row in adjustments.sensitive.rows),
    )
    if said.survey is not None:
        numbers = {"resolution": spec.resolution, "engine": spec.engine, **asdict(spec.smoothing)}
        account = with_survey(account, said.survey, numbers)
    return without_folders(account, (source.address for source in spec.sources))


def _release(
    spec: BuildSpec, account: Account, known: NDArray[np.int32], adjustments: _Adjustments
) -> Release:
    ranges = any(source.rows is None for source in account.sources)
    names = [source.name + (f", doi:{source.doi}" if source.doi else "")
             for source in account.sources]  # fmt: skip
    return Release(
        name=spec.name,
        resolution=spec.resolution,
        coarsest=0,
        expected_from=spec.expected_from,
        known=known,
        starter=spec.starter,
        licence=spec.licence or licence_of(account),
        sources=(*names, _NATURAL_EARTH) if ranges else tuple(names),
        built_on=spec.built_on,
        withheld=adjustments.sensitive.withheld,
        overrides=adjustments.overrides,
    )


def _check(spec: BuildSpec, said: _Said, file: Path) -> None:
    nowhere = frozenset() if said.evidence is None else said.evidence.nowhere
    required = said.taxa.wild - nowhere if spec.starter else frozenset()
    content = check_file(file, required, spec.workspace)
    if not spec.doubtful and not spec.starter:
        refuse_doubtful([*doubts(content), *doubts_after(spec.out, content)])


def _report(
    spec: BuildSpec, content: ReleaseContent, size_bytes: int, seconds: Mapping[str, float]
) -> BuildReport:
    return BuildReport(
        name=spec.name,
        out=spec.out,
        licence=content.release.licence,
        size_bytes=size_bytes,
        taxa=len(content.taxa),
        cells=sum(h3.get_resolution(cell) == spec.resolution for cell in content.cells),
        records=len(content.records),
        account=content.account or Account(),
        seconds=seconds,
    )
