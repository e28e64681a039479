"""The commands on the people who may sign in: add, password, remove, list. Knows no logic of its own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from index.config import load
from index.place import folder_of
from ui.terminal.options import JsonOption, LibraryOption, path_named

app = typer.Typer(
    no_args_is_help=True,
    help="Say who may sign in to the page: footnote serve --people FILE. Changes hold at once.",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name, without spaces.")]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file",
        parser=path_named,
        metavar="FILE",
        help="The file of people; else the setting people, else footnote.people.",
        show_default=False,
    ),
]


@app.command()
def add(
    name: Name,
    file: FileOption = None,
    reader: Annotated[
        bool, typer.Option("--reader", help="They may ask and read, and not add, correct or remove articles.")
    ] = False,
) -> None:
    """Let NAME in, by a password that is asked for twice, or read from standard input."""
    _put(name, file, new=True, reader=reader)


class Role(StrEnum):
    """What somebody may do."""

    reader = "reader"
    editor = "editor"


@app.command()
def role(
    name: Name,
    role: Annotated[
        Role,
        typer.Argument(help="A reader asks and reads; an editor adds, corrects and removes articles, too."),
    ],
    file: FileOption = None,
) -> None:
    """Say whether NAME may change the articles; they sign in again. Who is added without --reader may."""
    from ui.http import people
    from ui.terminal import view

    known = view.clean(people.set_role(_file(file), name, reader=role is Role.reader))
    what = "a reader" if role is Role.reader else "an editor"
    view.out.print(f"{known} is {what} now.", markup=False, soft_wrap=True)


@app.command()
def password(name: Name, file: FileOption = None) -> None:
    """Give NAME another password, which signs them out everywhere."""
    _put(name, file, new=False)


@app.command()
def remove(name: Name, file: FileOption = None) -> None:
    """Let NAME in no longer. What they keep in the library stays, for the next of that name, until it is forgotten."""
    from ui.http import people
    from ui.terminal import view

    known = view.clean(people.put(_file(file), name, None, new=False))
    said = f"{known} may not sign in any longer. To delete what they keep: footnote people forget {known}"
    view.out.print(said, markup=False, soft_wrap=True)


@app.command()
def forget(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it without asking.")] = False,
    library: LibraryOption = None,
) -> None:
    """Delete NAME's conversations, notes and judgements in the library for good; asks first."""
    import sys

    from index.errors import BadSetting
    from qa import people
    from ui.terminal import view

    folder, said = folder_of(load(library=library).library), view.clean(name)
    if not name or not people.own_folder(folder, name).exists():
        raise BadSetting(f"{said} keeps nothing in {folder}: write the name with the capitals that it has")
    if not yes:
        if not sys.stdin.isatty():
            raise BadSetting(f"nobody is there to ask whether what {said} keeps is to be deleted: give --yes")
        if not typer.confirm(f"Delete all that {said} keeps for good?"):
            return
    people.forget(folder, name)
    view.out.print(f"All that {said} kept is deleted.", markup=False, soft_wrap=True)


@app.command("list")
def list_(file: FileOption = None, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List who may sign in, and who of them only reads; with --json also where each keeps things in the library."""
    from qa.people import own_folder
    from ui.http import people
    from ui.terminal import view

    lines = people.read(_file(file))
    if as_json:
        folder = folder_of(load(library=library).library)
        view.print_json(
            [
                {
                    "name": line.name,
                    "role": "reader" if line.reader else "editor",
                    "folder": str(own_folder(folder, line.name)),
                }
                for line in lines
            ]
        )
        return
    for line in lines:
        said = view.clean(line.name) + (" (reader)" if line.reader else "")
        view.out.print(said, markup=False, soft_wrap=True)


def _put(name: str, file: Path | None, *, new: bool, reader: bool = False) -> None:
    from ui.http import people
    from ui.terminal import view

    path = _file(file)
    people.check_name(path, name, new=new)
    known = people.put(path, name, people.asked(name), new=new, reader=reader)
    said = f"{view.clean(known)} may sign in now" if new else f"{view.clean(known)} has another password now"
    view.out.print(f"{said}: {view.clean(str(path))}", markup=False, soft_wrap=True)


def _file(file: Path | None) -> Path:
    from ui.http.people import DEFAULT

    return file or Path(load().people or DEFAULT).expanduser()
