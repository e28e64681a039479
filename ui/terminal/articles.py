"""The commands on a library's articles: list, remove, edit, export. Knows no logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.report.words import count
from index.config import load
from index.errors import BadSetting
from ui.terminal.options import JsonOption, LibraryOption, Published, grouped, path_named, place_named

Named = Annotated[
    list[str],
    typer.Argument(
        metavar="ARTICLE...", help="An id or its beginning, a file, an address, or a whole title."
    ),
]


@grouped
def every(
    *,
    asked: Published,
    file: Annotated[
        list[Path] | None,
        typer.Option(
            parser=path_named, metavar="PATH", help="Only articles of this file, or below this folder."
        ),
    ] = None,
    undated: Annotated[
        bool, typer.Option("--undated", help="Only articles without a date of publication.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the articles: id, date, publisher, title, file."""
    from dataclasses import asdict

    from index.library import Library
    from ui.terminal import view

    if undated and (asked.since or asked.until):
        raise BadSetting("--undated lists what has no date: leave out --since and --until, or --undated")
    config, scope = load(library=library), asked.scope()
    with Library.open(config.library, config=config) as opened:
        found = opened.catalogue(scope, paths=file or (), undated=undated)
    if as_json:
        view.print_json([asdict(entry) for entry in found])
    else:
        view.out.print(view.catalogue_view(found))


def remove(named: Named, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Remove articles; footnote restore brings them back for thirty days.

    They stay removed when their folder is added or synced again.
    """
    from dataclasses import asdict

    from index.library import Library
    from index.store.catalogue import find
    from ui.terminal import view

    config = load(library=library)
    with Library.open(config.library, config=config) as opened:
        listed = opened.catalogue()
        going = list({entry.id: entry for each in named for entry in find(listed, each)}.values())
        if not as_json:
            view.out.print("These go:")
            view.out.print(view.catalogue_view(going))
        gone = opened.remove(entry.id for entry in going)
    if as_json:
        view.print_json([asdict(entry) for entry in gone])
    else:
        view.out.print(
            f"{count(len(gone), 'article')} removed: footnote restore brings them back for thirty days, "
            f"in {config.library}",
            soft_wrap=True,
            markup=False,
        )


def edit(
    article: Annotated[str, typer.Argument(help="As for remove.")],
    published: Annotated[
        str | None, typer.Option(metavar="DATE", help="Day of publication: 2017-05-19, 2017; '' for unknown.")
    ] = None,
    publisher: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who published it; '' for unknown.")
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="WORDS", help="What it is called.")] = None,
    as_read: Annotated[
        bool, typer.Option("--as-read", help="Take back what was set: the facts are those of its file again.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set facts of an article by hand; they stay when its file is added again, changed or not."""
    from dataclasses import asdict

    from index.library import Library
    from index.store.catalogue import find
    from ui.terminal import view

    asked = {"published": published, "publisher": publisher, "title": title}
    facts = {name: value for name, value in asked.items() if value is not None}
    if bool(facts) == as_read:
        raise BadSetting("say what to set, --published, --publisher or --title, or else --as-read")
    config = load(library=library)
    with Library.open(config.library, config=config) as opened:
        found = find(opened.catalogue(), article)
        if len(found) > 1:
            some = ", ".join(entry.id for entry in found[: view.FEW])
            raise BadSetting(
                f"{article[:60]!r} has {len(found):,} articles: name one by its id, such as {some}"
            )
        opened.edit(found[0].id, facts)
        now = [entry for entry in opened.catalogue() if entry.id == found[0].id]
    if as_json:
        view.print_json(asdict(now[0]))
    else:
        view.out.print(view.catalogue_view(now))


def export(
    to: Annotated[Path, typer.Argument(metavar="FILE.jsonl", parser=path_named, help="The file to write.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write all articles, texts and facts, to a JSONL file; footnote add reads it back as they are."""
    from index.library import Library
    from ui.terminal import view

    config = load(library=library)
    with Library.open(config.library, config=config) as opened:
        written = opened.export(to)
    if as_json:
        view.print_json({"file": str(to), "articles": written})
    else:
        view.out.print(f"{count(written, 'article')} written to {to}", soft_wrap=True, markup=False)


def copy(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FROM...", parser=place_named, help="Libraries' folders or addresses, one or several."
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TO", parser=place_named, help="Where no library is yet: a folder or address."
        ),
    ],
    adding: Annotated[
        bool,
        typer.Option(
            "--add", help="TO is a library in use: it keeps what it has, and takes in what it lacks."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy libraries to another folder or to a server, several into one, vectors included: nothing is embedded anew.

    Run it again after it was cut off: it goes on. In the end both are compared.
    """
    import time
    from contextlib import ExitStack
    from dataclasses import asdict

    from index.library import Library
    from ui.terminal import view
    from ui.terminal.progress import staged

    began = time.monotonic()
    with ExitStack() as opened:
        parts = [opened.enter_context(Library.open(each, config=load(library=each))) for each in sources]
        whole = opened.enter_context(Library.open(target, create=True, config=load(library=target)))
        report = opened.enter_context(staged(not as_json))
        made = whole.take_in(parts, adding=adding, report=report)
    if as_json:
        view.print_json({"from": sources, "to": target, **asdict(made)})
        return
    there = f" ({made.there:,} articles were there already)" if made.there else ""
    left = (
        f"; {count(made.left_out, 'article')} left out, there already or in an earlier FROM"
        if made.left_out
        else ""
    )
    view.out.print(
        f"{count(made.articles, 'article')}, {count(made.passages, 'passage')} and {count(made.files, 'file')} "
        f"copied from {', '.join(sources)} to {target} in {time.monotonic() - began:.1f} s{there}{left}; compared: the "
        f"same, hash {made.hash[:16]}",
        soft_wrap=True,
        markup=False,
    )
