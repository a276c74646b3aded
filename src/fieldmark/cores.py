"""How many cores this process may use."""

import os

__all__ = ["cores"]


def cores() -> int:
    """Return it; where the system does not tell (macOS), how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
