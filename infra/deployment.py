"""``make deploy``, ``destroy``, ``diff``, ``bootstrap``: in which order, and what is asked first.

python -m infra.deployment deploy|diff|bootstrap [name=value …]
python -m infra.deployment destroy [purge] [name=value …]
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra import account, cdk, function_zip, release_task, teardown
from infra.settings import Settings, SettingsWrong

__all__ = ["main"]

_FILE: Final = Path(__file__).with_name("settings.toml")


def deploy(settings: Settings, changes: Mapping[str, str]) -> int:
    """Deploy both stacks, once the account is found to have what they need."""
    found = account.looked_up(settings.region, teardown.SERVICE)
    if missing := account.shortfalls(settings, found):
        _say("\n".join(missing))
        return 1
    if not function_zip.is_compiled(settings.python):
        _say(
            f"no Python {settings.python} is installed here, so the zips are not compiled: cold "
            "starts take over a second more (docs/deploy.md)"
        )
    words = ["deploy", "--all", "--require-approval", "broadening"]
    outputs = ["--outputs-file", "build/outputs.json"]
    return cdk.run([*words, *outputs], {**changes, "account": found.number})


def diff(settings: Settings, changes: Mapping[str, str]) -> int:
    """Show what a deployment would change."""
    found = account.looked_up(settings.region, teardown.SERVICE)
    return cdk.run(["diff"], {**changes, "account": found.number})


def bootstrap(settings: Settings, changes: Mapping[str, str]) -> int:
    """Prepare the account and region for the CDK; once."""
    found = account.looked_up(settings.region, teardown.SERVICE)
    place = f"aws://{found.number}/{settings.region}"
    return cdk.run(["bootstrap", place], {**changes, "account": found.number})


def destroy(settings: Settings, changes: Mapping[str, str], *, purge: bool = False) -> int:
    """Take the service down; with ``purge`` also what is kept, which nobody brings back."""
    clients = teardown.Clients.of(settings.region)
    number = {"account": account.looked_up(settings.region, teardown.SERVICE).number}
    teardown.lift_protection(clients, teardown.SERVICE, of_stack=False)
    for bucket in teardown.buckets_of(clients, teardown.SERVICE):
        _say(f"{bucket}: {teardown.empty(clients, bucket)} objects deleted")
    code = cdk.run(["destroy", teardown.SERVICE, "--force"], {**changes, **number})
    if code or not purge:
        return code
    kept = teardown.buckets_of(clients, teardown.KEPT)
    teardown.lift_protection(clients, teardown.KEPT, of_stack=True)
    code = cdk.run(["destroy", teardown.KEPT, "--force"], {**changes, **number})
    for bucket in kept if code == 0 else ():
        teardown.remove(clients, bucket)
        _say(f"{bucket}: deleted")
    return code


def main(arguments: Sequence[str]) -> int:
    """Do what the first argument says."""
    doors: dict[str, Callable[[Settings, Mapping[str, str]], int]] = {
        "deploy": deploy,
        "diff": diff,
        "bootstrap": bootstrap,
    }
    words = [argument for argument in arguments if "=" not in argument]
    changes = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    try:
        settings = Settings.read(_FILE, changes)
    except SettingsWrong as error:
        _say(str(error))
        return 2
    match words:
        case ["destroy"] | ["destroy", "purge"]:
            return destroy(settings, changes, purge="purge" in words)
        case ["publish", file]:
            return release_task.publish(Path(file), settings.region)
        case ["rollback"]:
            return release_task.roll_back(settings.region)
        case [name] if name in doors:
            return doors[name](settings, changes)
    _say(__doc__ or "")
    return 2


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
