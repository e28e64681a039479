"""The commands that serve: `serve` the page and programs, `mcp` one program; `key`. Knows no logic of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.config import load
from ui.terminal.options import Answers, LibrariesOption, ModelOption, PortOption, grouped, path_named

if TYPE_CHECKING:
    from index.config import Config
    from index.library import Library


@dataclass(frozen=True, slots=True)
class Serving:
    """Where the page is served, who is let in, how many are answered, and what is shown beside the chat."""

    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None
    port: PortOption = None
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name that the page may be asked for under; can be repeated."),
    ] = None
    password_file: Annotated[
        Path | None,
        typer.Option(
            parser=path_named,
            metavar="FILE",
            help="A file with the page's password; else FOOTNOTE_PASSWORD is read.",
        ),
    ] = None
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Ask for no password, even if FOOTNOTE_PASSWORD is set.")
    ] = False
    open_to_all: Annotated[
        bool,
        typer.Option("--open-to-all", help="With --no-password: let in everybody who reaches this machine."),
    ] = False
    keys_file: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            parser=path_named,
            metavar="FILE",
            help="A file of keys for programs, made with footnote key; else FOOTNOTE_KEYS is read.",
        ),
    ] = None
    people: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A file of people, made with footnote people: each signs in, and has their own conversations.",
        ),
    ] = None
    trust_header: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A header in which a server in front says who it is: X-Forwarded-User."
        ),
    ] = None
    trust_proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Where that header is believed from; can be repeated."),
    ] = None
    sign_out: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Where people sign out at the server in front.")
    ] = None
    at_once: Annotated[
        int | None,
        typer.Option(metavar="N", help="Questions answered at a time; 0 is what suits the model."),
    ] = None
    metrics: Annotated[
        bool | None,
        typer.Option(help="Count questions, seconds and errors, and give them at /metrics for Prometheus."),
    ] = None
    log: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="Lines of JSON on standard error: off, on (requests and answers, no text), or questions as well.",
        ),
    ] = None
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False
    runs: Annotated[Path, typer.Option(parser=path_named, metavar="DIR", help="Evaluation runs to show.")] = (
        Path("runs")
    )
    drafts: Annotated[
        Path | None,
        typer.Option(
            parser=path_named, metavar="GOLD", help="Drafted gold questions to review, or a folder of them."
        ),
    ] = None

    def settings(self) -> dict[str, Any]:
        """Those that are settings, too; None for those that weren't given."""
        alike = ("host", "port", "people", "trust_header", "sign_out", "at_once", "metrics", "log")
        listed = {name: ",".join(getattr(self, name) or ()) or None for name in ("allow_host", "trust_proxy")}
        return {**{name: getattr(self, name) for name in alike}, **listed}


@grouped
def serve(
    *, library: LibrariesOption = None, model: ModelOption = None, answers: Answers, serving: Serving
) -> None:
    """Open the web page, and beside it the endpoints for programs: /v1, /api and /mcp.

    On an address that other machines reach, the page asks for a password: any name, and what FOOTNOTE_PASSWORD,
    --password-file or a prompt says. Programs send it as HTTP Basic or Bearer, or one of the keys for them.
    With --people, or --trust-header, everybody comes by name instead, and nobody sees another's conversations.
    """
    from index.errors import BadSetting
    from ui.http import keys, password
    from ui.http.web import serve as serve_page

    file, without = serving.password_file, serving.no_password
    if without and file:
        raise BadSetting("--no-password and --password-file contradict each other: leave one out")
    config = _loaded(library, model, answers, **serving.settings())
    named = bool(config.people or config.trust_header)
    if named and (without or file):
        raise BadSetting("people who come by name need no --password-file and no --no-password: leave it out")
    serve_page(
        config,
        libraries=library or (),
        open_browser=serving.open_browser,
        runs=serving.runs,
        drafts=serving.drafts,
        password=None if without or named else password.given(file) or password.asked(config.host),
        open_to_all=without and serving.open_to_all,
        keys=keys.given(serving.keys_file),
    )


@grouped
def mcp(*, library: LibrariesOption = None, model: ModelOption = None, answers: Answers) -> None:
    """Serve libraries to a language model's program over standard input and output, by the Model Context Protocol.

    Tools: ask, search, read_article, list_articles; with several libraries list_libraries. Nothing is changed.
    footnote serve has the same at /mcp.
    """
    from ui.http.libraries import opened, serving
    from ui.http.service import Service
    from ui.mcp.serving import stdio

    def service(library: Library, config: Config, name: str, first: Service | None) -> Service:
        return Service(library, None, config, name=name, beside=first)

    config = _loaded(library, model, answers)
    with opened(library or [config.library], config) as libraries:
        stdio(serving(libraries, config, service))


def _loaded(libraries: list[str] | None, model: str | None, answers: Answers, **settings: Any) -> Config:
    """The settings, with the first of the libraries."""
    first = libraries[0] if libraries else None
    return load(library=first, model=model, **answers.settings(), **settings)


def key(
    name: Annotated[str, typer.Argument(help="Whose key it is, such as the program's name.")],
    file: Annotated[
        Path, typer.Option("--keys", parser=path_named, metavar="FILE", help="The file that it is added to.")
    ] = Path("footnote.keys"),
) -> None:
    """Make a key for a program: it is shown once, and its hash added to FILE, for footnote serve --keys FILE."""
    from ui.http.keys import add
    from ui.terminal import view

    view.out.print(add(name, file), markup=False, soft_wrap=True)
