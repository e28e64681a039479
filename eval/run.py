"""Runs a gold set through a system and scores it: one folder a run, which can be cut off and gone on with.

    run.json         what the run was made with; a run goes on only with the same
    questions.jsonl  a record a question, added as each finishes (see `eval.records`)
    summary.json     the metrics

Knows nothing of how answers are made: a system is a function from a question to an Answer, or to Hits.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from eval import formats, provenance, records
from eval.gold import Gold, GoldEvidence, GoldQuestion
from eval.locate import locate_all
from eval.metrics.spans import Span
from eval.score import DEPTH, rescored
from eval.summary import Summary, summarise
from eval.systems import NAMES, System, from_function, open_system
from eval.writing import locked
from index.config import Config, load
from index.errors import BadSetting, FootnoteError
from index.search.rerank import Remembering, load_reranker
from index.store.reports import AddProgress
from index.types import Hit
from qa.retrieve import find
from qa.trust.confidence import threshold
from qa.types import Answer, LanguageModel

if TYPE_CHECKING:
    from index.library import Library

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many questions are finished, and how many there are."""


def run(
    gold_path: str | Path,
    *,
    out: str | Path,
    library: Library | str | Path | None = None,
    model: LanguageModel | str | None = None,
    config: Config | None = None,
    format: str | None = None,
    limit: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    only: str | Collection[str] | None = None,
    system: Callable[[str], Any] | str | None = None,
    retry_errors: bool = False,
    progress: Progress | None = None,
    adding: Callable[[AddProgress], None] | None = None,
) -> Summary:
    """The summary of all finished questions in `out`, after asking those that weren't finished yet.

    `gold_path` is a gold set or a public data set (`eval.formats`). `library` is a folder or an open Library;
    None is a library of the data set's own articles, kept in the cache, or where it has none that of
    `config`. `model` is a name or a LanguageModel; `config` defaults to `index.config.load()`. `system` is
    what is asked: a name (`eval.systems`), footnote by default, or a function; with a function no model is
    loaded, and a library is then only used to look gold quotes up.

    `only` keeps the questions of these kinds or ids, `limit` the first so many of them, or with a `seed` as
    many drawn at random. `jobs` questions are asked at a time. A question that raises a FootnoteError counts
    as wrong and isn't asked again unless `retry_errors`. When the gold set has changed since, only questions
    whose words or day changed are asked again. `adding` is told how far the library of a data set's articles is.

    Raises BadGold for a gold set that can't be read; BadSetting when `out` holds a run made with anything
    else, is in use or can't be written; and what opening a library or loading a model raises.
    """
    config = config or load()
    # A level is recorded as the number that it is now, as another fit would make it another; it is asked at as the
    # level, which has more than one.
    asked_with = config
    config = replace(config, threshold=threshold(config.threshold))
    gold_path, out = Path(gold_path), Path(out)
    gold = formats.load(gold_path, format)
    chosen = choose(gold.questions, only, limit, seed)
    with ExitStack() as stack:
        stack.enter_context(locked(out, "run"))
        lib = _library(stack, library, gold, config, system is None or system in NAMES, adding)
        made_with = provenance.fingerprint(lib, model, config, system)
        known = locate_all(gold.questions, lib.articles()) if lib is not None else None
        done = _resume(out, made_with, gold, known, retry_errors)
        todo = [(index, question) for index, question in chosen if question.id not in done]
        provenance.start(out, gold_path, gold, made_with, lib, config)
        if progress:
            progress(len(chosen) - len(todo), len(chosen))
        if todo:
            _ask_all(stack, out, todo, lib, model, asked_with, system, known, jobs, progress, len(chosen))
        provenance.finish(out)
        return _rescore(out)


def rescore(out: str | Path) -> Summary:
    """The summary of a run's records, scored anew; needs neither model nor library.

    Rewrites the metrics in questions.jsonl, and summary.json. Raises BadSetting when `out` holds no run.

    >>> rescore("/no/such/run")
    Traceback (most recent call last):
    index.errors.BadSetting: no run in /no/such/run: make one with footnote eval run GOLD --out /no/such/run
    """
    out = Path(out)
    if not (out / records.RUN).is_file():
        raise BadSetting(f"no run in {out}: make one with footnote eval run GOLD --out {out}")
    with locked(out, "run"):
        return _rescore(out)


def _rescore(out: Path) -> Summary:
    about = records.read_json(out / records.RUN) or {}
    finished = [rescored(record) for record in records.read_records(out / records.QUESTIONS)]
    records.write_records(out / records.QUESTIONS, finished)
    summary = summarise(finished, {name: value for name, value in about.items() if name != "fingerprint"})
    records.write_json(out / records.SUMMARY, summary.to_dict())
    return summary


def choose(
    questions: list[GoldQuestion],
    only: str | Collection[str] | None = None,
    limit: int | None = None,
    seed: int | None = None,
) -> list[tuple[int, GoldQuestion]]:
    """The questions to ask, with their places in the gold set; see `run`. Raises BadSetting."""
    chosen = list(enumerate(questions))
    if only is not None:
        wanted = {only} if isinstance(only, str) else set(only)
        kinds = {question.kind for question in questions if question.kind}
        if unknown := wanted - kinds - {question.id for question in questions}:
            named = ", ".join(sorted(kinds)) or "none"
            raise BadSetting(f"the gold set has no kind or id {sorted(unknown)[0]!r}: its kinds are {named}")
        chosen = [(i, question) for i, question in chosen if wanted & {question.kind, question.id}]
    if limit is not None and limit < 1:
        raise BadSetting(f"--limit must be at least 1, not {limit}")
    if limit is not None and seed is not None and limit < len(chosen):
        import random

        return sorted(random.Random(seed).sample(chosen, limit), key=lambda pair: pair[0])
    return chosen[:limit]


