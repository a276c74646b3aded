"""What the ML function adds to the bare pipeline on a warm environment.

Small photos: from the event at the Runtime API, through AWS's runtime client and the handler, to
the answer there, less the pipeline in it. Larger ones: the runtime client's marshalling and the
handler, against JSON and base64 alone.
"""

import base64
import http.client
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import valkey
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from PIL import Image

from cloud.data_tier import data_tier
from cloud.lambda_double.function import Function
from cloud.lambda_double.running import lambda_double
from cloud.valkey_server import Valkey
from fieldmark import compose
from fieldmark.domain.position import Position
from fieldmark.entrypoints import aws_lambda
from fieldmark.ports import Question
from fieldmark.settings import Settings
from lambda_start import connected, event, function, invoke
from machine import describe, large_photo, verdict

ROUNDS = 200
EMPTY = """
def handler(event, context):
    return {"answer": {"photo": len(event["photo"])}, "problem": None}
"""
"""What AWS's runtime client costs by itself, and the double around it."""

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


@dataclass(frozen=True, slots=True)
class Asked:
    """One event: the round trip, the environment's time, the pipeline's and the area's, in ms."""

    round_trip_ms: float
    duration_ms: float
    pipeline_ms: float
    area_ms: float
    tier: str


def asked(reader: Function, events: Sequence[bytes], warm_up: int) -> list[Asked]:
    """Return what each event took, after some more in a new environment."""
    with lambda_double([reader]) as double:
        connection = connected(double)
        found = [_asked(connection, payload) for payload in [events[0]] * warm_up + list(events)]
        connection.close()
    return found[warm_up:]


def _asked(connection: http.client.HTTPConnection, payload: bytes) -> Asked:
    start_s = time.perf_counter()
    said, duration_ms = invoke(connection, "ml", payload)
    round_trip_ms = (time.perf_counter() - start_s) * 1e3
    answer = json.loads(said)["answer"]
    stages = answer["timing_ms"]
    area_ms = stages["locate"] + stages["area"]
    tier = answer["area"]["tier"]
    return Asked(round_trip_ms, duration_ms, stages["total"], area_ms, tier)


def memory_hits(photo: bytes, folder: Path) -> str:
    """Compare what an environment takes for an event with the pipeline in it."""
    found = asked(function(folder), [event(photo)] * ROUNDS, 10)
    extra_ms = statistics.median(one.duration_ms - one.pipeline_ms for one in found)
    print(
        f"     {len(photo) / 1e3:.0f} KB: "
        f"round trip {statistics.median(one.round_trip_ms for one in found):.1f} ms, "
        f"environment {statistics.median(one.duration_ms for one in found):.1f} ms, "
        f"pipeline {statistics.median(one.pipeline_ms for one in found):.1f} ms; "
        f"an empty function {empty_ms(event(photo), folder):.2f} ms"
    )
    return verdict("warm event over its pipeline, 200 KB, memory hit", extra_ms, 2.0, "ms")


def empty_ms(payload: bytes, folder: Path) -> float:
    """Return what an environment takes for the same event where the function does nothing."""
    (folder / "empty.py").write_text(EMPTY, encoding="ascii")
    with lambda_double([Function("ml", "empty.handler", folder)]) as double:
        connection = connected(double)
        took = [invoke(connection, "ml", payload)[1] for _ in range(ROUNDS)]
        connection.close()
    return statistics.median(took)


def valkey_hits(photo: bytes, folder: Path) -> str:
    """Compare the same with the pipeline less its area, where Valkey has the area."""
    places = [(-30.0 + 1.5 * (n // 16), 15.0 + 1.2 * (n % 16)) for n in range(ROUNDS)]
    events = [event(photo, *place) for place in places]
    with data_tier(folder) as tier:
        reader = function(folder, tier)
        asked(reader, events, 1)
        get_ms = makers_get_ms(tier.valkey)
        found = [one for one in asked(reader, events, 1) if one.tier == "valkey"]
    extra_ms = statistics.median(one.duration_ms - one.pipeline_ms + one.area_ms for one in found)
    area_ms = statistics.median(one.area_ms for one in found)
    print(
        f"     {len(found)} of {len(events)} areas came from Valkey, in {area_ms:.2f} ms; "
        f"the makers' client takes {get_ms:.2f} ms for a GET that way"
    )
    return verdict("warm event over the rest of its pipeline, Valkey hit", extra_ms, 3.0, "ms")


def makers_get_ms(server: Valkey) -> float:
    """Return what the makers' client takes to get 2 KB through the same proxy that speaks TLS."""
    with valkey.from_url(server.url.replace("valkeys", "rediss").split("?")[0],
                         ssl_ca_certs=str(server.authority.file)) as client:  # fmt: skip
        client.set("area", bytes(2000))
        return statistics.median(took_ms(lambda: client.get("area")) for _ in range(ROUNDS))


def marshalling(photo: bytes) -> str:
    """Compare what the function adds to the pipeline with reading JSON and base64."""
    identifier = compose.local_identifier(Settings())
    marshaller = LambdaMarshaller()
    payload = event(photo)

    def ours() -> None:
        returned = aws_lambda.handler(marshaller.unmarshal_request(payload), Context())
        marshaller.marshal_response(returned)

    def floor() -> None:
        base64.b64decode(json.loads(payload)["photo"])

    whole, bare, extra = paired(
        lambda: took_ms(ours),
        lambda: took_ms(lambda: identifier.identify(photo, KRUGER)),
        ROUNDS,
    )
    floor_ms = statistics.median(took_ms(floor) for _ in range(ROUNDS))
    print(
        f"     {len(photo) / 1e6:.1f} MB: function {whole:.1f} ms, pipeline {bare:.1f} ms, "
        f"between them {extra:.2f} ms; JSON and base64 {floor_ms:.2f} ms"
    )
    identifier.close()
    return verdict("what the function adds / JSON and base64", extra / floor_ms, 1.3, "x")


def main() -> None:
    """Print what it ran on and one line per figure."""
    print(describe())
    with tempfile.TemporaryDirectory() as name:
        source = large_photo(Path(name) / "12mp.jpg", noise=6.0)
        small = photo_of(200_000, source)
        print(memory_hits(small, Path(name)))
        print(valkey_hits(small, Path(name)))
        for size_bytes in (1_000_000, 3_000_000):
            print(marshalling(photo_of(size_bytes, source)))


if __name__ == "__main__":
    main()
