"""Reads .mbox: a mailbox, each message an article. See mail.py for what is read of one."""

from __future__ import annotations

import mailbox
from contextlib import closing
from functools import partial
from pathlib import Path

from index.errors import BadDocument
from index.read.article import source_of
from index.read.items import gathered
from index.read.load import MOST_LINES, checked, unreadable
from index.read.mail import article_of
from index.types import Article


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The messages in the mailbox `path`; the source of each is "file.mbox#NUMBER", counting from 1.

    Raises BadDocument that names the message, or puts that into `flaws` where it is given and another one is good.
    """
    checked(path, MOST_LINES)
    source = source_of(path)
    try:
        with path.open("rb") as file:
            if not file.read(5).startswith(b"From "):
                raise BadDocument(f'{path}: is not a mailbox: it doesn\'t begin with "From "')
        with closing(mailbox.mbox(path, create=False)) as box:
            makers = (
                partial(_article, box, key, f"{path} message {number}", f"{source}#{number}")
                for number, key in enumerate(box.iterkeys(), start=1)
            )
            return gathered(makers, path, flaws, "message")
    except OSError as e:
        raise unreadable(path, e) from None


def _article(box: mailbox.mbox, key: str, where: str, source: str) -> Article:
    return article_of(box.get_bytes(key), where, source)
