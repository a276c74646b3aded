"""Servers of the tests of the shared cache."""

from collections.abc import Iterator

import pytest

from cloud.valkey_server import Valkey, valkey_server


@pytest.fixture
def server() -> Iterator[Valkey]:
    """A server of the test's own, to be broken."""
    with valkey_server() as running:
        yield running


@pytest.fixture
def alone(valkey_alone: Valkey) -> Valkey:
    valkey_alone.flush()
    return valkey_alone
