"""Measures how facts are answered by the reader alone, and fits how sure of a phrase one may be.

    python -m lab.reader.facts DATA [--sets squad,qed,...] [--limit N] [--reader FILE] [--looks K] [--judge]
        [--without-cross-encoder] [--fit] [--write]

squad    questions on SQuAD 2.0's held-out articles, near-misses among them; all paragraphs of the set in one library
qed      questions of Natural Questions, all paragraphs in one library
news     dated quiz questions over 400 articles of REALTIME QA 2024, a third about articles left out
snippets news questions over short snippets, three that answer each, seven that don't
nq       questions about other things than the library of squad holds
sample   the sample's gold questions over the sample's articles; neither these nor snippets are fitted on

The sentences that the cross-encoder weighs are kept in `runs/reader-facts`, so that another reader is measured in a
minute. Of qed, news and snippets the half that the adapter has not learned from is measured and the other half fitted
on, so of squad half of the paragraphs. A phrase is right where its token F1 is at least .5. With --looks the next
phrases are looked at, too, until one is sure enough. With --fit the coefficients are fitted, with --write put into
`qa/trust/coefficients.toml`. With --without-cross-encoder sentences are weighed by the embedder's cosine instead, and
so kept apart.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from sklearn.metrics import roc_auc_score

from eval import formats
from eval.adapter.split import HELD_OUT, held_out
from eval.fit_abstention import COEFFICIENTS, as_toml, kept, news, regress
from eval.gold import Gold, GoldQuestion, load_gold
from eval.metrics.token_f1 import token_f1
from eval.run import own_library
from eval.stages import RIGHT
from index.config import Config, load
from index.library import Library
from index.models import cross_encoder
from index.search.rerank import Remembering, load_reranker
from index.types import Embedder, Hit, Passage
from qa import reader
from qa.evidence import with_before
from qa.evidence.weigh import likeliest
from qa.models import load_model
from qa.retrieve import find
from qa.trust import judge
from qa.trust.confidence import fitted, flat
from qa.trust.phrases import Phrase
from qa.types import Evidence
from qa.understand import choices
from qa.ways import extractive

Judging: TypeAlias = Callable[[str, GoldQuestion, Phrase], float | None]
KEPT = Path("runs/reader-facts")
SETS = ("squad", "qed", "news", "snippets", "nq", "sample")
SEED = 17


@dataclass(frozen=True, slots=True)
class Look:
    """A phrase with what is known of it, and how right it is."""

    short: str
    f1: float
    signals: dict[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """A question with its phrases, best first; `fits` says whether it may be fitted on."""

    set: str
    question: GoldQuestion
    looks: tuple[Look, ...]
    fits: bool


def gold_set(name: str, data: Path, limit: int) -> tuple[Gold, Gold]:
    """The questions of a set, and the set whose articles lie in the library."""
    squad = formats.load(data / "squad2" / "dev.json")
    chance = random.Random(SEED)
    if name == "squad":
        every = [q for q in squad.questions if q.group.partition("#")[0] in HELD_OUT]
        return replace(squad, questions=_drawn(every, limit, chance)), squad
    if name == "nq":
        nq = formats.load(f"{data / 'nq_open' / 'dev.jsonl.gz'}:unanswerable")
        return replace(nq, questions=_drawn(nq.questions, limit // 3, chance)), squad
    if name == "qed":
        qed = formats.load(data / "qed" / "qed.jsonl.gz")
        return replace(qed, questions=_drawn(qed.questions, limit, chance)), qed
    if name == "news":
        part = news(formats.load(data / "realtimeqa"), limit)
        return part, part
    if name == "snippets":
        part = formats.load(f"{data / 'realtimeqa'}:snippets")
        return replace(
            part, questions=_drawn([q for q in part.questions if held_out(q.group)], limit, chance)
        ), part
    sample = Gold("sample", load_gold("eval/gold/sample.jsonl"), None)
    return sample, sample


def _drawn(questions: Sequence[GoldQuestion], limit: int, chance: random.Random) -> list[GoldQuestion]:
    drawn = list(questions)
    chance.shuffle(drawn)
    return drawn[:limit]


@contextmanager
def library(name: str, gold: Gold, config: Config) -> Iterator[Library]:
    """The library of a set."""
    if name == "sample":
        with Library.open(KEPT / "sample-library", create=True, config=config) as opened:
            opened.add([Path("index/sample")])
            yield opened
    else:
        with own_library(gold, config) as opened:
            yield opened


@dataclass(frozen=True, slots=True)
class Cosine:
    """Weighs texts by the embedder alone, on about the scale of the cross-encoder's logits."""

    embedder: Embedder
    name: str = "cosine"

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Twenty times the cosine of the question and each text, less ten."""
        asked = self.embedder.encode_queries([question])[0]
        return [float(20 * value - 10) for value in self.embedder.encode_documents(texts) @ asked]


def sentences(name: str, gold: Gold, opened: Library, config: Config, crossed: bool) -> dict[str, Any]:
    """For each question its passages and sentences, as the cross-encoder weighs them; what is kept isn't made again."""
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / f"{name}{'' if crossed else '-cosine'}.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    known = {row["id"]: row for row in map(json.loads, lines)}
    embedder = Remembering(lambda: opened.embedder)
    encoder = cross_encoder.load(cross_encoder.DEFAULT, config.cache) if crossed else Cosine(opened.embedder)
    with file.open("a", encoding="utf-8") as out:
        for i, asked in enumerate(gold.questions, start=1):
            if asked.id in known:
                continue
            reranker = load_reranker(config, embedder)
            hits = find(opened, asked.question, config.k, None, asked.asked, reranker)
            found = likeliest(asked.question, hits, encoder, embedder)
            known[asked.id] = {
                "id": asked.id,
                "hits": [[h.article.id, h.passage.start, h.passage.end] for h in hits],
                "sentences": [[e.article.id, e.start, e.end, e.score] for e in found],
            }
            print(json.dumps(known[asked.id]), file=out, flush=True)
            print(f"\r{name}: {i}/{len(gold.questions)} ", end="", file=sys.stderr, flush=True)
    return known


