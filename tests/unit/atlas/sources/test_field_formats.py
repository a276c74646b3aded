"""Each format of field sources is told from its content, and none takes the files of another."""

import json
from pathlib import Path

import pytest

from fieldmark.atlas.sources import open_source
from fieldmark.atlas.sources.camtrap_dp import CamtrapDp
from fieldmark.atlas.sources.checklist import Checklist
from fieldmark.atlas.sources.ebird import EbirdDataset
from fieldmark.atlas.sources.feedback import FeedbackExport
from fieldmark.atlas.sources.range_model import BIRDNET_LICENCE, RangeModel
from fieldmark.errors import SourceBroken
from fieldmark.wire import FeedbackOut
from range_networks import write_network

EBIRD = "GLOBAL UNIQUE IDENTIFIER\tCATEGORY\tSCIENTIFIC NAME\tSAMPLING EVENT IDENTIFIER\t\n"
PROFILE = "https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0.2/camtrap-dp-profile.json"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"type": "FeatureCollection", "features": []}', Checklist),
        (EBIRD, EbirdDataset),
        (",".join(FeedbackOut.__struct_fields__) + "\n", FeedbackExport),
    ],
)
def test_a_file_is_known_whatever_its_name(content: str, kind: type, tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    path.write_text(content, encoding="utf-8")

    assert isinstance(open_source(path), kind)


def test_a_folder_with_a_descriptor_is_a_package(tmp_path: Path) -> None:
    descriptor = tmp_path / "datapackage.json"
    descriptor.write_text(json.dumps({"profile": PROFILE, "resources": []}), encoding="utf-8")

    assert isinstance(open_source(tmp_path), CamtrapDp)
    assert isinstance(open_source(descriptor), CamtrapDp)


def test_a_network_is_a_range_model_without_a_known_licence(tmp_path: Path) -> None:
    source = open_source(write_network(tmp_path / "data.bin", [[0.0]] * 3, [0.0]))

    assert isinstance(source, RangeModel)
    assert source.provenance.licence is None


def test_a_model_of_birdnets_name_has_its_licence(tmp_path: Path) -> None:
    name = "BirdNET_GLOBAL_6K_V2.4_MData_Model_V2_FP16.tflite"
    source = open_source(write_network(tmp_path / name, [[0.0]] * 3, [0.0]))

    assert isinstance(source, RangeModel)
    assert source.provenance.licence == BIRDNET_LICENCE


def test_what_is_of_no_format_lists_them_all(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing of the kind\n", encoding="utf-8")

    with pytest.raises(SourceBroken, match=r"--as range-model.*--as checklist.*--as camtrap-dp"):
        open_source(path)
