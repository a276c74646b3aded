"""A Darwin Core archive says what its terms mean, whatever shape it has."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_files import folder, tgz_file, zip_file
from darwin_core_files import DWC, OCCURRENCE_FILE, Read, described, lines, occurrences, staged
from fieldmark.atlas.sources.darwin_core import DarwinCoreArchive
from fieldmark.atlas.sources.formats import sampled
from fieldmark.atlas.sources.occurrences import NAMES, RECORDS
from fieldmark.errors import SourceBroken

PUMA = {
    "scientificName": "Puma concolor (Linnaeus, 1771)", "decimalLatitude": "8.5",
    "decimalLongitude": "-83.6", "eventDate": "2024-03-05", "recordedBy": "Ana",
}  # fmt: skip

Reader = Callable[[Mapping[str, str]], Read]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Return what is read of an archive of these members."""
    return lambda members: Read(staged(zip_file(tmp_path / "a.zip", members), tmp_path / "staged"))


@pytest.fixture
def record(read: Reader) -> Callable[..., dict[str, Any]]:
    """Return the record that one row with these terms is."""

    def record(row: Mapping[str, str], more: str = "") -> dict[str, Any]:
        (only,) = read(occurrences([row], more)).records
        return only

    return record


def test_a_row_is_a_record(record: Callable[..., dict[str, Any]]) -> None:
    row = {
        "coordinateUncertaintyInMeters": "30", "countryCode": "cr", "basisOfRecord":
        "HumanObservation", "datasetName": "Cats", "http://purl.org/dc/terms/license": "CC0",
        "kingdom": "Animalia", "family": "Felidae",
    }  # fmt: skip

    found = record(PUMA | row)

    assert list(found) == list(RECORDS)
    assert found == {
        "name_key": "|Puma concolor (Linnaeus, 1771)|Animalia|Felidae|",
        "latitude": 8.5,
        "longitude": -83.6,
        "uncertainty_m": 30.0,
        "country": "CR",
        "date": 20240305,
        "observer": "Ana",
        "dataset": "Cats",
        "basis": "HUMAN_OBSERVATION",
        "absent": False,
        "captive": None,
        "obscured": False,
        "licence": "CC0",
    }


def test_a_row_that_says_nothing_has_its_archive_for_a_data_set(
    record: Callable[..., dict[str, Any]],
) -> None:
    found = record({"scientificName": ""})

    assert {name: value for name, value in found.items() if value is not None} == {
        "dataset": "a.zip",
        "absent": False,
        "obscured": False,
    }


def values(column: str, rows: Sequence[Mapping[str, str]], read: Reader) -> list[Any]:
    """Return what a column of the records holds, in the order of the rows."""
    named = [{**row, "scientificName": f"{number:03}"} for number, row in enumerate(rows)]
    return [record[column] for record in read(occurrences(named)).records]


DATES: Sequence[tuple[dict[str, str], int | None]] = (
    ({"eventDate": "2024-03-05T10:00:00Z"}, 20240305),
    ({"eventDate": "2024-03-01/2024-03-31"}, 20240300),
    ({"eventDate": "Tue Apr 01 00:00:00 CET 1930", "year": "1930", "month": "4"}, 19300400),
    ({"year": "2023", "month": "2", "day": "29"}, 20230200),
    ({"year": "2023"}, 20230000),
    ({"month": "2", "day": "3"}, None),
    ({"year": "2023", "startDayOfYear": "1"}, 20230101),
    ({"year": "2023", "startDayOfYear": "60"}, 20230301),
    ({"year": "2024", "startDayOfYear": "60"}, 20240229),
    ({"year": "1900", "startDayOfYear": "60"}, 19000301),
    ({"year": "2023", "startDayOfYear": "365", "endDayOfYear": "365"}, 20231231),
    ({"year": "2024", "startDayOfYear": "366"}, 20241231),
    ({"year": "2023", "startDayOfYear": "366"}, 20230000),
    ({"year": "2023", "startDayOfYear": "0"}, 20230000),
    ({"year": "2023", "startDayOfYear": "10", "endDayOfYear": "20"}, 20230000),
    ({"year": "2023", "month": "7", "startDayOfYear": "10"}, 20230700),
    ({"startDayOfYear": "10"}, None),
)


