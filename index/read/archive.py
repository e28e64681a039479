"""Reads .zip, .tar and compressed files: each file in them by the reader of its kind. Opens no archive in an archive.

Nothing is written but into a temporary folder, under names of our own: what an archive calls its files leads nowhere.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from index.errors import BadDocument
from index.read.article import id_of, source_of
from index.read.items import gathered_all
from index.read.load import MOST_LINES, checked, unreadable
from index.read.steps import step
from index.types import Article

_MOST_FILES = 10_000
_MOST_UNPACKED = 512 * 2**20
_MOST_RATIO, _RATIO_FROM = 200, 32 * 2**20
"""Text shrinks to a tenth or so; what unpacks to much more, and to much, is there to fill the disk."""
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_CHUNK = 2**20
_ARCHIVES = (".zip", ".tar", ".tgz", ".7z", ".rar", ".gz", ".bz2", ".xz", ".warc")
_FAILURES = (
    *(OSError, EOFError, ValueError, NotImplementedError, RuntimeError),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError),
)


class _Member(NamedTuple):
    name: str
    open: Callable[[], Any]


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The articles in the files of the archive `path`; the source of each is "archive.zip#folder/name.txt".

    Raises BadDocument where the archive is damaged, locked or larger than is read, or none of its files can be read;
    or puts what is wrong with one of them into `flaws` where it is given and another one is good.
    """
    size = checked(path, MOST_LINES)
    name = path.name.lower()
    if name.endswith(".warc.gz"):
        from index.read import warc

        return warc.read_file(path, flaws)
    bad: list[str] = []
    try:
        with TemporaryDirectory(prefix="footnote-") as folder:
            names = _unpack(_members(path), Path(folder), path, size, bad)
            return _articles(names, Path(folder), path, bad, flaws)
    except BadDocument:
        raise
    except OSError as e:
        if e.errno:
            raise unreadable(path, e) from None
        raise _damaged(path, e) from None
    except _FAILURES as e:
        raise _damaged(path, e) from None


def _members(path: Path) -> Iterator[_Member]:
    """The files in the archive, or the one file that is compressed."""
    suffix = path.suffix.lower()
    if suffix == ".zip":
        yield from _zipped(path)
    elif suffix in (".tar", ".tgz") or path.stem.lower().endswith(".tar"):
        with tarfile.open(path, "r:*") as archive:
            for info in archive:
                if info.isfile():
                    yield _Member(info.name, partial(archive.extractfile, info))
    else:
        yield _Member(path.stem, partial(_OPENERS[suffix], path, "rb"))


def _zipped(path: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(path) as archive:
        if len(archive.infolist()) > _MOST_FILES:
            raise BadDocument(f"{path}: holds more than {_MOST_FILES:,} files: unpack it")
        for info in archive.infolist():
            if not info.is_dir():
                name = info.filename
                if not info.flag_bits & 0x800:  # programs that write UTF-8 without saying so
                    with suppress(UnicodeError):
                        name = name.encode("cp437").decode("utf-8")
                if info.flag_bits & 1:
                    raise BadDocument(f"{path}: is encrypted: unpack it")
                yield _Member(name, partial(archive.open, info))


def _unpack(
    members: Iterator[_Member], folder: Path, path: Path, size: int, bad: list[str]
) -> dict[Path, str]:
    """Writes the members of known kinds into `folder`; the name in the archive of each file written."""
    from index.read import SUFFIXES

    names: dict[Path, str] = {}
    total = inner = 0
    for count, member in enumerate(members, start=1):
        if count > _MOST_FILES:
            raise BadDocument(f"{path}: holds more than {_MOST_FILES:,} files: unpack it")
        suffix = PurePosixPath(member.name.lower()).suffix
        if suffix not in SUFFIXES or suffix in _ARCHIVES or _is_hidden(member.name):
            inner += suffix in _ARCHIVES
            continue
        file = folder / _harmless(member.name, count)
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with member.open() as source, file.open("xb") as target:
                while chunk := source.read(_CHUNK):
                    total += len(chunk)
                    if total > _MOST_UNPACKED or total > max(_RATIO_FROM, _MOST_RATIO * size):
                        raise BadDocument(f"{path}: unpacks to more than is read of an archive: unpack it")
                    target.write(chunk)
        except _FAILURES as e:
            file.unlink(missing_ok=True)
            if isinstance(e, OSError) and e.errno:  # ours: no space, say
                raise
            bad.append(f"{path}#{member.name}: is damaged ({type(e).__name__})")
            continue
        names[file] = member.name
    if inner:
        bad.append(f"{path}: {inner} of its files are archives themselves: unpack it")
    return names


def _articles(
    names: dict[Path, str], folder: Path, path: Path, bad: list[str], flaws: list[str] | None
) -> list[Article]:
    from index.read import discover, read

    source = source_of(path)

    def articles(file: Path) -> list[Article]:
        name = names[file]
        step(name)
        inner: list[str] = []
        try:
            found = read(file, inner)
        except BadDocument as e:
            raise BadDocument(str(e).replace(str(file), f"{path}#{name}")) from None
        finally:
            file.unlink()
        bad.extend(why.replace(str(file), f"{path}#{name}") for why in inner)
        return [_moved(article, source_of(file), f"{source}#{name.replace('#', '_')}") for article in found]

    files = list(discover([folder]))
    makers = (partial(articles, file) for file in files)
    return gathered_all(makers, path, flaws, "file", bad)


def _moved(article: Article, before: str, after: str) -> Article:
    """The article with the archive as its source; an article in a file of many is marked by a colon."""
    source = after + article.source.removeprefix(before).replace("#", ":")
    return replace(article, source=source, id=id_of(article.text, source))


def _harmless(name: str, number: int) -> Path:
    """A path below a folder, for a file that is called `name` in an archive: nothing in it leads out of the folder.

    >>> _harmless("../../etc/a:b/page.html", 3).as_posix()
    'etc/a_b/page.html'
    """
    parts = [re.sub(r'[\x00-\x1f<>:"|?*\\]', "_", part) for part in name.replace("\\", "/").split("/")]
    parts = [part.strip(" ") for part in parts if part.strip(" .")]
    if not parts or len(name) > 200:
        return Path(str(number), f"file{PurePosixPath(name).suffix}")
    return Path(*parts)


def _is_hidden(name: str) -> bool:
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return any(part.startswith((".", "~$", "__MACOSX")) for part in parts)


def _damaged(path: Path, error: Exception) -> BadDocument:
    return BadDocument(f"{path}: is no archive of its kind, or is damaged ({type(error).__name__})")
