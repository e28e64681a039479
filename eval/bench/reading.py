"""How fast are prompts read by llama.cpp, with the weights rearranged and as they are in the file, and by CTranslate2?

    python -m eval.bench.reading [MODEL.gguf] [--rounds 4] [--characters 450] [--busy N] [--ways ...]

The beginnings of the sample articles are read as prompts, one token being written after each, by all in turns; no
prompt begins like another. Without MODEL the default model is read, and CTranslate2 only then: its copy must have been
made (`footnote models pull`). With --busy so many programs that do nothing but compute run beside it. Prints tokens a
second (median, slowest and fastest), the seconds that loading took, and how many times as fast each was as the first,
from the times of each round. Knows nothing of answers.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from index.config import load
from index.errors import FootnoteError
from qa.engines.llamacpp import LlamaCpp
from qa.engines.prefill import Paired
from qa.models import load_model, pull
from qa.types import LanguageModel, Message

SAMPLE = Path(__file__).resolve().parents[2] / "index" / "sample"
WAYS = ("llama.cpp", "rearranged", "CTranslate2")


def seconds_of(model: LanguageModel, text: str) -> float:
    """Seconds until the first token after `text`, read afresh."""
    started = time.perf_counter()
    for _ in model.generate([Message("user", text)], max_tokens=1, fresh=True, adapted=True):
        pass
    return time.perf_counter() - started


def opened(way: str, model: Path | None) -> LanguageModel:
    """A model that reads in one of WAYS. Raises FootnoteError."""
    config = load()
    if way == "CTranslate2":
        found = None if model else load_model(config.model, config)
        if isinstance(found, Paired):
            return found
        if found:
            found.close()
        raise FootnoteError(
            "CTranslate2 reads the default model alone, once `footnote models pull` made its copy"
        )
    return LlamaCpp(model or pull(config.model, config), rearranged=way == "rearranged")


@contextmanager
def busy(programs: int) -> Iterator[None]:
    """So many programs that compute, each in a session of its own, as a user's are."""
    running = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True)
        for _ in range(programs)
    ]
    try:
        yield
    finally:
        for program in running:
            program.kill()
            program.wait()


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--characters", type=int, default=450, help="of each prompt")
    parser.add_argument("--busy", type=int, default=0, help="programs that compute beside it")
    parser.add_argument("--ways", help="some of " + ", ".join(WAYS) + "; all that read the model if left out")
    options = parser.parse_args()
    ways = options.ways.split(",") if options.ways else WAYS[: 2 if options.model else 3]
    if unknown := [way for way in ways if way not in WAYS]:
        parser.error(f"there is no way {', '.join(map(repr, unknown))}: there are {', '.join(WAYS)}")
    files = sorted(file for file in SAMPLE.rglob("*") if file.suffix in (".md", ".txt"))
    prompts = [file.read_text(encoding="utf-8")[: options.characters] for file in files[: options.rounds]]
    models: dict[str, LanguageModel] = {}
    try:
        for way in ways:
            started = time.perf_counter()
            models[way] = opened(way, options.model)
            print(f"{way}: loaded in {time.perf_counter() - started:.1f} s")
    except FootnoteError as e:
        sys.exit(f"error: {e}")
    speeds: dict[str, list[float]] = {way: [] for way in models}
    with busy(options.busy):
        for number, prompt in enumerate(prompts):
            for way in list(models) if number % 2 else list(reversed(models)):
                speeds[way].append(models[way].count_tokens(prompt) / seconds_of(models[way], prompt))
    first = next(iter(speeds.values()))
    for way, found in speeds.items():
        times = [new / old for old, new in zip(first, found, strict=True)]
        print(
            f"{way}: {median(found):.1f} tokens a second ({min(found):.1f} to {max(found):.1f}), {median(times):.2f} "
            f"times as fast as {ways[0]} ({min(times):.2f} to {max(times):.2f}, n={len(found)})"
        )
    for model in models.values():
        model.close()


if __name__ == "__main__":
    main()
