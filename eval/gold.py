"""Gold sets: questions with their right answers and the words of the articles that say so.

Footnote's own form is a file of one JSON object a line, gzipped or not:

    {"id": "q1", "question": "When did the bridge open?", "answerable": true,
     "answers": ["3 May 2011", "May 3, 2011"],
     "evidence": [{"article": "bridge.txt", "quote": "The bridge opened on 3 May 2011."}],
     "kind": "date", "group": "bridge", "asked": "2024-01-05"}

An open question (explain, list, compare ...) has `nuggets` instead: the facts that a good answer holds, each a list of
wordings of which any will do.

    {"id": "q2", "question": "Why did the bridge open late?", "answerable": true, "kind": "explain",
     "nuggets": [["flood"], ["2009", "two years"]], "evidence": [{"article": "bridge.txt", "quote": ""}]}

`article` names an article by its id, its url, or the file name at the end of its source; "" stands for
whichever article holds the quote. A quote of "" stands for the article as a whole, whose `relevance` (1 if
left out) may then be a higher number for a better article. `answers` and `evidence` may be empty lists; an
answerable question that has evidence but neither answers nor nuggets is scored on retrieval alone; where there are
nuggets, `answers` and `evidence` may be left out, and the answer is scored by the nuggets alone. `kind` is one of
`qa.types.Kind` or a word of your own, by which figures are split; without one, questions are split by the kind of
their answers. `asked` is the day that "this week" counts from. `kind`, `group` and `asked` may be left out;
other fields are ignored. Knows nothing of libraries, where `eval.locate` finds the quotes, nor of other forms, which
`eval.formats` reads.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eval.reading import as_day, as_list, as_object, as_text, kind, lines
from eval.writing import replace
from index.errors import BadGold
from index.types import Article


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """Words that a right answer rests on, and the article that holds them.

    A quote of "" is the article as a whole; an article of "" is any that holds the quote. `relevance`
    counts from 1, higher is better.
    """

    article: str
    quote: str
    relevance: int = 1


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with every answer that counts as right; none when `answerable` is False.

    An answerable question may have none either: then its `nuggets` are scored, facts in several wordings each; or
    retrieval alone, by its evidence. `asked` is the day on which it is asked, from which its "this week" counts;
    None for any.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[GoldEvidence, ...]
    answerable: bool
    kind: str = ""
    group: str = ""
    asked: date | None = None
    nuggets: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold set, whatever its format, and the articles that came with it.

    `articles` gives them anew at each call, one at a time; it is None when the questions are about the user's
    own library. The `article` of evidence is then the `source` of one of them.
    """

    name: str
    questions: list[GoldQuestion]
    articles: Callable[[], Iterable[Article]] | None


def part_of(gold: Gold, needed: Set[str], count: int, without: Set[str] = frozenset()) -> Gold:
    """The gold set with `count` of its articles: those of the `needed` sources, all, then the first of the others.

    Articles of the sources `without` are left out. For a library that takes minutes and not an hour to make.
    """
    assert gold.articles is not None
    every = gold.articles
    others = [a.source for a in every() if a.source not in needed | without]
    wanted = needed | set(others[: max(0, count - len(needed))])
    return Gold(gold.name, gold.questions, lambda: (a for a in every() if a.source in wanted))


def load_gold(path: str | Path) -> list[GoldQuestion]:
    """The questions of a gold set in Footnote's form, in the file's order.

    Raises BadGold, with file and line number, for anything that can't be used: a missing file, a line that is
    not a JSON object, a field that is missing or of the wrong kind, an id used twice, an answerable question
    with neither answers, nuggets nor evidence or an unanswerable one with answers or nuggets.

    >>> import tempfile
    >>> line = '{"id": "1", "question": "Who?", "answers": ["Ada"], "evidence": [], "answerable": true}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "gold.jsonl"
    ...     _ = file.write_text(line)
    ...     load_gold(file)[0].answers
    ('Ada',)
    """
    path = Path(path)
    questions: list[GoldQuestion] = []
    places: dict[str, str] = {}
    for where, line in lines(path):
        question = _question(as_object(line, where), where)
        if (first := places.setdefault(question.id, where)) != where:
            raise BadGold(f"{where}: id {question.id!r} is used on {first.rpartition(', ')[2]} already")
        questions.append(question)
    if not questions:
        raise BadGold(f"{path} holds no questions: write one JSON object a line")
    return questions


