"""Takes off what note-taking programs write between the words of Markdown: links to notes, callouts, remarks.

Text in, Markdown out, whose own marks stay: they are markdown.py's business. Code is left as it is, but for queries.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"(^[ ]{0,3}(```|~~~).*?(?:^[ ]{0,3}\2|\Z)|`[^`\n]+`)", re.DOTALL | re.MULTILINE)
_QUERY = re.compile(r"[ ]{0,3}(?:`{3,}|~{3,})[ \t]*(?:dataview|dataviewjs|query|tasks|base)\b", re.IGNORECASE)
"""How code begins in whose place the program shows what it finds."""
_NOTE = re.compile(r"^\[\^([^\]\s]{1,80})\]:[ \t]*(\S.*(?:\n[ \t]+\S.*)*)\n?", re.MULTILINE)
_TO_NOTE = re.compile(r"\[\^([^\]\s]{1,80})\]")
_MEDIA = re.compile(
    r"!\[\[[^\[\]\n]{1,300}\.(?:png|jpe?g|gif|svg|webp|pdf|mp3|mp4|webm|wav|canvas)\b[^\[\]\n]{0,80}\]\]",
    re.I,
)
_MARKS = (
    (re.compile(r"%%.{0,20000}?%%", re.DOTALL), ""),
    (_MEDIA, ""),
    (re.compile(r"!?\[\[[^\[\]|\n]{0,300}\|([^\[\]\n]{1,300})\]\]"), r"\1"),
    (re.compile(r"!?\[\[#?([^\[\]\n]{1,300})\]\]"), r"\1"),
    (re.compile(r"==(?=[^\s=])([^=\n]{1,1000})(?<=\S)=="), r"\1"),
    (re.compile(r"\^\[([^\[\]\n]{1,1000})\]"), r" [\1]"),
    (re.compile(r"^([ \t]*>[ \t>]*)\[![\w-]{1,40}\][+-]?[ \t]*", re.MULTILINE), r"\1"),
    (re.compile(r"^([ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[[ xX/-]\][ \t]+", re.MULTILINE), r"\1"),
    (re.compile(r"[ \t]\^[\w-]{1,40}[ \t]*$", re.MULTILINE), ""),
)


def without_marks(source: str) -> str:
    """The Markdown `source` without links to notes, highlights, callouts and remarks; footnotes stand in brackets.

    >>> without_marks("[[Ann Lee|Lee]] said ==seven==.[^1] %%check%%\\n\\n[^1]: In [[May]].\\n")
    'Lee said seven. [In May.] \\n\\n'
    >>> without_marks("It rained.\\n```dataview\\nTABLE file.day FROM #rain\\n```\\nIt stopped.")
    'It rained.\\n\\nIt stopped.'
    """
    parts = _CODE.split(source)
    texts = parts[::3]
    notes = {match[1]: " ".join(match[2].split()) for text in texts for match in _NOTE.finditer(text)}
    texts = [_plain(_TO_NOTE.sub(lambda m: _note(notes.get(m[1])), _NOTE.sub("", text))) for text in texts]
    codes = ("" if _QUERY.match(code) else code for code in [*parts[1::3], ""])
    return "".join(text + code for text, code in zip(texts, codes, strict=True))


def _note(words: str | None) -> str:
    return f" [{words}]" if words else ""


def _plain(text: str) -> str:
    for pattern, words in _MARKS:
        text = pattern.sub(words, text)
    return text
