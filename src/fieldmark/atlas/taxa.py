"""The taxa that an atlas may hold: those of a model's labels, with their lineage.

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
    """Taxa by id; ``wild`` are those whose place says something about them."""

    by_id: Mapping[int, Taxon]
    wild: frozenset[int]


def read_taxa(folder: Path) -> Taxa:
    """Return the taxa of ``labels.csv`` and ``ancestors.csv`` in that folder.

    Raises:
        SourceBroken: a file is missing or one of its rows is not what it should be.
    """
    ancestors = {
        row["scientific_name"]: Ancestor(
            int(row["taxon_id"]),
            row["scientific_name"],
            row["common_name"] or None,
            Rank.parse(row["rank"]),
        )
        for row in _rows(folder / "ancestors.csv")
    }
    labels = folder / "labels.csv"
    taxa, wild = {}, set()
    for line, row in enumerate(_rows(labels), start=2):
        if row["taxon_id"]:
            taxon = _taxon(row, ancestors, f"{labels}:{line}")
            taxa[taxon.id] = taxon
            if row["setting"] == "wild":
                wild.add(taxon.id)
    return Taxa(taxa, frozenset(wild))


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceBroken(
            f"{path} cannot be read ({error}); the atlas takes its taxa from labels.csv and "
            "ancestors.csv of a model bundle: name its folder with --taxa"
        ) from error


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
