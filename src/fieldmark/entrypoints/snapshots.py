"""SnapStart: what to do before an environment's memory is kept, and after it was brought back.

Nothing that stands elsewhere is opened before the first photo, so no connection is in a snapshot.
"""

import base64
import importlib
import random
from collections.abc import Callable
from typing import Final

from fieldmark.identify import LocalIdentifier, Stopwatch
from fieldmark.ports import Question

__all__ = ["prime", "register", "wake"]

_GREEN: Final = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1td"
    "hbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSk"
    "pKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAU"
    "EAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAQP/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMB"
    "AAIRAxEAPwCQEg//2Q=="
)
"""A JPEG of 16 by 16 pixels: it has the decoder and the model loaded and run once."""


def register(identifier: LocalIdentifier) -> None:
    """Have the runtime call the hooks, where it has any."""
    try:
        runtime = importlib.import_module("snapshot_restore_py")
    except ImportError:
        return
    before: Callable[..., object] = runtime.register_before_snapshot
    before(prime, identifier)
    after: Callable[..., object] = runtime.register_after_restore
    after(wake)


def prime(identifier: LocalIdentifier) -> None:
    """Look at a photo, so that no restored environment pays for what only the first one does."""
    identifier.look(_GREEN, Question(use_area="off"), Stopwatch())


def wake() -> None:
    """Draw other random numbers than the environments that came from the same snapshot."""
    random.seed()
