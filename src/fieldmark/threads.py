"""Work in several threads, its outcomes in the order of what they are made of.

zlib, the model and the disk let other threads go on while they work, and threads share what they
read. numpy does so too, but over small arrays threads wait for each other more than they work.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from fieldmark.cores import cores

__all__ = ["in_order"]

_Item = TypeVar("_Item")
_Outcome = TypeVar("_Outcome")

_AHEAD: Final = 2
"""Items for each thread that are begun before their outcome is taken: memory holds no more."""


def in_order(
    function: Callable[[_Item], _Outcome], items: Iterable[_Item], threads: int = 0
) -> Iterator[_Outcome]:
    """Yield what the function makes of each item, as ``map`` does, working some items ahead.

    Items are taken in the caller's thread. What the function raises comes where its outcome would;
    what was begun by then is finished, and nothing is begun after it.

    Args:
        function: called in any of the threads.
        items: each is taken when there is a place for it.
        threads: as many as there are cores unless given; with one the caller's does the work.
    """
    threads = threads or cores()
    if threads == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[_Outcome]] = deque()
    pool = ThreadPoolExecutor(threads, "fieldmark")
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= _AHEAD * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
