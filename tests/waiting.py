"""Waiting for what another thread or process does, without an end only in name."""

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], object], patience_s: float = 10.0) -> None:
    """Come back once it holds; fail where it never does."""
    until_s = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < until_s, "it never came about"
        time.sleep(0.001)
