"""Sensitive taxa: those whose places a release tells coarsely, or not at all.

``sensitive.csv`` has the columns ``taxon_id, taxon, action, resolution, reason, source``; an action
is ``coarsen``, down to an H3 resolution, or ``withhold``. What holds for a taxon holds for what is
below it, and for the genus above it: where the genus is, there the species is.

Source of the practice: Chapman 2020, "Current Best Practices for Generalizing Sensitive Species
Occurrence Data", GBIF.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, Literal, NoReturn, Protocol, Self, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.coarsening import coarsened
from fieldmark.atlas.taxa import Taxa
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.errors import SourceBroken

__all__ = ["HEADER", "Sensitive", "SensitiveRow", "TaxonRows", "read_sensitive"]

HEADER: Final = ("taxon_id", "taxon", "action", "resolution", "reason", "source")
Action = Literal["coarsen", "withhold"]

_ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
_FINEST: Final = 15


class TaxonRows(Protocol):
    """Base rows, a dataclass: one taxon in cells that ascend, by month."""

    @property
    def taxon_id(self) -> NDArray[np.int32]:
        """``[n]``, all alike."""
        ...

    @property
    def cell(self) -> NDArray[np.int64]:
        """``[n]``."""
        ...

    @property
    def months(self) -> NDArray[np.int32]:
        """``[n, 12]``, occurrence in quanta."""
        ...

    @property
    def records(self) -> NDArray[np.int64]:
        """``[n, 12]``."""
        ...

    @classmethod
    def of_taxon(
        cls,
        taxon_id: int,
        cell: NDArray[np.int64],
        months: NDArray[np.int32],
        records: NDArray[np.int64] | None = None,
    ) -> Self:
        """Return the rows of one taxon."""
        ...


R = TypeVar("R", bound=TaxonRows)


@dataclass(frozen=True, slots=True)
class SensitiveRow:
    """One line of the list; ``resolution`` is None where the taxon is withheld."""

    taxon_id: int
    taxon: str
    action: Action
    resolution: int | None
    reason: str
    source: str

    def __str__(self) -> str:
        told = "not told" if self.resolution is None else f"told at resolution {self.resolution}"
        return f"{self.taxon} ({self.taxon_id}): {told}; {self.reason} [{self.source}]"


@dataclass(frozen=True, slots=True)
class Sensitive:
    """What is sensitive among the taxa of an atlas, by id.

    ``coarse`` gives the resolution that a taxon is told at; ``withheld`` are not told. ``rows`` are
    those lines of the list that apply; ``wider`` are names of families and wider groups that hold
    a sensitive taxon and are told as they are: where nothing else of them lives, they tell of it.
    """

    coarse: Mapping[int, int]
    withheld: frozenset[int]
    rows: tuple[SensitiveRow, ...] = ()
    wider: tuple[str, ...] = ()

    @classmethod
    def among(cls, rows: Iterable[SensitiveRow], taxa: Taxa) -> Self:
        """Return what applies to those taxa; of two lines on one the stricter counts."""
        coarse: dict[int, int] = {}
        withheld: set[int] = set()
        applied, wider = [], set()
        for row in rows:
            kin = [taxon for taxon in taxa.by_id.values() if _is_kin(taxon, row, taxa)]
            for taxon in kin:
                if row.resolution is None:
                    withheld.add(taxon.id)
                else:
                    coarse[taxon.id] = min(row.resolution, coarse.get(taxon.id, _FINEST))
                wider |= {a.scientific_name for a in taxon.lineage
                          if a.rank > Rank.GENUS and a.id in taxa.by_id}  # fmt: skip
            applied += [row] if kin else []
        return cls(coarse, frozenset(withheld), tuple(applied), tuple(sorted(wider)))

    def applied(self, rows: Iterable[R], held: NDArray[np.int64]) -> Iterator[R]:
        """Yield base rows with sensitive taxa told no finer than they may be.

        Args:
            rows: taxon by taxon.
            held: all cells that the release has a record of, whatever their resolution.
        """
        for taxon_id, parts in groupby(rows, key=lambda part: int(part.taxon_id[0])):
            resolution = self.coarse.get(taxon_id)
            if resolution is None:
                yield from parts
                continue
            these = list(parts)
            yield these[0].of_taxon(
                taxon_id,
                *coarsened(
                    np.concatenate([part.cell for part in these]),
                    np.concatenate([part.months for part in these]),
                    np.concatenate([part.records for part in these]),
                    held,
                    resolution,
                ),
            )


def read_sensitive(path: Path, taxa: Taxa) -> Sensitive:
    """Return what a list says of those taxa; what it says of others is of no matter here.

    Raises:
        SourceBroken: the file cannot be read, or a row is not what it should be.
    """
    return Sensitive.among(_rows(path, taxa), taxa)


def _rows(path: Path, taxa: Taxa) -> Iterator[SensitiveRow]:
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = tuple(next(reader, ()))
            if header != HEADER:
                raise SourceBroken(
                    f"{path}:1: the header must be {','.join(HEADER)!r}, not {','.join(header)!r}"
                )
            for cells in reader:
                line = reader.line_num
                if cells:
                    yield _row(f"{path}:{line}", cells, taxa)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceBroken(f"{path}:{line}: cannot be read further: {error}") from error


def _row(where: str, cells: list[str], taxa: Taxa) -> SensitiveRow:
    if len(cells) != len(HEADER):
        raise SourceBroken(
            f"{where}: {len(cells)} columns instead of {len(HEADER)}; "
            "put a value that holds a comma in double quotes"
        )
    row = dict(zip(HEADER, (cell.strip() for cell in cells), strict=True))
    id_ = row["taxon_id"]
    if not (id_.isascii() and id_.isdecimal()):
        _refuse(where, row, "taxon_id", "give the iNaturalist id of a taxon")
    known = taxa.by_id.get(int(id_))
    if known is not None and row["taxon"] != known.scientific_name:
        _refuse(where, row, "taxon", f"taxon {id_} is {known.scientific_name!r}")
    action = next((word for word in _ACTIONS if word == row["action"]), None)
    if action is None:
        _refuse(where, row, "action", f"write {' or '.join(_ACTIONS)}")
    if not row["reason"]:
        _refuse(where, row, "reason", "say why, so that the next one can judge it")
    resolution = _resolution(where, row, action)
    return SensitiveRow(int(id_), row["taxon"], action, resolution, row["reason"], row["source"])


def _resolution(where: str, row: Mapping[str, str], action: Action) -> int | None:
    text = row["resolution"]
    if action == "withhold":
        return None if not text else _refuse(where, row, "resolution", "leave it empty to withhold")
    if not (text.isascii() and text.isdecimal() and int(text) <= _FINEST):
        _refuse(where, row, "resolution", f"give an H3 resolution, 0 to {_FINEST}")
    return int(text)


def _refuse(where: str, row: Mapping[str, str], column: str, remedy: str) -> NoReturn:
    raise SourceBroken(f"{where}: column {column}: {row[column]!r}: {remedy}")


def _is_kin(taxon: Taxon, row: SensitiveRow, taxa: Taxa) -> bool:
    """Tell whether a line holds for a taxon: its own, one below it, or its genus."""
    if taxon.id == row.taxon_id or row.taxon_id in {a.id for a in taxon.lineage}:
        return True
    if taxon.scientific_name.startswith(f"{row.taxon} "):
        return True
    own = taxa.by_id.get(row.taxon_id)
    above = () if own is None else own.lineage
    is_above = any(a.id == taxon.id and a.rank <= Rank.GENUS for a in above)
    return is_above or (own is not None and own.scientific_name.startswith(
        f"{taxon.scientific_name} "))  # fmt: skip
