"""`footnote eval ...`: gold sets, runs, comparisons and sweeps from the command line. Knows no logic of its own.

With the pages of runs, the only part of the program that reaches into `eval`, and does so late. Exit codes are
those of `ui.terminal.cli`; besides, `compare` ends with 10 when something got significantly worse, and `check` with
1 when it found an error in the gold set.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from index.errors import BadSetting
from ui.terminal import gold, one_run
from ui.terminal.options import (
    FormatOption,
    Gold,
    JsonOption,
    KOption,
    LibraryOption,
    MarkdownOption,
    ModelOption,
    ThresholdOption,
    grouped,
    path_named,
)

app = typer.Typer(
    no_args_is_help=True, help="Measure answers against gold questions; compare, sweep, make gold questions."
)

app.add_typer(gold.app)

WORSE = 10
"""The exit code of a comparison in which something got significantly worse."""

Run = Annotated[str, typer.Argument(help="A run's folder, or its name below --runs.")]
Runs = Annotated[Path, typer.Option("--runs", parser=path_named, metavar="DIR", help="Where runs are kept.")]
RUNS = Path("runs")


@dataclass(frozen=True, slots=True)
class Questions:
    """Which questions of a gold set are asked, and how many at a time."""

    format: FormatOption = None
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many questions.")] = None
    seed: Annotated[int | None, typer.Option(help="Draw the --limit questions at random, by this seed.")] = (
        None
    )
    jobs: Annotated[
        int, typer.Option(min=1, help="Questions asked at a time; more than one pays with a server.")
    ] = 1


@app.command("run")
@grouped
def run_(
    gold: Gold,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=path_named, metavar="DIR", help="The run's folder; else named after the gold set."
        ),
    ] = None,
    runs: Runs = RUNS,
    library: LibraryOption = None,
    model: ModelOption = None,
    system: Annotated[
        str,
        typer.Option(
            help="footnote, naive, hybrid, dense, bm25, module:function, or http://host/v1[#model]."
        ),
    ] = "footnote",
    k: KOption = None,
    threshold: ThresholdOption = None,
    questions: Questions,
    only: Annotated[
        list[str] | None,
        typer.Option(help="A kind or an id; or `failed`: what went wrong in the run named by --of."),
    ] = None,
    of: Annotated[
        str | None, typer.Option(metavar="RUN", help="The run that --only failed refers to.")
    ] = None,
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="Ask again what failed with an error.")
    ] = False,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Answer every question of a gold set and score the answers; an interrupted run goes on."""
    from eval.run import run
    from index.config import load
    from ui.terminal import view
    from ui.terminal.progress import evaluating

    config = load(library=library, model=model, k=k, threshold=threshold)
    chosen = one_run.chosen(only, of, runs)
    folder = out or runs / one_run.named(gold, system, (of or "") if chosen else "")
    with evaluating(not as_json) as (progress, adding):
        summary = run(
            gold,
            out=folder,
            library=config.library if library else None,
            config=config,
            system=system,
            **asdict(questions),
            only=chosen,
            retry_errors=retry_errors,
            progress=progress,
            adding=adding,
        )
    report = one_run.report(folder)
    one_run.show(summary, folder, as_json, markdown)
    if not (as_json or markdown):
        view.out.print(f"report: {report}", markup=False, soft_wrap=True)


@app.command()
def rescore(run: Run, runs: Runs = RUNS, as_json: JsonOption = False) -> None:
    """Score a run's records anew, after a metric changed; needs neither model nor library."""
    from eval.run import rescore as again

    folder = one_run.find(run, runs)
    summary = again(folder)
    one_run.report(folder)
    one_run.show(summary, folder, as_json, False)


