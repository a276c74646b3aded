"""What the ML function adds to the bare pipeline on a warm environment.

Small photos: the whole way by HTTP through the double and AWS's runtime client, and back. Larger
ones: the runtime client's marshalling and the handler, against JSON and base64 alone.
"""

import base64
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from PIL import Image

from cloud.lambda_double.function import Function
from cloud.lambda_double.running import lambda_double
from fieldmark import compose
from fieldmark.domain.position import Position
from fieldmark.entrypoints import aws_lambda
from fieldmark.ports import Question
from fieldmark.settings import Settings
from lambda_start import HANDLER, connected, event, invoke
from machine import ROOT, describe, large_photo, verdict

ROUNDS = 200
KRUGER = Question(at=Position(-24.99, 31.55), month=7, name="photo.jpg")


class Context:
    """What the runtime says of an event."""

    aws_request_id = "bench"
    memory_limit_in_mb = "1769"
    function_version = "$LATEST"

    def get_remaining_time_in_millis(self) -> int:
        """Return plenty."""
        return 30_000


def photo_of(size_bytes: int, source: Path) -> bytes:
    """Return the photo as a JPEG of about so many bytes."""
    with Image.open(source) as image:
        image.load()
        exif = image.getexif()
        low, high = 100, image.width
        while high - low > 8:
            width = (low + high) // 2
            data = _jpeg(image, width, exif)
            low, high = (width, high) if len(data) < size_bytes else (low, width)
        return _jpeg(image, low, exif)


def _jpeg(image: Image.Image, width: int, exif: Image.Exif) -> bytes:
    out = io.BytesIO()
    small = image.resize((width, round(image.height * width / image.width)))
    small.save(out, "JPEG", quality=90, exif=exif)
    return out.getvalue()


def paired(
    ours: Callable[[], float], other: Callable[[], float], rounds: int
) -> tuple[float, float, float]:
    """Return the medians of both and of their difference, taken in turn; in milliseconds."""
    for _ in range(5):
        ours()
        other()
    pairs = [(ours(), other()) for _ in range(rounds)]
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[0] - pair[1] for pair in pairs),
    )


def took_ms(call: Callable[[], Any]) -> float:
    """Return how long a call took."""
    start_s = time.perf_counter()
    call()
    return (time.perf_counter() - start_s) * 1e3


def round_trip(photo: bytes) -> str:
    """Compare the round trip to a frozen environment with the pipeline that it ran."""
    function = Function("ml", HANDLER, ROOT / "src", {"FIELDMARK_METRICS": "emf"})
    payload = event(photo)
    within: list[float] = []
    with lambda_double([function]) as double:
        connection = connected(double)

        def there() -> float:
            start_s = time.perf_counter()
            answer = json.loads(invoke(connection, "ml", payload))["answer"]
            took = (time.perf_counter() - start_s) * 1e3
            within.append(answer["timing_ms"]["total"])
            return took

        for _ in range(10):
            there()
        within.clear()
        took = [there() for _ in range(ROUNDS)]
        connection.close()
    extra_ms = statistics.median(t - w for t, w in zip(took, within, strict=True))
    print(
        f"     {len(photo) / 1e3:.0f} KB: round trip {statistics.median(took):.1f} ms, "
        f"pipeline {statistics.median(within):.1f} ms"
    )
    return verdict("warm invoke over its pipeline, 200 KB, memory hit", extra_ms, 2.0, "ms")


def marshalling(photo: bytes) -> str:
    """Compare what the function adds to the pipeline with reading JSON and base64."""
    identifier = compose.local_identifier(Settings())
    marshaller = LambdaMarshaller()
    payload = event(photo)

    def function() -> None:
        returned = aws_lambda.handler(marshaller.unmarshal_request(payload), Context())
        marshaller.marshal_response(returned)

    def floor() -> None:
        base64.b64decode(json.loads(payload)["photo"])

    ours, bare, extra = paired(
        lambda: took_ms(function),
        lambda: took_ms(lambda: identifier.identify(photo, KRUGER)),
        ROUNDS,
    )
    floor_ms = statistics.median(took_ms(floor) for _ in range(ROUNDS))
    print(
        f"     {len(photo) / 1e6:.1f} MB: function {ours:.1f} ms, pipeline {bare:.1f} ms, "
        f"between them {extra:.2f} ms; JSON and base64 {floor_ms:.2f} ms"
    )
    identifier.close()
    return verdict("what the function adds / JSON and base64", extra / floor_ms, 1.3, "x")


def main() -> None:
    """Print what it ran on and one line per figure."""
    print(describe())
    with tempfile.TemporaryDirectory() as name:
        source = large_photo(Path(name) / "12mp.jpg", noise=6.0)
        print(round_trip(photo_of(200_000, source)))
        for size_bytes in (1_000_000, 3_000_000):
            print(marshalling(photo_of(size_bytes, source)))


if __name__ == "__main__":
    main()
