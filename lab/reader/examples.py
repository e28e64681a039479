"""What the reader learns from: public sets in the folder `train` beside the development data, and near-misses.

Every example is a question or statement, a passage, and what is right about them. A near-miss is made of a question
that a passage answers: the same question with another passage of its kind, or with a name or year changed. What is
measured with (CLAPnq, SQuAD's held-out articles, news of 2024) is no part of it. Sets whose licence forbids commercial
use are left out. Knows nothing of models.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from eval.adapter.split import LEARNED

SUPPORTS, CONTRADICTS, NEITHER, NOT_SUPPORTED = 0, 1, 2, 3
"""What a passage does to a statement; the last one when all that is known is that it doesn't support it."""
AROUND = 600
"""Characters of a passage that are read, at most: the window lies at random around the answer."""
FORBIDDEN = ("sick", "averitec", "quail", "conditionalqa")


@dataclass(frozen=True, slots=True)
class Example:
    """A question or statement and a passage.

    `task` says which of the reader's answers is known: "span" (`spans`, none where the passage doesn't answer),
    "answers" (`label` 1 or 0) or "support" (`label` as above).
    """

    task: Literal["span", "answers", "support"]
    asked: str
    passage: str
    spans: tuple[tuple[int, int], ...] = ()
    label: int = 0
    source: str = ""
    group: str = field(default="", compare=False)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def window(example: Example, chance: random.Random) -> Example:
    """The example with a passage of at most AROUND characters, which hold the first answer; cut at spaces."""
    text = example.passage
    if len(text) <= AROUND:
        return example
    first, last = example.spans[0] if example.spans else (0, 0)
    if example.spans:
        low, high = max(0, last - AROUND + 20), max(0, min(first, len(text) - AROUND))
    else:
        low, high = 0, len(text) - AROUND
    start = chance.randint(low, high) if high > low else low
    start = text.find(" ", start, first + 1) + 1 if start and " " in text[start : first + 1] else start
    end = min(len(text), start + AROUND)
    inside = tuple((a - start, b - start) for a, b in example.spans if a >= start and b <= end)
    return replace(example, passage=text[start:end], spans=inside)


def spans_in(text: str, answers: Sequence[str], start: int | None = None) -> tuple[tuple[int, int], ...]:
    """Where the answers stand in a text: at `start`, else wherever they stand as whole words, at most four."""
    if start is not None and answers and text[start : start + len(answers[0])] == answers[0]:
        return ((start, start + len(answers[0])),)
    found = []
    for answer in answers:
        for match in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text, re.IGNORECASE):
            found.append(match.span())
    return tuple(dict.fromkeys(found))[:4]


def squad(folder: Path) -> Iterator[Example]:
    """Questions on the articles of SQuAD 2.0 that are learned from."""
    for article in json.loads((folder / "squad2" / "dev.json").read_text(encoding="utf-8"))["data"]:
        if article["title"] not in LEARNED:
            continue
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            for qa in paragraph["qas"]:
                found = tuple(
                    {(a["answer_start"], a["answer_start"] + len(a["text"])) for a in qa["answers"]}
                )
                kept = () if qa["is_impossible"] else found
                yield Example("span", qa["question"], text, kept, source="squad2", group=article["title"])


def spans(folder: Path, name: str, most: int, chance: random.Random) -> list[Example]:
    """Questions of one of the sets of spans, at most so many."""
    found = []
    for row in rows(folder / "train" / f"spans_{name}.jsonl.gz"):
        if row.get("multi"):
            continue
        answerable = row.get("answerable", True)
        places = spans_in(row["context"], row.get("answers") or (), row.get("start")) if answerable else ()
        if answerable and not places:
            continue
        found.append(Example("span", row["question"], row["context"], places, source=name))
    chance.shuffle(found)
    return [window(one, chance) for one in found[:most]]


def news(folder: Path, chance: random.Random) -> Iterator[Example]:
    """News questions with windows of articles that hold the answer, and with windows of the same that don't."""
    articles = {row["id"]: row["text"] for row in rows(folder / "train" / "news_articles.jsonl.gz")}
    for row in rows(folder / "train" / "news_questions.jsonl.gz"):
        answers = [answer for answer in row["answers"] if len(answer) > 3]
        yield from _evidence(row, answers)
        for id in row["articles_with_answer_string"][:2]:
            text = articles.get(id, "")
            places = spans_in(text, answers)
            if not places:
                continue
            yield window(Example("span", row["question"], text, places, source="news"), chance)
            clear = [part for part in text.split("\n") if len(part) > 200 and not spans_in(part, answers)]
            for part in chance.sample(clear, min(2, len(clear))):
                yield window(Example("span", row["question"], part, (), source="news"), chance)


def _evidence(row: dict[str, Any], answers: Sequence[str]) -> Iterator[Example]:
    places = spans_in(row.get("evidence") or "", answers)
    if places:
        yield Example("span", row["question"], row["evidence"], places, source="news")


def near_misses(found: Sequence[Example], share: float, chance: random.Random) -> Iterator[Example]:
    """Answerable questions made unanswerable: with the passage most like theirs, or with a name or year changed."""
    answerable = [one for one in found if one.spans]
    by_word: dict[str, list[int]] = defaultdict(list)
    for i, one in enumerate(answerable):
        for word in set(re.findall(r"[A-Z]\w{3,}", one.passage)):
            by_word[word].append(i)
    for one in answerable:
        if chance.random() >= share:
            continue
        if chance.random() < 0.5 and (changed := _changed(one, answerable, chance)):
            yield replace(one, asked=changed, spans=(), source=f"{one.source} changed")
            continue
        votes: dict[int, float] = defaultdict(float)
        for word in set(re.findall(r"[A-Z]\w{3,}", f"{one.asked} {one.passage}")):
            if len(by_word[word]) < 200:
                for i in by_word[word]:
                    votes[i] += (2.0 if word in one.asked else 1.0) / len(by_word[word])
        answers = [one.passage[a:b] for a, b in one.spans]
        for i in sorted(votes, key=lambda i: -votes[i])[:12]:
            other = answerable[i].passage
            if other != one.passage and not spans_in(other, answers):
                yield replace(one, passage=other, spans=(), source=f"{one.source} other")
                break


