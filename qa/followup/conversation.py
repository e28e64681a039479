"""A follow-up that asks something of the conversation itself, as a question that can be answered: by act, not by words.

"And the others?" is the last question again, of the articles that weren't cited; "summarise the second one" a summary
of the second article shown. Knows no language model, and nothing of how a question is answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.language.numberwords import SMALL
from index.language.words import words
from index.search.scope import Scope
from index.types import Article, Embedder
from qa.followup.acts import Asked, act_of, voice_in, with_place
from qa.followup.ellipsis import resolve
from qa.types import Citation, Kind, Question, Turn
from qa.understand.kind import kind_of
from qa.understand.length import BRIEF, wished_length

SOURCES_OF = "Which articles say so: "
"""How a question after sources is made whole; its turn stands aside: what follows leans on the one before."""
COMPARED = 3
"""At most so many articles are compared where they aren't named."""


def follow_up(
    question: str,
    turns: Sequence[Turn],
    embedder: Embedder,
    called: Callable[[str], Scope | None] = lambda name: None,
) -> Question | None:
    """What a follow-up asks of the conversation; None for one that asks something of its own, and without turns.

    `called` gives the articles of the publisher of a name; None where there are none.

    >>> from index.types import Article
    >>> a, b = (Article(id, id.upper(), "It burned down.") for id in "ab")
    >>> shown = tuple(Citation(n, article, 0, 15, "It burned down.", 1.0) for n, article in enumerate((a, b), 1))
    >>> turns = [Turn("Which articles do you have?", "A. B.", "catalogue", shown)]
    >>> asked = follow_up("summarise the second one", turns, None)  # type: ignore[arg-type]
    >>> asked.standalone, asked.kind, sorted(asked.scope.only)
    ('Summarise “B”', 'summary', ['b'])
    """
    leant = [turn for turn in turns if not turn.question.startswith(SOURCES_OF)]
    if not leant:
        return None
    conversation = _Conversation(question, leant, embedder)
    if (asked := act_of(question)) is not None:
        return conversation.answered(asked)
    scope = called(name) if (name := voice_in(question)) else None
    return conversation.of_voice(name, scope) if scope else None


