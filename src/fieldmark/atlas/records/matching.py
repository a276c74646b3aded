"""A name → the taxa of the atlas that its records count for, and their target group.

A record counts for every taxon that is its own or holds its own: a genus gathers its species, a
species its subspecies. One that is wider than every taxon counts for none; it still tells effort,
as does a domestic animal, which counts for nothing. What a name is of is found by iNaturalist id,
else by name and lineage: of homonyms only the one of the source's own class is meant.

``members.csv`` says which families or genera stand below groups that sources leave out of their
lineages, such as suborders (``taxon_id, taxon, members, source``).
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from fieldmark.atlas.records.scientific_names import plain, rank_of_word, read_name
from fieldmark.atlas.records.source_names import SourceName
from fieldmark.atlas.records.target_groups import SOME_ANIMAL, Group, target_group
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas.taxonomy import Entry, Taxonomy
from fieldmark.domain.taxon import Rank, Taxon

__all__ = ["Match", "NameMatcher"]

_MEMBERS: Final = Path(__file__).with_name("members.csv")
_SPECIES: Final = frozenset({Rank.SPECIES, Rank.COMPLEX})


@dataclass(frozen=True, slots=True)
class Match:
    """What a name counts for: ``taxa`` by id, ascending; ``group`` is None for what is no animal.

    ``judged`` is false for a taxon that the atlas knows and does not judge: domestic animals.
    """

    taxa: tuple[int, ...]
    group: int | None
    judged: bool = True


class _Step(NamedTuple):
    """A name in the lineage of a record, its own among them; ``rank`` None where it is not told."""

    name: str
    rank: Rank | None


class NameMatcher:
    """Finds the taxa that a record counts for.

    Args:
        taxa: what the atlas may hold.
        synonyms: the accepted name, or id as text, by the plain form of another.
        taxonomy: what it says of the names that will be asked for, where it is installed.
    """

    def __init__(
        self, taxa: Taxa, synonyms: Mapping[str, str], taxonomy: Taxonomy | None = None
    ) -> None:
        self._taxa = taxa
        self._synonyms = synonyms
        self._taxonomy = taxonomy
        self._by_name: dict[str, list[Taxon]] = defaultdict(list)
        for taxon in taxa.by_id.values():
            self._by_name[plain(taxon.scientific_name)].append(taxon)
        self._groups = {taxon.id: _group_of_taxon(taxon) for taxon in taxa.by_id.values()}
        self._holders = _holders(taxa)

    def match(self, name: SourceName) -> Match:
        """Return what the name counts for."""
        stated = target_group(name.kingdom, name.phylum, name.class_, name.order)
        if stated is None:
            return Match((), None)
        own = self._entry(name, stated)
        if own is not None and not own.is_animal:
            return Match((), None)
        group = _group_of(own) if own is not None else stated
        found = self._found(name, own, group)
        if group == SOME_ANIMAL and found:
            group = self._groups[found[0].id]
        if found and found[0].id not in self._taxa.wild:
            return Match((), group.id, judged=False)
        wild = {taxon.id for taxon in found} & self._taxa.wild
        return Match(tuple(sorted(wild)), group.id)

    def entry(self, name: SourceName) -> Entry | None:
        """Return what the taxonomy has for the name, None where it has nothing."""
        stated = target_group(name.kingdom, name.phylum, name.class_, name.order)
        return None if stated is None else self._entry(name, stated)

    def _found(self, name: SourceName, own: Entry | None, group: Group) -> list[Taxon]:
        """Return the taxa of the record's own lineage, the narrowest first."""
        if own is not None:
            return self._along(_steps_of_entry(own), group)
        known = self._by_id(name) or self._named(name, group)
        if known is not None:
            return self._along(_steps_of_taxon(known), self._groups[known.id])
        return self._along(self._steps_of(name), group)

    def _by_id(self, name: SourceName) -> Taxon | None:
        return None if name.taxon_id is None else self._taxa.by_id.get(name.taxon_id)

    def _named(self, name: SourceName, group: Group) -> Taxon | None:
        """Return the taxon that the name, or the source's word for its species, is of itself."""
        for step in self._own_steps(name):
            taxon = next(iter(self._along([step], group, gather=False)), None)
            if taxon is not None:
                return taxon
        return None

    def _own_steps(self, name: SourceName) -> Iterator[_Step]:
        if name.is_hybrid:
            return
        read, rank = read_name(name.scientific_name), rank_of_word(name.rank)
        if read is not None:
            yield from self._accepted(_Step(read.text, read.rank or rank))
            if read.infraspecies and read.binomial and not name.species:
                yield from self._accepted(_Step(read.binomial, Rank.SPECIES))
        if name.species and (species := read_name(name.species)):
            yield from self._accepted(_Step(species.text, Rank.SPECIES))

    def _accepted(self, step: _Step) -> Iterator[_Step]:
        """Yield the step and the one that its synonym makes of it."""
        yield step
        accepted = self._synonyms.get(plain(step.name))
        if accepted is None:
            return
        if accepted.isdecimal():
            taxon = self._taxa.by_id.get(int(accepted))
            if taxon is not None:
                yield _Step(taxon.scientific_name, taxon.rank)
        else:
            read = read_name(accepted)
            yield _Step(accepted, (read and read.rank) or step.rank)

    def _steps_of(self, name: SourceName) -> list[_Step]:
        """Return the source's own lineage, narrowest first."""
        steps = list(self._own_steps(name))
        genera = [_Step(accepted.split()[0], Rank.GENUS) for accepted, rank in steps
                  if rank in (Rank.SPECIES, Rank.SUBSPECIES)]  # fmt: skip
        read = read_name(name.scientific_name)
        genus = name.genus or (genera[-1].name if genera else read.first if read else None)
        is_wide = (rank_of_word(name.rank) or Rank.GENUS) > Rank.GENUS
        if genus and not (is_wide and not name.genus):
            steps.append(_Step(genus, Rank.GENUS))
        above = ((name.family, Rank.FAMILY), (name.order, Rank.ORDER), (name.class_, Rank.CLASS),
                 (name.phylum, Rank.PHYLUM))  # fmt: skip
        return [*steps, *(_Step(text, rank) for text, rank in above if text)]

    def _along(self, steps: Iterable[_Step], group: Group, *, gather: bool = True) -> list[Taxon]:
        """Return the taxa that stand at those steps, or are known to hold one of them."""
        found: dict[int, Taxon] = {}
        for step in steps:
            key = plain(step.name)
            at = [t for t in self._by_name.get(key, ()) if _same_rank(step, t.rank)]
            held = self._holders.get(key, ()) if gather and step.rank is not None else ()
            for taxon in (*at, *held):
                if self._groups[taxon.id].may_be(group):
                    found.setdefault(taxon.id, taxon)
        return list(found.values())

    def _entry(self, name: SourceName, group: Group) -> Entry | None:
        """Return what the taxonomy has for the name; None where it has nothing, or is not there."""
        if self._taxonomy is None:
            return None
        if name.taxon_id is not None:
            entry = self._taxonomy.by_id(name.taxon_id)
            if entry is not None:
                return entry
        for step in self._own_steps(name):
            for entry in self._taxonomy.named(step.name):
                fits = step.rank is None or entry.rank is None or _same_rank(step, entry.rank)
                if fits and _may_be(entry, group):
                    return entry
        return None


