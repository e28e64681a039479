"""Options that several commands take, each said once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Protocol, TypeVar

import typer

from index.config import LEVELS, Config
from index.errors import BadSetting
from index.place import FORM, is_address
from index.setting import allowed


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
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Answer only what is nearly certain: --threshold strict.")
]
BalancedOption = Annotated[bool, typer.Option("--balanced", help="The default: --threshold balanced.")]
EagerOption = Annotated[
    bool, typer.Option("--eager", help="Answer more, and be wrong more: --threshold eager.")
]
QuotesOption = Annotated[
    bool,
    typer.Option(
        "--quotes", help="Answer open questions with the articles' own sentences, and write nothing."
    ),
]
WriteOption = Annotated[
    bool, typer.Option("--write", help="Write whole answers to open questions: for larger models.")
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE",
        help="Only articles published on or after it: 2017, 2017-05, '19 May 2017', yesterday.",
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="DATE", help="Only articles published on or before it, as for --since."),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="What was known on that day: nothing later, and the versions of pages that stood then.",
    ),
]
PublisherOption = Annotated[
    str | None,
    typer.Option(
        "--publisher", metavar="NAME", help="Only articles of this publisher: NPR, 'New York Times', npr.org."
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="footnote, squad, beir, realtimeqa, qed, nq-open or csv; told from the content if left out.",
    ),
]
NoNetworkOption = Annotated[
    bool, typer.Option("--no-network", help="Fetch nothing from the web: network = false.")
]
AllowPrivateOption = Annotated[
    bool,
    typer.Option("--allow-private", help="Also fetch from this machine and from private networks."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")]


def writing(quotes: bool, write: bool) -> str | None:
    """What the two options together ask for, None for nothing. Raises BadSetting for both."""
    if quotes and write:
        raise BadSetting("choose one of --quotes and --write: nothing is written, or all of it")
    return "quotes" if quotes else "full" if write else None


def level(threshold: str | None, strict: bool, balanced: bool, eager: bool) -> str | None:
    """What the four options together ask for, None for nothing. Raises BadSetting for more than one."""
    flags = zip(LEVELS, (strict, balanced, eager), strict=True)
    asked = [name for name, given in flags if given] + ([threshold] if threshold is not None else [])
    if len(asked) > 1:
        raise BadSetting(f"choose one of {' and '.join(asked)}: they set the same threshold")
    return asked[0] if asked else None


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
