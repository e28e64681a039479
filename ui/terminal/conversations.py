"""The commands on kept conversations: list, show, search, rename, delete, export. Knows no logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.config import load
from index.errors import BadSetting
from index.place import folder_of
from ui.terminal.options import JsonOption, LibraryOption, chosen, path_named

if TYPE_CHECKING:
    from qa.conversations import Conversations, Listed

app = typer.Typer(help="List, read, search, rename, delete and export the conversations that were kept.")
Which = Annotated[
    str, typer.Argument(metavar="N", help="Its number in the list (1 is the newest), or its id.")
]


@app.callback(invoke_without_command=True)
def every(
    context: typer.Context,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the conversations that were kept, newest first."""
    if (command := context.invoked_subcommand) is None:
        _list(_held(library), as_json=as_json)
    elif library is not None or as_json:
        raise BadSetting(f"options go behind the command: footnote conversations {command} ... --library DIR")


@app.command()
def search(words: list[str], library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the conversations with a question or an answer that holds all WORDS."""
    _list(_held(library), " ".join(words), as_json=as_json)


@app.command()
def show(which: Which, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Show a conversation with its sources."""
    from qa.serialise import conversation_to_dict
    from ui.terminal import view

    conversation = _opened(which, library)
    if as_json:
        view.print_json(conversation_to_dict(conversation))
    else:
        view.out.print(view.conversation_view(conversation))


@app.command()
def rename(which: Which, title: str, library: LibraryOption = None) -> None:
    """Give a conversation another title."""
    from ui.terminal import view

    held = _held(library)
    kept = held.rename(find(held, which).id, title)
    view.out.print(f"It is called {view.clean(kept)} now.", markup=False, soft_wrap=True)


@app.command()
def delete(
    which: Which,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it without asking.")] = False,
    library: LibraryOption = None,
) -> None:
    """Delete a conversation for good; asks first."""
    import sys

    from ui.terminal import view

    held = _held(library)
    one = find(held, which)
    title = view.clean(one.title)
    if not yes:
        if not sys.stdin.isatty():
            raise BadSetting(f"nobody is there to ask whether “{title}” is to be deleted: give --yes")
        if not typer.confirm(f"Delete “{title}” for good?"):
            return
    held.delete(one.id)
    view.out.print(f"“{title}” is deleted.", markup=False, soft_wrap=True)


@app.command()
def export(
    which: Which,
    to: Annotated[
        Path, typer.Option("--to", parser=path_named, metavar="FILE", help="A .md, .html or .docx file.")
    ],
    library: LibraryOption = None,
) -> None:
    """Write a conversation with its sources to a file: Markdown, HTML or Word, by the ending of its name."""
    from index.store.explain import refused
    from qa.conversations.export import exported
    from ui.terminal import view

    raw = exported(_opened(which, library), to.suffix)
    try:
        to.write_bytes(raw)
    except OSError as error:
        raise refused(error, to) from None
    view.out.print(f"Written to {to}", markup=False, soft_wrap=True)


def find(held: Conversations, which: str) -> Listed:
    """The conversation with that number in the list, or with that id. Raises BadSetting where there is none."""
    return chosen(held.listed(), which, "conversation", "footnote conversations")


def _held(library: str | None) -> Conversations:
    from qa.conversations import Conversations

    return Conversations(folder_of(load(library=library).library))


def _opened(which: str, library: str | None) -> Any:
    from index.library import Library
    from qa.conversations import Conversations, opened

    config = load(library=library)
    with Library.open(config.library, config=config) as articles:
        held = Conversations(articles.folder)
        return opened(held, find(held, which).id, articles)


def _list(held: Conversations, words: str = "", *, as_json: bool) -> None:
    from dataclasses import asdict

    from ui.terminal import view

    found = held.listed(words)
    if as_json:
        view.print_json([asdict(each) for each in found])
    else:
        numbers = {each.id: n for n, each in enumerate(held.listed(), 1)} if words else {}
        view.out.print(view.conversations_view(found, numbers, words))
