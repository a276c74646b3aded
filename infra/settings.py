"""What a team decides about its deployment: ``infra/settings.toml``, read into one frozen value."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal, Self, get_args

__all__ = [
    "CERTIFICATES",
    "DEPLOYABLE_PYTHONS",
    "TASK_READS",
    "Profile",
    "Settings",
    "SettingsWrong",
    "Start",
]

Profile = Literal["fargate", "lambda"]
"""Who serves the website: containers behind a load balancer, or one function."""

Start = Literal["cold", "snapstart", "provisioned"]
"""How the function of the ML service is started: one of these, so that no two can be had."""

CERTIFICATES: Final = Path(__file__).parent / "certificates"

DEPLOYABLE_PYTHONS: Final = ("3.12", "3.13", "3.14")
"""Lambda's runtimes with glibc 2.34 (Amazon Linux 2023). Python 3.11's has 2.26 (Amazon Linux 2),
and the wheels of numpy, Pillow and ONNX Runtime need 2.28: its zip runs in tests only."""

TASK_READS: Final = 2
"""Reads of the database at once, in each container of the website; a function does one."""

_PAUSING_CONNECTIONS: Final = 2000
"""Aurora's cap on max_connections where the minimum is 0 or 0.5 ACU."""
_CONNECTIONS_PER_ACU: Final = 189
"""What one ACU allows; more ACU allow more each (823 for 4, 1,669 for 8)."""
_IN_USE_SHARE: Final = 0.8
"""Of the connections; the rest is for people, migrations and Aurora itself."""

_KINDS: Final = {str: "text", int: "a whole number", float: "a number"}
_FORMS: Final = {
    "account": r"[0-9]{12}",
    "region": r"[a-z]{2}(-[a-z]+)+-[0-9]",
    "zones": r"[a-z]{2}",
    "python": r"3\.1[0-9]",
    "night": r"|([0-1]?[0-9]|2[0-3]):[0-5][0-9]",
    "morning": r"|([0-1]?[0-9]|2[0-3]):[0-5][0-9]",
    "alarm_email": r"|[^@\s]+@[^@\s]+",
    "domain": r"|([a-z0-9-]+\.)+[a-z]{2,}",
    "certificate": r"|arn:aws[\w-]*:acm:.+",
    "origin_certificate": r"|arn:aws[\w-]*:acm:.+",
    "batch_schedule": r"|(rate|cron)\(.+\)",
}


