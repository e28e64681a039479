"""An adapter: trained in torch, run by llama.cpp upon the same weights, and only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eval.adapter.adapter_file import write
from eval.adapter.examples import Example, Leaf
from index.config import Config
from index.errors import BadSetting, ModelDamaged, ModelMissing
from qa.engines.llamacpp import LlamaCpp
from qa.models import ADAPTERS, load_model, model_hash
from qa.types import Message

if TYPE_CHECKING:
    from eval.adapter.decoder import Decoder

pytestmark = (
    pytest.mark.slow
)  # importing torch takes seconds, so that it is imported by the tests that are run
ASK = [Message("user", "Where is it?")]
PROMPT = [257, *b"user\nWhere is it?", 258, *b"\n", 257, *b"assistant\n"]


@pytest.fixture(scope="module")
def decoder(tiny_gguf: Path) -> Decoder:
    """The tiny model with an adapter that changes much."""
    import torch

    from eval.adapter.decoder import Decoder

    torch.manual_seed(0)
    model = Decoder(tiny_gguf, first=1, rank=4, scale=2.0, dtype=torch.float32)
    for low in model.low.values():
        torch.nn.init.normal_(low.b, std=0.3)
    return model


@pytest.fixture(scope="module")
def adapter(decoder: Decoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("adapter") / "tiny.gguf"
    write(decoder, path, alpha=8.0)
    return path


@pytest.fixture(scope="module")
def adapted(tiny_gguf: Path, adapter: Path) -> Iterator[LlamaCpp]:
    model = LlamaCpp(tiny_gguf, adapter=adapter, context=1024, threads=1)
    yield model
    model.close()


def said(model: LlamaCpp, **how: bool) -> dict[str, float]:
    return dict(
        next(d.top for d in model.generate(ASK, max_tokens=1, top_logprobs=8, fresh=True, **how) if d.top)
    )


def test_llamacpp_computes_what_torch_trained(adapted: LlamaCpp, decoder: Decoder) -> None:
    import torch

    ids = torch.tensor(PROMPT)
    n = len(ids)
    with torch.no_grad():
        mask = torch.ones(n, n, dtype=torch.bool).tril()
        expected = decoder(ids, torch.arange(n), mask, torch.tensor([n - 1]))[0]
    found = said(adapted, adapted=True)
    assert [ord(text) for text in found][:3] == expected.topk(3).indices.tolist()
    for text, logprob in found.items():  # llama.cpp keeps keys and values in 16 bits
        assert logprob == pytest.approx(float(expected[ord(text)]), rel=0.02, abs=0.02)


def test_only_what_asks_for_the_adapter_gets_it(adapted: LlamaCpp, tiny: LlamaCpp) -> None:
    assert adapted.info.adapted
    assert not tiny.info.adapted
    plain = said(tiny)
    assert said(adapted) == pytest.approx(plain, abs=1e-3)
    assert said(adapted, adapted=True) != pytest.approx(plain, abs=1e-3)
    assert said(adapted) == pytest.approx(plain, abs=1e-3)
    assert said(tiny, adapted=True) == pytest.approx(plain, abs=1e-3)


def test_questions_that_share_their_passages_are_read_as_if_each_stood_alone(decoder: Decoder) -> None:
    import torch

    from eval.adapter.train import Packed, run

    leaves = (Leaf("answerable", " Who?", "Yes"), Leaf("answerable", " When was it?", "No"))
    packed = Packed(
        Example(
            "Passages:\n\nIt rained.\n\n",
            (("State?", leaves), ("Copy.", (Leaf("short", " What?", "a b"),))),
        )
    )
    packed.ids = [token % 250 for token in packed.ids]  # the tiny model knows bytes only
    with torch.no_grad():
        together = run(decoder, packed)
        for (start, end, parent), leaf in zip(packed.spans[2:4], (0, 1), strict=True):
            above = []
            while parent >= 0:
                first, last, parent = packed.spans[parent]
                above = packed.ids[first:last] + above
            ids = torch.tensor(above + packed.ids[start:end])
            n = len(ids)
            mask = torch.ones(n, n, dtype=torch.bool).tril()
            alone = decoder(ids, torch.arange(n), mask, torch.tensor([n - 1]))
            row = packed.leaves.index(leaf)
            torch.testing.assert_close(together[row], alone[0], atol=1e-3, rtol=1e-3)


def test_the_adapter_learns(tiny_gguf: Path) -> None:
    import torch

    from eval.adapter.decoder import Decoder
    from eval.adapter.train import Packed, loss

    model = Decoder(tiny_gguf, first=1, rank=4, scale=2.0, dtype=torch.float32)
    packed = Packed(Example("It rained.\n\n", (("State?", (Leaf("answerable", " Who?", "Yes"),)),)))
    packed.ids, packed.targets = [token % 250 for token in packed.ids], [ord("n")]
    optimizer = torch.optim.AdamW(model.low.parameters(), lr=0.01)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        value = loss(model, packed)
        value.backward()
        optimizer.step()
        losses.append(float(value.detach()))
    assert losses[-1] < losses[0] / 2


def test_adapters_by_setting(tiny_gguf: Path, adapter: Path, tmp_path: Path) -> None:
    config = Config(context=512, threads=1, cache=tmp_path)
    with pytest.raises(ModelMissing, match=r"no adapter at .*nothing\.gguf"):
        load_model(str(tiny_gguf), replace(config, adapter=str(tmp_path / "nothing.gguf")))
    (tmp_path / "page.gguf").write_text("<html>")
    with pytest.raises(ModelDamaged, match="not a GGUF file"):
        load_model(str(tiny_gguf), replace(config, adapter=str(tmp_path / "page.gguf")))
    with pytest.raises(BadSetting, match="is no GGUF file"):
        load_model("http://127.0.0.1:9/v1", replace(config, adapter=str(adapter)))
    with pytest.raises(ModelDamaged, match="cut short, of an unknown kind"):
        load_model(str(tiny_gguf), replace(config, adapter=str(ADAPTERS / f"{config.model}.gguf")))
    model = load_model(str(tiny_gguf), replace(config, adapter=str(adapter)))
    assert model.info.adapted
    model.close()
    hashes = {model_hash(str(tiny_gguf), replace(config, adapter=a)) for a in ("auto", "none", str(adapter))}
    assert len(hashes) == 2, "an adapter makes another model, the lack of one does not"
