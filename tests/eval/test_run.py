"""A run over fabricated answers: what is recorded, scored, resumed and refused."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.run import rescore, run
from eval.summary import Summary
from eval.systems import from_function
from index.config import Config
from index.errors import BadGold, BadSetting, DiskFull, ModelFailed
from index.types import Article, Hit, Passage
from qa.types import Answer, Citation, ModelInfo, Sentence, Timings

TEXT = "The bridge opened on 3 May 2011. It cost 40 million. Ada Lind designed it. It is 900 metres long."
BRIDGE = Article("b1", "The bridge", TEXT, url="https://example.org/bridge", source="news/bridge.txt")
OTHER = Article("o1", "The ferry", "The ferry stopped in 2011. Nobody misses it.", source="news/ferry.txt")
CONFIG = Config(k=3, threshold=0.5)

# id, question, answers, quote, kind; and what the system does: short answer, cited quote, or how it fails.
QUESTIONS: list[tuple[str, str, list[str], str, str]] = [
    ("right", "When did it open?", ["3 May 2011", "May 3, 2011"], "opened on 3 May 2011", "date"),
    ("half", "What did it cost?", ["40 million"], "It cost 40 million.", "number"),
    ("wrong", "Who designed it?", ["Ada Lind"], "Ada Lind designed it.", "name"),
    ("refused", "How long is it?", ["900 metres"], "It is 900 metres long.", "number"),
    ("broken", "How long, in metres?", ["900"], "It is 900 metres long.", "number"),
    ("none-1", "Who painted it?", [], "", "none"),
    ("none-2", "Who sold it?", [], "", "none"),
    ("none-3", "Who bought it?", [], "", "none"),
]


def span(quote: str, article: Article = BRIDGE) -> tuple[int, int]:
    start = article.text.index(quote)
    return start, start + len(quote)


def make(question: str, short: str = "", cited: str = "", article: Article = BRIDGE, **change: Any) -> Answer:
    """An answer whose hits are the ferry article, then the bridge's, whole."""
    hits = tuple(
        Hit(Passage(i, found.id, 0, len(found.text)), found, 1 / i, i)
        for i, found in ((1, OTHER), (2, BRIDGE))
    )
    citations = (Citation(1, article, *span(cited, article), cited, 0.9),) if cited else ()
    answer = Answer(
        question=question,
        standalone=question,
        short=short,
        text=f"It was {short}." if short else "",
        sentences=(Sentence(f"It was {short}.", (1,), True),) if short else (),
        citations=citations,
        abstained=not short,
        reason="" if short else "Nothing says so.",
        confidence=0.8,
        hits=hits,
        prompt_tokens=10,
        timings=Timings(retrieve=0.1, total=2.0),
        model=ModelInfo("fabricated", "test"),
    )
    return replace(answer, **change)


def system(question: str) -> Answer:
    match question:
        case "When did it open?":
            return make(question, "May 3, 2011", "The bridge opened on 3 May 2011.")
        case "What did it cost?":
            return make(question, "40 million euros", "The bridge opened on 3 May 2011.")
        case "Who designed it?":
            return make(question, "Nobody", "Nobody misses it.", OTHER)
        case "How long, in metres?":
            raise ModelFailed("the model stopped: try again")
        case "Who sold it?":
            return make(question, "Ada Lind", "Ada Lind designed it.")
        case _:
            return make(question)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    rows = [
        {
            "id": id_,
            "question": question,
            "answers": answers,
            "evidence": [{"article": "bridge.txt", "quote": quote}] if quote else [],
            "answerable": bool(answers),
            "kind": kind,
        }
        for id_, question, answers, quote, kind in QUESTIONS
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "questions.jsonl").read_text(encoding="utf-8").splitlines()]


def without_times(summary: Summary) -> dict[str, Any]:
    found = summary.to_dict()
    # A run that was cut off began cold twice, and took more or less memory.
    found["seconds"] = {k: v for k, v in found["seconds"].items() if not k.startswith("total_")}
    varies = ("started", "finished", "peak_memory_bytes")
    found["run"] = {k: v for k, v in found["run"].items() if k not in varies}
    return found


