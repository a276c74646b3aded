"""Each archive of the collection is read, or says what is wrong with it."""

import re
from pathlib import Path
from typing import Final

import pytest

from darwin_core_files import Read, staged
from fieldmark.atlas.sources import open_source
from fieldmark.atlas.sources.darwin_core import DarwinCoreArchive
from fieldmark.atlas.sources.formats import sampled
from fieldmark.errors import SourceBroken

DATA: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "occurrence"
FOLDER: Final = DATA / "dwca_reader"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the Darwin Core archives are not at ../shared/data/occurrence"
)

ROWS: Final = {
    "dwca-csv-quote-dir": 2,
    "dwca-default-metadata-filename.zip": 2,
    "dwca-invalid-lacks-metadata": 2,
    "dwca-invalid-simple-toomuch.zip": 3,
    "dwca-invalid-simple-two.zip": 3,
    "dwca-meta-default-values": 2,
    "dwca-metadata-windows1252-encoding": 4,
    "dwca-noheaders-1.zip": 2,
    "dwca-noheaders-2.zip": 2,
    "dwca-nometadata.zip": 2,
    "dwca-partial-default.zip": 2,
    "dwca-simple-csv-dos.zip": 3,
    "dwca-simple-csv-eml.zip": 3,
    "dwca-simple-csv-notenclosed.zip": 3,
    "dwca-simple-csv.zip": 3,
    "dwca-simple-dir": 4,
    "dwca-simple-subdir.zip": 2,
    "dwca-simple-test-archive-enclosed.zip": 2,
    "dwca-simple-test-archive.tgz": 2,
    "dwca-simple-test-archive.zip": 2,
    "dwca-test-default.zip": 2,
    "dwca-utf8-eol-test.zip": 1,
    "gbif-results-lacks-s-metadata.zip": 158,
    "gbif-results-whitespace-in-xml.zip": 158,
    "gbif-results.zip": 158,
}
TAXA: Final = "lists taxa and no occurrences (taxon.txt)"
FAULTS: Final = {
    "dwca-2extensions.zip": TAXA,
    "dwca-ids.zip": TAXA,
    "dwca-malformed-descriptor": "occurrence.txt changes shape at line 2: expected 235 columns, "
    "found 234; 4 of 4 rows cannot be read",
    "dwca-missing-extension-details": TAXA,
    "dwca-orphaned-rows.zip": TAXA,
    "dwca-star-test-archive.zip": TAXA,
}
NOTES: Final = {
    "dwca-invalid-lacks-metadata": "eml.xml, which should describe the archive, is missing",
    "dwca-invalid-simple-toomuch.zip": "random_file is no table of Darwin Core and was not read",
    "gbif-results-lacks-s-metadata.zip": "its 22 data sets state licences: none (17), ",
    "gbif-results-whitespace-in-xml.zip": "its 23 data sets state licences: none (18), ",
    "gbif-results.zip": "its 23 data sets state licences: none (18), ",
    "dwca-invalid-simple-two.zip": "random_file is no table of Darwin Core and was not read",
}


def test_the_table_names_every_archive() -> None:
    archives = {path.name for path in FOLDER.iterdir()} - {"description.rst"}

    assert archives == {*ROWS, *FAULTS}


@pytest.mark.parametrize("name", [*ROWS, *FAULTS])
def test_it_is_recognised(name: str) -> None:
    assert DarwinCoreArchive.fits(sampled(FOLDER / name))


@pytest.mark.parametrize("name", ROWS)
def test_each_row_is_a_record_with_a_name(name: str, tmp_path: Path) -> None:
    found = Read(staged(FOLDER / name, tmp_path))

    records, names = found.records, {each["name_key"]: each for each in found.names}
    assert (len(records), found.source.unreadable) == (ROWS[name], 0)
    assert all(names[record["name_key"]]["scientific_name"] for record in records)
    notes = found.source.provenance.notes
    assert "; ".join(notes).startswith(NOTES.get(name, ""))
    assert len(notes) == (name in NOTES)


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_used_says_why(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match=re.escape(name) + ": .*" + re.escape(FAULTS[name])[:60]):
        staged(FOLDER / name, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_quote_in_an_unquoted_table_is_a_letter(tmp_path: Path) -> None:
    names = {
        each["scientific_name"] for each in Read(staged(FOLDER / "dwca-simple-dir", tmp_path)).names
    }

    assert {'"betta" splendens', "'betta' splendens"} <= names


def test_quotes_of_the_descriptors_choice_are_taken_off(tmp_path: Path) -> None:
    found = Read(staged(FOLDER / "dwca-simple-test-archive-enclosed.zip", tmp_path))

    assert {each["basis"] for each in found.records} == {"OBSERVATION"}


def test_a_download_of_gbif_is_read_to_its_dates_and_places(tmp_path: Path) -> None:
    found = Read(staged(FOLDER / "gbif-results-whitespace-in-xml.zip", tmp_path))

    provenance = found.source.provenance
    assert provenance.doi == "10.15468/dl.qmec2c"
    assert provenance.title == "GBIF Occurrence Download 10.15468/dl.qmec2c"
    assert len(provenance.dataset_keys) == 23
    placed = [record for record in found.records if record["latitude"] is not None]
    mandalay = [record for record in placed if record["observer"] == "Hetzel, O"]
    assert {(each["latitude"], each["country"], each["date"]) for each in mandalay} == {
        (22.0, "MM", 19350301)
    }
    assert {record["basis"] for record in found.records} <= {
        "PRESERVED_SPECIMEN", "HUMAN_OBSERVATION", "OBSERVATION", "UNKNOWN",
    }  # fmt: skip


def test_records_as_xml_are_recognised_and_say_what_to_fetch(tmp_path: Path) -> None:
    path = DATA / "inat" / "test_captive.dwc"

    assert isinstance(open_source(path), DarwinCoreArchive)
    with pytest.raises(SourceBroken, match=r"test_captive\.dwc: is Darwin Core as XML, which web"):
        staged(path, tmp_path)
