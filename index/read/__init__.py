"""Files into articles: one reader a format, all giving clean text with its title, publisher, date and URL.

Finds files and picks the reader; knows nothing of what is inside any format, nor of libraries and databases.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path

from index.errors import BadDocument
from index.read.article import make_article
from index.read.doubts import doubting
from index.read.load import MOST_BINARY, MOST_LINES, MOST_TEXT, checked, unreadable
from index.read.own import others
from index.types import Article

__all__ = ["SUFFIXES", "check", "discover", "make_article", "read"]

# By module name, so that a format's library is imported when the first file of that format is read.
_READERS = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".xhtml": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonfile",
    ".eml": "eml",
    ".mbox": "mbox",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".csv": "csvfile",
    ".tsv": "csvfile",
    ".xlsx": "xlsx",
    ".rtf": "rtf",
    ".odt": "odt",
    ".epub": "epub",
    ".pptx": "pptx",
    ".srt": "srt",
    ".vtt": "srt",
    ".rss": "feed",
    ".atom": "feed",
    ".xml": "feed",
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz"), "archive"),
    ".warc": "warc",
    ".ris": "ris",
    ".enex": "enex",
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff"), "image"),
}
_MANY = frozenset(
    ("jsonl", "jsonfile", "mbox", "csvfile", "xlsx", "epub", "feed", "pdf", "archive", "warc", "ris", "enex")
)
"""Readers of many articles, or of many pages, from one file: a bad one costs that one."""
_ARCHIVES = (".docx", ".xlsx", ".odt", ".epub", ".pptx")
_MOST = dict.fromkeys(
    (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".json", ".mhtml", ".mht", ".csv", ".tsv", *_ARCHIVES),
    MOST_BINARY,
)
_MOST |= dict.fromkeys((".jsonl", ".ndjson", ".mbox", ".warc", ".enex"), MOST_LINES)
_MOST |= {suffix: MOST_LINES for suffix, reader in _READERS.items() if reader == "archive"}

_INSTEAD = {
    **dict.fromkeys((".doc", ".pages", ".wpd"), "save it as .docx"),
    ".msg": "save it as .eml",
    ".opml": "follow the feeds it lists with footnote feed add",
    **dict.fromkeys((".xls", ".ods", ".numbers"), "save it as .xlsx"),
    **dict.fromkeys((".ppt", ".odp", ".key"), "save it as .pptx"),
    **dict.fromkeys((".mobi", ".azw", ".azw3"), "convert it to .epub"),
    **dict.fromkeys((".7z", ".rar"), "unpack it"),
    **dict.fromkeys((".gif", ".webp", ".heic"), "save it as .png"),
    **dict.fromkeys((".rst", ".org", ".tex", ".adoc", ".text", ".log"), "save it as .txt"),
    **dict.fromkeys((".php", ".asp", ".aspx", ".jsp"), "if it is a saved page, name it .html"),
    **dict.fromkeys(
        (".url", ".webloc", ".desktop"), "it is an address only: footnote add ADDRESS fetches the page"
    ),
    ".bib": "export the references as .ris",
}
"""What to do with well-known kinds that aren't read."""
_BESIDE = ("_files", ".files", "-Dateien", "_fichiers", "_archivos", "_bestanden", "_file")
"""What browsers add to a page's name for the folder of its pictures and frames."""
_FEED = re.compile(rb"<(?:rss|feed|(?:\w+:)?RDF)\b")
_Told = Callable[[Path, str], None]

SUFFIXES: frozenset[str] = frozenset(_READERS)
"""The file name endings that `read` knows, in lower case."""


