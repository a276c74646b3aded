"""Common names of taxa in the languages of people; English stands in the taxa themselves."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["ENGLISH", "LANGUAGE", "Names"]

ENGLISH: Final = "en"
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
"""A language tag such as ``pt-BR`` (RFC 5646, section 2.1, as far as names need it)."""


class Names:
    """Names by language and taxon id. Of several names of one taxon the first counts."""

    def __init__(self, rows: Iterable[tuple[int, str, str]] = ()) -> None:
        self._by_language: dict[str, dict[int, str]] = {}
        self._written: dict[str, str] = {}
        for taxon_id, language, name in rows:
            key = language.lower()
            self._written.setdefault(key, language)
            self._by_language.setdefault(key, {}).setdefault(taxon_id, name)

    def language(self, wanted: str) -> str:
        """Return the language that answers to a tag: itself, else a wider one, else English.

        Source: RFC 4647, section 3.4, "Lookup".
        """
        parts = wanted.lower().split("-")
        for end in range(len(parts), 0, -1):
            key = "-".join(parts[:end])
            if key in self._by_language:
                return self._written[key]
        return ENGLISH

    def of(self, wanted: str) -> Mapping[int, str]:
        """Return the names in the language that answers to a tag, with those of wider ones."""
        parts = wanted.lower().split("-")
        found: dict[int, str] = {}
        for end in range(1, len(parts) + 1):
            found |= self._by_language.get("-".join(parts[:end]), {})
        return found
