"""Building an atlas: sources, aggregate, pack, check, publish, in that order.

Importing this module needs the ``atlas`` extra; reading, checking and publishing a release do not.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import ibis
import numpy as np

from fieldmark.atlas.aggregate import evidence_table, levels_table, occurrence
from fieldmark.atlas.checks import check_file
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.geography import Geography
from fieldmark.atlas.pack import OccurrenceRows, pack
from fieldmark.atlas.publish import publish_file
from fieldmark.atlas.sources import Evidence, RecordSource, Source, open_source
from fieldmark.atlas.taxa import Taxa, read_taxa
from fieldmark.domain.area import Release
from fieldmark.errors import SourceBroken

__all__ = ["BuildReport", "BuildSpec", "build_atlas"]

STARTER_PREFIX: Final = "starter-"
_NATURAL_EARTH: Final = "Natural Earth 4.1 and U.S. Census Bureau 2017 (public domain)"
_STEPS: Final = ("read places", "read sources", "count", "pack", "check and publish")

Progress = Callable[[str, int, int], None]
"""Hears the step that begins, its number from 1, and how many there are."""


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """What to build. ``taxa`` is the folder of labels.csv and ancestors.csv.

    ``built_on`` is an ISO date: part of the release, so that the same input gives the same bytes. A
    name that begins with ``starter-`` makes a starter atlas: coarse, and every wild taxon in it.
    """

    sources: tuple[Path, ...]
    taxa: Path
    out: Path
    name: str
    built_on: str
    licence: str = "CC0-1.0"
    resolution: int = 3
    expected_from: float = 0.1

    @property
    def starter(self) -> bool:
        """Whether the release is a starter atlas."""
        return self.name.startswith(STARTER_PREFIX)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built: how much went in, how much came out, and how long each step took."""

    name: str
    out: Path
    size_bytes: int
    taxa: int
    evidence_rows: int
    cells: int
    records: int
    seconds: Mapping[str, float] = field(default_factory=dict)


def build_atlas(spec: BuildSpec, progress: Progress = lambda *_: None) -> BuildReport:
    """Build a release from its sources and publish it as a file.

    Raises:
        SourceBroken: a source or the taxa cannot be used.
        CheckFailed: the release does not hold what it must; nothing was published.
        OSError: the file cannot be written; what stood there still stands.
    """
    if not spec.sources:
        raise SourceBroken("an atlas needs one source at least")
    clock = _Clock(progress)
    with clock.step():
        taxa = read_taxa(spec.taxa)
        geography = Geography.of(spec.resolution)
    with clock.step():
        sources = [open_source(path) for path in spec.sources]
        evidence = Evidence.joined([_evidence(source, geography, taxa) for source in sources])
    with clock.step():
        rows = _count(evidence, geography)
    with clock.step():
        release = _release(spec, rows, [source.name for source in sources])
        content = pack(rows, release, taxa)
    with clock.step():
        required = taxa.wild - evidence.nowhere if spec.starter else frozenset()
        size_bytes = publish_file(content, spec.out, lambda file: check_file(file, required))
    return _report(spec, content, evidence, size_bytes, clock.seconds)


class _Clock:
    """Tells of each step as it begins and keeps how long it took."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self) -> Iterator[None]:
        name = _STEPS[len(self.seconds)]
        self._progress(name, len(self.seconds) + 1, len(_STEPS))
        start_s = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start_s


def _evidence(source: Source | RecordSource, geography: Geography, taxa: Taxa) -> Evidence:
    if not hasattr(source, "evidence"):
        raise SourceBroken(f"{source.name} holds records; an atlas is built of ranges only")
    return source.evidence(geography, taxa)


def _count(evidence: Evidence, geography: Geography) -> OccurrenceRows:
    levels = levels_table(geography.grid.cells, geography.grid.resolution)
    counted = occurrence(evidence_table(evidence), levels)
    return OccurrenceRows(ibis.duckdb.connect().to_pyarrow(counted))


def _release(spec: BuildSpec, rows: OccurrenceRows, sources: list[str]) -> Release:
    return Release(
        name=spec.name,
        resolution=spec.resolution,
        coarsest=0,
        expected_from=spec.expected_from,
        known=np.unique(rows.taxon_id),
        starter=spec.starter,
        licence=spec.licence,
        sources=(*sources, _NATURAL_EARTH),
        built_on=spec.built_on,
    )


def _report(
    spec: BuildSpec,
    content: ReleaseContent,
    evidence: Evidence,
    size_bytes: int,
    seconds: Mapping[str, float],
) -> BuildReport:
    return BuildReport(
        name=spec.name,
        out=spec.out,
        size_bytes=size_bytes,
        taxa=len(content.taxa),
        evidence_rows=evidence.cell.size,
        cells=len(content.cells),
        records=len(content.records),
        seconds=seconds,
    )
