"""The commands on notes: list, delete, export. Knows no logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.config import load
from index.errors import BadSetting
from index.place import folder_of
from ui.terminal.options import JsonOption, LibraryOption, chosen, path_named

if TYPE_CHECKING:
    from qa.notes import Note, Notes

app = typer.Typer(help="List, delete and export the quotes that you kept as notes on the page.")


@app.callback(invoke_without_command=True)
def every(context: typer.Context, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the notes, newest first."""
    if (command := context.invoked_subcommand) is None:
        _list(library, as_json=as_json)
    elif library is not None or as_json:
        raise BadSetting(f"options go behind the command: footnote notes {command} ... --library DIR")


@app.command("list")
def list_(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the notes, newest first."""
    _list(library, as_json=as_json)


@app.command()
def delete(
    which: Annotated[
        str, typer.Argument(metavar="N", help="Its number in the list (1 is the newest), or its id.")
    ],
    library: LibraryOption = None,
) -> None:
    """Delete a note for good."""
    from ui.terminal import view

    held = _held(library)
    note = _find(held, which)
    held.delete(note.id)
    view.out.print(
        f"The note on “{view.clean(note.article.title)}” is deleted.", markup=False, soft_wrap=True
    )


@app.command()
def export(
    to: Annotated[
        Path, typer.Option("--to", parser=path_named, metavar="FILE", help="A .md, .csv or .bib file.")
    ],
    library: LibraryOption = None,
) -> None:
    """Write all notes to a file: Markdown, CSV or BibTeX, by the ending of its name."""
    from index.store.explain import refused
    from qa.notes.export import exported
    from ui.terminal import view

    raw = exported(_held(library).listed(), to.suffix)
    try:
        to.write_bytes(raw)
    except OSError as error:
        raise refused(error, to) from None
    view.out.print(f"Written to {to}", markup=False, soft_wrap=True)


def _list(library: str | None, *, as_json: bool) -> None:
    from qa.serialise import note_to_dict
    from ui.terminal import view

    found = _held(library).listed()
    if as_json:
        view.print_json([note_to_dict(each) for each in found])
    else:
        view.out.print(view.notes_view(found))


def _find(held: Notes, which: str) -> Note:
    """The note with that number in the list, or with that id. Raises BadSetting where there is none."""
    return chosen(held.listed(), which, "note", "footnote notes")


def _held(library: str | None) -> Notes:
    from qa.notes import Notes

    return Notes(folder_of(load(library=library).library))
