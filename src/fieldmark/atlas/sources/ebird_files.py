"""Where the tables of an eBird Basic Dataset lie: in a file, a folder, a zip or a tar.

A custom download is a zip of ``ebd_X.txt`` and ``ebd_X_sampling.txt``; the whole world's are two
tars of ``ebd_X.txt.gz`` and ``ebd_sampling_X.txt.gz``. So the sampling events may lie beside what
is named, too.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from fieldmark.atlas.sources.archives import BOUNDS, Archive, is_archive, open_archive
from fieldmark.atlas.sources.archives.gzips import GzipArchive, gunzipped
from fieldmark.atlas.sources.archives.meter import Meter, MeteredFile, Unpacked
from fieldmark.errors import SourceBroken

__all__ = ["EbirdFile", "EbirdFiles", "ebird_files", "is_observations", "member_names"]

_PREFIX: Final = "ebd_"
_SAMPLING: Final = "sampling"
_SUFFIXES: Final = (".txt", ".txt.gz")
_PACKS: Final = (".tar", ".zip")


@dataclass(frozen=True, slots=True)
class EbirdFile:
    """One table: what messages call it, and what opens it at its first byte, unpacked."""

    where: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class EbirdFiles:
    """The observations, and the sampling events where they are there too."""

    observations: EbirdFile
    sampling: EbirdFile | None


@contextmanager
def ebird_files(path: Path) -> Iterator[EbirdFiles]:
    """Give the tables at that path; they can be opened as long as the context lasts.

    Raises:
        SourceBroken: there is no table of observations, or more than one, or it cannot be read.
    """
    with ExitStack() as held:
        inside = _inside(path, held)
        found = [file for name, file in inside if _SAMPLING not in PurePosixPath(name).name]
        sampling = [file for name, file in inside if _SAMPLING in PurePosixPath(name).name]
        if len(found) != 1 or len(sampling) > 1:
            raise SourceBroken(
                f"{path}: {len(found)} tables of observations and {len(sampling)} of sampling "
                "events; one source has one ebd_….txt, and one ebd_…sampling….txt at most"
            )
        if not sampling:
            beside = (other for other in _beside(path) if other.is_file())
            sampling = [file for other in beside for _, file in _inside(other, held)]
        yield EbirdFiles(found[0], sampling[0] if sampling else None)


def is_observations(name: str) -> bool:
    """Tell whether a member of an archive is a table of observations, by its name."""
    return _is_table(name) and _SAMPLING not in PurePosixPath(name).name


def member_names(path: Path) -> list[str]:
    """Return the names of what an archive holds.

    Raises:
        SourceBroken: it cannot be opened.
    """
    with open_archive(path) as archive:
        return [member.name for member in archive.members]


def _inside(path: Path, held: ExitStack) -> list[tuple[str, EbirdFile]]:
    """Return the tables of an archive by name, or the file itself if it is none."""
    if not is_archive(path):
        return [(path.name, EbirdFile(str(path), lambda: path.open("rb")))]
    archive = held.enter_context(open_archive(path))
    if isinstance(archive, GzipArchive):
        (member,) = archive.members
        return [(path.name, EbirdFile(str(path), lambda: archive.open(member.name)))]
    names = [member.name for member in archive.members if _is_table(member.name)]
    return [(name, EbirdFile(f"{path}: {name}", _opener(archive, name))) for name in names]


def _is_table(name: str) -> bool:
    last = PurePosixPath(name).name.lower()
    return last.startswith(_PREFIX) and last.endswith(_SUFFIXES)


def _opener(archive: Archive, name: str) -> Callable[[], BinaryIO]:
    """Return what opens a member, which may be packed once more."""
    if not name.lower().endswith(".gz"):
        return lambda: archive.open(name)
    meter = Meter(archive.path, BOUNDS)

    def unpacked() -> BinaryIO:
        stream = gunzipped(MeteredFile(archive.open(name), meter))
        return cast("BinaryIO", Unpacked(stream, meter, name))

    return unpacked


def _beside(path: Path) -> Iterator[Path]:
    """Yield where the sampling events of a table or tar may lie."""
    if path.is_dir():
        return
    suffix = next((end for end in (*_SUFFIXES, *_PACKS) if path.name.endswith(end)), "")
    stem = path.name.removesuffix(suffix)
    yield path.with_name(f"{stem}_{_SAMPLING}{suffix}")
    yield path.with_name(f"{_PREFIX}{_SAMPLING}_{stem.removeprefix(_PREFIX)}{suffix}")
