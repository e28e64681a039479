"""The evaluation's pages: which runs are listed, what of the disk can be reached, and what text may do there."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from eval.listing import find_run, find_runs
from index.types import Article
from qa.types import Answer, Citation, ModelInfo, Sentence, Timings
from ui.http.guard import LOOPBACK, PAGES_POLICY, REPORT_POLICY, Guard
from ui.page import pages, runs

HOSTILE = "<img src=http://evil.example/1.png onerror=alert(1)>\u202e{{ 7 * 7 }}"


def answered(question: str, short: str) -> Answer:
    quote = f"The answer to {question} is {short}."
    article = Article("a1", "Facts", quote, source="facts.txt")
    return Answer(
        question=question,
        standalone=question,
        short=short,
        text=quote,
        sentences=(Sentence(quote, (1,), True),),
        citations=(Citation(1, article, 0, len(quote), quote, 0.9),),
        abstained=False,
        reason="",
        confidence=0.9,
        hits=(),
        prompt_tokens=10,
        timings=Timings(total=1.25),
        model=ModelInfo("tiny", "test"),
    )


def make_run(
    folder: Path, wrong: Callable[[int], bool] = lambda i: False, word: str = "q", n: int = 12
) -> Path:
    """A run of `n` questions that answered those rightly that aren't `wrong`."""
    from eval.run import run

    gold = folder.parent / f"{folder.name}.jsonl"
    folder.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "id": f"{i}",
            "question": f"{word} {i}?",
            "answers": [f"value {i}"],
            "evidence": [],
            "answerable": True,
        }
        for i in range(n)
    ]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def system(question: str) -> Answer:
        i = int(question.rstrip("?").rpartition(" ")[2])
        return answered(question, "nonsense" if wrong(i) else f"value {i}")

    run(gold, out=folder, system=system)
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs, one of them in a folder of its own, and with what isn't a run."""
    root = tmp_path_factory.mktemp("web") / "runs"
    make_run(root / "good run", lambda i: False, HOSTILE)
    make_run(root / "sweep" / "worse", lambda i: i < 9, HOSTILE)
    later = json.loads((root / "sweep" / "worse" / "run.json").read_text())
    later["started"] = "2099-01-01T00:00:00+00:00"
    (root / "sweep" / "worse" / "run.json").write_text(json.dumps(later))
    for name, text in (("broken", "{no"), ("list", "[1]"), ("half", '{"system": "x", "gold": "g.jsonl"}')):
        (root / name).mkdir()
        (root / name / "run.json").write_text(text)
    (root / "old").mkdir()
    (root / "old" / "run.json").write_text("{}")
    (root / "old" / "summary.json").write_text('{"n": 3, "all": {}}')
    (root / "empty").mkdir()
    return root


def client(root: Path) -> TestClient:
    app = Starlette(routes=[*pages.file_routes(), *runs.routes(root)])
    return TestClient(Guard(app, LOOPBACK), base_url="http://127.0.0.1:7860")


def test_runs_are_listed_newest_first_and_damage_is_said(root: Path) -> None:
    found = {run.name: run for run in find_runs(root)}
    assert list(found)[:2] == ["sweep/worse", "good run"]
    good, worse = found["good run"], found["sweep/worse"]
    assert (good.n, good.right, good.seconds, good.gold) == (12, 1.0, 1.25, "good run.jsonl")
    assert worse.right == 0.25
    assert worse.token_f1 == 0.25
    assert worse.wrongly_refused == 0.0
    assert "damaged" in found["broken"].problem
    assert "damaged" in found["list"].problem
    assert "not finished" in found["half"].problem
    assert "older version" in found["old"].problem
    assert "empty" not in found
    page = client(root).get("/runs").text
    assert page.index("sweep/worse") < page.index("good run")
    assert 'href="/runs/good%20run"' in page
    assert page.count('type="checkbox"') == 2


def test_without_runs_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    page = client(tmp_path / "none").get("/runs").text
    assert "footnote eval run" in page
    assert str(tmp_path / "none") in page


def test_a_report_is_made_once_and_again_when_scores_changed(root: Path) -> None:
    file = root / "good run" / "report.html"
    reply = client(root).get("/runs/good%20run")
    assert reply.status_code == 200
    assert reply.headers["content-security-policy"] == REPORT_POLICY
    assert '<a href="/runs">← All runs</a>' in reply.text
    assert "All runs" not in file.read_text()
    file.write_text("<body>mine</body>")
    assert "mine" in client(root).get("/runs/good%20run").text
    os.utime(file, (0, 0))
    assert "mine" not in client(root).get("/runs/good%20run").text


def test_a_run_that_cannot_be_read_says_why(root: Path, tmp_path: Path) -> None:
    reply = client(root).get("/runs/broken")
    assert reply.status_code == 409
    assert "run.json is damaged" in reply.text
    run = make_run(tmp_path / "runs" / "r", n=3)
    (run / "questions.jsonl").write_text("damaged\nrecords\n")
    reply = client(tmp_path / "runs").get("/runs/r")
    assert reply.status_code == 409
    assert "line 1 is damaged" in reply.text
    assert "line 1 is damaged" in client(tmp_path / "runs").get("/runs/compare?a=r&b=r").text


