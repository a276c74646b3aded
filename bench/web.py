"""The website under load, against the bare pipeline in threads, over loopback on the same cores."""

import asyncio
import io
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from PIL import Image

from fieldmark import compose
from fieldmark.domain.answer import Answer
from fieldmark.identify import LocalIdentifier
from fieldmark.ports import Question
from fieldmark.settings import Settings
from machine import describe, large_photo, ratio, verdict
from web_load import Reply, closed_loop, open_loop, percentile

FIELDMARK = Path(sys.executable).with_name("fieldmark")
ROUNDS = 5
PHOTOS = 80
CORES = len(os.sched_getaffinity(0))
CLIENTS = 2 * CORES
SECONDS = 20.0
HEAD_BYTES, LONGER_PX, SHORTER_PX = 256 * 1024, 1024, 520
"""As in static/js/photo.js."""
TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print what it ran on and one line per figure."""
    print(describe())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = large_photo(folder / "12mp.jpg").read_bytes()
        downscaled(folder)
        with serving(folder) as (port, pid):
            capacity = throughput(port, pid, photo)
            latency(port, photo, capacity)
        with serving(folder) as (port, pid):
            memory(port, pid, photo)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """Run ``fieldmark serve`` on a free port and yield port and process id."""
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("FIELDMARK_")},
        "FIELDMARK_JOURNAL": str(folder / "journal.sqlite"),
    }
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [FIELDMARK, "serve", "--port", "0"],
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )
        assert server.stderr is not None  # noqa: S101  # it was asked for
        line = next(line for line in server.stderr if "http://" in line)
        port = int(line.split("http://127.0.0.1:")[1].split()[0])
        drain = threading.Thread(
            target=lambda: [log.write(line.encode()) for line in server.stderr or ()], daemon=True
        )
        drain.start()
        try:
            yield port, server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
            drain.join(5)


def throughput(port: int, pid: int, photo: bytes) -> float:
    """Compare photos per second and CPU per photo with the bare pipeline; return the server's."""
    asyncio.run(closed_loop(port, photo, CLIENTS, 20))
    rates, costs, ours, bares = [], [], [], []
    with closing(compose.local_identifier(Settings())) as identifier:
        bare(identifier, photo, 20)
        for _ in range(ROUNDS):
            bare_s, bare_cpu = bare(identifier, photo, PHOTOS)
            cpu, start = cpu_s(pid), time.perf_counter()
            replies = asyncio.run(closed_loop(port, photo, CLIENTS, PHOTOS))
            took_s = time.perf_counter() - start
            require_answers(replies)
            rates.append(bare_s / took_s)
            costs.append((cpu_s(pid) - cpu) / bare_cpu)
            ours.append(PHOTOS / took_s)
            bares.append(PHOTOS / bare_s)
    rate = statistics.median(ours)
    print(f"     12 MP: server {rate:.1f} photos/s, bare {statistics.median(bares):.1f} photos/s")
    print(verdict("throughput / bare pipeline", statistics.median(rates), 0.85, "x", least=True))
    print(verdict("server CPU per photo / bare", statistics.median(costs), 1.2, "x"))
    return rate


