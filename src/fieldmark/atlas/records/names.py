"""The names of sources → what their records count for, as a table that counting joins."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import pyarrow as pa

from fieldmark.atlas.records.matching import NameMatcher
from fieldmark.atlas.records.source_names import SourceName, source_names
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas.taxonomy import Taxonomy

__all__ = ["Matches", "match_names", "species_named"]

_BATCH: Final = 50_000
_SCHEMA: Final = pa.schema(
    [("name_key", pa.string()), ("taxon_id", pa.int32()), ("group", pa.int32())]
)


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The outcome for one source.

    ``table`` is an Arrow table of ``name_key`` string, ``taxon_id`` int32 and ``group`` int32: one
    row for each taxon that a name counts for, else one with no ``taxon_id``; ``group`` is null for
    what is no animal. ``unmatched`` are names of animals that count for no taxon, the most frequent
    first, each with the number of its rows; ``unmatched_rows`` counts all of those.
    """

    table: Any
    unmatched: Sequence[tuple[str, int]]
    unmatched_rows: int


def match_names(names: Any, matcher: NameMatcher, most_listed: int = 1000) -> Matches:  # noqa: ANN401 - an Arrow table
    """Return what each name of an Arrow table counts for.

    Args:
        names: the columns of ``occurrences.NAMES`` and, where it is known, ``rows``.
        matcher: whom to ask.
        most_listed: how many unmatched names to list at most.
    """
    unmatched: dict[str, int] = defaultdict(int)
    parts = [_SCHEMA.empty_table()]
    rest = source_names(names)
    while batch := list(islice(rest, _BATCH)):
        parts.append(_matched(batch, matcher, unmatched))
    ranked = sorted(unmatched.items(), key=lambda item: (-item[1], item[0]))
    return Matches(pa.concat_tables(parts), ranked[:most_listed], sum(unmatched.values()))


def species_named(
    names: Iterable[SourceName], taxonomy: Taxonomy, synonyms: Mapping[str, str] | None = None
) -> Taxa:
    """Return the species of animals that the names are of, or of parts of, as taxa of an atlas.

    What is named more widely is no taxon of its own: it would stand beside the species that it
    holds in every list. Its records still tell effort.
    """
    matcher = NameMatcher(Taxa({}, frozenset()), synonyms or {}, taxonomy)
    entries = (matcher.entry(name) for name in names)
    species = (taxonomy.species_of(entry) for entry in entries if entry and entry.is_animal)
    return taxonomy.taxa_of(entry.id for entry in species if entry is not None)


def _matched(batch: Sequence[SourceName], matcher: NameMatcher, unmatched: dict[str, int]) -> Any:  # noqa: ANN401 - an Arrow table
    keys: list[str] = []
    taxa: list[int | None] = []
    groups: list[int | None] = []
    for name in batch:
        match = matcher.match(name)
        for taxon_id in match.taxa or (None,):
            keys.append(name.key)
            taxa.append(taxon_id)
            groups.append(match.group)
        if match.group is not None and match.judged and not match.taxa:
            unmatched[name.shown] += name.rows
    return pa.table([keys, taxa, groups], schema=_SCHEMA)
