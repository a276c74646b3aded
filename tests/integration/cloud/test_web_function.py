"""The website as one function, under AWS's own runtime client: events in, real answers out."""

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud.lambda_double.function import Function
from cloud.lambda_double.running import lambda_double
from served import ROOT
from toy_functions import invoked, lambda_client

HANDLER = "fieldmark.entrypoints.aws_lambda_web.handler"
PHOTO = ROOT / "examples/photos/ring-tailed-lemur.jpg"

Ask = Callable[..., Any]


def event(method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, Any]:
    path, _, query = path.partition("?")
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.replace("_", "-"): text for name, text in headers.items()},
        "requestContext": {
            "domainName": "site.example",
            "http": {"method": method, "path": path, "sourceIp": "203.0.113.7"},
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def form(photo: bytes, **fields: str) -> tuple[bytes, str]:
    edge = uuid.uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    return b"".join([*parts, head.encode(), photo, f"\r\n--{edge}--\r\n".encode()]), edge


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="module")
def ask(folder: Path) -> Iterator[Ask]:
    environment = {
        "FIELDMARK_METRICS": "emf",
        "FIELDMARK_CONCURRENCY": "1",
        "FIELDMARK_JOURNAL": str(folder / "journal.sqlite"),
        "FIELDMARK_BLOBS": str(folder / "photos"),
    }
    function = Function(
        "web", HANDLER, ROOT / "src", environment, concurrency=1, log=folder / "web.log"
    )
    with lambda_double([function]) as double, lambda_client(double.url, 2) as client:

        def asked(event: object) -> Any:
            response = client.invoke(FunctionName="web", Payload=json.dumps(event))
            assert not response.get("FunctionError"), invoked(response)
            return json.loads(invoked(response))

        yield asked


def test_the_first_page_is_a_page_with_its_safety_headers(ask: Ask) -> None:
    page = ask(event("GET", "/"))

    assert page["statusCode"] == 200
    assert "<title>" in page["body"]
    assert "content-security-policy" in page["headers"]


def test_a_photo_in_a_form_is_answered_with_its_animal(ask: Ask) -> None:
    body, edge = form(PHOTO.read_bytes())
    kind = f"multipart/form-data; boundary={edge}"

    said = ask(event("POST", "/v1/identify", body, content_type=kind))
    answer = json.loads(said["body"])

    assert said["statusCode"] == 200
    assert answer["animals"][0]["taxon"]["scientific_name"] == "Lemur catta"
    assert answer["area"]["status"] == "fallback"


def test_an_answer_is_found_again_by_the_next_event(ask: Ask) -> None:
    said = ask(event("POST", "/v1/identify", PHOTO.read_bytes(), content_type="image/jpeg"))
    kept = json.loads(said["body"])

    again = ask(event("GET", f"/v1/answers/{kept['id']}"))

    assert json.loads(again["body"])["id"] == kept["id"]


def test_bytes_of_a_picture_arrive_whole(ask: Ask) -> None:
    said = ask(event("GET", "/favicon.ico"))
    missing = ask(event("GET", "/v1/nothing", accept="application/json"))

    assert said["statusCode"] in {200, 404}
    assert missing["statusCode"] == 404
    assert json.loads(missing["body"])["type"] == "not-found"


def test_what_is_no_photo_is_a_problem_and_what_is_no_request_too(ask: Ask) -> None:
    bad = ask(event("POST", "/v1/identify", b"no photo", content_type="image/jpeg"))
    foreign = ask({"Records": []})

    assert bad["statusCode"] == 415
    assert foreign["statusCode"] == 400
    assert json.loads(foreign["body"])["type"] == "request-invalid"


def test_a_schedule_lets_it_forget(ask: Ask) -> None:
    assert ask({"do": "forget"}) == {"forgotten": 0}


def test_metrics_are_not_for_outside(ask: Ask) -> None:
    assert ask(event("GET", "/metrics"))["statusCode"] == 404


def test_the_log_counts_for_cloudwatch_and_holds_no_query(ask: Ask, folder: Path) -> None:
    ask(event("GET", "/v1/areas?latitude=-24.99123&longitude=31.55&month=7"))
    lines = (folder / "web.log").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]

    assert any("_aws" in one and one["event"] == "request.answered" for one in events)
    assert not [line for line in lines if "24.99123" in line]
