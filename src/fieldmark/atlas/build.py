"""Building an atlas: sources, aggregate, pack, check, publish, in that order.

Importing this module needs the ``atlas`` extra; reading, checking and publishing a release do not.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.assembly import assemble, content_of
from fieldmark.atlas.checks import check_file
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.geography import Geography
from fieldmark.atlas.publish import publish_file
from fieldmark.atlas.sources import Evidence, open_source
from fieldmark.atlas.taxa import read_taxa
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
        evidence = Evidence.joined([source.evidence(geography, taxa) for source in sources])
    with TemporaryDirectory(prefix="fieldmark-") as folder:
        with clock.step():
            cells = geography.grid.cells
            assembly = assemble(Path(folder), cells, spec.resolution, (evidence, None))
        with clock.step():
            release = _release(spec, assembly.known, [source.name for source in sources])
            content = content_of(assembly, release, taxa)
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


def _release(spec: BuildSpec, known: NDArray[np.int32], sources: list[str]) -> Release:
    return Release(
        name=spec.name,
        resolution=spec.resolution,
        coarsest=0,
        expected_from=spec.expected_from,
        known=known,
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
