"""Rows of a star: occurrences with the core row that they belong to, events with their parent.

An occurrence takes what it does not say itself from its event, and an event from the one that it is
part of. Of rows of the core that share a key the first counts, in the order of their text.
"""

from typing import Final

import ibis

from fieldmark.atlas.sources.darwin_core.terms import ID, Columns, Terms

__all__ = ["event_terms", "occurrence_terms"]

_CORE: Final = "core_"
_PARENT: Final = "parent_"
_PART_OF: Final = "parentEventID"


def occurrence_terms(
    occurrences: ibis.Table, own: Columns, core: ibis.Table, of_core: Columns
) -> Terms:
    """Return the terms of occurrences that are an extension of that core."""
    rows = _prefixed(_once(core, of_core), _CORE)
    key = rows[_CORE + of_core.by_term[ID]]
    joined = occurrences.left_join(rows, occurrences[own.by_term[ID]] == key)
    return _with_parents(Terms(joined, {"": own, _CORE: of_core}), core, of_core, _CORE)


def event_terms(core: ibis.Table, of_core: Columns) -> Terms:
    """Return the terms of the events that no other event is part of."""
    events = _once(core, of_core)
    if _has_parents(of_core):
        part_of = of_core.by_term[_PART_OF]
        wholes = core.filter(core[part_of].notnull()).select(whole=part_of).distinct()
        events = events.anti_join(wholes, events[of_core.by_term[ID]] == wholes["whole"])
    return _with_parents(Terms(events, {"": of_core}), core, of_core, "")


def _with_parents(terms: Terms, core: ibis.Table, of_core: Columns, prefix: str) -> Terms:
    if not _has_parents(of_core):
        return terms
    parents = _prefixed(_once(core, of_core), _PARENT)
    part_of = terms.table[prefix + of_core.by_term[_PART_OF]]
    key = parents[_PARENT + of_core.by_term[ID]]
    return Terms(
        terms.table.left_join(parents, part_of == key), {**terms.columns, _PARENT: of_core}
    )


def _has_parents(columns: Columns) -> bool:
    return _PART_OF in columns.by_term and ID in columns.by_term


def _once(core: ibis.Table, columns: Columns) -> ibis.Table:
    """Return the rows with a key, one of each."""
    key = columns.by_term[ID]
    among = ibis.window(group_by=key, order_by=list(core.columns))
    numbered = core.filter(core[key].notnull()).mutate(place=ibis.row_number().over(among))
    return numbered.filter(numbered["place"] == 0).drop("place")


def _prefixed(table: ibis.Table, prefix: str) -> ibis.Table:
    return table.rename({prefix + column: column for column in table.columns})