def _changed(one: Example, all_: Sequence[Example], chance: random.Random) -> str:
    """The question with a year or a name that its passage holds changed to another; "" where it has none."""
    if years := [y for y in re.findall(r"\b(?:1[5-9]|20)\d\d\b", one.asked) if y in one.passage]:
        other = str(int(years[0]) + chance.choice((-20, -10, -7, -3, -2, -1, 1, 2, 3, 7, 10)))
        return "" if other in one.passage else one.asked.replace(years[0], other)
    pattern = r"(?<!^)(?<![.?!] )\b[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*"
    held = [name for name in re.findall(pattern, one.asked) if name in one.passage]
    if not held:
        return ""
    for _ in range(8):
        others = re.findall(pattern, chance.choice(all_).asked)
        fit = [name for name in others if name not in one.passage and name not in held]
        if fit:
            return one.asked.replace(chance.choice(held), fit[0])
    return ""


def selected(folder: Path, chance: random.Random) -> Iterator[Example]:
    """Sentences that answer a question, and twice as many that don't, of the sets that select sentences."""
    for name, most in (("selqa", 6000), ("wikiqa_trecqa", 3500), ("squad", 7000)):
        by_label: dict[int, list[Example]] = {0: [], 1: []}
        for row in rows(folder / "train" / f"select_{name}.jsonl.gz"):
            made = Example("answers", row["question"], row["sentence"], label=int(row["label"]), source=name)
            by_label[made.label].append(made)
        chance.shuffle(by_label[0])
        chance.shuffle(by_label[1])
        yield from by_label[1][: most // 3]
        yield from by_label[0][: most - most // 3]


_RELATION = {
    "refutes": CONTRADICTS,
    "refuted": CONTRADICTS,
    "refute": CONTRADICTS,
    "contradiction": CONTRADICTS,
    "neutral": NEITHER,
    "not_enough_info": NEITHER,
    "not enough info": NEITHER,
    "irrelevant": NEITHER,
}


def claims(folder: Path, chance: random.Random) -> Iterator[Example]:
    """Statements against a text: FEVER's, science, the web, RTE, dialogue and edited summaries."""
    for name, most in (
        ("claims_fever", 6000),
        ("claims", 6000),
        ("claims_science", 6000),
        ("claims_web", 4500),
        ("claims_rte_sick", 3000),
    ):
        found = []
        for row in rows(folder / "train" / f"{name}.jsonl.gz"):
            if any(row["source"].startswith(no) for no in FORBIDDEN):
                continue
            label = SUPPORTS if row["label"] == 1 else _RELATION.get(row.get("relation", ""), NOT_SUPPORTED)
            if row["source"].startswith("fever") and label == NOT_SUPPORTED:
                label = CONTRADICTS  # its evidence is for or against
            found.append(Example("support", row["claim"], row["context"], label=label, source=name))
        chance.shuffle(found)
        yield from (window(one, chance) for one in found[:most])


def yes_no(folder: Path, chance: random.Random) -> Iterator[Example]:
    """Yes-or-no questions on a passage, and a fifth of them on a passage that doesn't say."""
    labels = {"yes": SUPPORTS, "no": CONTRADICTS, "unknown": NEITHER}
    found = [
        window(
            Example(
                "support", _asked(row["question"]), row["context"], label=labels[row["label"]], source=name
            ),
            chance,
        )
        for name in ("boolq", "pubmedqa", "small")
        for row in rows(folder / "train" / f"yesno_{name}.jsonl.gz")
        if not any(row["source"].startswith(no) for no in FORBIDDEN)
    ]
    yield from found
    for one in found:
        if chance.random() < 0.2:
            yield replace(one, passage=chance.choice(found).passage, label=NEITHER, source="yes or no, other")


def _asked(question: str) -> str:
    text = question[0].upper() + question[1:]
    return text if text.endswith("?") else f"{text}?"


SIZES = {
    "squad2_rest": 6000,
    "squad1_rest": 1600,
    "squad1_sentences": 3000,
    "squadshifts_wiki": 8000,
    "squadshifts_reddit": 2000,
    "squadshifts_amazon": 800,
    "qamr": 7000,
    "tweetqa": 2500,
    "contrast": 2500,
    "covidqa": 1100,
    "hotpot_small": 470,
    "multispanqa": 650,
    "policyqa": 1500,
    "subjqa": 2500,
}
"""How many questions of each set of spans are learned from in a pass."""
TWICE = ("squad2", "squad2_rest", "news")
"""Sets of real near-misses and of news, which are seen twice in a pass."""


def a_pass(folder: Path, seed: int) -> list[Example]:
    """All examples of one pass in random order; another seed draws other ones."""
    chance = random.Random(seed)
    plain = [one for name, most in SIZES.items() for one in spans(folder, name, most, chance)]
    plain += [window(one, chance) for one in squad(folder)]
    plain += news(folder, chance)
    made = list(near_misses([one for one in plain if one.source != "squad2_rest"], 0.3, chance))
    twice = [one for one in plain if one.source in TWICE]
    found = [
        *plain,
        *twice,
        *made,
        *selected(folder, chance),
        *claims(folder, chance),
        *yes_no(folder, chance),
    ]
    chance.shuffle(found)
    return found
