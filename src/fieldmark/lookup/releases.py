"""Reading what belongs together of one release, though another may come into use meanwhile."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from fieldmark.domain.area import Release
from fieldmark.errors import ReleaseGone
from fieldmark.ports import AreaStore

__all__ = ["of_one_release", "range_in_use"]

T = TypeVar("T")


def of_one_release(read: Callable[[], T]) -> T:
    """Return what ``read`` reads of the release in use; once more where that goes away meanwhile.

    Raises:
        ReleaseGone: the next one went away as well.
    """
    try:
        return read()
    except ReleaseGone:
        return read()


def range_in_use(store: AreaStore, taxon_id: int) -> tuple[Release, Mapping[int, int] | None]:
    """Return the release in use, and the cells of a taxon by the same; see AreaStore.range_of.

    Of a taxon that the release withholds there is none.
    """

    def read() -> tuple[Release, Mapping[int, int] | None]:
        release = store.release()
        if taxon_id in release.withheld:
            return release, {}
        return release, store.range_of(taxon_id, release.name)

    return of_one_release(read)
