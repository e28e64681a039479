"""Footnote installed as a user installs it, into the oldest and the newest Python that it promises, and used there.

Takes some minutes and gigabytes for each, of which nothing is left behind. A Python that isn't on this machine is
left out, with a word.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("eval", "index", "qa", "ui")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PROMISED = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))


def test_the_promised_pythons_are_named_alike_everywhere() -> None:
    oldest = PROMISED[0]
    assert PROJECT["requires-python"] == f">={oldest}"
    assert f"({oldest} or newer" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {oldest} or newer" in (ROOT / "Makefile").read_text(encoding="utf-8")
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert ruff["target-version"] == f"py{oldest.replace('.', '')}"


def test_every_package_is_installed() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = (file.parent for name in PACKAGES for file in (ROOT / name).rglob("__init__.py"))
    assert set(setuptools["packages"]) == {".".join(folder.relative_to(ROOT).parts) for folder in folders}


@pytest.mark.models
@pytest.mark.install
@pytest.mark.parametrize("version", [PROMISED[0], PROMISED[-1]])
def test_an_installation_is_whole_and_works(version: str) -> None:
    python = _interpreter(version)
    with tempfile.TemporaryDirectory() as place:  # not `tmp_path`, which pytest keeps
        home = Path(place)
        copied = _copy(home / "source")
        _run([python, "-m", "venv", str(home / "venv")])
        bin = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
        pip = [str(bin / "python"), "-m", "pip"]
        # What is never imported needn't be compiled.
        quick = {**os.environ, "PIP_NO_COMPILE": "1"}
        _run(
            [*pip, "install", "-q", "-c", "constraints.txt", "."],
            cwd=home / "source",
            env=quick,
            timeout=1200,
        )
        _run([*pip, "check"])
        shutil.rmtree(home / "source")

        used = _Used(bin, home)
        used.holds(copied, version)
        used.searches()
        used.measures()
        used.serves()


class _Used:
    """An installation, used from a folder outside of the checkout."""

    def __init__(self, bin: Path, home: Path) -> None:
        self.bin, self.cwd = bin, home / "elsewhere"
        self.cwd.mkdir()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("FOOTNOTE_", "PYTHON"))}
        self.env |= {"FOOTNOTE_LIBRARY": str(home / "library"), "XDG_CONFIG_HOME": str(home / "config")}
        self.site = Path()

    def footnote(self, *arguments: str) -> str:
        return _run([str(self.bin / "footnote"), *arguments], cwd=self.cwd, env=self.env)

    def holds(self, copied: Sequence[Path], version: str) -> None:
        """Every file of the packages, code and data; under the Python and the promise that were meant."""
        probe = (
            "import eval, index, qa, ui, sys, importlib.metadata as m; from pathlib import Path;"
            "about = m.metadata('footnote-qa');"
            "print(Path(qa.__file__).parents[1], '%d.%d' % sys.version_info[:2], about['Requires-Python'], sep='\\n')"
        )
        told = _run([str(self.bin / "python"), "-c", probe], cwd=self.cwd, env=self.env).splitlines()
        self.site = Path(told[0])
        assert self.site.is_relative_to(self.bin.parent)
        assert told[1:] == [version, PROJECT["requires-python"]]
        wanted = [path for path in copied if path.parts[0] in PACKAGES]
        assert wanted
        assert [str(path) for path in wanted if not (self.site / path).is_file()] == []

    def searches(self) -> None:
        """Adds the sample articles with the real embedder, and finds the right one."""
        assert "Usage: footnote" in self.footnote("--help")
        self.footnote("add", str(self.site / "index" / "sample"))
        hits = json.loads(
            self.footnote("search", "How many people did ICE arrest in Operation Safe City?", "--json")
        )
        assert "498" in hits[0]["text"]

    def measures(self) -> None:
        """Runs gold questions that came along, and writes the report."""
        gold = self.site / "eval" / "gold" / "sample.jsonl"
        self.footnote("eval", "run", str(gold), "--system", "bm25", "--limit", "2", "--out", "runs/sample")
        assert "<style" in (self.cwd / "runs" / "sample" / "report.html").read_text(encoding="utf-8")

    def serves(self) -> None:
        """Shows the page and the list of runs, with their styles and scripts."""
        with _model_server() as model, self._page(model) as address:
            for path, words in (
                ("", "gradio"),
                ("runs", "sample"),
                ("pages/pages.css", "{"),
                ("pages/runs.js", "document"),
            ):
                with urllib.request.urlopen(f"{address}/{path}", timeout=60) as reply:
                    assert words in reply.read().decode(), path

    @contextmanager
    def _page(self, model: str) -> Iterator[str]:
        command = [str(self.bin / "footnote"), "serve", "--port", "0", "--model", model]
        with subprocess.Popen(
            command, cwd=self.cwd, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            give_up = threading.Timer(180, process.kill)
            give_up.start()
            try:
                assert process.stdout is not None
                printed = ""
                while line := process.stdout.readline():
                    printed += line
                    if found := re.search(r"Footnote is at (http://\S+)", line):
                        yield found[1].rstrip("/")
                        return
                pytest.fail(f"the page did not start: {printed[-2000:]}")
            finally:
                give_up.cancel()
                process.terminate()


@contextmanager
def _model_server() -> Iterator[str]:
    """The address of a server that has a model, but would answer nothing: enough for the page to open."""

    class Models(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"data": [{"id": "none"}]}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Models) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


def _interpreter(version: str) -> str:
    """The path of that Python; skips the test where there is none."""
    probe = ["-c", "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], sys._base_executable)"]
    environment = {**os.environ, "PYENV_VERSION": version}  # pyenv's python3.13 runs under no other
    for path in (f"python{version}", sys.executable):
        if shutil.which(path):
            done = subprocess.run([path, *probe], env=environment, capture_output=True, text=True, timeout=60)
            found, _, real = done.stdout.strip().partition(" ")
            if found == version:
                return real
    pytest.skip(f"needs python{version}, with venv, on the PATH: an installation there was not tried")


def _copy(folder: Path) -> list[Path]:
    """Copies what is under version control, or would be, to `folder`; its paths."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout: which files belong to the project is asked of git")
    listed = _run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    paths = [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)
    return paths


def _run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    timeout: float = 300,
) -> str:
    """What a command prints; fails with what it complained of."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-3000:]}"
    return done.stdout