def bare(identifier: LocalIdentifier, photo: bytes, photos: int) -> tuple[float, float]:
    """Return the seconds and the CPU seconds of so many photos in threads."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(lambda _: identifier.identify(photo, Question()), range(photos)))
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, cpu


def latency(port: int, photo: bytes, capacity: float) -> None:
    """Measure at 60 % of capacity and at five times as much."""
    calm = asyncio.run(open_loop(port, photo, 0.6 * capacity, SECONDS))
    answers = [reply.took_s for reply in calm if reply.status == 200]
    p50, p99 = (percentile(answers, share) for share in (0.5, 0.99))
    print(
        f"     60 % of capacity, arrivals at random: p50 {p50 * 1e3:.0f} ms, "
        f"p99 {p99 * 1e3:.0f} ms, {len(answers)} answers, {len(calm) - len(answers)} refused"
    )
    print(verdict("p99 / p50 at 60 % of capacity", p99 / p50, 3.0, "x"))
    storm = asyncio.run(open_loop(port, photo, 5.0 * capacity, SECONDS))
    accepted = [reply.took_s for reply in storm if reply.status == 200]
    refused = [reply.took_s for reply in storm if reply.status == 503]
    other = len(storm) - len(accepted) - len(refused)
    print(
        f"     5 x capacity: {len(accepted)} answers ({len(accepted) / SECONDS:.1f}/s), p50 "
        f"{percentile(accepted, 0.5) * 1e3:.0f} ms, {len(refused)} refused, {other} other"
    )
    print(verdict("p99 of accepted / p99 at 60 %", percentile(accepted, 0.99) / p99, 1.0, "x"))
    print(verdict("p99 of accepted / p50 at 60 %", percentile(accepted, 0.99) / p50, 3.0, "x"))
    for share in (0.5, 0.99, 1.0):
        took_ms = percentile(refused, share) * 1e3
        print(verdict(f"refusal, p{100 * share:.0f}", took_ms, 50.0, "ms"))


def memory(port: int, pid: int, photo: bytes) -> None:
    """Compare resident memory after 5,000 requests with that after 500."""
    require_answers(asyncio.run(closed_loop(port, photo, CLIENTS, 500)))
    early = resident_mb(pid)
    require_answers(asyncio.run(closed_loop(port, photo, CLIENTS, 4500)))
    late = resident_mb(pid)
    print(f"     resident memory: {early:.0f} MB after 500 requests, {late:.0f} MB after 5,000")
    print(verdict("memory after 5,000 / after 500", late / early, 1.05, "x"))


def downscaled(folder: Path) -> None:
    """Compare photos as the page sends them with their originals: time, and the animal named."""
    with closing(compose.local_identifier(Settings())) as identifier:
        original = large_photo(folder / "original.jpg").read_bytes()
        small, head = copy_of(original), original[:HEAD_BYTES]
        copy_s, whole_s, times = ratio(
            lambda: identifier.identify(small, Question(metadata=head)),
            lambda: identifier.identify(original, Question()),
            30,
        )
        print(f"     12 MP: the page's copy {copy_s * 1e3:.1f} ms, whole {whole_s * 1e3:.1f} ms")
        print(verdict("a downscaled photo / its original", times, 0.5, "x"))
        same = 0
        examples = compose.examples()
        for path in examples.values():
            whole = path.read_bytes()
            copied = identifier.identify(copy_of(whole), Question(metadata=whole[:HEAD_BYTES]))
            same += named(copied) == named(identifier.identify(whole, Question()))
        print(verdict("examples with the same best animal", same, len(examples), "", least=True))


def copy_of(photo: bytes) -> bytes:
    """Return the copy that the page sends: its rule for the size, Pillow's resampling."""
    with Image.open(io.BytesIO(photo)) as image:
        longer, shorter = max(image.size), min(image.size)
        scale = min(1.0, max(LONGER_PX / longer, SHORTER_PX / shorter))
        size = (round(image.width * scale), round(image.height * scale))
        copy = io.BytesIO()
        image.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(copy, "JPEG", quality=90)
    return copy.getvalue()


def named(answer: Answer) -> int | None:
    """Return the animal that the answer names."""
    return None if answer.best is None else answer.best.taxon.id


def require_answers(replies: list[Reply]) -> None:
    """End the benchmark if anything was not answered: figures of failures mean nothing."""
    bad = [reply.status for reply in replies if reply.status != 200]
    if bad:
        raise SystemExit(f"{len(bad)} of {len(replies)} requests failed: {sorted(set(bad))}")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and the children it has now."""
    total = 0.0
    for each in (pid, *children(pid)):
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) * TICK_S
    return total


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process and its children in MB."""
    kilobytes = 0
    for each in (pid, *children(pid)):
        status = Path(f"/proc/{each}/status").read_text()
        kilobytes += int(status.split("VmRSS:")[1].split()[0])
    return kilobytes * 1024 / 1e6


def children(pid: int) -> list[int]:
    """Return the process ids of the children."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


if __name__ == "__main__":
    main()
