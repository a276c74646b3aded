"""A smoke test of a deployed site: what it must be able to answer, asked once each.

python -m infra.smoke https://animals.example.org [key]
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

__all__ = ["CHECKS", "Failed", "Site", "main"]

_PHOTO: Final = Path(__file__).parents[1] / "examples/photos/ring-tailed-lemur.jpg"
_WAKING_S: Final = 60.0
"""A database that slept, a function that starts cold: patience for the first answers."""
_SAFETY: Final = ("content-security-policy", "x-content-type-options", "referrer-policy")


class Failed(Exception):
    """What the site did not do."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site, and a client that asks it."""

    url: str
    client: httpx.Client

    def ask(
        self,
        method: str,
        path: str,
        status: int = 200,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Return the response.

        Raises:
            Failed: it has another status.
        """
        response = self.client.request(method, f"{self.url}{path}", files=files, headers=headers)
        if response.status_code != status:
            raise Failed(
                f"{method} {path}: {response.status_code}, not {status}: {response.text[:200]}"
            )
        return response


def only_https(site: Site) -> str:
    """Ask over plain HTTP: a redirect, or nobody who listens."""
    if not site.url.startswith("https://"):
        raise Failed(f"{site.url} is not https")
    plain = site.url.replace("https://", "http://", 1)
    try:
        response = site.client.get(f"{plain}/healthz")
    except httpx.TransportError:
        return "nobody listens without TLS"
    if not response.headers.get("location", "").startswith("https://"):
        raise Failed(f"{plain}/healthz answers {response.status_code} and leads to no https")
    return "leads to https"


def alive(site: Site) -> str:
    """Ask whether it is alive and ready."""
    site.ask("GET", "/healthz")
    site.ask("GET", "/readyz")
    return "alive and ready"


def front_page(site: Site) -> str:
    """Ask for the first page, and look for what keeps it safe."""
    headers = site.ask("GET", "/").headers
    if missing := [name for name in _SAFETY if name not in headers]:
        raise Failed(f"the first page comes without {', '.join(missing)}")
    return "with its safety headers"


def hidden_metrics(site: Site) -> str:
    """Ask for metrics, which are for inside."""
    response = site.client.get(f"{site.url}/metrics")
    if response.status_code == 200:
        raise Failed("/metrics answers outside")
    return "not for outside"


def identified(site: Site) -> str:
    """Send an example photo, and look for its animal and its area."""
    files = {"photo": (_PHOTO.name, _PHOTO.read_bytes(), "image/jpeg")}
    answer = site.ask("POST", "/v1/identify", files=files).json()
    names = [animal["taxon"]["scientific_name"] for animal in answer["animals"]]
    area = answer["area"]
    if "Lemur catta" not in names[:3]:
        raise Failed(f"no ring-tailed lemur in {names[:3]}")
    if area["status"] not in {"used", "fallback"}:
        raise Failed(f"the area is {area['status']}: has a release been published?")
    return f"{names[0]}; area {area['status']} from {area['tier']}, atlas {area['atlas']}"


def kept_from_strangers(site: Site) -> str:
    """Look for coordinates in an answer that is asked for again."""
    files = {"photo": (_PHOTO.name, _PHOTO.read_bytes(), "image/jpeg")}
    answer = site.ask("POST", "/v1/identify", files=files).json()
    again = site.ask("GET", f"/v1/answers/{answer['id']}").json()
    if again["position"].get("latitude") is not None:
        raise Failed("an answer that is asked for again holds coordinates")
    headers = {"X-Delete-Token": answer["delete_token"]}
    site.ask("DELETE", f"/v1/answers/{answer['id']}", 204, headers=headers)
    return "without coordinates, and deleted again"


def refused(site: Site) -> str:
    """Send what is no photo: a problem, and no fault."""
    files = {"photo": ("x.jpg", b"no photo at all", "image/jpeg")}
    problem = site.ask("POST", "/v1/identify", 415, files=files).json()
    return str(problem["title"])


CHECKS: Final[Sequence[Callable[[Site], str]]] = (
    only_https,
    alive,
    front_page,
    hidden_metrics,
    identified,
    kept_from_strangers,
    refused,
)


def outcomes(site: Site) -> Iterator[tuple[str, bool, str]]:
    """Yield for each check its name, whether the site did well, and what was seen."""
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            yield name, True, check(site)
        except (Failed, httpx.HTTPError, KeyError, ValueError) as error:
            yield name, False, f"{type(error).__name__}: {error}"


def main(arguments: Sequence[str]) -> int:
    """Ask the site of the first argument, with the key of the second; say what was seen."""
    if not arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    url, *key = arguments
    headers = {"Authorization": f"Bearer {key[0]}"} if key else {}
    code = 0
    with httpx.Client(timeout=_WAKING_S, headers=headers, follow_redirects=False) as client:
        for name, is_good, seen in outcomes(Site(url.rstrip("/"), client)):
            sys.stdout.write(f"{'ok    ' if is_good else 'FAILED'} {name}: {seen}\n")
            code = code if is_good else 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