def test_a_date_is_taken_from_where_it_stands(read: Reader) -> None:
    assert values("date", [row for row, _ in DATES], read) == [date for _, date in DATES]


def test_every_day_of_a_year_has_its_date(read: Reader) -> None:
    days = [date(year, 1, 1) + timedelta(day) for year in (2023, 2024) for day in range(365)]
    rows = [{"year": str(day.year), "startDayOfYear": f"{day:%j}"} for day in days]

    assert values("date", rows, read) == [int(f"{day:%Y%m%d}") for day in days]


def test_a_basis_is_written_in_one_way(read: Reader) -> None:
    bases = {
        "PreservedSpecimen": "PRESERVED_SPECIMEN",
        "preserved specimen": "PRESERVED_SPECIMEN",
        "MACHINE_OBSERVATION": "MACHINE_OBSERVATION",
        "FossilSpecimen": "FOSSIL_SPECIMEN",
        "Observation": "OBSERVATION",
        "S": "PRESERVED_SPECIMEN",
        "": None,
    }

    found = values("basis", [{"basisOfRecord": stated} for stated in bases], read)

    assert found == list(bases.values())


@pytest.mark.parametrize(
    ("absent", "rows"),
    [
        (
            True,
            (
                {"occurrenceStatus": "Absent"},
                {"occurrenceStatus": "present", "individualCount": "0"},
                {"organismQuantity": "0"},
            ),
        ),
        (
            False,
            (
                {"occurrenceStatus": "present"},
                {"individualCount": "1"},
                {"individualCount": "many"},
                {},
            ),
        ),
    ],
)
def test_what_was_not_found_is_absent(
    *, absent: bool, rows: Sequence[Mapping[str, str]], read: Reader
) -> None:
    assert values("absent", rows, read) == [absent] * len(rows)


@pytest.mark.parametrize(
    ("captive", "rows"),
    [
        (
            True,
            (
                {"degreeOfEstablishment": "captive (category B2)"},
                {"establishmentMeans": "MANAGED"},
                {"basisOfRecord": "LivingSpecimen"},
                {"establishmentMeans": "native", "degreeOfEstablishment": "cultivated"},
                {"https://www.inaturalist.org/terms/captive": "cultivated"},
                {"https://www.inaturalist.org/terms/captive": "true"},
            ),
        ),
        (
            False,
            (
                {"establishmentMeans": "introduced"},
                {"https://www.inaturalist.org/terms/captive": "wild"},
            ),
        ),
        (None, ({"establishmentMeans": "uncertain"}, {})),
    ],
)
def test_an_animal_that_people_keep_is_captive(
    *, captive: bool | None, rows: Sequence[Mapping[str, str]], read: Reader
) -> None:
    assert values("captive", rows, read) == [captive] * len(rows)


def test_a_place_that_was_moved_is_obscured_unless_the_uncertainty_holds_it(read: Reader) -> None:
    moved = (
        {"informationWithheld": "Coordinate uncertainty increased to 28395m",
         "coordinateUncertaintyInMeters": "28395"},
        {"dataGeneralizations": "Coordinates rounded to 0.1 degrees"},
    )  # fmt: skip
    kept = (
        {"dataGeneralizations": "coordinates are those of a 5 x 5 km square",
         "coordinateUncertaintyInMeters": "3536"},
        {"informationWithheld": "Photos on request"},
    )  # fmt: skip

    assert values("obscured", [*moved, *kept], read) == [True, True, False, False]


def test_coordinates_may_have_a_decimal_comma(record: Callable[..., dict[str, Any]]) -> None:
    assert record(PUMA | {"decimalLatitude": "8,5"})["latitude"] == 8.5


def test_defaults_fill_what_is_empty_or_has_no_column(
    record: Callable[..., dict[str, Any]],
) -> None:
    more = f'<field term="{DWC}countryCode" default="CR"/>'

    assert record(PUMA, more)["country"] == "CR"


def test_a_default_fills_an_empty_value_only(read: Reader) -> None:
    fields = f'<field index="2" term="{DWC}countryCode" default="CR"/>'
    core = described(["scientificName"], more=fields)

    found = read({"meta.xml": f"<archive>{core}</archive>", OCCURRENCE_FILE: "1\ta\tPA\n2\tb\t\n"})

    assert [each["country"] for each in found.records] == ["PA", "CR"]


