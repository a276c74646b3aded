"""The report's outside shape: what ``--report x.json`` writes and both pages show."""

from typing import Literal

import msgspec

from fieldmark.evaluate.methods import Method
from fieldmark.evaluate.truth import Level

__all__ = [
    "Accuracy",
    "Answers",
    "Calibration",
    "CalibrationBin",
    "Change",
    "Failed",
    "Fitted",
    "NoClass",
    "OutOfFold",
    "Paired",
    "PhotoLine",
    "Region",
    "Report",
    "Share",
    "Tuning",
]


class Share(msgspec.Struct, frozen=True):
    """``right`` of ``count``, with its Wilson interval; ``share`` is null of nothing."""

    right: int
    count: int
    share: float | None
    low: float
    high: float


class Accuracy(msgspec.Struct, frozen=True):
    """How often the truth is among the first ``top``, of the photos that could be right."""

    level: Level
    top: int
    method: Method
    share: Share


class Change(msgspec.Struct, frozen=True):
    """A photo whose first animal the area turns right or wrong."""

    kind: Literal["fixed", "broken"]
    level: Level
    photo: str
    truth: str
    region: str
    before: str
    after: str


class Paired(msgspec.Struct, frozen=True):
    """Fieldmark's top-1 against another method's on the same photos.

    ``difference`` in share, with the interval of Bonett and Price; ``p`` is McNemar's, exact.
    """

    against: Method
    level: Level
    fixed: int
    broken: int
    count: int
    difference: float
    low: float
    high: float
    p: float


class Answers(msgspec.Struct, frozen=True):
    """What a method's answers say, over all photos: ``right`` of those confident, and the rest."""

    method: Method
    confident: Share
    single: Share
    rolled_up: Share
    unsure: int
    not_an_animal: int


class CalibrationBin(msgspec.Struct, frozen=True):
    """Photos whose first animal scores about the same."""

    low: float
    high: float
    count: int
    score: float
    right: Share


class Calibration(msgspec.Struct, frozen=True):
    """Score against truth of the first animal, over the photos that have a class."""

    method: Method
    photos: int
    ece: float
    brier: float
    loss: float
    bins: list[CalibrationBin]


class Region(msgspec.Struct, frozen=True):
    """Top-1 at species level by where the photos were taken, and what the area changes."""

    name: str
    before: Share
    after: Share
    fixed: int
    broken: int


class NoClass(msgspec.Struct, frozen=True):
    """A photo of an animal that the model has no class for, and what the answer calls it.

    ``said`` is null where the answer says "no animal". ``wrong_species``: a single animal, stated
    as safe, that it is not; ``same_genus``: at least of the right genus.
    """

    photo: str
    truth: str
    said: str | None
    score: float
    confident: bool
    rolled_up: bool
    wrong_species: bool
    same_genus: bool


class PhotoLine(msgspec.Struct, frozen=True):
    """One photo: the winner by looks, where the area leaves it, and what the answer says."""

    photo: str
    truth: str
    region: str
    has_class: bool
    winner: str
    winner_score: float
    winner_rank: int
    here: str | None
    first: str
    score: float
    best: str | None
    rolled_up: bool
    confident: bool
    right: bool


class Failed(msgspec.Struct, frozen=True):
    """A photo that could not be judged."""

    photo: str
    reason: str


class Fitted(msgspec.Struct, frozen=True):
    """One tuned number; where the photos speak of it, their estimate and its 95 % interval.

    ``value`` stays where the number rests as long as the interval holds that.
    """

    name: str
    value: float
    estimate: float | None
    low: float | None
    high: float | None


class OutOfFold(msgspec.Struct, frozen=True):
    """The tuned numbers on photos that they were not tuned on.

    ``loss`` of the true taxa in nats, of the photo alone, with the numbers in use and tuned;
    ``gain`` is the loss in use less the tuned one, with its interval.
    """

    folds: int
    photos: int
    top_1_photo_only: Share
    top_1: Share
    fixed: list[str]
    broken: list[str]
    confident: Share
    ece: float
    loss_photo_only: float
    loss_in_use: float
    loss: float
    gain: float
    gain_low: float
    gain_high: float


class Tuning(msgspec.Struct, frozen=True):
    """What tuning found, on what, and what to paste into the model's manifest."""

    photos: int
    with_class: int
    with_area: int
    fitted: list[Fitted]
    out_of_fold: OutOfFold
    said: str
    manifest: str


class Report(msgspec.Struct, frozen=True):
    """Accuracy of one model and one atlas on one truth file."""

    model: str
    atlas: str | None
    photos: int
    judged: int
    with_area: int
    with_class: int
    fusion: dict[str, float]
    thresholds: dict[str, float]
    accuracy: list[Accuracy]
    changes: list[Change]
    paired: list[Paired]
    answers: list[Answers]
    calibration: list[Calibration]
    regions: list[Region]
    no_class: list[NoClass]
    lines: list[PhotoLine]
    failures: list[Failed]
    notes: list[str]
    tuning: Tuning | None = None
