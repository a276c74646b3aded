"""A survey: sources of records staged, their names matched, counted, and mapped to cells.

Its ``account`` says what became of each row of each source.
"""

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow as pa

from fieldmark.atlas.account import SourceAccount
from fieldmark.atlas.engines import Engine
from fieldmark.atlas.records.cells import count_cells
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.count import MatchedSource, count
from fieldmark.atlas.records.counts import CellCounts, Counts, SourceTally
from fieldmark.atlas.records.licences import Licence, read_licence
from fieldmark.atlas.records.matching import NameMatcher
from fieldmark.atlas.records.names import match_names, species_named
from fieldmark.atlas.records.nearby import Place
from fieldmark.atlas.records.scientific_names import plain
from fieldmark.atlas.records.source_names import SourceName, names_in, source_names
from fieldmark.atlas.sources.occurrences import RecordSource, StagedSource
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas.taxonomy import Taxonomy
from fieldmark.errors import ExtraMissing, SourceBroken

__all__ = [
    "ReadSource",
    "Survey",
    "SurveySpec",
    "Weighed",
    "matched",
    "require_used",
    "survey",
    "surveyed",
]

_MOST_KEYS: Final = 10_000
"""Dataset keys that an account lists at most."""

_NO_ROOM: Final = {errno.EDQUOT, errno.EFBIG, errno.ENOSPC}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A source of records, and what one of its visits is worth beside those of others."""

    source: RecordSource
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class SurveySpec:
    """How records are taken, for cells of ``resolution``.

    ``synonyms`` gives the accepted name, or id, of another; ``places`` those whose coordinates
    stand for something else, None for the bundled ones.
    """

    resolution: int
    cleaning: CleaningSpec
    synonyms: Mapping[str, str] = field(default_factory=dict)
    places: Sequence[Place] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The outcome. ``taxa`` are those given, or every species that the sources name."""

    taxa: Taxa
    cells: CellCounts
    accounts: Sequence[SourceAccount]
    unmatched: Sequence[tuple[str, int]]
    licences: Mapping[Licence, int]


@dataclass(frozen=True, slots=True, eq=False)
class ReadSource:
    """A staged source with its tables in the engine, and an Arrow table of its names."""

    weighed: Weighed
    staged: StagedSource
    tables: Mapping[str, ibis.Table]
    names: Any

    @property
    def source_names(self) -> Iterator[SourceName]:
        """Its distinct names."""
        return source_names(self.names)


def survey(
    engine: Engine, folder: Path, sources: Sequence[Weighed], taxa: Taxa | None, spec: SurveySpec
) -> Survey:
    """Return what the sources found, by cell.

    Args:
        engine: what runs it.
        folder: an empty one for staged text, for as long as the engine is used.
        sources: one or more.
        taxa: those that the atlas may hold; None for every species that is named.
        spec: how records are taken.

    Raises:
        SourceBroken: a source is not what it should be.
        ExtraMissing: every species is wanted, and the taxonomy is not installed.
        OSError: the disk is full.
    """
    read = [_read(engine, folder / str(n), weighed) for n, weighed in enumerate(sources)]
    taxa, known = matched(read, taxa, spec)
    counts = count(engine, known, spec.cleaning, spec.places)
    return surveyed(engine, counts, read, taxa, spec.resolution)


def matched(
    read: Sequence[ReadSource], taxa: Taxa | None, spec: SurveySpec
) -> tuple[Taxa, list[MatchedSource]]:
    """Return the taxa, every species that is named if None, and what the names are of them.

    Raises:
        ExtraMissing: every species is wanted, and the taxonomy is not installed.
    """
    taxonomy = _taxonomy(read, spec.synonyms, needed=taxa is None)
    if taxa is None:
        assert taxonomy is not None  # noqa: S101  # it was needed
        names = (name for one in read for name in one.source_names)
        taxa = species_named(names, taxonomy, spec.synonyms)
    matcher = NameMatcher(taxa, spec.synonyms, taxonomy)
    return taxa, [_matched(one, matcher) for one in read]


def surveyed(
    engine: Engine, counts: Counts, read: Sequence[ReadSource], taxa: Taxa, resolution: int
) -> Survey:
    """Return what was counted of these sources, by cell of that resolution.

    Raises:
        OSError: the disk is full.
    """
    return Survey(
        taxa=taxa,
        cells=count_cells(engine, counts, resolution),
        accounts=[_account(*each) for each in zip(read, counts.tallies, strict=True)],
        unmatched=counts.unmatched,
        licences=counts.licences,
    )


def require_used(found: Survey) -> None:
    """Require that one record at least is used.

    Raises:
        SourceBroken: there is none; the text counts why.
    """
    if any(account.used for account in found.accounts):
        return
    said = "; ".join(
        f"{account.name}: of {account.rows:,} rows "
        + (", ".join(f"{n:,} {why}" for why, n in account.rejected.items()) or "none")
        for account in found.accounts
    )
    raise SourceBroken(f"no record can be used, so that there is no atlas to build. {said}")


def _read(engine: Engine, folder: Path, weighed: Weighed) -> ReadSource:
    folder.mkdir()
    with _room(weighed.source.name, folder):
        staged = weighed.source.stage(folder)
    tables = {name: engine.parquet(paths) for name, paths in staged.tables.items()}
    return ReadSource(weighed, staged, tables, engine.read(staged.names(tables)))


@contextmanager
def _room(source: str, folder: Path) -> Iterator[None]:
    """Say of a full disk what was to be written there, and what helps."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise OSError(
            error.errno,
            f"no room in {folder} for the records of {source}: {error.strerror}; "
            "choose a larger disk with --workspace",
        ) from error


def _taxonomy(
    read: Sequence[ReadSource], synonyms: Mapping[str, str], *, needed: bool
) -> Taxonomy | None:
    """Return what the taxonomy says of all names, and of those that they stand for.

    None where it is not installed, nor needed.
    """
    texts: set[str] = set()
    ids: set[int] = set()
    for one in read:
        of_one = names_in(one.source_names)
        texts |= of_one[0]
        ids |= of_one[1]
    accepted = {synonyms[key] for text in texts if (key := plain(text)) in synonyms}
    texts |= {text for text in accepted if not text.isdecimal()}
    ids |= {int(text) for text in accepted if text.isdecimal()}
    try:
        return Taxonomy.of(texts, ids)
    except ExtraMissing:
        if needed:
            raise
        return None


def _matched(read: ReadSource, matcher: NameMatcher) -> MatchedSource:
    shown = {name.key: name.shown for name in read.source_names}
    table = match_names(read.names, matcher).table
    titles = pa.array([shown[key] for key in table["name_key"].to_pylist()], pa.string())
    return MatchedSource(
        name=read.weighed.source.name,
        records=read.staged.records(read.tables),
        names=table.append_column("scientific_name", titles),
        weight=read.weighed.weight,
        visits=read.staged.visits(read.tables),
        unreadable=read.staged.unreadable,
        licence=read.staged.provenance.licence,
    )


def _account(read: ReadSource, tally: SourceTally) -> SourceAccount:
    said = read.staged.provenance
    licence = None if said.licence is None else read_licence(said.licence).label
    return SourceAccount(
        name=tally.name,
        title=said.title,
        doi=said.doi,
        licence=licence,
        dataset_keys=tuple(said.dataset_keys[:_MOST_KEYS]),
        weight=read.weighed.weight,
        rows=tally.rows,
        used=tally.used,
        rejected=dict(tally.rejected),
        notes=tuple(said.notes),
    )
