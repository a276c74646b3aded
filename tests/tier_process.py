"""A process that asks the tiers for areas: started by tests that need several at one cache.

Its store is a release file that takes its time and notes each cell that it is asked for.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fieldmark.adapters.bounded_areas import BoundedAreas
from fieldmark.adapters.cache_times import IN_MEMORY, SHARED
from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.adapters.shared_areas import SharedAreas
from fieldmark.adapters.sqlite_areas import SqliteAreas
from fieldmark.adapters.valkey_cache import Address, Node, ValkeyCache
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import Unavailable
from fieldmark.ports import FoundAreas
from fieldmark.telemetry import Silence

__all__ = ["Asker", "Slow", "asker", "cells_read"]

_HANG_S: Final = 60.0
_ROOMY_S: Final = 20.0
"""No test of who reads what may fail because the machine is slow."""


@dataclass(frozen=True)
class Slow:
    """A release file that takes ``takes_s`` for each read of areas and notes it in ``log``."""

    file: SqliteAreas
    log: Path
    takes_s: float

    def release(self) -> Release:
        self._note("release")
        return self.file.release()

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        self._note(*(f"{cell:x}" for cell in cells))
        time.sleep(self.takes_s)
        return self.file.areas(cells, release)

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        return self.file.taxa(taxon_ids, release)

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        return self.file.range_of(taxon_id, release)

    def close(self) -> None:
        self.file.close()

    def _note(self, *words: str) -> None:
        with self.log.open("ab") as log:  # one write each, so that processes do not mix
            log.write(b"".join(f"{word}\n".encode() for word in words))


@dataclass
class Asker:
    """The process, ready to be asked."""

    process: "subprocess.Popen[str]"

    def ask(self, cells: Iterable[int]) -> None:
        """Tell it what to ask for; ``answer`` waits."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(list(cells)) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, object]:
        """Return the tier and the cells with a record, or ``unavailable``."""
        assert self.process.stdout is not None
        answer: dict[str, object] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def asker(
    node: Node, file: Path, log: Path, takes_s: float = 0.05, lock_s: float = _ROOMY_S
) -> Iterator[Asker]:
    """Start one, and wait until it is ready."""
    words = [node.host, str(node.port), str(file), str(log), str(takes_s), str(lock_s)]
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(
        [sys.executable, __file__, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield Asker(process)
        finally:
            process.kill()
            process.wait(_HANG_S)


def cells_read(log: Path) -> list[int]:
    """Return each cell that any process read, as often as it was."""
    words = log.read_text(encoding="ascii").split() if log.exists() else []
    return [int(word, 16) for word in words if word != "release"]


def main() -> None:
    """Answer each line of input, a list of cells, with one of output."""
    host, port, file, log, takes_s, lock_s = sys.argv[1:]
    store = Slow(SqliteAreas(Path(file)), Path(log), float(takes_s))
    cache = ValkeyCache(Address(Node(host, int(port))), timeout_s=_ROOMY_S)
    bounded = BoundedAreas(store, 2, Silence(), wait_s=_ROOMY_S)
    times = replace(SHARED, wait_s=_ROOMY_S, lock_s=float(lock_s))
    shared = SharedAreas(bounded, cache, Silence(), times)
    memory = replace(IN_MEMORY, wait_s=2 * _ROOMY_S)
    areas = CachedAreas(shared, MemoryCache(10_000_000), Silence(), memory)
    name = areas.release().name
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        try:
            found = areas.areas(json.loads(line), name)
            answer: dict[str, object] = {"tier": found.tier, "cells": sorted(found.records)}
        except Unavailable as error:
            answer = {"unavailable": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
