"""A Darwin Core archive as a source of records."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

import ibis

from fieldmark.atlas.sources.archives import (
    BOUNDS,
    Bounds,
    is_archive,
    is_tar,
    open_archive,
)  # fmt: skip
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
from fieldmark.atlas.sources.formats import Sample, sampled
from fieldmark.atlas.sources.occurrences import StagedSource
from fieldmark.atlas.sources.staged import StagedTables
from fieldmark.errors import SourceBroken

__all__ = ["DarwinCoreArchive"]

_OCCURRENCES: Final = "occurrences"
_CORE: Final = "core"
_EVENT: Final = "Event"

Tables = Mapping[str, ibis.Table]


class DarwinCoreArchive:
    """See occurrences.RecordSource: a zip, tgz or folder with a meta.xml, or with one table."""

    SIGN: Final = (
        "a Darwin Core archive: a zip, tgz or folder with meta.xml, or with one table of Darwin "
        "Core's terms"
    )

    def __init__(self, path: Path, bounds: Bounds = BOUNDS) -> None:
        self._path = path
        self._bounds = bounds

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that an archive is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether that is a Darwin Core archive, or must be one and cannot be opened."""
        path = sample.path
        if path is None:
            return False
        if is_record_set(sample.head):
            return True
        try:
            if not is_archive(path):
                return False
            with open_archive(path) as archive:
                return is_darwin_core(archive)
        except SourceBroken:
            return is_tar(sample.head) or sample.holds("meta.xml") is not None

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._path.name

    def stage(self, into: Path) -> StagedSource:
        """See occurrences.RecordSource."""
        _refuse_record_set(self._path)
        with open_archive(self._path, self._bounds) as archive:
            layout = found_layout(archive)
            file, core_file = occurrence_tables(str(self._path), layout.descriptor)
            provenance = provenance_of(archive, layout)
            table = staged_table(archive, layout, file, into, _OCCURRENCES)
            core = staged_table(archive, layout, core_file, into, _CORE) if core_file else None
        found = [note for each in (table, core) if each for note in notes_on(each)]
        is_event = core_file is not None and core_file.row_type == _EVENT
        return StagedTables(
            {_OCCURRENCES: table.paths, **({_CORE: core.paths} if core else {})},
            table.unreadable,
            replace(provenance, notes=[*provenance.notes, *found]),
            lambda tables: records_of(_terms(tables, table, core), self.name),
            lambda tables: names_of(_terms(tables, table, core)),
            (lambda tables: visits_of(_events(tables, core))) if core and is_event else None,
        )


def _terms(tables: Tables, table: Table, core: Table | None) -> Terms:
    if core is None:
        return Terms(tables[_OCCURRENCES], {"": table.columns})
    return occurrence_terms(tables[_OCCURRENCES], table.columns, tables[_CORE], core.columns)


def _events(tables: Tables, core: Table) -> Terms:
    return event_terms(tables[_CORE], core.columns)


def _refuse_record_set(path: Path) -> None:
    if is_record_set(sampled(path).head):
        raise SourceBroken(
            f"{path}: is Darwin Core as XML, which web services give page by page; fetch the same "
            "records as a Darwin Core archive or as CSV"
        )
