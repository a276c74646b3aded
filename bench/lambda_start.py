"""Cold start of the ML function under AWS's runtime client, against a bare script.

From the start of a process to its first answer on a photo of 12 megapixels; the area comes from a
file, then from PostgreSQL with an empty Valkey before it. The floor imports numpy, ONNX Runtime and
Pillow, makes the session and runs the photo once.
"""

import base64
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cloud.data_tier import DataTier, data_tier
from cloud.lambda_double.function import Function
from cloud.lambda_double.running import LambdaDouble, lambda_double
from fieldmark import compose
from machine import ROOT, describe, large_photo, verdict

ROUNDS = 9
HANDLER = "fieldmark.entrypoints.aws_lambda.handler"
BARE = """
import io, sys
import numpy as np
import onnxruntime
from PIL import Image

photo, model, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
image = Image.open(photo)
image.draft("RGB", (size * 2, size * 2))
views = np.empty((2, 3, size, size), dtype=np.float32)
for view in views:
    small = image.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=3.0)
    view[:] = (np.asarray(small, dtype=np.float32).transpose(2, 0, 1) - 127.0) / 128.0
scores = session.run(None, {session.get_inputs()[0].name: views})
print(scores[0].shape, flush=True)
"""


def event(photo: bytes, latitude: float = -24.99, longitude: float = 31.55) -> bytes:
    """Return the invocation of a photo that is sent along."""
    sent = {"version": 1, "photo": base64.b64encode(photo).decode(), "name": "photo.jpg"}
    place = {"at": {"latitude": latitude, "longitude": longitude}, "taken_on": "2026-07-01"}
    return json.dumps(sent | place).encode()


def invoke(
    connection: http.client.HTTPConnection, name: str, payload: bytes
) -> tuple[bytes, float]:
    """Return what the function returns, and how many milliseconds its environment took."""
    connection.request("POST", f"/2015-03-31/functions/{name}/invocations", payload)
    response = connection.getresponse()
    data = response.read()
    if response.status != 200 or response.headers["X-Amz-Function-Error"]:
        raise RuntimeError(f"{response.status} {data[:300]!r}")
    if b'"problem": null' not in data:
        raise RuntimeError(data.decode())
    return data, float(response.headers["X-Double-Duration-Ms"])


def connected(double: LambdaDouble) -> http.client.HTTPConnection:
    """Return a connection to the double."""
    return http.client.HTTPConnection(double.url.removeprefix("http://"), timeout=60)


def cold_s(function: Function, payload: bytes) -> tuple[float, float]:
    """Return how long a new environment takes to its first answer, and its memory in MB."""
    with lambda_double([function]) as double:
        connection = connected(double)
        connection.connect()
        start_s = time.perf_counter()
        said, _ = invoke(connection, function.name, payload)
        seconds = time.perf_counter() - start_s
        (pid,) = double.pools[function.name].pids
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        connection.close()
    if json.loads(said)["answer"]["area"]["tier"] != "database":
        raise RuntimeError(f"the area was not read: {json.loads(said)['answer']['area']}")
    return seconds, int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def bare_s(command: Sequence[str | Path]) -> float:
    """Return how long the bare script takes to its scores."""
    start_s = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError("the bare script said nothing")
        seconds = time.perf_counter() - start_s
        process.wait()
    return seconds


def compare(
    function: Function, photo: Path, rounds: int, before: Callable[[], None] = lambda: None
) -> tuple[float, float, float, float]:
    """Return the medians of both, of their ratio, and the most memory; run in turn.

    ``before`` is called before each cold start.
    """
    model = compose.DEFAULT_MODEL / "model.onnx"
    floor = [sys.executable, "-c", BARE, photo, model, "260"]
    payload = event(photo.read_bytes())

    def cold() -> tuple[float, float]:
        before()
        return cold_s(function, payload)

    cold()
    bare_s(floor)
    runs = [(cold(), bare_s(floor)) for _ in range(rounds)]
    return (
        statistics.median(ours[0] for ours, _ in runs),
        statistics.median(bare for _, bare in runs),
        statistics.median(ours[0] / bare for ours, bare in runs),
        max(ours[1] for ours, _ in runs),
    )


def function(folder: Path, tier: DataTier | None = None) -> Function:
    """Return the function of this checkout, its areas in the servers or in the bundled file."""
    settings = {"FIELDMARK_METRICS": "emf"}
    if tier is not None:
        settings |= {**tier.environment, "FIELDMARK_ATLAS": tier.database}
    return Function("ml", HANDLER, ROOT / "src", settings, log=folder / "log")


def show(found: tuple[float, float, float, float], folder: Path, area: str, most: float) -> None:
    """Print what was found."""
    ours, floor, times, memory = found
    print(f"     first answer {ours * 1e3:.0f} ms, bare script {floor * 1e3:.0f} ms")
    print(f"     {parts((folder / 'log').read_text(encoding='utf-8'))}")
    print(verdict(f"cold start / bare script, area from {area}", times, most, "x"))
    print(verdict("resident memory of the function", memory, 200.0, "MB"))


def parts(log: str) -> str:
    """Return what the function itself says of its first answer."""
    line = next(line for line in reversed(log.splitlines()) if "photo.identified" in line)
    found = re.findall(r'"(\w+_ms)":([\d.]+)', line)
    return ", ".join(f"{name} {value}" for name, value in found)


def main() -> None:
    """Print what it ran on and one line per figure."""
    print(describe())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = large_photo(folder / "12mp.jpg", noise=2.0)
        print(f"     the photo: 4000 x 3000, {photo.stat().st_size / 1e6:.1f} MB")
        show(compare(function(folder), photo, ROUNDS), folder, "a file", 1.6)
        with data_tier(folder) as tier:
            reader = function(folder, tier)
            found = compare(reader, photo, ROUNDS, tier.valkey.flush)
            show(found, folder, "Valkey, then PostgreSQL", 2.6)


if __name__ == "__main__":
    main()
