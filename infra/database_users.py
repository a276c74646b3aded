"""The database's name, and who uses it: roles of PostgreSQL that tokens of AWS open."""

from typing import Final

__all__ = ["DATABASE", "PUBLISHER", "READER"]

DATABASE: Final = "fieldmark"
PUBLISHER: Final = "fieldmark_publisher"
"""Owns the schema; makes the reader's role when it publishes the first release."""
READER: Final = "fieldmark_reader"
