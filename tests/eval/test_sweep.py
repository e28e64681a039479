"""Sweeps over real libraries with a scripted model: points, derived thresholds, going on, the table and the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eval.run import run
from eval.summary import Metric, Summary
from eval.sweep import Point, Sweep, at_threshold, render, sweep, write_html
from index.config import Config
from index.errors import BadSetting
from index.library import Library
from index.read import make_article
from qa.types import Delta, Message, ModelInfo

TEXTS = {
    "bridge": "The Lind bridge opened on 3 May 2011. It cost 40 million crowns. Ada Lind drew the plans.",
    "ferry": "The ferry to Holm stopped in 2011. Its captain, Per Vik, bought a farm.",
    "school": "The school of Odeburg burned down on Monday. Nobody was hurt. Its head is Ann Lee.",
    "mill": "The mill was sold to Jon Berg for 300 crowns. He grinds rye there.",
}
# id, question, gold answers, where the quote stands, the quote; and the odds and the phrase of the model.
QUESTIONS: list[tuple[str, str, list[str], str, str, float, str]] = [
    ("sure", "When did the Lind bridge open?", ["3 May 2011"], "bridge", "opened on 3 May 2011", 0.99, "3 May 2011"),
    ("fair", "What did the Lind bridge cost?", ["40 million crowns"], "bridge", "It cost 40 million crowns.", 0.9,
     "40 million crowns"),
    ("weak", "Who is the captain of the ferry?", ["Per Vik"], "ferry", "Its captain, Per Vik", 0.7, "Per Vik"),
    ("wrong", "Who bought the mill?", ["Jon Berg"], "mill", "sold to Jon Berg", 0.85, "300 crowns"),
    ("faint", "Who leads the school of Odeburg?", ["Ann Lee"], "school", "Its head is Ann Lee.", 0.3, "Ann Lee"),
    ("none", "Who painted the bridge?", [], "", "", 0.6, "Ada Lind"),
    ("year", "What did the Lind bridge cost in 1950?", [], "", "", 0.95, "40 million crowns"),
    ("gone", "Where does the mayor sleep?", [], "", "", 0.01, "none"),
]  # fmt: skip


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    rows: list[dict[str, Any]] = [
        {
            "id": id_,
            "question": question,
            "answers": answers,
            "evidence": [{"article": f"{article}.txt", "quote": quote}] if quote else [],
            "answerable": bool(answers),
        }
        for id_, question, answers, article, quote, _, _ in QUESTIONS
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def library(tmp_path: Path, library_of: Any) -> Iterator[Library]:
    articles = [make_article(t, title=n, source=f"{n}.txt") for n, t in TEXTS.items()]
    with library_of(tmp_path / "library", articles) as library:
        yield library


class Oracle:
    """Gives each question of QUESTIONS its odds and its phrase; counts the questions that it is asked about."""

    context = 4096

    def __init__(self, name: str = "oracle") -> None:
        self.info = ModelInfo(name, "test")
        self.asked: list[str] = []
        self.stop_after = 10**9

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def generate(self, messages: Sequence[Message], *, top_logprobs: int = 0, **more: Any) -> Iterator[Delta]:
        import math

        told = "\n".join([*(message.content for message in messages), ""])
        if "\n\nStatement: " in told:  # believes whatever it wrote
            yield Delta("Yes", -0.1, (("Yes", -0.01), ("No", -5.0)), 10)
            return
        id_, *_, odds, phrase = next(q for q in QUESTIONS if f"Question: {q[1]}\n" in told)
        if top_logprobs:
            yield Delta("Yes", -0.1, (("Yes", math.log(odds)), ("No", math.log1p(-odds))), 10)
            return
        last = len(messages) > 2 and messages[-2].role == "assistant"
        if not last:
            if len(self.asked) >= self.stop_after:
                raise KeyboardInterrupt
            self.asked.append(id_)
        for piece in re.findall(r"\s*\S+", f"The articles say {phrase}." if last else phrase):
            yield Delta(piece, -0.2)

    def close(self) -> None:
        pass


def confidences(folder: Path) -> dict[str, float | None]:
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        r["id"]: None if r["answer"]["abstained"] else r["answer"]["confidence"]
        for r in map(json.loads, lines)
    }


def metrics_of(folder: Path) -> dict[str, dict[str, float]]:
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        record["id"]: {**record["metrics"], "stage": record["stage"]} for record in map(json.loads, lines)
    }


CONFIG = Config(k=3, reader="none")


def test_a_threshold_is_derived_as_if_it_had_been_run(gold: Path, library: Library, tmp_path: Path) -> None:
    thresholds = [0.3, 0.05, 0.9]
    model = Oracle()
    out = tmp_path / "sweep"
    found = sweep(
        gold, out=out, settings={"threshold": thresholds}, library=library, model=model, config=CONFIG
    )
    assert len(model.asked) == len(QUESTIONS), "asked once, at the lowest threshold"
    assert [point.settings for point in found.points] == [{"threshold": t} for t in thresholds]
    refused = []
    for point in found.points:
        threshold = point.settings["threshold"]
        assert isinstance(threshold, float)
        really = tmp_path / f"really {threshold}"
        config = replace(CONFIG, threshold=threshold)
        summary = run(gold, out=really, library=library, model=Oracle(), config=config)
        assert metrics_of(point.folder) == metrics_of(really)
        for part in ("all", "has_ans", "no_ans", "by_kind", "stages", "n", "errors", "missing"):
            assert getattr(point.summary, part) == getattr(summary, part)
        assert confidences(point.folder) == confidences(really)
        assert point.summary.run["config"]["threshold"] == threshold
        refused.append(sum(c is None for c in confidences(really).values()))
    assert len(set(refused)) == len(thresholds), "each threshold refuses others, or nothing was tested"


def test_a_refusal_that_was_derived_keeps_what_it_held_back(
    gold: Path, library: Library, tmp_path: Path
) -> None:
    settings = {"threshold": [0.05, 0.99]}
    out = tmp_path / "sweep"
    sweep(gold, out=out, settings=settings, library=library, model=Oracle(), config=CONFIG)
    lines = (out / "threshold=0.99" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    record = next(r for r in map(json.loads, lines) if r["id"] == "weak")
    assert record["answer"]["abstained"]
    assert (record["withheld"], record["answer"]["short"], record["answer"]["citations"]) == (
        "Per Vik",
        "",
        [],
    )
    assert record["judged"] is None
    assert record["hits"]
    assert record["evidence"]


def test_a_confidence_too_close_to_tell_is_asked_again(gold: Path, library: Library, tmp_path: Path) -> None:
    run(gold, out=tmp_path / "run", library=library, model=Oracle(), config=replace(CONFIG, threshold=0.05))
    close = confidences(tmp_path / "run")["fair"]
    assert close is not None
    for _ in range(2):
        model = Oracle()
        settings = {"threshold": [0.05, close]}
        out = tmp_path / "sweep"
        found = sweep(gold, out=out, settings=settings, library=library, model=model, config=CONFIG)
        assert [point.summary.n for point in found.points] == [len(QUESTIONS)] * 2
        assert model.asked in ([q[0] for q in QUESTIONS] + ["fair"], []), "and only once"
    run(gold, out=tmp_path / "real", library=library, model=Oracle(), config=replace(CONFIG, threshold=close))
    assert metrics_of(found.points[1].folder) == metrics_of(tmp_path / "real")


def test_every_combination_is_a_run_and_finished_ones_cost_nothing(
    gold: Path, library: Library, tmp_path: Path
) -> None:
    out, model = tmp_path / "sweep", Oracle()
    settings = {"k": ["1", 3], "threshold": [0.3, "0.6"], "evidence_tokens": [20]}
    told: list[tuple[int, int, str]] = []

    def go(model: Oracle) -> Sweep:
        return sweep(
            gold, out=out, settings=settings, library=library, model=model, config=CONFIG, limit=4,
            progress=lambda *step: told.append(step),
        )  # fmt: skip

    model.stop_after = 6
    with pytest.raises(KeyboardInterrupt):
        go(model)
    assert len(model.asked) == 6
    model.stop_after = 10**9
    found = go(model)
    assert len(model.asked) == 8, "two values of k, four questions each"
    assert [point.label for point in found.points] == [
        "k=1 threshold=0.3 evidence_tokens=20",
        "k=1 threshold=0.6 evidence_tokens=20",
        "k=3 threshold=0.3 evidence_tokens=20",
        "k=3 threshold=0.6 evidence_tokens=20",
    ]
    assert told[-1] == (8, 8, "k=3,threshold=0.3,evidence_tokens=20")
    assert all(done <= total for done, total, _ in told)
    for point in found.points:
        assert point.summary.n == 4
        assert point.quality == point.summary.all["token_f1"].value
        assert point.seconds == point.summary.seconds["total"]["p50"] > 0
        assert point.summary.run["config"]["k"] == point.settings["k"]
    fresh = Oracle()
    again = go(fresh)
    assert not fresh.asked
    assert [(p.label, p.quality, p.seconds) for p in again.points] == [
        (p.label, p.quality, p.seconds) for p in found.points
    ]
    lower = sweep(
        gold, out=out, settings={**settings, "k": [1], "threshold": [0.1, 0.3]}, library=library,
        model=fresh, config=CONFIG, limit=4,
    )  # fmt: skip
    assert len(fresh.asked) == 4, "a lower threshold is run; what was run at 0.3 stays as it is"
    assert lower.points[1].seconds == found.points[0].seconds


def test_a_gold_set_that_grew_is_gone_on_with_at_every_threshold(
    gold: Path, library: Library, tmp_path: Path
) -> None:
    out, settings = tmp_path / "sweep", {"threshold": [0.2, 0.6]}
    for limit in (3, 8):
        model = Oracle()
        found = sweep(
            gold, out=out, settings=settings, library=library, model=model, config=CONFIG, limit=limit
        )
        assert [point.summary.n for point in found.points] == [limit, limit]
    assert len(model.asked) == 5


def test_another_passage_size_has_the_articles_indexed_once(
    gold: Path, library: Library, tmp_path: Path, embedder: Any
) -> None:
    settings = {"passage_tokens": [12, 200], "k": [1, 2]}
    out = tmp_path / "sweep"
    before = library.status()
    found = sweep(gold, out=out, settings=settings, library=library, model=Oracle(), config=CONFIG)
    passages = [point.summary.run["library"]["passages"] for point in found.points]
    assert passages[0] == passages[1] > passages[2] == passages[3] == len(TEXTS)
    assert [point.summary.run["library"]["articles"] for point in found.points] == [len(TEXTS)] * 4
    assert library.status() == before, "the user's own library stays as it is"
    assert len(list((out / "libraries").iterdir())) == 2
    embedded = embedder.documents
    model = Oracle()
    sweep(gold, out=out, settings=settings, library=library, model=model, config=CONFIG)
    assert not model.asked
    files = [f for f in (out / "libraries").iterdir() if f.is_dir()]
    assert len(files) == 2
    # Evidence is embedded as documents by questions alone, and none were asked.
    assert embedder.documents == embedded
    shown = [point.summary.all["recall@1"].value for point in found.points]
    assert all(0 < value <= 1 for value in shown)


def test_models_and_embedders_are_swept_by_name_or_whole(
    gold: Path, library: Library, tmp_path: Path, embedder: Any
) -> None:
    small, large = Oracle("small"), Oracle("hf:org/large<b>")
    other = type(embedder)("1" * 64)
    other.name = "other-words"
    settings = {"model": [small, large], "embedder": [embedder, other]}
    found = sweep(gold, out=tmp_path / "sweep", settings=settings, library=library, config=CONFIG, limit=2)
    assert len(small.asked) == len(large.asked) == 4
    assert [tuple(point.settings.values()) for point in found.points] == [
        ("small", "bag-of-words"),
        ("small", "other-words"),
        ("hf:org/large<b>", "bag-of-words"),
        ("hf:org/large<b>", "other-words"),
    ]
    made = [point.summary.run["library"]["weights_hash"][0] for point in found.points]
    assert made == ["0", "1", "0", "1"]
    assert all(re.fullmatch(r"[\w.,=-]+", point.folder.name) for point in found.points)
    twin = Oracle("small")
    with pytest.raises(BadSetting, match="two values of model are both called small"):
        sweep(gold, out=tmp_path / "s", settings={"model": [small, twin]}, library=library)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs a setting and its values"),
        ({"colour": ["red"]}, "can't sweep 'colour': choose k, evidence_tokens, max_tokens"),
        ({"seconds": [1]}, "can't sweep 'seconds'"),
        ({"k": []}, "no values of k"),
        ({"k": ["many"]}, "k must be a whole number from 1 to 1000, not 'many'"),
        ({"k": [0]}, "k must be a whole number from 1 to 1000, not 0"),
        ({"k": [1.5]}, "k must be a whole number from 1 to 1000, not 1.5"),
        (
            {"threshold": [0.2, 1.2]},
            "threshold must be strict, balanced, eager or a number from 0 to 1, not 1.2",
        ),
        ({"threshold": [-1]}, "a number from 0 to 1, not -1"),
        ({"threshold": [float("nan")]}, "a number from 0 to 1, not nan"),
        ({"model": [None]}, "model needs a value"),
        ({"embedder": [""]}, "embedder needs a value"),
    ],
)
def test_settings_that_make_no_sense_are_refused_before_anything_is_written(
    gold: Path, library: Library, tmp_path: Path, settings: Any, message: str
) -> None:
    with pytest.raises(BadSetting, match=message):
        sweep(gold, out=tmp_path / "sweep", settings=settings, library=library)
    assert not (tmp_path / "sweep").exists()


def test_two_sweeps_do_not_write_to_one_folder(gold: Path, library: Library, tmp_path: Path) -> None:
    def nested(*_: Any) -> None:
        with pytest.raises(BadSetting, match="another sweep is writing"):
            sweep(gold, out=tmp_path / "sweep", settings={"k": [1]}, library=library, model=Oracle())

    sweep(
        gold, out=tmp_path / "sweep", settings={"k": 1}, library=library, model=Oracle(), config=CONFIG,
        limit=1, progress=nested,
    )  # fmt: skip


# The table and the page


def point(name: str, quality: float, seconds: float, folder: Path = Path("/none")) -> Point:
    metric = Metric(quality, quality - 0.1, quality + 0.1, 10)
    times = {"total": {"p50": seconds, "p95": 2 * seconds, "n": 10}}
    summary = Summary(
        10, 0, {"token_f1": metric}, {}, {}, {}, times, None, (), {}, None, None, None, {}
    )  # fmt: skip
    return Point({"model": name, "k": 5}, summary, folder, quality, seconds)


POINTS = (
    point("slow and good", 0.8, 9.0),
    point("beaten", 0.5, 9.5),
    point("quick", 0.4, 2.0),
    point("as quick, worse", 0.3, 2.0),
    point("between", 0.6, 4.0),
    point("its twin", 0.6, 4.0),
)


def test_the_front_is_what_no_other_point_beats() -> None:
    front = [p.settings["model"] for p in Sweep(POINTS).pareto]
    assert front == ["slow and good", "quick", "between", "its twin"]


def test_the_table_is_sorted_by_quality_and_marks_the_front() -> None:
    hostile = point("[red]x[/red]\x1b[2J", 0.7, 1.0)
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render(Sweep((*POINTS[:3], hostile))))
    console.file.close()
    text = console.export_text()
    rows = [line for line in text.splitlines() if re.search(r"\d\.\d\d", line)]
    order = [next(n for n in ("slow", "[red]x[/red]", "beaten", "quick") if n in row) for row in rows]
    assert order == ["slow", "[red]x[/red]", "beaten", "quick"]
    assert ["●" in row for row in rows] == [True, True, False, False]
    assert "\x1b" not in text


class Page(HTMLParser):
    """Collects what a page would load, run or lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.policy = ""
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        assert not {name for name in found if name.startswith("on")}
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""
        if tag == "a":
            self.links.append(found["href"] or "")
        assert "src" not in found

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_stands_alone_and_links_each_report(gold: Path, library: Library, tmp_path: Path) -> None:
    models = [Oracle("plain"), Oracle("<script>alert(1)</script>&")]
    settings = {"model": models, "threshold": [0.2, 0.6]}
    found = sweep(gold, out=tmp_path / "sweep", settings=settings, library=library, config=CONFIG, limit=3)
    path = write_html(found, tmp_path / "sweep" / "sweep.html")
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.policy.startswith("default-src 'none'")
    assert not page.tags & {"script", "img", "link", "iframe"}
    assert "svg" in page.tags
    assert "<script>alert(1)</script>&" in page.words, "shown as it is"
    assert len(page.links) == 4
    from urllib.parse import unquote

    for link in page.links:
        assert (path.parent / unquote(link)).is_file()
    assert "http" not in " ".join(page.links)
    assert "model and threshold" in page.words


def test_what_the_reader_is_less_sure_of_is_asked_again_at_a_higher_threshold() -> None:
    answer = {"abstained": False, "outcome": "answered", "confidence": 0.31, "short": "Ada", "text": "Ada."}
    record = {"answer": answer, "withheld": "", "judged": []}
    assert at_threshold(record, 0.3, again=True) == record
    assert at_threshold(record, 0.4, again=True) is None
    doubtful = {**record, "answer": {**answer, "outcome": "unsure"}}
    assert at_threshold(doubtful, 0.3, again=True) is None
