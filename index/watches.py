"""The folders that a server watches for a library: remembered beside it, each in a thread while the server runs.

Their paths are this machine's, so they lie in a file of the library's folder and not in its database, which may be
shared or moved. Knows nothing of pages.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index import whole
from index.errors import BadSetting, FootnoteError
from index.library import Library
from index.store.explain import refused
from index.store.reports import AddProgress, AddReport

FILE = "watched.json"
AGAIN = 30.0
"""Seconds until a folder that couldn't be read is tried again: it may be a disk not mounted."""
LEAVING = 5.0
"""The most seconds that the end waits for what is being added; what was added before stays."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder that is watched. `updated_at` is when it was last read, `failed` what couldn't be then."""

    folder: str
    updated_at: str | None = None
    failed: str | None = None


class _Stopped(Exception):
    """A folder is watched no more while its files are added."""


class Watches:
    """The folders watched for a library; `explain` gives the words for an error."""

    def __init__(
        self, library: Library, *, again: float = AGAIN, explain: Callable[[Exception], str] = str
    ) -> None:
        self._library, self._again, self._explain = library, again, explain
        self._path = library.folder / FILE
        self._lock = threading.Lock()
        self._running: dict[str, tuple[threading.Event, threading.Thread]] = {}

    def start(self) -> None:
        """Begins to watch all that are remembered."""
        for each in self.listed():
            self._begin(each.folder)

    def close(self) -> None:
        """Ends watching; the folders stay remembered."""
        for stop, _ in (running := list(self._running.values())):
            stop.set()
        end = time.monotonic() + LEAVING
        for _, thread in running:
            thread.join(max(0.0, end - time.monotonic()))
        self._running.clear()

    def listed(self) -> list[Watched]:
        """The folders, in the order of their paths. Raises FootnoteError where the file can't be read."""
        try:
            rows = json.loads(self._path.read_bytes())
            return [Watched(str(row["folder"]), row.get("updated_at"), row.get("failed")) for row in rows]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise refused(error, self._path) from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise FootnoteError(
                f"{self._path} is no list of watched folders any more: remove it, then add the folders again"
            ) from None

    def add(self, folder: str) -> bool:
        """Watches a folder from now on; gives whether it wasn't watched before. Raises BadSetting, FootnoteError."""
        path = os.path.expanduser(folder.strip())
        if not os.path.isabs(path) or "\0" in path:
            raise BadSetting("give the whole path of a folder, such as /home/me/articles")
        if not os.path.isdir(path):
            raise BadSetting(f"there is no folder {path}: look how it is written")
        path = os.path.abspath(path)
        if not self._changed(lambda held: {path: Watched(path)} | held):
            return False
        self._begin(path)
        return True

    def remove(self, folder: str) -> bool:
        """Watches a folder no more; gives whether it was watched. Raises FootnoteError.

        What was added from it stays; what isn't yet, isn't added any more.
        """
        if not self._changed(lambda held: {path: each for path, each in held.items() if path != folder}):
            return False
        if (running := self._running.pop(folder, None)) is not None:
            running[0].set()
        return True

    def _changed(self, change: Callable[[dict[str, Watched]], dict[str, Watched]]) -> bool:
        """Writes the list anew where it is another one afterwards; gives whether it is."""
        with self._lock:
            before = {each.folder: each for each in self.listed()}
            after = change(before)
            if after == before:
                return False
            rows = [asdict(each) for each in sorted(after.values(), key=lambda each: each.folder)]
            try:
                whole.write(self._path, json.dumps(rows, indent=1).encode())
            except OSError as error:
                raise refused(error, self._path) from None
            return True

    def _begin(self, folder: str) -> None:
        stop = threading.Event()
        thread = threading.Thread(
            target=self._watch, args=(folder, stop), daemon=True, name="footnote-watching"
        )
        self._running[folder] = stop, thread
        thread.start()

    def _watch(self, folder: str, stop: threading.Event) -> None:
        def go_on(_: AddProgress) -> None:
            if stop.is_set():
                raise _Stopped

        while not stop.is_set():
            try:
                for report in self._library.watch(folder, stop, progress=go_on):
                    self._note(folder, stop, updated_at=_now(), failed=_failures(report))
            except _Stopped:
                return
            except Exception as error:
                if not stop.is_set():
                    self._note(folder, stop, failed=self._explain(error))
            stop.wait(self._again)

    def _note(self, folder: str, stop: threading.Event, **facts: Any) -> None:
        """Notes what became of a folder; of one that isn't watched any more nothing."""
        if stop.is_set():
            return
        try:
            self._changed(
                lambda held: held | {folder: replace(held[folder], **facts)} if folder in held else held
            )
        except FootnoteError:
            return  # whoever lists the folders is told


def _failures(report: AddReport) -> str | None:
    """What couldn't be read, in a line."""
    if not report.failed:
        return None
    path, why = report.failed[0]
    more = f", and {len(report.failed) - 1:,} more" if len(report.failed) > 1 else ""
    return f"{why if path in why else f'{Path(path).name}: {why}'}{more}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
