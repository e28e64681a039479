"""The commands on feeds that a library follows: add, list, remove, update. Knows no logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.report.words import count
from index.config import Config, load
from index.errors import BadDocument
from index.web.addresses import is_address
from ui.terminal.options import JsonOption, LibraryOption, Web, grouped, path_named

if TYPE_CHECKING:
    from index.library import Library

app = typer.Typer(
    help="Follow feeds (RSS, Atom), and add the pages of their new entries.", no_args_is_help=True
)


@app.command()
@grouped
def add(
    given: Annotated[
        list[str], typer.Argument(metavar="URL|FILE.opml...", help="Feeds, and lists of feeds.")
    ],
    *,
    web: Web,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow feeds; footnote feed update fetches what is new."""
    from dataclasses import asdict

    from index.web import feeds
    from ui.terminal import view

    config = load(library=library, **web.settings())
    named: list[str | Path] = [each if is_address(each) else path_named(each) for each in given]
    with _opened(config, create=True) as opened:
        report = feeds.follow(opened, named, config, allow_private=web.allow_private)
    if as_json:
        view.print_json(asdict(report))
    else:
        for url, title, known_before in report.feeds:
            now = "followed already" if known_before else "followed from now on"
            view.out.print(
                f"{view.clean(title or url)} ({view.clean(url)}): {now}", markup=False, soft_wrap=True
            )
        known = f"; {count(report.known, 'feed')} followed already" if report.known else ""
        view.out.print(f"{count(report.added, 'feed')} followed from now on{known}")
    _not_read(report.failed)
    if report.failed:
        raise typer.Exit(BadDocument.exit_code)


@app.command("list")
def every(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the feeds that are followed."""
    from dataclasses import asdict

    from ui.terminal import view

    with _opened(load(library=library)) as opened:
        found = opened.followed()
    if as_json:
        view.print_json([asdict(each) for each in found])
    else:
        view.out.print(view.feeds_view(found))


@app.command()
def remove(
    which: Annotated[str, typer.Argument(metavar="FEED", help="Its address or its title.")],
    library: LibraryOption = None,
) -> None:
    """Follow a feed no more; its articles stay."""
    from index.web.feeds import find
    from ui.terminal import view

    with _opened(load(library=library)) as opened:
        feed = find(opened.followed(), which)
        opened.unfollow(feed.url)
    view.out.print(f"{view.clean(feed.url)} is followed no more", markup=False, soft_wrap=True)


@app.command()
@grouped
def update(
    *,
    most: Annotated[int, typer.Option(min=1, max=1000, help="Pages to fetch of each feed at most.")] = 20,
    web: Web,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch the pages of new entries of all feeds and add them."""
    from dataclasses import asdict

    from index.web import feeds
    from ui.terminal import view
    from ui.terminal.library import written
    from ui.terminal.progress import adding

    config = load(library=library, **web.settings())
    with _opened(config) as opened, adding(not as_json) as progress:
        report = feeds.update(
            opened,
            config,
            most=most,
            allow_private=web.allow_private,
            fetched=view.fetching(not as_json),
            progress=progress,
        )
    if as_json:
        view.print_json(
            {**asdict(report), "pages": {**asdict(report.pages), "not_read": report.pages.not_read}}
        )
    else:
        left = f", {report.left:,} more left for the next time" if report.left else ""
        new = "1 new entry" if report.new == 1 else f"{report.new:,} new entries"
        view.out.print(f"{count(report.feeds, 'feed')} asked: {new}{left}")
        written(report.pages, config.library, as_json)
    _not_read(report.failed)
    if report.failed or report.pages.failed:
        raise typer.Exit(BadDocument.exit_code)


def _opened(config: Config, *, create: bool = False) -> Library:
    from index.library import Library

    return Library.open(config.library, create=create, config=config)


def _not_read(failed: tuple[tuple[str, str], ...]) -> None:
    from ui.terminal import view

    for _, why in failed:
        view.err.print(f"not read: {view.clean(why)}", style="yellow", markup=False, soft_wrap=True)
