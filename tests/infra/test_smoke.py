"""The smoke test itself, against a site on this machine: all it asks for is there but HTTPS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import smoke
from own_process import OwnProcess, own_process


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnProcess]:
    with own_process(tmp_path_factory.mktemp("site")) as process:
        yield process


def test_a_site_that_works_fails_for_its_plain_http_and_open_metrics_alone(
    site: OwnProcess,
) -> None:
    with site.client() as client:
        found = list(smoke.outcomes(smoke.Site(f"http://127.0.0.1:{site.port}", client)))

    assert len(found) == len(smoke.CHECKS)
    # Whoever asks from this machine asks from inside.
    assert [name for name, is_good, _ in found if not is_good] == ["only https", "hidden metrics"]


def test_a_site_that_is_not_there_fails_every_check(
    site: OwnProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    del site

    assert smoke.main(["http://127.0.0.1:9"]) == 1
    assert capsys.readouterr().out.count("FAILED") == len(smoke.CHECKS)


def test_without_an_address_it_says_how_it_is_called() -> None:
    assert smoke.main([]) == 2


def test_the_photo_it_sends_is_an_example() -> None:
    assert Path(smoke._PHOTO).is_file()
