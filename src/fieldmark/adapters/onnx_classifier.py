"""The model, run by ONNX Runtime."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.adapters.model_bundle import ModelBundle
from fieldmark.domain.answer import ModelInfo, Thresholds
from fieldmark.domain.fusion import FusionSpec
from fieldmark.domain.taxon import Label
from fieldmark.errors import ModelBroken
from fieldmark.photo.views import ViewSpec

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["OnnxClassifier"]

_EXTERNAL: Final = b"\x0a\x08location"
"""The key of a weight that lives in a file of its own (onnx.proto3, StringStringEntryProto)."""


class OnnxClassifier:
    """A ports.Classifier over one session; threads may share it.

    ``threads`` work on one photo; they sleep between two layers instead of spinning, which would
    take the core from the photo beside (docs/decisions/0012).

    Raises:
        ModelBroken: ONNX Runtime does not take the model, or it does not fit its manifest or its
            labels.
    """

    def __init__(self, bundle: ModelBundle, threads: int = 1) -> None:
        self._where = bundle.where
        self._manifest = bundle.manifest
        self._labels = bundle.labels
        self._session = _session(bundle, threads)
        self._input, self._one_by_one = _input(bundle, self._session)
        self._output = _output(bundle, self._session)

    @property
    def info(self) -> ModelInfo:
        """See ports.Classifier."""
        return self._manifest.info

    @property
    def views(self) -> ViewSpec:
        """See ports.Classifier."""
        return self._manifest.views

    @property
    def labels(self) -> Sequence[Label]:
        """See ports.Classifier."""
        return self._labels

    @property
    def fusion(self) -> FusionSpec:
        """See ports.Classifier."""
        return self._manifest.fusion

    @property
    def thresholds(self) -> Thresholds:
        """See ports.Classifier."""
        return self._manifest.thresholds

    def logits(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ports.Classifier."""
        batches = [view[np.newaxis] for view in pixels] if self._one_by_one else [pixels]
        scores = np.concatenate([self._run(batch) for batch in batches])
        if scores.shape != (len(pixels), len(self._labels)) or not np.isfinite(scores).all():
            raise ModelBroken(
                f"{self._where}: the model returned {list(scores.shape)} scores for {len(pixels)} "
                f"views and {len(self._labels)} labels, or some are not finite; "
                "run fieldmark model check"
            )
        return np.asarray(scores.mean(axis=0), dtype=np.float32)

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            (scores,) = self._session.run([self._output], {self._input: batch})
        except _vendor_errors() as error:
            raise ModelBroken(
                f"{self._where}: the model cannot run: {_first_line(error)}"
            ) from error
        return np.asarray(scores, dtype=np.float32)


def _session(bundle: ModelBundle, threads: int) -> "InferenceSession":
    if _EXTERNAL in bundle.onnx:
        raise ModelBroken(
            f"{bundle.where}: the model keeps weights in other files; "
            "save it as one file: onnx.save(model, path, save_as_external_data=False)"
        )
    import onnxruntime  # noqa: PLC0415  50 ms that only those pay who open a model

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            bundle.onnx, options, providers=["CPUExecutionProvider"]
        )
    except _vendor_errors() as error:
        raise ModelBroken(
            f"{bundle.where}: ONNX Runtime {onnxruntime.__version__} does not take the model: "
            f"{_first_line(error)}; export it for an older opset or update onnxruntime"
        ) from error


def _vendor_errors() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises: its errors share no class but Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415

    own = [value for value in vars(state).values() if isinstance(value, type)]
    errors = [error for error in own if issubclass(error, Exception)]
    return (*errors, RuntimeError, ValueError, TypeError)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]


def _input(bundle: ModelBundle, session: "InferenceSession") -> tuple[str, bool]:
    """Return the input's name and whether it takes one view at a time."""
    inputs: list[Any] = session.get_inputs()
    size = bundle.manifest.views.size
    fits = len(inputs) == 1 and inputs[0].type == "tensor(float)" and len(inputs[0].shape) == 4
    shape = inputs[0].shape if fits else []
    if not fits or any(
        isinstance(side, int) and side != due
        for side, due in zip(shape[1:], (3, size, size), strict=True)
    ):
        found = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
        raise ModelBroken(
            f"{bundle.where}: the model takes {found or 'nothing'}; "
            f"it must take one float32 input of [n, 3, {size}, {size}]: "
            "export it so, or correct [input] size in manifest.toml"
        )
    if isinstance(shape[0], int) and shape[0] not in (1, len(bundle.manifest.views.views)):
        raise ModelBroken(
            f"{bundle.where}: the model takes {shape[0]} views at a time; export it with a "
            "dynamic first dimension"
        )
    return str(inputs[0].name), shape[0] == 1


def _output(bundle: ModelBundle, session: "InferenceSession") -> str:
    outputs: list[Any] = session.get_outputs()
    labels = len(bundle.labels)
    shape = outputs[0].shape if len(outputs) == 1 else []
    if len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != labels):
        found = ", ".join(f"{one.name} {one.shape}" for one in outputs)
        raise ModelBroken(
            f"{bundle.where}: the model returns {found or 'nothing'}; it must return one output of "
            f"[n, {labels}] scores before softmax, one for each row of labels.csv"
        )
    return str(outputs[0].name)