@pytest.mark.parametrize(
    "path",
    [
        "/runs/..",
        "/runs/../secret",
        "/runs/%2e%2e/secret",
        "/runs/..%2fsecret",
        "/runs/%2e%2e%2fsecret",
        "/runs/good%20run/..%2f..%2fsecret",
        "/runs//secret",
        "/runs/%2fsecret",
        "/runs/..%5csecret",
        "/runs/%00",
        "/runs/link",
        "/runs/sweep",
        "/runs/compare?a=../secret&b=../secret",
        "/runs/compare?a=good%20run&b=/secret",
        "/pages/../runs.py",
        "/pages/..%2fruns.py",
    ],
)
def test_nothing_outside_of_the_folder_can_be_reached(root: Path, path: str) -> None:
    secret = root.parent / "secret"
    if not secret.exists():
        make_run(secret, n=2, word="SECRET")
        (root / "link").symlink_to(secret)
    reply = client(root).get(path)
    assert reply.status_code == 404
    assert "SECRET" not in reply.text
    # A client may tidy a path before it is sent; the name itself must not do either.
    assert find_run(root, unquote(path).removeprefix("/runs/")) is None


@pytest.mark.parametrize("file", ["report.html", "questions.jsonl", "summary.json", "run.json"])
def test_a_file_of_a_run_that_leads_elsewhere_is_not_followed(tmp_path: Path, file: str) -> None:
    run = make_run(tmp_path / "runs" / "r", n=2, word="SECRET")
    outside = tmp_path / "outside"
    (run / file).unlink(missing_ok=True)
    outside.write_text("{}SECRET")
    (run / file).symlink_to(outside)
    reply = client(tmp_path / "runs").get("/runs/r")
    assert reply.status_code == 409
    assert f"{file} leads out" in reply.text
    assert "SECRET" not in reply.text


def test_two_ticked_runs_are_compared_the_older_as_a(root: Path) -> None:
    reply = client(root).get("/runs/compare", params={"run": ["sweep/worse", "good run"]})
    assert reply.url.query == b"a=good+run&b=sweep%2Fworse"
    assert reply.headers["content-security-policy"] == PAGES_POLICY
    assert "B is significantly worse" in reply.text
    assert 'class="verdict worse"' in reply.text
    assert "0 / 9 / 3" in reply.text
    assert reply.text.count("<article") == 9


@pytest.mark.parametrize("query", ["run=good+run", "run=a&run=b&run=c", "run=good+run&run=good+run"])
def test_comparing_needs_two_runs(root: Path, query: str) -> None:
    assert client(root).get(f"/runs/compare?{query}").status_code == 400


def test_a_run_may_be_called_compare(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "compare", n=2)
    assert client(tmp_path / "runs").get("/runs/compare").headers["content-security-policy"] == REPORT_POLICY


def test_hostile_text_stays_text(root: Path) -> None:
    page = client(root).get("/runs/compare?a=good%20run&b=sweep/worse").text
    assert "&lt;img src=http://evil.example/1.png" in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "{{ 7 * 7 }}" in page
    name = client(root).get("/runs/%3Cscript%3E")
    assert "<script>" not in name.text.replace('<script src="/pages', "")


def test_every_page_has_the_strict_policy(root: Path) -> None:
    for path in ("/runs", "/runs/nothing", "/runs/compare?run=x", "/runs/broken"):
        headers = client(root).get(path).headers
        assert headers["content-security-policy"] == PAGES_POLICY
        assert headers["x-content-type-options"] == "nosniff"
    assert client(root).get("/pages/pages.css").headers["content-type"].startswith("text/css")
    assert client(root).get("/runs", headers={"host": "evil.example"}).status_code == 403


def test_an_application_cannot_loosen_the_policy() -> None:
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    def loose(_request: Request) -> Any:
        return PlainTextResponse("", headers={"Content-Security-Policy": "default-src *"})

    guarded = TestClient(Guard(Starlette(routes=[Route("/", loose)]), LOOPBACK), base_url="http://localhost")
    assert "*" not in guarded.get("/").headers["content-security-policy"]


RUN = {"gold": "g", "system": "s", "model": "m", "started": "2026-01-01T00:00:00"}
FINISHED = {"n": 1, "all": {"right": {"value": 0.5}}, "seconds": {"total": {"p50": 1}}}


def half_run(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(RUN))
    (folder / "summary.json").write_text(json.dumps(FINISHED))
    return folder


@pytest.mark.parametrize("name", ["run.json", "questions.jsonl", "summary.json", "report.html"])
@pytest.mark.parametrize("kind", ["pipe", "loop", "folder"])
def test_what_is_no_file_is_not_read(tmp_path: Path, name: str, kind: str) -> None:
    """A pipe would be read for ever, a link to itself can't be followed."""
    file = half_run(tmp_path / "runs" / "odd") / name
    file.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    else:
        file.symlink_to(name)
    found: list[Any] = []
    looking = threading.Thread(target=lambda: found.append(find_runs(tmp_path / "runs")), daemon=True)
    looking.start()
    looking.join(20)
    assert found
    assert all(run.problem for run in found[0])


@pytest.mark.parametrize(
    "summary",
    [
        '{"n": 1e999, "all": {}, "seconds": {}}',
        '{"n": 1, "all": {"right": {"value": 1%s}}, "seconds": {}}' % ("0" * 400),
        '{"n": 1%s, "all": {"right": null}, "seconds": {"total": {"p50": 1e999}}}' % ("0" * 400),
    ],
)
def test_numbers_that_are_none_are_damage(tmp_path: Path, summary: str) -> None:
    folder = half_run(tmp_path / "runs" / "odd")
    (folder / "summary.json").write_text(summary)
    [run] = find_runs(tmp_path / "runs")
    assert run.problem or client(tmp_path / "runs").get("/runs/odd").status_code == 409


def test_a_summary_of_which_no_report_can_be_made_is_one_line(tmp_path: Path) -> None:
    half_run(tmp_path / "runs" / "odd")
    reply = client(tmp_path / "runs").get("/runs/odd")
    assert reply.status_code == 409
    assert "is damaged" in reply.text