@app.command("list")
def list_(runs: Runs = RUNS, as_json: JsonOption = False) -> None:
    """List the runs, newest first."""
    from eval.listing import find_runs
    from ui.terminal import view

    found = find_runs(runs)
    if as_json:
        view.print_json([{**asdict(run), "folder": str(run.folder)} for run in found])
        return
    if not found:
        raise BadSetting(f"no runs in {runs}: make one with footnote eval run GOLD, or name another --runs")
    from rich.table import Table

    table = Table(box=None)
    table.add_column("name", overflow="fold")
    table.add_column("system")
    for column in ("n", "right %", "F1 %", "p50 s"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("started")
    for run in found:
        figures = [
            "" if run.n is None else str(run.n),
            *("" if share is None else f"{100 * share:.1f}" for share in (run.right, run.token_f1)),
            "" if run.seconds is None else f"{run.seconds:.1f}",
        ]
        system = f"{run.system} {run.model}".strip()
        started = run.problem or run.started[:16].replace("T", " ")
        table.add_row(*(view.clean(cell) for cell in (run.name, system, *figures, started)))
    view.out.print(table)


@app.command()
def show(run: Run, runs: Runs = RUNS, as_json: JsonOption = False, markdown: MarkdownOption = False) -> None:
    """Show a run's summary again."""
    folder = one_run.find(run, runs)
    one_run.show(one_run.read(folder), folder, as_json, markdown)


@app.command()
def report(
    run: Run,
    runs: Runs = RUNS,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
) -> None:
    """Write a run's report anew, one HTML file, and say where it is."""
    from ui.terminal import view

    path = one_run.report(one_run.find(run, runs)).absolute()
    view.out.print(str(path), markup=False, soft_wrap=True)
    if open_browser:
        import webbrowser

        webbrowser.open(path.as_uri())


@app.command()
def compare(
    a: Run,
    b: Run,
    runs: Runs = RUNS,
    metric: Annotated[
        list[str] | None, typer.Option(help="Test these metrics; `default` and `all` stand for many.")
    ] = None,
    alpha: Annotated[float, typer.Option(min=0.0001, max=0.5, help="Chance of a false alarm.")] = 0.05,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Compare run B with run A question by question; ends with 10 when something got significantly worse."""
    from eval.compare import compare as compared
    from eval.compare import markdown as as_markdown
    from eval.compare import render
    from ui.terminal import view

    found = compared(one_run.find(a, runs), one_run.find(b, runs), metrics=metric or None, alpha=alpha)
    if as_json:
        view.print_json(found.to_dict())
    elif markdown:
        print(as_markdown(found))
    else:
        view.out.print(render(found))
    if found.worse:
        raise typer.Exit(WORSE)


@app.command()
@grouped
def sweep(
    gold: Gold,
    *,
    out: Annotated[
        Path, typer.Option(parser=path_named, metavar="DIR", help="The folder of the sweep's runs.")
    ],
    set_: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="NAME=V,V",
            help="Values to try: k, evidence_tokens, max_tokens, passage_tokens, threshold, model, embedder.",
        ),
    ],
    library: LibraryOption = None,
    model: ModelOption = None,
    questions: Questions,
) -> None:
    """Run a gold set with every combination of some settings: which is worth its seconds?"""
    from eval.sweep import render, write_html
    from eval.sweep import sweep as swept
    from index.config import load
    from ui.terminal import view
    from ui.terminal.progress import sweeping

    config = load(library=library, model=model)
    settings: dict[str, list[str]] = {}
    for item in set_:
        name, equals, values = item.partition("=")
        if not equals:
            raise BadSetting(f"--set takes NAME=VALUE,VALUE, such as --set k=5,10; not {item!r}")
        settings.setdefault(name.strip(), []).extend(value.strip() for value in values.split(","))
    with sweeping() as progress:
        found = swept(
            gold,
            out=out,
            settings=settings,
            library=config.library if library else None,
            config=config,
            **asdict(questions),
            progress=progress,
        )
    for point in found.points:
        one_run.report(point.folder)
    view.out.print(render(found))
    view.out.print(f"plot: {write_html(found, out / 'sweep.html')}", markup=False, soft_wrap=True)
