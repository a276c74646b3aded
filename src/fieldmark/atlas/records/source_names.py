"""Names as sources give them, and as Arrow tables of names carry them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fieldmark.atlas.records.scientific_names import read_name

__all__ = ["SourceName", "names_in", "source_names"]

_BATCH: Final = 50_000
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class SourceName:
    """A row of ``occurrences.NAMES``, and how many records have it."""

    key: str
    taxon_id: int | None = None
    scientific_name: str = ""
    rank: str | None = None
    kingdom: str | None = None
    phylum: str | None = None
    class_: str | None = None
    order: str | None = None
    family: str | None = None
    genus: str | None = None
    species: str | None = None
    rows: int = 0

    @property
    def is_hybrid(self) -> bool:
        """Whether name or rank say that its parents are of two species."""
        read = read_name(self.scientific_name)
        return (read is not None and read.hybrid) or "hybrid" in (self.rank or "").lower()

    @property
    def shown(self) -> str:
        """The name as lists show it: one spelling, whoever is named as its author."""
        read = read_name(self.scientific_name)
        if read is not None and not self.is_hybrid:
            return read.text
        return " ".join(self.scientific_name.split())[:100] or f"({self.key})"[:100]


def names_in(names: Iterable[SourceName]) -> tuple[set[str], set[int]]:
    """Return the scientific names and ids to ask ``Taxonomy.of`` for."""
    texts: set[str] = set()
    ids: set[int] = set()
    for name in names:
        if name.taxon_id is not None:
            ids.add(name.taxon_id)
        for text in (name.scientific_name, name.species):
            read = read_name(text or "")
            if read is not None:
                texts |= {read.text, read.first, read.binomial or read.first}
    return texts, ids


def source_names(names: Any) -> Iterator[SourceName]:  # noqa: ANN401 - an Arrow table
    """Yield the names of an Arrow table: ``occurrences.NAMES`` and, where it is known, ``rows``."""
    for batch in names.to_batches(max_chunksize=_BATCH):
        yield from map(_source_name, batch.to_pylist())


def _source_name(row: Mapping[str, Any]) -> SourceName:
    return SourceName(
        key=row["name_key"],
        taxon_id=_whole(row["taxon_id"]),
        scientific_name=row["scientific_name"] or "",
        rank=row["rank"],
        kingdom=row["kingdom"],
        phylum=row["phylum"],
        class_=row["class"],
        order=row["order"],
        family=row["family"],
        genus=row["genus"],
        species=row["species"],
        rows=int(row.get("rows", 1) or 0),
    )


def _whole(text: str | None) -> int | None:
    said = (text or "").strip()
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= _DIGITS else None
