"""One run of an evaluation on the command line: which is meant, what it is called, its summary and report.

Reaches into `eval`, late, as `ui.terminal.evaluation` does.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import BadSetting

if TYPE_CHECKING:
    from eval.summary import Summary


def chosen(only: list[str] | None, of: str | None, runs: Path) -> list[str] | None:
    """Kinds and ids, with `failed` replaced by the ids of what failed in a run."""
    if not only or "failed" not in only:
        return only or None
    if of is None:
        raise BadSetting("--only failed needs to know of which run: add --of RUN (footnote eval list)")
    found = read(find(of, runs))
    ids = [id for stage, named in found.stages.items() if stage != "right" for id in named]
    if not ids:
        raise BadSetting(f"nothing failed in {of}: there is nothing to ask again")
    return [*(name for name in only if name != "failed"), *ids]


def named(gold: Path, system: str, failed_of: str) -> str:
    """The name of a run's folder: gold set, and system where it isn't Footnote itself."""
    plain = gold.name.split(":")[0]
    stem = plain.split(".")[0] or plain
    if stem in ("dev", "test", "train"):
        stem = f"{gold.parent.name}-{stem}"
    other = "".join(c if c.isalnum() or c in "-._" else "-" for c in system)
    parts = [
        stem,
        other if system != "footnote" else "",
        f"failed-of-{Path(failed_of).name}" if failed_of else "",
    ]
    return "-".join(part for part in parts if part)


def find(run: str, runs: Path) -> Path:
    """A run's folder, by its path or by its name below `runs`. Raises BadSetting."""
    for folder in (Path(run), runs / run):
        if os.path.isfile(folder / "run.json"):  # unlike Path, it takes names too long for a file
            return folder
    raise BadSetting(f"no run {run}, nor {runs / run}: footnote eval list names those in {runs}")


def read(folder: Path) -> Summary:
    """A run's summary. Raises BadSetting."""
    import json

    from eval.records import SUMMARY
    from eval.summary import Summary

    try:
        return Summary.from_dict(json.loads((folder / SUMMARY).read_bytes()))
    except FileNotFoundError:
        raise BadSetting(
            f"the run in {folder} has no summary: it is not finished; run its command again to go on, or sum up "
            f"what there is with footnote eval rescore {folder}"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise BadSetting(
            f"{folder / SUMMARY} can't be read: make it anew with footnote eval rescore {folder}"
        ) from None


def report(folder: Path) -> Path:
    """Writes a run's report, and gives its path."""
    from eval.report import write_report

    return write_report(folder)


def show(summary: Summary, folder: Path, as_json: bool, markdown: bool) -> None:
    """Prints a run's summary."""
    from ui.terminal import view

    if as_json:
        view.print_json(summary.to_dict())
    elif markdown:
        from eval.records import QUESTIONS, read_records
        from eval.report import markdown as as_markdown

        print(as_markdown(summary, read_records(folder / QUESTIONS)))
    else:
        from eval.table import render

        view.out.print(render(summary))
