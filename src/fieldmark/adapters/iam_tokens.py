"""Tokens that stand for a password: signed here with the role that the process has on AWS.

Nothing is asked over the network where the environment holds the credentials, as on Lambda; then
not even botocore is imported. Elsewhere its chain finds them, which on Fargate asks the container's
endpoint. Signing is Signature Version 4 in a query, held to botocore's own by test.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
"""

import hashlib
import hmac
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, reduce
from importlib.util import find_spec
from time import time
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from fieldmark.errors import ExtraMissing, Unavailable

if TYPE_CHECKING:
    from botocore.session import Session

__all__ = [
    "CacheName",
    "Credentials",
    "KeptToken",
    "cache_token",
    "credentials",
    "database_token",
    "require_signer",
]

_LIFE_S: Final = 900
_KEPT_S: Final = 600.0
"""A token is good for 15 minutes, and must still be good when the other side looks at it."""

_EXTRA: Final = "signing with a role of AWS needs an extra: pip install 'fieldmark[aws]'"

_SERVERLESS: Final = re.compile(
    r"(?P<name>[a-z][a-z0-9-]*)-[a-z0-9]{6}\.serverless\.[a-z0-9]+\.cache\.amazonaws\.com(\.cn)?"
)
_NODES: Final = re.compile(
    r"(?:master|clustercfg)\.(?P<name>[a-z][a-z0-9-]*)"
    r"\.[a-z0-9]+\.[a-z0-9]+\.cache\.amazonaws\.com(\.cn)?"
)


class CacheName(NamedTuple):
    """What ElastiCache calls a cache, which is not what its host is called."""

    name: str
    serverless: bool

    @classmethod
    def of_host(cls, host: str) -> "CacheName":
        """Return the name that is part of an endpoint of ElastiCache.

        Raises:
            ValueError: the host is no such endpoint.
        """
        if found := _SERVERLESS.fullmatch(host.lower()):
            return cls(found["name"], serverless=True)
        if found := _NODES.fullmatch(host.lower()):
            return cls(found["name"], serverless=False)
        raise ValueError(f"{host} is no endpoint of ElastiCache with encryption in transit")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


class KeptToken:
    """Gives a token that is at most ten minutes old; threads may share it.

    The age is by the clock on the wall, as the token's is: a process may stand still for an hour.
    """

    def __init__(self, make: Callable[[], str], clock: Callable[[], float] = time) -> None:
        self._make = make
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[float, str] | None = None

    def __call__(self) -> str:
        """Return a token.

        Raises:
            As what makes it.
        """
        with self._lock:
            now_s = self._clock()
            if self._kept is None or not 0.0 <= now_s - self._kept[0] < _KEPT_S:
                self._kept = (now_s, self._make())
            return self._kept[1]


def database_token(host: str, port: int, user: str, region: str) -> str:
    """Return what opens an Aurora or RDS database in place of a password, for 15 minutes.

    Raises:
        As ``credentials``.
    """
    asked = {"Action": "connect", "DBUser": user}
    return _signed(f"{host}:{port}", asked, f"{region}/rds-db", credentials(), datetime.now(UTC))


def cache_token(user: str, cache_name: str, region: str, *, serverless: bool = True) -> str:
    """Return what opens an ElastiCache cache in place of a password, for 15 minutes.

    The name is a serverless cache's, else a replication group's, and never a host's.

    Raises:
        As ``credentials``.
    """
    asked = {"Action": "connect", "User": user}
    if serverless:
        asked["ResourceType"] = "ServerlessCache"
    scope = f"{region}/elasticache"
    return _signed(cache_name.lower(), asked, scope, credentials(), datetime.now(UTC))


def credentials(environment: Mapping[str, str] = os.environ) -> Credentials:
    """Return the credentials of the process, fresh where they are renewed.

    Raises:
        ExtraMissing: the environment holds none, and botocore is not installed.
        Unavailable: there are none to be found.
    """
    return _in_environment(environment) or _chained()


def require_signer(environment: Mapping[str, str] = os.environ) -> None:
    """Check that a role can be found: whoever starts without should know before a photo comes.

    Raises:
        ExtraMissing: the environment holds none, and botocore is not installed.
    """
    if _in_environment(environment) is None and find_spec("botocore") is None:
        raise ExtraMissing(_EXTRA)


def _in_environment(environment: Mapping[str, str]) -> Credentials | None:
    access_key = environment.get("AWS_ACCESS_KEY_ID")
    secret_key = environment.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        return None
    return Credentials(access_key, secret_key, environment.get("AWS_SESSION_TOKEN"))


def _chained() -> Credentials:
    session = _session()
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415  # as _session

    try:
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise Unavailable(f"AWS gives no credentials: {error}") from error
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise Unavailable("there are no credentials of AWS: no role, no profile, no environment")
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


@cache
def _session() -> "Session":
    try:
        import botocore.session  # noqa: PLC0415  # an extra, and a tenth of a second to import
    except ImportError as error:
        raise ExtraMissing(_EXTRA) from error
    return botocore.session.get_session()


def _signed(host: str, asked: Mapping[str, str], scope: str, who: Credentials, at: datetime) -> str:
    """Return the address of a GET with its signature, without ``https://``."""
    day, moment = at.strftime("%Y%m%d"), at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{day}/{scope}/aws4_request"
    query = {
        **asked,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{who.access_key}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(_LIFE_S),
        "X-Amz-SignedHeaders": "host",
    }
    if who.session_token:
        query["X-Amz-Security-Token"] = who.session_token
    text = "&".join(f"{name}={quote(query[name], safe='')}" for name in sorted(query))
    request = f"GET\n/\n{text}\nhost:{host}\n\nhost\n{_sha256('')}"
    statement = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{_sha256(request)}"
    key = reduce(_hmac, scope.split("/"), f"AWS4{who.secret_key}".encode())
    return f"{host}/?{text}&X-Amz-Signature={_hmac(key, statement).hex()}"


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
