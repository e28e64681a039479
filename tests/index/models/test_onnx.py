"""Embedding as integers: the same vector whatever is beside it, near enough to torch's, and never in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import Embedder
from index.config import Config
from index.models import onnx
from index.models.embed import SentenceTransformerEmbedder, load_embedder
from index.models.onnx_graph import Shape, bert
from tests.conftest import ROOT

TEXTS = [
    "The vote was won by Ms Lee, who promised a new bridge.",
    "Cats sleep for most of the day.",
    "The mill burned to the ground on Tuesday. Nobody was hurt, the fire service said. " * 4,
    "",
    "In 2016, 1,245 people were deported; a year later it was 2,057.",
    "Interest rates rose by half a point, the central bank said on Thursday. " * 40,
]
QUESTIONS = [
    "Who was elected?",
    "What do felines do?",
    "Which building did flames destroy?",
    "How did the bank act?",
]


def test_onnxruntime_notes_nothing_to_be_sent_to_its_makers(tmp_path: Path) -> None:
    script = """
from index.models.onnx import OnnxEncoder
try:
    OnnxEncoder(b"no model")
except Exception as e:
    print("onnxruntime" in type(e).__module__)
"""
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, **home},
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.stdout == "True\n", done.stderr
    assert not list(tmp_path.iterdir())


# Tiny encoders with random weights: what holds of them holds without a download.

WIDTH, LAYERS = 16, 2


def tiny(pooling: str, tokens: int = 12) -> onnx.OnnxEncoder:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    random = np.random.default_rng(0)
    sizes = {"query": (WIDTH, WIDTH), "key": (WIDTH, WIDTH), "value": (WIDTH, WIDTH)}
    weights: dict[str, Any] = {
        f"embeddings.{kind}_embeddings.weight": random.normal(size=(rows, WIDTH))
        for kind, rows in (("word", 50), ("position", tokens), ("token_type", 2))
    }
    norms = ["embeddings.LayerNorm"]
    for layer in (f"encoder.layer.{i}" for i in range(LAYERS)):
        shapes = {f"attention.self.{part}": size for part, size in sizes.items()} | {
            "attention.output.dense": (WIDTH, WIDTH),
            "intermediate.dense": (4 * WIDTH, WIDTH),
            "output.dense": (WIDTH, 4 * WIDTH),
        }
        for name, size in shapes.items():
            weights[f"{layer}.{name}.weight"] = random.normal(size=size) / 4
            weights[f"{layer}.{name}.bias"] = random.normal(size=size[0])
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for name in norms:
        weights |= {f"{name}.weight": np.ones(WIDTH), f"{name}.bias": np.zeros(WIDTH)}
    vocabulary = {"[CLS]": 0, "[SEP]": 1, "[UNK]": 2} | {f"w{i}": i + 3 for i in range(40)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 1), ("[CLS]", 0))
    notes = {"tokenizer": tokenizer.to_str(), "tokens": str(tokens)}
    shape = Shape(LAYERS, 4, 1e-12, pooling)
    single = {name: value.astype(np.float32) for name, value in weights.items()}
    return onnx.OnnxEncoder(bert(single, shape, notes))


def test_a_vector_does_not_depend_on_what_is_embedded_along_with_it() -> None:
    encoder = tiny("mean")
    texts = [" ".join(f"w{i * j % 40}" for j in range(i)) for i in range(30)]
    together = encoder.encode(texts)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(30), abs=1e-5)
    assert np.array_equal(together[::-1], encoder.encode(texts[::-1]))
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(encoder.encode([text])[0], vector)


def test_a_vector_is_the_mean_of_its_tokens_or_the_first() -> None:
    text = "w1 w2 w3 w4"
    for pooling in ("mean", "cls"):
        encoder = tiny(pooling)
        ids = encoder._tokenizer.encode(text).ids
        tokens = encoder._run(ids, "tokens")
        pooled = tokens.mean(axis=0) if pooling == "mean" else tokens[0]
        assert encoder.encode([text])[0] == pytest.approx(pooled / np.linalg.norm(pooled), abs=1e-5)


def test_the_same_weights_make_the_same_file() -> None:
    shape = Shape(0, 4, 1e-12, "mean")
    weights = {
        f"embeddings.{kind}_embeddings.weight": np.ones((3, 4), np.float32)
        for kind in ("word", "position", "token_type")
    }
    weights |= {f"embeddings.LayerNorm.{part}": np.ones(4, np.float32) for part in ("weight", "bias")}
    assert bert(weights, shape, {"a": "b"}) == bert(weights, shape, {"a": "b"})


def test_what_goes_wrong_in_a_thread_is_raised_and_ends_the_others() -> None:
    done: list[int] = []

    def work(i: int) -> None:
        if i == 5:
            raise ValueError("five")
        done.append(i)

    with pytest.raises(ValueError, match="five"):
        onnx.in_threads(work, 100_000)
    assert len(done) < 100_000


INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started deaf to it
from index.models.onnx import in_threads
try:
    print("ready", flush=True)
    in_threads(lambda i: time.sleep(0.01), 1_000_000)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_ends_the_threads() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        try:
            assert process.communicate(timeout=60)[0] == "stopped\n"
        finally:
            process.kill()
    assert process.returncode == 0


# The real model.


@pytest.fixture(scope="module")
def weights() -> Path:
    from index.models.weights import resolve_embedder

    return resolve_embedder("all-minilm-l6-v2", Config().cache)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def fast(weights: Path, cache: Path) -> Embedder:
    return SentenceTransformerEmbedder("minilm", weights, cache)


@pytest.fixture(scope="module")
def torch(weights: Path) -> Embedder:
    return SentenceTransformerEmbedder("minilm", weights)  # without a cache there is nowhere to keep the file


def ranking(embedder: Embedder) -> list[list[int]]:
    similar = embedder.encode_queries(QUESTIONS) @ embedder.encode_documents(TEXTS).T
    return [[int(row) for row in np.argsort(-line)[:2]] for line in similar]


@pytest.mark.models
def test_integers_rank_as_torch_does(fast: Embedder, torch: Embedder, cache: Path) -> None:
    assert len(list((cache / "onnx").glob("*.onnx"))) == 1
    expected, got = torch.encode_documents(TEXTS), fast.encode_documents(TEXTS)
    assert not np.array_equal(expected, got)
    alike = np.sum(expected * got, axis=1)
    assert min(value for value, text in zip(alike, TEXTS, strict=True) if text) >= onnx.ALIKE
    assert ranking(fast) == ranking(torch)
    assert fast.weights_hash == torch.weights_hash
    assert fast.dimension == torch.dimension


@pytest.mark.models
def test_a_real_vector_does_not_depend_on_its_batch(fast: Embedder) -> None:
    together = fast.encode_documents(TEXTS * 5)
    for i, text in enumerate(TEXTS):
        assert np.array_equal(fast.encode_documents([text])[0], together[i])
        assert np.array_equal(fast.encode_queries([text])[0], together[i + len(TEXTS)])


@pytest.mark.models
def test_a_damaged_file_is_made_again(weights: Path, tmp_path: Path, fast: Embedder, cache: Path) -> None:
    folder = tmp_path / "onnx"
    folder.mkdir()
    for file in (cache / "onnx").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (file,) = folder.glob("*.onnx")
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0x40
    for damaged in (bytes(flipped), whole[:-1]):
        file.write_bytes(damaged)
        embedder = SentenceTransformerEmbedder("minilm", weights, tmp_path)
        assert file.read_bytes() == whole
        assert np.array_equal(embedder.encode_queries(TEXTS), fast.encode_queries(TEXTS))


@pytest.mark.models
@pytest.mark.parametrize("missing", ["onnxruntime", "onnx"])
def test_without_a_package_torch_does_it(
    weights: Path, tmp_path: Path, torch: Embedder, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    embedder = SentenceTransformerEmbedder("minilm", weights, tmp_path)
    assert embedder.encode_queries(QUESTIONS) == pytest.approx(torch.encode_queries(QUESTIONS), abs=1e-6)
    assert not (tmp_path / "onnx").exists()


@pytest.mark.models
def test_a_model_that_disagrees_is_not_used_and_not_made_twice(
    weights: Path, tmp_path: Path, torch: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx, "ALIKE", 1.1)
    for _ in range(2):
        embedder = SentenceTransformerEmbedder("minilm", weights, tmp_path)
        assert embedder.encode_queries(QUESTIONS) == pytest.approx(torch.encode_queries(QUESTIONS), abs=1e-6)
        assert [file.suffix for file in (tmp_path / "onnx").iterdir()] == [".sha256"]
        monkeypatch.setattr(onnx, "bert", None)


def variant(weights: Path, folder: Path, file: str, text: str) -> Path:
    """A folder with the same weights but other settings."""
    for path in (path for path in weights.rglob("*") if path.is_file()):
        (folder / path.relative_to(weights)).parent.mkdir(parents=True, exist_ok=True)
        (folder / path.relative_to(weights)).symlink_to(path)
    (folder / file).unlink()
    (folder / file).write_text(text)
    return folder


@pytest.mark.models
def test_other_settings_of_the_same_weights_are_another_model(
    weights: Path, tmp_path: Path, fast: Embedder, cache: Path
) -> None:
    folder = variant(
        weights,
        tmp_path / "short",
        "sentence_bert_config.json",
        '{"max_seq_length": 16, "do_lower_case": false}',
    )
    short = SentenceTransformerEmbedder("minilm", folder, cache)
    assert short.weights_hash == fast.weights_hash
    assert not np.array_equal(short.encode_documents(TEXTS[2:3]), fast.encode_documents(TEXTS[2:3]))


@pytest.mark.models
def test_a_model_with_prompts_of_its_own_gets_them(weights: Path, tmp_path: Path, torch: Embedder) -> None:
    settings = '{"prompts": {"query": "query: ", "document": ""}}'
    folder = variant(weights, tmp_path / "prompted", "config_sentence_transformers.json", settings)
    prompted = SentenceTransformerEmbedder("minilm", folder, tmp_path)
    expected = torch.encode_queries([f"query: {question}" for question in QUESTIONS])
    assert prompted.encode_queries(QUESTIONS) == pytest.approx(expected, abs=1e-6)
    assert not (tmp_path / "onnx").exists()


@pytest.mark.models
def test_a_model_that_is_no_transformer_works(weights: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)], device="cpu")
    model.save(str(tmp_path / "static"), create_model_card=False)
    embedder = SentenceTransformerEmbedder("static", tmp_path / "static", tmp_path)
    assert np.linalg.norm(embedder.encode_documents(TEXTS[:2]), axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert not (tmp_path / "onnx").exists()


@pytest.mark.models
def test_a_cache_that_cannot_be_written_to_changes_nothing(
    weights: Path, tmp_path: Path, fast: Embedder
) -> None:
    (tmp_path / "file").write_text("")
    embedder = SentenceTransformerEmbedder("minilm", weights, tmp_path / "file")
    assert np.array_equal(embedder.encode_queries(QUESTIONS), fast.encode_queries(QUESTIONS))


@pytest.mark.models
def test_once_made_neither_torch_nor_transformers_is_loaded(
    fast: Embedder, cache: Path, weights: Path
) -> None:
    script = (
        "import sys; from pathlib import Path; from index.models.embed import SentenceTransformerEmbedder as E\n"
        "E('minilm', Path(sys.argv[1]), Path(sys.argv[2])).encode_queries(['Who?'])\n"
        "print({'torch', 'transformers', 'onnx'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(weights), str(cache)], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")


@pytest.mark.models
def test_making_it_says_nothing(weights: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    SentenceTransformerEmbedder("minilm", weights, tmp_path).encode_documents(TEXTS)
    assert capfd.readouterr() == ("", "")
    assert len(list((tmp_path / "onnx").iterdir())) == 2


@pytest.mark.models
def test_the_embedder_known_by_name_is_fast(torch: Embedder) -> None:
    named = load_embedder("all-minilm-l6-v2", Config().cache)
    assert named.weights_hash == torch.weights_hash
    assert isinstance(named, SentenceTransformerEmbedder)
    if not any(os.path.exists(gpu) for gpu in onnx._GPUS):
        assert named._fast is not None