def _same_rank(step: _Step, rank: Rank) -> bool:
    """Tell whether a name at that step may be a taxon of that rank.

    Above the genus names alone are enough: sources differ on the ranks, hardly on the names.
    """
    if step.rank is None:
        return rank >= Rank.GENUS and " " not in step.name
    if step.rank > Rank.GENUS or rank > Rank.GENUS:
        return step.rank > Rank.GENUS and rank > Rank.GENUS
    return step.rank is rank or (step.rank in _SPECIES and rank in _SPECIES)


def _may_be(entry: Entry, group: Group) -> bool:
    """Tell whether a taxon of the taxonomy may be of that group; of no animal only if unknown."""
    return _group_of(entry).may_be(group) if entry.is_animal else group == SOME_ANIMAL


@lru_cache(1 << 14)
def _group_of(entry: Entry) -> Group:
    lineage = {**dict(entry.lineage), str(entry.rank): entry.name}
    said = (lineage.get(rank) for rank in ("phylum", "class", "order"))
    return target_group(entry.kingdom, *said) or SOME_ANIMAL


def _group_of_taxon(taxon: Taxon) -> Group:
    names = {**{str(a.rank): a.scientific_name for a in taxon.lineage},
             str(taxon.rank): taxon.scientific_name}  # fmt: skip
    said = (names.get(rank) for rank in ("phylum", "class", "order"))
    return target_group("Animalia", *said) or SOME_ANIMAL


def _steps_of_entry(entry: Entry) -> list[_Step]:
    words = entry.name.split()
    rank = entry.rank if entry.rank is not None else Rank.GENUS
    steps = [] if entry.rank is None else [_Step(entry.name, rank)]
    if entry.rank is Rank.SUBSPECIES and len(words) > 2:
        steps.append(_Step(" ".join(words[:2]), Rank.SPECIES))
    return [*steps, *(_Step(name, Rank.parse(word)) for word, name in reversed(entry.lineage))]


def _steps_of_taxon(taxon: Taxon) -> list[_Step]:
    words = taxon.scientific_name.split()
    steps = [_Step(taxon.scientific_name, taxon.rank)]
    if taxon.rank is Rank.SUBSPECIES and len(words) > 2:
        steps.append(_Step(" ".join(words[:2]), Rank.SPECIES))
    return [*steps, *(_Step(a.scientific_name, a.rank) for a in reversed(taxon.lineage))]


def _holders(taxa: Taxa) -> Mapping[str, Sequence[Taxon]]:
    """Return the taxa that hold a family or genus, by its plain name, where lineages lack them."""
    holders: dict[str, list[Taxon]] = defaultdict(list)
    with _MEMBERS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            taxon = taxa.by_id.get(int(row["taxon_id"]))
            if taxon is not None:
                for member in row["members"].split():
                    holders[plain(member)].append(taxon)
    return holders
