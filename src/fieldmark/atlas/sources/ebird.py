"""The eBird Basic Dataset: observations, and the sampling events behind them, which are effort.

The tables are tab-separated and unquoted. Columns by the dataset's own metadata, in releases from
2018 to 2025; what releases call differently (``PROTOCOL TYPE``, ``PROTOCOL NAME``) is not needed.
A checklist that several people share is one visit: it counts for its group. Sampling events are
visits where all species that were noticed were reported; only then is a species that is not on the
list one that was not found (Johnston et al. 2021, "Analytical guidelines to increase the value of
community science data"). Its terms forbid giving the dataset on, and commercial use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import ibis
from ibis.expr.types import BooleanValue, FloatingValue, StringValue

from fieldmark.atlas.sources.archives.tars import is_tar
from fieldmark.atlas.sources.columns import date_number, flag, number, text
from fieldmark.atlas.sources.ebird_files import (
    EbirdFile,
    ebird_files,
    is_observations,
    member_names,
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

__all__ = ["LICENCE", "EbirdDataset"]

LICENCE: Final = "eBird-terms-of-use"
"""No licence has this name: the terms allow research and teaching, nothing commercial."""

_OBSERVATIONS: Final = "observations"
_SAMPLING: Final = "sampling"
_SHAPE: Final = TextShape(separator="\t", quote=None)
_EVENT_COLUMNS: Final = (
    "COUNTRY CODE", "LOCALITY TYPE", "LATITUDE", "LONGITUDE", "OBSERVATION DATE", "OBSERVER ID",
    "SAMPLING EVENT IDENTIFIER", "EFFORT DISTANCE KM", "ALL SPECIES REPORTED", "GROUP IDENTIFIER",
)  # fmt: skip
_COLUMNS: Final = (
    *_EVENT_COLUMNS, "CATEGORY", "SCIENTIFIC NAME", "EXOTIC CODE", "OBSERVATION COUNT", "APPROVED",
)  # fmt: skip
_NEEDED: Final = ("LATITUDE", "LONGITUDE", "OBSERVATION DATE", "SAMPLING EVENT IDENTIFIER")
_MARK: Final = frozenset({"global unique identifier", "sampling event identifier", "category"})
"""Columns, in lower case, that no other dataset has together."""

_SPECIES: Final = ("species", "issf", "form", "intergrade", "domestic")
"""Categories whose scientific name is a species'. The others are ``spuh`` (a genus or wider),
``slash`` (one of two) and ``hybrid``."""

_ESCAPED: Final = "X"
_KM: Final = 1000.0
_PLACE_M: Final = {"T": 5_000.0, "PC": 5_000.0, "C": 50_000.0, "S": 200_000.0}
"""How far a bird may be from the middle of a town, a postal code, a county and a state."""

_WIDE: Final = ("C", "S")


class EbirdDataset:
    """See occurrences.RecordSource: one release of the dataset, or a part of it."""

    SIGN: Final = "the eBird Basic Dataset, ebd_….txt, alone or in a zip, tar or folder"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a file or folder is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether there is a table of eBird's observations: by its columns, or its name."""
        packed = is_tar(sample.head) and sample.path is not None
        names = member_names(sample.path) if packed and sample.path else sample.members
        return set(sample.columns) >= _MARK or any(map(is_observations, names))

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._path.name

    def stage(self, into: Path) -> StagedSource:
        """See occurrences.RecordSource."""
        with ebird_files(self._path) as files:
            observations = _staged(files.observations, _COLUMNS, into / f"{_OBSERVATIONS}.parquet")
            sampling = (
                _staged(files.sampling, _EVENT_COLUMNS, into / f"{_SAMPLING}.parquet")
                if files.sampling
                else None
            )
        return _StagedEbird(self.name, observations, sampling)


