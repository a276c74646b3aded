"""A model and an atlas, as files, in which every name is written so that it would run."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from animals import cell_record
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.publish import publish_file
from fieldmark.atlas_format import pack_range, pack_record
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.settings import Settings
from photo_files import photo
from releases import KRUGER, RELEASE
from toy_model import ANCESTORS_TEXT, LABELS_TEXT, toy_zip

__all__ = ["CELL", "FOX", "HOSTILE", "hostile_photo", "hostile_world"]

HOSTILE: Final = (
    "\"'><img src=x onerror=window.hacked=1></script></style></textarea><script>window.hacked=1"
    "</script><svg onload=window.hacked=1>{{7*191}}${7*191}"
)
"""It leaves an attribute, an element and a script, and would run as a template as well."""

CELL: Final = KRUGER
_DOGS: Final = Ancestor(42043, f"Canidae {HOSTILE}", f"dogs {HOSTILE}", Rank.FAMILY)
_MAMMALS: Final = Ancestor(40151, f"Mammalia {HOSTILE}", f"mammals {HOSTILE}", Rank.CLASS)
FOX: Final = Taxon(42069, f"Vulpes {HOSTILE}", f"fox {HOSTILE}", Rank.SPECIES, (_MAMMALS, _DOGS))


def hostile_world(folder: Path) -> Settings:
    """Write both, and return the settings that serve them."""
    atlas = folder / "atlas.sqlite"
    publish_file(_release(), atlas, check=lambda _: None)
    changes = {"labels.csv": _labels(), "ancestors.csv": _ancestors()}
    bundle = toy_zip(folder / "toy.zip", changes=changes)
    return Settings(model=str(bundle), atlas=atlas, concurrency=2)


def hostile_photo() -> bytes:
    """Return a red photo, of a fox to the toy model, whose metadata would run."""
    exif = Image.Exif()
    text = HOSTILE.encode()
    exif.update(dict.fromkeys((0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298), HOSTILE))
    exif.get_ifd(0x8769).update(
        {0x9003: f"2026:07:01 10:00:00{HOSTILE}", 0x9011: HOSTILE, 0x9286: text, 0x927C: text}
    )
    exif.get_ifd(0x8825).update(
        {
            1: "S",
            2: (24.0, 59.0, 24.0),
            3: "E",
            4: (31.0, 33.0, 0.0),
            27: text,
            28: text,
            18: HOSTILE,
        }
    )
    red = Image.new("RGB", (64, 48), (250, 5, 5))
    return photo(red, quality=95, exif=exif, comment=text)


def _release() -> ReleaseContent:
    return ReleaseContent(
        release=replace(
            RELEASE,
            known=np.array([FOX.id], dtype=np.int32),
            licence=f"CC0-1.0 {HOSTILE}",
            sources=(f"ranges {HOSTILE}", f"https://example.org/{HOSTILE}", "javascript:hacked=1"),
        ),
        taxa=[FOX],
        records=[pack_record(cell_record({FOX: 1.0}))],
        cells={CELL: 0},
        ranges={FOX.id: pack_range({CELL: 0b1111_1111_1111})},
    )


def _labels() -> str:
    lineage = "Mammalia>Carnivora>Canidae>Vulpes"
    return _table(
        LABELS_TEXT.splitlines()[0].split(","),
        (0, f"fox {HOSTILE}", FOX.id, "Vulpes vulpes", FOX.common_name, "species", lineage, "wild"),
        (1, HOSTILE, 20979, "Anura", HOSTILE, "order", "Amphibia", "wild"),
        (2, HOSTILE, "", "", "", "", "", ""),
    )


def _ancestors() -> str:
    return _table(
        ANCESTORS_TEXT.splitlines()[0].split(","),
        (40151, "Mammalia", f"mammals {HOSTILE}", "class"),
        (41573, "Carnivora", f"carnivorans {HOSTILE}", "order"),
        (42043, "Canidae", f"dogs {HOSTILE}", "family"),
        (42068, "Vulpes", HOSTILE, "genus"),
        (20978, "Amphibia", HOSTILE, "class"),
    )


def _table(*rows: "list[str] | tuple[object, ...]") -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
