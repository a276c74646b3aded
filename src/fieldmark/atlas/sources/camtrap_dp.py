"""Camtrap DP: packages of camera traps, with what was seen and on which days a camera looked.

A package is ``datapackage.json`` with tables of deployments and observations; media are not read.
An animal is told twice where both its event and its single photos are: the same day, camera and
name, so that they are copies of one another and count once, as any copies do. What is no animal
(blank, human, vehicle, unknown) has no name and counts for nothing, but the day does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final, Self

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr.types import FloatingValue, StringValue

from fieldmark.atlas.sources.archives import Archive, open_archive
from fieldmark.atlas.sources.camtrap_package import (
    DESCRIPTOR,
    DESCRIPTOR_BYTES,
    CamtrapPackage,
    read_package,
)
from fieldmark.atlas.sources.columns import text
from fieldmark.atlas.sources.deployments import (
    COLUMNS,
    StagedDeployments,
    stage_dates,
    stage_deployments,
)
from fieldmark.atlas.sources.formats import Sample
from fieldmark.atlas.sources.occurrences import (
    NAMES,
    RECORDS,
    VISITS,
    Provenance,
    Staged,
    StagedSource,
)
from fieldmark.atlas.sources.staging import TextShape, column_names, stage_text
from fieldmark.errors import SourceBroken

__all__ = ["CamtrapDp"]

_OBSERVATIONS: Final = "observations"
_DEPLOYMENTS: Final = "deployments"
_SEEN, _SITES, _DAYS, _TAXA = "seen", "sites", "days", "taxa"
_COLUMNS: Final = {
    "deploymentID": "deployment",
    "eventStart": "start",
    "observationType": "type",
    "scientificName": "scientific_name",
    "count": "count",
}
_NEEDED: Final = {
    _DEPLOYMENTS: ("deploymentID", "latitude", "longitude", "deploymentStart", "deploymentEnd"),
    _OBSERVATIONS: ("deploymentID", "eventStart", "observationLevel", "observationType"),
}
_LINEAGE: Final = ("rank", "kingdom", "phylum", "class", "order", "family", "genus")
_ANIMAL: Final = "animal"
_METRES_PER_DEGREE: Final = 111_320.0
_PROFILE_MARK: Final = b"camtrap-dp"


class CamtrapDp:
    """See occurrences.RecordSource: a zip, a folder, or the ``datapackage.json`` in one."""

    SIGN: Final = "a Camtrap DP, whose datapackage.json says so"

    def __init__(self, path: Path) -> None:
        self._path = path.parent if path.name == DESCRIPTOR else path

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a file or folder is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether there is a package of camera traps, of whatever version.

        Raises:
            SourceBroken: it is an archive and cannot be opened.
        """
        if sample.path is None or not sample.holds(DESCRIPTOR):
            return _PROFILE_MARK in sample.head and Path(sample.address).name == DESCRIPTOR
        with open_archive(sample.path) as archive:
            name = _descriptor(archive)
            content = name and next(archive.contents([name], DESCRIPTOR_BYTES))[1]
        return _PROFILE_MARK in (content or b"")

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._path.name

    def stage(self, into: Path) -> StagedSource:
        """See occurrences.RecordSource."""
        with open_archive(self._path) as archive:
            descriptor = _descriptor(archive)
            if descriptor is None:
                raise SourceBroken(f"{self._path} holds no {DESCRIPTOR}")
            (_, content), *_ = archive.contents([descriptor], DESCRIPTOR_BYTES)
            package = read_package(content, f"{self._path}: {descriptor}")
            tables = _Tables(archive, package, PurePosixPath(descriptor).parent)
            deployed = tables.stage(_DEPLOYMENTS, COLUMNS, into)
            observed = tables.stage(_OBSERVATIONS, _COLUMNS, into)
        sites = stage_deployments(deployed.path, f"{self._path}: {_DEPLOYMENTS}", into)
        seen = into / f"{_SEEN}.parquet"
        stage_dates(observed.path, sites, seen)
        observed.path.unlink()
        taxa = _stage_taxa(package, into / f"{_TAXA}.parquet")
        return _StagedCamtrap(
            package, replace(observed, path=seen), sites, taxa, deployed.unreadable
        )


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of a package that is open; their paths begin where its descriptor lies."""

    archive: Archive
    package: CamtrapPackage
    folder: PurePosixPath

    def stage(self, table: str, keep: Mapping[str, str], into: Path) -> Staged:
        where = f"{self.archive.path}: {self.folder / DESCRIPTOR}"
        name = str(self.folder / self.package.member(table, where))
        shape = TextShape(separator=self.package.separator(table), quote='"')
        table_where = f"{self.archive.path}: {name}"
        held = set(column_names(lambda: self.archive.open(name), table_where, shape))
        if missing := [column for column in _NEEDED[table] if column not in held]:
            raise SourceBroken(
                f"{table_where}: lacks {', '.join(missing)}, which Camtrap DP 1 has; export the "
                "package anew"
            )
        out = into / f"{table}.parquet"
        return stage_text(lambda: self.archive.open(name), table_where, shape, out, keep)


@dataclass(frozen=True, slots=True)
class _StagedCamtrap:
    """See occurrences.StagedSource."""

    package: CamtrapPackage
    observations: Staged
    deployments: StagedDeployments
    taxa: Path
    unreadable_deployments: int

    @property
    def tables(self) -> Mapping[str, Sequence[str]]:
        """See occurrences.StagedSource."""
        return {
            _SEEN: [str(self.observations.path)],
            _SITES: [str(self.deployments.sites)],
            _DAYS: [str(self.deployments.days)],
            _TAXA: [str(self.taxa)],
        }

    @property
    def unreadable(self) -> int:
        """See occurrences.StagedSource; deployments are no records."""
        return self.observations.unreadable

    @property
    def provenance(self) -> Provenance:
        """See occurrences.StagedSource."""
        faults = {
            "have a wrong clock: their days are not known": self.deployments.wrong_clocks,
            "could not be read": self.unreadable_deployments,
        }
        notes = [f"{count:,} deployments {fault}" for fault, count in faults.items() if count]
        stated = self.package.provenance
        return replace(stated, notes=[*stated.notes, *notes])

    def records(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """See occurrences.StagedSource."""
        rows = tables[_SEEN].left_join(tables[_SITES], "deployment")
        return rows.select(
            name_key=_name_key(rows),
            latitude=rows.latitude,
            longitude=rows.longitude,
            uncertainty_m=self._uncertainty(rows),
            country=ibis.null("string"),
            date=rows.date,
            observer=text(rows["deployment"]),
            dataset=ibis.literal(self.package.dataset),
            basis=ibis.literal("MACHINE_OBSERVATION"),
            absent=(text(rows["count"]) == "0").fill_null(False),  # noqa: FBT003
            captive=ibis.literal(False),  # noqa: FBT003
            obscured=ibis.literal(False),  # noqa: FBT003
            licence=ibis.literal(self.package.licence, type="string"),
        ).cast(RECORDS)

    def names(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """See occurrences.StagedSource."""
        rows, taxa = tables[_SEEN], tables[_TAXA]
        keyed = rows.select(name_key=_name_key(rows)).filter(lambda t: t.name_key.notnull())
        named = keyed.distinct().left_join(taxa, keyed.name_key == taxa.scientific_name)
        nothing = ibis.null("string")
        species = (named["rank"] == "species").ifelse(named.name_key, nothing)
        return named.select(
            name_key=named.name_key,
            taxon_id=nothing,
            scientific_name=named.name_key,
            **{column: named[column] for column in _LINEAGE},
            species=species,
        ).cast(NAMES)

    def visits(self, tables: Mapping[str, ibis.Table]) -> ibis.Table | None:
        """See occurrences.StagedSource: each day of each deployment."""
        return tables[_DAYS].cast(VISITS)

    def _uncertainty(self, rows: ibis.Table) -> FloatingValue:
        rounded = self.package.coordinate_precision
        if rounded is None:
            return rows.uncertainty_m
        return ibis.coalesce(rows.uncertainty_m, ibis.literal(rounded * _METRES_PER_DEGREE))


def _descriptor(archive: Archive) -> str | None:
    """Return the descriptor that lies highest in the archive."""
    found = [m.name for m in archive.members if PurePosixPath(m.name).name == DESCRIPTOR]
    return min(found, key=lambda name: (name.count("/"), name), default=None)


def _name_key(rows: ibis.Table) -> StringValue:
    """Return the animal's name, null where it is no animal."""
    animal = text(rows["type"]).lower() == _ANIMAL
    return animal.ifelse(text(rows["scientific_name"]), ibis.null("string"))


def _stage_taxa(package: CamtrapPackage, out: Path) -> Path:
    """Leave the lineages that the descriptor lists, one row for each name."""
    rows = [
        {"scientific_name": name, **lineage} for name, lineage in sorted(package.lineages().items())
    ]
    schema = pa.schema({column: pa.string() for column in ("scientific_name", *_LINEAGE)})
    pq.write_table(pa.Table.from_pylist(rows, schema), out)
    return out