def judging_with(config: Config, ask: bool) -> Judging:
    """What a language model says of a phrase's sentence, with `ask`, and what one said before; None where none did."""
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / "judged.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    known: dict[tuple[Any, ...], float] = {tuple(key): value for key, value in map(json.loads, lines)}
    model = load_model(config.model, config) if ask else None

    def stated(name: str, asked: GoldQuestion, best: Phrase) -> float | None:
        key = (name, asked.id, best.sentence.article.id, best.sentence.start)
        if key not in known and model is not None:
            quotes = with_before([best.sentence])
            known[key] = judge.answerable(choices.split(asked.question)[0], quotes, model)
            with file.open("a", encoding="utf-8") as out:
                print(json.dumps([key, known[key]]), file=out, flush=True)
            print(f"\r{len(known)} judged ", end="", file=sys.stderr, flush=True)
        return known.get(key)

    return stated


def rows(
    name: str,
    data: Path,
    limit: int,
    using: reader.Reader,
    config: Config,
    judging: Judging,
    most: int,
    crossed: bool,
) -> list[Row]:
    """The questions of a set with their signals."""
    gold, held = gold_set(name, data, limit)
    found = []
    with library(name, held, config) as opened:
        known = sentences(name, gold, opened, config, crossed)
        embedder = Remembering(lambda: opened.embedder)
        articles: dict[str, Any] = {}

        def article(id_: str) -> Any:
            if id_ not in articles:
                articles[id_] = opened.article(id_)
            return articles[id_]

        for asked in gold.questions:
            row = known[asked.id]
            weighed_ = [Evidence(article(a), s, e, score) for a, s, e, score in row["sentences"]]
            hits = [
                Hit(Passage(rank, a, s, e), article(a), 1.0 / rank, rank)
                for rank, (a, s, e) in enumerate(row["hits"], start=1)
            ]
            found.append(_row(name, asked, weighed_, hits, using, embedder, judging, most))
    return found


def _row(
    name: str,
    asked: GoldQuestion,
    found: Sequence[Evidence],
    hits: Sequence[Hit],
    using: reader.Reader,
    embedder: Any,
    judging: Judging,
    most: int,
) -> Row:
    question, offered = choices.split(asked.question)
    today = asked.asked or date.today()
    known = extractive.ranked(question, offered, found, using, today, hits, embedder)
    looks = []
    for phrase, its_signals in [one for one in known if not one[0].against][:most]:
        signals = flat(its_signals, fitted()["match"])
        if (stated := judging(name, asked, phrase)) is not None:
            signals["stated"] = stated
        f1 = token_f1(phrase.text, asked.answers) if asked.answerable else 0.0
        looks.append(Look(phrase.text, f1, signals))
    return Row(name, asked, tuple(looks), _fits(name, asked))


