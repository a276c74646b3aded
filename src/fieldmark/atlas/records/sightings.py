"""Sightings: the records as one row for each kind, bin, date and observer.

This is the one pass over the records; all that follows reads its outcome. Observers and datasets
become numbers first, each by a pass over its own column.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import pyarrow as pa

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.records.bins import bin_of
from fieldmark.atlas.records.clean import CleaningSpec, cleaned
from fieldmark.atlas.records.counts import WEIGHT_UNITS
from fieldmark.atlas.records.keys import key_of, pick_of, visit_of
from fieldmark.atlas.records.kinds import Kinds
from fieldmark.atlas.records.licences import Licence, read_licence
from fieldmark.atlas.records.nearby import Place, near_key, near_table
from fieldmark.atlas.records.reasons import Reason

__all__ = ["INTERIM", "Known", "MatchedSource", "Sightings", "licence_texts", "sightings"]

INTERIM: Final = ("sightings_by_source", "sightings", "observers", "datasets")
"""What is kept until everything was counted."""

_MOST_LICENCE_TEXTS: Final = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class MatchedSource:
    """Records of one source and what their names are.

    ``records`` and ``visits`` have the columns ``RECORDS`` and ``VISITS``; ``names`` is an Arrow
    table as ``Kinds.of`` takes it. ``licence`` is that of records that state none of their own.
    Its visits are of every target group that its names are of: a checklist of birds says nothing
    of mammals, a camera sees both.
    """

    name: str
    records: ibis.Table
    names: Any
    weight: float = 1.0
    visits: ibis.Table | None = None
    unreadable: int = 0
    licence: str | None = None

    def __post_init__(self) -> None:
        if not 1 / WEIGHT_UNITS <= self.weight <= WEIGHT_UNITS:
            raise ValueError(f"the weight of {self.name} is {self.weight:g}, not 0.001 to 1000")

    @property
    def weight_units(self) -> int:
        """The weight in ``WEIGHT_UNITS``."""
        return round(self.weight * WEIGHT_UNITS)


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """The outcome, kept by the engine.

    ``by_source`` has ``source``, ``key``, ``visit``, ``rows``, ``pick``; ``rows`` the same without
    the source: what is rejected has its reason for a key, and of sightings each stands once.
    ``observers`` has ``observer`` and its number ``observer_id``.
    """

    by_source: ibis.Table
    rows: ibis.Table
    observers: ibis.Table


def licence_texts(engine: Engine, sources: Sequence[MatchedSource]) -> list[str]:
    """Return the texts about licences in the records, the most frequent 10,000 at most."""
    texts = _union(source.records.select("licence") for source in sources)
    counted = texts.filter(texts.licence.notnull()).group_by("licence").aggregate(rows=_count)
    listed = counted.order_by(ibis.desc("rows"), "licence").limit(_MOST_LICENCE_TEXTS)
    return list(engine.read(listed)["licence"].to_pylist())


def sightings(
    engine: Engine,
    sources: Sequence[MatchedSource],
    kinds: Kinds,
    spec: CleaningSpec,
    known: "Known",
) -> Sightings:
    """Return the sightings of all sources, which are numbered as they stand."""
    observers = engine.keep(_numbered(_observers(sources), "observer", ordered=False), "observers")
    datasets = engine.keep(_numbered(_datasets(sources), "dataset", ordered=True), "datasets")
    tables = _Tables(
        engine.memory(near_table(known.places), "near"),
        observers,
        datasets,
        [engine.memory(table, f"names_{number}") for number, table in enumerate(kinds.names)],
        [
            engine.memory(_licence_table(known.licences), f"licences_{number}")
            for number, _ in enumerate(sources)
        ],
    )
    packed = _union(_packed(number, source, tables, spec) for number, source in enumerate(sources))
    by_source = engine.keep(
        packed.group_by("source", "key", "visit").aggregate(rows=_count, pick=packed.pick.min()),
        "sightings_by_source",
    )
    if len(sources) == 1:
        return Sightings(by_source, by_source.drop("source"), observers)
    once = by_source.group_by("key", "visit").aggregate(
        rows=by_source.rows.sum(), pick=by_source.pick.min()
    )
    return Sightings(by_source, engine.keep(once, "sightings"), observers)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before counting: places that stand for something else, and licences."""

    places: Sequence[Place]
    licences: Mapping[str, Licence]

    @classmethod
    def of(cls, places: Sequence[Place], texts: Iterable[str]) -> "Known":
        """Return it with the meaning of each text about a licence."""
        return cls(places, {text: read_licence(text) for text in texts})


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    near: ibis.Table
    observers: ibis.Table
    datasets: ibis.Table
    names: Sequence[ibis.Table]
    licences: Sequence[ibis.Table]


