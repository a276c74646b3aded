"""Cold start of the ML function under AWS's runtime client, against a bare script.

From the start of a process to its first answer on a photo of 12 megapixels; the area comes from a
file. The floor imports numpy, ONNX Runtime and Pillow, makes the session and runs the photo once.
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
from collections.abc import Sequence
from pathlib import Path

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


def event(photo: bytes) -> bytes:
    """Return the invocation of a photo that is sent along."""
    sent = {"version": 1, "photo": base64.b64encode(photo).decode(), "name": "photo.jpg"}
    place = {"at": {"latitude": -24.99, "longitude": 31.55}, "taken_on": "2026-07-01"}
    return json.dumps(sent | place).encode()


def invoke(connection: http.client.HTTPConnection, name: str, payload: bytes) -> bytes:
    """Return what the function returns."""
    connection.request("POST", f"/2015-03-31/functions/{name}/invocations", payload)
    response = connection.getresponse()
    data = response.read()
    if response.status != 200 or response.headers["X-Amz-Function-Error"]:
        raise RuntimeError(f"{response.status} {data[:300]!r}")
    if b'"problem": null' not in data:
        raise RuntimeError(data.decode())
    return data


def connected(double: LambdaDouble) -> http.client.HTTPConnection:
    """Return a connection to the double."""
    return http.client.HTTPConnection(double.url.removeprefix("http://"), timeout=60)


def cold_s(function: Function, payload: bytes) -> tuple[float, float, str]:
    """Return how long a new environment takes to its first answer, its memory in MB and its log."""
    with lambda_double([function]) as double:
        connection = connected(double)
        connection.connect()
        start_s = time.perf_counter()
        invoke(connection, function.name, payload)
        seconds = time.perf_counter() - start_s
        (pid,) = double.pools[function.name].pids
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        connection.close()
    log = function.log.read_text(encoding="utf-8") if function.log else ""
    return seconds, int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6, log


def bare_s(command: Sequence[str | Path]) -> float:
    """Return how long the bare script takes to its scores."""
    start_s = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError("the bare script said nothing")
        seconds = time.perf_counter() - start_s
        process.wait()
    return seconds


def compare(function: Function, photo: Path, rounds: int) -> tuple[float, float, float, float]:
    """Return the medians of both, of their ratio, and the most memory; run in turn."""
    model = compose.DEFAULT_MODEL / "model.onnx"
    floor = [sys.executable, "-c", BARE, photo, model, "260"]
    payload = event(photo.read_bytes())
    cold_s(function, payload)
    bare_s(floor)
    runs = [(cold_s(function, payload), bare_s(floor)) for _ in range(rounds)]
    return (
        statistics.median(ours[0] for ours, _ in runs),
        statistics.median(bare for _, bare in runs),
        statistics.median(ours[0] / bare for ours, bare in runs),
        max(ours[1] for ours, _ in runs),
    )


def parts(log: str) -> str:
    """Return what the function itself says of its first answer."""
    found = re.findall(r'"(\w+_ms)":([\d.]+)', log.splitlines()[-1])
    return ", ".join(f"{name} {value}" for name, value in found)


def main() -> None:
    """Print what it ran on and one line per figure."""
    print(describe())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = large_photo(folder / "12mp.jpg", noise=2.0)
        print(f"     the photo: 4000 x 3000, {photo.stat().st_size / 1e6:.1f} MB")
        settings = {"FIELDMARK_METRICS": "emf"}
        function = Function("ml", HANDLER, ROOT / "src", settings, log=folder / "log")
        ours, floor, times, memory = compare(function, photo, ROUNDS)
        print(f"     first answer {ours * 1e3:.0f} ms, bare script {floor * 1e3:.0f} ms")
        print(f"     {parts((folder / 'log').read_text(encoding='utf-8'))}")
        print(verdict("cold start / bare script, area from a file", times, 1.6, "x"))
        print(verdict("resident memory of the function", memory, 200.0, "MB"))


if __name__ == "__main__":
    main()
