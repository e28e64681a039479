"""The commands that fill a library and say what it holds: `add`, `sync`, `status`. Knows no logic of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eval.report.words import count
from index.config import load
from index.errors import BadDocument, BadSetting, RemovalWithheld
from index.web.addresses import is_address
from ui.terminal.options import JsonOption, LibraryOption, Web, grouped, path_named

if TYPE_CHECKING:
    from index.store.reports import AddReport


@grouped
def add(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH|URL...",
            help="Files and folders: .pdf .docx .html .txt .md .eml .json and others (docs/kinds.md); "
            "addresses of pages and sitemaps.",
            show_default=False,
        ),
    ] = None,
    *,
    listed: Annotated[
        Path | None,
        typer.Option(
            "--from", parser=path_named, metavar="LIST.txt", help="Also the pages whose addresses it lists."
        ),
    ] = None,
    web: Web,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Pages of a sitemap to fetch at most.")] = 100,
    section: Annotated[
        str, typer.Option(metavar="/PATH", help="Of a sitemap only pages whose paths begin with it: /news/.")
    ] = "",
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add articles to the library; unchanged files cost next to nothing.

    A page is fetched, kept in the library's folder, and replaced when it is added again. Of a sitemap the pages are
    fetched that are new or changed.
    """
    from index.library import Library
    from index.web import keeping
    from index.web.sitemaps import Chosen
    from ui.terminal import view
    from ui.terminal.progress import adding

    given: list[str | Path] = [each if is_address(each) else path_named(each) for each in paths or ()]
    if listed is not None:
        given += keeping.listed_in(listed)
    if not given and listed is None:
        raise BadSetting("say what to add: files, folders or addresses of pages, or --from LIST.txt")
    config = load(library=library, **web.settings())
    if any(isinstance(each, str) for each in given):
        keeping.permitted(config)
    with (
        Library.open(config.library, create=True, config=config) as opened,
        adding(not as_json) as progress,
    ):
        report = keeping.add(
            opened,
            given,
            config,
            allow_private=web.allow_private,
            chosen=Chosen(most, section),
            fetched=view.fetching(not as_json),
            progress=progress,
        )
    written(report, config.library, as_json)
    _fail(report)


