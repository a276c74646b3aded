"""The Python door on the shipped model and atlas."""

import datetime as dt
import threading
from pathlib import Path

import pytest

import fieldmark
from fieldmark.errors import ModelBroken, PhotoTypeUnsupported

KOALA = Path(__file__).parents[2] / "examples/photos/koala.jpg"


def test_a_session_identifies_with_what_is_given() -> None:
    with fieldmark.open(fieldmark.Settings()) as identifier:
        answer = identifier.identify(
            KOALA.read_bytes(),
            at=fieldmark.Position(-24.99, 31.55),
            on=dt.date(2026, 7, 1),
            top=3,
        )

    assert answer.best is not None
    assert answer.best.taxon.scientific_name == "Phascolarctos cinereus"
    assert len(answer.animals) == 3
    assert (answer.area.month, answer.animals[0].here) == (7, "unusual")


def test_the_second_photo_of_a_place_is_served_from_memory() -> None:
    with fieldmark.open(fieldmark.Settings()) as identifier:
        tiers = [identifier.identify(KOALA.read_bytes()).area.tier for _ in range(2)]

    assert tiers == ["database", "memory"]


def test_threads_share_a_session() -> None:
    found: list[str] = []
    with fieldmark.open(fieldmark.Settings()) as identifier:

        def work() -> None:
            answer = identifier.identify(KOALA.read_bytes())
            found.append(answer.animals[0].taxon.scientific_name)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert found == ["Phascolarctos cinereus"] * 8


def test_opening_opens_nothing_until_a_photo_comes() -> None:
    session = fieldmark.open(fieldmark.Settings(model="/nowhere"))

    with pytest.raises(ModelBroken, match="/nowhere"):
        session.identify(KOALA.read_bytes())
    session.close()


def test_what_is_no_photo_is_refused() -> None:
    with (
        fieldmark.open(fieldmark.Settings()) as identifier,
        pytest.raises(PhotoTypeUnsupported),
    ):
        identifier.identify(b"<html>")


def test_a_closed_session_opens_again() -> None:
    session = fieldmark.open(fieldmark.Settings())
    session.identify(KOALA.read_bytes())
    session.close()
    session.close()

    assert session.identify(KOALA.read_bytes()).best is not None
    session.close()
