"""Options that several commands take, each said once, and those that go together as objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar, get_type_hints

import typer

from index.config import LEVELS, Config
from index.errors import BadSetting
from index.place import FORM, is_address
from index.setting import allowed

if TYPE_CHECKING:
    from index.search.scope import Scope


def _range(name: str) -> str:
    """What a setting may be, as the settings say it; they check it, too, whatever it comes from."""
    return allowed(Config.__dataclass_fields__[name])


def path_named(text: str) -> Path:
    """The path that an argument names. An empty one, as of an unset variable of the shell, is not the folder here."""
    if not text:
        raise BadSetting("a path is empty: name a file or a folder; . is this folder")
    return Path(text)


def place_named(text: str) -> str:
    """The folder or the address of a library that an option names."""
    return text if is_address(text) else str(path_named(text))


Gold = Annotated[
    Path,
    typer.Argument(
        parser=path_named,
        help="Footnote's JSONL, a CSV of question, answer and quote, or a public set: SQuAD, BEIR, RealTimeQA, "
        "QED, NQ-open.",
    ),
]
LibraryOption = Annotated[
    str | None,
    typer.Option(
        "--library",
        parser=place_named,
        metavar="DIR",
        help=f"The library's folder, or {FORM}.",
        show_default=False,
    ),
]
LibrariesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--library",
        parser=place_named,
        metavar="DIR",
        help="A library's folder; can be repeated, the first one opens.",
        show_default=False,
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A name from `models list`, hf:org/repo[:file], a path, or http://server/v1; several with commas.",
    ),
]
KOption = Annotated[int | None, typer.Option("-k", "--k", help=f"Passages to retrieve: {_range('k')}.")]
PortOption = Annotated[
    int | None, typer.Option(help=f"Port to listen on: {_range('port')}; 0 is any free one.")
]
ThresholdOption = Annotated[
    str | None,
    typer.Option(
        "--threshold",
        metavar="LEVEL",
        help="Refuse answers less confident than this: strict, balanced, eager, or a number from 0 to 1.",
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="footnote, squad, beir, realtimeqa, qed, nq-open or csv; told from the content if left out.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")]


@dataclass(frozen=True, slots=True)
class Answers:
    """How sure an answer must be, and how much of it is written."""

    threshold: ThresholdOption = None
    strict: Annotated[
        bool, typer.Option("--strict", help="Answer only what is nearly certain: --threshold strict.")
    ] = False
    balanced: Annotated[bool, typer.Option("--balanced", help="The default: --threshold balanced.")] = False
    eager: Annotated[
        bool, typer.Option("--eager", help="Answer more, and be wrong more: --threshold eager.")
    ] = False
    quotes: Annotated[
        bool,
        typer.Option(
            "--quotes", help="Answer open questions with the articles' own sentences, and write nothing."
        ),
    ] = False
    write: Annotated[
        bool, typer.Option("--write", help="Write whole answers to open questions: for larger models.")
    ] = False

    def settings(self) -> dict[str, str | None]:
        """What they ask for, None for nothing. Raises BadSetting where two contradict each other."""
        flags = zip(LEVELS, (self.strict, self.balanced, self.eager), strict=True)
        levels = [name for name, given in flags if given]
        levels += [self.threshold] if self.threshold is not None else []
        if len(levels) > 1:
            raise BadSetting(f"choose one of {' and '.join(levels)}: they set the same threshold")
        if self.quotes and self.write:
            raise BadSetting("choose one of --quotes and --write: nothing is written, or all of it")
        writing = "quotes" if self.quotes else "full" if self.write else None
        return {"threshold": levels[0] if levels else None, "writing": writing}


@dataclass(frozen=True, slots=True)
class Published:
    """When articles were published, and by whom."""

    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="DATE",
            help="Only articles published on or after it: 2017, 2017-05, '19 May 2017', yesterday.",
        ),
    ] = None
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="DATE", help="Only articles published on or before it, as for --since."
        ),
    ] = None
    publisher: Annotated[
        str | None,
        typer.Option(
            "--publisher",
            metavar="NAME",
            help="Only articles of this publisher: NPR, 'New York Times', npr.org.",
        ),
    ] = None

    def scope(self) -> Scope | None:
        """The articles that they leave; None where they leave all. Raises BadSetting."""
        from index.search.scope import Scope

        return Scope.of(*astuple(self))


@dataclass(frozen=True, slots=True)
class Asked(Published):
    """Which articles, and which versions of them, a question is asked of."""

    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="What was known on that day: nothing later, and the versions of pages that stood then.",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Web:
    """What may be fetched."""

    no_network: Annotated[
        bool, typer.Option("--no-network", help="Fetch nothing from the web: network = false.")
    ] = False
    allow_private: Annotated[
        bool,
        typer.Option("--allow-private", help="Also fetch from this machine and from private networks."),
    ] = False

    def settings(self) -> dict[str, bool | None]:
        """The setting that they change; None where they leave it."""
        return {"network": False if self.no_network else None}


_R = TypeVar("_R")


def grouped(command: Callable[..., _R]) -> Callable[..., _R]:
    """The command with the fields of each dataclass that it takes as options of its own, in that one's place.

    >>> def lend(book: str, *, returned: Published) -> None: ...
    >>> list(signature(grouped(lend)).parameters)
    ['book', 'since', 'until', 'publisher']
    """
    taken = signature(command, eval_str=True)
    groups: dict[str, Any] = {
        name: each.annotation for name, each in taken.parameters.items() if is_dataclass(each.annotation)
    }

    @wraps(command)
    def expanded(**given: Any) -> _R:
        made = {
            name: group(**{each.name: given.pop(each.name) for each in fields(group)})
            for name, group in groups.items()
        }
        return command(**given, **made)

    options = [
        option
        for name, each in taken.parameters.items()
        for option in (_options(each) if name in groups else [each])
    ]
    expanded.__signature__ = taken.replace(parameters=options)  # type: ignore[attr-defined]
    return expanded


def _options(parameter: Parameter) -> list[Parameter]:
    """The fields of a parameter's dataclass as parameters."""
    hints = get_type_hints(parameter.annotation, include_extras=True)
    return [
        parameter.replace(name=each.name, default=each.default, annotation=hints[each.name])
        for each in fields(parameter.annotation)
    ]


class _Named(Protocol):
    @property
    def id(self) -> str:
        """What it goes by wherever it stands in a list."""


_N = TypeVar("_N", bound=_Named)


def chosen(listed: Sequence[_N], which: str, what: str, command: str) -> _N:
    """The one with that number in the list, or with that id.

    Raises BadSetting where there is none, which says that it is no `what` and that `command` lists them.
    """
    if which.isdecimal() and 0 < int(which) <= len(listed):
        return listed[int(which) - 1]
    for each in listed:
        if each.id == which:
            return each
    raise BadSetting(f"no {what} {which[:60]!r}: {command} lists those that are kept")
