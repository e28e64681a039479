"""The command line: parses, calls the packages, prints. Knows no logic of its own.

Exit codes: 0 done (an honest "the articles don't answer this" included), 1 anything else, 2 a wrong option,
setting or question, 3 no library, 4 library busy, 5 library can't be used, 6 some documents could not be read,
7 model missing or damaged, 8 model failed, 9 disk full, 10 a comparison found something worse, 11 sync left articles
alone whose files are gone (--yes removes them), 130 interrupted.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import BadDocument, FootnoteError, RemovalWithheld
from ui import config, evaluation, upkeep
from ui.options import (
    BalancedOption,
    EagerOption,
    JsonOption,
    KOption,
    LibraryOption,
    ModelOption,
    PortOption,
    PublisherOption,
    QuotesOption,
    SinceOption,
    StrictOption,
    ThresholdOption,
    UntilOption,
    WriteOption,
    level,
    path_named,
    writing,
)

if TYPE_CHECKING:
    from index.config import Config
    from index.reports import AddReport

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Answers questions from your own articles, on your own machine, with the exact words they rest on.",
)
models_app = typer.Typer(no_args_is_help=True, help="Language models and embedders: list them, fetch them.")
app.add_typer(models_app, name="models")
app.add_typer(evaluation.app, name="eval")
app.add_typer(config.app, name="config")


def _config(**overrides: Any) -> Config:
    from index.config import load

    return load(**overrides)


@app.command()
def add(
    paths: Annotated[
        list[Path],
        typer.Argument(parser=path_named, help="Files and folders: .txt .md .html .pdf .docx .jsonl"),
    ],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add articles to the library; unchanged files cost next to nothing."""
    _write("add", paths, library, as_json)


@app.command()
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
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add what is new or changed below PATHS, and remove articles whose files have vanished.

    footnote restore brings them back for thirty days.
    """
    _write("sync", paths, library, as_json, removing=yes)


app.command()(upkeep.restore)
app.command()(upkeep.doctor)


def _write(verb: str, paths: list[Path], folder: Path | None, as_json: bool, **how: bool) -> None:
    from index.library import Library
    from ui.progress import adding

    config = _config(library=folder)
    with Library.open(config.library, create=True, config=config) as library, adding(not as_json) as progress:
        try:
            report = getattr(library, verb)(paths, progress=progress, **how)
        except RemovalWithheld as e:
            _written(e.report, config.library, as_json)
            raise
    _written(report, config.library, as_json)
    if report.failed:
        raise typer.Exit(BadDocument.exit_code)


def _written(report: AddReport, folder: Path, as_json: bool) -> None:
    """Prints what adding did."""
    from dataclasses import asdict

    from ui import terminal

    if as_json:
        terminal.print_json(asdict(report))
    else:
        terminal.out.print(
            f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.removed} removed; "
            f"{report.passages} new passages in {report.seconds:.1f} s, in {folder}",
            soft_wrap=True,
            markup=False,
        )
    for message in report.warnings:
        terminal.err.print(
            f"warning: {terminal.clean(message)}", style="yellow", markup=False, soft_wrap=True
        )
    for _path, message in report.failed:
        terminal.err.print(
            f"not read: {terminal.clean(message)}", style="yellow", markup=False, soft_wrap=True
        )


@app.command()
def status(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Show what the library holds."""
    from dataclasses import asdict

    from index.library import Library
    from ui import terminal

    config = _config(library=library)
    with Library.open(config.library, config=config) as opened:
        found = asdict(opened.status())
    if as_json:
        terminal.print_json({**found, "folder": str(found["folder"])})
    else:
        terminal.out.print(terminal.facts(list(_told(found))))


