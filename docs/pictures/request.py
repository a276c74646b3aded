"""One request in time: its stages to scale, and where the area may come from."""

import math
from dataclasses import dataclass
from typing import Final

from svg import Picture
from timings import Timings, milliseconds

__all__ = ["draw"]

WIDTH: Final = 800
EDGE: Final = 24

BAR_TOP: Final = 96
BAR_HIGH: Final = 48

ROOM: Final = 66
"""What a stage must be as wide as for its words."""

SCALE_LEFT: Final = 286.0
SCALE_RIGHT: Final = 752.0
LEAST_MS: Final = 1e-3
MOST_MS: Final = 1e5
ROWS_TOP: Final = 256
ROW_HIGH: Final = 30


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a request, what it is called, and its colour."""

    key: str
    words: str
    colour: str


STAGES: Final = (
    Stage("read", "read the photo", "edge"),
    Stage("locate", "locate", "place"),
    Stage("area", "area", "place"),
    Stage("infer", "classify", "looks"),
    Stage("fuse", "weigh", "mark"),
)


@dataclass(frozen=True, slots=True)
class Reach:
    """How long it takes to get an area from somewhere, or to do without.

    ``figure`` is what is written; a time that was not measured here is drawn as a ring, and a
    range as a line to ``until_ms``.
    """

    words: str
    where: str
    time_ms: float
    figure: str
    measured: bool = True
    until_ms: float | None = None


def reaches(timings: Timings) -> tuple[Reach, ...]:
    """Return where an area may come from, the nearest first."""
    area = timings.area_ms
    return (
        Reach("Memory", "this process has it", area["memory"], milliseconds(area["memory"])),
        Reach("A file", "one read by key", area["file"], milliseconds(area["file"])),
        Reach("Valkey", "one GET", area["valkey"], milliseconds(area["valkey"])),
        Reach("PostgreSQL", "open, read, close", area["postgresql"],
              milliseconds(area["postgresql"])),
        Reach("None in time", "answer without it", 300.0, "300 ms at most, by design",
              measured=False),
        Reach("Aurora wakes up", "nobody waits", 15e3, "15 to 30 s, says AWS",
              measured=False, until_ms=30e3),
    )  # fmt: skip


def draw(timings: Timings) -> bytes:
    """Return the picture of one request."""
    places = reaches(timings)
    foot = ROWS_TOP + len(places) * ROW_HIGH
    picture = Picture(
        WIDTH,
        foot + 118,
        "One request in time",
        "The stages of a warm request to scale, most of it spent on reading the photo and on the "
        "classifier; and, on a logarithmic scale, how long an area takes from memory, a file, "
        "Valkey and PostgreSQL.",
    )
    total = timings.stages_ms["total"]
    picture.text(EDGE, 36, "One request, to scale", "ink title")
    picture.text(WIDTH - EDGE, 36, milliseconds(total), "mark title end")
    area_from, area_to = bar(picture, timings)
    lens(picture, area_from, area_to, foot)
    scale(picture, foot)
    for at, reach in enumerate(places):
        draw_reach(picture, reach, ROWS_TOP + at * ROW_HIGH + ROW_HIGH / 2)
    for at, line in enumerate(notes(timings)):
        picture.text(EDGE, foot + 62 + at * 16, line, "faint small")
    return picture.bytes()


def bar(picture: Picture, timings: Timings) -> tuple[float, float]:
    """Draw the stages to scale, and return where that of the area begins and ends."""
    stages_ms = timings.stages_ms
    per_ms = (WIDTH - 2 * EDGE) / stages_ms["total"]
    picture.rect(EDGE, BAR_TOP, WIDTH - 2 * EDGE, BAR_HIGH, "wash")
    x, area = float(EDGE), (0.0, 0.0)
    for stage in STAGES:
        width = stages_ms[stage.key] * per_ms
        picture.rect(x, BAR_TOP, width, BAR_HIGH, stage.colour)
        label(picture, stage, x, width, stages_ms[stage.key])
        area = (x, x + width) if stage.key == "area" else area
        x += width
    return area


def label(picture: Picture, stage: Stage, x: float, width: float, time_ms: float) -> None:
    """Write what a stage is: in it where there is room, else above it."""
    middle, figure = x + width / 2, milliseconds(time_ms)
    if width > ROOM:
        picture.text(middle, BAR_TOP + 21, stage.words, "sheet middle")
        picture.text(middle, BAR_TOP + 38, figure, "sheet figure middle")
    elif stage.key != "locate":
        picture.line([(middle, BAR_TOP - 2), (middle, BAR_TOP - 8)], f"{stage.colour}-line", 1)
        last = stage is STAGES[-1]
        anchor, at = ("end", WIDTH - EDGE) if last else ("middle", middle)
        picture.text(at, BAR_TOP - 13, f"{stage.words} {figure}", f"{stage.colour} small {anchor}")


def lens(picture: Picture, left: float, right: float, foot: float) -> None:
    """Draw the frame of the second scale, and the lines that open it from the bar."""
    top, under = ROWS_TOP - 58, BAR_TOP + BAR_HIGH
    for start, end in ((left, EDGE), (right, WIDTH - EDGE)):
        picture.line([(start, under), (start, under + 6), (end, top)], "place-line", 1)
    picture.rect(EDGE + 0.5, top + 0.5, WIDTH - 2 * EDGE - 1, foot - top + 32, "place-line")
    picture.text(EDGE + 14, top + 26, "Where the area comes from", "ink title")
    picture.text(
        WIDTH - EDGE - 14, top + 26, "the record alone; decoding it is the rest", "place said end"
    )


def scale(picture: Picture, foot: float) -> None:
    """Draw the decades."""
    for power in range(round(math.log10(LEAST_MS)), round(math.log10(MOST_MS)) + 1):
        x = at_ms(10.0**power)
        picture.line([(x, ROWS_TOP), (x, foot)], "rule-line", 1)
        picture.text(x, foot + 17, duration(power), "faint small middle")


def draw_reach(picture: Picture, reach: Reach, y: float) -> None:
    """Draw one line of the second scale."""
    picture.text(EDGE + 14, y + 4, reach.words)
    picture.text(SCALE_LEFT - 14, y + 4, reach.where, "faint small end")
    x = at_ms(reach.time_ms)
    if reach.measured:
        picture.line([(SCALE_LEFT, y), (x, y)], "place-line", 2)
        picture.dot(x, y, 4.5, "place")
        picture.text(x + 12, y + 4, reach.figure, "mark figure halo")
        return
    if reach.until_ms:
        picture.line([(x, y), (at_ms(reach.until_ms), y)], "edge-line", 3)
    picture.dot(x, y, 4.5, "edge-line")
    picture.text(x - 12, y + 4, reach.figure, "faint small end halo")


def at_ms(time_ms: float) -> float:
    """Return where a time stands on the second scale."""
    share = math.log10(time_ms / LEAST_MS) / math.log10(MOST_MS / LEAST_MS)
    return SCALE_LEFT + share * (SCALE_RIGHT - SCALE_LEFT)


def duration(power: int) -> str:
    """Return 10 to the power of ``power`` milliseconds as people say it."""
    if power < 0:
        return f"{10 ** (power + 3):g} µs"
    return f"{10**power:g} ms" if power < 3 else f"{10 ** (power - 3):g} s"


def notes(timings: Timings) -> tuple[str, ...]:
    """Return what the figures are, and where they were taken."""
    return (
        f"{timings.taken} (the dots): a photo of",
        (
            f"{timings.photo}, an area of {timings.record_bytes} bytes, real servers on the same "
            "machine, Valkey read by its maker's client."
        ),
        (
            "AWS adds its network, also to each call, not measured. Rings: a bound of the design, "
            "and what AWS states."
        ),
    )
