import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from fieldmark.adapters.bundle_files import LABELS, MANIFEST, MODEL, read_files
from fieldmark.errors import ModelBroken
from toy_model import LABELS_TEXT, MANIFEST_TEXT, toy_files, toy_folder, toy_zip


def _zip_with(path: Path, info: zipfile.ZipInfo, data: bytes = b"x") -> Path:
    toy_zip(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, data)
    return path


def test_a_folder_and_a_zip_of_it_hold_the_same_files(tmp_path: Path) -> None:
    folder = read_files(toy_folder(tmp_path / "toy"))
    zipped = read_files(toy_zip(tmp_path / "toy.zip"))

    assert folder == zipped == toy_files()


def test_the_files_of_a_zip_may_lie_in_its_one_folder(tmp_path: Path) -> None:
    assert read_files(toy_zip(tmp_path / "toy.zip", top="toy/")) == toy_files()


def test_only_the_files_asked_for_are_read(tmp_path: Path) -> None:
    toy_folder(tmp_path / "toy")
    (tmp_path / "toy" / MODEL).unlink()

    assert read_files(tmp_path / "toy", [LABELS]) == {LABELS: LABELS_TEXT.encode()}


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelBroken, match=r"nowhere: there is no such model bundle"):
        read_files(tmp_path / "nowhere")


@pytest.mark.parametrize("name", sorted(toy_files()))
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (toy_folder(tmp_path / "toy") / name).unlink()

    with pytest.raises(ModelBroken, match=f"{name}: missing"):
        read_files(tmp_path / "toy")


def test_a_file_missing_from_a_zip_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "toy.zip", "w") as archive:
        archive.writestr(MANIFEST, MANIFEST_TEXT)

    with pytest.raises(ModelBroken, match=f"{MODEL} is missing"):
        read_files(tmp_path / "toy.zip")


def test_an_empty_zip_is_missing_everything(tmp_path: Path) -> None:
    zipfile.ZipFile(tmp_path / "toy.zip", "w").close()

    with pytest.raises(ModelBroken, match=f"{MANIFEST} is missing"):
        read_files(tmp_path / "toy.zip")


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08\x08 no bundle")

    with pytest.raises(ModelBroken, match="not a readable zip file"):
        read_files(tmp_path / "model.onnx")


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_zip_that_was_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    data = toy_zip(tmp_path / "toy.zip").read_bytes()
    (tmp_path / "toy.zip").write_bytes(data[: len(data) * cut // 20])

    with pytest.raises(ModelBroken):
        read_files(tmp_path / "toy.zip")


@pytest.mark.parametrize("seed", range(200))
def test_a_zip_with_changed_bytes_is_read_alike_or_refused(tmp_path: Path, seed: int) -> None:
    data = bytearray(toy_zip(tmp_path / "toy.zip").read_bytes())
    data[seed * 7919 % len(data)] ^= 1 << seed % 8
    (tmp_path / "toy.zip").write_bytes(data)

    try:
        files = read_files(tmp_path / "toy.zip")
    except ModelBroken:
        return
    assert files == toy_files()


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "a\\..\\x", "c:x", ".."])
def test_a_name_that_leads_out_of_a_zip_condemns_all_of_it(tmp_path: Path, name: str) -> None:
    info = zipfile.ZipInfo("placeholder")
    info.filename = name

    with pytest.raises(ModelBroken, match="do not use this file"):
        read_files(_zip_with(tmp_path / "toy.zip", info))


def test_a_link_condemns_a_zip(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("notes.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16

    with pytest.raises(ModelBroken, match=r"'notes.txt' is a link"):
        read_files(_zip_with(tmp_path / "toy.zip", info, b"/etc/passwd"))


def test_two_entries_of_one_name_condemn_a_zip(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        _zip_with(tmp_path / "toy.zip", zipfile.ZipInfo(LABELS))

    with pytest.raises(ModelBroken, match="two entries have the same name"):
        read_files(tmp_path / "toy.zip")


def test_an_encrypted_entry_condemns_a_zip(tmp_path: Path) -> None:
    data = bytearray(toy_zip(tmp_path / "toy.zip").read_bytes())
    entry = data.index(b"PK\x01\x02")  # the first of the central directory (APPNOTE 4.3.12)
    struct.pack_into("<H", data, entry + 8, 1)
    (tmp_path / "toy.zip").write_bytes(data)

    with pytest.raises(ModelBroken, match="is encrypted"):
        read_files(tmp_path / "toy.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_may_explode_within_one_block_are_refused(
    tmp_path: Path, method: int
) -> None:
    info = zipfile.ZipInfo("notes.txt")
    info.compress_type = method

    with pytest.raises(ModelBroken, match="neither stored nor deflated"):
        read_files(_zip_with(tmp_path / "toy.zip", info))


def test_an_entry_that_would_explode_is_refused(tmp_path: Path) -> None:
    bomb = zipfile.ZipInfo("bomb.bin")
    bomb.compress_type = zipfile.ZIP_DEFLATED

    with pytest.raises(ModelBroken, match="would grow more than 200 times"):
        read_files(_zip_with(tmp_path / "toy.zip", bomb, bytes(20_000_000)))


def test_an_entry_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    changes = {LABELS: LABELS_TEXT * 1000}
    data = bytearray(toy_zip(tmp_path / "toy.zip", changes=changes).read_bytes())
    entry = data.index(b"PK\x01\x02")
    while data[entry + 46 : entry + 46 + len(LABELS)] != LABELS.encode():
        entry = data.index(b"PK\x01\x02", entry + 4)
    struct.pack_into("<I", data, entry + 24, 10)  # the uncompressed size
    (tmp_path / "toy.zip").write_bytes(data)

    with pytest.raises(ModelBroken, match="not a readable zip file"):
        read_files(tmp_path / "toy.zip")


def test_more_entries_than_a_bundle_has_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}.txt", b"")

    with pytest.raises(ModelBroken, match="300 entries; a bundle has at most 256"):
        read_files(tmp_path / "many.zip")


def test_a_manifest_longer_than_a_mebibyte_is_refused(tmp_path: Path) -> None:
    changes = {MANIFEST: MANIFEST_TEXT + "#" * 2**20}

    with pytest.raises(ModelBroken, match=r"manifest.toml: more than 1,048,576 bytes"):
        read_files(toy_folder(tmp_path / "toy", changes))
    with pytest.raises(ModelBroken, match=r"1,048,576 may be|would grow"):
        read_files(toy_zip(tmp_path / "toy.zip", changes=changes))


def test_a_pipe_in_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    (toy_folder(tmp_path / "toy") / MODEL).unlink()
    os.mkfifo(tmp_path / "toy" / MODEL)

    with pytest.raises(ModelBroken, match=f"{MODEL}: missing"):
        read_files(tmp_path / "toy")