@dataclass(frozen=True, slots=True)
class _Conversation:
    """A follow-up and the turns it may lean on, the last of which it asks about."""

    question: str
    turns: Sequence[Turn]
    embedder: Embedder

    @property
    def last(self) -> Turn:
        return self.turns[-1]

    @property
    def kind(self) -> Kind:
        """The kind of the last question."""
        return self.last.kind or kind_of(self.last.question, self.embedder)

    def answered(self, asked: Asked) -> Question | None:
        """What is asked; None where the conversation holds nothing that it can be asked of."""
        if asked.place:
            return self._of_place(asked)
        if asked.act == "content":
            return self._of_one(one[0]) if len(one := _articles(self.last.citations)) == 1 else None
        if asked.act == "why":
            return self._why()
        if asked.act == "sources":
            whole = SOURCES_OF + self.last.question
            return Question(self.question, whole, whole, "catalogue", shown=self.last.citations, sources=True)
        return self._on_table(asked) if asked.act in ("others", "compare", "summary") else self._again(asked)

    def _on_table(self, asked: Asked) -> Question | None:
        """What is asked of the articles that were cited last, be it before a question that wasn't answered."""
        answered = next((n for n in range(len(self.turns), 0, -1) if self.turns[n - 1].citations), 0)
        if not answered:
            return None
        table = replace(self, turns=self.turns[:answered])
        if asked.act == "others":
            return table._of_others()
        return (
            table._compared() if asked.act == "compare" else table._summary(_articles(table.last.citations))
        )

    def _again(self, asked: Asked) -> Question:
        """The last question in another length or form."""
        last = self.last
        kind: Kind = "explain" if self.kind == "fact" else self.kind
        points, length = wished_length(self.question)
        if (points, length) == (None, None):
            points, length = wished_length(last.question)
        again = Question(
            self.question, last.question, last.question, kind, points, length,
            scope=last.scope, checked=self._checked(),
        )  # fmt: skip
        if asked.act == "more":
            return replace(again, more=True, shown=self._shown())
        if asked.act == "shorter":
            shown = len({c.number for c in last.citations})
            return replace(again, points=1 if 0 < shown <= BRIEF else BRIEF)
        return replace(again, kind="listing") if asked.act == "listed" else again

    def _checked(self) -> str | None:
        """The last question's names need not be looked for where it was answered."""
        return "" if self.last.citations else None

    def _shown(self) -> tuple[Citation, ...]:
        """What was cited for the last question, as often as it was asked."""
        found: list[Citation] = []
        for turn in reversed(self.turns):
            if turn.question != self.last.question:
                break
            found += turn.citations
        return tuple(found)

    def _why(self) -> Question | None:
        """Why what was answered is so; in what else the articles say, since the answer itself doesn't say why."""
        whole = resolve("why?", [self.last]) if self.kind == "fact" else why(self.last.answer)
        if not whole:
            return None
        return Question(self.question, whole, whole, "explain", shown=self.last.citations[:1], checked="")

    def _of_others(self) -> Question:
        """The last question, of articles that weren't cited; after a summary, of the others on its list or matter."""
        said = _articles(self.last.citations)
        if self.kind == "summary" and (left := self._left_on_list(said)):
            return self._summary(left)
        before = self.last.scope.without if self.last.scope else frozenset()
        scope = Scope(without=before | {article.id for article in said})
        about, kind = self._matter(said)
        return Question(self.question, about, about, kind, scope=scope, checked=self._checked())

    def of_voice(self, name: str, scope: Scope) -> Question:
        """The last question, of the articles of one publisher."""
        about, kind = self._matter(_articles(self.last.citations))
        if self.kind == "catalogue":
            about, kind = f"Summarise what {name} says", "summary"
        return Question(self.question, about, about, kind, scope=scope, checked=self._checked())

    def _left_on_list(self, said: Sequence[Article]) -> list[Article]:
        """The articles of the list that those of the last summary were taken from, without these."""
        ids = {article.id for article in said}
        for turn in reversed(self.turns[:-1]):
            listed = _articles(turn.citations)
            if turn.kind == "catalogue" and ids < {article.id for article in listed}:
                summed = {c.article.id for t in self.turns if t.kind == "summary" for c in t.citations}
                left = [article for article in listed if article.id not in ids | summed]
                return left or [article for article in listed if article.id not in ids]
        return []

    def _matter(self, said: Sequence[Article]) -> tuple[str, Kind]:
        """What the last question is about, as a question to other articles."""
        if self.kind in ("summary", "catalogue") and said:
            title = said[0].title.rstrip(" .…")
            return f"What do the articles say about {title}?", "explain"
        return self.last.question, "explain" if self.kind == "compare" else self.kind

    def _compared(self) -> Question | None:
        """What is on the table put side by side: the last answer's articles, with those it was set against."""
        found = _articles(self.last.citations)
        against = self.last.scope.without if self.last.scope else frozenset()
        earlier = [c for turn in reversed(self.turns[:-1]) for c in turn.citations]
        if against:
            found = [*_articles([c for c in earlier if c.article.id in against])[:1], *found]
        for article in _articles(earlier) if len(found) < 2 else ():
            if article.id not in {a.id for a in found}:
                found = [article, *found][:2]
        if len(found) < 2:
            return None
        found = found[:COMPARED]
        open_matter = self.kind not in ("summary", "catalogue", "compare")
        matter = self.last.question if open_matter else ""
        whole = f"Compare {_listed(found)}"
        return Question(
            self.question, whole, matter, "compare", *wished_length(self.question), scope=_only(found)
        )

    def _of_place(self, asked: Asked) -> Question | None:
        """A summary of an article of the last list, or what it says of something."""
        for turn in reversed(self.turns):
            listed = _articles(turn.citations)
            if len(listed) > 1 and (asked.place <= len(listed)):
                article = listed[asked.place - 1 if asked.place > 0 else -1]
                return self._summary([article]) if asked.act == "summary" else self._of_one(article)
        return None

    def _of_one(self, article: Article) -> Question:
        """What one article says of what the follow-up names."""
        text, _ = with_place(self.question, "it")
        named = f"“{article.title}”"
        whole = re.sub(
            r"\b(?:it|(?:this|that|the) (?:same )?\w+)\b", named, text, count=1, flags=re.IGNORECASE
        )
        whole = whole[0].upper() + whole[1:]
        searched = whole.replace(named, "the article")
        kind: Kind = "explain" if re.match(r"\W*(?:\w+ )?what\b", text, re.IGNORECASE) else "yes_no"
        return Question(
            self.question, whole, searched, kind, *wished_length(self.question),
            scope=_only([article]), checked=self.question,
        )  # fmt: skip

    def _summary(self, found: Sequence[Article]) -> Question:
        whole = f"Summarise {_listed(found)}"
        return Question(
            self.question, whole, whole, "summary", *wished_length(self.question), scope=_only(found)
        )