def write_gold(path: str | Path, questions: Iterable[GoldQuestion]) -> None:
    """Replaces the file with these questions in Footnote's form, gzipped if its name ends in .gz.

    A crash leaves the old file or the new, never half of it. Raises BadGold for what `load_gold` would not
    read again, before anything is written, and BadSetting or DiskFull if it can't be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_gold(Path(folder) / "gold.jsonl", [GoldQuestion("1", "Who?", ("Ada",), (), True)])
    ...     load_gold(Path(folder) / "gold.jsonl")[0].answers
    ('Ada',)
    """
    path = Path(path)
    rows: dict[str, str] = {}
    for number, question in enumerate(questions, start=1):
        row = as_row(question)
        where = f"question {number} for {path}"
        _question(row, where)
        if question.id in rows:
            raise BadGold(f"{where}: id {question.id!r} is used already")
        rows[question.id] = json.dumps(row, ensure_ascii=False) + "\n"
    if not rows:
        raise BadGold(f"no questions to write to {path}")
    data = "".join(rows.values()).encode("utf-8")
    packed = gzip.compress(data, mtime=0) if path.suffix.lower() == ".gz" else data
    replace(path, packed, mend="choose another file")


def as_row(question: GoldQuestion) -> dict[str, Any]:
    """A question as the JSON object that stands for it in a gold set.

    >>> list(as_row(GoldQuestion("1", "Who?", (), (GoldEvidence("a.txt", "Ada."),), True))["evidence"][0])
    ['article', 'quote']
    """
    return {
        "id": question.id,
        "question": question.question,
        "answerable": question.answerable,
        "answers": list(question.answers),
        "evidence": [
            {
                "article": item.article,
                "quote": item.quote,
                **({} if item.relevance == 1 else {"relevance": item.relevance}),
            }
            for item in question.evidence
        ],
        **{name: value for name in ("kind", "group") if (value := getattr(question, name))},
        **({"asked": question.asked.isoformat()} if question.asked else {}),
        **({"nuggets": [list(wordings) for wordings in question.nuggets]} if question.nuggets else {}),
    }


def _question(row: dict[str, Any], where: str) -> GoldQuestion:
    if row.get("nuggets"):
        row = {"answers": [], "evidence": [], **row}
    needed = ("id", "question", "answers", "evidence", "answerable")
    if missing := [name for name in needed if name not in row]:
        raise BadGold(f"{where}: missing {', '.join(missing)}")
    answerable = row["answerable"]
    if not isinstance(answerable, bool):
        raise BadGold(f"{where}: answerable must be true or false, not {kind(answerable)}")
    question = GoldQuestion(
        id=as_text(row["id"], "id", where),
        question=as_text(row["question"], "question", where),
        answers=tuple(as_text(item, "each of answers", where) for item in as_list(row, "answers", where)),
        evidence=tuple(_evidence(item, where) for item in as_list(row, "evidence", where)),
        answerable=answerable,
        kind=as_text(row.get("kind", ""), "kind", where, empty=True),
        group=as_text(row.get("group", ""), "group", where, empty=True),
        asked=as_day(row.get("asked", ""), "asked", where),
        nuggets=_nuggets(row, where) if "nuggets" in row else (),
    )
    if answerable and not question.answers and not question.evidence and not question.nuggets:
        raise BadGold(f"{where}: answerable, but answers and evidence are both empty")
    if not answerable and question.answers:
        raise BadGold(f"{where}: not answerable, but answers holds {question.answers[0]!r}")
    if not answerable and question.nuggets:
        raise BadGold(
            f"{where}: not answerable, but nuggets holds {question.nuggets[0][0]!r}: "
            "take the nuggets out, or mark it answerable"
        )
    return question


def _nuggets(row: dict[str, Any], where: str) -> tuple[tuple[str, ...], ...]:
    """The nuggets: each a list of at least one wording, none of them given twice."""
    mend = 'write each as a list of its wordings, like ["2019", "four years"]'
    found: list[tuple[str, ...]] = []
    for item in as_list(row, "nuggets", where):
        if not isinstance(item, list) or not item:
            what = "an empty list" if item == [] else kind(item)
            raise BadGold(f"{where}: each of nuggets must be a list of wordings, not {what}: {mend}")
        wordings = tuple(as_text(wording, "each wording of nuggets", where) for wording in item)
        if wordings in found:
            raise BadGold(f"{where}: nuggets holds {list(wordings)} twice: drop one of them")
        found.append(wordings)
    return tuple(found)


def _evidence(item: Any, where: str) -> GoldEvidence:
    if not isinstance(item, dict) or not {"article", "quote"} <= item.keys():
        raise BadGold(f"{where}: each of evidence must be an object with article and quote")
    evidence = GoldEvidence(
        as_text(item["article"], "article in evidence", where, empty=True),
        as_text(item["quote"], "quote in evidence", where, empty=True),
        item.get("relevance", 1),
    )
    if not evidence.article.strip() and not evidence.quote.strip():
        raise BadGold(f"{where}: article and quote in evidence are both empty")
    if type(evidence.relevance) is not int or evidence.relevance < 1:
        raise BadGold(f"{where}: relevance in evidence must be a whole number of at least 1")
    return evidence
