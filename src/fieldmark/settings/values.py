"""What settings are made of, where text alone does not say it."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

__all__ = ["Auth", "CacheUrl", "DatabaseUrl", "MetricsForm", "Network", "RateLimit", "S3Place"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

Auth = Literal["password", "iam"]
"""Who a server believes: whoever knows a password, or whoever signs with a role of AWS."""

MetricsForm = Literal["prometheus", "emf"]
"""Counted here and asked for, or written into the log for CloudWatch to count."""


_ESCAPES: Final = "in a password / is written as %2F, @ as %40, # as %23, ? as %3F and : as %3A"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests of one client in so many seconds."""

    requests: int
    period_s: int

    def __str__(self) -> str:
        return f"{self.requests} in {self.period_s} s"


@dataclass(frozen=True, slots=True)
class S3Place:
    """A place in an object store; ``prefix`` is empty or ends with a slash."""

    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the place of ``s3://bucket/prefix``.

        Raises:
            ValueError: it is not written so.
        """
        parts = urlsplit(text)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"{text!r} is not written as s3://bucket/prefix")
        prefix = parts.path.strip("/")
        return cls(parts.netloc, f"{prefix}/" if prefix else "")

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where a PostgreSQL server is, as libpq writes it; shown without its password."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address of ``postgresql://user@host:port/database?sslmode=…``.

        Raises:
            ValueError: it is not written so.
        """
        parts = _address(text)
        database = parts.path.strip("/")
        if parts.scheme not in {"postgresql", "postgres"} or not parts.hostname or not database:
            raise ValueError("an address is written as postgresql://user@host:port/database")
        if "/" in database or "@" in database:
            raise ValueError(_ESCAPES)
        return cls(text)

    @property
    def host(self) -> str:
        """The server's name or address."""
        return unquote(_address(self.text).hostname or "")

    @property
    def port(self) -> int:
        """The server's port."""
        return _address(self.text).port or 5432

    @property
    def database(self) -> str:
        """The name of the database."""
        return unquote(_address(self.text).path.strip("/"))

    @property
    def user(self) -> str:
        """Who asks; empty where libpq finds out by itself."""
        return unquote(_address(self.text).username or "")

    def __str__(self) -> str:
        return _without_password(self.text)

    def __repr__(self) -> str:
        return f"DatabaseUrl({str(self)!r})"


@dataclass(frozen=True, slots=True)
class CacheUrl:
    """Where a Valkey server is. ``ca`` is a file with the authorities to believe, beside none."""

    host: str
    port: int = 6379
    tls: bool = False
    user: str | None = None
    password: str | None = None
    ca: Path | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address of ``valkey[s]://[user:password@]host[:port][?ca=FILE]``.

        Raises:
            ValueError: it is not written so.
        """
        parts = _address(text)
        if parts.scheme not in {"valkey", "valkeys"} or not parts.hostname or parts.path.strip("/"):
            raise ValueError("write memory, or an address such as valkeys://host:6379")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        ca = query.pop("ca", None)
        if query:
            raise ValueError(f"{', '.join(query)} is nothing that an address of a cache says")
        return cls(
            host=parts.hostname,
            port=6379 if parts.port is None else parts.port,
            tls=parts.scheme == "valkeys",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            ca=Path(ca) if ca else None,
        )

    def __str__(self) -> str:
        return f"valkey{'s' if self.tls else ''}://{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"CacheUrl({str(self)!r})"


def _address(text: str) -> SplitResult:
    """Return the parts of an address; no error says any of it, as any of it may be a password."""
    try:
        parts = urlsplit(text)
        sound = parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError(f"a port is a number from 1 to 65535, and {_ESCAPES}")
    return parts


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    user = f"{parts.username}@" if parts.username else ""
    shown = (part for part in parts.query.split("&") if "password" not in unquote(part))
    return urlunsplit(parts._replace(netloc=user + host, query="&".join(shown), fragment=""))