def _places(record: dict[str, Any]) -> records.Places:
    """Where the gold quotes of a question stood when it was asked."""
    return {
        GoldEvidence(e["article"], e["quote"], e["relevance"]): tuple(Span(*place) for place in e["places"])
        for e in record["gold"]["evidence"]
    }


def _library(
    stack: ExitStack,
    library: Library | str | Path | None,
    gold: Gold,
    config: Config,
    needed: bool,
    adding: Callable[[AddProgress], None] | None,
) -> Library | None:
    """The library to search, opened here if it is a folder; that of the data set's own articles if it has any."""
    from index.library import Library

    if isinstance(library, Library):
        return library
    if library is None and gold.articles is not None:
        return stack.enter_context(own_library(gold, config, adding))
    if library is None and not needed:
        return None
    return stack.enter_context(Library.open(library or config.library, config=config))


@contextmanager
def own_library(
    gold: Gold, config: Config, adding: Callable[[AddProgress], None] | None = None
) -> Iterator[Library]:
    """The library of a data set's articles, kept in the cache by what is in them; finished if it wasn't."""
    from index.library import Library

    assert gold.articles is not None
    digest = hashlib.sha256(f"{config.embedder} {config.passage_tokens}\n".encode())
    count = 0
    for count, article in enumerate(gold.articles(), start=1):  # noqa: B007
        digest.update(article.id.encode())
    folder = config.cache / "eval" / f"{gold.name}-{digest.hexdigest()[:12]}"
    with Library.open(folder, create=True, config=config) as library:
        if library.status().articles < count:
            library.add_articles(gold.articles(), progress=adding)
        yield library


def _ask_all(
    stack: ExitStack,
    out: Path,
    todo: list[tuple[int, GoldQuestion]],
    lib: Library | None,
    model: LanguageModel | str | None,
    config: Config,
    system: Callable[[str], Any] | str | None,
    known: records.Places | None,
    jobs: int,
    progress: Progress | None,
    total: int,
) -> None:
    """Asks the questions and records what comes, in the order in which they finish."""
    ask = (
        from_function(system, library=lib)
        if callable(system)
        else stack.enter_context(
            open_system("footnote" if system is None else system, library=lib, model=model, config=config)
        )
    )

    def one(index: int, question: GoldQuestion, cold: bool) -> dict[str, Any]:
        began = time.perf_counter()
        result = _ask(ask, question)
        seconds = time.perf_counter() - began
        deeper = None
        if isinstance(result, Answer) and lib is not None and system in (None, "footnote"):
            closer = load_reranker(config, Remembering(lambda: lib.embedder))
            depth = max(DEPTH, config.k)
            deeper = find(lib, result.standalone, depth, today=question.asked, reranker=closer)
        record = records.make_record(index, question, result, known, hits=deeper, cold=cold, seconds=seconds)
        return rescored(record)

    finished = total - len(todo)
    for record in _in_turn(one, todo, jobs):
        records.append(out / records.QUESTIONS, record)
        finished += 1
        if progress:
            progress(finished, total)


def _in_turn(
    one: Callable[[int, GoldQuestion, bool], dict[str, Any]], todo: list[tuple[int, GoldQuestion]], jobs: int
) -> Iterator[dict[str, Any]]:
    """The records of questions, `jobs` of which are asked at a time."""
    if jobs <= 1:
        for n, (index, question) in enumerate(todo):
            yield one(index, question, n == 0)
        return
    waiting: set[Future[dict[str, Any]]] = set()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for n, (index, question) in enumerate(todo):
                if len(waiting) >= jobs:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
                waiting.add(pool.submit(one, index, question, n == 0))
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        finally:
            pool.shutdown(cancel_futures=True)


def _ask(system: System, question: GoldQuestion) -> Answer | list[Hit] | FootnoteError:
    try:
        found = system(question.question, today=question.asked)
    except FootnoteError as e:
        return e
    return found if isinstance(found, Answer) else list(found)


def _resume(
    out: Path,
    made_with: dict[str, Any],
    gold: Gold,
    known: records.Places | None,
    retry_errors: bool,
) -> set[str]:
    """The ids of finished questions, after dropping records that were cut off, changed or are to be asked again.

    What the gold set says of a kept question now replaces what it said when the question was asked.
    """
    file = out / records.QUESTIONS
    about = provenance.check(out, made_with)
    if about is None:
        return set()
    finished = records.read_records(file)
    places = {question.id: (i, question) for i, question in enumerate(gold.questions)}
    kept = []
    for record in finished:
        index, question = places.get(record["id"], (0, None))
        if question is None or question.question != record["question"]:
            continue
        fields = records.gold_fields(index, question, known or _places(record))
        if fields["asked"] == record.get("asked", ""):
            kept.append(record | fields)
    if 2 * len(kept) < len(finished):
        raise BadSetting(f"{out} holds a run of other questions ({about.get('gold')}): choose another --out")
    kept = [record for record in kept if not (retry_errors and record["error"])]
    if file.exists():
        records.write_records(file, kept)
    return {str(record["id"]) for record in kept}
