"""Months as people write them, for sources; see ``domain.months``."""

from fieldmark.domain.months import months_of

__all__ = ["months_of"]
