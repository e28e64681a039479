"""Fits the coefficients of `qa/trust/coefficients.toml` on development questions. Knows nothing of how signals arise.

    python -m eval.fit_abstention DATA_DIR [-n 200] [--news 36] [--write]

DATA_DIR holds squad2/dev.json and realtimeqa/. All articles of a set go into one library, so that retrieval is as
hard as for a reader; of RealTimeQA's those that hold the answers, and others up to NEWS_ARTICLES. Two regressions are
fitted:

match     on every question of SQuAD with its gold answer, or, of those without one, the plausible answer that the
          set names: is that an answer to this question? Needs the embedder only.
weights   on `n` questions of SQuAD, half of them unanswerable near-misses, and on `news` quiz questions, a third of
          them about articles left out, sampled with a fixed seed: was the short answer, given or not, right
          (token F1 of at least 0.5)?

Only questions that the model's adapter has not learned from are asked for the second (`eval.adapter.split`). Where the
model runs without an adapter (FOOTNOTE_ADAPTER=none) only that is written, as "plain"; the thresholds stay.

Prints the coefficients, the area under the ROC curve of either, cross-validated (the first by article, the second by
paragraph and day, since few articles are held out), what each threshold would have refused, and the thresholds of the
named levels (see `levels`).
Records are kept in `runs/fit-abstention.jsonl`, so that an interrupted fit goes on and a refit needs no model.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from eval import formats
from eval.adapter.split import held_out
from eval.gold import Gold, GoldQuestion, part_of
from eval.metrics.token_f1 import token_f1
from eval.run import own_library
from eval.stages import RIGHT
from index.config import Config, load
from index.language.sentences import sentences
from index.read import make_article
from index.search.rerank import Remembering
from qa.models import load_model
from qa.trust.confidence import Signals, fitted, flat
from qa.trust.match import Match, holding, match, rarity
from qa.types import Answer, Evidence, LanguageModel
from qa.ways.fact import Pipeline

SEED = 13
NEWS_ARTICLES = 400
REFUSED = {"strict": 0.9, "balanced": 0.75, "eager": 0.5}
"""The share of near-misses that each level refuses; what the library doesn't hold at all is refused more often."""
LEFT_OUT = ", left out"
"""What the id of a question ends with whose articles aren't in the library."""
RECORDS = {True: Path("runs/fit-abstention.jsonl"), False: Path("runs/fit-abstention-plain.jsonl")}
"""With the model's adapter and without it."""
COEFFICIENTS = Path(__file__).parent.parent / "qa" / "trust" / "coefficients.toml"


class Recorder:
    """An abstainer that keeps the signals it was asked about, and lets nothing be written after that."""

    def __init__(self) -> None:
        self.signals: Signals | None = None

    def confidence(self, signals: Signals) -> float:
        """Always 0."""
        self.signals = signals
        return 0.0


