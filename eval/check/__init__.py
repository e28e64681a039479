"""Looks a gold set over against a library: what in it is broken, doubtful, or worth a second look.

Changes nothing: each problem says how to mend it. Knows nothing of runs and scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from eval.check.problems import Problem, render, serious, short
from eval.check.quotes import misplaced, name, says
from eval.drafting.drafts import Proposal
from eval.drafting.wording import answered, log_odds
from eval.gold import GoldQuestion
from eval.locate import find_quote, names
from index.config import Config
from index.language.names import names as names_in
from index.language.numbers import numbers
from index.language.words import normalise, stems
from index.library import Library
from index.types import Article, Hit
from qa import draft, evidence
from qa.types import LanguageModel

__all__ = ["Problem", "check", "doubts", "named", "render", "serious"]

SIMILAR = 0.9
"""Questions whose embeddings have at least this cosine similarity, and that name the same, count as near-duplicates."""
ODDS = 1.0
"""Log-odds of the model's Yes above which it is asked for the answer to a question marked unanswerable."""
HELD = 0.8
"""Without a model: a passage with all names and numbers of such a question and this share of its words is named."""
FOUND_AMONG = 10
"""How many passages a question's search may bring."""
_ORDER = {"error": 0, "warning": 1, "info": 2}


def check(
    questions: Sequence[GoldQuestion],
    library: Library,
    *,
    model: LanguageModel | None = None,
    config: Config | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Problem]:
    """What is wrong with the questions, errors first, then in the gold set's order; empty when nothing is.

    quote       a quote that doesn't stand in the article that it names, with the closest words there
    article     an article that the library doesn't hold
    answer      answers of which none stands in a quote or its article
    nugget      a nugget none of whose wordings stands in the articles of the evidence
    duplicate   the same question twice, or nearly: cosine similarity of `SIMILAR` and the same names and numbers
    answerable  a question marked unanswerable to which the model finds an answer; without a `model`, an info when a
                passage holds nearly all of its words
    elsewhere   (info) passages of other articles, found by the question, that hold the answer as well

    `progress` is called with (questions looked up, all). Raises ModelFailed, and what a library raises.
    """
    settings = config or Config()
    found = [*misplaced(questions, library), *_duplicates(questions, library)]
    broken = {problem.id for problem in found if problem.kind in ("quote", "article")}
    for i, question in enumerate(questions):
        if question.id in broken:
            pass  # first things first: what else could be said hangs on the lost quote
        elif question.answerable:
            found += _elsewhere(question, library)
        elif model is None:
            found += _hinted(question, library)
        else:
            found += _answerable(question, library, model, settings)
        if progress is not None:
            progress(i + 1, len(questions))
    place = {question.id: i for i, question in enumerate(questions)}
    return sorted(found, key=lambda p: (_ORDER[p.severity], place[p.id]))


def _duplicates(questions: Sequence[GoldQuestion], library: Library) -> Iterator[Problem]:
    first: dict[str, GoldQuestion] = {}
    rest: list[GoldQuestion] = []
    for question in questions:
        key = normalise(question.question).rstrip(" ?.!")
        if (other := first.get(key)) is None:
            first[key] = question
            rest.append(question)
            continue
        same = set(map(normalise, question.answers)) & set(map(normalise, other.answers))
        apart = "" if same or question.answers == other.answers else ", which has other answers"
        text = f"the same question as {other.id}{apart}: drop one of them"
        yield Problem(question.id, "duplicate", text, "error")
    yield from _alike(rest, library)


def _alike(questions: Sequence[GoldQuestion], library: Library) -> Iterator[Problem]:
    """Questions that mean the same. Those with another year, number or name are near misses, and wanted."""
    if len(questions) < 2:
        return
    vectors = library.embedder.encode_queries([question.question for question in questions])
    marks = [names_in(question.question) | numbers(question.question) for question in questions]
    for i, question in enumerate(questions[1:], start=1):
        similar = vectors[:i] @ vectors[i]
        alike = [j for j in range(i) if similar[j] >= SIMILAR and marks[j] == marks[i]]
        if alike:
            most = max(alike, key=lambda j: float(similar[j]))
            text = f"much like {questions[most].id} ({float(similar[most]):.2f}): {short(questions[most].question)}"
            yield Problem(
                question.id, "duplicate", f"{text}; drop one, or say what sets them apart", "warning"
            )


