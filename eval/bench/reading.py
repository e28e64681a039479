"""How fast are prompts read by llama.cpp, with the weights rearranged and as they are in the file?

    python -m eval.bench.reading MODEL.gguf [--rounds 4] [--characters 1800]

The beginnings of the sample articles are read as prompts, one token being written after each, by the two in turns;
no prompt begins like another. Prints tokens a second (median, slowest and fastest), the seconds that loading took, and
how many times as fast reading was without rearranging, from the two times of each round. Knows nothing of answers.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median

from qa.engines.llamacpp import LlamaCpp
from qa.types import Message

SAMPLE = Path(__file__).resolve().parents[2] / "index" / "sample"


def seconds_of(model: LlamaCpp, text: str) -> float:
    """Seconds until the first token after `text`, read afresh."""
    started = time.perf_counter()
    for _ in model.generate([Message("user", text)], max_tokens=1, fresh=True):
        pass
    return time.perf_counter() - started


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--characters", type=int, default=1800, help="of each prompt")
    options = parser.parse_args()
    files = sorted(file for file in SAMPLE.rglob("*") if file.suffix in (".md", ".txt"))
    prompts = [file.read_text(encoding="utf-8")[: options.characters] for file in files[: options.rounds]]
    models: dict[str, LlamaCpp] = {}
    for name, rearranged in (("rearranged", True), ("as they are", False)):
        started = time.perf_counter()
        models[name] = LlamaCpp(options.model, rearranged=rearranged)
        print(f"{name}: loaded in {time.perf_counter() - started:.1f} s")
    speeds: dict[str, list[float]] = {name: [] for name in models}
    for number, prompt in enumerate(prompts):
        order = list(models) if number % 2 else list(reversed(models))
        for name in order:
            tokens = models[name].count_tokens(prompt)
            speeds[name].append(tokens / seconds_of(models[name], prompt))
    for name, found in speeds.items():
        print(f"{name}: {median(found):.1f} tokens a second ({min(found):.1f} to {max(found):.1f})")
    pairs = [new / old for old, new in zip(*speeds.values(), strict=True)]
    print(
        f"as they are: {median(pairs):.2f} times as fast ({min(pairs):.2f} to {max(pairs):.2f}, n={len(pairs)})"
    )
    for model in models.values():
        model.close()


if __name__ == "__main__":
    main()
