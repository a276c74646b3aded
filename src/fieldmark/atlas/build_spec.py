"""What to build an atlas from, and by which numbers."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from fieldmark.atlas.records.licences import DEFAULT_ALLOWED, Licence
from fieldmark.atlas.smoothing import SmoothingSpec

__all__ = ["BuildSpec", "SourceSpec"]

STARTER_PREFIX: Final = "starter-"


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Where a source is: a path, a glob or ``s3://``; ``as_`` names its format, if it must be told.

    ``weight`` is what one of its visits is worth beside those of the others.
    """

    address: str
    as_: str | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """What to build.

    ``taxa`` are folders of labels.csv and ancestors.csv, none for every species that the sources
    name. ``resolution`` is that of H3, chosen by the kind of sources where it is 0. ``built_on`` is
    an ISO date: part of the release, so that the same input gives the same bytes. A name that
    begins with ``starter-`` makes a starter atlas: coarse, and every wild taxon in it. ``licence``
    is the strictest of the sources' unless given. ``years`` are the first and the last that count,
    ``licences`` those of records that do. ``synonyms``, ``institutions``, ``sensitive`` and
    ``overrides`` are files. ``engine`` is ``duckdb``, ``spark`` or ``athena``; ``memory_bytes``
    bounds what it holds in memory, and what does not fit goes to ``workspace``, the system's place
    for temporary files unless given. ``athena_bucket`` (``s3://``) and ``athena_folder`` are where
    Athena's scripts write, and where they stand, for one build. ``doubtful`` publishes what
    ``plausibility`` doubts, also beside the release that stands at ``out``.
    """

    sources: tuple[SourceSpec, ...]
    taxa: tuple[Path, ...]
    out: Path
    name: str
    built_on: str
    licence: str | None = None
    resolution: int = 0
    expected_from: float = 0.1
    years: tuple[int, int] | None = None
    licences: frozenset[Licence] = DEFAULT_ALLOWED
    synonyms: tuple[Path, ...] = ()
    institutions: Path | None = None
    sensitive: Path | None = None
    overrides: Path | None = None
    engine: str = "duckdb"
    memory_bytes: int = 1 << 30
    workspace: Path | None = None
    athena_bucket: str | None = None
    athena_folder: Path | None = None
    doubtful: bool = False
    smoothing: SmoothingSpec = field(default_factory=SmoothingSpec)

    def at(self, resolution: int) -> "BuildSpec":
        """Return the same with that resolution, unless another was asked for."""
        return self if self.resolution else replace(self, resolution=resolution)

    @property
    def starter(self) -> bool:
        """Whether the release is a starter atlas."""
        return self.name.startswith(STARTER_PREFIX)
