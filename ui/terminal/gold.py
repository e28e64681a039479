"""`footnote eval new`, `review`, `check`: gold sets from the command line. Knows no logic of its own.

Reaches into `eval`, late, as `ui.terminal.evaluation` does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from index.errors import BadSetting
from ui.terminal.options import FormatOption, Gold, JsonOption, LibraryOption, ModelOption, path_named

app = typer.Typer()


@app.command()
def new(
    out: Annotated[
        Path,
        typer.Option("--out", parser=path_named, metavar="GOLD", help="The gold set to make or go on with."),
    ],
    library: LibraryOption = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Questions to draft, in all.")] = 50,
    kind: Annotated[
        list[str] | None, typer.Option(help="single, two-article, unanswerable; all if left out.")
    ] = None,
    model: ModelOption = None,
    seed: Annotated[int, typer.Option(help="Other articles and sentences with another seed.")] = 0,
    later: Annotated[bool, typer.Option("--later", help="Only draft; review with `eval review`.")] = False,
) -> None:
    """Draft a gold set out of a library, then accept, edit or reject each question; both can be interrupted."""
    from eval.drafting.drafts import KINDS
    from eval.drafting.drafts import new as drafted
    from index.config import load
    from index.library import Library
    from qa.models import shared_model
    from ui.terminal import view
    from ui.terminal.progress import counting
    from ui.terminal.reviewing import review as reviewed

    config = load(library=library, model=model)
    with Library.open(config.library, config=config) as opened:
        with counting("drafting questions") as progress:
            drafts = drafted(
                opened,
                shared_model(config.model, config),
                out,
                n=n,
                seed=seed,
                kinds=kind or KINDS,
                progress=progress,
                say=lambda text: view.err.print(text, style="dim", markup=False),
            )
        if later:
            view.out.print(f"{drafts.tally()}; review them: footnote eval review {out}", markup=False)
        else:
            reviewed(drafts, opened)


@app.command()
def review(
    gold: Annotated[
        Path, typer.Argument(parser=path_named, help="The gold set that questions were drafted for.")
    ],
    library: LibraryOption = None,
) -> None:
    """Go on reviewing drafted questions."""
    from eval.drafting.drafts import Drafts
    from index.config import load
    from index.library import Library
    from ui.terminal.reviewing import review as reviewed

    drafts = Drafts.load(gold)
    if not len(drafts):
        raise BadSetting(f"no drafts of {gold}: draft some with footnote eval new --out {gold}")
    config = load(library=library)
    with Library.open(config.library, config=config) as opened:
        reviewed(drafts, opened)


@app.command()
def check(
    gold: Gold,
    library: LibraryOption = None,
    model: ModelOption = None,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Without the language model: unanswerable questions get a hint only."),
    ] = False,
    format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what is wrong with a gold set: quotes that moved, duplicates, unanswerables with an answer."""
    from dataclasses import asdict

    from eval import formats
    from eval.check import check as checked
    from eval.check import render, serious
    from index.config import load
    from index.library import Library
    from qa.models import shared_model
    from ui.terminal import view
    from ui.terminal.progress import counting

    config = load(library=library, model=model)
    questions = formats.load(gold, format).questions
    with (
        Library.open(config.library, config=config) as opened,
        counting("questions", not as_json) as progress,
    ):
        lm = None if fast else shared_model(config.model, config)
        found = checked(questions, opened, model=lm, config=config, progress=progress)
    if as_json:
        view.print_json([asdict(problem) for problem in found])
    else:
        view.out.print(render(found))
    if serious(found):
        raise typer.Exit(1)
