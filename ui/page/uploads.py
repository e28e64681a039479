"""Files on their way from a browser into the library: whose they are, how much may come, and that none stays behind.

A file that came in is known by the path that the server gave out for it, and only to the browser that sent it. Nothing
else is ever taken for an upload, wherever a caller says that it lies. Knows nothing of Gradio or HTTP.
"""

from __future__ import annotations

import filecmp
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from index.errors import DiskFull, FootnoteError

MB = 1_000_000
LARGEST = 100 * MB
"""The most bytes that one uploaded file may hold."""
SPARE = 200 * MB
"""So many bytes of the disk are left free."""
_PREFIX = "upload-"
_STEP = 4 * MB
"""The disk is looked at anew after so many bytes."""


class TooMuch(FootnoteError):
    """More than may be uploaded at a time."""


@dataclass(slots=True, eq=False)
class Upload:
    """One request with files: its own folder, what came of it so far, and the files once they are complete."""

    owner: str
    folder: Path
    began: float
    size: int = 0
    looked: int = 0
    files: set[Path] = field(default_factory=set)
    complete: bool = False


class Uploads:
    """The uploads under `folder` that haven't been added yet; `each` bytes of one browser and `most` of all.

    What nobody adds within `keep` seconds is deleted. Threads may share it.
    """

    def __init__(
        self, folder: Path, *, each: int = 400 * MB, most: int = 2000 * MB, keep: float = 900.0
    ) -> None:
        self.folder, self.each, self.most, self.keep = folder, each, most, keep
        self._open: set[Upload] = set()
        self._taken: dict[tuple[str, str], None] = {}
        self._lock = threading.Lock()
        self._clean(leftovers=True)

    def begin(self, owner: str, expected: int = 0) -> Upload:
        """A place for files of `owner`, `expected` bytes in all. Raises TooMuch, DiskFull, FootnoteError."""
        self._clean()
        with self._lock:
            self._check(owner, expected)
            upload = Upload(owner, self.folder / f"{_PREFIX}{secrets.token_hex(16)}", time.time())
            self._open.add(upload)
        try:
            upload.folder.mkdir(parents=True, mode=0o700)
            room(upload.folder, expected)
        except OSError as error:
            self.drop(upload)
            raise FootnoteError(f"can't keep uploads in {self.folder}: {error.strerror or error}") from None
        except FootnoteError:
            self.drop(upload)
            raise
        return upload

    def grow(self, upload: Upload, size: int) -> None:
        """Counts `size` more bytes of an upload. Raises TooMuch, DiskFull: then it has to be dropped."""
        with self._lock:
            self._check(upload.owner, size)
            upload.size += size
            look = upload.size - upload.looked >= _STEP
        if look:
            upload.looked = upload.size
            room(upload.folder)

    def _check(self, owner: str, more: int) -> None:
        mine = sum(upload.size for upload in self._open if upload.owner == owner)
        if mine + more > self.each:
            raise TooMuch(f"that is more than {self.each // MB} MB at a time: add fewer files at once")
        if sum(upload.size for upload in self._open) + more > self.most:
            raise TooMuch("others are adding a lot just now: try again in a few minutes")

    def finish(self, upload: Upload, files: Iterable[Path]) -> None:
        """Says that an upload is complete, and which files it brought."""
        upload.files.update(files)
        upload.complete = True

    def take(self, owner: str, names: Iterable[str]) -> tuple[list[Path], list[str]]:
        """Hands the files of these paths over, each once, and the names of those that `owner` didn't upload.

        Those handed over before are left out: a page names them again when files are added while it still shows them.
        """
        files, strange = [], []
        with self._lock:
            mine = [upload for upload in self._open if upload.owner == owner and upload.complete]
            for name in dict.fromkeys(names):
                if (owner, name) in self._taken:
                    continue
                file = Path(name)
                upload = next((upload for upload in mine if file in upload.files), None)
                # A link can't come in by an upload; should one lie there all the same, it leads nowhere.
                if (
                    upload is None
                    or file.resolve() != file.parent.resolve() / file.name
                    or not file.is_file()
                ):
                    strange.append(safe_name(name))
                    continue
                upload.files.remove(file)
                upload.began = time.time()
                files.append(file)
                self._taken[owner, name] = None
            while len(self._taken) > 2000:
                del self._taken[next(iter(self._taken))]
        return files, strange

    def discard(self, files: Iterable[Path]) -> None:
        """Deletes files that were taken, and the folder of an upload of which nothing is left."""
        for file in files:
            with suppress(OSError):
                file.unlink()
        with self._lock:
            empty = [
                upload
                for upload in self._open
                if upload.complete
                and not upload.files
                and not any(map(Path.is_file, upload.folder.rglob("*")))
            ]
        for upload in empty:
            self.drop(upload)

    def drop(self, upload: Upload) -> None:
        """Deletes all that an upload brought."""
        with self._lock:
            self._open.discard(upload)
        shutil.rmtree(upload.folder, ignore_errors=True)

    def close(self) -> None:
        """Deletes all uploads."""
        for upload in list(self._open):
            self.drop(upload)

    def _clean(self, leftovers: bool = False) -> None:
        """Deletes what nobody added; with `leftovers` also what an earlier server left when it was killed."""
        old = time.time() - self.keep
        with self._lock:
            late = [upload for upload in self._open if upload.complete and upload.began < old]
        for upload in late:
            self.drop(upload)
        if leftovers:
            for folder in self.folder.glob(f"{_PREFIX}*"):
                with suppress(OSError):
                    if folder.stat().st_mtime < old:
                        shutil.rmtree(folder, ignore_errors=True)


