"""Counting: records to visits by taxon, bin and month, and how often anybody looked.

``sightings`` is the one pass over the records, ``found`` and ``effort`` read its outcome.
docs/decisions/0013 says what this costs.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import ibis

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.counts import Counts, SourceTally
from fieldmark.atlas.records.effort import effort
from fieldmark.atlas.records.found import found
from fieldmark.atlas.records.keys import (
    is_matched,
    is_sighting,
    kind_in,
    origin_in,
    source_and_licence,
)
from fieldmark.atlas.records.kinds import Kinds
from fieldmark.atlas.records.licences import Licence
from fieldmark.atlas.records.nearby import Place, bundled_places
from fieldmark.atlas.records.reasons import UNREADABLE, Reason
from fieldmark.atlas.records.sightings import (
    INTERIM,
    Known,
    MatchedSource,
    Sightings,
    licence_texts,
    sightings,
)
from fieldmark.errors import SourceBroken

__all__ = ["MatchedSource", "count", "rows_by_kind", "rows_used", "tallies_of"]

_LISTED: Final = 100


def count(
    engine: Engine,
    sources: Sequence[MatchedSource],
    spec: CleaningSpec,
    places: Sequence[Place] | None = None,
) -> Counts:
    """Count the records of all sources together.

    Args:
        engine: what runs it; it keeps the outcome.
        sources: of duplicates in several the row of the heaviest counts, then of the first.
        spec: which records are trusted.
        places: whose coordinates stand for something else; those that come with Fieldmark if None.

    Raises:
        SourceBroken: there is no source, or one cannot be read after all.
        OSError: the disk is full.
    """
    if not sources:
        raise SourceBroken("an atlas needs one source at least")
    heaviest = sorted(sources, key=lambda source: -source.weight)
    kinds = Kinds.of([source.names for source in heaviest])
    near = bundled_places() if places is None else places
    known = Known.of(near, licence_texts(engine, heaviest))
    seen = sightings(engine, heaviest, kinds, spec, known)
    tallies, unmatched, licences = tallies_of(
        engine.read(rows_by_kind(seen)), engine.read(rows_used(seen, kinds)), heaviest, kinds
    )
    by_source = dict(zip(map(id, heaviest), tallies, strict=True))
    visits, detailed = found(engine, seen.rows, kinds, [one.weight_units for one in heaviest])
    looked = effort(engine, seen, heaviest, kinds)
    for name in INTERIM:
        engine.drop(name)
    return Counts(
        visits=visits,
        found=detailed,
        effort=looked,
        group_of=kinds.group_of,
        tallies=[by_source[id(source)] for source in sources],
        unmatched=unmatched,
        licences=licences,
    )


def tallies_of(
    by_kind: Any,  # noqa: ANN401 - an Arrow table
    used: Any,  # noqa: ANN401 - likewise
    sources: Sequence[MatchedSource],
    kinds: Kinds,
) -> tuple[list[SourceTally], list[tuple[str, int]], dict[Licence, int]]:
    """Return the tally of each source, unmatched names, and licences of what was used."""
    trusted: Counter[int] = Counter()
    rejected = [Counter[Reason]() for _ in sources]
    unmatched: Counter[str] = Counter()
    for source, kind, rows in _values(by_kind):
        if kind < 0:
            rejected[source][Reason(-kind)] += rows
        elif kind < kinds.matched:
            trusted[source] += rows
        else:
            rejected[source][Reason.UNMATCHED] += rows
            unmatched[kinds.titles[kind]] += rows
    kept: Counter[int] = Counter()
    licences: Counter[Licence] = Counter()
    for origin, rows in _values(used):
        source, licence = source_and_licence(origin)
        kept[source] += rows
        licences[Licence(licence)] += rows
    for number, _ in enumerate(sources):
        rejected[number][Reason.DUPLICATE] = trusted[number] - kept[number]
    tallies = [
        _tally(source, kept[number], rejected[number]) for number, source in enumerate(sources)
    ]
    listed = sorted(unmatched.items(), key=lambda item: (-item[1], item[0]))[:_LISTED]
    return tallies, listed, dict(sorted(licences.items()))


def _tally(source: MatchedSource, used: int, rejected: Counter[Reason]) -> SourceTally:
    words = {reason.words: rejected[reason] for reason in Reason if rejected[reason]}
    if source.unreadable:
        words = {UNREADABLE: source.unreadable, **words}
    return SourceTally(source.name, used + sum(words.values()), used, words)


def rows_by_kind(seen: Sightings) -> ibis.Table:
    """Return ``source``, ``kind`` or minus the reason, and how many ``rows``."""
    rows = seen.by_source
    kinds = rows.select(
        "source", "rows", kind=is_sighting(rows.key).ifelse(kind_in(rows.key), rows.key)
    )
    return kinds.group_by("source", "kind").aggregate(rows=kinds.rows.sum())


def rows_used(seen: Sightings, kinds: Kinds) -> ibis.Table:
    """Return how many ``rows`` are sightings of matched kinds, by source and licence."""
    rows = seen.rows.filter(is_matched(seen.rows.key, kinds.matched))
    return rows.group_by(origin=origin_in(rows.pick)).aggregate(rows=rows.count())


def _values(table: Any) -> list[tuple[int, ...]]:  # noqa: ANN401 - an Arrow table
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
