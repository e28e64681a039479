"""Shows answers, hits and reports in a terminal with rich. Knows nothing of how they came about.

Article text is printed as plain text objects, never as rich markup, and without control characters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from eval.report.words import count
from index.pages import place
from index.shown import plain
from qa.presentation.headline import headline
from qa.trust.cite import SILENT, marked, marked_point, understood
from qa.types import Answer, Citation, Partial, Point, Sentence
from qa.types import Table as Compared

if TYPE_CHECKING:
    from index.store.feeds import Followed
    from index.store.reports import Entry, Removed
    from index.types import Hit
    from qa.conversations import Conversation, Listed
    from qa.notes import Note

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
FEW = 10
"""A list of more articles is shown without their words."""
clean = plain
"""Text that can't move the cursor or colour the terminal."""


def print_json(value: Any) -> None:
    """One JSON document on standard output, its letters escaped where that can't take them."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    print(text)


def fetching(show: bool) -> Callable[[int, int, str], None]:
    """Says on a terminal which page is being fetched, a line each."""

    def told(done: int, total: int, address: str) -> None:
        if show and err.is_terminal and address:
            err.print(f"fetching {done + 1:,} of {total:,}: {clean(address)}", style="dim", markup=False)

    return told


def streamed(items: Iterator[str | Partial | Answer], *, quiet: bool = False) -> Answer:
    """The Answer at the end of a stream; what is known of it so far, and its draft dimmed, are shown while it comes."""
    answer: Answer | None = None
    draft, known = "", Group()
    shown = Live(console=err, transient=True, refresh_per_second=8)
    with shown if not quiet and err.is_terminal else _Nothing():
        if not quiet:
            shown.update(Text("reading the articles …", style="dim"))
        for item in items:
            if isinstance(item, Answer):
                answer = item
                continue
            if isinstance(item, Partial):
                known = Group(*_composed(item.answer), *map(citation_view, _closest(item.answer)))
            else:
                draft += item
            note = "(checking …)" if draft else "(reading …)"
            shown.update(Group(Text(f"{clean(draft)}  {note}", style="dim"), known))
    assert answer is not None
    return answer


def _closest(answer: Answer) -> Sequence[Citation]:
    """The quotes of what has no points yet: the sentence that comes closest to a fact."""
    return () if answer.points else answer.citations


class _Nothing:
    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def answer_view(answer: Answer) -> RenderableType:
    """An answer as a person wants to read it: the short form, the text with markers, the footnotes."""
    parts: list[RenderableType] = []
    if (read := understood(answer)) != answer.question:
        parts.append(Text(f"searched for: {clean(read)}", style="dim"))
    if answer.abstained:
        parts.append(
            Text(answer.text, style="bold yellow") + Text(f" {clean(answer.reason)}", style="not bold")
        )
        if answer.citations:
            parts.append(Text("\nClosest passages, none of which answers it:", style="dim"))
    else:
        if short := headline(answer):
            parts.append(Text(clean(short), style="bold green"))
        parts += map(_sentences, answer.paragraphs)
        parts += _composed(answer)
        parts.append(Text(""))
    if answer.kind != "catalogue" or len(answer.citations) <= FEW:  # a long list names its articles already
        parts += [citation_view(citation) for citation in answer.citations]
    sure = f" · confidence {answer.confidence:.2f}" if answer.kind == "fact" else ""
    note = f"{answer.timings.total:.1f} s{sure} · {answer.model.name}"
    parts.append(Text(note, style="dim"))
    return Group(*parts)


def _sentences(sentences: Sequence[Sentence]) -> Text:
    body = Text()
    for sentence in sentences:
        body.append(clean(marked(sentence)) + " ")
        if not sentence.supported:
            body.append("(not supported) ", style="bold red")
    return body


def _composed(answer: Answer) -> list[RenderableType]:
    """The points, as a table where they are of a comparison."""
    return [_side_by_side(answer.table)] if answer.table else _points(answer.points)


def _points(points: Sequence[Point]) -> list[RenderableType]:
    """The points as a list, dates in front, what they are about above."""
    lines: list[RenderableType] = []
    about = ""
    for point in points:
        if point.about != about:
            lines.append(Text(clean(point.about), style="bold"))
            about = point.about
        when = Text(f"{point.when}  " if point.when else "", style="cyan")
        said = clean(marked_point(point))
        lines.append(Padding(Text("• ") + when + Text(said), (0, 0, 0, 1)))
    return lines


def _side_by_side(compared: Compared) -> RenderableType:
    """A comparison: a column for each side, a line between what is compared."""
    table = Table(show_lines=True, expand=True)
    for column in compared.columns:
        table.add_column(Text(clean(column)), overflow="fold", ratio=1)
    for row in compared.rows:
        said = ["\n".join(clean(marked_point(point)) for point in cell) for cell in row]
        table.add_row(*(Text(text or (SILENT if compared.silent(i) else "")) for i, text in enumerate(said)))
    return table


def citation_view(citation: Citation) -> RenderableType:
    """A footnote: where, then the exact words, then the link."""
    article = citation.article
    on = place(article, citation.start, citation.end)
    where = ", ".join(clean(p) for p in (article.title, article.publisher, article.published, on) if p)
    head = Text(f"[{citation.number}] ", style="cyan").append(where, style="bold")
    if article.ocr:
        head.append(" (read from images)", style="dim")
    lines = [head, Text(f"“{clean(citation.quote)}”")]
    if article.url:
        lines.append(Text(clean(article.url), style="dim"))
    return Padding(Group(*lines), (0, 0, 0, 2))


def hits_view(hits: Sequence[Hit]) -> RenderableType:
    """Passages found, best first."""
    parts: list[RenderableType] = []
    for hit in hits:
        article, on = hit.article, place(hit.article, hit.passage.start, hit.passage.end)
        where = ", ".join(clean(p) for p in (article.title, article.publisher, article.published, on) if p)
        parts.append(Text(f"{hit.rank:>3}. ", style="cyan").append(where, style="bold"))
        parts.append(Padding(Text(clean(hit.text)), (0, 0, 1, 5)))
    return Group(*parts) if parts else Text("Nothing found.")


def skipped(files: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A line for each file of no known kind and the reason; of many of a kind only the first are named."""
    kinds: dict[str, list[str]] = {}
    for path, why in files:
        kinds.setdefault(PurePath(path).suffix.lower(), []).append(why)
    for kind, reasons in kinds.items():
        yield from map(clean, reasons[:FEW])
        if len(reasons) > FEW:
            yield f"{len(reasons) - FEW:,} more {clean(kind) or 'files without a suffix'} (--json names them all)"


