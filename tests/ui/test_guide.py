"""The commands and the Python of docs/programs.md and the README, run as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from index.types import Article
from tests.conftest import ROOT
from tests.lm_server import Speaking
from tests.ui.conftest import NEWS, bridge_reply

PAGES = ("docs/programs.md", "README.md")
WITHOUT_WEIGHTS = """
import index.models.embed
from tests.conftest import BagOfWords
index.models.embed.load_embedder = lambda *_: BagOfWords()
"""


def blocks(kind: str, *pages: str) -> list[str]:
    found = re.compile(rf"```{kind}\n(.*?)```", re.DOTALL)
    return [code for page in pages for code in found.findall((ROOT / page).read_text(encoding="utf-8"))]


OF_A_SERVER, OF_A_LIBRARY = (
    [code for code in blocks("python", *PAGES) if ('"DIR"' in code) is within] for within in (False, True)
)


def here(text: str, address: str) -> str:
    """The commands, asked of the server that the test runs."""
    return text.replace("http://127.0.0.1:7860", address).replace('model="library"', 'model="lib"')


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl(newsroom: Any, scripted: Any) -> None:
    site = newsroom(scripted(bridge_reply))
    commands = [
        c for block in blocks("sh", PAGES[0]) for c in re.findall(r"^curl .*?(?=\n\n|\Z)", block, re.M | re.S)
    ]
    assert len(commands) == 7
    for command in commands:
        shown = here(command.strip(), site.address)
        done = subprocess.run(["bash", "-c", shown], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        if "stream" in command:
            assert "event: final" in done.stdout
        else:
            assert "error" not in json.loads(done.stdout), command


@pytest.mark.parametrize("code", OF_A_SERVER)
def test_python_that_asks_a_server(newsroom: Any, scripted: Any, code: str) -> None:
    site = newsroom(scripted(bridge_reply))
    command = [sys.executable, "-c", here(code, site.address)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("code", OF_A_LIBRARY)
def test_python_that_opens_a_library(
    copied: Callable[[Iterable[Article], Path], None], scripted: Any, tmp_path: Path, code: str
) -> None:
    copied(NEWS, tmp_path / "DIR")
    model = Speaking(scripted(bridge_reply))
    try:
        done = subprocess.run(
            [sys.executable, "-c", f"{WITHOUT_WEIGHTS}\n{code}"],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "FOOTNOTE_MODEL": model.url,
                "FOOTNOTE_READER": "none",
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
    finally:
        model.close()
    assert done.returncode == 0, done.stderr
    assert bool(done.stdout.strip()) is ("print(" in code)


def test_all_python_of_the_pages_is_run() -> None:
    assert (len(OF_A_SERVER), len(OF_A_LIBRARY)) == (4, 3)
