"""The commands of the guide, run as they stand, page by page, as a reader would: in a folder with some articles.

Each page begins with a home of its own that holds what its commands name. The language model is a scripted one behind
OpenAI's form, and the embedder one without weights, so that drafting, evaluating and asking take seconds: with weights
the program is run by tests/test_end_to_end.py. Nothing but this machine is reached.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from fpdf import FPDF

from index.library import Library
from qa.notes import Notes
from qa.types import Citation, Message
from tests.conftest import ROOT, BagOfWords, Scripted
from tests.eval.test_propose import TOWNS, story, writer
from tests.index.web.conftest import Site, serving
from tests.lm_server import Speaking
from tests.test_guide import DOCS, GUIDE, named

pytestmark = pytest.mark.slow

NOT_RUN = {
    r"^make ": "sets up the environment that the tests themselves run in",
    r"^(~/footnote/bin/)?pip install|^python3 -m venv|^source ": "tests/test_install.py installs it",
    r"models pull": "fetches more than a gigabyte; tests/test_install.py does it",
    r"^sudo ": "changes the system: users, services and databases",
    r"^docker |^cd deploy/compose": "needs Docker; tests/test_container.py reads these files",
    r"^kubectl |^helm ": "needs a cluster; tests/test_deploy.py renders the chart",
    r"postgresql://": "needs that server; tests/index/postgres gives the same commands to a real one",
    r"^curl ": "tests/ui/test_guide.py runs them against a server",
}
"""Commands that aren't run, by how they look, and why."""
MEANT = {
    "https://example.org": "{site}",
    "/etc/footnote/": "{home}/etc/",
    "http://gpu1:8000/v1,http://gpu2:8000/v1": "{model}",
    "0d569c6c": "{article}",
    "FROM...": "FROM",
    "/articles/2024": "{home}/articles/2017",
    "/articles/2025": "{home}/election",
    "/tmp/part-": "{home}/part-",
    'ask "..."': 'ask "Who led the operation?"',
}
"""What stands for something of the reader's own, and what it is here."""
TYPED = {
    "footnote chat": "How many people did ICE arrest in Operation Safe City?\n\n",
    "footnote eval": "a\na\nr\ns\nq\n",
    "footnote people add": "correct horse battery\n",
    "footnote mcp": json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}) + "\n",
}
"""What is typed into commands that ask."""
ALSO_GOOD = {"footnote eval compare": 10, "footnote mcp": 0}
"""Exit codes besides 0 that say what is so."""
SERVE = ("footnote serve", "footnote watch")
"""Commands that go on for ever: they are ended once they do what they are for."""
SECONDS = 300.0
PROGRAM = """
import index.models.embed
from tests.conftest import BagOfWords
index.models.embed.load_embedder = lambda *_: BagOfWords()
from ui.terminal.start import main
main()
"""
FEED = "<rss version='2.0'><channel><title>Daily</title><item><link>/news/1</link></item></channel></rss>"
SITEMAP = (
    "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{}/news/1</loc></url></urlset>"
)
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    """The commands that a page shows, in their order; in the README those that are set in as well."""
    text = page.read_text(encoding="utf-8")
    lines = re.split(r"\n+(?=\S)", "".join(_BLOCK.findall(text)).strip())
    if page.parent == ROOT:
        plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        lines += [line.strip() for line in re.findall(r"^ {4}((?:footnote|make) .*)$", plain, re.MULTILINE)]
    return [command for line in lines if (command := re.sub(r"(^|\s+)#.*", "", line))]


def why_not(line: str) -> str | None:
    return next((why for look, why in NOT_RUN.items() if re.search(look, line)), None)


PAGES = (ROOT / "README.md", DOCS / "programs.md", *sorted(GUIDE.glob("*.md")))
RUN = {page: [line for line in commands(page) if why_not(line) is None] for page in PAGES}


