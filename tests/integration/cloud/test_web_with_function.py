"""The website whose photos a function identifies answers as the one that identifies them itself."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.lambda_double.running import LambdaDouble
from fieldmark.settings import Settings
from ml_functions import calling, ml_function
from served import ROOT, until
from toy_functions import invoked, lambda_client, toy_function
from website import Site, running

KOALA = (ROOT / "examples/photos/koala.jpg").read_bytes()
CALLS = Settings(ml="fieldmark", concurrency=4)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, LambdaDouble]]:
    folder = tmp_path_factory.mktemp("web")
    with calling(ml_function(folder)) as (double, _), running(folder, CALLS) as site:
        yield site, double


def test_a_photo_is_answered_by_the_function(world: tuple[Site, LambdaDouble]) -> None:
    site, double = world
    before = double.counted("fieldmark", "events")

    with site.client() as client:
        answer = client.post("/v1/identify?top=3", content=KOALA)

    assert answer.status_code == 200
    assert answer.json()["best"]["taxon"]["common_name"] == "koala"
    assert len(answer.json()["animals"]) == 3
    assert "invoke;dur=" in answer.headers["server-timing"]
    assert double.counted("fieldmark", "events") == before + 1


def test_a_bad_photo_is_the_same_problem(world: tuple[Site, LambdaDouble]) -> None:
    with world[0].client() as client:
        refused = client.post("/v1/identify", content=b"no photo at all")

    assert refused.status_code == 415
    assert refused.json()["type"] == "photo-type-unsupported"


def test_the_answer_is_kept_here_and_found_again(world: tuple[Site, LambdaDouble]) -> None:
    with world[0].client() as client:
        answer = client.post("/v1/identify", content=KOALA).json()
        kept = client.get(f"/v1/answers/{answer['id']}").json()

    assert kept["best"] == answer["best"]
    assert kept["position"]["latitude"] is None


def test_the_trace_of_a_request_reaches_the_function(world: tuple[Site, LambdaDouble]) -> None:
    traceparent = f"00-{'c' * 32}-{'d' * 16}-01"
    with world[0].client() as client:
        client.post("/v1/identify", content=KOALA, headers={"traceparent": traceparent})

    log = world[1].pools["fieldmark"].function.log
    assert log is not None
    assert traceparent in log.read_text(encoding="utf-8")


def test_taxa_and_readiness_need_no_model(world: tuple[Site, LambdaDouble]) -> None:
    with world[0].client() as client:
        assert "a function identifies" in client.get("/readyz").text
        assert client.get("/v1/taxa?q=koala").json()["taxa"][0]["common_name"] == "koala"


def test_a_function_at_its_limit_is_503_with_retry_after(tmp_path: Path) -> None:
    function = toy_function(tmp_path, "toy.sleep", concurrency=1)
    settings = Settings(ml=function.name, concurrency=4)
    with (
        calling(function) as (double, _),
        lambda_client(double.url) as lambda_,
        running(tmp_path, settings) as site,
        site.client() as client,
    ):
        busy = threading.Thread(
            target=lambda: invoked(
                lambda_.invoke(FunctionName=function.name, Payload=b'{"seconds": 3}')
            )
        )
        busy.start()
        assert until(lambda: double.counted(function.name, "at_work") == 1)

        refused = client.post("/v1/identify", content=KOALA)
        busy.join()

    assert refused.status_code == 503
    assert refused.json()["type"] == "overloaded"
    assert int(refused.headers["retry-after"]) >= 1


def test_a_function_that_fails_is_503_and_only_the_log_says_why(tmp_path: Path) -> None:
    function = toy_function(tmp_path, "broken.handler")
    with (
        calling(function),
        running(tmp_path, Settings(ml=function.name)) as site,
        site.client() as client,
    ):
        refused = client.post("/v1/identify", content=KOALA)
        says = [fields["says"] for name, fields in site.events.events if name == "request.broke"]

    assert refused.status_code == 503
    assert "retry-after" in refused.headers
    assert "disk" not in refused.text
    assert "no such disk" in str(says)
