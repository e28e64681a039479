"""`footnote serve` as a process of its own, with the fake embedder in place of weights: for tests that end servers."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.conftest import ROOT

_PROGRAM = """
import sys
import index.models.embed
from tests.conftest import BagOfWords
index.models.embed.load_embedder = lambda *_: BagOfWords()
from ui.terminal.start import main
sys.argv = ["footnote", *sys.argv[1:]]
main()
"""


@dataclass
class Alone:
    """A server in a process of its own, with what it wrote."""

    process: subprocess.Popen[str]
    port: int = 0
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """Ends it without a word, as a lost machine does."""
        self.process.kill()
        self.process.wait(20)


@contextmanager
def serving(folder: Path, model: str, *options: str, port: int = 0) -> Iterator[Alone]:
    """A server over the library in `folder`/lib, until the end. Waits until it answers."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "FOOTNOTE_LIBRARY": str(folder / "lib"),
        "FOOTNOTE_CACHE": str(folder / "cache"),
        "FOOTNOTE_MODEL": model,
        "FOOTNOTE_READER": "none",
        "FOOTNOTE_AT_ONCE": os.environ.get("FOOTNOTE_AT_ONCE", "4"),
        "FOOTNOTE_THRESHOLD": "0.2",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "serve", "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=environment,
    )
    alone = Alone(process, port)

    def read() -> None:
        assert process.stdout
        for line in process.stdout:
            alone.lines.append(line.rstrip())
            if line.startswith("Footnote is at http://"):
                alone.port = int(line.split()[3].rpartition(":")[2])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        _wait(alone)
        yield alone
    finally:
        process.kill()
        process.wait(20)
        reader.join(20)
        assert process.stdout
        process.stdout.close()


def _wait(alone: Alone) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and alone.process.poll() is None:
        if alone.port:
            try:
                if httpx.get(f"{alone.address}/pages/pages.css").status_code < 500:
                    return
            except httpx.TransportError:
                pass
        time.sleep(0.1)
    raise AssertionError("\n".join(alone.lines))
