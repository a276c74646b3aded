"""Overrides that hold without a rebuild: read anew in time, the last good ones kept."""

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from animals import LION
from fakes import Clock, FakeAreas, Recorder
from fieldmark.adapters.live_overrides import LiveOverrides
from fieldmark.adapters.overridden_areas import OverriddenAreas
from fieldmark.adapters.override_files import OverrideFile
from fieldmark.atlas_format.overrides import HEADER, MAX_BYTES
from fieldmark.errors import Unavailable
from releases import KRUGER, RANGES, RECORDS, RELEASE, TAXA

TOP = ",".join(HEADER) + "\n"
ROW = "83bcd2fffffffff,41964,Panthera leo,exclude,,,none left,A. Keeper,\n"
MINUTE_S = 61.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def heard() -> Recorder:
    return Recorder()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "overrides.csv"
    path.write_text(TOP + ROW)
    return path


@pytest.fixture
def live(file: Path, clock: Clock, heard: Recorder) -> Iterator[LiveOverrides]:
    with closing(LiveOverrides(OverrideFile(file), heard, clock)) as found:
        yield found


def test_they_are_read_when_they_are_first_asked_for(live: LiveOverrides, heard: Recorder) -> None:
    assert len(live.get()) == 1
    assert heard.events == [("overrides.read", {"rows": 1})]


def test_a_change_holds_after_a_minute_and_not_before(
    live: LiveOverrides, file: Path, clock: Clock, heard: Recorder
) -> None:
    live.get()
    file.write_text(TOP + ROW + ROW)

    assert len(live.get()) == 1
    clock.pass_time(MINUTE_S)
    assert len(live.get()) == 2
    assert [fields for _, fields in heard.events] == [{"rows": 1}, {"rows": 2}]


def test_what_did_not_change_is_not_read_again(
    live: LiveOverrides, clock: Clock, heard: Recorder
) -> None:
    first = live.get()
    clock.pass_time(MINUTE_S)

    assert live.get() is first
    assert len(heard.events) == 1


def test_a_file_that_is_replaced_within_one_tick_of_its_clock_is_read_again(
    live: LiveOverrides, file: Path, clock: Clock
) -> None:
    live.get()
    was = file.stat()
    other = file.with_name("new.csv")
    other.write_text(TOP + ROW.replace("none left", "many left")[:-1] + "\n")
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(file)
    clock.pass_time(MINUTE_S)

    assert live.get()[0].reason == "many left"


@pytest.mark.parametrize("text", ["nonsense\n", TOP + "x\n", " " * (MAX_BYTES + 1)])
def test_a_broken_file_leaves_the_last_good_ones_and_is_told_once(
    live: LiveOverrides, file: Path, clock: Clock, heard: Recorder, text: str
) -> None:
    good = live.get()
    file.write_text(text)
    for _ in range(2):
        clock.pass_time(MINUTE_S)
        held = live.get()

        assert list(held) == list(good)
        assert held.outdated is not None
        assert str(file) in held.outdated
    assert heard.events[1:] == [("overrides.broken", {"error": "SourceBroken"})]


def test_a_file_that_is_mended_is_in_use_again(
    live: LiveOverrides, file: Path, clock: Clock
) -> None:
    text = file.read_text()
    live.get()
    file.unlink()
    clock.pass_time(MINUTE_S)
    assert live.get().outdated is not None
    file.write_text(text)
    clock.pass_time(MINUTE_S)

    assert live.get().outdated is None
    assert len(live.get()) == 1


def test_a_file_that_comes_back_as_it_was_is_in_use_again(
    live: LiveOverrides, file: Path, clock: Clock
) -> None:
    live.get()
    away = file.with_name("away.csv")
    file.rename(away)
    clock.pass_time(MINUTE_S)
    live.get()
    away.rename(file)
    clock.pass_time(MINUTE_S)

    assert live.get().outdated is None


def test_what_was_never_there_leaves_none_and_says_why(tmp_path: Path, heard: Recorder) -> None:
    held = LiveOverrides(OverrideFile(tmp_path / "none.csv"), heard).get()

    assert list(held) == []
    assert held.outdated is not None
    assert "FIELDMARK_OVERRIDES names it" in held.outdated


class Slow:
    """A place that answers when it is let."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go_on = threading.Event()
        self.reads = 0

    def __str__(self) -> str:
        return "slow"

    def read(self, known: str | None) -> tuple[str, bytes] | None:
        del known
        self.reads += 1
        if self.reads > 1:
            self.asked.set()
            assert self.go_on.wait(30)
            raise Unavailable("no answer")
        return "1", (TOP + ROW).encode()

    def close(self) -> None:
        pass


def test_while_one_thread_looks_the_others_go_on(clock: Clock, heard: Recorder) -> None:
    place = Slow()
    live = LiveOverrides(place, heard, clock)
    good = live.get()
    clock.pass_time(MINUTE_S)
    looking = threading.Thread(target=live.get)
    looking.start()
    assert place.asked.wait(30)

    held = live.get()

    place.go_on.set()
    looking.join(30)
    assert held is good
    assert live.get().outdated == "no answer"
    assert place.reads == 2


def test_a_store_carries_them_in_its_release_and_is_else_the_one_it_was(
    live: LiveOverrides,
) -> None:
    under = FakeAreas(RELEASE, dict(RECORDS), dict(TAXA), dict(RANGES))
    store = OverriddenAreas(under, live)

    assert store.release().live == live.get()
    assert store.release().name == RELEASE.name
    assert store.areas([KRUGER]) == under.areas([KRUGER])
    assert store.taxa([LION.id]) == under.taxa([LION.id])
    assert store.range_of(LION.id) == under.range_of(LION.id)