def without_cold(out: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in record.items() if k not in ("cold", "seconds")} for record in lines(out)]


def test_the_metrics_are_those_counted_by_hand(gold: Path, tmp_path: Path) -> None:
    summary = run(gold, out=tmp_path / "run", system=system, config=CONFIG)
    values = {name: (round(m.value, 4), m.n) for name, m in summary.all.items()}
    # The ferry comes first, then the bridge, which holds every quote; the broken one found nothing.
    for k, value in ((1, 0), (5, 4 / 5), (10, 4 / 5), (20, 4 / 5)):
        for name in ("recall", "hit", "article_recall", "article_hit"):
            assert values.pop(f"{name}@{k}") == (value, 5)
    for name in ("mrr@10", "article_mrr@10"):
        assert values.pop(name) == (4 * 0.5 / 5, 5)
    for name in ("ndcg@10", "article_ndcg@10"):
        assert values.pop(name) == (round(4 / math.log2(3) / 5, 4), 5)
    assert values == {
        "right": (3 / 8, 8),
        "exact_match": (round(3 / 8, 4), 8),  # right; none-1 and none-3 refused
        "token_f1": (round((1 + 0.8 + 2) / 8, 4), 8),  # "40 million euros": P=2/3, R=1
        "answer_substring": (2 / 5, 5),  # right and half
        "citation_recall": (round(1 / 3, 4), 3),  # over the three that were answered
        "citation_precision": (round(1 / 3, 4), 3),
        "citation_f1": (round(1 / 3, 4), 3),
        "alce_recall": (0.75, 4),  # none-2, too, was answered; the 40 million don't stand in what is cited
        "alce_precision": (0.75, 4),
        "alce_f1": (0.75, 4),
        "faithfulness": (1.0, 4),  # but in the article that was found
        "abstention_precision": (round(2 / 3, 4), 3),
        "abstention_recall": (round(2 / 3, 4), 3),
        "abstention_f1": (round(4 / 6, 4), 8),
        "false_abstention": (1 / 5, 5),
    }
    assert (summary.has_ans["exact_match"].value, summary.has_ans["exact_match"].n) == (0.2, 5)
    assert {"exact_match", "token_f1", "abstention_recall", "alce_f1"} <= set(summary.no_ans)
    assert not any(name.startswith(("recall", "citation")) for name in summary.no_ans)
    assert "abstention_precision" not in summary.has_ans, "it means nothing where every refusal is wrong"
    assert summary.no_ans["token_f1"].value == pytest.approx(2 / 3)
    assert all(m.low <= m.value <= m.high for m in summary.all.values())
    assert set(summary.by_kind) == {"date", "number", "name", "none"}
    assert summary.by_kind["number"]["exact_match"].n == 3
    assert summary.seconds["total"] == {"p50": 2.0, "p95": 2.0, "n": 7}
    assert summary.errors == 1


def test_each_question_is_put_down_to_a_stage(gold: Path, tmp_path: Path) -> None:
    summary = run(gold, out=tmp_path / "run", system=system, config=CONFIG)
    assert summary.stages == {
        "right": ["right", "none-1", "none-3"],
        "wrong answer": ["wrong"],
        "wrong citation": ["half"],
        "wrongly refused": ["refused"],
        "not refused": ["none-2"],
        "error": ["broken"],
    }
    assert [record["stage"] for record in lines(tmp_path / "run")][:2] == ["right", "wrong citation"]


def test_confidences_are_summed_up_over_what_was_answered_or_kept_back(gold: Path, tmp_path: Path) -> None:
    def doubting(question: str) -> Answer:
        if question == "How long is it?":  # refused, but the answer was there
            return make(question, withheld="900 metres", confidence=0.1)
        return system(question)

    summary = run(gold, out=tmp_path / "run", system=doubting, config=CONFIG)
    # Four of seven answered at .8, two of them rightly; a fifth, right, at .1; two never.
    curve = summary.risk_coverage
    assert curve is not None
    assert [[round(x, 4) for x in point] for point in curve["points"]] == [
        [round(4 / 7, 4), 0.5, 0.8],
        [round(5 / 7, 4), 0.4, 0.1],
    ]
    assert curve["area"] == pytest.approx((4 * 0.5 + 1 * 0.4) / 5)
    assert summary.calibration is not None
    assert [(found["n"], found["right"]) for found in summary.calibration["bins"]] == [(1, 1.0), (4, 0.5)]


