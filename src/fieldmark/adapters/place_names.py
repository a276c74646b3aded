"""How names of places compare: without case, accents and punctuation."""

import unicodedata
from typing import Final

__all__ = ["fold"]

# Letters that Unicode does not take apart, as people without them on the keyboard type them.
_PLAIN: Final = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "\u0131": "i",
    }
)
# Inside a word these say how it sounds, not where the next one begins: Xi'an, Hawai'i.
_WITHIN_WORDS: Final = frozenset("'`\u00b4\u02b9\u02bb\u02bc\u02be\u02bf\u2018\u2019")


def fold(name: str) -> str:
    """Return the words of a name in small plain letters, one space between them."""
    letters = unicodedata.normalize("NFKD", name.casefold()).translate(_PLAIN)
    return " ".join(
        "".join(
            letter if letter.isalnum() else " "
            for letter in letters
            if letter not in _WITHIN_WORDS and not unicodedata.category(letter).startswith("M")
        ).split()
    )
