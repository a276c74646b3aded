"""Whether two releases say the same, whatever engine counted their records, and from where."""

from pathlib import Path

import msgspec

from fieldmark.atlas.account import Account
from fieldmark.atlas.content import ReleaseContent, read_content

__all__ = ["require_alike"]


def require_alike(one: Path, other: Path) -> None:
    """Require the same animals, records, ranges and account, but for the names of sources."""
    first, second = (read_content(path) for path in (one, other))
    assert list(first.taxa) == list(second.taxa)
    assert list(first.records) == list(second.records)
    assert dict(first.cells) == dict(second.cells)
    assert dict(first.ranges) == dict(second.ranges)
    assert first.release.known.tolist() == second.release.known.tolist()
    assert first.release.licence == second.release.licence
    assert first.records
    assert _account(first) == _account(second)


def _account(content: ReleaseContent) -> Account:
    """Return the account without what an engine, or where its source lies, is called."""
    assert content.account is not None
    sources = tuple(
        one if one.rows is None else msgspec.structs.replace(one, name="", title="")
        for one in content.account.sources
    )
    settings = {name: said for name, said in content.account.settings.items() if name != "engine"}
    return msgspec.structs.replace(content.account, sources=sources, settings=settings)