def _elsewhere(question: GoldQuestion, library: Library) -> Iterator[Problem]:
    own = {item.article for item in question.evidence}
    if not own or not question.answers:
        return
    quotes = [normalise(item.quote) for item in question.evidence if item.quote.strip()]
    found = [
        hit
        for hit in library.search(question.question, FOUND_AMONG)
        if not names(hit.article) & own
        and any(len(answer) > 1 and says(hit.text, answer) for answer in question.answers)
        and not any(quote in normalise(hit.text) for quote in quotes)
    ]
    if found:
        others = list(dict.fromkeys(name(hit.article) for hit in found))
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        yield Problem(
            question.id,
            "elsewhere",
            f"{short(question.answers[0])} is also in {others[0]!r}{more}; if it answers there, add it as evidence",
            "info",
        )


def _hinted(question: GoldQuestion, library: Library) -> Iterator[Problem]:
    """Without a model: the passage that holds nearly all of the question's words."""
    marks = names_in(question.question) | numbers(question.question)
    wanted = stems(question.question)
    for hit in library.search(question.question, FOUND_AMONG):
        here = f"{hit.article.title}. {hit.article.published or ''}. {hit.text}"
        held = stems(here) | names_in(here) | numbers(here)
        if marks and marks <= held and wanted and len(wanted & held) >= HELD * len(wanted):
            text = f"a passage of {name(hit.article)!r} holds nearly all its words; does it answer? {short(hit.text)}"
            yield Problem(question.id, "answerable", text, "info")
            return


def _answerable(
    question: GoldQuestion, library: Library, model: LanguageModel, config: Config
) -> Iterator[Problem]:
    hits: list[Hit] = library.search(question.question, config.k)
    chosen = evidence.select(
        question.question, hits, library.embedder, budget=config.evidence_tokens, count=model.count_tokens
    )
    if not chosen:
        return
    odds = log_odds(model, question.question, chosen)
    if odds <= ODDS:
        return
    said = answered(model, question.question, chosen)
    said = "" if draft.refuses(said) else draft.locate(said, chosen)
    if said and (holding := [item for item in chosen if normalise(said) in normalise(item.text)]):
        text = (
            f"the model finds an answer, {short(said)}, in {name(holding[0].article)!r} (log-odds {odds:.1f}): "
            f"{short(holding[0].text)}; if that is right, mark it answerable"
        )
        yield Problem(question.id, "answerable", text, "warning")


def doubts(proposal: Proposal, articles: Mapping[str, Article]) -> list[str]:
    """What a reviewer should look at twice in a draft, edited or not; empty when rules find nothing.

    `articles` has those that the evidence names, under these names (see `named`).

    >>> from eval.gold import GoldEvidence
    >>> doubts(Proposal("Did Ada pay?", ("Ada",), (GoldEvidence("a.txt", "Ada paid."),), True, "single"), {})
    ['the question holds the answer “Ada”', "the library holds no article 'a.txt'"]
    """
    found: list[str] = []
    if not proposal.question.rstrip().endswith("?"):
        found.append("the question does not end with a question mark")
    found += [
        f"the question holds the answer {short(a)}" for a in proposal.answers if says(proposal.question, a)
    ][:1]
    for item in proposal.evidence:
        if item.article not in articles:
            found.append(f"the library holds no article {item.article!r}")
        elif not find_quote(articles[item.article].text, item.quote):
            found.append(f"{short(item.quote)} does not stand in {item.article!r}")
    if proposal.answerable and not proposal.evidence:
        found.append("no quote: retrieval and citations can't be scored")
    quotes = [item.quote for item in proposal.evidence]
    if len(quotes) == 1 and proposal.answers and not any(says(quotes[0], a) for a in proposal.answers):
        found.append(f"no answer stands in the quote: {short(proposal.answers[0])} does not")
    return found


def named(proposals: Iterable[Proposal], library: Library) -> dict[str, Article]:
    """The articles that evidence names, under these names, reading the library once."""
    wanted = {item.article for p in proposals for item in (*p.evidence, *p.near)}
    return {name: article for article in library.articles() for name in names(article) & wanted}
