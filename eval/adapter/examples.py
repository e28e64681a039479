"""What the adapter learns from: the prompts of `qa.prompt` over the development sets, with the right replies.

    answerable   do a sentence and the one before it state the answer to this exact question? Yes or No
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
from index.language.names import names
from index.language.numbers import numbers
from index.language.words import normalise
from index.models.embed import load_embedder
from index.read import make_article
from index.types import Embedder
from qa.draft import locate
from qa.evidence import with_before
from qa.prompt import answerable_messages, evidence_block, short_messages, supported_messages
from qa.types import Evidence, Message

SEED = 17
TOKENS = 280
"""So many tokens of passages an example has at most, about."""
CHARACTERS = 4.5
"""Characters of English a token."""
LIKE = 0.6
"""The share of answerable questions that are asked of a sentence that is like them and doesn't answer them."""
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


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, whether it is answerable, its answers or plausible ones, and the one sentence that holds them."""

    question: str
    answerable: bool
    answers: Sequence[str]
    holding: Evidence | None


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
    """A paragraph each, alone or among others on the like, for the phrases; single sentences for the rest."""
    chance = random.Random(SEED)
    asked: list[Asked] = []
    pool: list[Evidence] = []
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
            pool += own
            evidence = among(own, [sentences_of(paragraphs[i]) for i in near], chance)
            phrases: list[tuple[str, str, str]] = []
            for question in paragraph["qas"]:
                text, yes = question["question"], not question["is_impossible"]
                told = question["answers"] if yes else question.get("plausible_answers") or []
                short = min((answer["text"] for answer in told), key=len, default="")
                if yes and (found := locate(short, own)):
                    phrases.append(("short", text, found))
                holding = [item for item in own if short and normalise(short) in normalise(item.text)]
                answers = [answer["text"] for answer in told]
                asked.append(Asked(text, yes, answers, holding[0] if len(holding) == 1 else None))
            if phrases:
                yield example(evidence, phrases)
    yield from stated(asked, pool, embedder, chance)


def stated(
    asked: Sequence[Asked], pool: Sequence[Evidence], embedder: Embedder, chance: random.Random
) -> Iterator[Example]:
    """Whether a sentence and the one before it state the answer, asked as it is of the sentence of a phrase.

    Yes for the sentences that do; No for those that hold the plausible answer of an unanswerable question, and for
    those of `pool` that are most like an answerable one and hold something of the kind, but none of its answers.
    """
    vectors = embedder.encode_documents([item.text for item in pool])
    questions = embedder.encode_queries([one.question for one in asked])
    by_sentence: dict[Evidence, list[tuple[str, str, str]]] = defaultdict(list)
    for one, vector in zip(asked, questions, strict=True):
        if one.holding:
            by_sentence[one.holding].append(("answerable", one.question, "Yes" if one.answerable else "No"))
        if not one.answerable or chance.random() > LIKE:
            continue
        best = (pool[i] for i in (vectors @ vector).argsort()[::-1].tolist()[:20])
        like = [item for item in best if _like(item, one.answers)][:3]
        if like:
            by_sentence[chance.choice(like)].append(("answerable", one.question, "No"))
    for item, questions_of in by_sentence.items():
        yield example(with_before([item]), questions_of, near=True)


def _like(item: Evidence, answers: Sequence[str]) -> bool:
    """Whether a sentence holds a number or a name where the answers do, and with the one before it none of them."""
    told = " ".join(answers)
    if (numbers(told) and not numbers(item.text)) or (names(told) and not names(item.text)):
        return False
    return not any(locate(answer, with_before([item])) for answer in answers)


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
    """Questions as people type them into a search box, over their paragraph and over the sentence marked in it."""
    chance = random.Random(SEED)
    gold = formats.load(folder / "qed" / "qed.jsonl.gz")
    assert gold.articles
    articles = {article.source: article for article in gold.articles()}
    chosen = [q for q in gold.questions if held_out(q.group) == held]
    sources = list(dict.fromkeys(q.evidence[0].article for q in chosen))
    vectors = dict(zip(sources, embedder.encode_documents([articles[s].text for s in sources]), strict=True))
    asked: list[Asked] = []
    for question in chosen:
        source = question.evidence[0].article
        own = sentences_of(articles[source])
        while own and sum(len(item.text) for item in own) > TOKENS * CHARACTERS:
            own.pop()
        found = next((f for a in sorted(question.answers, key=len) if (f := locate(a, own))), "")
        if not found:
            continue
        marked = [e.quote for e in question.evidence]
        holding = [
            item
            for item in own
            if found in item.text and any(item.text in q or q in item.text for q in marked)
        ]
        asked.append(Asked(question.question, True, list(question.answers), holding[0] if holding else None))
        if chance.random() < 0.4:
            other = max(
                (s for s in sources if s != source), key=lambda s: float(vectors[s] @ vectors[source])
            )
            own = [*sentences_of(articles[other])[: chance.randint(1, 4)], *own]
        yield example(own, [("short", question.question, found)])
    yield from stated(asked, [item for s in sources for item in sentences_of(articles[s])], embedder, chance)


def news(folder: Path, *, held: bool, embedder: Embedder) -> Iterator[Example]:
    """Quiz questions over the lines that explain their answers, alone or behind those of the one most like them."""
    with gzip.open(folder / "realtimeqa" / "questions.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [r for r in map(json.loads, lines) if r["evidence"] and held_out(r["date"]) == held]
    chance = random.Random(SEED)
    vectors = embedder.encode_documents([row["evidence"] for row in rows])
    questions = embedder.encode_queries([row["question"] for row in rows])
    asked: list[Asked] = []
    for number, row in enumerate(rows):
        own = _told(row)
        found = next((f for answer in row["answers"] if (f := locate(answer, own))), "")
        others = [i for i in (vectors @ questions[number]).argsort()[::-1].tolist()[:8] if i != number]
        other = next((i for i in others if not locate(row["answers"][0], _told(rows[i]))), None)
        if other is None or not found:
            continue
        holding = [item for item in own if found in item.text]
        asked.append(Asked(row["question"], True, row["answers"], holding[0] if len(holding) == 1 else None))
        shown = [*_told(rows[other]), *own] if chance.random() < 0.5 else own
        yield example(shown, [("short", row["question"], found)])
    yield from stated(asked, [item for row in rows for item in _told(row)], embedder, chance)


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
