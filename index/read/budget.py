"""Reads files within a budget of seconds and memory, so that none of them can hang or crash the program.

The reading is done by another process (worker.py), started with the first file and anew after a file that was too
much for it. Knows nothing of formats or libraries.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index.errors import BadDocument, BadSetting, FootnoteError
from index.read import read
from index.read.pdfpicture import Quotes, picture
from index.types import Article

SECONDS = 60.0
MEGABYTES = 2048
_LEAST = 256
"""Megabytes that the largest of the formats' libraries take before they read anything."""
_MOST_REPLY = 2**31
"""Bytes of articles taken from one file where the memory has no limit."""
# The search path is handed over first, so that no file of the working folder is imported in place of a module.
_START = """
import sys
sys.path[:] = sys.argv[4:]
from index.read.worker import main
main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
"""


class Reader:
    """Reads files one after another in a process of its own. Use it in a `with` statement, and in one thread.

    Each file may take so many `seconds` and, where the system can bound that, `megabytes` of memory; 0 sets no
    limit. Raises BadSetting for less memory than reading takes at all.

    >>> with Reader() as reader:
    ...     reader.read(Path("no-such-file.txt"))
    Traceback (most recent call last):
        ...
    index.errors.BadDocument: no-such-file.txt: no such file
    """

    def __init__(
        self,
        seconds: float = SECONDS,
        megabytes: int = MEGABYTES,
        step: Callable[[Path, str], None] | None = None,
    ) -> None:
        if 0 < megabytes < _LEAST:
            raise BadSetting(f"read_megabytes must be at least {_LEAST}, or 0 for no limit, not {megabytes}")
        self._seconds = min(seconds, threading.TIMEOUT_MAX)
        self._megabytes = megabytes
        self._step = step
        self._scratch: TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process, whatever it is doing; doing it twice is fine."""
        process, self._process = self._process, None
        scratch, self._scratch = self._scratch, None
        if process is not None:
            _end(process)
        if scratch is not None:
            scratch.cleanup()

    def read(self, path: Path) -> tuple[list[Article], list[str]]:
        """The articles in the file `path`, and what is wrong with its lines that gave none (of a .jsonl).

        Raises BadDocument as `index.read.read` does, and where the file takes more than the budget or crashes
        what reads it; FootnoteError where no process can be started.
        """
        if _alone():
            flaws: list[str] = []
            return read(path, flaws), flaws
        replies, end = self._answered(path, os.fspath(path))
        return [_article(reply["article"]) for reply in replies], end["flaws"]

    def picture(self, path: Path, sha256: str, number: int, quotes: Quotes) -> dict[str, Any]:
        """A page of the PDF `path` as `index.read.pdfpicture.picture` gives it. Raises as that does, and as `read`."""
        if _alone():
            return picture(path, sha256, number, quotes)
        [reply], _ = self._answered(path, {"picture": [os.fspath(path), sha256, number, quotes]})
        drawn: dict[str, Any] = reply["picture"]
        return drawn

    def _answered(self, path: Path, request: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The replies to a request about the file `path`, and how they ended. Raises as `read`."""
        while True:
            used = self._process is not None
            try:
                return self._tried(path, request)
            except _Fell as e:
                # What earlier files left in memory may be to blame: a process that read none decides.
                if e.certain or not used:
                    raise BadDocument(f"{path}: {e}") from None

    def _tried(self, path: Path, request: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        if self._process is None:
            self._scratch = TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True)
            self._process = _started(self._seconds, self._megabytes, self._scratch.name)
        clock = _Clock(self._process, self._seconds)
        try:
            clock.start()
            replies, end = self._asked(self._process, path, request, clock)
        except BaseException:
            self.close()
            raise
        finally:
            clock.stop()
        late, process = clock.late, self._process
        if late.is_set() or end.get("end") not in ("read", "refused"):
            self.close()
        if end.get("end") == "read":
            return replies, end
        if end.get("end") == "refused":
            raise BadDocument(end["why"])
        if end.get("end") == "memory":
            raise _Fell(_heavy(f"{self._megabytes} MB of memory", "read_megabytes"))
        if late.is_set():
            raise _Fell(_heavy(f"{self._seconds:g} s", "read_seconds"), certain=True)
        raise _Fell(_died(process.returncode))

    def _asked(
        self, process: subprocess.Popen[bytes], path: Path, request: Any, clock: _Clock
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """What the process replies, and how it ended: {} where the process ended before it said so."""
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError):  # if the process is gone, there is no reply
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        replies: list[dict[str, Any]] = []
        left = self._megabytes * 2**20 or _MOST_REPLY
        while (line := process.stdout.readline(left + 1)).endswith(b"\n"):
            left -= len(line)
            reply = json.loads(line)
            if "step" in reply:
                clock.start()
                if self._step is not None:
                    self._step(path, reply["step"])
                continue
            if "end" in reply:
                return replies, reply
            replies.append(reply)
        return [], {"end": "memory"} if len(line) > left else {}


def _alone() -> bool:
    """Whether there is no Python to start a process with."""
    return not sys.executable or bool(getattr(sys, "frozen", False))


def _article(values: Sequence[Any]) -> Article:
    *plain, pages, ocr = values
    return replace(Article(*plain), pages=tuple(pages), ocr=ocr)


class _Clock:
    """Kills a process that takes more than so many seconds after it was last started; 0 is no limit."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.late = threading.Event()
        self._process, self._seconds = process, seconds
        self._timer: threading.Timer | None = None

    def start(self) -> None:
        """Starts it anew."""
        self.stop()
        if self._seconds:
            self._timer = threading.Timer(self._seconds, self._kill)
            self._timer.daemon = True
            self._timer.start()

    def stop(self) -> None:
        """Stops it."""
        if self._timer is not None:
            self._timer.cancel()

    def _kill(self) -> None:
        self.late.set()
        self._process.kill()


class _Fell(Exception):
    """The process gave up on a file or ended; `certain` where files before it can't be to blame."""

    def __init__(self, why: str, certain: bool = False) -> None:
        super().__init__(why)
        self.certain = certain


def _started(seconds: float, megabytes: int, scratch: str) -> subprocess.Popen[bytes]:
    """A process that is ready to read. It is in a session of its own, so that Ctrl-C reaches only this one.

    What it unpacks goes into the folder `scratch`, which outlives it.
    """
    folders = [*(folder or os.getcwd() for folder in sys.path), str(Path(__file__).resolve().parents[2])]
    command = [sys.executable, "-c", _START, str(os.getpid()), str(seconds), str(megabytes), *folders]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("FOOTNOTE_DEBUG") else subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch)},
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except OSError as e:
        raise FootnoteError(
            f"can't start {sys.executable} to read files ({e.strerror}): free memory"
        ) from None
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
    except BaseException:
        _end(process)
        raise
    if not ready:
        _end(process)
        raise FootnoteError(f"can't read files with {sys.executable}: FOOTNOTE_DEBUG=1 shows why")
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe is not None:
                pipe.close()
    process.wait()


def _heavy(much: str, setting: str) -> str:
    return (
        f"too heavy to read: took more than {much}: split it, or raise {setting} (FOOTNOTE_{setting.upper()})"
    )


def _died(code: int) -> str:
    if code == -getattr(signal, "SIGKILL", 9):
        return (
            "was stopped by the system while it was read, likely for lack of memory: split it, or free memory"
        )
    try:
        how = signal.Signals(-code).name
    except ValueError:
        how = f"exit code {code}"
    return f"crashes what reads it ({how}): save it anew, or as plain text"
