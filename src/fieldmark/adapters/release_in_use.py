"""The release in use, as this process knows it."""

from collections.abc import Callable
from typing import NamedTuple

from fieldmark.adapters.cache_times import CacheTimes, Surroundings
from fieldmark.adapters.single_flight import SingleFlight
from fieldmark.domain.area import Release
from fieldmark.errors import Unavailable

__all__ = ["ReleaseInUse"]

_ONLY = ""


class _Held(NamedTuple):
    release: Release
    until_s: float
    kept_until_s: float


class ReleaseInUse:
    """What the release in use says of itself: asked for anew after a minute, by one thread.

    The others go on with the one before, and so does that one where nobody answers.
    """

    def __init__(
        self, ask: Callable[[], Release], times: CacheTimes, surroundings: Surroundings
    ) -> None:
        self._ask = ask
        self._times = times
        self._surroundings = surroundings
        self._flights: SingleFlight[str, Release] = SingleFlight(times.wait_s)
        self._held: _Held | None = None

    def get(self) -> Release:
        """Return it.

        Raises:
            AtlasBroken: there is none, or it is not readable.
            Unavailable: nobody told, and none is held.
        """
        held, now_s = self._held, self._surroundings.clock()
        if held is not None and now_s < held.until_s:
            return held.release
        if held is None or now_s >= held.kept_until_s:
            return self._flights.fetch([_ONLY], self._asked)[_ONLY]
        try:
            asked = self._flights.fetch([_ONLY], self._asked, spare=(_ONLY,))
        except Unavailable:
            self._held = held._replace(until_s=now_s + self._times.retry_s)
            return held.release
        return asked.get(_ONLY, held.release)

    def forget(self, name: str) -> None:
        """Ask anew the next time, where the one that is held is of that name: it is gone."""
        held = self._held
        if held is not None and held.release.name == name:
            self._held = None

    def _asked(self, _: list[str]) -> dict[str, Release]:
        release = self._ask()
        now_s, jitter = self._surroundings.clock(), self._times.jitter
        life = self._times.pointer
        until_s = now_s + self._surroundings.about(life.fresh_s, jitter)
        self._held = _Held(release, until_s, now_s + life.kept_s)
        return {_ONLY: release}
