"""The whole system: the website, the function from its zip, PostgreSQL, Valkey and S3."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloud.data_tier import DataTier
from cloud.local_cloud import FUNCTION, LocalCloud
from cloud.website import website
from s3_faults import faulty
from served import HANG_S, until
from tier_faults import (
    asleep,
    dropping_queries,
    frozen,
    frozen_valkey,
    full,
    killed,
    refusing,
    without_valkey,
)
from visitor import KOALA, Visitor

Fault = Callable[[DataTier], AbstractContextManager[None]]

_PLACES = count()
"""Each test asks from places of its own: what the function remembers outlives a test."""


@pytest.fixture
def visitor(cloud: LocalCloud) -> Iterator[Visitor]:
    with httpx.Client(base_url=cloud.website.url, timeout=HANG_S) as client:
        yield Visitor(client, _PLACES)


def keys(cloud: LocalCloud, bucket: str) -> list[str]:
    found = cloud.storage.server.client.list_objects_v2(Bucket=bucket)
    return [entry["Key"] for entry in found.get("Contents", [])]


def within_tries(holds: Callable[[], bool]) -> bool:
    """Return whether it holds at one of a few requests: on a slow machine some come too late."""
    return any(holds() for _ in range(40))


def test_the_function_answers_and_its_area_is_remembered_tier_by_tier(
    cloud: LocalCloud, visitor: Visitor
) -> None:
    place = next(_PLACES)
    events = cloud.lambdas.counted(FUNCTION, "events")

    assert within_tries(lambda: visitor.area(place)["tier"] == "database")
    again = visitor.ask(place)
    cloud.lambdas.renew(FUNCTION)
    assert within_tries(lambda: visitor.area(place)["tier"] == "valkey")

    assert cloud.lambdas.counted(FUNCTION, "events") >= events + 3
    assert again["area"]["tier"] == "memory"
    assert again["timing_ms"]["invoke"] > 0
    assert again["area"]["atlas"] == cloud.data.release()


def test_the_log_of_the_function_tells_its_metrics_and_no_place(
    cloud: LocalCloud, visitor: Visitor
) -> None:
    place = visitor.ask()["position"]

    said = (cloud.folder / "function.log").read_text(encoding="utf-8")

    assert '"CloudWatchMetrics"' in said
    assert f"{place['latitude']}" not in said.replace('"at":"', "")
    assert "latitude" not in said


def test_an_answer_is_kept_with_its_photo_and_both_go(cloud: LocalCloud, visitor: Visitor) -> None:
    answer = visitor.ask()
    kept = f"/v1/answers/{answer['id']}"
    photos = [key for key in keys(cloud, "photos") if answer["id"] in key]
    said = visitor.client.post(f"{kept}/feedback", json={"verdict": "right"})

    gone = visitor.client.delete(kept, headers={"X-Delete-Token": answer["delete_token"]})

    assert len(photos) == 1
    assert said.status_code == 202
    assert gone.status_code == 204
    assert visitor.client.get(kept).status_code == 404
    assert [key for key in keys(cloud, "photos") if answer["id"] in key] == []
    assert [key for key in keys(cloud, "journal") if answer["id"] in key] == []


def test_a_photo_that_was_laid_down_is_answered_and_taken_away(
    cloud: LocalCloud, visitor: Visitor
) -> None:
    order = {"size": len(KOALA), "type": "image/jpeg"}
    form = visitor.client.post("/v1/uploads", json=order).json()
    laid = httpx.post(form["url"], data=form["fields"], files={"file": KOALA}, timeout=HANG_S)

    fields = {"photo_key": (None, form["photo_key"])}
    answer = visitor.client.post("/v1/identify", files=fields).json()

    assert laid.status_code == 204
    assert answer["best"]["taxon"]["common_name"] == "koala"
    assert until(lambda: keys(cloud, "uploads") == [])


def is_remembered(visitor: Visitor, place: int) -> bool:
    return bool(visitor.area(place)["tier"] == "memory")


def test_requests_served_from_caches_open_no_connection_to_the_database(
    cloud: LocalCloud, visitor: Visitor
) -> None:
    places = [next(_PLACES) for _ in range(4)]
    for place in places:
        assert within_tries(partial(is_remembered, visitor, place))
    cells = [visitor.area(place)["cell"] for place in places]
    assert all(visitor.animals(cell) for cell in cells)
    taken = cloud.data.to_postgres.taken

    def ask(number: int) -> tuple[str, int]:
        return visitor.area(places[number % 4])["tier"], visitor.animals(cells[number % 4])

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(ask, range(60)))

    assert {tier for tier, _ in answers} <= {"memory", "valkey"}
    assert all(animals for _, animals in answers)
    assert cloud.data.to_postgres.taken == taken


@pytest.mark.parametrize("fault", [killed, frozen, refusing, dropping_queries, asleep])
def test_without_the_database_photos_are_answered_and_areas_come_back(
    cloud: LocalCloud, visitor: Visitor, fault: Fault
) -> None:
    known = next(_PLACES)
    assert within_tries(lambda: visitor.area(known)["tier"] == "memory")

    with fault(cloud.data):
        without = [visitor.ask() for _ in range(4)]
        with_area = visitor.area(known)

    assert {answer["area"]["status"] for answer in without} == {"unavailable"}
    assert all(answer["best"]["taxon"]["common_name"] == "koala" for answer in without)
    assert all(answer["timing_ms"]["area"] < 1000 for answer in without)
    assert with_area["tier"] == "memory"
    assert within_tries(lambda: visitor.area()["tier"] == "database")


@pytest.mark.parametrize("fault", [without_valkey, frozen_valkey, full])
def test_without_valkey_the_database_answers(
    cloud: LocalCloud, visitor: Visitor, fault: Fault
) -> None:
    assert within_tries(lambda: visitor.area()["tier"] == "database")

    with fault(cloud.data):
        assert within_tries(lambda: visitor.area()["tier"] == "database")
        tiers = [visitor.area()["tier"] for _ in range(4)]

    assert set(tiers) <= {"database", "none"}
    assert within_tries(lambda: is_shared(cloud, visitor))


def is_shared(cloud: LocalCloud, visitor: Visitor) -> bool:
    """Return whether what one environment reads is there for the next one."""
    place = next(_PLACES)
    visitor.ask(place)
    cloud.lambdas.renew(FUNCTION)
    return bool(visitor.area(place)["tier"] == "valkey")


def test_more_photos_than_environments_are_refused_and_told_when_to_come_again(
    cloud: LocalCloud, visitor: Visitor
) -> None:
    function = f"{cloud.lambdas.url}/2015-03-31/functions/{FUNCTION}/invocations"
    throttles = cloud.lambdas.counted(FUNCTION, "throttles")

    def invoke(_: int) -> int:
        return httpx.post(function, json={}, timeout=HANG_S).status_code

    with ThreadPoolExecutor(24) as threads:
        codes = list(threads.map(invoke, range(48)))

    assert set(codes) <= {200, 429}
    assert cloud.lambdas.counted(FUNCTION, "throttles") - throttles == codes.count(429)
    assert visitor.ask()["best"] is not None


def recovered(environment: dict[str, str], log: Path) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("fieldmark"), "journal", "recover", log],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    return done.stdout


def test_answers_that_s3_refuses_are_in_the_log_and_recovered_from_it(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    log = tmp_path / "website.log"
    with faulty(cloud.storage.server.port) as s3:
        environment = {**cloud.environment, "AWS_ENDPOINT_URL_S3": s3.url}
        with (
            website(environment, log) as site,
            httpx.Client(base_url=site.url, timeout=HANG_S) as client,
        ):
            visitor = Visitor(client, _PLACES)
            s3.fault = (503, "SlowDown")
            answers = [visitor.ask() for _ in range(3)]
            s3.fault = None
            kept = [f"/v1/answers/{answer['id']}" for answer in answers]
            assert until(lambda: client.get(kept[0]).status_code == 404)  # S3 is asked again
            said = recovered(environment, log)
            found = [client.get(path).json()["id"] for path in kept]

    deferred = [
        line for line in log.read_text("utf-8").splitlines() if '"journal_deferred"' in line
    ]
    assert all(is_put_off(answer) for answer in answers)
    assert [json.loads(line)["event"] for line in deferred] == ["journal_deferred"] * 3
    assert said.startswith("3 taken in")
    assert found == [answer["id"] for answer in answers]


def is_put_off(answer: Any) -> bool:
    return any(note["code"] == "answer-not-kept" for note in answer["notes"])
