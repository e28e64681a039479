"""How often does the verifier judge as people do? Knows nothing of questions, retrieval and language models.

    python -m eval.bench.verifier DATA_DIR [--write] [--model --limit N [--held-out]]

DATA_DIR holds the annotated sets, one JSON object a line:

    qags/mturk_cnndm.jsonl.gz, qags/mturk_xsum.jsonl.gz   summary sentences, the majority of three annotators
    summedits/news.jsonl.gz                               summaries, true to their article or subtly edited
    wice/dev.jsonl.gz                                     claims against a page: supported, or partially or not

A claim is treated as a sentence of an answer is: the sentences of its article that cover it are cited
(`qa.trust.cite.align`), and the verifier checks it against these. Of a claim of several sentences each must be
supported. Prints balanced accuracy for each set and all claims, with 95% intervals (articles drawn whole);
`--write` puts the figures into eval/verifier.toml, which stand in each summary beside the metrics that the
verifier judges.

That is exact comparison alone, as metrics use it. With `--model` the language model judges the first N claims of each
set, shuffled with a fixed seed, as it judges an answer's sentences: some four seconds a claim on two cores. With
`--held-out` only claims about articles that the model's adapter has not learned from. Its log-odds are kept in
runs/verifier.jsonl, so that an interrupted run goes on: take that away when the model changes. Printed are exact
comparison, the model alone, and both, on these claims.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.adapter.split import held_out
from eval.metrics.balanced_accuracy import balanced_accuracy
from index.config import load
from index.errors import BadGold, FootnoteError
from index.language.sentences import sentences
from index.read import make_article
from index.types import Article
from qa.models import load_model
from qa.trust.cite import align
from qa.trust.judge import LIMIT
from qa.trust.judge import supported as believed
from qa.trust.verify import SURE, ExactVerifier, Verifier, judged
from qa.types import Evidence, LanguageModel

FIGURES = Path(__file__).parent.parent / "verifier.toml"
NAMES = {"qags": "QAGS", "summedits": "SummEdits (news)", "wice": "WiCE (dev)"}
RECORDS = Path("runs/verifier.jsonl")
SEED = 1
COMMAND = "python -m eval.bench.verifier DATA_DIR --write"


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, the article that it is held against, and whether people found it supported."""

    text: str
    article: Article
    supported: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Balanced accuracy with its 95% interval over n claims, and the shares of either kind judged rightly."""

    accuracy: float
    low: float
    high: float
    n: int
    supported: float
    unsupported: float


def qags(folder: Path) -> Iterator[Claim]:
    """The sentences of QAGS's summaries (Wang et al., 2020): supported when most annotators say "yes".

    The set is written in lower case but for each sentence's first letter, so that a verifier which tells names by
    their capitals sees none here.
    """
    for name in ("mturk_cnndm.jsonl.gz", "mturk_xsum.jsonl.gz"):
        for row in _rows(folder / "qags" / name):
            article = make_article(row["article"], title="")
            for sentence in row["summary_sentences"]:
                replies = [reply["response"] == "yes" for reply in sentence["responses"]]
                yield Claim(sentence["sentence"], article, 2 * sum(replies) > len(replies))


def summedits(folder: Path) -> Iterator[Claim]:
    """The news summaries of SummEdits (Laban et al., 2023): supported when labelled consistent."""
    for row in _rows(folder / "summedits" / "news.jsonl.gz"):
        yield Claim(row["summary"], make_article(row["doc"], title=""), row["label"] == 1)


def wice(folder: Path) -> Iterator[Claim]:
    """The claims of WiCE (Kamoi et al., 2023): supported when labelled so, "partially" counting as not."""
    for row in _rows(folder / "wice" / "dev.jsonl.gz"):
        first, *rest = row["evidence"]
        title = first.partition("TITLE:")[2].strip()
        # A paragraph each, so that headings and menus don't run into the sentences beside them.
        article = make_article("\n\n".join(rest if title else row["evidence"]), title=title)
        yield Claim(row["claim"], article, row["label"] == "supported")


SETS = {"qags": qags, "summedits": summedits, "wice": wice}


def supported(claim: str, evidence: Sequence[Evidence], verifier: Verifier) -> bool:
    """Whether each sentence of a claim is supported by the sentences that would be cited for it.

    >>> article = make_article("The bridge opened in 1999. It cost 5 million.", title="The bridge")
    >>> held = sentences_of(article)
    >>> supported("The bridge opened in 1999.", held, ExactVerifier())
    True
    >>> supported("The bridge opened in 1999. It cost 7 million.", held, ExactVerifier())
    False
    """
    return all(verifier.check(part, quotes).supported for part, quotes in cited(claim, evidence))


def cited(claim: str, evidence: Sequence[Evidence]) -> list[tuple[str, list[Evidence]]]:
    """Each sentence of a claim with the sentences that would be cited for it."""
    parts = [claim[start:end] for start, end in sentences(claim)]
    return [(part, [evidence[i] for i in align(part, evidence)]) for part in parts]


def sentences_of(article: Article) -> list[Evidence]:
    """Every sentence of an article as evidence, none better than another."""
    return [Evidence(article, start, end, 0.0) for start, end in sentences(article.text)]


def judge(claims: Sequence[Claim], verifier: Verifier) -> list[bool]:
    """The verifier's judgement of each claim. An article's sentences are found once for all its claims."""
    known: dict[str, list[Evidence]] = {}
    for claim in claims:
        if claim.article.id not in known:
            known[claim.article.id] = sentences_of(claim.article)
    return [supported(claim.text, known[claim.article.id], verifier) for claim in claims]


def figures(claims: Sequence[Claim], judged: Sequence[bool]) -> Figures:
    """How well judgements agree with what people said; intervals are clustered by article."""
    truth = [claim.supported for claim in claims]
    found = balanced_accuracy(judged, truth, groups=[claim.article.id for claim in claims])
    right = [a == b for a, b in zip(judged, truth, strict=True)]
    positives = sum(truth)
    return Figures(
        accuracy=round(found.value, 4),
        low=round(found.low, 4),
        high=round(found.high, 4),
        n=len(claims),
        supported=round(sum(r for r, t in zip(right, truth, strict=True) if t) / positives, 4),
        unsupported=round(
            sum(r for r, t in zip(right, truth, strict=True) if not t) / (len(truth) - positives), 4
        ),
    )


def measure(folder: Path, verifier: Verifier | None = None) -> dict[str, Figures]:
    """The figures of each set by name, and of all claims together under "". Raises BadGold for a missing set."""
    verifier = verifier or ExactVerifier()
    claims = {name: list(read(folder)) for name, read in SETS.items()}
    judged = {name: judge(held, verifier) for name, held in claims.items()}
    found = {name: figures(held, judged[name]) for name, held in claims.items()}
    every = [claim for held in claims.values() for claim in held]
    return {"": figures(every, [verdict for held in judged.values() for verdict in held]), **found}


def judge_by_model(
    folder: Path, limit: int, model: LanguageModel, *, only_held_out: bool = False
) -> dict[str, dict[str, Figures]]:
    """The figures of exact comparison, the model, and both, by set; asks the model what RECORDS does not hold.

    Raises BadGold for a missing set and for a limit that leaves claims of one kind alone, ModelFailed.
    """
    every = {name: _shuffled(list(read(folder))) for name, read in SETS.items()}
    if only_held_out:
        every = {name: [c for c in held if held_out(c.article.id)] for name, held in every.items()}
    chosen = {name: claims[:limit] for name, claims in every.items()}
    for name, claims in chosen.items():
        if len({claim.supported for claim in claims}) < 2:
            raise BadGold(
                f"the first {limit} claims of {NAMES[name]} are all of one kind: give a larger --limit"
            )
    RECORDS.parent.mkdir(exist_ok=True)
    lines = RECORDS.read_text(encoding="utf-8").splitlines() if RECORDS.exists() else []
    known: dict[str, float] = dict(map(json.loads, lines))
    exact = ExactVerifier()
    truth: dict[str, list[Claim]] = {"": [], **{name: [] for name in chosen}}
    verdicts: dict[str, dict[str, list[bool]]] = {
        way: {name: [] for name in truth} for way in ("exact", "model", "both")
    }
    order = sorted(
        ((i, name, claim) for name, held in chosen.items() for i, claim in enumerate(held)),
        key=lambda item: item[:2],
    )  # set by set in turn, so that an interrupted run holds as many of each
    with RECORDS.open("a", encoding="utf-8") as file:
        for done, (_, name, claim) in enumerate(order, start=1):
            held = cited(claim.text, sentences_of(claim.article))
            checks = [exact.check(part, quotes) for part, quotes in held]
            key = f"{claim.article.id} {claim.text}"
            if key not in known:
                shown = list(dict.fromkeys(quote for _, quotes in held for quote in quotes))
                known[key] = believed(claim.text, shown, model, seconds=120) if shown else -LIMIT
                print(json.dumps([key, known[key]]), file=file, flush=True)
                print(f"\r{done}/{len(order)} ", end="", file=sys.stderr, flush=True)
            odds = known[key]
            found = {
                "exact": all(check.supported for check in checks),
                "model": odds >= SURE,
                "both": all(judged(check, odds).supported for check in checks),
            }
            for group in ("", name):
                truth[group].append(claim)
                for way, verdict in found.items():
                    verdicts[way][group].append(verdict)
    return {
        way: {name: figures(claims, by_set[name]) for name, claims in truth.items()}
        for way, by_set in verdicts.items()
    }


def toml(found: dict[str, Figures]) -> str:
    """The figures as eval/verifier.toml holds them: those of all claims first, then a table for each set."""
    lines = [
        f"# How well the verifier agrees with people; made by `{COMMAND}`.",
        "# accuracy is balanced over both kinds, low and high bound its 95% interval; supported and unsupported",
        "# are the shares of supported claims it accepts, and of unsupported claims it rejects.",
        *_pairs(found[""]),
        f'data = "{", ".join(NAMES[name] for name in found if name)}"',
        f'command = "{COMMAND}"',
    ]
    for name in filter(None, found):
        lines += ["", f"[{name}]", *_pairs(found[name])]
    return "\n".join(lines) + "\n"


def _pairs(found: Figures) -> list[str]:
    return [f"{name} = {getattr(found, name)}" for name in Figures.__slots__]


def _shuffled(claims: list[Claim]) -> list[Claim]:
    random.Random(SEED).shuffle(claims)
    return claims


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    except (OSError, EOFError, ValueError) as error:
        raise BadGold(
            f"{path} can't be read ({error}): give the folder that holds {path.parent.name}/"
        ) from None


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true", help="write the figures into eval/verifier.toml")
    parser.add_argument("--model", action="store_true", help="have the language model judge as well")
    parser.add_argument("--limit", type=int, default=100, help="claims of each set for --model")
    parser.add_argument(
        "--held-out", action="store_true", help="claims that the adapter has not learned from"
    )
    options = parser.parse_args()
    try:
        if options.model:
            config = load()
            model = load_model(config.model, config)
            for way, by_set in judge_by_model(
                options.data, options.limit, model, only_held_out=options.held_out
            ).items():
                print(f"\n{way}")
                _print(by_set)
            model.close()
            return
        found = measure(options.data)
    except FootnoteError as error:
        parser.exit(error.exit_code, f"{error}\n")
    _print(found)
    if options.write:
        FIGURES.write_text(toml(found), encoding="utf-8")


def _print(found: dict[str, Figures]) -> None:
    print("set        balanced accuracy [95%]      n  supported  unsupported")
    for name, f in found.items():
        print(
            f"{name or 'all':9}  {f.accuracy:17.3f} [{f.low:.3f}, {f.high:.3f}] {f.n:5d}"
            f"  {f.supported:9.3f}  {f.unsupported:11.3f}"
        )


if __name__ == "__main__":
    main()
