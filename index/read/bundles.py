"""Exports of press databases (Nexis, Factiva, ProQuest): one text that holds many articles, split into them.

Each has a head of its own kind, with title, publisher and date, and an end. Knows the text alone, not the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from index.errors import BadDocument
from index.read.article import make_article
from index.read.dates import iso
from index.read.facts import Facts
from index.read.furniture import without_furniture
from index.read.paragraphs import ended, paragraphs, without_repeats
from index.types import Article

_Part = tuple[Facts, str]

_PAGE = re.compile(r"Page \d+ of \d+")
_NEXIS_END = re.compile(r"^[ \t]*End of Document[ \t]*$", re.MULTILINE)
_NEXIS_BODY = re.compile(r"^[ \t]*Body[ \t]*$", re.MULTILINE)
_NEXIS_MARK = re.compile(r"^[ \t]*(?:Load-Date|Length|Section|Copyright)\b", re.MULTILINE)
_LEXIS_HEAD = re.compile(r"^[ \t]*\d+ of \d+ DOCUMENTS?[ \t]*$", re.MULTILINE)
_LEXIS_FIELD = re.compile(
    r"(BYLINE|SECTION|LENGTH|DATELINE|HIGHLIGHT|HEADLINE|SOURCE|SERIES|DISTRIBUTION|COLUMN):\s*(.*)",
    re.DOTALL,
)
_INDEXED = re.compile(
    r"^[ \t]*(?:Classification[ \t]*$|(?:LOAD-DATE|Load-Date|LANGUAGE|Language|PUBLICATION-TYPE|Publication-Type"
    r"|DOCUMENT-TYPE|JOURNAL-CODE|Journal Code|SUBJECT|Subject|ACC-NO):|Copyright \d{4}\b|All Rights Reserved[ \t]*$)",
    re.MULTILINE,
)
_FACTIVA_END = re.compile(r"^[ \t]*(?:AN[ \t]+)?Document [A-Z][A-Za-z]{2,}\d{8,}\w*[ \t]*$", re.MULTILINE)
_FACTIVA_FIELD = re.compile(
    r"(SE|HD|CR|BY|WC|PD|ET|SN|SC|ED|PG|VOL|LA|CY|LP|TD|ART|RF|CT|CO|IN|NS|RE|IPC|IPD|PUB|AN)(?:[ \t]+(.*)|[ \t]*)"
)
_WORDS = re.compile(r"[\d.,\xa0 ]+ (?:words|Wörter|mots|palabras|parole|palavras|woorden)")
_COPYRIGHT = re.compile(r"(?:Copyright\b|\(c\)|©).*", re.IGNORECASE)
_CODE = 30
"""Characters of a line that is a code, a page, an edition or a language, and no text yet."""
_PROQUEST_RULE = re.compile(r"^[ \t]*(?:_{20,}|Document \d+ of \d+)[ \t]*$", re.MULTILINE)
_PROQUEST_FIELD = re.compile(
    r"(Author|Publication info|ProQuest document link|Abstract|Links|Full [Tt]ext|Subject|Business indexing term"
    r"|Location|Company ?/ ?organization|People|Identifier ?/ ?keyword|Classification|Title|Alternate title"
    r"|Publication title|Publication year|Publication date|Year|Volume|Issue|Pages|First page|Section|Publisher"
    r"|Place of publication"
    r"|Country of publication|Publication subject|ISSN|e-ISSN|Source type|Language of publication|Document type"
    r"|ProQuest document ID|Document URL|Copyright|Last updated|Database|Dateline|Credit|CREDIT|DOI|Number of pages)"
    r"(?::[ \t]*(.*)|[ \t]*(https?://\S+)?)"
)


def articles_in(text: str, path: Path, source: str) -> list[Article] | None:
    """The articles of the export that `text` is, or None where it is none.

    The source of each of several is "SOURCE#NUMBER", counting from 1. Raises BadDocument where none of them has words.
    """
    for split in (_nexis, _lexis, _factiva, _proquest):
        if parts := list(split(text)):
            break
    else:
        return None
    articles = []
    for number, (facts, body) in enumerate(parts, start=1):
        body = without_repeats(paragraphs(without_furniture(body) or body))
        try:
            articles.append(
                make_article(
                    body,
                    source=f"{source}#{number}" if len(parts) > 1 else source,
                    **facts._replace(title=facts.title or "")._asdict(),
                )
            )
        except BadDocument:  # a table or a picture without words
            continue
    if not articles:
        raise BadDocument(f"{path}: holds no words")
    return articles


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n")]


def _nexis(text: str) -> Iterator[_Part]:
    """Title, publisher, date, fields, "Body", the text, more fields, "End of Document"."""
    if not (_NEXIS_END.search(text) and _NEXIS_MARK.search(text)):
        return
    for chunk in _NEXIS_END.split(text):
        body = _NEXIS_BODY.search(chunk)
        if body is None:
            continue
        lines = _lines(chunk[: body.start()])
        at = next((n for n, line in enumerate(lines) if len(iso(line) or "") > 4), None)
        full = [n for n, line in enumerate(lines[:at]) if line]
        if at is not None and len(full) > 1:
            publisher = lines[full[-1]]
            title = _block(lines, full[-2])
        else:
            publisher, title = "", next((line for line in lines if line and not _PAGE.fullmatch(line)), "")
        by = next((line[7:].strip() for line in lines if line.startswith("Byline:")), "")
        words = _INDEXED.split(chunk[body.end() :], maxsplit=1)[0]
        yield Facts(title, None, publisher, iso(lines[at]) if at is not None else None), _signed(by, words)


def _block(lines: list[str], last: int) -> str:
    """The lines up to the `last` one of a block, at most three, as one."""
    first = last
    while first > max(0, last - 2) and lines[first - 1] and not _PAGE.fullmatch(lines[first - 1]):
        first -= 1
    return " ".join(lines[first : last + 1])


def _signed(author: str, text: str) -> str:
    author = re.sub(r"\ABy\s+", "", author, flags=re.IGNORECASE)
    return f"By {author}\n\n{text.strip()}" if author else text.strip()


def _lexis(text: str) -> Iterator[_Part]:
    """ "1 of 3 DOCUMENTS", publisher, date, title, fields in capitals, the text, more fields."""
    for chunk in _LEXIS_HEAD.split(text)[1:] if _LEXIS_HEAD.search(text) else ():
        blocks = [block.strip() for block in re.split(r"\n[ \t]*\n", chunk) if block.strip()]
        fields = {n: match for n, block in enumerate(blocks[:20]) if (match := _LEXIS_FIELD.match(block))}
        if not fields:
            continue
        values = {match[1]: _flat(match[2]) for match in fields.values()}
        head = [block for block in blocks[: min(fields)] if not _COPYRIGHT.match(block)]
        days = [iso(_flat(block.split("\n")[0])) for block in head]
        at = next((n for n, day in enumerate(days) if len(day or "") > 4), 0)
        title = values.get("HEADLINE") or (_flat(head[-1]) if len(head) > at + 1 else "")
        last = max(n for n in fields if all(m in fields for m in range(min(fields), n + 1)))
        body = _INDEXED.split("\n\n".join(blocks[last + 1 :]), maxsplit=1)[0]
        facts = Facts(title, None, _flat(head[0]) if at else None, days[at] if head else None)
        yield facts, _signed(values.get("BYLINE", ""), body)


def _factiva(text: str) -> Iterator[_Part]:
    """Title, author, "121 words", date, publisher, fields, the text, "Document" and a number; or fields with codes."""
    for chunk in _FACTIVA_END.split(text)[:-1]:
        lines = _lines(chunk)
        fields = _coded(lines)
        if {"HD", "PD", "SN"} <= fields.keys():
            body = "\n\n".join(filter(None, (fields.get("LP"), fields.get("TD"))))
            facts = Facts(_flat(fields["HD"]), None, _flat(fields["SN"]), iso(_flat(fields["PD"])))
            yield facts, _signed(_flat(fields.get("BY", "")), body)
            continue
        count = next((n for n, line in enumerate(lines) if _WORDS.fullmatch(line)), None)
        full = [n for n, line in enumerate(lines) if line]
        if count is None or count == full[0]:
            continue
        head = [lines[n] for n in full if n < count][-4:]
        below = [n for n in full if n > count]
        at = next((n for n in below[:3] if len(iso(lines[n]) or "") > 4), None)
        after = [
            n for n in below if at is not None and n > at and not re.fullmatch(r"\d\d?:\d\d.*", lines[n])
        ]
        if not after:
            continue
        end = next((n for n in after[:9] if _COPYRIGHT.fullmatch(lines[n])), None) or _last_code(lines, after)
        by = next((line for line in head if re.match(r"by\s", line, re.IGNORECASE)), "")
        title = max((line for line in head if line != by), key=len, default="")
        body = "\n".join(chunk.split("\n")[end + 1 :])
        yield Facts(title, None, lines[after[0]], iso(lines[at or 0])), _signed(by, body)


def _last_code(lines: list[str], numbers: list[int]) -> int:
    """Of the lines with these `numbers` the last one before the text begins."""
    codes = takewhile(lambda n: len(lines[n]) < _CODE and not ended(lines[n]), numbers)
    return max(codes, default=numbers[0])


def _coded(lines: list[str]) -> dict[str, str]:
    """The fields of lines that begin with their codes; a line without one goes on with the field above."""
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        if match := _FACTIVA_FIELD.fullmatch(line):
            name = match[1]
            fields[name] = match[2] or ""
        elif name:
            fields[name] += f"\n{line}"
    return fields


def _flat(value: str) -> str:
    return " ".join(value.split())


def _proquest(text: str) -> Iterator[_Part]:
    """Fields, one of them "Full text", between rules or below "Document 1 of 3"."""
    for chunk in _PROQUEST_RULE.split(text) if "ProQuest" in text else ():
        lines = _lines(chunk)
        fields: dict[str, list[str]] = {}
        name = ""
        for line, raw in zip(lines, chunk.split("\n"), strict=True):
            match = _PROQUEST_FIELD.fullmatch(line)
            if match:
                name = match[1].lower()
                fields.setdefault(name, []).append(match[2] or match[3] or "")
            else:
                fields.setdefault(name, []).append(raw)
        values = {name: _flat(" ".join(value)) for name, value in fields.items() if name != "full text"}
        if "full text" not in fields or not ({"publication title", "publication info"} & values.keys()):
            continue
        first = next((line for line in lines if line), "")
        publisher = re.split(r"\s*[;:]\s", values.get("publication title") or values["publication info"])[0]
        url = values.get("document url") or values.get("proquest document link")
        facts = Facts(values.get("title") or first, url, publisher, iso(values.get("publication date")))
        yield facts, _signed(values.get("author", ""), "\n".join(fields["full text"]))
