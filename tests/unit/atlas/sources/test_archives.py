"""Archives give their members as streams and believe nothing that their headers say."""

import gzip
import io
import os
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_files import folder, tar_bytes, tgz_file, zip_file
from fieldmark.atlas.sources.archives import Bounds, is_archive, open_archive
from fieldmark.errors import SourceBroken

MEMBERS = {"a/occurrence.txt": "id\tname\n" + "1\tPuma\n" * 50, "meta.xml": "<archive/>"}
KIB = 1024


def tar_file(path: Path, members: Mapping[str, str | bytes]) -> Path:
    path.write_bytes(tar_bytes(members))
    return path


def contents(path: Path, bounds: Bounds | None = None) -> dict[str, bytes]:
    """Read all members, in blocks."""
    read: dict[str, bytes] = {}
    with open_archive(path, bounds or Bounds()) as archive:
        for member in archive.members:
            with archive.open(member.name) as stream:
                read[member.name] = b"".join(iter(lambda: stream.read(64 * KIB), b""))
    return read


def patched(path: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    return path


@pytest.mark.parametrize("write", [zip_file, tar_file, tgz_file, folder])
def test_every_kind_gives_the_same_members(
    write: Callable[[Path, Mapping[str, str | bytes]], Path], tmp_path: Path
) -> None:
    path = write(tmp_path / "archive", MEMBERS)

    assert is_archive(path)
    assert contents(path) == {name: text.encode() for name, text in MEMBERS.items()}


@pytest.mark.parametrize("write", [zip_file, tar_file, tgz_file, folder])
def test_small_members_come_whole_and_larger_ones_not_at_all(
    write: Callable[[Path, Mapping[str, str | bytes]], Path], tmp_path: Path
) -> None:
    path = write(tmp_path / "archive", MEMBERS)

    with open_archive(path) as archive:
        found = dict(archive.contents(sorted(MEMBERS, reverse=True), at_most=100))

    assert found == {"meta.xml": b"<archive/>", "a/occurrence.txt": None}


def test_a_gzip_holds_one_member_named_as_the_file(tmp_path: Path) -> None:
    path = tmp_path / "occurrence.csv.gz"
    path.write_bytes(gzip.compress(b"one") + gzip.compress(b"two"))

    assert contents(path) == {"occurrence.csv": b"onetwo"}


def test_two_members_can_be_read_at_once(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "z.zip", {"a": "1" * 5000, "b": "2" * 5000})

    with open_archive(path) as archive, archive.open("a") as a, archive.open("b") as b:
        assert [a.read(2) + b.read(2), a.read() + b.read()] == [
            b"1122",
            b"1" * 4998 + b"2" * 4998,
        ]


def test_zip64_is_read(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a", "w", force_zip64=True) as stream:
        stream.write(b"content")
    content = path.read_bytes()
    start = content.index(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HLL", content, start + 10)
    record = struct.pack(
        "<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, start, 1)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    path.write_bytes(content[:start] + record + locator + end)

    assert contents(path) == {"a": b"content"}


def test_what_an_operating_system_strews_in_is_no_member(tmp_path: Path) -> None:
    strewn = {"__MACOSX/._a": "x", "._a": "x", "sub/.DS_Store": "x", "Thumbs.db": "x"}

    path = tgz_file(tmp_path / "t.tgz", {"./a": "content", **strewn})

    assert contents(path) == {"a": b"content"}


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "b/../../a", "C:\\a", "..\\a", "\\a"])
@pytest.mark.parametrize("write", [zip_file, tgz_file])
def test_a_name_that_leads_out_is_refused(
    name: str, write: Callable[[Path, Mapping[str, str | bytes]], Path], tmp_path: Path
) -> None:
    path = write(tmp_path / "archive", {name: "content"})

    with pytest.raises(SourceBroken, match=r"archive: .*leads out of the archive"):
        open_archive(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "1")
        archive.writestr("a", "2")

    with pytest.raises(SourceBroken, match=r"z\.zip: a: there are two of that name"):
        open_archive(path)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_a_tar_with_a_link_or_a_device_is_refused(kind: bytes, tmp_path: Path) -> None:
    entry = tarfile.TarInfo("evil")
    entry.type, entry.linkname = kind, "/etc/passwd"
    path = tgz_file(tmp_path / "t.tgz", {"a": "content"}, entry)

    with pytest.raises(SourceBroken, match=r"t\.tgz: evil: is a link, a device"):
        open_archive(path)


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("evil")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")

    with pytest.raises(SourceBroken, match=r"z\.zip: evil: is a link"):
        open_archive(path)


def test_a_folder_whose_link_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    path = folder(tmp_path / "folder", {"a": "content"})
    (path / "evil").symlink_to(tmp_path / "secret")

    with pytest.raises(SourceBroken, match=r"folder: evil: is no plain file of this folder"):
        open_archive(path)


def test_a_folder_with_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(SourceBroken, match="pipe: is no plain file"):
        open_archive(tmp_path)


def test_a_link_inside_a_folder_is_followed(tmp_path: Path) -> None:
    path = folder(tmp_path / "folder", {"a": "content"})
    (path / "b").symlink_to("a")

    assert contents(path) == {"a": b"content", "b": b"content"}


def test_an_encrypted_member_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "z.zip", {"a": "content", "b": "content"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    with open_archive(path) as archive:
        with pytest.raises(SourceBroken, match=r"z\.zip: a: is encrypted"):
            archive.open("a")
        assert archive.open("b").read() == b"content"


def test_a_compression_other_than_deflate_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", "content")

    with (
        open_archive(path) as archive,
        pytest.raises(SourceBroken, match=r"z\.zip: a: is compressed with LZMA"),
    ):
        archive.open("a")


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "z.zip", {"a": os.urandom(500), "b": os.urandom(500)})
    content = bytearray(path.read_bytes())
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    struct.pack_into("<L", content, second + 42, 0)
    path.write_bytes(content)

    with pytest.raises(SourceBroken, match=r"z\.zip: b: overlaps the member before it"):
        open_archive(path)


@pytest.mark.parametrize("write", [zip_file, tgz_file])
def test_a_bomb_ends_soon_after_what_is_free(
    write: Callable[[Path, Mapping[str, str | bytes]], Path], tmp_path: Path
) -> None:
    path = write(tmp_path / "bomb", {"a": b"\0" * (8 * KIB * KIB)})
    bounds = Bounds(free_bytes=KIB * KIB)

    with pytest.raises(SourceBroken, match=r"bomb: .*unpacks to more than 200 times its size"):
        contents(path, bounds)


def test_a_bomb_that_lies_about_its_size_gives_no_byte_more_than_it_states(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "bomb.zip", {"a": b"\0" * (8 * KIB * KIB)})
    patched(path, struct.pack("<L", 8 * KIB * KIB), struct.pack("<L", 100))

    with pytest.raises(SourceBroken, match=r"bomb\.zip: a: cannot be unpacked: Bad CRC"):
        contents(path)


def test_a_bomb_is_unpacked_in_little_memory(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "bomb.zip", {"a": b"\0" * (64 * KIB * KIB)})

    with open_archive(path) as archive, archive.open("a") as stream:
        tracemalloc.start()
        while stream.read(64 * KIB):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak < 4 * KIB * KIB


def test_the_bound_on_the_total_holds_over_all_members(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "z.zip", {"a": os.urandom(600), "b": os.urandom(600)})

    assert contents(path, Bounds(unpacked_bytes=1200)).keys() == {"a", "b"}
    with pytest.raises(SourceBroken, match=r"z\.zip: b: more than 1,199 bytes were unpacked"):
        contents(path, Bounds(unpacked_bytes=1199))


@pytest.mark.parametrize("write", [zip_file, tgz_file, folder])
def test_too_many_members_are_refused(
    write: Callable[[Path, Mapping[str, str | bytes]], Path], tmp_path: Path
) -> None:
    path = write(tmp_path / "archive", {str(number): "" for number in range(11)})

    with pytest.raises(SourceBroken, match="archive: holds more than 10 members"):
        open_archive(path, Bounds(members=10))


def test_a_header_of_a_tar_that_asks_for_much_memory_is_refused(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("a")
    entry.pax_headers = {"comment": "x" * 100_000}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry)
    path = tmp_path / "t.tar"
    path.write_bytes(packed.getvalue())

    with pytest.raises(SourceBroken, match=r"t\.tar: .*a header of it has more than 16,384 bytes"):
        open_archive(path)


def test_damage_is_found_by_the_checksum(tmp_path: Path) -> None:
    stored = tmp_path / "z.zip"
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("a", "content")

    with pytest.raises(SourceBroken, match=r"z\.zip: a: cannot be unpacked: Bad CRC"):
        contents(patched(stored, b"content", b"cOntent"))


def test_a_gzip_that_was_cut_off_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(os.urandom(100_000))[:-1000])

    with pytest.raises(SourceBroken, match=r"a\.csv\.gz: a\.csv: cannot be unpacked: .*was not"):
        contents(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"BZh91AY", "is packed with bzip2, which is not read"),
        (b"7z\xbc\xaf\x27\x1c", "is packed with 7-Zip, which is not read"),
        (b"id,name\n", "is no archive; give a zip"),
        (b"", "is no archive"),
    ],
)
def test_what_is_no_archive_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(SourceBroken, match=f"file: {message}"):
        open_archive(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match=r"none\.zip: cannot be read: No such file"):
        open_archive(tmp_path / "none.zip")


