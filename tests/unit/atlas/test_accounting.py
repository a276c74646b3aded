"""What a release says of its sources."""

import pytest

from fieldmark.atlas.account import Account, SourceAccount
from fieldmark.atlas.accounting import licence_of, without_folders
from fieldmark.atlas.records.licences import Licence


def test_a_note_names_files_without_the_folders_of_this_machine() -> None:
    account = Account(
        sources=(
            SourceAccount(name="a", notes=("3 rows of /home/ann/data/cats.csv are too long",)),
            SourceAccount(name="b", notes=("/home/ann/birds.csv ends in a row of /home/ann/x",)),
        )
    )

    told = without_folders(account, ["/home/ann/birds.csv", "/home/ann/data/cats.csv"])

    assert [source.notes for source in told.sources] == [
        ("3 rows of cats.csv are too long",),
        ("birds.csv ends in a row of x",),
    ]


@pytest.mark.parametrize("address", ["cats.csv", "/cats.csv"])
def test_a_file_without_a_folder_changes_no_note(address: str) -> None:
    account = Account(sources=(SourceAccount(name="a", notes=("see docs/atlas.md",)),))

    assert without_folders(account, [address]) == account


def test_the_licence_is_the_strictest_of_records_used_and_of_whole_sources() -> None:
    ranges = SourceAccount(name="ranges", licence="CC BY-NC 4.0")
    records = SourceAccount(name="records", licence="all rights reserved", rows=9, used=0)

    account = Account(sources=(ranges, records), licences={Licence.CC0.label: 5})

    assert licence_of(account) == Licence.BY_NC.label
