"""What was measured for the pictures: read from timings.json, which measure.py writes."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

__all__ = ["FILE", "Timings", "milliseconds", "read_timings"]

FILE: Final = Path(__file__).with_name("timings.json")


@dataclass(frozen=True, slots=True)
class Timings:
    """Medians of one run of measure.py, and what it ran on."""

    measured_on: str
    machine: str
    photo: str
    record_bytes: int
    stages_ms: dict[str, float]
    area_ms: dict[str, float]

    @property
    def taken(self) -> str:
        """How, when and where they were taken, in a few words."""
        cpu, cores = self.machine.split(";")[0].split(", ")
        where = f"{cpu.replace('(R)', '').replace(' Processor', '')}, {cores}"
        return f"Medians, of the quietest of eight blocks, {self.measured_on}, {where}"

    def as_json(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)


def read_timings() -> Timings:
    """Return what the file says."""
    return Timings(**json.loads(FILE.read_text(encoding="utf-8")))


def milliseconds(time_ms: float) -> str:
    """Return a time as people read it: two digits from a millisecond on, one below."""
    digits = 2 if time_ms >= 1 else 1
    return f"{float(f'{time_ms:.{digits}g}'):g} ms"
