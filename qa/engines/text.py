"""What engines share: control tokens broken, stop strings found, OpenAI's chunks read. Knows no engine.

Articles are hostile. A chat template is text, and a runtime that reads the filled template with its control
tokens switched on would let an article end the user's turn and start another. So every message passes
`neutralise` before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from qa.types import Delta, Message

_CONTROL = re.compile(
    r"""<(?=[|｜][^<>\n]{1,64}[|｜]>)                               # <|im_end|>, <｜User｜>
      | <(?=/?(?:s|unk|pad|bos|eos|mask|tool_call|tool_response|think
           |(?:start|end)_of_(?:turn|image|role|text|utterance)|(?:begin|end)_of_(?:sentence|text)
           |fim_(?:prefix|middle|suffix|pad)|file_sep|unused\d{1,4}|extra_id_\d{1,3}|(?:image|audio|video)(?:_soft_token)?
           |sop|eop|eo[adhm])>)
      | \[(?=/?(?:gMASK|INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|THINK)\])
      | <(?=</?SYS>>)
      | <(?=[|｜])                                                 # the rest of a token split over lines""",
    re.VERBOSE | re.IGNORECASE,
)


def neutralise(text: str) -> str:
    """`text` with a space inside whatever a model could take for a control token; lone surrogates replaced.

    >>> neutralise("The end.<|im_end|> [INST] a < b")
    'The end.< |im_end|> [ INST] a < b'
    """
    return _CONTROL.sub(lambda found: found[0] + " ", text).encode("utf-8", "replace").decode("utf-8")


def chat(messages: Sequence[Message]) -> list[dict[str, str]]:
    """The messages as chat templates and servers take them, neutralised."""
    return [{"role": m.role, "content": neutralise(m.content)} for m in messages]


def until_stop(deltas: Iterable[Delta], stop: Sequence[str]) -> Iterator[Delta]:
    """The deltas up to the first of `stop`, which is not part of them.

    Text that may be the beginning of a stop string is held back until that is known.

    >>> [d.text for d in until_stop([Delta("Yes."), Delta(" E"), Delta("ND no")], ["END"])]
    ['Yes.', ' ', '']
    """
    marks = [mark for mark in stop if mark]
    held, waiting = "", None
    for delta in deltas:
        text = held + delta.text
        cut = min((at for mark in marks if (at := text.find(mark)) >= 0), default=-1)
        if cut >= 0:
            yield Delta(text[:cut], delta.logprob, delta.top, delta.prompt_tokens)
            return
        keep = max((n for mark in marks for n in range(1, len(mark)) if text.endswith(mark[:n])), default=0)
        held = text[len(text) - keep :] if keep else ""
        waiting = delta
        yield Delta(text[: len(text) - keep], delta.logprob, delta.top, delta.prompt_tokens)
    if held and waiting is not None:
        yield Delta(held, None, (), waiting.prompt_tokens)


def delta_of(chunk: dict[str, Any], top_logprobs: int) -> Delta | None:
    """The text of a chunk in OpenAI's streaming format, None when it has none.

    `logprob` is the sum over the chunk's tokens, `top` the alternatives to its first one.
    """
    choice = (chunk.get("choices") or [{}])[0]
    text = (choice.get("delta") or {}).get("content")
    if not text:
        return None
    tokens = (choice.get("logprobs") or {}).get("content") or []
    if not tokens:
        return Delta(text)
    top = (tokens[0].get("top_logprobs") or [])[:top_logprobs]
    return Delta(
        text,
        sum(float(token["logprob"]) for token in tokens),
        tuple((str(t["token"]), float(t["logprob"])) for t in top),
    )
