"""Tokens in place of passwords are what AWS's own signer makes of the same moment."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import boto3
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from fakes import Clock
from fieldmark.adapters import iam_tokens
from fieldmark.adapters.iam_tokens import (
    CacheName,
    Credentials,
    KeptToken,
    cache_token,
    credentials,
    database_token,
    require_signer,
)
from fieldmark.errors import Unavailable

ROLE = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a/session+token==")
DATABASE = "fieldmark.cluster-abc.eu-west-1.rds.amazonaws.com"
OF_THE_MOMENT = {"X-Amz-Date", "X-Amz-Credential", "X-Amz-Signature"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Leave nothing for the chain to find but the role of this test, in the environment."""
    for name in (
        "AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ROLE.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ROLE.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", str(ROLE.session_token))
    iam_tokens._session.cache_clear()
    yield
    iam_tokens._session.cache_clear()


@pytest.fixture
def _no_role(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)


def _said(token: str) -> tuple[str, dict[str, str]]:
    """Return the host of a token and what its query says."""
    host, _, query = token.partition("/?")
    return host, dict(parse_qsl(query, strict_parsing=True))


def _moment(said: Mapping[str, str]) -> datetime:
    return datetime.strptime(said["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _of_botocore(url: str, asked: Mapping[str, str], service: str, who: Credentials) -> str:
    request = AWSRequest("GET", url, params=dict(asked))
    signer = BotoCredentials(who.access_key, who.secret_key, who.session_token)
    SigV4QueryAuth(signer, service, "eu-west-1", expires=900).add_auth(request)
    return str(request.url).partition("://")[2]


def test_a_database_token_is_the_one_that_boto3_makes() -> None:
    client = boto3.client("rds", region_name="eu-west-1")
    theirs = _said(client.generate_db_auth_token(DATABASE, 5432, "reader"))

    ours = iam_tokens._signed(
        f"{DATABASE}:5432",
        {"Action": "connect", "DBUser": "reader"},
        "eu-west-1/rds-db",
        ROLE,
        _moment(theirs[1]),
    )

    assert _said(ours) == theirs


def test_a_database_token_names_what_it_is_for() -> None:
    host, said = _said(database_token(DATABASE, 5432, "reader", "eu-west-1"))

    assert host == f"{DATABASE}:5432"
    assert {name: text for name, text in said.items() if name not in OF_THE_MOMENT} == {
        "Action": "connect",
        "DBUser": "reader",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Expires": "900",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Security-Token": ROLE.session_token,
    }
    assert said["X-Amz-Credential"].endswith("/eu-west-1/rds-db/aws4_request")


def test_a_token_for_a_serverless_cache_is_signed_for_its_name_in_lower_case() -> None:
    host, said = _said(cache_token("web", "Fieldmark-Cache", "eu-west-1"))

    theirs = _of_botocore(
        "http://fieldmark-cache/",
        {"Action": "connect", "User": "web", "ResourceType": "ServerlessCache"},
        "elasticache",
        ROLE,
    )
    assert host == "fieldmark-cache"
    assert said["ResourceType"] == "ServerlessCache"
    assert _without(said, OF_THE_MOMENT) == _without(_said(theirs)[1], OF_THE_MOMENT)


def test_a_token_for_a_cache_of_nodes_names_no_type() -> None:
    _, said = _said(cache_token("web", "nodes", "eu-west-1", serverless=False))

    assert (said["Action"], said["User"]) == ("connect", "web")
    assert "ResourceType" not in said


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.none() | st.text("ab/+=", min_size=1))
def test_any_name_is_signed_as_botocore_signs_it(user: str, session_token: str | None) -> None:
    who = Credentials(ROLE.access_key, ROLE.secret_key, session_token)
    asked = {"Action": "connect", "User": user, "ResourceType": "ServerlessCache"}
    theirs = _said(_of_botocore("http://cache/", asked, "elasticache", who))

    ours = iam_tokens._signed("cache", asked, "eu-west-1/elasticache", who, _moment(theirs[1]))

    assert _said(ours) == theirs


def test_with_a_role_in_the_environment_botocore_is_not_imported() -> None:
    script = """
import sys
from fieldmark.adapters.iam_tokens import cache_token, database_token
database_token("host", 5432, "reader", "eu-west-1"), cache_token("web", "cache", "eu-west-1")
print([name for name in sys.modules if name.startswith(("boto", "urllib3"))])
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.usefixtures("_no_role")
def test_a_profile_serves_where_the_environment_holds_no_role(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = secret\n"
    )

    assert credentials() == Credentials("AKIDPROFILE", "secret", None)


@pytest.mark.usefixtures("_no_role")
def test_a_container_asks_its_own_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = {
                "AccessKeyId": "AKIDTASK",
                "SecretAccessKey": "secret",
                "Token": "of the task",
                "Expiration": "2099-01-01T00:00:00Z",
            }
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/role"
        )
        try:
            assert credentials() == Credentials("AKIDTASK", "secret", "of the task")
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.usefixtures("_no_role")
def test_no_role_anywhere_is_said_so() -> None:
    with pytest.raises(Unavailable, match="there are no credentials of AWS"):
        database_token("host", 5432, "reader", "eu-west-1")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("fieldmark-l6ap1d.serverless.use1.cache.amazonaws.com", "fieldmark"),
        ("Field-Mark-2-vuhw23.serverless.euw1.cache.amazonaws.com", "field-mark-2"),
        ("a-x4ubek.serverless.cnn1.cache.amazonaws.com.cn", "a"),
    ],
)
def test_the_name_of_a_serverless_cache_is_part_of_its_endpoint(host: str, name: str) -> None:
    assert CacheName.of_host(host) == CacheName(name, serverless=True)


@pytest.mark.parametrize("kind", ["master", "clustercfg"])
def test_the_name_of_a_cache_of_nodes_is_part_of_its_endpoint(kind: str) -> None:
    host = f"{kind}.areas.abc123.use1.cache.amazonaws.com"

    assert CacheName.of_host(host) == CacheName("areas", serverless=False)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "cache.example.org",
        "fieldmark-l6ap1d.serverless.use1.cache.amazonaws.com.example.org",
        "areas.abc123.ng.0001.use1.cache.amazonaws.com",
    ],
)
def test_another_host_names_no_cache(host: str) -> None:
    with pytest.raises(ValueError, match="no endpoint of ElastiCache"):
        CacheName.of_host(host)


def test_a_role_is_found_in_the_environment_or_by_botocore() -> None:
    require_signer({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
    require_signer({})


def test_without_botocore_and_without_a_role_the_extra_is_named() -> None:
    script = """
import sys
sys.modules["botocore"] = None
from importlib.util import find_spec
from fieldmark.adapters import iam_tokens
from fieldmark.errors import ExtraMissing
for work in (iam_tokens.require_signer, iam_tokens.credentials):
    try:
        work()
    except ExtraMissing as error:
        print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={name: text for name, text in os.environ.items() if not name.startswith("AWS_")},
    )
    assert run.stdout.count("pip install 'fieldmark[aws]'") == 2


def test_a_secret_is_not_shown() -> None:
    assert repr(ROLE) == "Credentials(access_key='AKIDEXAMPLE')"


def test_a_token_is_kept_for_ten_minutes_of_its_fifteen() -> None:
    clock = Clock()
    made = iter(["first", "second"])
    token = KeptToken(lambda: next(made), clock)

    assert token() == "first"
    clock.now_s += 599.0
    assert token() == "first"
    clock.now_s += 1.0
    assert token() == "second"


def test_a_token_from_a_clock_that_was_set_back_is_made_anew() -> None:
    clock = Clock()
    made = iter(["first", "second"])
    token = KeptToken(lambda: next(made), clock)
    token()

    clock.now_s -= 3600.0

    assert token() == "second"


def test_threads_that_want_a_token_at_once_make_one() -> None:
    made = iter(["the only one"])
    token = KeptToken(lambda: next(made), Clock())

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: token(), range(40))) == {"the only one"}


def _without(said: Mapping[str, str], names: set[str]) -> dict[str, str]:
    return {name: text for name, text in said.items() if name not in names}