def removed_view(files: Sequence[Removed]) -> RenderableType:
    """The files whose articles can be brought back, and until when."""
    if not files:
        return Text("Nothing that was removed can be brought back.")
    table = Table("file", "articles", "kept until", box=None)
    for file in files:
        table.add_row(Text(clean(file.path), overflow="fold"), str(file.articles), local(file.kept_until))
    return Group(table, Text("Bring them back with footnote restore PATH..., or --all.", style="dim"))


def catalogue_view(entries: Sequence[Entry]) -> RenderableType:
    """Articles with the beginnings of their ids, by which they can be named; what was set by hand has a star."""
    if not entries:
        return Text("No articles.")
    table = Table("id", "published", "publisher", "title", "file", box=None, pad_edge=False)
    for each in entries:
        cells = [each.id[:8]]
        for name in ("published", "publisher", "title"):
            cells.append(clean(getattr(each, name) or "-") + ("*" if name in each.by_hand else ""))
        cells.append(clean(PurePath(each.source).name))
        table.add_row(*(Text(cell, overflow="fold") for cell in cells))
    files = len({each.file for each in entries if each.file})
    said = count(len(entries), "article") + (f" from {count(files, 'file')}" if files else "")
    note = "; * is set by hand" if any(each.by_hand for each in entries) else ""
    return Group(table, Text(said + note, style="dim"))


def feeds_view(feeds: Sequence[Followed]) -> RenderableType:
    """The feeds that are followed, and how asking them went."""
    if not feeds:
        return Text("No feeds are followed: footnote feed add URL follows one.")
    table = Table("title", "address", "last asked", box=None, pad_edge=False)
    for each in feeds:
        state = clean(each.failed) if each.failed else local(each.updated_at) if each.updated_at else "never"
        cells = (clean(each.title), clean(each.url), state)
        table.add_row(*(Text(cell, overflow="fold") for cell in cells))
    return table


def conversations_view(listed: Sequence[Listed], numbers: Mapping[str, int], words: str) -> RenderableType:
    """Conversations with their numbers in the list of all, which are the places in this one where none are given."""
    if not listed:
        none = f"No conversation holds {clean(words)}." if words else "No conversations are kept yet."
        return Text(none)
    table = Table("", "last asked", "questions", "title", box=None, pad_edge=False)
    for position, each in enumerate(listed, 1):
        title = Text(clean(each.title), overflow="fold")
        if each.around:
            title.append(f"\n{clean(each.around)}", style="dim")
        table.add_row(str(numbers.get(each.id, position)), local(each.changed), str(each.exchanges), title)
    return table


def conversation_view(conversation: Conversation) -> RenderableType:
    """A conversation as it was held; what has become of an article since stands below the answer that cites it."""
    parts: list[RenderableType] = [Text(clean(conversation.title), style="bold")]
    for each in conversation.exchanges:
        parts += [Text(""), Text(f"› {clean(each.question)}", style="cyan")]
        parts.append(answer_view(each.answer) if each.answer else Text(each.problem, style="yellow"))
        parts += [Text(f"[{number}] {note}", style="yellow") for number, note in each.notes.items()]
    return Group(*parts)


def notes_view(notes: Sequence[Note]) -> RenderableType:
    """Notes with their numbers in the list."""
    if not notes:
        return Text("No notes are kept yet: the page keeps a quote by its button Note.")
    table = Table("", "kept", "quote and remark", box=None, pad_edge=False)
    for number, each in enumerate(notes, 1):
        said = Text(f"“{clean(each.quote)}”", overflow="fold")
        if each.remark:
            said.append(f"\n{clean(each.remark)}", style="bold")
        said.append(f"\n{clean(each.article.title or each.article.source or 'Untitled')}", style="dim")
        table.add_row(str(number), local(each.added), said)
    return table


def local(moment: str) -> str:
    """An ISO 8601 moment as a date and time of this machine's clock.

    >>> local("")
    ''
    """
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return ""


def facts(rows: Sequence[tuple[str, str]]) -> RenderableType:
    """Two columns: what, and its value."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, Text(value))
    return table
