"""Reads .srt and .vtt: subtitles as running text, paragraphs where the speaker changes or falls silent."""

from __future__ import annotations

import html
import re
from pathlib import Path

from index.errors import BadDocument
from index.read.article import article_from, source_of, title_of
from index.read.clean import has_words
from index.read.facts import Facts
from index.read.load import read_text
from index.types import Article

_TIME = r"(?:(\d+):)?(\d\d):(\d\d)[.,](\d{3})"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}.*")
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^<>]{1,80})>")
_TAG = re.compile(r"</?[a-zA-Z\d][^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_SILENCE = 4.0
"""Seconds without speech after which a new paragraph begins."""


def read_file(path: Path) -> list[Article]:
    """What is said in the subtitles `path`, without times and markup. Raises BadDocument."""
    lines = read_text(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    paragraphs: list[list[str]] = []
    until, before = 0.0, ""
    for start, end, cue in _cues(lines):
        for line in cue:
            speaks = line.startswith(("- ", "– ", ">>")) or bool(re.match(r"[A-Z][\w .]{1,40}: ", line))
            if not paragraphs or speaks or start - until > _SILENCE:
                paragraphs.append([])
            until = max(until, end)
            if line != before:  # captions that roll up say each line twice
                paragraphs[-1].append(line)
            before = line
    text = "\n\n".join(" ".join(part) for part in paragraphs)
    if not has_words(text):
        raise BadDocument(f"{path}: holds no subtitles")
    return [article_from(text, Facts(title=title_of("", path)), path, source_of(path))]


def _cues(lines: list[str]) -> list[tuple[float, float, list[str]]]:
    """Start and end in seconds, and the lines, of each subtitle."""
    cues: list[tuple[float, float, list[str]]] = []
    inside = False
    for line in lines:
        if match := _TIMING.fullmatch(line):
            cues.append((_seconds(match.groups()[:4]), _seconds(match.groups()[4:]), []))
            inside = True
        elif not line.strip():
            inside = False
        elif inside and (words := _words(line)):
            cues[-1][2].append(words)
    return cues


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _words(line: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", _VOICE.sub(r"\1: ", line))).split())
