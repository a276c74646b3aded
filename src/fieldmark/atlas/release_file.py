"""A release file, read as a stream: what a database is filled from."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from fieldmark.atlas_format import APPLICATION_ID, FORMAT_VERSION
from fieldmark.errors import AtlasBroken

__all__ = ["ReleaseFile"]

_TAXA: Final = "SELECT id, scientific_name, common_name, rank, lineage FROM taxon ORDER BY id"
_ANCESTORS: Final = "SELECT id, scientific_name, common_name, rank FROM ancestor ORDER BY id"


class ReleaseFile:
    """An open release file; one thread reads it.

    Raises:
        AtlasBroken: the file is missing, no release, of another version or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise AtlasBroken(f"there is no atlas file {path}")
        uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        try:
            self._require_release()
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def said(self) -> Mapping[str, str]:
        """Return what the release says of itself."""
        return dict(self._rows("SELECT key, value FROM release ORDER BY key"))

    def dictionary(self) -> bytes:
        """Return what the families are deflated against."""
        ((dictionary,),) = self._rows("SELECT packed FROM dictionary")
        return bytes(dictionary)

    def count(self) -> int:
        """Return how many families there are."""
        ((count,),) = self._rows("SELECT count(*) FROM family")
        return int(count)

    def families(self) -> Iterator[tuple[int, bytes]]:
        """Yield parent and packed family, parents ascending."""
        return self._rows("SELECT parent, packed FROM family ORDER BY parent")

    def ranges(self) -> Iterator[tuple[int, bytes]]:
        """Yield the id and packed range of each taxon, ids ascending."""
        return self._rows("SELECT taxon, packed FROM range ORDER BY taxon")

    def taxa(self) -> Iterator[tuple[int, str, str | None, str, str]]:
        """Yield the rows of the taxa, ids ascending."""
        return self._rows(_TAXA)

    def ancestors(self) -> Iterator[tuple[int, str, str | None, str]]:
        """Yield the rows of the ancestors."""
        return self._rows(_ANCESTORS)

    def _rows(self, query: str) -> Iterator[tuple]:  # type: ignore[type-arg]  # SQLite's own
        with self._readable():
            for row in self._connection.execute(query):  # noqa: UP028  # it may outlive the file
                yield row

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter of a damaged message
            raise AtlasBroken(f"{self.path} cannot be read: {error}") from error

    def _require_release(self) -> None:
        ((application,),) = self._rows("PRAGMA application_id")
        if application != APPLICATION_ID:
            raise AtlasBroken(f"{self.path} is a SQLite file but no atlas release")
        ((version,),) = self._rows("PRAGMA user_version")
        if version != FORMAT_VERSION:
            raise AtlasBroken(
                f"atlas {self.path} is of format version {version}, this program reads "
                f"{FORMAT_VERSION}; build it again from its sources: fieldmark atlas build"
            )
        ((verdict,),) = self._rows("PRAGMA quick_check(1)")
        if verdict != "ok":
            raise AtlasBroken(f"{self.path} is damaged: {verdict}")
