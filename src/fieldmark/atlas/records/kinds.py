"""Kinds: names that count for the same taxa are one kind, whatever source they come from.

Records of one kind, bin, date and observer are duplicates. A kind that matches no taxon is one
name, so that it can be listed.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import pyarrow as pa

__all__ = ["ALL_ANIMALS", "BITS_PER_WORD", "Kinds"]

ALL_ANIMALS: Final = 0
BITS_PER_WORD: Final = 62

_Named = tuple[int, str]  # source, name_key


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Kinds of all sources together; those below ``matched`` count for a taxon.

    ``names`` has for each source an Arrow table of ``name_key``, ``kind`` (null for what is no
    animal), ``animal`` and ``matched``. ``labels`` is a table of ``kind``
    and ``taxon_id``, with ``alone`` true where no other kind counts for the taxon; ``shared`` tells
    whether it is false anywhere.
    ``groups`` lists target groups, all animals first; ``masks`` is a table of ``kind`` and
    ``mask_0`` …, whose bits say which of ``groups`` the kind belongs to; ``group_bits`` the table
    of ``group`` and its bits. ``titles`` are the names of unmatched kinds.
    """

    names: Sequence[Any]
    matched: int
    labels: Any
    shared: bool
    groups: Sequence[int]
    masks: Any
    group_of: Mapping[int, int]
    titles: Mapping[int, str]

    @property
    def words(self) -> int:
        """How many integers a mask takes."""
        return -(-len(self.groups) // BITS_PER_WORD)

    @classmethod
    def of(cls, tables: Sequence[Any]) -> Self:
        """Return the kinds of tables of ``name_key``, ``taxon_id`` and ``group``.

        A name has one row for each taxon that it counts for, or one with no ``taxon_id``; ``group``
        is null for what is no animal. A column ``scientific_name`` names what is listed.
        """
        taxa_of, group_of_name, title_of = _read(tables)
        group_of = _groups_of_taxa(taxa_of, group_of_name)
        animals = {name: group for name, group in group_of_name.items() if group is not None}
        sets = sorted({(taxa_of[name], group) for name, group in animals.items() if taxa_of[name]})
        number = {pair: kind for kind, pair in enumerate(sets)}
        groups = [group for _, group in sets]
        kind_of: dict[_Named, int] = {}
        titles: dict[int, str] = {}
        for name, group in animals.items():
            kind = number.get((taxa_of[name], group))
            if kind is None:
                kind = len(groups)
                groups.append(group)
                titles[kind] = title_of.get(name, name[1])
            kind_of[name] = kind
        labels, shared = _labels([taxa for taxa, _ in sets])
        listed = [ALL_ANIMALS, *sorted(set(group_of.values()) - {ALL_ANIMALS})]
        return cls(
            names=_names(tables, kind_of, len(sets)),
            matched=len(sets),
            labels=labels,
            shared=shared,
            groups=listed,
            masks=pa.table(
                {"kind": pa.array(range(len(groups)), pa.int32()), **_masks(listed, groups)}
            ),
            group_of=group_of,
            titles=titles,
        )

    def group_bits(self) -> Any:  # noqa: ANN401 - an Arrow table
        """Return ``group`` and ``bit_0`` …: the one bit of each group."""
        bits = [_bits(self.groups, {group}) for group in self.groups]
        return pa.table(
            {
                "group": pa.array(self.groups, pa.int32()),
                **{
                    f"bit_{w}": pa.array([b[w] for b in bits], pa.int64())
                    for w in range(self.words)
                },
            }
        )

    def mask_of_source(self, source: int) -> list[int]:
        """Return the mask of all target groups that the names of a source are of."""
        kinds = set(self.names[source]["kind"].drop_null().to_pylist())
        masks = [self.masks[f"mask_{w}"].to_pylist() for w in range(self.words)]
        found = [1 if word == 0 else 0 for word in range(self.words)]
        for word, values in enumerate(masks):
            for kind in kinds:
                found[word] |= values[kind]
        return found


def _read(
    tables: Sequence[Any],
) -> tuple[dict[_Named, tuple[int, ...]], dict[_Named, int | None], dict[_Named, str]]:
    taxa: dict[_Named, set[int]] = defaultdict(set)
    groups: dict[_Named, int | None] = {}
    titles: dict[_Named, str] = {}
    for source, table in enumerate(tables):
        keys = table["name_key"].to_pylist()
        for key, taxon, group in zip(
            keys, table["taxon_id"].to_pylist(), table["group"].to_pylist(), strict=True
        ):
            groups[source, key] = group
            if taxon is not None:
                taxa[source, key].add(taxon)
        if "scientific_name" in table.column_names:
            for key, title in zip(keys, table["scientific_name"].to_pylist(), strict=True):
                titles[source, key] = title or key
    return {name: tuple(sorted(taxa.get(name, ()))) for name in groups}, groups, titles


def _groups_of_taxa(
    taxa_of: Mapping[_Named, tuple[int, ...]], group_of_name: Mapping[_Named, int | None]
) -> dict[int, int]:
    """Return the group of each taxon: that of all its names, all animals where they differ."""
    groups: dict[int, set[int]] = defaultdict(set)
    for name, taxa in taxa_of.items():
        group = group_of_name[name]
        for taxon in taxa:
            if group is not None:
                groups[taxon].add(group)
    return {taxon: min(of) if len(of) == 1 else ALL_ANIMALS for taxon, of in groups.items()}


def _labels(sets: Sequence[tuple[int, ...]]) -> tuple[Any, bool]:
    rows = [(kind, taxon) for kind, taxa in enumerate(sets) for taxon in taxa]
    times = Counter(taxon for _, taxon in rows)
    table = pa.table(
        {
            "kind": pa.array([kind for kind, _ in rows], pa.int32()),
            "taxon_id": pa.array([taxon for _, taxon in rows], pa.int32()),
            "alone": pa.array([times[taxon] == 1 for _, taxon in rows], pa.bool_()),
        }
    )
    return table, any(number > 1 for number in times.values())


def _names(tables: Sequence[Any], kind_of: Mapping[_Named, int], matched: int) -> list[Any]:
    result = []
    for source, table in enumerate(tables):
        keys = list(dict.fromkeys(table["name_key"].to_pylist()))
        kinds = [kind_of.get((source, key)) for key in keys]
        result.append(
            pa.table(
                {
                    "name_key": pa.array(keys, pa.string()),
                    "kind": pa.array(kinds, pa.int32()),
                    "animal": pa.array([kind is not None for kind in kinds], pa.bool_()),
                    "matched": pa.array([kind is not None and kind < matched for kind in kinds]),
                }
            )
        )
    return result


def _masks(listed: Sequence[int], groups: Sequence[int]) -> dict[str, Any]:
    by_group = {group: _bits(listed, {ALL_ANIMALS, group}) for group in set(groups)}
    words = -(-len(listed) // BITS_PER_WORD)
    return {
        f"mask_{word}": pa.array([by_group[group][word] for group in groups], pa.int64())
        for word in range(words)
    }


def _bits(listed: Sequence[int], members: set[int]) -> list[int]:
    words = [0] * (-(-len(listed) // BITS_PER_WORD))
    for number, group in enumerate(listed):
        if group in members:
            words[number // BITS_PER_WORD] |= 1 << (number % BITS_PER_WORD)
    return words