def test_a_member_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "z.zip", {"a": "content"})

    with open_archive(path) as archive, pytest.raises(SourceBroken, match=r"z\.zip: holds no b"):
        archive.open("b")


@pytest.mark.parametrize("write", [zip_file, tar_file, tgz_file])
def test_an_archive_that_is_cut_off_anywhere_is_read_or_refused(
    write: Callable[[Path, Mapping[str, str | bytes]], Path], tmp_path: Path
) -> None:
    members = {name: text[:100] for name, text in MEMBERS.items()}
    whole = write(tmp_path / "archive", members).read_bytes()
    path = tmp_path / "cut"
    for size in range(0, len(whole), 7 if len(whole) > 4 * KIB else 1):
        path.write_bytes(whole[:size])
        try:
            read = contents(path)
        except SourceBroken as error:
            assert str(path) in str(error)  # noqa: PT017  # either may come
        else:
            assert read.items() <= {n: text.encode() for n, text in members.items()}.items()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_archive_with_any_damage_is_read_or_refused(data: st.DataObject, tmp_path: Path) -> None:
    write = data.draw(st.sampled_from([zip_file, tar_file, tgz_file]))
    content = bytearray(write(tmp_path / "archive", MEMBERS).read_bytes())
    places = st.integers(0, len(content) - 1)
    for at, value in data.draw(
        st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=8)
    ):
        content[at] = value
    path = tmp_path / "damaged"
    path.write_bytes(content)

    try:
        contents(path)
    except SourceBroken as error:
        assert str(path) in str(error)  # noqa: PT017  # either may come


@given(content=st.binary(max_size=2000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tar_is_read_or_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any"
    path.write_bytes(zlib.compress(content, wbits=31))

    try:
        contents(path)
    except SourceBroken as error:
        assert str(path) in str(error)  # noqa: PT017  # either may come
