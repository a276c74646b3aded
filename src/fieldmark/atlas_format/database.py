"""A release in PostgreSQL: what publishing writes and stores read.

The schema ``fieldmark`` says which releases there are (``release``), which one is in use and which
was before (``pointer``), and of which version all this is (``schema_version``). The rows of a
release stand in a schema of its own, named after it (``schema_of``), in the tables of a file:
``family``, ``dictionary``, ``range``, ``taxon`` and ``ancestor``. So loading fills fresh tables,
dropping drops them, and neither touches what is being read.
"""

import hashlib
from typing import Final

__all__ = ["PREFIX", "READABLE", "SCHEMA_VERSION", "schema_of"]

SCHEMA_VERSION: Final = "1"
"""Of the tables of ``fieldmark``: what publishing brings a database to."""

READABLE: Final = frozenset({"1"})
"""The versions that this program reads: it may be newer or older than whoever publishes."""

PREFIX: Final = "fieldmark_release_"
"""What the schema of each release begins with; nothing else may."""

_DIGITS: Final = 24


def schema_of(name: str) -> str:
    """Return the schema that the rows of a release stand in, whatever its name is made of."""
    return PREFIX + hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
