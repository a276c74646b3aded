"""The release in use, as a shared cache knows it: a pointer to its name, and what it says."""

from collections.abc import Mapping, Sequence
from typing import Final

from fieldmark.adapters.cache_entry import Entry, pack, unpack
from fieldmark.adapters.cache_lot import Lot
from fieldmark.adapters.cache_times import SHARED, CacheTimes, Surroundings
from fieldmark.adapters.shared_keys import POINTER, key_of_release
from fieldmark.adapters.shared_reads import Errand, SharedReads
from fieldmark.atlas_format import pack_release, unpack_release
from fieldmark.domain.area import Release
from fieldmark.errors import AtlasBroken, ReleaseGone, Unavailable
from fieldmark.ports import AreaStore, Cache

__all__ = ["SharedRelease", "announce"]

_LONGEST_NAME: Final = 200
_HELD: Final = 2
"""Of so many releases it is known what they say: the one in use and, around a flip, another."""


def announce(
    cache: Cache,
    name: str,
    times: CacheTimes = SHARED,
    surroundings: Surroundings | None = None,
) -> None:
    """Tell all readers which release is in use; they hear of it within a minute.

    Raises:
        Unavailable: the cache did not take it; readers may stay with the release before for a day.
    """
    now_s = (surroundings or Surroundings()).clock()
    value = pack(Entry(name.encode(), now_s, now_s + times.pointer.fresh_s), POINTER)
    cache.set_many({POINTER: value}, times.pointer.kept_s)
    if cache.get_many([POINTER]).get(POINTER) != value:
        raise Unavailable(f"the cache does not hold that {name} is in use; announce it again")


class SharedRelease:
    """The pointer and what its release says, through the cache that all processes share."""

    def __init__(self, store: AreaStore, reads: SharedReads) -> None:
        self._store = store
        self._reads = reads
        self._said: dict[str, Release] = {}
        self._distrusted: str | None = None

    def get(self) -> Release:
        """Return what the release in use says of itself; see ports.AreaStore."""
        try:
            return self.of(self._name())
        except ReleaseGone:
            # The pointer was wrong and is distrusted now: this time the store itself is asked.
            return self.of(self._name())

    def of(self, name: str) -> Release:
        """Return what a release says of itself; raises as ``AreaStore.release`` does.

        Raises:
            ReleaseGone: it is not in use, and no cache knows what it says.
        """
        if (held := self.held(name)) is not None:
            return held
        key, life = key_of_release(name), self._reads.times.feature
        errand = Errand(
            [key], lambda _: self._read(name), lambda _, body: _saying(body, name), life
        )
        release = _saying(self._reads.fetch(errand).bodies[key], name)
        self._hold(release)
        return release

    def held(self, name: str) -> Release | None:
        """Return what a release says of itself where it is known without asking anyone."""
        return self._said.get(name)

    def distrust(self, name: str) -> None:
        """Believe no cache that this release is in use: the store does not hold it."""
        self._distrusted = name

    def _name(self) -> str:
        life = self._reads.times.pointer
        errand = Errand([POINTER], self._read_name, self._check_name, life, self._keep_name)
        return _name_of(self._reads.fetch(errand).bodies[POINTER])

    def _read_name(self, _: Sequence[str]) -> Lot:
        release = self._in_use()
        return Lot({POINTER: release.name.encode()})

    def _check_name(self, _: str, body: bytes | None) -> None:
        name = _name_of(body)
        if name == self._distrusted:
            raise AtlasBroken(f"the store holds no release {name}")

    def _keep_name(self, entries: Mapping[str, Entry]) -> None:
        """Keep the pointer unless another was set meanwhile: a publisher's word counts for more.

        With it goes what its release says, which was read in one go.
        """
        self._keep_said(_name_of(entries[POINTER].body))
        cache, life = self._reads.cache, self._reads.times.pointer
        there = cache.get_many([POINTER]).get(POINTER)
        if there is None and cache.add_many(
            {POINTER: pack(entries[POINTER], POINTER)}, life.kept_s
        ):
            return
        there = cache.get_many([POINTER]).get(POINTER)
        if there is None or not self._counts(there):
            self._reads.set(entries, life.kept_s)

    def _keep_said(self, name: str) -> None:
        said, life = self.held(name), self._reads.times.feature
        if said is not None:
            said_by = {key_of_release(name): pack_release(said)}
            self._reads.set(self._reads.entries(said_by, life), life.kept_s)

    def _counts(self, pointer: bytes) -> bool:
        entry = unpack(pointer, POINTER)
        if entry is None or self._reads.surroundings.clock() >= entry.until_s:
            return False
        try:
            self._check_name(POINTER, entry.body)
        except AtlasBroken:
            return False
        return True

    def _read(self, name: str) -> Lot:
        release = self._in_use()
        if release.name != name:
            self.distrust(name)
            raise ReleaseGone(f"release {name} is not in use; {release.name} is")
        return Lot({key_of_release(name): pack_release(release)})

    def _in_use(self) -> Release:
        release = self._store.release()
        if release.name == self._distrusted:
            self._distrusted = None
        self._hold(release)
        return release

    def _hold(self, release: Release) -> None:
        others = [item for item in self._said.items() if item[0] != release.name]
        self._said = dict([*others[1 - _HELD :], (release.name, release)])


def _name_of(body: bytes | None) -> str:
    """Return the name that a pointer holds.

    Raises:
        AtlasBroken: it holds none.
    """
    if not body or len(body) > _LONGEST_NAME:
        raise AtlasBroken("a pointer holds no name of a release")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise AtlasBroken("a pointer holds no name of a release") from error


def _saying(body: bytes | None, name: str) -> Release:
    """Return what a release of that name says of itself.

    Raises:
        AtlasBroken: the body is none, or of another release.
    """
    release = unpack_release(body or b"")
    if release.name != name:
        raise AtlasBroken(f"what release {name} says of itself names {release.name}")
    return release
