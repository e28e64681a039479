"""Writes the reader's weights as the 8-bit ONNX file that Footnote ships.

    python -m lab.reader.export FOLDER OUT --base CROSS_ENCODER

FOLDER holds `state.pt` of `lab.reader.train`, CROSS_ENCODER the tokenizer. The file names the steps and examples that
it learned from in its metadata.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from index.models.onnx_graph import Shape, reader
from lab.reader.base import HEADS, LAYERS

EPSILON = 1e-12


def exported(state: dict[str, Any], tokenizer: str) -> bytes:
    """The ONNX file of what `lab.reader.train` keeps."""
    weights = {name.removeprefix("bert."): value.float().numpy() for name, value in state["reader"].items()}
    notes = {"tokenizer": tokenizer, "steps": str(state["step"]), "examples": str(state["seen"])}
    return reader(weights, Shape(LAYERS, HEADS, EPSILON, "cls"), notes)


def main() -> None:
    """Writes the file and prints its size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--base", type=Path, required=True, help="the folder of the cross-encoder")
    given = parser.parse_args()
    state = torch.load(given.folder / "state.pt", weights_only=True)
    made = exported(state, (given.base / "tokenizer.json").read_text(encoding="utf-8"))
    given.out.write_bytes(made)
    print(f"{given.out}: {len(made) / 1e6:.1f} MB, {state['step']} steps, {state['seen']} examples")


if __name__ == "__main__":
    main()
