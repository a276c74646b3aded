"""Networks that know ranges, in ONNX or TFLite: place and week → probability of each species.

A network takes one tensor ``[N, 3]`` of latitude, longitude and week, and gives ``[N, S]``; so do
BirdNET's of 2023 (TFLite) and of 2026 (ONNX). Weeks are BirdNET's: 48 to the year, four to each
month, from 1. ONNX is run by ONNX Runtime, which Fieldmark has anyway. TFLite is run by
ai-edge-litert, the name under which its makers go on with it: tflite-runtime ended in 2023, without
a wheel for Python 3.12 or for NumPy 2.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fieldmark.errors import ExtraMissing, SourceBroken

__all__ = ["WEEKS", "RangeNetwork", "is_network", "open_network"]

WEEKS: Final = 48

_MOST_BYTES: Final = 2**30
_HEAD_BYTES: Final = 8
_INPUTS: Final = 3
_TFLITE_MARK: Final = b"TFL3"
_EXTERNAL: Final = b"\x0a\x08location"
"""The key of a weight in a file of its own (onnx.proto3, StringStringEntryProto)."""

_IR_VERSION: Final = 0x08
_NEWEST_IR: Final = 32
_NEXT_FIELDS: Final = frozenset({0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42})

Matrix = NDArray[np.float32]


class RangeNetwork(Protocol):
    """A network that was opened."""

    @property
    def species(self) -> int:
        """How many species it knows, S."""
        ...

    def predict(self, queries: Matrix) -> Matrix:
        """Return ``[N, S]``, the probability of each species.

        Args:
            queries: ``[N, 3]``: degrees north, degrees east, week from 1 to 48.
        Raises:
            SourceBroken: the network cannot be run, or gives no probabilities.
        """
        ...


def is_network(head: bytes) -> bool:
    """Tell whether a file that begins so is a TFLite or an ONNX model.

    TFLite has a mark at byte 4. ONNX has none: its first field is by custom the version of its
    form, a small number, and another of the fields of a model follows (onnx.proto, ModelProto).
    """
    return _is_tflite(head) or (
        len(head) >= _HEAD_BYTES
        and head[0] == _IR_VERSION
        and head[1] <= _NEWEST_IR
        and head[2] in _NEXT_FIELDS
    )


def open_network(path: Path) -> RangeNetwork:
    """Return the network in that file, by its content.

    Raises:
        SourceBroken: the file cannot be read, or is no network of this kind.
        ExtraMissing: it is TFLite, and what runs TFLite is not installed.
    """
    content = _content(path)
    try:
        return (_Tflite if _is_tflite(content) else _Onnx)(path, content)
    except (SourceBroken, ExtraMissing):
        raise
    except Exception as error:  # the errors of both vendors share no class but this
        raise SourceBroken(f"{path} is no sound model: {_first_line(error)}") from error


class _Tflite:
    """See RangeNetwork."""

    def __init__(self, path: Path, content: bytes) -> None:
        try:
            runtime: Any = importlib.import_module("ai_edge_litert.interpreter")  # an extra
        except ImportError as error:
            raise ExtraMissing(f"{path} is TFLite; pip install 'fieldmark[birdnet]'") from error
        self._path = path
        self._interpreter = runtime.Interpreter(model_content=content)
        taken, given = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        self.species = _species(
            path, [list(end["shape"]) for end in taken], [list(end["shape"]) for end in given]
        )
        self._input, self._output = taken[0]["index"], given[0]["index"]
        self._length = 0

    def predict(self, queries: Matrix) -> Matrix:
        """See RangeNetwork."""
        return _checked(self._path, lambda: self._run(queries), (len(queries), self.species))

    def _run(self, queries: Matrix) -> Matrix:
        if self._length != len(queries):
            self._interpreter.resize_tensor_input(self._input, list(queries.shape))
            self._interpreter.allocate_tensors()
            self._length = len(queries)
        self._interpreter.set_tensor(self._input, queries)
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self._output))


class _Onnx:
    """See RangeNetwork."""

    def __init__(self, path: Path, content: bytes) -> None:
        if _EXTERNAL in content:
            raise SourceBroken(f"{path} keeps its weights in other files; save it as one file")
        import onnxruntime  # noqa: PLC0415  50 ms that only those pay who open a model

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._path = path
        self._session: Any = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        taken, given = self._session.get_inputs(), self._session.get_outputs()
        self.species = _species(path, [end.shape for end in taken], [end.shape for end in given])
        self._input = taken[0].name
        self._step = taken[0].shape[0] if isinstance(taken[0].shape[0], int) else None

    def predict(self, queries: Matrix) -> Matrix:
        """See RangeNetwork."""
        return _checked(self._path, lambda: self._run(queries), (len(queries), self.species))

    def _run(self, queries: Matrix) -> Matrix:
        """Run a model that was exported for so many queries at once on that many."""
        step = self._step or len(queries)
        padded = np.concatenate([queries, np.repeat(queries[-1:], -len(queries) % step, axis=0)])
        parts = [padded[start : start + step] for start in range(0, len(padded), step)]
        out = [self._session.run(None, {self._input: part})[0] for part in parts]
        return np.asarray(np.concatenate(out)[: len(queries)])


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceBroken(f"{path} has more bytes than a range model may, {_MOST_BYTES:,}")
        content = path.read_bytes()
    except OSError as error:
        raise SourceBroken(f"{path} cannot be read: {error.strerror}") from error
    if not is_network(content[:_HEAD_BYTES]):
        raise SourceBroken(f"{path} is neither a TFLite nor an ONNX model")
    return content


def _is_tflite(head: bytes) -> bool:
    return head[4:_HEAD_BYTES] == _TFLITE_MARK


def _species(path: Path, taken: list[list[Any]], given: list[list[Any]]) -> int:
    """Return S of a network ``[N, 3]`` → ``[N, S]``."""
    if [len(shape) for shape in taken] != [2] or taken[0][1] != _INPUTS:
        raise SourceBroken(
            f"{path} takes {taken}; a range model takes one tensor [N, 3]: latitude, longitude and "
            "week"
        )
    width = given[0][1] if [len(shape) for shape in given] == [2] else None
    if not isinstance(width, int | np.integer) or width < 1:
        raise SourceBroken(f"{path} gives {given}; a range model gives one tensor [N, species]")
    return int(width)


def _checked(path: Path, run: Callable[[], Matrix], shape: tuple[int, int]) -> Matrix:
    try:
        found = run()
    except Exception as error:  # the errors of both vendors share no class but this
        raise SourceBroken(f"{path}: the model cannot run: {_first_line(error)}") from error
    if found.shape != shape:
        raise SourceBroken(f"{path} gives {found.shape} where {shape} is due")
    if not (found.min() >= 0.0 and found.max() <= 1.0):  # false for NaN too
        raise SourceBroken(
            f"{path} gives numbers from {found.min():g} to {found.max():g}, no probabilities; "
            "export it with its sigmoid"
        )
    return found


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
