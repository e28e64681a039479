"""`footnote models`: which models there are, and fetching them. Knows no logic of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from index.config import load
from ui.terminal.options import (
    JsonOption,
)

app = typer.Typer(no_args_is_help=True, help="Language models and embedders: list them, fetch them.")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the known models, and which are on this machine."""
    from dataclasses import asdict

    from qa.models import installed
    from ui.terminal import view

    rows = [asdict(row) for row in installed(load())]
    if as_json:
        view.print_json([{**row, "path": str(row["path"])} for row in rows])
        return
    from rich.table import Table

    table = Table("name", "kind", "licence", "size", "on this machine", box=None)
    for row in rows:
        size = f"{row['bytes'] / 1e6:,.0f} MB"
        table.add_row(row["name"], row["kind"], row["licence"], size, "yes" if row["present"] else "no")
    view.out.print(table)


@app.command("pull")
def pull_(
    names: Annotated[list[str] | None, typer.Argument(help="Names; none means the defaults.")] = None,
) -> None:
    """Fetch a model's weights once, verified; an interrupted pull goes on where it stopped."""
    from index.models import cross_encoder
    from qa.models import prepare_prefill, pull
    from ui.terminal import view
    from ui.terminal.progress import pulling

    config = load()
    for name in names or [config.embedder, cross_encoder.DEFAULT, config.model]:
        with pulling(name) as progress:
            weights = pull(name, config, progress)
            faster = prepare_prefill(name, config, progress)
        view.out.print(f"{name}: {weights}", markup=False, soft_wrap=True)
        if faster:
            view.out.print(f"{name}, read faster: {faster}", markup=False, soft_wrap=True)
