"""Overrides that hold without a rebuild: looked for anew once a minute, the last good ones kept."""

import threading
import time
from collections.abc import Callable
from typing import Final

from fieldmark.adapters.override_files import OverridePlace
from fieldmark.atlas_format import read_overrides
from fieldmark.domain.override import NO_OVERRIDES, Overrides
from fieldmark.errors import SourceBroken, StoreRefused, Unavailable
from fieldmark.ports import Observer

__all__ = ["LiveOverrides"]

_FRESH_S: Final = 60.0


class LiveOverrides:
    """The overrides of one place, as they were at most a minute ago.

    One thread looks, the others go on with what is held; only before the first look do they wait.
    What cannot be read leaves the last good ones in use and is told: in ``Overrides.outdated``, and
    as the event ``overrides.broken`` when it begins. ``overrides.read`` tells of new ones.
    """

    def __init__(
        self,
        place: OverridePlace,
        observer: Observer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._observer = observer
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Overrides | None = None
        self._version: str | None = None
        self._until_s = 0.0

    def get(self) -> Overrides:
        """Return them; where they were never read, none, which say why."""
        held = self._held
        if held is not None and (self._clock() < self._until_s or self._lock.locked()):
            return held
        with self._lock:
            if self._held is None or self._clock() >= self._until_s:
                self._held = self._looked(self._held or NO_OVERRIDES)
                self._until_s = self._clock() + _FRESH_S
            return self._held

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        self._place.close()

    def _looked(self, held: Overrides) -> Overrides:
        try:
            found = self._place.read(None if held.outdated else self._version)
            if found is None:
                return held
            overrides = read_overrides(found[1], str(self._place))
        except (SourceBroken, StoreRefused, Unavailable) as error:
            if held.outdated != str(error):
                # Not the text: it may name a place. ``fieldmark doctor`` shows it.
                self._observer.event("overrides.broken", error=type(error).__name__)
            return Overrides(held, outdated=str(error))
        self._version = found[0]
        self._observer.event("overrides.read", rows=len(overrides))
        return overrides