def _told(status: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The facts of a status for people: sizes in megabytes, and how sure the recall is beside it."""
    from ui.terminal import local

    questions = status.pop("recall_questions")
    removed, until = status.pop("removed"), status.pop("kept_until")
    for name, value in status.items():
        if name == "recall":
            measured = "not measured yet" if value is None else "1, exact"
            value = f"{value:.3f} of the ten nearest, measured with {questions}" if questions else measured
        elif name in ("bytes_on_disk", "index_bytes"):
            value = f"{value / 1e6:,.1f} MB"
        yield (
            {"bytes_on_disk": "on disk", "index_bytes": "index in memory"}.get(name, name.replace("_", " ")),
            str(value),
        )
    if removed:
        yield "removed", f"{removed:,} articles, the first kept until {local(until)}: see footnote restore"


@app.command()
def search(
    question: str,
    k: KOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages that a question finds."""
    from index.library import Library
    from index.rerank import Remembering, load_reranker
    from index.scope import Scope
    from qa.retrieve import find, nothing_found
    from qa.serialise import hits_to_list
    from qa.understand.asking import check
    from ui import terminal

    config, scope = _config(library=library, k=k), Scope.of(since, until, publisher)
    with Library.open(config.library, config=config) as opened:
        reranker = load_reranker(config, Remembering(lambda: opened.embedder))
        hits = find(opened, check(question), config.k, scope, reranker=reranker)
        nothing = "" if hits else nothing_found(opened, scope)
    if as_json:
        terminal.print_json(hits_to_list(hits))
    elif nothing:
        terminal.out.print(terminal.clean(nothing), markup=False, soft_wrap=True)
    else:
        terminal.out.print(terminal.hits_view(hits))


@app.command()
def ask(
    question: str,
    library: LibraryOption = None,
    model: ModelOption = None,
    k: KOption = None,
    threshold: ThresholdOption = None,
    strict: StrictOption = False,
    balanced: BalancedOption = False,
    eager: EagerOption = False,
    quotes: QuotesOption = False,
    write: WriteOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, with citations."""
    from qa import stream
    from qa.serialise import answer_to_dict
    from ui import terminal

    config = _config(
        library=library,
        model=model,
        k=k,
        threshold=level(threshold, strict, balanced, eager),
        writing=writing(quotes, write),
    )
    items = stream(question, config=config, since=since, until=until, publisher=publisher)
    answer = terminal.streamed(items, quiet=as_json)
    if as_json:
        terminal.print_json(answer_to_dict(answer))
    else:
        terminal.out.print(terminal.answer_view(answer))


@app.command()
def chat(
    library: LibraryOption = None,
    model: ModelOption = None,
    threshold: ThresholdOption = None,
    strict: StrictOption = False,
    balanced: BalancedOption = False,
    eager: EagerOption = False,
    quotes: QuotesOption = False,
    write: WriteOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
) -> None:
    """Hold a conversation in the terminal; an empty line or Ctrl-D ends it."""
    from index.errors import BadQuestion
    from index.library import Library
    from index.scope import Scope
    from qa import Chat
    from ui import terminal

    config = _config(
        library=library,
        model=model,
        threshold=level(threshold, strict, balanced, eager),
        writing=writing(quotes, write),
    )
    Scope.of(since, until, publisher)  # what is wrong with an option is said first
    with Library.open(config.library, config=config) as opened:
        conversation = Chat(library=opened, config=config, since=since, until=until, publisher=publisher)
        held = opened.status()
        terminal.out.print(f"{held.articles} articles. Ask; an empty line ends.", style="dim", markup=False)
        while question := _line():
            try:
                answer = terminal.streamed(conversation.stream(question))
            except BadQuestion as e:
                terminal.err.print(str(e), style="yellow", markup=False)
                continue
            terminal.out.print(terminal.answer_view(answer), "")


def _line() -> str:
    try:
        return input("› " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""


@app.command()
def serve(
    library: LibraryOption = None,
    model: ModelOption = None,
    threshold: ThresholdOption = None,
    strict: StrictOption = False,
    balanced: BalancedOption = False,
    eager: EagerOption = False,
    quotes: QuotesOption = False,
    write: WriteOption = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: PortOption = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name that the page may be asked for under; can be repeated."),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            parser=path_named,
            metavar="FILE",
            help="A file with the page's password; else FOOTNOTE_PASSWORD is read.",
        ),
    ] = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Ask for no password, even if FOOTNOTE_PASSWORD is set.")
    ] = False,
    open_to_all: Annotated[
        bool,
        typer.Option("--open-to-all", help="With --no-password: let in everybody who reaches this machine."),
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    runs: Annotated[
        Path, typer.Option(parser=path_named, metavar="DIR", help="Evaluation runs to show.")
    ] = Path("runs"),
    drafts: Annotated[
        Path | None,
        typer.Option(
            parser=path_named, metavar="GOLD", help="Drafted gold questions to review, or a folder of them."
        ),
    ] = None,
) -> None:
    """Open the web page.

    On an address that other machines reach, the page asks for a password: any name, and what FOOTNOTE_PASSWORD,
    --password-file or a prompt says. Programs send it as HTTP Basic or Bearer.
    """
    from index.errors import BadSetting
    from ui import password
    from ui.web import serve as serve_page

    if no_password and password_file:
        raise BadSetting("--no-password and --password-file contradict each other: leave one out")
    config = _config(
        library=library,
        model=model,
        threshold=level(threshold, strict, balanced, eager),
        writing=writing(quotes, write),
        host=host,
        port=port,
        allow_host=",".join(allow_host) if allow_host else None,
    )
    serve_page(
        config,
        open_browser=open_browser,
        runs=runs,
        drafts=drafts,
        password=None if no_password else password.given(password_file) or password.asked(config.host),
        open_to_all=no_password and open_to_all,
    )


@models_app.command("list")
def models_list(as_json: JsonOption = False) -> None:
    """List the known models, and which are on this machine."""
    from dataclasses import asdict

    from qa.models import installed
    from ui import terminal

    rows = [asdict(row) for row in installed(_config())]
    if as_json:
        terminal.print_json([{**row, "path": str(row["path"])} for row in rows])
        return
    from rich.table import Table

    table = Table("name", "kind", "licence", "size", "on this machine", box=None)
    for row in rows:
        size = f"{row['bytes'] / 1e6:,.0f} MB"
        table.add_row(row["name"], row["kind"], row["licence"], size, "yes" if row["present"] else "no")
    terminal.out.print(table)


@models_app.command("pull")
def models_pull(
    names: Annotated[list[str] | None, typer.Argument(help="Names; none means the defaults.")] = None,
) -> None:
    """Fetch a model's weights once, verified; an interrupted pull goes on where it stopped."""
    from index import cross_encoder
    from qa.models import pull
    from ui import terminal
    from ui.progress import pulling

    config = _config()
    for name in names or [config.embedder, cross_encoder.DEFAULT, config.model]:
        with pulling(name) as progress:
            weights = pull(name, config, progress)
        terminal.out.print(f"{name}: {weights}", markup=False, soft_wrap=True)


def main() -> None:
    """Runs the program; every error is one line on standard error."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.getLogger("footnote").handlers = [_OnStandardError()]
    if isinstance(sys.stdout, io.TextIOWrapper):
        # As standard error does: a letter that the encoding lacks is shown as an escape.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            app(standalone_mode=True)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # now, since Python reports what fails at its end in many lines
    except FootnoteError as e:
        _fail(str(e), e.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except BrokenPipeError:
        _give_up_output()
        sys.exit(1)
    except OSError as e:
        if os.environ.get("FOOTNOTE_DEBUG"):
            raise
        from index.explain import refused

        error = refused(e, "a file")
        _fail(str(error), error.exit_code)
    except Exception as e:
        if os.environ.get("FOOTNOTE_DEBUG"):
            raise
        _fail(f"unexpected {type(e).__name__}: {e} (FOOTNOTE_DEBUG=1 shows where)", 1)


class _OnStandardError(logging.Handler):
    """Prints what the packages warn of as `main` prints errors: one line each."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"footnote: {' '.join(record.getMessage().split())}", file=sys.stderr)


def _give_up_output() -> None:
    """Has what standard output didn't take forgotten, where it takes no more."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> None:
    _give_up_output()
    print(f"footnote: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
