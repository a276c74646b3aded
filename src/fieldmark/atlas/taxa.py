"""The taxa that an atlas may hold: those of models' labels, with their lineage.

They are read from two tables that lie in one folder, a model bundle for example: ``labels.csv``
(``index, name, taxon_id, scientific_name, common_name, rank, lineage, setting``; the lineage is
scientific names from class downwards, parted by ``>``) and ``ancestors.csv`` (``taxon_id,
scientific_name, common_name, rank``).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import SourceBroken

__all__ = ["Taxa", "read_taxa"]

_LINEAGE_MARK: Final = ">"


@dataclass(frozen=True, slots=True)
class Taxa:
    """Taxa by id; ``wild`` are those whose place says something about them.

    ``conflicts`` says where two models tell different things of one taxon: the first one counts.
    """

    by_id: Mapping[int, Taxon]
    wild: frozenset[int]
    conflicts: tuple[str, ...] = ()


def read_taxa(folder: Path, *others: Path) -> Taxa:
    """Return the taxa of ``labels.csv`` and ``ancestors.csv`` in those folders together.

    A taxon is wild where any of them says so.

    Raises:
        SourceBroken: a file is missing, one of its rows is not what it should be, or one id has
            two scientific names.
    """
    taxa: dict[int, Taxon] = {}
    wild: set[int] = set()
    conflicts: list[str] = []
    for one in (folder, *others):
        read, of_the_wild = _read(one)
        for id_, taxon in read.items():
            if id_ in taxa:
                conflicts += _conflicts(taxa[id_], taxon, one / "labels.csv")
            taxa.setdefault(id_, taxon)
        wild |= of_the_wild
    return Taxa(taxa, frozenset(wild), tuple(conflicts))


def _read(folder: Path) -> tuple[dict[int, Taxon], set[int]]:
    where = folder / "ancestors.csv"
    ancestors = {
        row["scientific_name"]: _ancestor(row, f"{where}:{line}")
        for line, row in enumerate(_rows(where), start=2)
    }
    labels = folder / "labels.csv"
    taxa, wild = {}, set()
    for line, row in enumerate(_rows(labels), start=2):
        if row["taxon_id"]:
            taxon = _taxon(row, ancestors, f"{labels}:{line}")
            taxa[taxon.id] = taxon
            if row["setting"] == "wild":
                wild.add(taxon.id)
    return taxa, wild


def _conflicts(first: Taxon, other: Taxon, where: Path) -> list[str]:
    """Return how two models differ on a taxon.

    Raises:
        SourceBroken: they do not mean the same animal.
    """
    if first.scientific_name != other.scientific_name:
        raise SourceBroken(
            f"{where}: taxon {first.id} is {other.scientific_name!r} and in another model "
            f"{first.scientific_name!r}; models of one atlas must use one state of the taxonomy"
        )
    said = [
        ("rank", str(first.rank), str(other.rank)),
        ("lineage", *(_LINEAGE_MARK.join(_names(taxon)) for taxon in (first, other))),
    ]
    return [
        f"{where}: taxon {first.id} ({first.scientific_name}) has {part} {theirs}, "
        f"not {ours} as another model says; that one counts"
        for part, ours, theirs in said
        if ours != theirs
    ]


def _names(taxon: Taxon) -> list[str]:
    return [ancestor.scientific_name for ancestor in taxon.lineage]


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceBroken(
            f"{path} cannot be read ({error}); the atlas takes its taxa from labels.csv and "
            "ancestors.csv of a model bundle: name its folder with --taxa"
        ) from error


def _ancestor(row: Mapping[str, str], where: str) -> Ancestor:
    try:
        return Ancestor(
            int(row["taxon_id"]),
            row["scientific_name"],
            row["common_name"] or None,
            Rank.parse(row["rank"]),
        )
    except (KeyError, ValueError) as error:
        raise SourceBroken(f"{where}: no sound ancestor: {error}") from error


def _taxon(row: Mapping[str, str], ancestors: Mapping[str, Ancestor], where: str) -> Taxon:
    names = [name for name in row["lineage"].split(_LINEAGE_MARK) if name]
    try:
        return Taxon(
            int(row["taxon_id"]),
            row["scientific_name"],
            row["common_name"] or None,
            Rank.parse(row["rank"]),
            tuple(ancestors[name] for name in names),
        )
    except (KeyError, ValueError) as error:
        raise SourceBroken(
            f"{where}: {row['scientific_name']!r} has no sound row: {error}"
        ) from error