class SettingsWrong(ValueError):
    """A deployment cannot be made of these settings."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The knobs; ``docs/deploy.md`` says what each does, ``settings.toml`` holds their values."""

    profile: Profile = "fargate"
    account: str = "123456789012"
    region: str = "eu-west-1"
    zones: str = "ab"
    python: str = "3.13"

    memory_mb: int = 1769
    concurrency: int = 100
    start: Start = "cold"
    provisioned: int = 0
    web_concurrency: int = 50

    min_acu: float = 0.0
    max_acu: float = 4.0
    pause_after_s: int = 300
    cache_max_gb: int = 1
    cache_max_ecpu_per_s: int = 5000

    min_tasks: int = 1
    max_tasks: int = 6
    night: str = ""
    morning: str = ""

    log_days: int = 30
    journal_days: int = 90
    budget_usd: int = 100
    alarm_email: str = ""
    batch_schedule: str = ""

    domain: str = ""
    certificate: str = ""
    origin_certificate: str = ""
    model: str = ""
    overrides: str = ""
    api_keys: str = ""
    rate_limit: str = ""

    def __post_init__(self) -> None:
        """Check what no type says.

        Raises:
            SettingsWrong: a value is none that there is, or two do not go together.
        """
        self._check_choices()
        self._check_start()
        self._check_pairs()
        self._check_database()

    @classmethod
    def read(cls, file: Path, changes: Mapping[str, str] | None = None) -> Self:
        """Return the settings of a TOML file, with changes that are written as text.

        Raises:
            SettingsWrong: it names what is no setting, or a value cannot serve.
        """
        defaults = {field.name: field.default for field in fields(cls)}
        given: dict[str, object] = {
            **tomllib.loads(file.read_text(encoding="utf-8")),
            **(changes or {}),
        }
        for name in given:
            if name not in defaults:
                raise SettingsWrong(f"{name} is no setting; known are {', '.join(defaults)}")
        values = {name: _typed(name, value, type(defaults[name])) for name, value in given.items()}
        return cls(**values)  # type: ignore[arg-type]  # each is of its field's type

    @property
    def database_connections(self) -> int:
        """How many connections Aurora allows at least, once it has grown."""
        return min(_PAUSING_CONNECTIONS, int(self.max_acu * _CONNECTIONS_PER_ACU))

    @property
    def database_reads_at_once(self) -> int:
        """How many connections all parts together may open."""
        web = self.max_tasks * TASK_READS if self.profile == "fargate" else self.web_concurrency
        return self.concurrency + web

    @property
    def concurrency_needed(self) -> int:
        """How much of the account's concurrency the functions reserve."""
        return self.concurrency + (self.web_concurrency if self.profile == "lambda" else 0)

    @property
    def zone_names(self) -> tuple[str, ...]:
        """The zones, which no look-up has to find."""
        return tuple(f"{self.region}{letter}" for letter in self.zones)

    @property
    def site_origin(self) -> str | None:
        """The website's origin where it has a name of its own."""
        return f"https://{self.domain}" if self.domain else None

    def _check_choices(self) -> None:
        for name, kind in (("profile", Profile), ("start", Start)):
            if getattr(self, name) not in get_args(kind):
                raise SettingsWrong(
                    f"{name} is {getattr(self, name)!r}; it is one of {', '.join(get_args(kind))}"
                )
        for name, form in _FORMS.items():
            if not re.fullmatch(form, getattr(self, name)):
                raise SettingsWrong(f"{name} is {getattr(self, name)!r}; it is written as {form}")
        if not (CERTIFICATES / f"{self.region}.pem").is_file():
            raise SettingsWrong(
                f"there are no roots of Amazon RDS for {self.region}: fetch them as "
                "infra/certificates/README.md says"
            )

    def _check_start(self) -> None:
        if self.start == "snapstart" and self.python not in DEPLOYABLE_PYTHONS:
            raise SettingsWrong(f"SnapStart needs Python 3.12 or newer, not {self.python}")
        if (self.start == "provisioned") != (self.provisioned > 0):
            raise SettingsWrong("provisioned goes with start = 'provisioned', and only with it")
        if self.provisioned > self.concurrency:
            raise SettingsWrong(f"{self.provisioned} provisioned of {self.concurrency} concurrent")

    def _check_pairs(self) -> None:
        for one, other in (("night", "morning"), ("domain", "certificate")):
            if bool(getattr(self, one)) != bool(getattr(self, other)):
                raise SettingsWrong(f"{one} and {other} go together")
        if self.min_tasks > self.max_tasks or self.min_acu > self.max_acu:
            raise SettingsWrong("a minimum is above its maximum")

    def _check_database(self) -> None:
        allowed = int(self.database_connections * _IN_USE_SHARE)
        if self.database_reads_at_once > allowed:
            raise SettingsWrong(
                f"{self.database_reads_at_once} reads of the database at once; {self.max_acu:g} "
                f"ACU allow {allowed}: lower concurrency, web_concurrency or max_tasks, or raise "
                "max_acu"
            )


def _typed(name: str, value: object, kind: type) -> str | int | float:
    try:
        if kind is str and isinstance(value, str):
            return value
        if kind is int and isinstance(value, int | str):
            return int(value)
        if kind is float and isinstance(value, float | int | str):
            return float(value)
    except ValueError:
        pass
    raise SettingsWrong(f"{name} is {value!r}; it must be {_KINDS[kind]}")
