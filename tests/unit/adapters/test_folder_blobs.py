"""A folder of blobs: private, and never a file that is half there."""

import fcntl
import stat
from pathlib import Path

import pytest

from fieldmark.adapters.folder_blobs import FolderBlobs
from fieldmark.errors import Unavailable


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_put_makes_the_folder(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "photos")

    blobs.get("a")
    blobs.delete("a")

    assert not (tmp_path / "photos").exists()


def test_files_and_folders_are_for_their_user_only(tmp_path: Path) -> None:
    FolderBlobs(tmp_path / "state" / "photos").put("2026/a.jpg", b"1")

    folder = tmp_path / "state"
    assert mode_of(folder / "photos/2026/a.jpg") == 0o600
    made = (folder, folder / "photos", folder / "photos/2026")
    assert {mode_of(path) for path in made} == {0o700}


def test_nothing_else_is_left_beside_the_file(tmp_path: Path) -> None:
    FolderBlobs(tmp_path).put("2026/a.jpg", b"1")

    assert names(tmp_path) == ["2026/a.jpg"]


def test_what_a_killed_process_left_is_removed_and_what_another_writes_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / ".partial_dead").write_bytes(b"half")
    (tmp_path / ".partial_live").write_bytes(b"half")
    with (tmp_path / ".partial_live").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        FolderBlobs(tmp_path).put("a", b"1")

        assert names(tmp_path) == [".partial_live", "a"]


def test_a_put_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"1")

    with pytest.raises(Unavailable, match="a in"):
        blobs.put("a", b"2")

    assert names(tmp_path) == ["a/b"]


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Unavailable):
        FolderBlobs(tmp_path / "file" / "photos").put("a", b"1")
