import re

import pytest

from fieldmark.adapters.bundle_labels import read_labels
from fieldmark.domain.taxon import Ancestor, Label, Rank, Taxon
from fieldmark.errors import ModelBroken
from toy_model import ANCESTORS_TEXT, LABELS_TEXT

FOX_ROW = "0,red fox,42069,Vulpes vulpes,red fox,species,Mammalia>Carnivora>Canidae>Vulpes,wild"


def _read(labels: str = LABELS_TEXT, ancestors: str = ANCESTORS_TEXT) -> tuple[Label, ...]:
    return read_labels(labels.encode(), ancestors.encode(), "toy")


def test_labels_come_in_output_order_with_their_taxa_and_lineages() -> None:
    fox, frogs, sky = _read()

    assert fox == Label(
        0,
        "red fox",
        Taxon(
            42069,
            "Vulpes vulpes",
            "red fox",
            Rank.SPECIES,
            (
                Ancestor(40151, "Mammalia", "mammals", Rank.CLASS),
                Ancestor(41573, "Carnivora", "carnivorans", Rank.ORDER),
                Ancestor(42043, "Canidae", "canids", Rank.FAMILY),
                Ancestor(42068, "Vulpes", None, Rank.GENUS),
            ),
        ),
        "wild",
    )
    assert frogs.taxon is not None
    assert frogs.taxon.common_name is None
    assert sky == Label(2, "sky", None, None)


def test_labels_of_one_taxon_share_it() -> None:
    cubs = FOX_ROW.replace("0,red fox", "3,fox cub")

    labels = _read(f"{LABELS_TEXT}{cubs}\n")

    assert labels[3].taxon is labels[0].taxon


def test_a_file_saved_by_a_spreadsheet_is_read_alike() -> None:
    windows = "\ufeff" + LABELS_TEXT.replace("\n", "\r\n")

    assert _read(windows) == _read()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("index,name", "index;name", "labels.csv starts with ['index;name'"),
        ("1,frogs", "2,frogs", "labels.csv line 3: index is '2' where 1 is due"),
        ("0,red fox,", "00,red fox,", "index is '00' where 0 is due"),
        ("1,frogs", "1, ", "line 3: name is empty"),
        ("42069", "x", "line 2: taxon_id is 'x'; it must be a whole number above 0"),
        ("42069", "-1", "taxon_id is '-1'"),
        ("42069", "²", "taxon_id is '²'"),
        ("42069", "99999999999", "taxon_id is '99999999999'"),
        (",Vulpes vulpes,", ",,", "line 2: scientific_name is empty"),
        (",species,", ",kind,", "line 2: 'kind' is no rank"),
        (">Vulpes,", ">Canis,", "line 2: 'Canis' of the lineage is not in ancestors.csv; add it"),
        ("Carnivora>Canidae", "Canidae>Carnivora", "list the groups from the widest down"),
        (",Amphibia,wild", ",Amphibia,tame", "line 3: setting is 'tame'"),
        ("2,sky,,,,,,", "2,sky,,,sky,,,", "line 4: common_name is 'sky' without a taxon_id"),
        ("2,sky,,,,,,", "2,sky,,,,,", "line 4 has 7 columns instead of 8"),
        (LABELS_TEXT, "", "labels.csv starts with []"),
        ("red fox,42069", '"red fox,42069', "labels.csv is not CSV in UTF-8"),
    ],
)
def test_a_malformed_label_is_named_with_its_line(old: str, new: str, complaint: str) -> None:
    assert old in LABELS_TEXT

    with pytest.raises(ModelBroken, match=re.escape(complaint)):
        _read(LABELS_TEXT.replace(old, new, 1))


def test_rows_of_one_taxon_must_agree() -> None:
    other = FOX_ROW.replace("0,red fox", "3,fox cub").replace(",red fox,", ",fox,")

    with pytest.raises(ModelBroken, match="taxon 42069 is described otherwise further up"):
        _read(f"{LABELS_TEXT}{other}\n")


def test_a_group_may_stand_among_the_ancestors_once() -> None:
    with pytest.raises(ModelBroken, match=r"ancestors.csv line 7: Canidae is there twice"):
        _read(ancestors=f"{ANCESTORS_TEXT}1,Canidae,,family\n")


def test_labels_that_name_no_animal_are_refused() -> None:
    header = LABELS_TEXT.partition("\n")[0]

    with pytest.raises(ModelBroken, match="names no animal"):
        _read(f"{header}\n0,sky,,,,,,\n")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ModelBroken, match="is not CSV in UTF-8"):
        read_labels(b"\xff\xfe\x00", ANCESTORS_TEXT.encode(), "toy")
