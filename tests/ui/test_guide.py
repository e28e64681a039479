"""The commands of docs/programs.md, run as they stand against a running server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.ui.conftest import bridge_reply

GUIDE = (ROOT / "docs" / "programs.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL)


def here(text: str, address: str) -> str:
    """The commands, asked of the server that the test runs."""
    return text.replace("http://127.0.0.1:7860", address).replace('model="library"', 'model="lib"')


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl(newsroom: Any, scripted: Any) -> None:
    site = newsroom(scripted(bridge_reply))
    commands = [c for block in blocks("sh") for c in re.findall(r"^curl .*?(?=\n\n|\Z)", block, re.M | re.S)]
    assert len(commands) == 7
    for command in commands:
        shown = here(command.strip(), site.address)
        done = subprocess.run(["bash", "-c", shown], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        if "stream" in command:
            assert "event: final" in done.stdout
        else:
            assert "error" not in json.loads(done.stdout), command


@pytest.mark.parametrize("number", [0, 1])
def test_python(newsroom: Any, scripted: Any, number: int) -> None:
    site = newsroom(scripted(bridge_reply))
    command = [sys.executable, "-c", here(blocks("python")[number], site.address)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
