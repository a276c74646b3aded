"""Making the account of a release: what its sources say of themselves, and what was made of it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from fieldmark.atlas.account import Account, SourceAccount
from fieldmark.atlas.records.licences import Licence, read_licence, strictest
from fieldmark.atlas.records.survey import Survey
from fieldmark.atlas.sources.evidence import NamingSource, Source
from fieldmark.atlas.taxa import Taxa

__all__ = ["account_of_ranges", "licence_of", "with_survey", "without_folders"]

_SHOWN_NAMES: Final = 20


def account_of_ranges(source: Source, taxa: Taxa) -> SourceAccount:
    """Return what a source of ranges says of itself, and which of its names are no taxon.

    Raises:
        SourceBroken: as the source's own ``evidence``.
    """
    if not isinstance(source, NamingSource):
        return SourceAccount(name=source.name)
    said, unmatched = source.provenance, source.unmatched(taxa)
    notes = list(said.notes)
    if unmatched:
        some = ", ".join(unmatched[:_SHOWN_NAMES])
        notes.append(
            f"{len(unmatched):,} of its {len(source.names):,} names are no taxon: {some} …"
        )
    return SourceAccount(
        name=source.name, title=said.title, doi=said.doi, licence=said.licence, notes=tuple(notes)
    )


def with_survey(account: Account, found: Survey, settings: Mapping[str, str | float]) -> Account:
    """Return the account with the sources of records before the others, and what they gave."""
    return msgspec.structs.replace(
        account,
        sources=(*found.accounts, *account.sources),
        licences={licence.label: rows for licence, rows in found.licences.items()},
        unmatched=tuple(found.unmatched),
        settings=dict(settings),
    )


def without_folders(account: Account, addresses: Iterable[str]) -> Account:
    """Return the account with files named without their folders, which are nobody's business."""
    folders = {f"{Path(address).parent}/" for address in addresses} - {"./", "//"}

    def told(note: str) -> str:
        for folder in sorted(folders, key=len, reverse=True):
            note = note.replace(folder, "")
        return note

    sources = tuple(
        msgspec.structs.replace(source, notes=tuple(map(told, source.notes)))
        for source in account.sources
    )
    return msgspec.structs.replace(account, sources=sources)


def licence_of(account: Account) -> str:
    """Return the strictest licence of what was used."""
    used = {licence for licence in Licence if account.licences.get(licence.label)}
    stated = [source.licence for source in account.sources if source.rows is None]
    return strictest(used | {read_licence(text) for text in stated if text}).label
