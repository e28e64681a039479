"""How well is the text of saved web pages read, beside trafilatura's own? Measured on two public sets.

    python -m lab.bodies [--bodies FOLDER] [--segments FOLDER] [--pages]

--bodies is a checkout of github.com/scrapinghub/article-extraction-benchmark (MIT): html/ID.html.gz, and ground-
truth.json with each page's article body. Precision and recall are of runs of four words, each page alone, then
averaged; F1 is the mean of the pages' own. The heads that are put before the cells of tables are left out.
--segments is `tests` of a checkout of github.com/adbar/trafilatura (Apache-2.0): evaldata.json with, for each page in
eval or cache, segments that its text has ("with") and hasn't ("without"). Precision, recall and F1 are of all segments.

Behind each set the pages whose recall is below .9 of trafilatura's where that is right (recall of .9 and more, and a
precision of .5). With --pages a line a page, the worst first. Nothing of either set is committed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from index.errors import BadDocument
from index.language.rows import without_heads
from index.read import read

RUN = 4
"""Words of a run."""
RIGHT, SURE, LEAST = 0.9, 0.5, 0.9
"""The recall and precision at which trafilatura is right, and the share of its recall below which a page is named."""
Scores = tuple[float, float, float]
"""Precision, recall and F1."""


class Page(NamedTuple):
    """A page: its address, its bytes, and what scores a text of it; `counts` are what the score is made of."""

    url: str
    data: bytes
    scores: Callable[[str], Scores]
    counts: Callable[[str], tuple[int, int, int]] | None = None


def runs(text: str) -> Counter[tuple[str, ...]]:
    """The runs of words in a text, and how often each stands there."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1)))


def scores(given: str, gold: str) -> Scores:
    """Precision, recall and F1 of a text.

    >>> scores("a b c d e", "a b c d")
    (0.5, 1.0, 0.6666666666666666)
    """
    found, wanted = runs(given), runs(gold)
    both = (found & wanted).total()
    precision, recall = both / found.total(), both / wanted.total()
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def counts(given: str, row: Mapping[str, Any]) -> tuple[int, int, int]:
    """How many segments are rightly there, wrongly there, and missing.

    >>> counts("It rained. Subscribe!", {"with": ["rained", "snowed"], "without": ["Subscribe", "Login"]})
    (1, 1, 1)
    """
    flat = " ".join(given.split())
    there = sum(" ".join(segment.split()) in flat for segment in row["with"])
    wrong = sum(" ".join(segment.split()) in flat for segment in row["without"])
    return there, wrong, len(row["with"]) - there


def of_counts(there: int, wrong: int, missing: int) -> Scores:
    """Precision, recall and F1 of counts.

    >>> of_counts(1, 1, 0)
    (0.5, 1.0, 0.6666666666666666)
    """
    precision, recall = there / max(1, there + wrong), there / max(1, there + missing)
    return precision, recall, 2 * there / max(1, 2 * there + wrong + missing)


def bodies(folder: Path) -> Iterator[Page]:
    """The pages of the article extraction benchmark."""
    for id, row in json.loads((folder / "ground-truth.json").read_text(encoding="utf-8")).items():
        data = gzip.decompress((folder / "html" / f"{id}.html.gz").read_bytes())
        yield Page(row.get("url", id), data, lambda text, gold=row["articleBody"]: scores(text, gold))  # type: ignore[misc]


def segments(folder: Path) -> Iterator[Page]:
    """The pages of trafilatura's evaluation that are there."""
    for url, row in json.loads((folder / "evaldata.json").read_text(encoding="utf-8")).items():
        files = (folder / place / row["file"] for place in ("eval", "cache"))
        file = next(filter(Path.exists, files), None)
        if file is not None:
            counted = lambda text, row=row: counts(text, row)  # noqa: E731
            yield Page(url, file.read_bytes(), lambda text, of=counted: of_counts(*of(text)), counted)  # type: ignore[misc]


def ours(page: Path) -> str:
    """The text that Footnote reads, without the heads of tables' cells; empty where it reads none."""
    try:
        return without_heads(read(page)[0].text)
    except BadDocument:
        return ""


def theirs(data: bytes) -> str:
    """The text that trafilatura finds by itself."""
    import trafilatura

    return trafilatura.extract(data, include_comments=False) or ""


def report(name: str, pages: Iterator[Page], every: bool) -> None:
    """Prints what is measured on a set."""
    texts: list[tuple[Page, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        for page in pages:
            file.write_bytes(page.data)
            texts.append((page._replace(data=b""), ours(file), theirs(page.data)))
    found = [(page, page.scores(our), page.scores(their)) for page, our, their in texts]
    if every:
        for page, (precision, recall, f1), _ in sorted(found, key=lambda each: each[1][2]):
            print(f"{f1:.2f} (precision {precision:.2f}, recall {recall:.2f}) {page.url}")
    for who, place in (("Footnote", 1), ("trafilatura", 2)):
        each = [row[place] for row in found]
        known = [page.counts((our, their)[place - 1]) for page, our, their in texts if page.counts]
        sums = (sum(column) for column in zip(*known, strict=True))
        means = of_counts(*sums) if known else [sum(column) / len(each) for column in zip(*each, strict=True)]
        print(
            f"{name}, {who}: {len(each)} pages: precision {means[0]:.3f}, recall {means[1]:.3f}, F1 {means[2]:.3f}"
        )
    low = [row for row in found if row[2][1] >= RIGHT and row[2][0] >= SURE and row[1][1] < LEAST * row[2][1]]
    print(f"{name}: {len(low)} pages below {LEAST} of trafilatura's recall where that is right")
    for page, our, their in low:
        print(
            f"  recall {our[1]:.2f} for {their[1]:.2f}, precision {our[0]:.2f} for {their[0]:.2f}: {page.url}"
        )


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--bodies", type=Path, help="the article extraction benchmark")
    parser.add_argument("--segments", type=Path, help="`tests` of trafilatura")
    parser.add_argument("--pages", action="store_true", help="a line for each page")
    options = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    for name, folder, pages in (("bodies", options.bodies, bodies), ("segments", options.segments, segments)):
        if folder is not None:
            report(name, pages(folder), options.pages)


if __name__ == "__main__":
    main()
