"""`footnote config`: the settings in force and where they came from; trusting a folder's footnote.toml.

Knows no logic of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ui.terminal.options import JsonOption, KOption, LibraryOption, ModelOption, ThresholdOption, path_named

app = typer.Typer(
    help="Show the settings in force and where each came from; trust a folder's footnote.toml.",
)

FileArgument = Annotated[
    Path, typer.Argument(parser=path_named, help="A footnote.toml; if left out, the one in this folder.")
]
HERE = Path("footnote.toml")


@app.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    library: LibraryOption = None,
    model: ModelOption = None,
    k: KOption = None,
    threshold: ThresholdOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the settings in force and where each came from; trust a folder's footnote.toml."""
    if context.invoked_subcommand is not None:
        return
    import os
    from dataclasses import fields

    from index.config import SECRETS, settings
    from index.setting import allowed
    from ui.terminal import view

    found = settings(library=library, model=model, k=k, threshold=threshold)
    rows = [
        {
            "name": each.name,
            "value": _shown(each.name, getattr(found.config, each.name)),
            "from": found.sources.get(each.name, "default"),
            "allowed": allowed(each),
        }
        for each in fields(found.config)
    ]
    secrets = [name for name in SECRETS if os.environ.get(name)]
    if as_json:
        view.print_json(
            {"settings": rows, "ignored": list(found.ignored), "secrets": dict.fromkeys(secrets, "set")}
        )
        return
    from rich.table import Table

    table = Table("setting", box=None)
    for column in ("value", "from", "allowed"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(view.clean(str(cell)) for cell in row.values()))
    for name in secrets:
        table.add_row(name, "set", "environment", "")
    view.out.print(table)


def _shown(name: str, value: Any) -> Any:
    """A setting's value as it may be shown: of a secret whether it is set, of an address no password."""
    from index.config import Config
    from index.setting import rule_of
    from index.shown import without_password

    if rule_of(Config.__dataclass_fields__[name]).secret:
        return "set" if value else "not set"
    return value if isinstance(value, int | float) else without_password(str(value), "***@")


@app.command()
def trust(file: FileArgument = HERE) -> None:
    """Obey all settings of a folder's footnote.toml, as long as its content stays the same."""
    from index.config import trust as trusted
    from ui.terminal import view

    values = {name: str(_shown(name, value)) for name, value in trusted(file).values.items()}
    view.out.print(f"trusted: {view.clean(str(file))}, which sets", markup=False, soft_wrap=True)
    view.out.print(view.facts([(name, view.clean(value)) for name, value in values.items()]))


@app.command()
def untrust(file: FileArgument = HERE) -> None:
    """Take only harmless settings from a folder's footnote.toml again."""
    from index.configfile import untrust as untrusted
    from ui.terminal import view

    was = "no longer trusted" if untrusted(file) else "was not trusted"
    view.out.print(f"{was}: {view.clean(str(file))}", markup=False, soft_wrap=True)
