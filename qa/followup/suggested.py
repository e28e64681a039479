"""Questions that may be asked next: of names and titles that the articles found hold, so that each can be answered.

No language model, no search: what an answer was made of says enough. Knows nothing of who shows the questions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.language.names import ROLES, whole_names
from index.language.words import STOP_WORDS, normalise
from qa.types import Answer

if TYPE_CHECKING:
    from index.library import Library
    from index.search.scope import Scope

MOST = 3
"""Questions that are suggested at a time."""
SPREAD = 2
"""A name is asked about when so many articles hold it, or so many passages where one article was found."""
LONG = 25
"""Words of a question from which on it may ask more than one thing."""
_PEOPLE = re.compile(r"(?:ican|ish|ese|ian)$")
"""How words end that say where something is from."""


def of_library(library: Library, scope: Scope | None = None) -> list[str]:
    """Questions that a library can answer whatever it holds: on its newest articles, and on itself."""
    found = library.headings(scope)
    found.sort(key=lambda article: article.published or "", reverse=True)
    titled = [article.title for article in found if _tellable(article.title)]
    lines = [f"Summarise the article {title.rstrip('.')}" for title in titled[:1]]
    lines += [f"What do the articles say about {title.rstrip('.?!')}?" for title in titled[1:2]]
    return [*lines, "Which articles do you have?"][:MOST] if found else []


def after(answer: Answer, asked: Sequence[str] = ()) -> list[str]:
    """Questions to ask after an answer or a refusal, none of which is among those `asked`.

    On names that the quotes hold and the question doesn't; on what is known by time of the name that most is dated of;
    on the whole of the article that was cited first. After a refusal the question's own names come first.
    """
    known = names_held(answer)
    own = [name for name in known if _within(name, answer.standalone.lower())]
    others = [name for name in known if name not in own]
    wider = [
        f"What do the articles say about {name}?" for name in [*(own if answer.abstained else []), *others]
    ]
    timed = [f"Give a timeline of {name}" for name in _dated(answer, [*own, *others])]
    whole = [title.rstrip(".") for c in answer.citations if _tellable(title := c.article.title)]
    lines = [*wider[:1], *(timed[:1] if answer.kind != "timeline" else [])]
    if answer.kind == "catalogue":
        lines += [f"What do the articles say about {title.rstrip('?!')}?" for title in whole[1:2]]
    lines += [f"Summarise the article {title}" for title in whole[:1] if answer.kind != "summary"]
    lines += wider[1:]
    done = {normalise(question) for question in (*asked, answer.question, answer.standalone)}
    return [line for line in dict.fromkeys(lines) if normalise(line) not in done][:MOST]


def _dated(answer: Answer, names: Sequence[str]) -> list[str]:
    """The names that articles of more than a few days hold, those of most days first."""
    articles = {hit.article.id: hit.article for hit in answer.hits}.values()
    texts = [(a.published[:10], a.text.lower()) for a in articles if a.published]
    days = {name: len({day for day, text in texts if _within(name, text)}) for name in names}
    return sorted((name for name in names if days[name] > SPREAD), key=lambda name: -days[name])


def names_held(answer: Answer) -> list[str]:
    """The names in question, quotes and titles that enough of what was found holds, those that most holds first."""
    articles = {hit.article.id: hit.article for hit in answer.hits}
    held = [f"{a.title} {a.text}" for a in articles.values()]
    texts = [text.lower() for text in (held if len(held) > 1 else [hit.text for hit in answer.hits])]
    publishers = {normalise(a.publisher) for a in articles.values() if a.publisher}
    counts: dict[str, int] = {}
    quoted = [answer.standalone, *(f"{c.quote}\n{c.article.title}" for c in answer.citations)]
    for name in (name for text in quoted for name in _names(text)):
        if normalise(name) in publishers or any(_within(name, known.lower()) for known in counts):
            continue
        if (spread := sum(_within(name, text) for text in texts)) >= SPREAD:
            counts[name] = spread
    return sorted(counts, key=lambda name: -counts[name])


def hints(answer: Answer) -> list[str]:
    """How a question that was refused may be asked so that the articles answer it."""
    lines = []
    if answer.question.count("?") > 1 or len(answer.question.split()) > LONG:
        lines.append("Ask one thing at a time.")
    if not whole_names(answer.standalone):
        lines.append("Name the people, places or things that it is about.")
    near = "Use the words of the closest passages, if they are near to what you mean."
    return [*lines, near if answer.citations else "Use the words that the articles are likely to use."]


def _names(text: str) -> list[str]:
    """The names of several words, those in capitals, and those within a sentence, without roles and possessives."""
    found = []
    for name in whole_names(text):
        words, before = text[name.start : name.end].split(), text[: name.start]
        while words and words[0].strip(".").lower() in ROLES:
            words = words[1:]
        said = re.sub(r"['’]s$", "", " ".join(words))
        if len(words) > 5 or re.search(r"[A-Z]\w* (?:and|for|of) $", before):  # a part of a longer one
            continue
        if (len(words) > 1 and not said.isupper()) or (
            len(words) == 1
            and ((len(said) > 1 and said.isupper()) or _by_itself(said, before, text[name.end :]))
        ):  # in capitals it is a dateline
            found.append(said)
    return found


def _by_itself(word: str, before: str, behind: str) -> bool:
    """Whether one word is a name: not a sentence's first one, nor one that says what kind of thing the next is."""
    follows = re.match(r"\s+(\w+)", behind)
    names = follows is None or follows[1] in STOP_WORDS
    return names and len(word) > 3 and not _PEOPLE.search(word) and bool(re.search(r"[a-z],? $", before))


def _within(name: str, text: str) -> bool:
    """Whether a text, in small letters, holds the name as whole words."""
    low = name.lower()
    return low in text and re.search(rf"(?<!\w){re.escape(low)}(?!\w)", text) is not None


def _tellable(title: str) -> bool:
    """Whether a title can stand in a question: neither very short or long, nor cut off."""
    return 3 <= len(title.split()) <= 16 and not re.search(r"…|\.\.\.", title)
