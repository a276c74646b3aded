"""One local cloud for all tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from cloud.data_tier import DataTier, data_tier
from cloud.function_code import FunctionCode
from cloud.local_cloud import LocalCloud, Plan, local_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return the whole system; the function runs the zip that the template deploys."""
    plan = Plan(FunctionCode.of_template(), environments=10)
    with local_cloud(plan, tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module")
def tier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataTier]:
    """Return PostgreSQL and Valkey, for tests that break them and mend them."""
    with data_tier(tmp_path_factory.mktemp("tier")) as running:
        yield running
