"""The system: one pipeline in the middle, what it runs on at both sides."""

from dataclasses import dataclass
from typing import Final

from svg import Picture
from timings import Timings, milliseconds

__all__ = ["draw"]

WIDTH: Final = 800
LEFT: Final = (24, 226)
MIDDLE: Final = (286, 228)
RIGHT: Final = (550, 226)
"""Where a column begins, and how wide it is."""

LANE: Final = 30
"""Where the other strand passes beside a box of the middle."""

TOP: Final = 104
HIGH: Final = 44
STEP: Final = 60
STRANDS: Final = {"place": MIDDLE[0] + LANE / 2, "looks": MIDDLE[0] + MIDDLE[1] - LANE / 2}


@dataclass(frozen=True, slots=True)
class Node:
    """A box: what it is in words, the module that is it, and a figure that was measured."""

    words: str
    module: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A step in the middle and what does its work at both sides; ``strand`` is its colour."""

    step: Node
    laptop: Node | None = None
    aws: Node | None = None
    strand: str = "edge"


def rows(timings: Timings) -> tuple[Row, ...]:
    """Return the steps of a request, from the door to what is kept."""
    stage, area = timings.stages_ms, timings.area_ms
    return (
        Row(
            Node("Page and HTTP API", "entrypoints/web/"),
            Node("One process", "entrypoints/web/server/"),
            Node("Fargate, or a function", "entrypoints/web/app.py"),
        ),
        Row(
            Node("One photo, one answer", "identify.py", milliseconds(stage["total"])),
            Node("In the same process", "compose/"),
            Node("Lambda", "adapters/lambda_identifier.py"),
        ),
        Row(Node("Read the photo", "photo/", milliseconds(stage["read"])), strand="mark"),
        Row(
            Node("Cache of areas", "adapters/cached_areas.py", milliseconds(stage["area"])),
            Node("Memory", "adapters/memory_cache.py", milliseconds(area["memory"])),
            Node("ElastiCache, Valkey", "adapters/valkey_cache.py", milliseconds(area["valkey"])),
            "place",
        ),
        Row(
            Node("What lives there", "ports/areas.py"),
            Node("A file", "adapters/sqlite_areas.py", milliseconds(area["file"])),
            Node("Aurora, pauses at 0", "adapters/postgres_areas.py",
                 milliseconds(area["postgresql"])),
            "place",
        ),
        Row(
            Node("The classifier", "adapters/onnx_classifier.py", milliseconds(stage["infer"])),
            strand="looks",
        ),
        Row(Node("Weigh both, rank", "domain/", milliseconds(stage["fuse"])), strand="mark"),
        Row(
            Node("Answers kept", "ports/keeping.py"),
            Node("A file", "adapters/sqlite_journal.py"),
            Node("S3", "adapters/s3_journal.py"),
        ),
        Row(
            Node("Photos, where kept", "keeping.py"),
            Node("A folder", "adapters/folder_blobs.py"),
            Node("S3", "adapters/s3_blobs.py"),
        ),
        Row(
            Node("Logs, metrics, traces", "telemetry/"),
            Node("JSON log, /metrics", "telemetry/json_log.py"),
            Node("CloudWatch, alarms", "telemetry/emf.py"),
        ),
    )  # fmt: skip


BUILD: Final = Row(
    Node("Build a release", "atlas/build.py"),
    Node("One file", "atlas/publish.py"),
    Node("Beside the old one, then a flip", "atlas/database/publication.py"),
)
READ, STORE, CLASSIFIER, WEIGH, KEPT = 2, 4, 5, 6, 7
"""Where the strands part, where releases go, where the strands meet."""


def draw(timings: Timings) -> bytes:
    """Return the picture of the system."""
    steps = rows(timings)
    below = TOP + len(steps) * STEP
    picture = Picture(
        WIDTH,
        below + 162,
        "Fieldmark: one pipeline, on a laptop and on AWS",
        "In the middle the path of one photo with the time of each step; on the left what does "
        "its work in one process, on the right on AWS. What the photo shows and what the place "
        "says run side by side and meet before the answer.",
    )
    heads(picture)
    strands(picture)
    for at, row in enumerate(steps):
        draw_row(picture, row, TOP + at * STEP)
    captions(picture)
    batch(picture, below + 28)
    for at, words in enumerate(notes(timings)):
        picture.text(LEFT[0], below + 110 + at * 16, words, "faint small")
    return picture.bytes()


def heads(picture: Picture) -> None:
    """Write what each column is."""
    for (left, width), title, words in (
        (LEFT, "On a laptop", "one process and its files"),
        (MIDDLE, "The same code", "the path of one photo"),
        (RIGHT, "On AWS", "nothing to operate"),
    ):
        picture.text(left + width / 2, 36, title, "ink title middle")
        picture.text(left + width / 2, 56, words, "faint middle")
    middle = MIDDLE[0] + MIDDLE[1] / 2
    picture.line([(middle, 68), (middle, TOP - 8)], "mark-line", 2)
    picture.head(middle, TOP - 2, "down", "mark")


def strands(picture: Picture) -> None:
    """Draw the path: one line, two that run side by side, one line again."""
    middle = MIDDLE[0] + MIDDLE[1] / 2
    for above in (0, 1, WEIGH, KEPT, KEPT + 1):
        top = TOP + above * STEP + HIGH
        colour = "mark" if above < KEPT else "edge"
        picture.line([(middle, top), (middle, top + STEP - HIGH - 8)], f"{colour}-line", 2)
        picture.head(middle, top + STEP - HIGH - 2, "down", colour)
    ends = {"place": ((READ, READ + 1), (READ + 1, STORE), (STORE, WEIGH)),
            "looks": ((READ, CLASSIFIER), (CLASSIFIER, WEIGH))}  # fmt: skip
    for strand, legs in ends.items():
        for start, end in legs:
            x = STRANDS[strand]
            top, foot = TOP + start * STEP + HIGH, TOP + end * STEP
            picture.line([(x, top), (x, foot - 8)], f"{strand}-line", 2)
            picture.head(x, foot - 2, "down", strand)


def captions(picture: Picture) -> None:
    """Write what comes, what the strands say, and what leaves."""
    picture.text(MIDDLE[0] + MIDDLE[1] / 2 + 12, 86, "a photo", "mark said")
    beside = TOP + CLASSIFIER * STEP + HIGH / 2 + 4
    picture.text(STRANDS["place"] - 10, beside, "what the place says", "place said end")
    picture.text(MIDDLE[0] + MIDDLE[1] + 10, beside, "what the photo says", "looks said")
    answer, edge = TOP + WEIGH * STEP + HIGH / 2, MIDDLE[0] + MIDDLE[1]
    picture.line([(edge, answer), (edge + 28, answer)], "mark-line", 2)
    picture.head(edge + 34, answer, "right", "mark")
    picture.text(edge + 42, answer + 4, "the answer, with its evidence", "mark said")


def draw_row(picture: Picture, row: Row, top: float) -> None:
    """Draw a step and what does its work at both sides."""
    left, width = MIDDLE
    if row.strand in STRANDS:
        width -= LANE
        left += LANE if row.strand == "looks" else 0
    picture.plate(left, top, width, HIGH, row.strand)
    write(picture, row.step, left, top, width)
    middle = top + HIGH / 2
    if row.laptop:
        side(picture, row.laptop, LEFT, top, row.strand)
        picture.line([(left, middle), (LEFT[0] + LEFT[1] + 8, middle)], f"{row.strand}-line", 1.2)
        picture.head(LEFT[0] + LEFT[1] + 2, middle, "left", row.strand)
    if row.aws:
        side(picture, row.aws, RIGHT, top, row.strand)
        picture.line([(left + width, middle), (RIGHT[0] - 8, middle)], f"{row.strand}-line", 1.2)
        picture.head(RIGHT[0] - 2, middle, "right", row.strand)


def side(picture: Picture, node: Node, column: tuple[int, int], top: float, edge: str) -> None:
    """Draw a box of an outer column."""
    left, width = column
    picture.rect(left, top, width, HIGH, "wash")
    picture.rect(left + 0.5, top + 0.5, width - 1, HIGH - 1, f"{edge}-line")
    write(picture, node, left, top, width)


def write(picture: Picture, node: Node, left: float, top: float, width: float) -> None:
    """Write what a box is."""
    picture.text(left + 11, top + 19, node.words)
    picture.text(left + 11, top + 34, node.module, "faint module")
    if node.figure:
        picture.text(left + width - 10, top + 19, node.figure, "mark figure end")


def batch(picture: Picture, top: float) -> None:
    """Draw how a release comes to where requests find it; no request waits for it."""
    draw_row(picture, BUILD, top)
    picture.text(MIDDLE[0] + MIDDLE[1] / 2, top - 9, "in batch, beforehand", "faint said middle")
    store, middle = TOP + STORE * STEP + HIGH / 2, top + HIGH / 2
    for edge, margin, towards in ((LEFT[0], 10.0, "right"), (RIGHT[0] + RIGHT[1], 790.0, "left")):
        inward = 1 if towards == "right" else -1
        picture.dashed(
            [(edge, middle), (margin, middle), (margin, store), (edge - inward * 8, store)],
            "edge-line",
        )
        picture.head(edge - inward * 2, store, towards, "edge")


def notes(timings: Timings) -> tuple[str, ...]:
    """Return what the figures are, and where they were taken."""
    return (
        f"{timings.taken}: a warm request with a photo of",
        (
            f"{timings.photo}, and one area of {timings.record_bytes} bytes from each place; real "
            "servers on the same machine, Valkey read"
        ),
        (
            "by its maker's client. AWS adds its network, not measured. Below a name: its module "
            "in src/fieldmark. Dashed: in batch."
        ),
    )