@dataclass(frozen=True, slots=True)
class _StagedEbird:
    """See occurrences.StagedSource."""

    name: str
    observations: Staged
    sampling: Staged | None

    @property
    def tables(self) -> Mapping[str, Sequence[str]]:
        """See occurrences.StagedSource."""
        staged = {_OBSERVATIONS: self.observations, _SAMPLING: self.sampling}
        return {name: [str(one.path)] for name, one in staged.items() if one}

    @property
    def unreadable(self) -> int:
        """See occurrences.StagedSource; sampling events are no records."""
        return self.observations.unreadable

    @property
    def provenance(self) -> Provenance:
        """See occurrences.StagedSource."""
        notes = ["spuh, slash and hybrid name no species, and what a reviewer refused none either"]
        if self.sampling is None:
            notes.append("without its sampling events: effort is that of the observations alone")
        elif self.sampling.unreadable:
            notes.append(f"{self.sampling.unreadable:,} sampling events could not be read")
        return Provenance(f"eBird Basic Dataset ({self.name})", licence=LICENCE, notes=notes)

    def records(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """See occurrences.StagedSource."""
        rows = tables[_OBSERVATIONS]
        return rows.select(
            name_key=_name_key(rows),
            latitude=number(rows["latitude"]),
            longitude=number(rows["longitude"]),
            uncertainty_m=_uncertainty(rows),
            country=text(rows["country_code"]),
            date=date_number(rows["observation_date"]),
            observer=_observer(rows),
            dataset=ibis.literal("eBird"),
            basis=ibis.literal("HUMAN_OBSERVATION"),
            absent=(text(rows["observation_count"]) == "0").fill_null(False),  # noqa: FBT003
            captive=_captive(rows),
            obscured=ibis.literal(False),  # noqa: FBT003
            licence=ibis.literal(LICENCE),
        ).cast(RECORDS)

    def names(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """See occurrences.StagedSource."""
        rows = tables[_OBSERVATIONS]
        keyed = rows.select(name_key=_name_key(rows)).filter(lambda t: t.name_key.notnull())
        named = keyed.distinct()
        nothing = ibis.null("string")
        genus = named.name_key.re_extract(r"^(\S+) ", 1).nullif("")
        columns = {
            "taxon_id": nothing, "scientific_name": named.name_key, "rank": ibis.literal("species"),
            "kingdom": ibis.literal("Animalia"), "phylum": ibis.literal("Chordata"),
            "class": ibis.literal("Aves"), "order": nothing, "family": nothing, "genus": genus,
            "species": named.name_key,
        }  # fmt: skip
        return named.select(name_key=named.name_key, **columns).cast(NAMES)

    def visits(self, tables: Mapping[str, ibis.Table]) -> ibis.Table | None:
        """See occurrences.StagedSource: complete checklists that are not of a county or state."""
        if self.sampling is None:
            return None
        rows = tables[_SAMPLING]
        wide = rows["locality_type"].isin(_WIDE).fill_null(False)  # noqa: FBT003
        whole = rows.filter(flag(rows["all_species_reported"]) & ~wide)
        visits = whole.select(
            latitude=number(whole["latitude"]),
            longitude=number(whole["longitude"]),
            date=date_number(whole["observation_date"]),
            observer=_observer(whole),
        )
        return visits.distinct().cast(VISITS)


def _staged(file: EbirdFile, columns: Sequence[str], out: Path) -> Staged:
    needed = [name for name in _NEEDED if name in columns]
    held = {name.upper() for name in column_names(file.open, file.where, _SHAPE)}
    if missing := [name for name in needed if name not in held]:
        raise SourceBroken(
            f"{file.where} is no table of eBird's: it lacks {', '.join(missing)}; give the file as "
            "it came"
        )
    keep = {name: name.lower().replace(" ", "_") for name in columns}
    return stage_text(file.open, file.where, _SHAPE, out, keep)


def _name_key(rows: ibis.Table) -> StringValue:
    """Return the species, null where the row names none, or a reviewer did not approve it."""
    known = text(rows["category"]).lower().isin(_SPECIES).fill_null(True)  # noqa: FBT003
    approved = flag(rows["approved"]).fill_null(True)  # noqa: FBT003
    return (known & approved).ifelse(text(rows["scientific_name"]), ibis.null("string"))


def _observer(rows: ibis.Table) -> StringValue:
    """Return who went: the group of a shared checklist, or the observer."""
    who = ("group_identifier", "observer_id", "sampling_event_identifier")
    return ibis.coalesce(*(text(rows[column]) for column in who))


def _uncertainty(rows: ibis.Table) -> FloatingValue:
    """Return how far from the place the bird may have been: its size, or the way that was gone."""
    place = text(rows["locality_type"]).upper()
    area = ibis.cases(*((place == kind, metres) for kind, metres in _PLACE_M.items()))
    way = number(rows["effort_distance_km"]) * _KM
    return ibis.coalesce(area, way)


def _captive(rows: ibis.Table) -> BooleanValue:
    """Tell of escapees, and of domestic forms that have not settled, as feral pigeons have."""
    exotic = text(rows["exotic_code"]).upper()
    domestic = (text(rows["category"]).lower() == "domestic") & exotic.isnull()
    return ((exotic == _ESCAPED).fill_null(False) | domestic).fill_null(False)  # noqa: FBT003
