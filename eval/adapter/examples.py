"""What the adapter learns from: the prompts of `qa.prompt` over the development sets, with the right replies.

    answerable   do the passages state the answer to this exact question? Yes or No
    short        the shortest phrase that answers
    supported    is every part of this statement supported? Yes or No

Questions about the same passages share them, so that these are read once: an example is a tree of texts whose leaves
are questions. A part of each set is left out (`split.py`), for the fit of the confidence and for measuring. Knows
nothing of models.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval import formats
from eval.adapter.split import held_out
from eval.bench.verifier import SETS, cited, sentences_of
from index.config import load
from index.embed import load_embedder
from index.read import make_article
from index.types import Embedder
from qa.draft import locate
from qa.evidence import with_before
from qa.prompt import answerable_messages, evidence_block, short_messages, supported_messages
from qa.text import normalise
from qa.types import Evidence, Message

SEED = 17
TOKENS = 280
"""So many tokens of passages an example has at most, about."""
CHARACTERS = 4.5
"""Characters of English a token."""
ASKED: dict[str, tuple[Callable[[str, Sequence[Evidence]], list[Message]], str]] = {
    "answerable": (answerable_messages, "\n\nQuestion:"),
    "short": (short_messages, "\n\nQuestion:"),
    "supported": (supported_messages, "\n\nStatement:"),
}
"""Each prompt, and what its text ends with before the question or statement."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is asked behind the shared text, and the reply; `asks` names the prompt."""

    asks: str
    text: str
    reply: str


@dataclass(frozen=True, slots=True)
class Example:
    """Passages, and what is asked about them: for each instruction, the text up to the question, its leaves."""

    passages: str
    branches: tuple[tuple[str, tuple[Leaf, ...]], ...]
    near: bool = False
    """Whether the passages are but the sentence that holds an answer and the one before it."""


def example(
    evidence: Sequence[Evidence], asked: Sequence[tuple[str, str, str]], *, near: bool = False
) -> Example:
    """The Example of (prompt, question or statement, reply) about the same evidence."""
    passages = f"Passages:\n\n{evidence_block(evidence)}\n\n"
    branches: dict[str, list[Leaf]] = defaultdict(list)
    for asks, text, reply in asked:
        prompt, mark = ASKED[asks]
        rest = prompt(" ".join(text.split()), evidence)[0].content.removeprefix(passages)
        end = rest.index(mark) + len(mark)
        branches[rest[:end]].append(Leaf(asks, rest[end:], reply))
    return Example(passages, tuple((text, tuple(leaves)) for text, leaves in branches.items()), near)


def squad(folder: Path, *, held: bool, embedder: Embedder) -> Iterator[Example]:
    """A paragraph each, alone or among others on the like, and sentences of it alone; all questions on it."""
    chance = random.Random(SEED)
    for entry in json.loads((folder / "squad2" / "dev.json").read_text(encoding="utf-8"))["data"]:
        if held_out(entry["title"]) != held:
            continue
        title = entry["title"].replace("_", " ")
        paragraphs = [
            make_article(p["context"], title=title, source=str(i)) for i, p in enumerate(entry["paragraphs"])
        ]
        vectors = embedder.encode_documents([article.text for article in paragraphs])
        for number, (article, paragraph) in enumerate(zip(paragraphs, entry["paragraphs"], strict=True)):
            near = [i for i in (vectors @ vectors[number]).argsort()[::-1].tolist() if i != number][:3]
            own = sentences_of(article)
            evidence = among(own, [sentences_of(paragraphs[i]) for i in near], chance)
            asked: list[tuple[str, str, str]] = []
            by_sentence: dict[Evidence, list[tuple[str, str, str]]] = defaultdict(list)
            for question in paragraph["qas"]:
                text, yes = question["question"], not question["is_impossible"]
                told = question["answers"] if yes else question.get("plausible_answers") or []
                short = min((answer["text"] for answer in told), key=len, default="")
                reply = "Yes" if yes else "No"
                asked.append(("answerable", text, reply))
                if yes and (found := locate(short, own)):
                    asked.append(("short", text, found))
                holding = [item for item in own if short and normalise(short) in normalise(item.text)]
                if len(holding) == 1:
                    by_sentence[holding[0]].append(("answerable", text, reply))
            shown = normalise(" ".join(item.text for item in evidence))
            others = [q for i in near[:2] for q in entry["paragraphs"][i]["qas"] if q["answers"]]
            for question in chance.sample(others, min(2, len(others))):
                if not any(normalise(answer["text"]) in shown for answer in question["answers"]):
                    asked.append(("answerable", question["question"], "No"))
            yield example(evidence, asked)
            for item, questions in by_sentence.items():
                if chance.random() < 0.6:
                    yield example(with_before([item]), questions, near=True)