def near_misses(gold: Gold, n: int) -> Gold:
    """`n` questions that the adapter hasn't learned from, half of them unanswerable, sampled with a fixed seed."""
    every = [question for question in gold.questions if held_out(question.group)]
    random.Random(SEED).shuffle(every)
    halves = ([q for q in every if q.answerable is answerable][: n // 2] for answerable in (False, True))
    return replace(gold, questions=[question for half in halves for question in half])


def news(gold: Gold, n: int) -> Gold:
    """`n` questions over some articles: two thirds of them answered there, the others about articles left out."""
    every = [q for q in gold.questions if q.kind == "found" and held_out(q.group)]
    random.Random(SEED).shuffle(every)
    answered, others = every[: n - n // 3], every[n - n // 3 : n]
    inside = {e.article for q in answered for e in q.evidence}
    outside = {e.article for q in others for e in q.evidence} - inside
    silent = (replace(q, id=f"{q.id}{LEFT_OUT}", answers=(), evidence=(), answerable=False) for q in others)
    part = part_of(gold, inside, NEWS_ARTICLES, outside)
    return replace(part, questions=[*answered, *silent])


def recorded(file: Path) -> dict[str, dict[str, Any]]:
    """What `file`, one of RECORDS, holds, by question."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {r["id"]: r for r in map(json.loads, lines)}


def record(gold: Gold, model: LanguageModel, config: Config) -> None:
    """Asks what isn't recorded yet: a record a question, its signals, and whether the answer was right."""
    records = RECORDS[model.info.adapted]
    records.parent.mkdir(exist_ok=True)
    done = recorded(records)
    wanted = [q for q in gold.questions if q.id not in done]
    if not wanted:
        return
    with own_library(gold, config) as library:
        recorder = Recorder()
        refusing = replace(config, threshold="balanced")
        pipeline = Pipeline(library, model, refusing, abstainer=recorder)
        with records.open("a", encoding="utf-8") as file:
            for number, question in enumerate(wanted, start=1):
                print(json.dumps(_ask(pipeline, recorder, question)), file=file, flush=True)
                print(f"\r{gold.name}: {number}/{len(wanted)} ", end="", file=sys.stderr, flush=True)


def _ask(pipeline: Pipeline, recorder: Recorder, question: GoldQuestion) -> dict[str, Any]:
    recorder.signals = None
    *_, answer = replace(pipeline, today=question.asked).stream(question.question)
    assert isinstance(answer, Answer)
    f1 = token_f1(answer.withheld, question.answers) if question.answerable else 0.0
    return {
        "id": question.id,
        "group": question.group,
        "answerable": question.answerable,
        "right": f1 >= RIGHT,
        "f1": f1,
        "question": question.question,
        "short": answer.withheld,
        "evidence": [[e.article.id, e.start, e.end, round(e.score, 4)] for e in answer.evidence],
        "signals": asdict(recorder.signals) if recorder.signals else None,
        "seconds": answer.timings.total,
    }


def matches(data: Path, config: Config) -> tuple[list[Match], list[bool], list[str]]:
    """For each question of a SQuAD file the Match of its gold or plausible answer, whether it is gold, the article."""
    found: list[Match] = []
    gold, groups = [], []
    with own_library(formats.load(data), config) as library:
        embedder = Remembering(lambda: library.embedder)
        for entry in json.loads(data.read_text(encoding="utf-8"))["data"]:
            for paragraph in entry["paragraphs"]:
                article = make_article(paragraph["context"], title=entry["title"].replace("_", " "))
                held = [Evidence(article, start, end, 0.0) for start, end in sentences(article.text)]
                for asked in paragraph["qas"]:
                    plausible = asked.get("plausible_answers") if asked["is_impossible"] else asked["answers"]
                    told = min((answer["text"] for answer in plausible or ()), key=len, default="")
                    if (item := holding(told, held)) is None:
                        continue
                    hits = library.search(asked["question"], config.k, by="bm25")
                    rare = rarity(asked["question"], [f"{hit.article.title} {hit.text}" for hit in hits])
                    found.append(match(asked["question"], told, item, embedder, rare))
                    gold.append(not asked["is_impossible"])
                    groups.append(entry["title"])
    return found, gold, groups


def regress(
    rows: list[dict[str, float]], right: list[bool], groups: list[str], penalty: float
) -> tuple[dict[str, float], list[float]]:
    """(weights by name, cross-validated probability of each row), no group being split between fit and test."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names = list(rows[0])
    x, y = np.array([[row[name] for name in names] for row in rows]), np.array(right)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=penalty, max_iter=5000))
    folds = GroupKFold(min(8, len(set(groups))))
    held_out = cross_val_predict(model, x, y, groups=groups, cv=folds, method="predict_proba")[:, 1]
    model.fit(x, y)
    scaler, regression = model[0], model[-1]
    slopes = regression.coef_[0] / scaler.scale_
    weights = {"intercept": float(regression.intercept_[0] - (slopes * scaler.mean_).sum())}
    weights.update(zip(names, map(float, slopes), strict=True))
    return weights, [float(p) for p in held_out]


def levels(total: list[dict[str, Any]], confidence: dict[str, float]) -> dict[str, float]:
    """For each level the lowest threshold, to two places, that refuses its share of the near-misses."""
    rows = {step / 100: measured(total, confidence, step / 100) for step in range(1, 100)}
    return {
        level: next((t for t, row in rows.items() if row["refused"] >= share), 0.99)
        for level, share in REFUSED.items()
    }


def measured(total: list[dict[str, Any]], confidence: dict[str, float], threshold: float) -> dict[str, float]:
    """What a threshold does: coverage, risk, near-misses refused, answerable answered rightly, mean token F1 there."""
    kept = [r for r in total if confidence.get(r["id"], 0.0) >= threshold]
    no = [r for r in total if not r["answerable"] and not r["id"].endswith(LEFT_OUT)]
    yes = [r for r in total if r["answerable"]]
    ids = {r["id"] for r in kept}
    figures = {
        "coverage": len(kept) / len(total),
        "risk": sum(not r["right"] for r in kept) / max(1, len(kept)),
        "refused": sum(r["id"] not in ids for r in no) / max(1, len(no)),
        "right": sum(r["id"] in ids and r["right"] for r in yes) / max(1, len(yes)),
        "f1": sum(r["f1"] for r in yes if r["id"] in ids) / max(1, len(yes)),
    }
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    """The command: see the top of this file."""
    from sklearn.metrics import roc_auc_score

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("-n", type=int, default=200, help="questions of SQuAD; 0: as far as recorded")
    parser.add_argument("--news", type=int, default=36, help="questions of RealTimeQA; 0: as far as recorded")
    parser.add_argument(
        "--write", action="store_true", help="write what was found into qa/trust/coefficients.toml"
    )
    options = parser.parse_args()
    config = load()
    squad = options.data / "squad2" / "dev.json"
    model = load_model(config.model, config)
    record(near_misses(formats.load(squad), options.n), model, config)
    if options.news:
        record(news(formats.load(options.data / "realtimeqa"), options.news), model, config)
    model.close()
    total = list(recorded(RECORDS[model.info.adapted]).values())
    found, gold, articles = matches(squad, config)
    match_weights, guessed = regress([asdict(m) for m in found], gold, articles, 0.3)
    print(f"match: n={len(gold)}, AUC {roc_auc_score(gold, guessed):.3f}")
    judged = [r for r in total if r["signals"]]
    signals = [Signals(**r["signals"] | {"match": Match(**r["signals"]["match"])}) for r in judged]
    right = [r["right"] for r in judged]
    weights, guesses = regress(
        [flat(s, match_weights) for s in signals], right, [r["group"] for r in judged], 0.3
    )
    print(f"weights: n={len(total)}, AUC {roc_auc_score(right, guesses):.3f}, the match fitted on all")
    confidence = {r["id"]: p for r, p in zip(judged, guesses, strict=True)}
    chosen = levels(total, confidence)
    for threshold in sorted({*chosen.values(), *(step / 10 for step in range(1, 10))}):
        print(f"{threshold:.2f}", measured(total, confidence, threshold))
    tables = kept()
    if model.info.adapted:
        tables |= {"match": match_weights, "weights": weights, "thresholds": chosen}
        tables |= {f"measured.{level}": measured(total, confidence, t) for level, t in chosen.items()}
    else:
        tables["plain"] = weights
    print(as_toml(tables))
    if options.write:
        head = COEFFICIENTS.read_text(encoding="utf-8").split("[match]")[0]
        COEFFICIENTS.write_text(head + as_toml(tables), encoding="utf-8")


def kept() -> dict[str, dict[str, float]]:
    """All tables of `coefficients.toml` by their names there."""
    nested = ("borders", "measured")
    tables = {name: dict(table) for name, table in fitted().items() if name not in nested}
    return tables | {f"{name}.{level}": row for name in nested for level, row in fitted()[name].items()}


def as_toml(tables: dict[str, dict[str, float]]) -> str:
    """The tables as `coefficients.toml` has them."""

    def table(name: str, values: dict[str, float]) -> str:
        return f"[{name}]\n" + "".join(f"{key} = {round(value, 4)}\n" for key, value in values.items())

    return "\n".join(table(name, values) for name, values in tables.items())


if __name__ == "__main__":
    main()
