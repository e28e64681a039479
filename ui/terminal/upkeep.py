"""The commands that look after a library: `restore` brings back what `sync` removed, `doctor` looks for damage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from index.errors import BadSetting, LibraryDamaged
from index.place import is_address
from ui.terminal.options import JsonOption, LibraryOption, path_named


def restore(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(parser=path_named, help="Files and folders whose articles to bring back."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Bring back all of them.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Bring back what was removed on or after it: 2026-05-19, yesterday."
        ),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring back articles that sync removed in the last thirty days; without PATHS and options, list them."""
    from dataclasses import asdict

    from eval.report.words import count
    from index.config import load
    from index.library import Library
    from index.search.scope import Scope
    from ui.terminal import view

    config, scope = load(library=library), Scope.of(since)
    if everything and (paths or since):
        raise BadSetting("--all brings back everything: leave out the paths and --since, or --all")
    with Library.open(config.library, config=config) as opened:
        if not (everything or paths or scope):
            removed = opened.removed()
            if as_json:
                view.print_json([asdict(file) for file in removed])
            else:
                view.out.print(view.removed_view(removed))
            return
        report = opened.restore(paths or None, since=scope.since if scope else None)
    if as_json:
        view.print_json(asdict(report))
    else:
        view.out.print(
            f"{count(report.articles, 'article')} of {count(report.files, 'file')} brought back, "
            f"in {config.library}",
            soft_wrap=True,
            markup=False,
        )
    for path, why in report.failed:
        view.err.print(
            f"not brought back: {view.clean(path)}: {why}", style="yellow", markup=False, soft_wrap=True
        )


def doctor(
    mend: Annotated[
        bool,
        typer.Option("--mend", help="Mend what is found, reading damaged articles again from their files."),
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for damage in the library, and mend it with --mend; exit code 0 if it is sound, 5 if not."""
    from dataclasses import asdict

    from index.config import load
    from index.store.doctor import examine
    from ui.terminal import view

    config, done = load(library=library), []
    if is_address(config.library):
        raise BadSetting(
            f"footnote doctor looks at libraries in folders: for {config.library} use the server's own pg_amcheck "
            "and backups"
        )
    folder = Path(config.library).expanduser().absolute()
    if mend:
        from index.store.mend import mend as mended

        done = mended(folder, config)
    found = examine(folder)
    sound = not any(each.harm for each in found)
    if as_json:
        view.print_json({"sound": sound, "done": done, "findings": [asdict(each) for each in found]})
    else:
        for line in done:
            view.out.print(view.clean(line), markup=False, soft_wrap=True)
        for each in sorted(found, key=lambda each: not each.harm):
            line = view.clean(each.what) + (f" (mend: {each.mend})" if each.mend else "")
            view.out.print(line, markup=False, soft_wrap=True, style="bold red" if each.harm else "dim")
        view.out.print(
            f"The library in {folder} is {'sound' if sound else 'damaged'}.", markup=False, soft_wrap=True
        )
    if not sound:
        raise typer.Exit(LibraryDamaged.exit_code)