def room(folder: Path, size: int = 0) -> None:
    """Raises DiskFull when the disk of `folder` hasn't room for `size` bytes and some to spare."""
    free = shutil.disk_usage(folder).free
    if free - size < SPARE:
        raise DiskFull(
            f"no room left on the disk of {folder} ({free // MB:,} MB are free, {(size + SPARE) // MB:,} MB "
            "are needed): free some, then add the file again"
        )


def keep_all(files: Sequence[Path], folder: Path, add: Callable[[list[Path]], Iterable[str]]) -> None:
    """Copies `files` into `folder` and has `add` take them in; of copies that it names as failed none stays.

    Nor does any stay when something is raised: what `keep` raises, and what `add` does.
    """
    copies: list[Path] = []
    fresh: set[Path] = set()
    try:
        for file in files:
            copy, new = _kept(file, folder)
            copies.append(copy)
            fresh |= {copy} if new else set()
        failed = {Path(path).name for path in add(copies)}
        fresh = {copy for copy in fresh if copy.name in failed}
    finally:
        for copy in fresh:
            copy.unlink(missing_ok=True)


def keep(file: Path, folder: Path) -> Path:
    """Copies `file` into `folder` under a safe name and returns where it is.

    The same file uploaded again keeps its place; another one of the same name gets a number. Raises DiskFull,
    FootnoteError.
    """
    return _kept(file, folder)[0]


def _kept(file: Path, folder: Path) -> tuple[Path, bool]:
    """Where the copy is, and whether it is a new one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        name = Path(safe_name(file.name))
        # Two files of one name that come at the same time must not become one.
        with FileLock(folder / ".lock"):
            target, n = folder / name, 1
            while target.exists() and not filecmp.cmp(target, file, shallow=False):
                n += 1
                target = folder / f"{name.stem}-{n}{name.suffix}"
            if target.exists():
                return target, False
            room(folder, file.stat().st_size)
            partial = target.with_name(f".{target.name}.part")
            try:
                shutil.copyfile(file, partial)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
        return target, True
    except OSError as error:
        raise FootnoteError(
            f"can't keep {safe_name(file.name)} in {folder}: {error.strerror or error}"
        ) from None


def safe_name(name: str) -> str:
    """A file name that is the same everywhere: no folders, no odd characters, not hidden, at most 100 long.

    >>> safe_name("../../etc/Annual report (2017).PDF"), safe_name(".htaccess"), safe_name("a/b/..")
    ('Annual report (2017).pdf', 'htaccess', 'article')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = re.sub(r"[^\w .,()+\-]", "_", last).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot:
        return clean[:100] or "article"
    return f"{stem[:90].rstrip(' .') or 'article'}.{suffix[:9].lower()}"