def among(
    own: Sequence[Evidence], others: Sequence[Sequence[Evidence]], chance: random.Random
) -> list[Evidence]:
    """Sentences as retrieval gives them: `own`, and in two of three cases some of `others`, articles shuffled."""
    blocks = [list(own)]
    room = TOKENS * CHARACTERS - sum(len(item.text) for item in own)
    if chance.random() < 2 / 3:
        for block in others:
            kept = [item for item in block if chance.random() < 0.5]
            size = sum(len(item.text) for item in kept)
            if kept and size < room:
                blocks.append(kept)
                room -= size
        chance.shuffle(blocks)
    return [item for block in blocks for item in block]


def qed(folder: Path, *, held: bool, embedder: Embedder) -> Iterator[Example]:
    """Questions as people type them into a search box, over their paragraph; some without what answers."""
    chance = random.Random(SEED)
    gold = formats.load(folder / "qed" / "qed.jsonl.gz")
    assert gold.articles
    articles = {article.source: article for article in gold.articles()}
    chosen = [q for q in gold.questions if held_out(q.group) == held]
    sources = list(dict.fromkeys(q.evidence[0].article for q in chosen))
    vectors = dict(zip(sources, embedder.encode_documents([articles[s].text for s in sources]), strict=True))
    for question in chosen:
        source = question.evidence[0].article
        own = sentences_of(articles[source])
        while own and sum(len(item.text) for item in own) > TOKENS * CHARACTERS:
            own.pop()
        found = next((f for a in sorted(question.answers, key=len) if (f := locate(a, own))), "")
        if not found:
            continue
        other = max((s for s in sources if s != source), key=lambda s: float(vectors[s] @ vectors[source]))
        without = [item for item in own if normalise(found) not in normalise(item.text)]
        size = chance.randint(1, 4)
        if chance.random() < 0.4 and len(without) > 1:
            shown = [*without, *sentences_of(articles[other])[:size]]
            yield example(shown, [("answerable", question.question, "No")])
            continue
        holding = [item for item in own if normalise(found) in normalise(item.text)]
        if chance.random() < 0.35:
            own = with_before(holding[:1])
        elif chance.random() < 0.4:
            own = [*sentences_of(articles[other])[:size], *own]
        yield example(own, [("answerable", question.question, "Yes"), ("short", question.question, found)])


def news(folder: Path, *, held: bool, embedder: Embedder) -> Iterator[Example]:
    """Quiz questions over the lines that explain their answers, and over those of the question most like them."""
    with gzip.open(folder / "realtimeqa" / "questions.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [r for r in map(json.loads, lines) if r["evidence"] and held_out(r["date"]) == held]
    chance = random.Random(SEED)
    vectors = embedder.encode_documents([row["evidence"] for row in rows])
    asked = embedder.encode_queries([row["question"] for row in rows])
    for number, row in enumerate(rows):
        own = _told(row)
        found = next((f for answer in row["answers"] if (f := locate(answer, own))), "")
        others = [i for i in (vectors @ asked[number]).argsort()[::-1].tolist()[:8] if i != number]
        other = next((i for i in others if not locate(row["answers"][0], _told(rows[i]))), None)
        if other is None or not found:
            continue
        if chance.random() < 0.4:
            yield example(_told(rows[other]), [("answerable", row["question"], "No")])
        else:
            shown = [*_told(rows[other]), *own] if chance.random() < 0.5 else own
            yield example(shown, [("answerable", row["question"], "Yes"), ("short", row["question"], found)])


def _told(row: dict[str, Any]) -> list[Evidence]:
    article = make_article(
        row["evidence"], title=row["evidence"].split(".")[0][:60], published=row["date"].replace("/", "-")
    )
    return sentences_of(article)[:6]


def claims(folder: Path, *, held: bool) -> Iterator[Example]:
    """Statements over the sentences that would be cited for them."""
    for read in SETS.values():
        for claim in read(folder):
            if held_out(claim.article.id) != held:
                continue
            quotes = [
                quote for _, quotes in cited(claim.text, sentences_of(claim.article)) for quote in quotes
            ]
            shown = with_before(list(dict.fromkeys(quotes)))
            if shown and sum(len(item.text) for item in shown) < TOKENS * CHARACTERS:
                yield example(shown, [("supported", claim.text, "Yes" if claim.supported else "No")])


def all_of(folder: Path, *, held: bool) -> dict[str, list[Example]]:
    """Every set's examples by name, those to learn from or those held out. Raises BadGold for a missing set."""
    config = load()
    embedder = load_embedder(config.embedder, config.cache)
    return {
        "squad2": list(squad(folder, held=held, embedder=embedder)),
        "qed": list(qed(folder, held=held, embedder=embedder)),
        "realtimeqa": list(news(folder, held=held, embedder=embedder)),
        "claims": list(claims(folder, held=held)),
    }
