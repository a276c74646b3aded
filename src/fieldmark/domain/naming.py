"""Taxa and answers with their common names in another language."""

from collections.abc import Mapping
from dataclasses import replace

from fieldmark.domain.answer import Answer
from fieldmark.domain.taxon import Ancestor, Taxon

__all__ = ["answer_in", "taxon_in"]


def taxon_in(taxon: Taxon, names: Mapping[int, str]) -> Taxon:
    """Return the taxon and its lineage with the names that there are; others stay."""
    lineage = tuple(_named(ancestor, names) for ancestor in taxon.lineage)
    return replace(taxon, common_name=names.get(taxon.id, taxon.common_name), lineage=lineage)


def answer_in(answer: Answer, names: Mapping[int, str]) -> Answer:
    """Return the answer with the names that there are; others stay."""
    if not names:
        return answer
    best = answer.best
    return replace(
        answer,
        best=None if best is None else replace(best, taxon=taxon_in(best.taxon, names)),
        animals=tuple(replace(a, taxon=taxon_in(a.taxon, names)) for a in answer.animals),
        by_looks=tuple(
            replace(look, taxon=taxon_in(look.taxon, names)) for look in answer.by_looks
        ),
    )


def _named(ancestor: Ancestor, names: Mapping[int, str]) -> Ancestor:
    return replace(ancestor, common_name=names.get(ancestor.id, ancestor.common_name))
