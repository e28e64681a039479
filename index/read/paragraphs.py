"""Lines into paragraphs: hard-wrapped lines are joined, repeats dropped. Knows nothing of what the text says."""

from __future__ import annotations

import re
from itertools import pairwise

_NARROWEST, _WIDEST = 40, 110
_ITEM = re.compile(r"\s*(?:[-*•·‣◦>|]|\d{1,3}[.)]|\(?[a-z]\))\s")
_SPOKEN = re.compile(r"(?:[QA]\b|[A-Z][\w .'’-]{0,40}:)|[–—-]\s|[“\"„«‘']")
_ENDED = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
_LONG = 60
_NEAR = 4


def paragraphs(text: str) -> str:
    """`text` with one line a paragraph and a blank line around each long one.

    Lines broken at a fixed width are joined; lines of a list stay as they are.

    >>> paragraphs("A line that is long enough to have been\\nwrapped where someone set the right-hand\\nmargin.")
    'A line that is long enough to have been wrapped where someone set the right-hand margin.'
    """
    lines = [line.rstrip() for line in text.split("\n")]
    width = wrap_width(lines)
    joined = join_wrapped(lines, width) if width else lines
    return apart("\n".join(joined))


def wrap_width(lines: list[str]) -> int | None:
    """The width at which `lines` were broken, or None where each line is a paragraph of its own.

    A line was broken there if the next line's first word would not have fitted any more. Ragged short lines
    (verse, tables, credits) fail that test and are left alone.
    """
    pairs = [(a, b) for a, b in pairwise(lines) if a.strip() and b.strip() and not _ITEM.match(b)]
    if len(pairs) < 2:
        return None
    lengths = sorted(len(line) for line, _ in pairs)
    width = lengths[-1 - len(lengths) // 20]
    if not _NARROWEST <= width <= _WIDEST:
        return None
    broken = sum(_is_wrapped(a, b, width) for a, b in pairs)
    return width if broken >= 0.6 * len(pairs) else None


def join_wrapped(lines: list[str], width: int) -> list[str]:
    """`lines` with those broken at `width` joined by a space."""
    groups: list[list[str]] = []
    previous = ""
    for line in lines:
        if previous and _is_wrapped(previous, line, width):
            groups[-1].append(line.strip())
        else:
            groups.append([line])
        previous = line
    return [" ".join(group) for group in groups]


def _is_wrapped(line: str, following: str, width: int) -> bool:
    words = following.split(maxsplit=1)
    if not words or not line.strip() or _ITEM.match(following):
        return False
    return len(line) + 1 + len(words[0]) > width


def apart(text: str, wide: int = 100) -> str:
    """`text` with a blank line between two lines wherever one of them is longer than `wide`.

    Such a line is a paragraph of its own, so a sentence can't run on over its end.
    """
    out: list[str] = []
    for line in text.split("\n"):
        long_pair = out and max(len(out[-1]), len(line)) > wide
        if long_pair and out[-1].strip() and line.strip() and not _ITEM.match(line):
            out.append("")
        out.append(line)
    return "\n".join(out)


def without_repeats(text: str) -> str:
    """`text` without lines that say again what the line before them said: a headline, or a photo's caption.

    A long line also goes where nothing but labels, such as the photo's credit, stand between. What is said twice
    (an answer given to two questions) stays.

    >>> without_repeats("Bridge opens\\n\\nBridge opens\\n\\nOn Monday.")
    'Bridge opens\\n\\nOn Monday.'
    >>> without_repeats("Who paid?\\nI can't say.\\nI can't say.").count("say")
    2
    """
    out: list[str] = []
    recent: list[str] = []
    for line in text.split("\n"):
        words = " ".join(line.split())
        if words and not _ITEM.match(line) and not _SPOKEN.match(words) and _is_repeat(words, recent):
            continue
        if words or (out and out[-1].strip()):
            out.append(line)
        if words:
            recent = [*recent[-_NEAR + 1 :], words]
    return "\n".join(out)


def _is_repeat(words: str, recent: list[str]) -> bool:
    """Whether the line of these `words` repeats one of the `recent` ones with nothing said between them."""
    is_long = len(words) >= _LONG
    if len(words.split()) < 2 or (ended(words) and not is_long):
        return False
    for before in reversed(recent if is_long else recent[-1:]):
        if before == words:
            return True
        if len(before) >= _LONG or ended(before):
            return False
    return False


def ended(line: str) -> bool:
    """Whether `line` ends as a sentence does.

    >>> ended("He said: “Go.”"), ended("A headline")
    (True, False)
    """
    return _ENDED.search(line.rstrip()) is not None
