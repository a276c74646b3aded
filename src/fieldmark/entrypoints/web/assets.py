"""Assets: style, scripts, fonts and map, ours and the bundled ones, in memory once asked for.

Their addresses carry a hash of all of them: a browser may keep them for ever, and relative imports
between modules stay inside one version.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from fieldmark.errors import NotFound

__all__ = ["HANDLERS", "Asset", "address_of", "asset"]

_OWN: Final = Path(__file__).parent / "static"
_LEAFLET: Final = ("leaflet.js", "leaflet.css")
_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
_PACKED: Final = frozenset({".jpg", ".png", ".woff2"})
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, the same packed where that is worth it, and its media type."""

    data: bytes
    gzipped: bytes | None
    media_type: str


def address_of(path: str) -> str:
    """Return the address of an asset in this version.

    Raises:
        NotFound: there is no such asset; a template names one that is not there.
    """
    if path not in _paths():
        raise NotFound(f"there is no asset {path}")
    return f"/static/{_version()}/{path}"


@cache
def asset(path: str) -> Asset:
    """Return an asset, packed when it is first asked for.

    Raises:
        NotFound: there is no such asset.
    """
    found = _paths().get(path)
    if found is None:
        raise NotFound(f"there is no asset {path[:80]!r}")
    data = found.read_bytes()
    guessed = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    packed = None if found.suffix in _PACKED else gzip.compress(data, mtime=0)
    return Asset(data, packed, _TYPES.get(found.suffix, guessed))


@get("/static/{version:str}/{path:path}", include_in_schema=False)
async def static(
    request: Request[Any, Any, Any], version: FromPath[str], path: FromPath[str]
) -> Response[bytes]:
    """Answer with an asset; one of another version is not to be kept."""
    found = asset(path.lstrip("/"))
    headers = {
        "Cache-Control": _FOR_EVER if version == _version() else "no-cache",
        "Vary": "Accept-Encoding",
    }
    data = found.data
    if found.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        data = found.gzipped
    return Response(data, media_type=found.media_type, headers=headers)


@get("/robots.txt", include_in_schema=False, media_type="text/plain")
async def robots() -> str:
    """Ask robots to leave answers and areas alone: there are as many as there are cells."""
    return "User-agent: *\nDisallow: /answers/\nDisallow: /areas/\nDisallow: /v1/\n"


@cache
def _paths() -> Mapping[str, Path]:
    own = {path.relative_to(_OWN).as_posix(): path for path in _OWN.rglob("*") if path.is_file()}
    leaflet = Path(str(files("xstatic.pkg.leaflet"))) / "data"
    bundled = {f"leaflet/{name}": leaflet / name for name in _LEAFLET}
    return {**own, **bundled}


@cache
def _version() -> str:
    digest = hashlib.sha256()
    for name, path in sorted(_paths().items()):
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


HANDLERS: Final = (static, robots)