def test_a_record_holds_question_answer_hits_and_metrics(gold: Path, tmp_path: Path) -> None:
    run(gold, out=tmp_path / "run", system=system, config=CONFIG)
    record = lines(tmp_path / "run")[0]
    assert (record["id"], record["question"], record["kind"]) == ("right", "When did it open?", "date")
    assert record["answerable"] is True
    assert record["gold"]["evidence"][0]["places"] == [["b1", *span("opened on 3 May 2011")]]
    assert record["answer"]["short"] == "May 3, 2011"
    citation = record["answer"]["citations"][0]
    assert TEXT[citation["start"] : citation["end"]] == citation["quote"]
    assert record["hits"][1] == {
        "article_id": "b1",
        "source": "news/bridge.txt",
        "title": "The bridge",
        "publisher": None,
        "published": None,
        "start": 0,
        "end": len(TEXT),
        "score": 0.5,
        "rank": 2,
    }
    assert record["metrics"]["exact_match"] == 1.0
    assert record["metrics"]["mrr@10"] == 0.5
    broken = lines(tmp_path / "run")[4]
    assert broken["answer"] is None
    assert broken["error"] == {"type": "ModelFailed", "message": "the model stopped: try again"}
    assert (
        broken["metrics"]["exact_match"]
        == broken["metrics"]["recall@5"]
        == broken["metrics"]["abstained"]
        == 0
    )


def test_summary_json_says_what_the_run_was_made_with(gold: Path, tmp_path: Path) -> None:
    summary = run(gold, out=tmp_path / "run", system=system, config=CONFIG)
    stored = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert Summary.from_dict(stored) == summary
    made = stored["run"]
    assert made["config"]["k"] == 3
    assert made["machine"]["cores"] >= 1
    assert made["started"] <= made["finished"]
    assert made["system"] == "system"
    assert {"command", "version", "gold"} <= made.keys()


@pytest.mark.parametrize("torn", ['{"id": "wrong", "quest', '{"id": "wrong"}', "\0\0\0\n", ""])
def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(gold: Path, tmp_path: Path, torn: str) -> None:
    whole = run(gold, out=tmp_path / "whole", system=system, config=CONFIG)
    asked: list[str] = []

    def counting(question: str) -> Answer:
        asked.append(question)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return system(question)

    counting.__qualname__ = "system"
    out = tmp_path / "cut"
    with pytest.raises(KeyboardInterrupt):
        run(gold, out=out, system=counting, config=CONFIG)
    assert [record["id"] for record in lines(out)] == ["right", "half", "wrong", "refused"]
    with (out / "questions.jsonl").open("a", encoding="utf-8") as file:
        file.write(torn)
    asked.append("from now on nothing interrupts")
    seen: list[tuple[int, int]] = []
    again = run(gold, out=out, system=counting, config=CONFIG, progress=lambda *done: seen.append(done))
    assert asked[6:] == [question[1] for question in QUESTIONS[4:]], "finished questions aren't asked again"
    assert seen == [(4, 8), (5, 8), (6, 8), (7, 8), (8, 8)]
    assert without_times(again) == without_times(whole)
    assert without_cold(out) == without_cold(tmp_path / "whole")


def test_the_order_of_asking_does_not_change_the_summary(gold: Path, tmp_path: Path) -> None:
    whole = run(gold, out=tmp_path / "whole", system=system, config=CONFIG)
    out = tmp_path / "parts"
    run(gold, out=out, system=system, config=CONFIG, only=["none", "wrong"])
    assert [record["id"] for record in lines(out)] == ["wrong", "none-1", "none-2", "none-3"]
    assert run(gold, out=out, system=system, config=CONFIG, limit=2).n == 6
    assert without_times(run(gold, out=out, system=system, config=CONFIG)) == without_times(whole)