def _fits(name: str, asked: GoldQuestion) -> bool:
    if name in ("sample", "snippets"):
        return False
    if name == "squad":
        return int(hashlib.sha256(asked.question.encode()).hexdigest()[:8], 16) % 2 == 0
    return (
        not held_out(asked.group)
        if name in ("qed", "snippets")
        else int(asked.id[-1:].encode().hex(), 16) % 2 == 0
    )


def chosen(row: Row, confidence: Callable[[Look], float], enough: float) -> tuple[float, float]:
    """The confidence and the F1 of the phrase that is taken: the first one that is sure `enough`, else the surest."""
    best = (0.0, 0.0)
    for look in row.looks:
        if (sure := confidence(look)) > best[0]:
            best = (sure, look.f1)
        if best[0] >= enough:
            break
    return best


def told(found: Sequence[Row], confidence: Callable[[Look], float], enough: float) -> None:
    """Prints a line a set: what is right when every question is answered, areas, and what borders do."""
    for name in SETS:
        mine = [(r, *chosen(r, confidence, enough)) for r in found if r.set == name and not r.fits]
        if not mine:
            continue
        yes = [f1 for r, _, f1 in mine if r.question.answerable]
        right = [f1 >= RIGHT for _, _, f1 in mine]
        line = f"{name:7} n {len(mine):3} answerable {len(yes):3}"
        if yes:
            line += f"  F1 {np.mean(yes):.3f} right {np.mean([f1 >= RIGHT for f1 in yes]):.3f}"
        if 0 < sum(right) < len(right):
            line += f"  area of right {roc_auc_score(right, [c for _, c, _ in mine]):.3f}"
        print(line)
        no = [c for r, c, _ in mine if not r.question.answerable]
        for border in (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05):
            given = [f1 for _, c, f1 in mine if c >= border]
            good = sum(f1 >= RIGHT for f1 in given)
            print(
                f"   {border:.2f}: given {len(given) / len(mine):.2f}, of them right {good / max(1, len(given)):.2f};"
                f" answerable right {good / max(1, len(yes)):.2f}"
                + (f"; silent refused {np.mean([c < border for c in no]):.2f}" if no else "")
            )


def main() -> None:
    """Prints the figures of each set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--limit", type=int, default=300, help="questions of each set, of nq a third")
    parser.add_argument("--reader", type=Path, default=reader.WEIGHTS)
    parser.add_argument("--judge", action="store_true", help="ask the language model as well")
    parser.add_argument("--looks", type=int, default=1, help="phrases of a question, at most")
    parser.add_argument("--without-cross-encoder", action="store_true")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    config, using = load(), reader.load(given.reader)
    judging = judging_with(config, given.judge)
    found = [
        row
        for name in given.sets.split(",")
        for row in rows(
            name,
            given.data,
            given.limit,
            using,
            config,
            judging,
            given.looks,
            not given.without_cross_encoder,
        )
    ]
    tables = {name: dict(fitted().get(name, {})) for name in ("read", "judged")}
    for name, table in tables.items():
        known = [r for r in found if name == "read" or all("stated" in look.signals for look in r.looks)]
        if given.fit:
            table |= _fitted(name, [r for r in known if r.fits])
        print(f"\n{name}")
        told(known, partial(_confidence, weights=table), 0.5 if name == "judged" else 0.0)
    if given.write:
        _write(tables)


def _fitted(name: str, learned: Sequence[Row]) -> dict[str, float]:
    looks = [(row, look) for row in learned for look in row.looks]
    labels, groups = [look.f1 >= RIGHT for _, look in looks], [f"{r.set} {r.question.id}" for r, _ in looks]
    signals = [
        {k: v for k, v in look.signals.items() if k != "stated" or name == "judged"} for _, look in looks
    ]
    weights, guessed = regress(signals, labels, groups, 0.3)
    print(f"{name}: fitted on {len(looks)}, cross-validated area {roc_auc_score(labels, guessed):.3f}")
    print("\n".join(f"  {signal} {value:.3f}" for signal, value in weights.items()))
    return weights


def _write(tables: dict[str, dict[str, float]]) -> None:
    head = COEFFICIENTS.read_text(encoding="utf-8").split("[match]")[0]
    COEFFICIENTS.write_text(head + as_toml({**kept(), **tables}), encoding="utf-8")


def _confidence(look: Look, weights: dict[str, float]) -> float:
    total = weights["intercept"] + sum(weights.get(name, 0.0) * value for name, value in look.signals.items())
    return float(1 / (1 + np.exp(-total)))


if __name__ == "__main__":
    main()
