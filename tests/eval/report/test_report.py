"""The report's words and figures, without a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from eval.report import figures, markdown, plots, svg, write_report
from index.errors import BadSetting

Records = list[dict[str, Any]]
CSS = Path(plots.__file__).with_name("report.css")


class Parsed(HTMLParser):
    """The elements of a page, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.inside and self.inside[-1] in ("script", "style"):
            self.texts.setdefault(self.inside[-1], []).append(data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def page(folder: Path) -> Parsed:
    return Parsed(write_report(folder).read_text(encoding="utf-8"))


@pytest.fixture
def report(run_folder: Any) -> Callable[..., Parsed]:
    return lambda records, whole=None: page(run_folder(records, whole))


def test_the_head_says_what_was_asked_of_whom_and_when(report: Any, records: Records) -> None:
    text = report(records).text
    assert "harbour-news.jsonl" in text
    assert (
        "footnote with small-1.5b · 60 questions, 20 of them without an answer, 2 errors · 20 November 2026"
        in text
    )


def test_figures_come_with_their_intervals_and_numbers(
    report: Any, records: Records, summarised: Any
) -> None:
    whole = summarised(records)
    whole["has_ans"]["token_f1"] = {"value": 0.6666, "low": 0.5125, "high": 0.8, "n": 40}
    found = report(records, whole)
    assert "token F1 of answerable questions 66.7% 51.2–80.0 n 40" in found.text
    labels = [attributes.get("aria-label") for tag, attributes in found.elements if tag == "svg"]
    assert "token F1: 66.7%. 95% interval 51.2% to 80.0%" in labels
    assert all(labels), "every drawing has a text alternative"


def test_each_stage_is_counted_and_leads_to_its_questions(
    report: Any, records: Records, summarised: Any
) -> None:
    found = report(records)
    stages = {stage: len(ids) for stage, ids in summarised(records)["stages"].items() if stage != "right"}
    for stage, count in stages.items():
        assert f"{count} {100 * count / 60:.1f}%" in found.text
        assert ("a", f"#stage={stage.replace(' ', '%20')}") in [(t, a.get("href")) for t, a in found.elements]
    ids = {attributes.get("id") for _, attributes in found.elements}
    links = [attributes["href"] for tag, attributes in found.elements if tag == "a"]
    assert all(link[1:] in ids for link in links), "every link leads somewhere, without a script too"


def test_each_kind_of_question_shows_how_many_came_out_right(
    report: Any, records: Records, summarised: Any
) -> None:
    outcomes = {"date": ["right", "right", "wrong answer", "right"], "money": ["error", "right"]}
    answered = iter([r for r in records if r["answerable"] and r["answer"]])
    known = [
        next(answered) | {"index": i, "kind": kind, "stage": stage}
        for i, (kind, stage) in enumerate((k, stage) for k, stages in outcomes.items() for stage in stages)
    ]
    table = figures.kinds_table(summarised(known))
    assert table is not None
    assert table["columns"][0] == "right"
    assert [(row["kind"], row["n"], row["cells"][0]["value"]) for row in table["rows"]] == [
        ("date", 4, 0.75),
        ("money", 2, 0.5),
    ]
    groups = figures.metrics_table(summarised(known))["groups"]
    assert (groups[0]["title"], groups[0]["rows"][0]["name"]) == ("Answers", "right")
    assert "date475.0" in report(known).text


def test_cited_and_gold_words_are_marked_where_they_stand(
    report: Any, records: Records, tmp_path: Path
) -> None:
    record = next(r for r in records if r["stage"] == "right" and r["answerable"])
    cited, quote = record["answer"]["citations"][0], record["gold"]["evidence"][0]["places"][0]
    # The citation ends within the gold quote's last word, so that each look occurs alone and both together.
    cited["end"] -= 4
    quote[1] += 4
    report([record])
    html = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    box = html[html.index('<p class="text"') :]
    marks = re.findall(r'<mark class="([^"]*)">(?:<span class="sr">gold: </span>)?([^<]*)</mark>', box)
    words = next(e["text"] for e in record["evidence"] if e["start"] == cited["start"])
    assert [name for name, _ in marks] == ["cited", "cited gold", "gold"]
    assert "".join(text for _, text in marks) == words
    assert [text for _, text in marks][::2] == [words[:4], words[-4:]]


def test_a_gold_quote_tells_how_far_it_came(report: Any, records: Records) -> None:
    lost = next(r for r in records if r["stage"] == "not selected")
    assert "✓ found at rank 1 ✗ not given to the model ✗ not cited" in report([lost]).text
    lost["gold"]["evidence"][0]["places"] = []
    assert "✗ not in the library" in report([lost]).text


def test_a_refusal_tells_its_reason_and_what_it_withheld(report: Any, records: Records) -> None:
    refused = next(r for r in records if r["stage"] == "wrongly refused")
    refused["withheld"] = "in 1875"
    text = report([refused]).text
    assert refused["answer"]["reason"] in text
    assert "Withheld: in 1875" in text
    assert "Closest passages, not offered as an answer" in text


def test_the_verifier_is_judged_beside_what_it_judges(report: Any, records: Records, summarised: Any) -> None:
    text = report(records).text
    assert "as the verifier judges them The verifier itself is right in 78.2% (75.3 to 81.0%)" in text
    text = report(records, {**summarised(records), "verifier": None}).text
    assert "accuracy was not measured" in text


def test_the_page_allows_its_own_script_and_style_and_nothing_else(report: Any, records: Records) -> None:
    found = report(records)
    policy = next(a["content"] for t, a in found.elements if a.get("http-equiv") == "Content-Security-Policy")
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256("".join(found.texts[tag]).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert not [a for _, a in found.elements if {"src", "srcset", "style", "data", "action"} & a.keys()]
    assert not [a for _, a in found.elements if any(name.startswith("on") for name in a)]
    assert all(a["href"].startswith("#") for _, a in found.elements if "href" in a)
    assert "url(" not in "".join(found.texts["style"])


HOSTILE = '"><img src=x onerror=alert(1)></script><script>alert(1)</script>{{7*7}}\u2028\u202e\ud800\x00 &amp; --> `'


def spoil(value: Any, keep: frozenset[str] = frozenset({"stage"})) -> Any:
    """Every text in `value` made hostile, and every name of a thing that a gold set or a system names."""
    if isinstance(value, dict):
        return {name: v if name in keep else spoil(v) for name, v in value.items()}
    if isinstance(value, list):
        return [spoil(item) for item in value]
    return value + HOSTILE if isinstance(value, str) else value


def test_no_text_becomes_markup(report: Any, records: Records, summarised: Any) -> None:
    plain = report(records)
    whole = summarised(bad := spoil(records))
    whole["run"] = spoil(whole["run"])
    whole["by_kind"] = {spoil(kind): section for kind, section in whole["by_kind"].items()}
    whole["missing"] = [{"id": HOSTILE, "article": HOSTILE, "quote": HOSTILE}]
    whole["verifier"] = spoil(whole["verifier"])
    whole["all"][f"novel{HOSTILE}"] = whole["all"]["token_f1"]
    whole["stages"][HOSTILE] = [bad[0]["id"]]
    whole["seconds"][HOSTILE] = {"p50": 1.0, "p95": 2.0, "n": 3}
    found = report(bad, whole)
    assert {tag for tag, _ in found.elements} <= {tag for tag, _ in plain.elements} | {"q"}
    assert sum(tag == "script" for tag, _ in found.elements) == 1
    assert not [a for _, a in found.elements if any(name.startswith("on") for name in a)]
    assert "{{7*7}}" in found.text
    assert not re.search("[\u202e\ud800\x00]", found.text), (
        "nothing that hides or reorders the words around it"
    )


def only(records: Records, *names: str) -> Records:
    """Records of a system that only retrieves: without what answers have."""
    return [
        {
            **r,
            "answer": None,
            "error": None,
            "judged": None,
            "evidence": [],
            "withheld": "",
            "completion_tokens": 0,
            "stage": (r["answerable"] and (r["stage"] if r["stage"] == "not retrieved" else "right")) or "",
            "metrics": {n: v for n, v in r["metrics"].items() if n.startswith(("recall", "article"))},
        }
        for r in records
    ]


def test_a_system_that_only_retrieves_is_judged_on_what_there_was_to_find(
    report: Any, records: Records, summarised: Any
) -> None:
    found = only(records)
    whole = summarised(found)
    text = report(found, whole).text
    failed = len(whole["stages"]["not retrieved"])
    assert f"{40 - failed} of 40 questions had the evidence found." in text
    assert "nothing to find" in text
    assert "token F1 of" not in text
    assert "NoAns" not in text


def broken(records: Records, name: str) -> Records:
    if name == "one question":
        return records[:1]
    if name == "none":
        return []
    if name == "only unanswerable":
        return [r for r in records if not r["answerable"]]
    if name == "only answerable":
        return [r for r in records if r["answerable"]]
    if name == "only errors":
        return [r for r in records if r["stage"] == "error"]
    if name == "bare":
        # What a foreign system leaves: an answer, and nothing on how it came about.
        for r in records:
            r |= {"cold": False, "withheld": "", "evidence": [], "judged": None, "completion_tokens": 0}
            r["hits"] = [{**h, "title": "", "publisher": None, "published": None} for h in r["hits"]][:1]
            if r["answer"]:
                r["answer"] |= {"citations": [], "sentences": [], "timings": {}, "short": ""}
    return records


@pytest.mark.parametrize(
    "name",
    ["one question", "none", "only unanswerable", "only answerable", "only errors", "bare"],
)
def test_what_is_missing_leaves_no_hole(
    report: Any, records: Records, summarised: Any, name: str, recwarn: Any
) -> None:
    left = broken(records, name)
    text = report(left, whole := summarised(left)).text
    assert not re.search(r"\b(None|nan|inf|Undefined)\b", text)
    assert "How it was made" in text
    assert ("No question has been answered yet." in text) is (name == "none")
    assert not re.search(r"\b(None|nan|inf)\b", markdown(whole, left))


def test_a_folder_without_a_scored_run_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="no scored run in"):
        write_report(tmp_path)


def test_writing_again_replaces_the_report_and_leaves_nothing_else(run_folder: Any, records: Records) -> None:
    folder = run_folder(records)
    first = write_report(folder).read_bytes()
    assert write_report(str(folder)).read_bytes() == first
    assert sorted(file.name for file in folder.iterdir()) == [
        "questions.jsonl",
        "report.html",
        "run.json",
        "summary.json",
    ]


def cells(table_row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", table_row)) - 1


def test_markdown_leads_with_figures_and_shows_examples(records: Records, summarised: Any) -> None:
    text = markdown(summarised(records), records)
    assert "| **right overall** | 70.0% |" in text
    assert re.search(r"\| recall@10 \| \d+\.\d% \| [\d.]+–[\d.]+ \| 40 \|", text)
    assert "**wrongly refused**<br>" in text
    wrong = next(r for r in records if r["stage"] == "wrong answer")
    assert f"| {wrong['id']} | wrong answer | {wrong['question']} | {wrong['gold']['answers'][0]} |" in text
    assert "| Settings | threshold | 0.2 |" in text


def test_markdown_without_records_names_the_questions(records: Records, summarised: Any) -> None:
    whole = summarised(records)
    assert f"- wrong answer: {', '.join(whole['stages']['wrong answer'])}" in markdown(whole)


def test_nothing_in_markdown_is_markup_a_link_or_a_mention(records: Records, summarised: Any) -> None:
    payload = (
        "a|b\n# x <b>@me</b> #12 https://x.example www.x.example [y](z) `c` *d* $e$ \\| \u2028 me@x.example"
    )
    for record in records:
        record["question"] = record["gold"]["answers"] = payload
        record["gold"]["answers"] = [payload]
        record["id"] += payload
    whole = summarised(records)
    whole["run"] = {**whole["run"], "gold": payload, "command": payload, "model": payload}
    text = markdown(whole, records)
    assert not re.search(r"@(?!10)|</?b>|`|\$|https:|www\.|\[|\u2028|(?<!&)#\d", text)
    for block in re.findall(r"(?:^\|.*\n?)+", text, re.M):
        assert len({cells(row) for row in block.splitlines()}) == 1


ALL_PLOTS = (
    plots.risk_coverage([(0.2, 0.0, 0.9), (0.9, 0.3, 0.2)], area=0.1, threshold=0.5),
    plots.risk_coverage([], area=0.0, threshold=None),
    plots.risk_coverage([(1.0, 0.0, 0.9)], area=0.0, threshold=0.95),
    plots.recall_curve([(1, 0.5, 0.4, 0.6), (10, 1.0, 1.0, 1.0)], [(1, 0.7, 0.6, 0.8)]),
    plots.recall_curve([]),
    plots.latency([("total", 0.0, 0.0)]),
    plots.latency([]),
    plots.calibration([{"low": 0.0, "high": 1.0, "n": 3, "confidence": 0.5, "right": 0.0}], error=0.5),
    plots.calibration([], error=0.0),
    plots.scatter([(1.0, 0.5, "<b>&\x00", True), (1.0, 0.5, "twice", False)], x="<x>", y="y&", title='"'),
    plots.scatter([], x="x", y="y", title="nothing"),
    plots.scatter([(100.0, 12.0, "not a share", True)], x="x", y="y", title="one"),
)


@pytest.mark.parametrize("drawing", ALL_PLOTS)
def test_plots_are_sound_drawings_within_their_bounds(drawing: str) -> None:
    root = ElementTree.fromstring(drawing)
    assert root.get("aria-label")
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for part in root.iter():
        for name, limit in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            assert 0 <= float(part.get(name, 0)) <= limit


def test_a_label_goes_where_there_is_room_or_nowhere() -> None:
    room = svg.Box(0, 0, 100, 100)
    right = svg.place(20, 50, "here", [], room)
    assert right is not None
    assert right[2] == "start"
    left = svg.place(60, 50, "here", [svg.Box(61, 0, 100, 100)], room)
    assert left is not None
    assert left[2] == "end"
    assert svg.place(50, 50, "here", [room], room) is None


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_can_be_told_from_their_ground(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", CSS.read_text(encoding="utf-8"), re.S)
    colours = dict(re.findall(r"--fn-([\w-]+): (#\w{6})", blocks[0]))
    colours |= dict(re.findall(r"--fn-([\w-]+): (#\w{6})", blocks[scheme]))
    tones = ("good", "search", "warn", "bad", "plain", "accent")
    pairs = [(tone, f"{tone}-ground") for tone in tones] + [("mark-ink", "mark")]
    pairs += [(word, ground) for word in ("ink", "soft", *tones) for ground in ("ground", "sheet")]
    for word, ground in pairs:
        light, dark = sorted((luminance(colours[word]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (word, ground)