def test_damage_before_the_last_line_is_refused(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(gold, out=out, system=system, config=CONFIG)
    path = out / "questions.jsonl"
    path.write_text("{}\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(BadGold, match=r"questions\.jsonl, line 1 is damaged"):
        run(gold, out=out, system=system, config=CONFIG)


def test_a_level_is_asked_at_as_the_level_and_recorded_as_its_number(
    gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_at = []

    @contextmanager
    def opened(name: str, *, config: Config, **_: Any) -> Iterator[Any]:
        asked_at.append(config.threshold)
        yield from_function(system)

    monkeypatch.setattr("eval.run.open_system", opened)
    summary = run(gold, out=tmp_path / "run", system="some:system", config=Config(threshold="strict"))
    assert asked_at == ["strict"]
    assert summary.run is not None
    assert isinstance(summary.run["config"]["threshold"], float)


def test_a_run_made_with_something_else_is_not_gone_on_with(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(gold, out=out, system=system, config=CONFIG, limit=2)
    before = (out / "questions.jsonl").read_bytes()
    with pytest.raises(
        BadSetting, match=r"run with another config\.threshold \(0\.5, now 0\.7\): choose another --out"
    ):
        run(gold, out=out, system=system, config=Config(k=3, threshold=0.7))
    with pytest.raises(BadSetting, match=r"another model \('', now 'other'\)"):
        run(gold, out=out, system=system, config=CONFIG, model="other")
    with pytest.raises(BadSetting, match="another system"):
        run(gold, out=out, system=lambda question: make(question), config=CONFIG)
    row = {"question": "Who?", "answers": ["A"], "evidence": [], "answerable": True}
    gold.write_text(
        "".join(json.dumps({"id": f"other-{n}", **row}) + "\n" for n in range(3)), encoding="utf-8"
    )
    with pytest.raises(BadSetting, match=r"a run of other questions \(.*gold\.jsonl\): choose another --out"):
        run(gold, out=out, system=system, config=CONFIG)
    assert (out / "questions.jsonl").read_bytes() == before


def test_only_what_changed_in_the_gold_set_is_asked_again(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(gold, out=out, system=system, config=CONFIG)
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    rows[1]["answers"] = ["40 million euros"]  # another answer is right now
    rows[2]["question"] = "When did it open?"  # another question
    rows[4]["asked"] = "2024-01-05"  # on another day
    dated = rows[4]["question"]
    del rows[3]
    rows.insert(0, {**rows[0], "id": "new"})
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    asked: list[str] = []

    def counting(question: str) -> Answer:
        asked.append(question)
        return system(question)

    counting.__qualname__ = "system"
    summary = run(gold, out=out, system=counting, config=CONFIG)
    assert asked == ["When did it open?", "When did it open?", dated]
    assert summary.n == 8
    assert [record["id"] for record in sorted(lines(out), key=lambda r: r["index"])][:3] == [
        "new",
        "right",
        "half",
    ]
    half = next(record for record in lines(out) if record["id"] == "half")
    assert half["metrics"]["exact_match"] == 1.0


@pytest.mark.parametrize("jobs", [1, 3])
def test_several_questions_are_asked_at_a_time(gold: Path, tmp_path: Path, jobs: int) -> None:
    together = threading.Barrier(jobs)

    def meeting(question: str) -> Answer:
        if question in ("When did it open?", "What did it cost?", "Who designed it?"):
            together.wait(10)  # only gets on when as many are here at once
        return system(question)

    meeting.__qualname__ = "system"
    whole = run(gold, out=tmp_path / "one", system=system, config=CONFIG)
    assert without_times(
        run(gold, out=tmp_path / "jobs", system=meeting, config=CONFIG, jobs=jobs)
    ) == without_times(whole)


def test_a_seed_draws_the_questions_at_random(gold: Path, tmp_path: Path) -> None:
    def ids(name: str, **more: Any) -> list[str]:
        run(gold, out=tmp_path / name, system=system, config=CONFIG, **more)
        return [record["id"] for record in lines(tmp_path / name)]

    assert ids("a", limit=4, seed=1) == ids("b", limit=4, seed=1)
    assert len(ids("a", limit=4, seed=1)) == 4
    assert any(ids(f"c{seed}", limit=4, seed=seed) != ids("d", limit=4) for seed in range(4))


def test_a_system_that_only_retrieves_is_scored_on_that_alone(gold: Path, tmp_path: Path) -> None:
    summary = run(
        gold, out=tmp_path / "run", system=lambda question: make(question).hits, config=CONFIG, limit=7
    )
    assert summary.all["recall@5"].value == 1.0
    assert not any("exact" in name or "abstention" in name or "citation" in name for name in summary.all)
    assert summary.stages == {"right": ["right", "half", "wrong", "refused", "broken"]}
    assert summary.risk_coverage is None
    assert summary.seconds["total"]["n"] == 7


def test_settings_that_change_no_answer_may_differ(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(gold, out=out, system=system, config=CONFIG, limit=2)
    moved = replace(CONFIG, cache=tmp_path, port=1, host="::1", library=tmp_path)
    assert run(gold, out=out, system=system, config=moved).n == 8


def test_errors_are_asked_again_only_on_request(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(gold, out=out, system=system, config=CONFIG)

    def mended(question: str) -> Answer:
        assert question == "How long, in metres?"
        return make(question, "900", "It is 900 metres long.")

    mended.__qualname__ = "system"
    assert run(gold, out=out, system=mended, config=CONFIG).errors == 1
    summary = run(gold, out=out, system=mended, config=CONFIG, retry_errors=True)
    assert summary.errors == 0
    assert summary.n == 8


def test_rescoring_needs_only_the_folder_and_mends_the_metrics(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    summary = run(gold, out=out, system=system, config=CONFIG)
    before = lines(out)
    (out / "questions.jsonl").write_text(
        "".join(json.dumps({**record, "metrics": {"exact_match": 1.0}}) + "\n" for record in before),
        encoding="utf-8",
    )
    (out / "summary.json").unlink()
    gold.unlink()
    assert rescore(out) == summary
    assert lines(out) == before


def test_questions_and_folders_that_make_no_sense_are_refused(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(BadSetting, match="no kind or id 'colour': its kinds are date, name, none, number"):
        run(gold, out=out, system=system, config=CONFIG, only="colour")
    with pytest.raises(BadSetting, match="limit must be at least 1"):
        run(gold, out=out, system=system, config=CONFIG, limit=0)
    with pytest.raises(BadSetting, match="can't write"):
        run(gold, out=gold, system=system, config=CONFIG)
    out.mkdir()
    (out / "questions.jsonl").write_text("{}", encoding="utf-8")
    with pytest.raises(BadSetting, match=r"no run\.json"):
        run(gold, out=out, system=system, config=CONFIG)
    with pytest.raises(BadSetting, match="no run in"):
        rescore(tmp_path)


def test_two_runs_do_not_write_to_one_folder(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"

    def nested(question: str) -> Answer:
        with pytest.raises(BadSetting, match="another run is writing"):
            run(gold, out=out, system=system, config=CONFIG)
        return make(question)

    assert run(gold, out=out, system=nested, config=CONFIG, limit=1).n == 1


def test_text_that_is_hard_to_write_survives(gold: Path, tmp_path: Path) -> None:
    short = "\ud800 \u2028 \x00 é"
    out = tmp_path / "run"
    summary = run(gold, out=out, system=lambda question: make(question, short), config=CONFIG, limit=1)
    assert json.loads((out / "questions.jsonl").read_bytes())["answer"]["short"] == short
    assert summary.n == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_a_full_disk_is_said_in_one_line_and_nothing_finished_is_lost(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(gold, out=out, system=system, config=CONFIG, limit=2)
    file, kept = out / "questions.jsonl", tmp_path / "kept.jsonl"

    def filling(question: str) -> Answer:
        if not file.is_symlink():
            file.rename(kept)
            file.symlink_to("/dev/full")
        return system(question)

    filling.__qualname__ = "system"
    with pytest.raises(DiskFull, match=r"no room left to write .*run the same command again to go on"):
        run(gold, out=out, system=filling, config=CONFIG)
    kept.replace(file)
    assert run(gold, out=out, system=system, config=CONFIG).n == 8
