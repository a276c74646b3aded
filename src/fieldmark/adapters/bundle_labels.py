"""The labels of a model bundle: two CSV files become what each output of the model means."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, cast, get_args

from fieldmark.adapters.bundle_files import ANCESTORS, LABELS
from fieldmark.domain.taxon import Ancestor, Label, Rank, Setting, Taxon
from fieldmark.errors import ModelBroken

__all__ = ["ANCESTOR_COLUMNS", "LABEL_COLUMNS", "read_labels"]

LABEL_COLUMNS: Final = (
    "index", "name", "taxon_id", "scientific_name", "common_name", "rank", "lineage", "setting",
)  # fmt: skip
ANCESTOR_COLUMNS: Final = ("taxon_id", "scientific_name", "common_name", "rank")

_Row = Mapping[str, str]


def read_labels(labels: bytes, ancestors: bytes, where: str) -> tuple[Label, ...]:
    """Return the meaning of each output, in output order.

    Args:
        labels: ``labels.csv``: one row for each output; no taxon id means "not an animal";
            ``lineage`` are names of ``ancestors.csv`` from the widest down, joined by ``>``.
        ancestors: ``ancestors.csv``: the groups above the taxa.
        where: the bundle, for messages.
    Raises:
        ModelBroken: a row is malformed; the message names file, line and value.
    """
    above = _ancestors(_rows(ancestors, ANCESTOR_COLUMNS, f"{where}: {ANCESTORS}"))
    read = tuple(_labels(_rows(labels, LABEL_COLUMNS, f"{where}: {LABELS}"), above))
    if not any(label.taxon for label in read):
        raise ModelBroken(f"{where}: {LABELS} names no animal; give each animal its taxon")
    return read


def _rows(text: bytes, columns: Sequence[str], where: str) -> Iterator[tuple[str, _Row]]:
    """Yield each row with its place, ``file line n``."""
    try:
        reader = csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True)
        header = next(reader, [])
        if tuple(header) != tuple(columns):
            raise ModelBroken(f"{where} starts with {header}; it must be {','.join(columns)}")
        for row in filter(None, reader):
            place = f"{where} line {reader.line_num}"
            if len(row) != len(columns):
                raise ModelBroken(f"{place} has {len(row)} columns instead of {len(columns)}")
            yield place, dict(zip(columns, row, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ModelBroken(f"{where} is not CSV in UTF-8: {error}") from error


def _ancestors(rows: Iterator[tuple[str, _Row]]) -> Mapping[str, Ancestor]:
    above: dict[str, Ancestor] = {}
    for place, row in rows:
        taxon = _named(place, row)
        if taxon.scientific_name in above:
            raise ModelBroken(f"{place}: {taxon.scientific_name} is there twice; keep one")
        above[taxon.scientific_name] = taxon
    return above


def _labels(rows: Iterator[tuple[str, _Row]], above: Mapping[str, Ancestor]) -> Iterator[Label]:
    taxa: dict[int, Taxon] = {}
    for index, (place, row) in enumerate(rows):
        if row["index"] != str(index):
            raise ModelBroken(
                f"{place}: index is {row['index']!r} where {index} is due; "
                "list every output of the model once, from 0, in order"
            )
        if not row["name"].strip():
            raise ModelBroken(f"{place}: name is empty; write what the output is called")
        yield _label(place, row, above, taxa)


def _label(place: str, row: _Row, above: Mapping[str, Ancestor], taxa: dict[int, Taxon]) -> Label:
    index, name = int(row["index"]), row["name"].strip()
    if not row["taxon_id"]:
        if extra := [column for column in LABEL_COLUMNS[3:] if row[column]]:
            raise ModelBroken(
                f"{place}: {extra[0]} is {row[extra[0]]!r} without a taxon_id; "
                "give the id, or leave the row empty for what is no animal"
            )
        return Label(index, name, None)
    if row["setting"] not in get_args(Setting):
        raise ModelBroken(f"{place}: setting is {row['setting']!r}; it must be wild or domestic")
    taxon = _taxon(place, row, above)
    if taxa.setdefault(taxon.id, taxon) != taxon:
        raise ModelBroken(
            f"{place}: taxon {taxon.id} is described otherwise further up; make the rows agree"
        )
    return Label(index, name, taxa[taxon.id], cast("Setting", row["setting"]))


def _taxon(place: str, row: _Row, above: Mapping[str, Ancestor]) -> Taxon:
    named = _named(place, row)
    lineage = []
    for name in filter(None, row["lineage"].split(">")):
        if name not in above:
            raise ModelBroken(f"{place}: {name!r} of the lineage is not in {ANCESTORS}; add it")
        lineage.append(above[name])
    ranks = [ancestor.rank for ancestor in lineage] + [named.rank]
    if any(wide <= narrow for wide, narrow in pairwise(ranks)):
        raise ModelBroken(
            f"{place}: lineage is {row['lineage']!r} above a {named.rank}; "
            "list the groups from the widest down to the taxon"
        )
    return Taxon(named.id, named.scientific_name, named.common_name, named.rank, tuple(lineage))


def _named(place: str, row: _Row) -> Ancestor:
    """Return the group of a row: what taxa and their ancestors have in common."""
    digits = row["taxon_id"]
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 2**31):
        raise ModelBroken(
            f"{place}: taxon_id is {digits[:30]!r}; it must be a whole number above 0"
        )
    if not row["scientific_name"].strip():
        raise ModelBroken(f"{place}: scientific_name is empty; write it")
    try:
        rank = Rank.parse(row["rank"])
    except ValueError as error:
        raise ModelBroken(f"{place}: {error}") from error
    return Ancestor(
        int(digits), row["scientific_name"].strip(), row["common_name"].strip() or None, rank
    )
