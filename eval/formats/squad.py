"""SQuAD 1.1 and 2.0: one JSON object with articles, their paragraphs and questions about each.

Every paragraph becomes an article of its own, so that all of them together make an open-domain library. An
answer's evidence is the sentence that the annotators marked it in. Knows nothing of other formats.

Rajpurkar et al. 2016 (arXiv:1606.05250), Rajpurkar, Jia and Liang 2018 (arXiv:1806.03822).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from eval.gold import Gold, GoldEvidence, GoldQuestion
from eval.reading import as_list, as_object, as_text, field, identifier, unique, whole
from index.errors import BadDocument, BadGold
from index.language.sentences import sentences
from index.read import make_article
from index.read.clean import clean
from index.types import Article


def read(path: Path, option: str, name: str) -> Gold:
    """The gold set in `path` with its paragraphs as articles; `kind` is HasAns or NoAns, `group` the paragraph.

    As in the official script, a question has an answer if it lists one; `is_impossible` overrules that.
    """
    data = as_object(whole(path), str(path))
    questions: list[GoldQuestion] = []
    articles: list[Article] = []
    question_id, source = unique(), unique()
    for number, entry in enumerate(as_list(data, "data", str(path)), start=1):
        where = f"{path}, article {number}"
        entry = _object(entry, where)
        title = field(entry, "title", where, empty=True) or f"Article {number}"
        for at, paragraph in enumerate(as_list(entry, "paragraphs", where), start=1):
            here = f"{where} ({title}), paragraph {at}"
            paragraph = _object(paragraph, here)
            context = field(paragraph, "context", here, empty=True)
            called = source(f"{title}#{at}")
            with suppress(BadDocument):  # no words, and so no answers
                articles.append(make_article(context, title=title.replace("_", " "), source=called))
            questions += _questions(paragraph, context, called, question_id, here)
    if not questions:
        raise BadGold(f'{path} holds no questions: SQuAD has them under "data", "paragraphs", "qas"')
    return Gold(name, questions, lambda: iter(articles))


def _questions(
    paragraph: dict[str, Any], context: str, source: str, new_id: Callable[[str], str], where: str
) -> list[GoldQuestion]:
    quoted = Quoter(context)
    found = []
    for number, qa in enumerate(as_list(paragraph, "qas", where), start=1):
        here = f"{where}, question {number}"
        qa = _object(qa, here)
        id_ = identifier(qa, "id", here, f"{source}-{number}")
        answers = [] if qa.get("is_impossible") is True else _answers(qa, f"{here} (id {id_})")
        evidence = (GoldEvidence(source, _quote(quoted, answers, f"{here} (id {id_})")),) if answers else ()
        found.append(
            GoldQuestion(
                id=new_id(id_),
                question=field(qa, "question", here),
                answers=tuple(dict.fromkeys(text for text, _ in answers)),
                evidence=evidence,
                answerable=bool(answers),
                kind="HasAns" if answers else "NoAns",
                group=source,
            )
        )
    return found


def _answers(qa: dict[str, Any], where: str) -> list[tuple[str, int]]:
    """Each annotator's answer and where it starts in the paragraph as it came."""
    answers = []
    for item in as_list(qa, "answers", where) if "answers" in qa else []:
        item = _object(item, where)
        text = as_text(item.get("text"), "text of an answer", where, empty=True)
        start = item.get("answer_start")
        if type(start) is not int or start < 0:
            raise BadGold(f"{where}: answer_start must be a number of characters from 0")
        if text.strip():
            answers.append((text, start))
    return answers


def _quote(quoted: Quoter, answers: list[tuple[str, int]], where: str) -> str:
    """The sentence that most annotators marked; they rarely differ, and one is enough to answer from."""
    votes = Counter(quote for text, start in answers if (quote := quoted(text, start)))
    if not votes:
        raise BadGold(
            f"{where}: its paragraph doesn't say {answers[0][0]!r}: mend the answer or leave it out"
        )
    return votes.most_common(1)[0][0]


class Quoter:
    """Finds the sentence around words of a text that is cleaned, which moves offsets."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.text = clean(raw)
        self._sentences: list[tuple[int, int]] | None = None

    def __call__(self, words: str, start: int) -> str:
        """The sentences of the cleaned text that hold `words`, which begin at `start` in the text as it came.

        "" where the text doesn't say them. Of several places the nearest counts, so a start that is a little
        off does no harm.

        >>> Quoter("He  left.  She left, too.")("left", 15)
        'She left, too.'
        """
        words = clean(words)
        near = len(clean(self.raw[:start] + "|")) - 1
        at = _nearest(self.text, words, near)
        if at is None:
            return ""
        if self._sentences is None:
            self._sentences = sentences(self.text)
        inside = [(a, b) for a, b in self._sentences if a < at + len(words) and at < b]
        return self.text[inside[0][0] : inside[-1][1]]


def _nearest(text: str, words: str, near: int) -> int | None:
    """Where `words` begin in `text`, as close to `near` as they come."""
    if not words:
        return None
    if text.startswith(words, near):
        return near
    before = text.rfind(words, 0, near + len(words))
    after = text.find(words, near)
    return min((at for at in (before, after) if at >= 0), key=lambda at: abs(at - near), default=None)


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadGold(f"{where}: expected a JSON object: this is not a SQuAD file")
    return value
