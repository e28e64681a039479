"""Mail messages as articles: subject, sender, date, and the words of the HTML part or else of the plain one.

Knows no files; attachments are left out. eml.py reads one message, mbox.py a mailbox of them.
"""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from index.errors import BadDocument
from index.read.article import headline, make_article
from index.read.clean import has_words
from index.read.dates import iso
from index.read.html import declared_charset, words_of
from index.read.load import decode
from index.types import Article

# Old and careless mail programs break the standard in ways that the newer policies raise errors for.
_PARSER = BytesParser(policy=policy.default)


def parsed(data: bytes) -> EmailMessage:
    """The message in `data`, whatever is wrong with it."""
    message = _PARSER.parsebytes(data)
    assert isinstance(message, EmailMessage)
    return message


def article_of(data: bytes, where: str, source: str) -> Article:
    """The article that the message in `data` holds; `where` names it in messages. Raises BadDocument."""
    try:
        message = parsed(data)
        text = words(message)
        sender, name = _sender(message)
        day = iso(message["date"].datetime) if message["date"] else None
        subject = str(message["subject"] or "")
    except (BadDocument, MemoryError):
        raise
    except Exception as e:  # headers of spam and of very old programs fail in as many ways as there are
        raise BadDocument(f"{where}: can't be read as a message ({type(e).__name__})") from None
    if not has_words(text):
        raise BadDocument(f"{where}: its text holds no words")
    title = subject.strip() or headline(text[:1000]) or ""
    return make_article(text, title=title, publisher=name or sender, published=day, source=source)


def words(message: EmailMessage) -> str:
    """The words of the message's HTML part, or of its plain one where there is none or it has none."""
    for kind in ("html", "plain"):
        part = message.get_body(preferencelist=(kind,))
        if isinstance(part, EmailMessage):
            text = text_of(part)
            if has_words(text := words_of(text) if kind == "html" and text.strip() else text):
                return text
    return ""


def text_of(part: EmailMessage) -> str:
    """The decoded text of one part, by the character set it declares or the one that its bytes look like."""
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return decode(data, Path("a part"), part.get_content_charset() or declared_charset(data)) if data else ""


def _sender(message: EmailMessage) -> tuple[str, str]:
    """The host of the address that the message came from, and the name beside it."""
    addresses = getattr(message["from"], "addresses", ())
    return (addresses[0].domain, addresses[0].display_name) if addresses else ("", "")
