"""4-bit weights: what is written is what is read, a question and a passage are told apart, and no damage is run."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelDamaged
from index.models.embed import weights_hash
from index.models.fourbit import FourBitEmbedder, unpacked

WIDTH, INNER, POSITIONS = 32, 64, 600
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁query", "▁passage", ":", "▁rain", "▁snow", "ing"]


def packed(count: int, seed: int) -> bytes:
    numbers = np.random.default_rng(seed).integers(0, 16, (count // 32, 32), np.uint8)
    scales = np.full((count // 32, 1), 0.05, np.float16).view(np.uint8).reshape(-1, 2)
    return np.hstack([scales, numbers[:, :16] | numbers[:, 16:] << 4]).tobytes()


def written(path: Path) -> Path:
    """A file of one layer with arbitrary weights."""
    square, wide = WIDTH * WIDTH, WIDTH * INNER
    sizes = {
        "emb.word": (1, len(PIECES) * WIDTH),
        "emb.pos": (0, POSITIONS * WIDTH),
        "emb.type": (0, 2 * WIDTH),
    }
    sizes |= {"emb.ln.w": (0, WIDTH), "emb.ln.b": (0, WIDTH)}
    for part, count, bias in (
        ("q", square, WIDTH),
        ("k", square, WIDTH),
        ("v", square, WIDTH),
        ("ao", square, WIDTH),
    ):
        sizes |= {f"l0.{part}.w": (1, count), f"l0.{part}.b": (0, bias)}
    sizes |= {"l0.fi.w": (1, wide), "l0.fi.b": (0, INNER), "l0.fo.w": (1, wide), "l0.fo.b": (0, WIDTH)}
    sizes |= {f"l0.{norm}.{kind}": (0, WIDTH) for norm in ("aln", "oln") for kind in "wb"}
    letters = "".join(PIECES).encode()
    ends = np.cumsum([0] + [len(piece.encode()) for piece in PIECES]).astype(np.uint32)
    data = struct.pack(
        "<4s8If6I",
        b"E5S1",
        1,
        WIDTH,
        1,
        2,
        INNER,
        len(PIECES),
        POSITIONS,
        2,
        1e-12,
        32,
        len(PIECES),
        0,
        2,
        1,
        3,
    )
    data += struct.pack("<Q", len(letters)) + ends.tobytes()
    data += (
        np.linspace(-1, -9, len(PIECES), dtype=np.float32).tobytes()
        + letters
        + struct.pack("<II", 1, 5)
        + b"\t\0\0\0\0"
    )
    names, tensors = b"", b""
    at = len(data) + 4 + sum(23 + len(name) for name in sizes)
    for seed, (name, (kind, count)) in enumerate(sizes.items()):
        ones = np.ones(count) if name.endswith("n.w") else np.random.default_rng(seed).normal(0, 0.1, count)
        tensor = packed(count, seed) if kind else ones.astype(np.float32).tobytes()
        names += struct.pack("<H", len(name)) + name.encode()
        names += struct.pack("<BIQQ", kind, count, at + len(tensors), len(tensor))
        tensors += tensor
    path.write_bytes(data + struct.pack("<I", len(sizes)) + names + tensors)
    return path


def test_the_numbers_of_a_group_are_multiples_of_its_scale() -> None:
    numbers = np.arange(32) % 16
    stored = np.float16(0.25).tobytes() + bytes((numbers[:16] | numbers[16:] << 4).astype(np.uint8))
    assert unpacked(np.frombuffer(stored, np.uint8)).tolist() == ((numbers - 8) * 0.25).tolist()


def test_a_question_and_a_passage_of_the_same_words_differ_and_the_kept_model_says_the_same(
    tmp_path: Path,
) -> None:
    file = written(tmp_path / "weights.bin")
    made = FourBitEmbedder("small", file, weights_hash(file), tmp_path)
    [question], [passage] = made.encode_queries(["raining"]), made.encode_documents(["raining"])
    assert made.dimension == WIDTH
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-5)
    assert question @ passage < 0.999
    [kept] = (tmp_path / "onnx").glob("*.onnx")
    file.unlink()
    again = FourBitEmbedder("small", file, made.weights_hash, tmp_path)
    assert np.array_equal(again.encode_documents(["raining"])[0], passage)
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(
        ModelDamaged, match=r"weights\.bin can't be loaded"
    ):  # neither the copy nor the file is whole
        FourBitEmbedder("small", file, made.weights_hash, tmp_path)


@pytest.mark.parametrize("cut", [0, 10, 100, 400, 5000])
def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path, cut: int) -> None:
    file = written(tmp_path / "weights.bin")
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(ModelDamaged, match="fetch it again"):
        FourBitEmbedder("small", file, "0" * 64, tmp_path)
