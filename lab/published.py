"""How often is the day on which a saved web page was published read right? Measured on htmldate's evaluation pages.

    python -m lab.published FOLDER [--pages]

FOLDER is `tests` of a checkout of github.com/adbar/htmldate (Apache-2.0): pages in cache, eval and test_set, and lists
of their dates. Right is the very day; "coarser" the right month or year. With --pages the wrong ones are listed.
Nothing of it is committed.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from index.errors import BadDocument
from index.read import read

LISTS = ("eval_default.json", "eval_mediacloud_2020.json")
FOLDERS = ("cache", "eval", "test_set")


def outcome(given: str | None, gold: str) -> str:
    """What becomes of a page.

    >>> outcome("2017-07-27", "2017-07-27"), outcome("2017-07", "2017-07-27"), outcome(None, "2017-07-27")
    ('right', 'coarser', 'none')
    """
    if given is None:
        return "none"
    return "right" if given == gold else "coarser" if gold.startswith(given) else "wrong"


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", action="store_true", help="a line for each wrong one")
    options = parser.parse_args()
    for name in LISTS:
        counts: Counter[str] = Counter()
        for url, row in json.loads((options.folder / name).read_text(encoding="utf-8")).items():
            places = (options.folder / folder / row["file"] for folder in FOLDERS)
            page = next(filter(Path.exists, places), None)
            if page is None:
                continue
            try:
                given = read(page)[0].published
            except BadDocument:
                given = None
            found = outcome(given, str(row["date"]))
            counts[found] += 1
            if options.pages and found == "wrong":
                print(f"{given} for {row['date']}: {url}")
        n = counts.total()
        shares = ", ".join(f"{what} {counts[what] / n:.3f}" for what in ("right", "coarser", "none", "wrong"))
        print(f"{name}: {n} pages: {shares}")


if __name__ == "__main__":
    main()
