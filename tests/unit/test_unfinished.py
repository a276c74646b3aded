"""Unfinished files: whole before they have a name, and never taken from who writes them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from fieldmark.unfinished import remove_unfinished, unfinished_file

PREFIX = ".[new]-"


def test_a_file_that_was_renamed_stays_and_another_goes(tmp_path: Path) -> None:
    with unfinished_file(tmp_path, PREFIX) as kept, unfinished_file(tmp_path, PREFIX):
        kept.rename(tmp_path / "kept")

    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_only_what_nobody_writes_is_removed(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}dead").touch()
    (tmp_path / "other").touch()

    with unfinished_file(tmp_path, PREFIX) as live:
        remove_unfinished(tmp_path, PREFIX)

        assert sorted(tmp_path.iterdir()) == sorted([live, tmp_path / "other"])


def test_a_file_is_never_taken_between_its_making_and_its_lock(tmp_path: Path) -> None:
    done = Event()

    def remove() -> None:
        while not done.is_set():
            remove_unfinished(tmp_path, PREFIX)

    def write(number: int) -> bool:
        with unfinished_file(tmp_path, PREFIX) as path:
            path.replace(tmp_path / str(number))
        return (tmp_path / str(number)).exists()

    with ThreadPoolExecutor(4) as pool:
        removers = [pool.submit(remove) for _ in range(2)]
        try:
            assert all(pool.map(write, range(2_000)))
        finally:
            done.set()
        for remover in removers:
            remover.result()
