"""Darwin Core archives: occurrences, or events with occurrences, with a descriptor or without.

Source: Darwin Core text guide, https://dwc.tdwg.org/text/.
"""

from fieldmark.atlas.sources.darwin_core.source import DarwinCoreArchive

__all__ = ["DarwinCoreArchive"]