def why(told: str) -> str:
    """The question why the first sentence that was told is so, without what it adds; "" for none.

    >>> why("Five men have been flown to Elm, where they are held. They deny it.")
    'Why have five men been flown to Elm?'
    >>> why("[T]he mill burned down.")
    'Why is it that the mill burned down?'
    >>> why("The Mill, a landmark better known as Old Tom, closed two years ago (2023).")
    'Why is it that the Mill closed two years ago?'
    """
    # Without runs of spaces, which cost the square of their length below.
    plain = " ".join(told.replace("[", "").replace("]", "").split())
    first = re.split(r"(?<=[.!?])[\"”]?\s+(?=[A-Z“\"\[])", plain)[0]
    said = re.sub(r"\s*\([^()]*\)", "", first).rstrip(" .!?:")
    said = _ADDED.sub("", _APPOSED.sub(r"\g<who> ", said))
    if not said or len(said.split()) > LONGEST:
        return ""
    if said.split()[0].lower() in _DETERMINERS or said.split()[0].isdigit():
        said = said[0].lower() + said[1:]
    if turned := _VERB.match(said):
        return f"Why {turned['verb']} {turned['who']} {turned['rest']}?"
    return f"Why is it that {said}?"


_APPOSED = re.compile(r"^(?P<who>[^,]+), (?:an?|the|one|its|his|her|their|who|which|whose)\b[^,]*, (?=[a-z])")
"""What a sentence says of its subject before it says what that does."""
_ADDED = re.compile(
    r",? (?:where|which|who|whose|when|after|before|despite|according to|as|while)\b.*$|,.*$", re.DOTALL
)
"""What a sentence adds to what it says in the main."""
_VERB = re.compile(
    r"(?P<who>(?:(?!\b(?:that|who|which|said|says|and)\b)[^,;:“”\"])+?) (?P<verb>is|are|was|were|has|have|had|will|can)"
    r" (?P<rest>\S.*)$"
)
_DETERMINERS = frozenset(
    "the a an it he she they this these those his her its their some many most all both hundreds dozens".split()
) | {word for word, value in SMALL.items() if value > 1}
LONGEST = 40
"""A longer sentence is no part of a question."""


def same_kind(whole: str, last: Turn) -> Kind | None:
    """The last question's kind where a follow-up is that question with something in it exchanged."""
    opening = [word.lower() for word in words(whole)[:3]]
    return last.kind if opening == [word.lower() for word in words(last.question)[:3]] else None


def _articles(citations: Sequence[Citation]) -> list[Article]:
    """The articles that are cited, in the order shown, each once."""
    return list({c.article.id: c.article for c in citations}.values())


def _only(articles: Sequence[Article]) -> Scope:
    return Scope(only=frozenset(article.id for article in articles))


def _listed(articles: Sequence[Article]) -> str:
    """The titles of a few articles, or how many there are."""
    if len(articles) > COMPARED:
        return f"these {len(articles)} articles"
    *first, last = (f"“{article.title}”" for article in articles)
    return f"{', '.join(first)} and {last}" if first else last