def read(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The articles in the file `path`: one, or as many as there are lines, records or messages in it.

    Given `flaws`, what is wrong with one of many is put there, and the others are read on; so is what is doubtful.
    Raises BadDocument, in one line, when the file can't be reached, isn't of a known kind, is damaged,
    encrypted or too large, or holds no words.

    >>> read(Path("no-such-file.txt"))
    Traceback (most recent call last):
        ...
    index.errors.BadDocument: no-such-file.txt: no such file
    """
    reader = check(path)
    read_file: Callable[..., list[Article]] = import_module(f"index.read.{reader}").read_file
    with doubting(flaws):
        return read_file(path, flaws) if reader in _MANY else read_file(path)


def check(path: Path) -> str:
    """The name of the module that reads the file `path`. Takes no look at what is in the file.

    Raises BadDocument where it is of no known kind, can't be reached, is empty or no regular file, or is
    larger than what is read of that kind.
    """
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise BadDocument(_unknown(path))
    checked(path, _MOST.get(suffix, MOST_TEXT))
    return _READERS[suffix]


def discover(
    paths: Iterable[Path], unlisted: _Told | None = None, skipped: _Told | None = None
) -> Iterator[Path]:
    """The files to read at `paths`: those named, and those of a known kind in folders and below, each once.

    Folders are walked in sorted order; hidden files and folders in them are left out, and so are the folder that a
    browser saves beside a page (NAME_files beside NAME.html) and what is a library's (see `index.read.own`); links to
    folders are not followed. Given `unlisted`, it is called with each folder that can't be listed and the reason, and
    the others are walked on. Given `skipped`, it is called with each file in a folder that is of no known kind and the
    reason. Raises BadDocument for a path that doesn't exist, a named file of unknown kind, or else a folder that can't
    be listed, before the first file is given.
    """
    found: dict[str, Path] = {}
    for path in paths:
        for file in _walk(path, unlisted, skipped) if os.path.isdir(path) else [_known_file(path)]:
            found.setdefault(os.path.abspath(file), file)
    yield from found.values()


def _known_file(path: Path) -> Path:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise BadDocument(f"{path}: no such file or folder") from None
    except (OSError, ValueError) as e:
        raise unreadable(path, e) from None
    if path.suffix.lower() not in SUFFIXES:
        raise BadDocument(_unknown(path))
    return path


def _walk(folder: Path, unlisted: _Told | None, skipped: _Told | None) -> list[Path]:
    def fail(error: OSError) -> None:
        why = f"{error.filename}: can't list the folder ({error.strerror})"
        if unlisted is None:
            # Going on would look as if the files in there were gone.
            raise BadDocument(why)
        unlisted(Path(error.filename), why)

    from index.read import ocr  # late: it takes the modules for pages of PDFs with it

    files = []
    for here, folders, names in os.walk(folder, onerror=fail):
        folders[:], names = others(folders, names, top=here == os.fspath(folder))
        pages = {os.path.splitext(name)[0] for name in names if name.lower().endswith((".html", ".htm"))}
        parts = {page + ending for page in pages for ending in _BESIDE}
        folders[:] = [name for name in folders if not name.startswith(".") and name not in parts]
        # "~$report.docx" is Word's lock file, not a document.
        for path in sorted(Path(here, name) for name in names if not name.startswith((".", "~$"))):
            suffix = path.suffix.lower()
            if _READERS.get(suffix) == "image" and not ocr.available():
                if skipped is not None:
                    skipped(path, f"{path}: is an image; {ocr.HOW}")
            elif suffix in SUFFIXES and (suffix != ".xml" or _is_feed(path)):
                files.append(path)
            elif skipped is not None:
                other = suffix != ".xml"
                why = _unknown(path, "a kind that isn't read") if other else f"{path}: is no RSS or Atom feed"
                skipped(path, why)
    return sorted(files)


def _is_feed(path: Path) -> bool:
    """Whether a file of XML begins as feeds do; there is much else in XML that is no article."""
    try:
        with path.open("rb") as file:
            return _FEED.search(file.read(4096)) is not None
    except OSError:
        return True  # reading it says why not


def _unknown(path: Path, otherwise: str = f"known are {', '.join(sorted(SUFFIXES))}") -> str:
    how = _INSTEAD.get(path.suffix.lower()) or otherwise
    return f"{path}: can't read {path.suffix or 'files without a suffix'}: {how}"
