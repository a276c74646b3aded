"""Where places are: which land, sea and shore each H3 cell holds, and what they are called."""

from fieldmark.atlas.geography.box import Box
from fieldmark.atlas.geography.grid import Grid
from fieldmark.atlas.geography.places import Geography, UnknownPlace

__all__ = ["Box", "Geography", "Grid", "UnknownPlace"]
