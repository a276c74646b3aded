"""Where the records of an archive come from: its own description, and those of its data sets."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from fieldmark.atlas.sources.archives import Archive
from fieldmark.atlas.sources.darwin_core.description import Description, doi_in, read_description
from fieldmark.atlas.sources.darwin_core.documents import DOCUMENT_BYTES
from fieldmark.atlas.sources.darwin_core.layout import Layout
from fieldmark.atlas.sources.occurrences import Provenance
from fieldmark.errors import SourceBroken

__all__ = ["provenance_of"]

_CITATION_BYTES: Final = 64 * 1024
_LICENCES_LISTED: Final = 5
_LISTED_WORDS: Final = 60


def provenance_of(archive: Archive, layout: Layout) -> Provenance:
    """Return what an archive says of itself; what cannot be read of that is a note.

    A licence that all its data sets state, and the whole does not, is that of the whole.
    """
    notes = list(layout.notes)
    whole = next(
        _descriptions(archive, [layout.description] if layout.description else [], notes),
        Description(),
    )
    parts = list(_descriptions(archive, layout.datasets, notes))
    licences = Counter(part.licence for part in parts)
    stated = [licence for licence in licences if licence is not None]
    if stated and (len(licences) > 1 or whole.licence not in {None, *stated}):
        notes.append(f"its {len(parts):,} data sets state licences: {_listed(licences)}")
    shared = stated[0] if stated and len(licences) == 1 else None
    return Provenance(
        title=whole.title or archive.path.name,
        doi=whole.doi or doi_in(_citation(archive, layout)),
        licence=whole.licence or shared,
        dataset_keys=[PurePosixPath(name).stem for name in layout.datasets],
        notes=notes,
    )


def _descriptions(
    archive: Archive, names: Sequence[str], notes: list[str]
) -> Iterator[Description]:
    for name, content in archive.contents(names, DOCUMENT_BYTES):
        if content is None:
            notes.append(f"{name} was not read: it has more than {DOCUMENT_BYTES:,} bytes")
            continue
        try:
            yield read_description(content, name)
        except SourceBroken as error:
            notes.append(f"a description was not read: {error}")


def _listed(licences: Counter[str | None]) -> str:
    most = licences.most_common(_LICENCES_LISTED)
    return ", ".join(
        f"{(licence or 'none')[:_LISTED_WORDS]} ({count:,})" for licence, count in most
    )


def _citation(archive: Archive, layout: Layout) -> str:
    if layout.citation is None:
        return ""
    with archive.open(layout.citation) as stream:
        return stream.read(_CITATION_BYTES).decode("utf-8", "replace")
