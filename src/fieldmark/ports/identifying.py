"""Photo to answer, and the model behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.answer import Answer, ModelInfo, Thresholds
from fieldmark.domain.fusion import FusionSpec
from fieldmark.domain.position import Position
from fieldmark.domain.taxon import Label
from fieldmark.photo.views import ViewSpec

__all__ = ["Classifier", "Identifier", "Question", "StoredPhoto", "UseArea"]

UseArea = Literal["auto", "off", "required"]


class Classifier(Protocol):
    """A model: what it wants to see, what its outputs mean, and the outputs themselves."""

    @property
    def info(self) -> ModelInfo:
        """Name and version, as answers state them."""
        ...

    @property
    def views(self) -> ViewSpec:
        """How a photo must be prepared."""
        ...

    @property
    def labels(self) -> Sequence[Label]:
        """The meaning of each output, in output order."""
        ...

    @property
    def fusion(self) -> FusionSpec:
        """The numbers of the fusion tuned for this model."""
        ...

    @property
    def thresholds(self) -> Thresholds:
        """Where an answer of this model becomes safe to state."""
        ...

    def logits(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ``[L]`` scores before softmax, the mean over the views.

        Args:
            pixels: ``[n, 3, H, W]``, the views of one photo, prepared as ``views`` says.
        Raises:
            ModelBroken: the model cannot run on them.
        """
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks of one photo beside the photo itself.

    ``cell`` and ``month`` are for who does not want to say where and when exactly: an H3 cell in
    place of a position, a month in place of a day; ``at`` and ``on`` beat them.
    ``metadata``: the first bytes of the original, where the photo is a copy that lost them.
    ``traceparent`` is the request's that it came with, for who answers elsewhere (W3C Trace
    Context).
    """

    at: Position | None = None
    on: date | None = None
    cell: int | None = None
    month: int | None = None
    top: int = 5
    use_area: UseArea = "auto"
    captive: bool = False
    metadata: bytes | None = None
    name: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo that lies in the store of uploads, by its key there."""

    key: str


@runtime_checkable
class Identifier(Protocol):
    """Photo to answer, here or elsewhere."""

    def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        """Return the ranked animals of the photo and the evidence.

        Raises:
            RequestError: the photo or the question cannot be answered as sent.
            SetupError: a needed part is missing or broken.
            Overloaded: there is no room for it now.
            Unavailable: it is answered elsewhere, and there nobody answers.
        """
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...
