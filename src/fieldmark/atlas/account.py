"""What became of the sources of a release: kept in its file, for whoever asks what it rests on."""

from collections.abc import Mapping
from typing import Final

import msgspec

from fieldmark.errors import AtlasBroken

__all__ = ["ACCOUNT_KEY", "Account", "SourceAccount", "read_account"]

ACCOUNT_KEY: Final = "account"
"""The row of ``release`` that holds it; a database, which is asked often, does without."""


class SourceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One source. ``rows`` is ``used`` and all of ``rejected`` together; all null for ranges.

    ``licence`` is the strictest that its records bear, or the one stated for the whole.
    """

    name: str
    title: str = ""
    doi: str | None = None
    licence: str | None = None
    dataset_keys: tuple[str, ...] = ()
    weight: float = 1.0
    rows: int | None = None
    used: int | None = None
    rejected: dict[str, int] = {}
    notes: tuple[str, ...] = ()


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The sources and what was done with them.

    ``licences`` counts the records used by licence; ``unmatched`` are the names that no label
    gathers, the most frequent first; ``settings`` are the numbers that the build went by.
    """

    sources: tuple[SourceAccount, ...] = ()
    licences: dict[str, int] = {}
    unmatched: tuple[tuple[str, int], ...] = ()
    settings: dict[str, str | float] = {}
    overrides: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()

    @property
    def tells_more(self) -> bool:
        """Whether it says more than the names of sources, which a release states anyway."""
        bare = Account(sources=tuple(SourceAccount(name=one.name) for one in self.sources))
        return self != bare


def read_account(said: Mapping[str, str]) -> Account | None:
    """Return the account among what a release says of itself, None where it keeps none.

    Raises:
        AtlasBroken: it is no account.
    """
    if ACCOUNT_KEY not in said:
        return None
    try:
        return msgspec.json.decode(said[ACCOUNT_KEY], type=Account)
    except msgspec.MsgspecError as error:
        raise AtlasBroken(f"the release keeps no sound account of its sources: {error}") from error
