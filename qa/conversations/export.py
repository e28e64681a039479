"""A conversation as a file for others to read: Markdown, HTML or Word, with its sources."""

from __future__ import annotations

import re

from index.errors import BadSetting
from qa.conversations import markdown, webpage, word
from qa.conversations.document import document
from qa.conversations.types import Conversation

KINDS = {
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""The media type of each kind of file, by the ending of its name."""


def exported(conversation: Conversation, suffix: str) -> bytes:
    """The bytes of the file whose name ends in `suffix`. Raises BadSetting for an ending that isn't among KINDS."""
    made = document(conversation)
    match suffix.lower():
        case ".md":
            return markdown.written(made).encode()
        case ".html":
            return webpage.written(made).encode()
        case ".docx":
            return word.written(made)
    raise BadSetting(
        f"{suffix or 'no ending'} is no kind of file to export to: end the name in {', '.join(KINDS)}"
    )


def file_name(title: str) -> str:
    """A file's name for a title, without its ending: letters, digits and hyphens.

    >>> file_name("What did it cost?"), file_name("???")
    ('what-did-it-cost', 'conversation')
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "conversation"
