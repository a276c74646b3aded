"""Visits to occurrence: how likely somebody who looks for the taxon in that month finds it.

``pyramid`` holds the cells by level, ``effort`` how often somebody looked and ``finds`` how often
one taxon was found; ``rates`` and ``season`` are what that makes of it, ``occurrence`` and
``evidence`` what a release says, ``smoothed`` all taxa. docs/decisions/0032 has the formulas.
"""

from fieldmark.atlas.smoothing.smoothed import Smoothed, smooth
from fieldmark.atlas.smoothing.spec import SmoothingSpec

__all__ = ["Smoothed", "SmoothingSpec", "smooth"]
