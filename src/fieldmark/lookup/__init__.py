"""Looking an area up: position and month → what the atlas says there, or why it says nothing."""

from fieldmark.lookup.areas import LookedUp, cells_of, look_up, unanswered
from fieldmark.lookup.releases import of_one_release, range_in_use
from fieldmark.lookup.residents import AreaAnimals, Resident, animals_of

__all__ = [
    "AreaAnimals",
    "LookedUp",
    "Resident",
    "animals_of",
    "cells_of",
    "look_up",
    "of_one_release",
    "range_in_use",
    "unanswered",
]