class Reader:
    """Somebody with a home folder, who types what the guide says."""

    def __init__(self, home: Path, meant: dict[str, str], model: str) -> None:
        self.home, self._meant = home, {**meant, "home": str(home)}
        home.mkdir(exist_ok=True)
        tools = home / "bin"
        tools.mkdir(exist_ok=True)
        (tools / "footnote.py").write_text(PROGRAM)
        program = (
            f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(tools / "footnote.py"))} "$@"\n'
        )
        for name, text in (("footnote", program), ("browser", '#!/bin/sh\necho "$1" >> ~/opened\n')):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("XDG_", "FOOTNOTE_"))
            },
            "HOME": str(home),
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "BROWSER": f"{tools / 'browser'} %s",
            "FOOTNOTE_READER": "none",
            "FOOTNOTE_MODEL": model,
            "FOOTNOTE_PORT": "0",
            "COLUMNS": "100",
        }

    def library(self) -> Path:
        done = self.run("footnote config --json")
        (found,) = (row["value"] for row in json.loads(done)["settings"] if row["name"] == "library")
        return Path(found)

    def types(self, line: str) -> None:
        """Runs a command of the guide; fails where it doesn't do what it is there for."""
        for shown, meant in MEANT.items():
            line = line.replace(shown, meant.format(**self._meant))
        if re.search(f"add .*{self._meant['site']}|--from|feed update", line):
            line = f"{line} --allow-private"  # the site is on this machine
        if any(name in line for name in SERVE):
            self.serves(line)
        else:
            self.run(line)

    def run(self, line: str) -> str:
        typed = next((text for begins, text in TYPED.items() if begins in line), "")
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.home,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        good = {0} | {code for begins, code in ALSO_GOOD.items() if begins in line}
        assert done.returncode in good, f"{line}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def serves(self, line: str) -> None:
        """Starts what goes on for ever, waits until it serves, and ends it as Ctrl-C does."""
        environment = self.environment
        if (
            "--host 0.0.0.0" in line
            and "PASSWORD" not in line
            and "--password" not in line
            and "--people" not in line
        ):
            environment = {**environment, "FOOTNOTE_PASSWORD": "correct horse battery"}
        process = subprocess.Popen(
            ["bash", "-c", f"exec {line}" if line.startswith("footnote") else line],
            cwd=self.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        late = threading.Timer(SECONDS, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            lines: list[str] = []
            for said in process.stdout:
                lines.append(said)
                if found := re.search(r"Footnote is at http://[^/]*:(\d+)", said):
                    # 401 asks who it is, 403 and 421 whether it is asked under its name: it answers.
                    assert httpx.get(f"http://127.0.0.1:{found[1]}/").status_code < 500
                if found or ", in " in said:
                    break
            else:
                pytest.fail(f"{line}: {process.wait()}\n{''.join(lines)}")
            os.killpg(process.pid, signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait() in (0, 130), rest
            assert "Traceback" not in rest
        finally:
            late.cancel()
            process.kill()
            process.wait()
            process.stdout.close()  # type: ignore[union-attr]


def says(messages: Sequence[Message]) -> str:
    """Drafts questions about the bridges, and answers others with a sentence."""
    try:
        return writer(messages)
    except IndexError:
        return "It was led by the agency."


@pytest.fixture(scope="module")
def model() -> Iterator[Speaking]:
    server = Speaking(Scripted(says, yes=lambda messages: 0.01 if "Pelby" in messages[-1].content else 0.9))
    yield server
    server.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as held:
        held.page(
            "/news/1", "The pier at Torsby", "The pier at Torsby was opened in May after two years of work."
        )
        held.put("/feed.xml", FEED, "application/rss+xml")
        held.put("/sitemap.xml", SITEMAP.format(held.address), "text/xml")
        yield held


def files(home: Path, site: Site) -> None:
    """Puts down the articles and files that the commands name."""
    articles = home / "articles"
    shutil.copytree(ROOT / "index" / "sample", articles)
    for number, town in enumerate(TOWNS[:4]):
        (articles / f"{town.lower()}.md").write_text(f"# A bridge for {town}\n\n{story(town, number)}")
    (articles / "draft.md").write_text("# A draft\n\nNothing of this is settled yet.")
    (articles / "minutes.md").write_text("# Untitled document\n\nThe council met on the second of May.")
    (articles / "2017").mkdir()
    (articles / "2017" / "storm.md").write_text(
        "---\ndate: 2017-10-01\n---\n# Storm toll\n\nThree died in the storm."
    )
    for folder in ("election", "some-articles"):
        (home / folder).mkdir()
        shutil.copy(articles / "chess-final-port-calder.md", home / folder)
    for name in ("notes.pdf", "archive.pdf"):
        pdf = FPDF()
        pdf.add_page()
        pdf.set_font("helvetica", size=12)
        pdf.multi_cell(0, 8, f"The {name.partition('.')[0]} of the harbour are kept in the old custom house.")
        pdf.output(str(home / name))
    (home / "addresses.txt").write_text(f"# one a line\n{site.address}/news/1\n")
    (home / "subscriptions.opml").write_text(
        f'<opml><body><outline text="Daily" xmlUrl="{site.address}/feed.xml"/></body></opml>'
    )
    (home / ".env").write_text("FOOTNOTE_PASSWORD=correct-horse-battery\n")
    (home / "page-password.txt").write_text("correct horse battery\n")
    (home / "footnote.toml").write_text('threshold = "balanced"\n')
    (home / "etc").mkdir()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, site: Site, model: Speaking) -> Path:
    """A home with articles and files, a library of them, others of the names in the guide, notes and a conversation."""
    reader = Reader(tmp_path_factory.mktemp("guide") / "home", {"site": site.address}, model.url)
    files(reader.home, site)
    reader.run("footnote add articles/")
    reader.run("footnote chat")
    folder = reader.library()
    with Library.open(folder, embedder=BagOfWords()) as library:
        notes = Notes(library.folder)
        for article in list(library.articles())[:2]:
            notes.add(Citation(1, article, 0, 9, article.text[:9], 1.0))
    for name in ("libraries/news", "libraries/election", "libraries/garden", "A", "B", "DIR", "FROM"):
        shutil.copytree(folder, reader.home / name)
    gold = {"id": "q1", "question": "How many people did ICE arrest?", "answerable": True, "answers": ["498"]}
    evidence = [{"article": "operation-safe-city.md", "quote": "it had taken 498 people into custody"}]
    (reader.home / "GOLD.jsonl").write_text(json.dumps({**gold, "evidence": evidence}) + "\n")
    shutil.copytree(reader.home, reader.home.with_name("kept"))
    return reader.home


@pytest.mark.parametrize("page", [page for page in PAGES if RUN[page]], ids=named)
def test_the_commands_of_a_page_do_what_they_say(
    page: Path, prepared: Path, site: Site, model: Speaking
) -> None:
    shutil.rmtree(prepared)
    shutil.copytree(prepared.with_name("kept"), prepared)
    with Library.open(prepared / "A") as library:
        article = next(each.id for each in library.catalogue() if "alien-enemies" in each.source)[:8]
    meant = {
        "site": site.address,
        "model": f"{model.url},{model.url.replace('127.0.0.1', 'localhost')}",
        "article": article,
    }
    reader = Reader(prepared, meant, model.url)
    if page.stem == "first-library":
        shutil.rmtree(reader.library())
    for line in RUN[page]:
        began = time.monotonic()
        reader.types(line)
        print(f"{time.monotonic() - began:6.1f} s  {line}")


def test_what_isnt_run_is_still_there() -> None:
    lines = [line for page in PAGES for line in commands(page)]
    assert [look for look in NOT_RUN if not any(re.search(look, line) for line in lines)] == []
    assert [shown for shown in MEANT if not any(shown in line for line in lines)] == []
    assert sum(map(len, RUN.values())) > 80