def sync(
    paths: Annotated[
        list[Path], typer.Argument(parser=path_named, help="Files and folders to bring in line with.")
    ],
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help="Remove them also where a folder is empty or more than a tenth has vanished."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say which articles would be removed; change nothing.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add what is new or changed below PATHS, and remove articles whose files have vanished.

    A file that has moved keeps its articles. footnote restore brings back for thirty days what was removed.
    """
    if dry_run:
        return _going(paths, library, as_json)
    from index.library import Library
    from ui.terminal.progress import adding

    config = load(library=library)
    with (
        Library.open(config.library, create=True, config=config) as opened,
        adding(not as_json) as progress,
    ):
        try:
            report = opened.sync(paths, removing=yes, progress=progress)
        except RemovalWithheld as e:
            written(e.report, config.library, as_json)
            raise
    written(report, config.library, as_json)
    _fail(report)


def _going(paths: list[Path], folder: str | None, as_json: bool) -> None:
    """Prints which files' articles `sync` would remove."""
    from index.library import Library
    from ui.terminal import view

    config = load(library=folder)
    with Library.open(config.library, config=config) as library:
        going = library.going(paths)
    if as_json:
        view.print_json([{"file": path, "articles": articles} for path, articles in going])
        return
    for path, articles in going:
        view.out.print(f"{view.clean(path)}: {count(articles, 'article')}", markup=False, soft_wrap=True)
    total = sum(articles for _, articles in going)
    view.out.print(f"{count(total, 'article')} would be removed with {count(len(going), 'file')}.")


def watch(
    folder: Annotated[Path, typer.Argument(parser=path_named, metavar="FOLDER", help="The folder to watch.")],
    library: LibraryOption = None,
) -> None:
    """Add what comes into FOLDER and what changes there, until Ctrl-C; a line each time.

    What vanishes stays in the library: footnote sync removes it.
    """
    import threading

    from index.library import Library
    from ui.terminal import view
    from ui.terminal.progress import adding

    config, stop = load(library=library), threading.Event()
    with Library.open(config.library, create=True, config=config) as opened, adding(True) as progress:
        try:
            for report in opened.watch(folder, stop, progress=progress):
                written(report, config.library, False)
        except KeyboardInterrupt:
            stop.set()
            view.err.print("No longer watching.", style="dim")


def _fail(report: AddReport) -> None:
    """Ends with the exit code that says that something wasn't read."""
    read = report.added + report.updated + report.unchanged + len(report.moved)
    if report.failed or (report.skipped and not read):
        raise typer.Exit(BadDocument.exit_code)


def written(report: AddReport, folder: Path | str, as_json: bool) -> None:
    """Prints what adding did."""
    from dataclasses import asdict

    from ui.terminal import view

    if as_json:
        view.print_json({**asdict(report), "not_read": report.not_read})
    else:
        view.out.print(_said(report, folder), soft_wrap=True, markup=False)
        for old, new in report.moved[: view.FEW]:
            view.out.print(f"moved: {view.clean(old)} is {view.clean(new)} now", soft_wrap=True, markup=False)
    for message in report.warnings:
        view.err.print(f"warning: {view.clean(message)}", style="yellow", markup=False, soft_wrap=True)
    for _path, message in report.failed:
        view.err.print(f"not read: {view.clean(message)}", style="yellow", markup=False, soft_wrap=True)
    for line in view.skipped(report.skipped):
        view.err.print(f"not read: {line}", style="yellow", markup=False, soft_wrap=True)
    if not as_json and sum(report.not_read.values()) > 1:
        kinds = ", ".join(f"{n:,} {view.clean(kind)}" for kind, n in report.not_read.items())
        view.err.print(f"not read, by kind: {kinds}", style="yellow", markup=False, soft_wrap=True)


def _said(report: AddReport, folder: Path | str) -> str:
    """What adding did, in a line: articles, and how many files they are from."""
    changed = f" ({report.updated:,} changed)" if report.updated else ""
    parts = [
        f"{count(report.articles, 'article')} added from {count(report.added + report.updated, 'file')}{changed}",
    ]
    if report.unchanged:
        parts.append(
            f"{count(report.unchanged_articles, 'article')} unchanged in {count(report.unchanged, 'file')}"
        )
    if report.moved:
        parts.append(f"{count(len(report.moved), 'file')} moved")
    if report.removed:
        parts.append(
            f"{count(report.removed_articles, 'article')} removed with {count(report.removed, 'file')}"
        )
    if report.left_out:
        parts.append(f"{count(report.left_out, 'article')} left out that you removed")
    if report.left:
        parts.append(f"{report.left:,} more left for the next time")
    parts.append(f"{count(report.passages, 'new passage')} in {report.seconds:.1f} s, in {folder}")
    return "; ".join(parts)


def status(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Show what the library holds."""
    from dataclasses import asdict

    from index.library import Library
    from ui.terminal import view

    config = load(library=library)
    with Library.open(config.library, config=config) as opened:
        found = asdict(opened.status())
    if as_json:
        view.print_json({**found, "folder": str(found["folder"])})
    else:
        view.out.print(view.facts(list(_told(found))))


def _told(status: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The facts of a status for people: sizes in megabytes, and how sure the recall is beside it."""
    from ui.terminal.view import local

    questions = status.pop("recall_questions")
    removed, until = status.pop("removed"), status.pop("kept_until")
    files = status.pop("files")
    for name, value in status.items():
        if name == "recall":
            measured = "not measured yet" if value is None else "1, exact"
            value = f"{value:.3f} of the ten nearest, measured with {questions}" if questions else measured
        elif name in ("bytes_on_disk", "index_bytes"):
            value = f"{value / 1e6:,.1f} MB"
        elif name == "articles":
            value = f"{value:,} from {count(files, 'file')}"
        yield (
            {"bytes_on_disk": "on disk", "index_bytes": "index in memory"}.get(name, name.replace("_", " ")),
            str(value),
        )
    if removed:
        yield (
            "removed",
            f"{count(removed, 'article')}, the first kept until {local(until)}: see footnote restore",
        )
