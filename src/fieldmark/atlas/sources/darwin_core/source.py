"""A Darwin Core archive as a source of records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import ibis

from fieldmark.atlas.sources.archives import BOUNDS, Bounds, is_archive, open_archive
from fieldmark.atlas.sources.darwin_core.joins import event_terms, occurrence_terms
from fieldmark.atlas.sources.darwin_core.layout import found_layout, is_darwin_core, is_record_set
from fieldmark.atlas.sources.darwin_core.provenance import provenance_of
from fieldmark.atlas.sources.darwin_core.records import names_of, records_of, visits_of
from fieldmark.atlas.sources.darwin_core.tables import (
    Table,
    notes_on,
    occurrence_tables,
    staged_table,
)  # fmt: skip
from fieldmark.atlas.sources.darwin_core.terms import Terms
from fieldmark.atlas.sources.occurrences import Provenance, StagedSource
from fieldmark.errors import SourceBroken

__all__ = ["DarwinCoreArchive"]

_OCCURRENCES: Final = "occurrences"
_CORE: Final = "core"
_EVENT: Final = "Event"


class DarwinCoreArchive:
    """See occurrences.RecordSource: a zip, tgz or folder with a meta.xml, or with one table."""

    def __init__(self, path: Path, bounds: Bounds = BOUNDS) -> None:
        self._path = path
        self._bounds = bounds

    @staticmethod
    def fits(path: Path) -> bool:
        """Tell whether that is a Darwin Core archive.

        Raises:
            SourceBroken: it is an archive of whatever kind and cannot be opened.
        """
        if is_record_set(path):
            return True
        if not is_archive(path):
            return False
        with open_archive(path) as archive:
            return is_darwin_core(archive)

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._path.name

    def stage(self, into: Path) -> StagedSource:
        """See occurrences.RecordSource."""
        if is_record_set(self._path):
            raise SourceBroken(
                f"{self._path}: is Darwin Core as XML, which web services give page by page; fetch "
                "the same records as a Darwin Core archive or as CSV"
            )
        with open_archive(self._path, self._bounds) as archive:
            layout = found_layout(archive)
            occurrences, core = occurrence_tables(str(self._path), layout.descriptor)
            provenance = provenance_of(archive, layout)
            table = staged_table(archive, layout, occurrences, into, _OCCURRENCES)
            parent = staged_table(archive, layout, core, into, _CORE) if core else None
        found = [note for each in (table, parent) if each for note in notes_on(each)]
        provenance = replace(provenance, notes=[*provenance.notes, *found])
        is_event = core is not None and core.row_type == _EVENT
        return _StagedArchive(self.name, table, parent, provenance, has_visits=is_event)


@dataclass(frozen=True)
class _StagedArchive:
    """See occurrences.StagedSource. ``core`` is None where the occurrences are the core."""

    name: str
    occurrences: Table
    core: Table | None
    provenance: Provenance
    has_visits: bool

    @property
    def tables(self) -> Mapping[str, Sequence[str]]:
        """See occurrences.StagedSource."""
        own = {_OCCURRENCES: self.occurrences.paths}
        return {**own, _CORE: self.core.paths} if self.core else own

    @property
    def unreadable(self) -> int:
        """See occurrences.StagedSource; rows of the core are no records."""
        return self.occurrences.unreadable

    def records(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """See occurrences.StagedSource."""
        return records_of(self._terms(tables), self.name)

    def names(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """See occurrences.StagedSource."""
        return names_of(self._terms(tables))

    def visits(self, tables: Mapping[str, ibis.Table]) -> ibis.Table | None:
        """See occurrences.StagedSource: events that no other is part of."""
        if not self.has_visits or self.core is None:
            return None
        return visits_of(event_terms(tables[_CORE], self.core.columns))

    def _terms(self, tables: Mapping[str, ibis.Table]) -> Terms:
        rows, own = tables[_OCCURRENCES], self.occurrences.columns
        if self.core is None:
            return Terms(rows, {"": own})
        return occurrence_terms(rows, own, tables[_CORE], self.core.columns)