def test_only_inaturalists_taxon_ids_are_taken(read: Reader) -> None:
    rows = (
        {"taxonID": "https://www.inaturalist.org/taxa/1"},
        {"taxonID": "2", "institutionCode": "iNaturalist"},
        {"taxonID": "3", "institutionCode": "UCR"},
        {"taxonID": "https://species.example/taxa/4"},
    )

    found = read(occurrences([PUMA | row for row in rows])).names

    assert [name["taxon_id"] for name in found] == ["1", "2", None]


def test_there_is_one_name_for_each_key(read: Reader) -> None:
    lineage = {"kingdom": "Animalia", "genus": "Puma", "specificEpithet": "concolor",
               "taxonRank": "SPECIES"}  # fmt: skip
    rows = [PUMA | lineage, PUMA | lineage | {"order": "Carnivora"}, PUMA | {"kingdom": "Plantae"}]

    found = read(occurrences(rows))

    animal, plant = found.names
    assert list(animal) == list(NAMES)
    assert animal["species"] == "Puma concolor"
    assert (animal["rank"], animal["order"]) == ("species", "Carnivora")
    assert plant["kingdom"] == "Plantae"
    keys = {record["name_key"] for record in found.records}
    assert keys == {animal["name_key"], plant["name_key"]}


def test_a_species_that_stands_whole_in_its_epithet_is_not_doubled(read: Reader) -> None:
    row = PUMA | {"genus": "Puma", "specificEpithet": "Puma concolor"}

    assert read(occurrences([row])).names[0]["species"] == "Puma concolor"


EVENTS = [
    # key, part of, latitude, longitude, date, observer
    ["survey", "", "8.5", "-83.6", "2024", "Ana"],
    ["walk 1", "survey", "", "", "2024-03-05", ""],
    ["walk 2", "survey", "9.5", "-84.6", "2024-03-06", "Ben"],
    ["walk 2", "survey", "9.9", "-84.9", "2024-03-06", "Ben"],
]
EVENT_TERMS = ["parentEventID", "decimalLatitude", "decimalLongitude", "eventDate", "recordedBy"]


def event_archive(occurrence_rows: list[list[str]]) -> dict[str, str]:
    core = described(EVENT_TERMS, "Event", file="event.txt")
    extension = described(["scientificName", "recordedBy"], key="coreid")
    return {
        "meta.xml": f"<archive>{core}{extension}</archive>",
        "event.txt": lines(EVENTS),
        OCCURRENCE_FILE: lines(occurrence_rows),
    }


def test_an_occurrence_takes_from_its_event_what_it_does_not_say(read: Reader) -> None:
    found = read(event_archive([["walk 2", "Puma", ""], ["walk 2", "Lynx", "Eva"]])).records

    assert [
        (each["name_key"], each["latitude"], each["date"], each["observer"]) for each in found
    ] == [("|Lynx|||", 9.5, 20240306, "Eva"), ("|Puma|||", 9.5, 20240306, "Ben")]


def test_an_event_takes_from_what_it_is_part_of(read: Reader) -> None:
    (found,) = read(event_archive([["walk 1", "Puma", ""]])).records

    assert (found["latitude"], found["date"], found["observer"]) == (8.5, 20240305, "Ana")


def test_an_occurrence_of_no_known_event_has_no_place(read: Reader) -> None:
    (found,) = read(event_archive([["walk 3", "Puma", "Eva"]])).records

    assert (found["latitude"], found["date"], found["observer"]) == (None, None, "Eva")


def test_events_are_visits_whether_or_not_anything_was_found(read: Reader) -> None:
    assert read(event_archive([["walk 2", "Puma", ""]])).visits == [
        {"latitude": 8.5, "longitude": -83.6, "date": 20240305, "observer": "Ana"},
        {"latitude": 9.5, "longitude": -84.6, "date": 20240306, "observer": "Ben"},
    ]


def test_occurrences_alone_tell_no_further_visits(read: Reader) -> None:
    assert read(occurrences([PUMA])).visits is None


