"""Fits the coefficients of `qa/abstention.toml` on development questions. Knows nothing of how signals arise.

    python -m eval.fit_abstention SQUAD2.json -n 200 [--write]

All articles of the set go into one library, so that retrieval is as hard as for a reader; `n` questions, half
of them unanswerable, are sampled with a fixed seed and answered with refusal switched off; logistic regression then
learns when the answer was right (token F1 of at least 0.5). Prints the coefficients, the cross-validated area under
the ROC curve, and what each threshold would have refused. Records are kept in `runs/fit-abstention.jsonl`, so that an
interrupted fit goes on and a refit needs no model.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from eval import formats
from eval.gold import Gold, GoldQuestion
from eval.metrics.token_f1 import token_f1
from eval.run import own_library
from eval.stages import RIGHT
from index.config import Config, load
from qa.abstain import Signals
from qa.models import load_model
from qa.pipeline import Pipeline
from qa.types import Answer

SEED = 13
RECORDS = Path("runs/fit-abstention.jsonl")
COEFFICIENTS = Path(__file__).parent.parent / "qa" / "abstention.toml"


class Recorder:
    """An abstainer that never refuses and keeps the signals it was asked about."""

    def __init__(self) -> None:
        self.signals: Signals | None = None

    def confidence(self, signals: Signals) -> float:
        """Always 1."""
        self.signals = signals
        return 1.0

    def hopeless(self, answerable: float, threshold: float) -> bool:
        """Never."""
        return False


def questions(gold: Gold, n: int) -> list[GoldQuestion]:
    """`n` questions of a gold set, half of them unanswerable, sampled with a fixed seed."""
    every = list(gold.questions)
    random.Random(SEED).shuffle(every)
    return [
        q for answerable in (False, True) for q in [q for q in every if q.answerable is answerable][: n // 2]
    ]


def record(gold: Gold, n: int, config: Config) -> list[dict[str, Any]]:
    """One record a question: its signals, and whether the answer was right; resumes from RECORDS."""
    RECORDS.parent.mkdir(exist_ok=True)
    lines = RECORDS.read_text(encoding="utf-8").splitlines() if RECORDS.exists() else []
    done = {r["id"]: r for r in map(json.loads, lines)}
    wanted = questions(gold, n)
    if all(q.id in done for q in wanted):
        return [done[q.id] for q in wanted]
    with own_library(gold, config) as library:
        recorder = Recorder()
        pipeline = Pipeline(library, load_model(config.model, config), config, abstainer=recorder)
        with RECORDS.open("a", encoding="utf-8") as file:
            for q in wanted:
                if q.id not in done:
                    done[q.id] = _ask(pipeline, recorder, q)
                    print(json.dumps(done[q.id]), file=file, flush=True)
    return [done[q.id] for q in wanted]


def _ask(pipeline: Pipeline, recorder: Recorder, question: GoldQuestion) -> dict[str, Any]:
    recorder.signals = None
    *_, answer = pipeline.stream(question.question)
    assert isinstance(answer, Answer)
    right = question.answerable and token_f1(answer.short or answer.text, question.answers) >= RIGHT
    return {
        "id": question.id,
        "answerable": question.answerable,
        "right": right,
        "question": question.question,
        "short": answer.short,
        "text": answer.text,
        "signals": asdict(recorder.signals) if recorder.signals else None,
        "seconds": answer.timings.total,
    }


def fit(records: list[dict[str, Any]]) -> tuple[dict[str, float], list[float]]:
    """(weights, cross-validated confidence of each record); records without signals were refused anyway."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    names = [f.name for f in fields(Signals)]
    x = np.array([[r["signals"][name] for name in names] for r in records])
    y = np.array([r["right"] for r in records])
    model = LogisticRegression(C=1.0, max_iter=1000)
    held_out = cross_val_predict(model, x, y, cv=5, method="predict_proba")[:, 1]
    model.fit(x, y)
    weights = {"intercept": float(model.intercept_[0])}
    weights.update(zip(names, map(float, model.coef_[0]), strict=True))
    return weights, [float(p) for p in held_out]


def report(records: list[dict[str, Any]], confidence: list[float], total: list[dict[str, Any]]) -> str:
    """What each threshold would have refused and answered rightly, over all records."""
    from sklearn.metrics import roc_auc_score

    area = roc_auc_score([r["right"] for r in records], confidence)
    lines = [
        f"n={len(total)}, cross-validated AUC {area:.3f}",
        "threshold  refused-unanswerable  right-of-answerable",
    ]
    by_id = {r["id"]: p for r, p in zip(records, confidence, strict=True)}
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7):
        kept = {name for name, p in by_id.items() if p >= threshold}
        no = [r for r in total if not r["answerable"]]
        yes = [r for r in total if r["answerable"]]
        refused = sum(r["id"] not in kept for r in no) / len(no)
        right = sum(r["id"] in kept and r["right"] for r in yes) / len(yes)
        lines.append(f"{threshold:9.2f}  {refused:20.3f}  {right:19.3f}")
    return "\n".join(lines)


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("-n", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="write the coefficients into qa/abstention.toml")
    options = parser.parse_args()
    total = record(formats.load(options.data), options.n, load())
    judged = [r for r in total if r["signals"]]
    weights, confidence = fit(judged)
    print(report(judged, confidence, total))
    text = "\n".join(f"{name} = {value:.4f}" for name, value in weights.items())
    print(text)
    if options.write:
        head = COEFFICIENTS.read_text(encoding="utf-8").split("[weights]")[0]
        COEFFICIENTS.write_text(f"{head}[weights]\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
