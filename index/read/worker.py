"""The process that reads files for another one: it takes paths on standard input and gives articles back.

Asked for a page of a PDF, it gives a picture of that. Parsers of hostile files can loop for hours, take all memory or
crash, so they run here, where that costs one file. How long a file may take is the other process's to say; see
budget.py, which also starts this one. Each request and each reply is a line of JSON. Knows nothing of libraries.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from index.read.steps import listening

GRACE = 5
"""Seconds after the time for a file is over until this process ends itself, should the other one not have ended it."""


def main(parent: int, seconds: float, megabytes: int) -> None:
    """Answers requests until standard input ends, which it does when the process `parent` does."""
    replies = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not end up among the replies.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with(parent)
    _limit(megabytes)
    replies.write(b"ready\n")
    replies.flush()
    for request in sys.stdin.buffer:
        _alarm(seconds + GRACE if seconds else 0)
        try:
            with listening(partial(_tell, replies, seconds)):
                for reply in _read(json.loads(request)):
                    replies.write(json.dumps(reply).encode() + b"\n")
        except MemoryError:
            replies.write(b'{"end": "memory"}\n')
        replies.flush()
        _alarm(0)


def _tell(replies: BinaryIO, seconds: float, what: str) -> None:
    """Says that a part of the file is begun, which may take as long as a file."""
    _alarm(seconds + GRACE if seconds else 0)
    replies.write(json.dumps({"step": what}).encode() + b"\n")
    replies.flush()


def _read(request: Any) -> Iterator[dict[str, Any]]:
    """What is said of one file: its articles and flaws, or the picture of a page; then how it ended."""
    from index.errors import BadDocument

    path, *page = request["picture"] if isinstance(request, dict) else [request]
    flaws: list[str] = []
    try:
        if page:
            from index.read.pdfpicture import picture

            yield {"picture": picture(Path(path), *page)}
        else:
            from index.read import read

            for article in read(Path(path), flaws):
                yield {"article": astuple(article)}
        yield {"end": "read", "flaws": flaws}
    except BadDocument as e:
        yield {"end": "refused", "why": str(e)}
    except MemoryError:
        raise
    except Exception as e:  # whatever a parser trips over
        yield {"end": "refused", "why": f"{path}: can't be read ({getattr(e, 'strerror', None) or repr(e)})"}


def _alarm(seconds: float) -> None:
    """Has the system end this process then: a parser written in C may never let Python run again. 0 calls it off."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _end_with(parent: int) -> None:
    """Has Linux end this process with the one that started it, even while a parser never looks at its input."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it was gone before
            sys.exit()


def _limit(megabytes: int) -> None:
    """Bounds the memory of this process, where the system can, and has it leave no core dump behind."""
    try:
        import resource
    except ImportError:  # Windows
        return
    bounds = [(resource.RLIMIT_CORE, 0)]
    bounds += [(resource.RLIMIT_AS, megabytes * 2**20)] if megabytes else []
    for kind, most in bounds:
        hard = resource.getrlimit(kind)[1]
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
