"""Faults of PostgreSQL and Valkey, each for the length of a block."""

from collections.abc import Iterator
from contextlib import contextmanager

from cloud.data_tier import DataTier
from cloud.proxy import Alter

__all__ = [
    "asleep",
    "dropping_queries",
    "frozen",
    "frozen_valkey",
    "full",
    "killed",
    "refusing",
    "saying",
    "turning_away",
    "without_valkey",
]


@contextmanager
def killed(tier: DataTier) -> Iterator[None]:
    tier.postgres.kill()
    try:
        yield
    finally:
        tier.postgres.start()


@contextmanager
def refusing(tier: DataTier) -> Iterator[None]:
    tier.to_postgres.refuse()
    try:
        yield
    finally:
        tier.to_postgres.accept()


@contextmanager
def turning_away(tier: DataTier) -> Iterator[None]:
    with tier.postgres.connect() as connection:
        connection.execute("ALTER ROLE reader CONNECTION LIMIT 0")
    try:
        yield
    finally:
        with tier.postgres.connect() as connection:
            connection.execute("ALTER ROLE reader CONNECTION LIMIT -1")


@contextmanager
def dropping_queries(tier: DataTier) -> Iterator[None]:
    tier.to_postgres.cut_on = b".record"
    try:
        yield
    finally:
        tier.to_postgres.cut_on = None


@contextmanager
def frozen(tier: DataTier) -> Iterator[None]:
    tier.postgres.freeze()
    try:
        yield
    finally:
        tier.postgres.thaw()


@contextmanager
def asleep(tier: DataTier) -> Iterator[None]:
    tier.to_postgres.hold()
    try:
        yield
    finally:
        tier.to_postgres.let_go()


@contextmanager
def without_valkey(tier: DataTier) -> Iterator[None]:
    tier.valkey.kill()
    try:
        yield
    finally:
        tier.valkey.restart()


@contextmanager
def frozen_valkey(tier: DataTier) -> Iterator[None]:
    tier.valkey.freeze()
    try:
        yield
    finally:
        tier.valkey.thaw()


@contextmanager
def saying(tier: DataTier, alter: Alter) -> Iterator[None]:
    """Let clients of Valkey hear something else than it says."""
    proxy = tier.valkey.proxy
    before, proxy.alter = proxy.alter, alter
    try:
        yield
    finally:
        proxy.alter = before


@contextmanager
def full(tier: DataTier) -> Iterator[None]:
    tier.valkey.fill()
    try:
        yield
    finally:
        tier.valkey.admin.config_set("maxmemory", 0)
