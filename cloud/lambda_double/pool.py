"""The environments of one function: as many as its events need at once, and no more than it may."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cloud.lambda_double.environment import Environment
from cloud.lambda_double.function import Event, Function, Outcome

__all__ = ["Pool", "Throttled"]

_SWEEP_S: Final = 0.5


class Throttled(Exception):
    """As many events are at work as the function may answer at once."""


class Pool:
    """See above; ``counts`` holds starts, events, throttles and environments that were killed."""

    def __init__(self, function: Function, runtime: Path) -> None:
        self.function = function
        self.counts: Counter[str] = Counter()
        self._runtime = runtime
        self._free: list[Environment] = []
        self._all: set[Environment] = set()
        self._at_work = 0
        self.loop = asyncio.get_running_loop()
        self._sweeping = asyncio.create_task(self._sweep())

    @property
    def pids(self) -> frozenset[int]:
        """The processes that are there."""
        return frozenset(environment.pid for environment in self._all)

    def status(self) -> Mapping[str, int]:
        """Return what was counted and what is there now."""
        return {
            **self.counts,
            "environments": len(self._all),
            "at_work": self._at_work,
            "frozen": sum(environment.is_free for environment in self._all),
        }

    async def answer(self, event: Event) -> Outcome:
        """Return what comes of the event.

        Raises:
            Throttled: the function is at its limit.
        """
        if self._at_work >= self.function.concurrency:
            self.counts["throttles"] += 1
            raise Throttled
        self._at_work += 1
        self.counts["events"] += 1
        try:
            environment = await self._environment()
            outcome = await environment.answer(event)
        finally:
            self._at_work -= 1
        if environment.is_alive:
            self._free.append(environment)
        else:
            await self._forget(environment)
        return outcome

    async def renew(self) -> None:
        """End the environments that are free, as where the function is deployed anew."""
        free, self._free = self._free, []
        for environment in free:
            await environment.end()
            self._all.discard(environment)

    async def close(self) -> None:
        """End every process."""
        self._sweeping.cancel()
        await asyncio.gather(*(environment.end() for environment in list(self._all)))
        self._all.clear()
        self._free.clear()

    async def _environment(self) -> Environment:
        """Return the one that was free last, once it asks for an event, or a new one."""
        while self._free:
            environment = self._free.pop()
            await environment.settled()
            if environment.is_free:
                return environment
            await self._forget(environment)
        self.counts["starts"] += 1
        environment = await Environment.started(self.function, self._runtime)
        self._all.add(environment)
        return environment

    async def _forget(self, environment: Environment) -> None:
        """Let go of one whose process has ended."""
        await environment.end()
        self.counts["killed"] += 1
        self._all.discard(environment)

    async def _sweep(self) -> None:
        """End what nobody has needed for long."""
        while True:
            await asyncio.sleep(min(_SWEEP_S, self.function.idle_s))
            old = time.monotonic() - self.function.idle_s
            for environment in [one for one in self._free if one.used_s < old]:
                self._free.remove(environment)
                await environment.end()
                self.counts["idle_ends"] += 1
                self._all.discard(environment)
