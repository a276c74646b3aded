"""Terms of Darwin Core → records, names and visits: expressions that any engine runs."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue

from fieldmark.atlas.sources.columns import date_number, date_of, number, surely, whole
from fieldmark.atlas.sources.darwin_core.terms import Terms
from fieldmark.atlas.sources.occurrences import VISITS
from fieldmark.atlas.sources.staged import name_rows, record_rows

__all__ = ["names_of", "records_of", "visits_of"]

_BASES: Final[Mapping[str, str]] = {
    "FOSSILSPECIMEN": "FOSSIL_SPECIMEN",
    "HUMANOBSERVATION": "HUMAN_OBSERVATION",
    "LIVINGSPECIMEN": "LIVING_SPECIMEN",
    "MACHINEOBSERVATION": "MACHINE_OBSERVATION",
    "MATERIALCITATION": "MATERIAL_CITATION",
    "MATERIALENTITY": "MATERIAL_ENTITY",
    "MATERIALSAMPLE": "MATERIAL_SAMPLE",
    "PRESERVEDSPECIMEN": "PRESERVED_SPECIMEN",
    "F": "FOSSIL_SPECIMEN",  # the letters of Darwin Core before 2009
    "L": "LIVING_SPECIMEN",
    "O": "OBSERVATION",
    "S": "PRESERVED_SPECIMEN",
}
_ABSENT: Final = ("absent", "absence", "not detected", "notdetected", "not found", "false", "0")
_CAPTIVE: Final = r"^(captive|cultivated|managed|domestic|zoo)"
_WILD: Final = r"^(wild|native|introduced|naturali|invasive|established|reproducing|false$)"
_TRUE: Final = ("true", "yes", "1")
_MOVED: Final = r"coordinate|locali|location|georef|obscur|position"
_LEAST_MOVED_M: Final = 5000
_TAXON_ADDRESS: Final = r"^https?://www\.inaturalist\.org/taxa/(\d{1,9})$"
_TAXON_NUMBER: Final = r"^(\d{1,9})$"
_INATURALIST: Final = "inaturalist"
_SEPARATOR: Final = "|"
_KEY: Final = ("taxon_id", "scientific_name", "kingdom", "family", "species")
_LONGEST_YEAR: Final = 366
_DAYS_OF_LEAP_YEAR, _DAYS_OF_YEAR = (
    "".join(f"{first + timedelta(day):%m%d}" for day in range(length)).ljust(4 * _LONGEST_YEAR, "0")
    for first, length in ((date(2000, 1, 1), 366), (date(2001, 1, 1), 365))
)


def records_of(terms: Terms, dataset: str) -> ibis.Table:
    """Return the records of a table of occurrences.

    Args:
        terms: the terms of each row.
        dataset: what rows count as that name no data set.
    """
    uncertainty = number(terms["coordinateUncertaintyInMeters"])
    basis = _basis(terms)
    stated = terms.first("datasetKey", "datasetID", "datasetName", "collectionCode")
    columns = {
        "name_key": _name_key(terms),
        "latitude": number(terms["decimalLatitude"], decimal_comma=True),
        "longitude": number(terms["decimalLongitude"], decimal_comma=True),
        "uncertainty_m": uncertainty,
        "country": _country(terms),
        "date": _date(terms),
        "observer": terms.first("recordedBy", "recordedByID"),
        "dataset": ibis.coalesce(stated, ibis.literal(dataset)),
        "basis": basis,
        "absent": _absent(terms),
        "captive": _captive(terms, basis),
        "obscured": _is_moved(terms) & ~surely(uncertainty < _LEAST_MOVED_M),
        "licence": terms.first("license", "rights"),
    }
    return record_rows(terms.table, columns)


def names_of(terms: Terms) -> ibis.Table:
    """Return the distinct names of a table of occurrences."""
    return name_rows(terms.table, {"name_key": _name_key(terms), **_named(terms)})


def visits_of(terms: Terms) -> ibis.Table:
    """Return the visits of a table of events."""
    visits = terms.table.select(
        latitude=number(terms["decimalLatitude"], decimal_comma=True),
        longitude=number(terms["decimalLongitude"], decimal_comma=True),
        date=_date(terms),
        observer=terms.first("recordedBy", "recordedByID"),
    )
    return visits.cast(VISITS)


def _named(terms: Terms) -> dict[str, StringValue]:
    higher = ("kingdom", "phylum", "class", "order", "family", "genus")
    return {
        "taxon_id": _taxon_id(terms),
        "scientific_name": terms.first("scientificName", "acceptedScientificName"),
        "rank": terms["taxonRank"].lower(),
        "species": _species(terms),
        **{rank: terms[rank] for rank in higher},
    }


def _name_key(terms: Terms) -> StringValue:
    """Return what tells a name from others, null where nothing is named."""
    named = _named(terms)
    parts = [ibis.coalesce(named[part], ibis.literal("")) for part in _KEY]
    return ibis.literal(_SEPARATOR).join(parts).nullif(_SEPARATOR * (len(_KEY) - 1))


def _taxon_id(terms: Terms) -> StringValue:
    """Return iNaturalist's id, where the record is iNaturalist's or the id says so itself."""
    stated = terms["taxonID"]
    own = terms.first("institutionCode", "datasetName").lower().contains(_INATURALIST)
    plain = own.ifelse(stated.re_extract(_TAXON_NUMBER, 1), ibis.null("string"))
    return ibis.coalesce(stated.re_extract(_TAXON_ADDRESS, 1).nullif(""), plain.nullif(""))


def _species(terms: Terms) -> StringValue:
    """Return genus and species; some publishers write both into specificEpithet."""
    genus, epithet = terms["genus"], terms["specificEpithet"]
    both = epithet.startswith(genus + " ").ifelse(epithet, genus + " " + epithet)
    return ibis.coalesce(terms["species"], both)


def _country(terms: Terms) -> StringValue:
    code = terms.first("countryCode", "country").upper()
    return code.re_search("^[A-Z]{2}$").ifelse(code, ibis.null("string"))


def _date(terms: Terms) -> IntegerValue:
    parts = date_of(terms["year"], terms["month"], terms["day"])
    if terms.says("startDayOfYear"):
        more = terms["month"].isnull().ifelse(_ordinal(terms), None).fill_null(0)
        parts += more  # of which month and day are 00
    return ibis.coalesce(date_number(terms["eventDate"]), parts)


def _ordinal(terms: Terms) -> IntegerValue:
    """Return month and day, mmdd, by the number of the day in the year, where it is one day."""
    year, day = whole(terms["year"]), whole(terms["startDayOfYear"])
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    is_one = (whole(terms["endDayOfYear"]).fill_null(day) == day) & day.between(1, _LONGEST_YEAR)
    place = 4 * (is_one.ifelse(day, 1) - 1)
    found = is_leap.ifelse(_DAYS_OF_LEAP_YEAR, _DAYS_OF_YEAR).substr(place, 4).cast("int32")
    return is_one.ifelse(found, None)


def _absent(terms: Terms) -> BooleanValue:
    status = terms["occurrenceStatus"].lower()
    none = (number(terms["individualCount"]) == 0) | (number(terms["organismQuantity"]) == 0)
    return surely(status.isin(_ABSENT)) | surely(none)


def _basis(terms: Terms) -> StringValue:
    plain = terms["basisOfRecord"].upper().re_replace("[^A-Z]", "").nullif("")
    return plain.substitute(dict(_BASES))


def _captive(terms: Terms, basis: StringValue) -> BooleanValue:
    words = [terms[term].lower() for term in
             ("degreeOfEstablishment", "establishmentMeans", "captive")]  # fmt: skip
    yes = [surely(word.re_search(_CAPTIVE)) for word in words]
    yes += [surely(words[-1].isin(_TRUE)), surely(basis == "LIVING_SPECIMEN")]
    no = [surely(word.re_search(_WILD)) for word in words]
    return ibis.cases((ibis.or_(*yes), True), (ibis.or_(*no), False))


def _is_moved(terms: Terms) -> BooleanValue:
    """Tell whether somebody says that the place is not the true one."""
    said = [terms[term].lower() for term in ("dataGeneralizations", "informationWithheld")]
    return ibis.or_(*(surely(words.re_search(_MOVED)) for words in said))
