"""Every command of docs/athena.md runs, in its order, and its release is that of DuckDB."""

import re

import pyarrow.parquet as pq
import pytest

from athena_account import BUCKET, Account
from gbif_bucket import downloaded_table
from gbif_download import write_download
from release_likeness import require_alike
from sessions import commands, pattern, plain
from website import ROOT

DOCUMENT = (ROOT / "docs/athena.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return an account in which all was done that the document says, with a check of each line."""
    folder = tmp_path_factory.mktemp("athena")
    table = downloaded_table(write_download(folder))
    pq.write_table(table, folder / "local.parquet")
    account = Account.with_snapshot(folder, table)
    for command in commands(DOCUMENT):
        printed = plain(account.types(command.line))
        assert re.fullmatch(pattern(command.shown), printed), f"{command.line}\n{printed}"
    return account


def test_each_command_runs_in_order_and_the_release_is_that_of_duckdb(account: Account) -> None:
    account.types("fieldmark atlas build local.parquet --years 1970-2026 --out local.sqlite")

    require_alike(account.folder / "atlas.sqlite", account.folder / "local.sqlite")
    assert "What was not used, and why" in (account.folder / "atlas.html").read_text("utf-8")


def test_what_was_undone_leaves_nothing_but_the_release(account: Account) -> None:
    assert account.athena.databases == []
    assert [file for file in account.athena.at(BUCKET).rglob("*") if file.is_file()] == []
    assert list((account.folder / "athena").iterdir()) == []
    assert (account.folder / "atlas.sqlite").exists()