def _packed(number: int, source: MatchedSource, tables: _Tables, spec: CleaningSpec) -> ibis.Table:
    """Return ``source``, ``key``, ``visit`` and ``pick`` of each record."""
    rows = source.records.mutate(
        near_key=near_key(source.records.latitude, source.records.longitude)
    )
    for table, column in (
        (tables.names[number], "name_key"),
        (tables.near, "near_key"),
        (tables.licences[number], "licence"),
        (tables.observers, "observer"),
        (tables.datasets, "dataset"),
    ):
        rows = _with(rows, table, column)
    stated = int(read_licence(source.licence))
    code = rows.licence.isnull().ifelse(stated, rows.licence_code.fill_null(int(Licence.OTHER)))
    rows = cleaned(rows.mutate(licence_code=code.cast("int8")), spec)
    sighted = rows.reason.isnull() | (rows.reason == int(Reason.UNMATCHED))
    key = key_of(rows.kind, bin_of(rows.latitude, rows.longitude, rows.obscured))
    visit = visit_of(rows.date, rows.observer_id)
    return rows.select(
        source=ibis.literal(number, "int32"),
        key=sighted.ifelse(key, -rows.reason.cast("int64")),
        visit=sighted.ifelse(visit, ibis.literal(0, "int64")),
        pick=pick_of(number, rows.licence_code, rows.dataset_id),
    )


def _with(rows: ibis.Table, table: ibis.Table, column: str) -> ibis.Table:
    """Return the rows with the other columns of the table beside them, or nulls."""
    joined = rows.left_join(table, column)
    return joined.select(
        *(rows[name] for name in rows.columns),
        *(table[name] for name in table.columns if name != column),
    )


def _licence_table(licences: Mapping[str, Licence]) -> Any:  # noqa: ANN401 - an Arrow table
    return pa.table(
        {
            "licence": pa.array(licences, pa.string()),
            "licence_code": pa.array([int(code) for code in licences.values()], pa.int8()),
        }
    )


def _observers(sources: Sequence[MatchedSource]) -> ibis.Table:
    visits = [source.visits for source in sources if source.visits is not None]
    tables = [*(source.records for source in sources), *visits]
    return _union(table.select("observer") for table in tables)


def _datasets(sources: Sequence[MatchedSource]) -> ibis.Table:
    return _union(source.records.select("dataset") for source in sources)


def _numbered(texts: ibis.Table, column: str, *, ordered: bool) -> ibis.Table:
    """Return each text with a number from 1, by its bytes if it matters which."""
    distinct = texts.filter(texts[column].notnull()).distinct()
    rank = ibis.row_number()
    window = ibis.window(order_by=distinct[column]) if ordered else ibis.window()
    return distinct.mutate(**{f"{column}_id": rank.over(window).cast("int64") + 1})


def _union(tables: Iterable[ibis.Table]) -> ibis.Table:
    given = list(tables)
    return given[0] if len(given) == 1 else ibis.union(*given, distinct=False)


def _count(table: ibis.Table) -> ibis.Value:
    return table.count()