def test_taxa_with_occurrences_give_their_names(read: Reader) -> None:
    core = described(["scientificName"], "Taxon", file="taxon.txt")
    extension = described(["countryCode"], key="coreid")

    found = read(
        {
            "meta.xml": f"<archive>{core}{extension}</archive>",
            "taxon.txt": "1\tPuma concolor\n",
            OCCURRENCE_FILE: "1\tCR\n",
        }
    )

    assert [(each["name_key"], each["country"]) for each in found.records] == [
        ("|Puma concolor|||", "CR")
    ]
    assert found.visits is None


def test_a_core_in_several_files_is_one_table(read: Reader) -> None:
    core = described(["scientificName"]).replace(
        "</location>", "</location><location>more.txt</location>"
    )

    found = read(
        {"meta.xml": f"<archive>{core}</archive>", OCCURRENCE_FILE: "1\ta\n", "more.txt": "2\tb\n"}
    )

    assert [each["name_key"] for each in found.records] == ["|a|||", "|b|||"]


def test_the_encoding_quotes_and_header_are_those_of_the_descriptor(tmp_path: Path) -> None:
    core = f"""<core rowType="{DWC}Occurrence" encoding="windows-1252" fieldsTerminatedBy=","
      linesTerminatedBy="\\r\\n" fieldsEnclosedBy="'" ignoreHeaderLines="2">
      <files><location>o.csv</location></files>
      <field index="1" term="{DWC}recordedBy"/></core>"""
    table = "made\r\nby hand\r\n1,'Noé, €'\r\n2,\"b\"\r\n".encode("cp1252")
    path = zip_file(tmp_path / "a.zip", {"meta.xml": f"<archive>{core}</archive>", "o.csv": table})

    found = Read(staged(path, tmp_path / "staged")).records

    assert [each["observer"] for each in found] == ['"b"', "Noé, €"]


@pytest.mark.parametrize("write", [zip_file, tgz_file, folder])
@pytest.mark.parametrize("prefix", ["", "download/"])
def test_any_kind_of_archive_is_read_with_or_without_a_folder_around(
    write: Callable[[Path, Mapping[str, str | bytes]], Path], prefix: str, tmp_path: Path
) -> None:
    members = {prefix + name: text for name, text in occurrences([PUMA]).items()}
    path = write(tmp_path / "a", members)

    assert DarwinCoreArchive.fits(sampled(path))
    assert len(Read(staged(path, tmp_path / "staged")).records) == 1


def test_one_table_with_the_terms_needs_no_descriptor(read: Reader) -> None:
    table = ",".join(PUMA) + "\n" + ",".join(f'"{cell}"' for cell in PUMA.values()) + "\n"

    found = read({"cats.csv": table, "readme.txt": "Hello"})

    assert [each["date"] for each in found.records] == [20240305]
    assert found.source.provenance.notes == [
        "readme.txt is no table of Darwin Core and was not read"
    ]


def test_two_tables_without_a_descriptor_are_refused(read: Reader) -> None:
    table = lines([list(PUMA), list(PUMA.values())])

    with pytest.raises(SourceBroken, match=r"a\.zip: has no meta\.xml, .*such are: a\.txt, b\.txt"):
        read({"a.txt": table, "b.txt": table})


def test_a_table_that_is_missing_is_named(read: Reader) -> None:
    members = occurrences([PUMA])
    del members[OCCURRENCE_FILE]

    with pytest.raises(SourceBroken, match=r"a\.zip: occurrence\.txt: meta\.xml names this file"):
        read(members)


@pytest.mark.parametrize("location", ["../occurrence.txt", "http://example.org/occurrence.txt"])
def test_a_table_elsewhere_is_not_fetched(location: str, read: Reader) -> None:
    members = occurrences([PUMA])
    members["meta.xml"] = members["meta.xml"].replace(OCCURRENCE_FILE, location)

    with pytest.raises(SourceBroken, match="the archive holds none"):
        read(members)


def test_rows_that_cannot_be_read_are_counted_and_noted(read: Reader) -> None:
    members = occurrences([PUMA] * 200)
    members[OCCURRENCE_FILE] += "201\tshort\n"

    found = read(members)

    assert (len(found.records), found.source.unreadable) == (200, 1)
    assert found.source.provenance.notes[0].startswith("1 rows could not be read: ")


