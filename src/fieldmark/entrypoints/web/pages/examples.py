"""The example photos that the first page offers; their originals lie in ``examples/photos``."""

from dataclasses import dataclass
from typing import Final

__all__ = ["EXAMPLES", "Example"]

_COMMONS: Final = "https://commons.wikimedia.org/wiki/File:"


@dataclass(frozen=True, slots=True)
class Example:
    """One photo: ``name`` is its file's without the ending; place and month were added to it."""

    name: str
    animal: str
    place: str
    author: str
    licence: str
    source: str


EXAMPLES: Final = (
    Example("ring-tailed-lemur", "Ring-tailed lemur", "Andringitra, September", "Sannse",
            "CC BY-SA 3.0", f"{_COMMONS}Ring_tailed_lemur_and_twins.jpg"),
    Example("koala", "Koala", "Cape Otway, November", "David Iliff", "CC BY-SA 3.0",
            f"{_COMMONS}Koala_climbing_tree.jpg"),
    Example("scarlet-macaw", "Scarlet macaw", "Tambopata, August", "Jar0d", "CC BY-SA 2.0",
            f"{_COMMONS}Ara_macao_-Diergaarde_Blijdorp_-flying-8a.jpg"),
    Example("komodo-dragon", "Komodo dragon", "Komodo, July", "Raul654", "CC BY-SA 3.0",
            f"{_COMMONS}Varanus_komodoensis4.jpg"),
    Example("polar-bear", "Polar bear", "Svalbard, July", "Arturo de Frias Marques",
            "CC BY-SA 4.0", f"{_COMMONS}Polar_Bear_AdF.jpg"),
    Example("giant-panda", "Giant panda", "Wolong, April", "Aaron Logan", "CC BY 1.0",
            f"{_COMMONS}Lightmatter_panda.jpg"),
)  # fmt: skip
