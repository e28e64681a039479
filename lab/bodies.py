"""How well is the text of saved web pages read? Measured on the pages of the article extraction benchmark.

    python -m lab.bodies FOLDER [--pages]

FOLDER is a checkout of github.com/scrapinghub/article-extraction-benchmark (MIT): html/ID.html.gz, and ground-
truth.json with each page's article body. Precision and recall are of runs of four words, each page alone, then
averaged; F1 is the mean of the pages' own. The heads that are put before the cells of tables are left out. With
--pages a line a page, the worst first. Nothing of it is committed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
from collections import Counter
from pathlib import Path

from index.errors import BadDocument
from index.language.rows import without_heads
from index.read import read

RUN = 4
"""Words of a run."""


def runs(text: str) -> Counter[tuple[str, ...]]:
    """The runs of words in a text, and how often each stands there."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1)))


def scores(given: str, gold: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of a text.

    >>> scores("a b c d e", "a b c d")
    (0.5, 1.0, 0.6666666666666666)
    """
    found, wanted = runs(given), runs(gold)
    both = (found & wanted).total()
    precision, recall = both / found.total(), both / wanted.total()
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", action="store_true", help="a line for each page")
    options = parser.parse_args()
    gold = json.loads((options.folder / "ground-truth.json").read_text(encoding="utf-8"))
    found: list[tuple[tuple[float, float, float], str]] = []
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        for id, row in gold.items():
            page.write_bytes(gzip.decompress((options.folder / "html" / f"{id}.html.gz").read_bytes()))
            try:
                text = without_heads(read(page)[0].text)
            except BadDocument:
                text = ""
            found.append((scores(text, row["articleBody"]), row.get("url", id)))
    if options.pages:
        for (precision, recall, f1), url in sorted(found, key=lambda each: each[0][2]):
            print(f"{f1:.2f} (precision {precision:.2f}, recall {recall:.2f}) {url}")
    means = [sum(each[i] for each, _ in found) / len(found) for i in range(3)]
    print(f"{len(found)} pages: precision {means[0]:.3f}, recall {means[1]:.3f}, F1 {means[2]:.3f}")


if __name__ == "__main__":
    main()