def test_several_descriptors_are_refused(read: Reader) -> None:
    members = occurrences([PUMA])

    with pytest.raises(SourceBroken, match=r"holds several archives: a/meta\.xml, b/meta\.xml"):
        read({f"{side}/{name}": text for side in "ab" for name, text in members.items()})


@pytest.mark.parametrize("datum", ["WGS84", "EPSG:4326", "wgs 84", "ETRS89", "not recorded", ""])
def test_a_datum_like_wgs_84_is_not_worth_a_note(datum: str, read: Reader) -> None:
    found = read(occurrences([PUMA | {"geodeticDatum": datum}]))

    assert found.source.provenance.notes == []


def test_another_datum_is_noted_and_not_transformed(read: Reader) -> None:
    rows = [PUMA | {"geodeticDatum": datum} for datum in ("NAD27", "NAD27", "ED50", "WGS84")]

    found = read(occurrences(rows))

    (note,) = found.source.provenance.notes
    assert note.startswith("3 rows state a geodetic datum that is not WGS 84 (NAD27, ED50); their")
    assert {each["latitude"] for each in found.records} == {8.5}


def eml(title: str, rights: str = "") -> str:
    rights = f"<intellectualRights>{rights}</intellectualRights>" if rights else ""
    return f"<eml><dataset><title>{title}</title>{rights}</dataset></eml>"


def test_a_download_of_gbif_names_its_doi_and_data_sets(read: Reader) -> None:
    members = occurrences([PUMA]) | {
        "metadata.xml": eml("GBIF Occurrence Download 10.15468/dl.ab12cd", "CC BY-NC 4.0"),
        "dataset/1b.xml": eml("One", "CC BY 4.0"),
        "dataset/2c.xml": eml("Two", "CC0"),
        "dataset/3d.xml": "<broken",
        "verbatim.txt": "not read",
    }

    found = read(members).source.provenance

    assert (found.doi, found.licence) == ("10.15468/dl.ab12cd", "CC BY-NC 4.0")
    assert found.dataset_keys == ["1b", "2c", "3d"]
    assert found.notes[0].startswith("a description was not read: dataset/3d.xml: is no well-")
    assert found.notes[1] == "its 2 data sets state licences: CC BY 4.0 (1), CC0 (1)"


def test_a_licence_that_all_data_sets_share_is_that_of_the_whole(read: Reader) -> None:
    parts = {f"dataset/{part}.xml": eml("Part", "CC0") for part in "ab"}

    assert read(occurrences([PUMA]) | parts).source.provenance.licence == "CC0"


def test_a_doi_may_stand_in_the_citation(read: Reader) -> None:
    citation = {"citations.txt": "Cite https://doi.org/10.15468/dl.ab12cd."}

    assert read(occurrences([PUMA]) | citation).source.provenance.doi == "10.15468/dl.ab12cd"


def test_a_description_that_is_missing_is_noted(read: Reader) -> None:
    members = occurrences([PUMA])
    members["meta.xml"] = members["meta.xml"].replace("<archive>", '<archive metadata="my.xml">')

    found = read(members)

    assert len(found.records) == 1
    assert found.source.provenance.notes == [
        "my.xml, which should describe the archive, is missing"
    ]


def test_what_is_no_darwin_core_does_not_fit(tmp_path: Path) -> None:
    text = tmp_path / "a.csv"
    text.write_text("taxon,latitude\n")

    assert not DarwinCoreArchive.fits(sampled(text))
    assert not DarwinCoreArchive.fits(sampled(zip_file(tmp_path / "a.zip", {"a.csv": "x,y\n"})))


def test_nothing_is_left_of_a_table_that_is_broken(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", occurrences([PUMA]))
    (path / OCCURRENCE_FILE).write_bytes(b"\0" * 5000)
    into = tmp_path / "staged"

    with pytest.raises(SourceBroken, match=r"a: occurrence\.txt"):
        staged(path, into)

    assert list(into.iterdir()) == []


def test_nothing_is_left_of_an_archive_that_is_cut_off(tmp_path: Path) -> None:
    path = tgz_file(tmp_path / "a.tgz", occurrences([PUMA] * 100))
    path.write_bytes(path.read_bytes()[:-20])
    into = tmp_path / "staged"

    with pytest.raises(SourceBroken, match=r"a\.tgz: cannot be unpacked"):
        staged(path, into)

    assert list(into.iterdir()) == []
