"""Views: which parts of a photo a model looks at, and in which numbers."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Resample", "ViewKind", "ViewSpec"]

ViewKind = Literal["centre", "full", "left", "middle", "right"]
Resample = Literal["bilinear", "bicubic", "lanczos"]


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """What a model wants to see: ``len(views)`` square pictures of ``size`` pixels a side.

    A view cuts a part out of the upright photo and is resized to ``size`` with an antialiased
    filter; a channel value v of 0-255 then becomes ``(v - mean) / std``.

    ``centre`` is the middle square, ``crop`` of the shorter side wide; ``full`` the whole photo,
    squashed; ``left``, ``middle`` and ``right`` are squares of the shorter side at the start, the
    middle and the end of the longer one.
    ``min_scale``: a JPEG is decoded to no fewer than this many times ``size`` pixels on the
    shorter side of the smallest view, where it has them.
    """

    size: int
    mean: tuple[float, float, float] = (127.0, 127.0, 127.0)
    std: tuple[float, float, float] = (128.0, 128.0, 128.0)
    views: tuple[ViewKind, ...] = ("centre",)
    crop: float = 0.875
    resample: Resample = "bicubic"
    min_scale: float = 2.0
