"""Visits to occurrence: how likely somebody who looks for the taxon in that month finds it.

``pyramid`` holds the cells by level, ``effort`` how often somebody looked, ``rates`` what that
makes of one taxon, and ``smoothed`` all taxa; docs/decisions/0032 has the formulas.
"""

from fieldmark.atlas.smoothing.smoothed import Smoothed, smooth
from fieldmark.atlas.smoothing.spec import SmoothingSpec

__all__ = ["Smoothed", "SmoothingSpec", "smooth"]
