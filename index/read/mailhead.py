"""The head of a mail message that was saved or printed as text: its subject, sender and date. Knows no files.

Messages as such (.eml, .mbox) are mail.py's business.
"""

from __future__ import annotations

import re

from index.read.dates import iso
from index.read.facts import Facts
from index.read.stated import order_in

# As Outlook, Thunderbird, Apple Mail and Gmail write them, in the languages most used.
_NAMES = {
    "from": "from de von da van od от 差出人 发件人 寄件者 보낸사람 från fra lähettäjä kimden από",
    "subject": "subject objet betreff asunto oggetto assunto onderwerp temat тема 件名 主题 主旨 제목 ämne emne aihe"
    " konu θέμα",
    "date": "date sent envoyé gesendet datum enviado fecha inviato data enviada enviadaem verzonden wysłano дата"
    " отправлено 日時 发送时间 日期 날짜 보낸날짜 skickat sendt dato lähetetty tarih ημερομηνία",
    "to": "to à an para a aan do кому 宛先 收件人 받는사람 till til kime προς cc bcc kopie cco copia kopia reply-to"
    " attachments anlagen importance",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}
_LINE = re.compile(r"\*?([^\W\d_][\w -]{0,20}?)\s?[:：]\*?[ \t]*(.*)")
_MOST_LINES = 24


def split_head(text: str) -> tuple[Facts, str]:
    """The facts in the mail head that `text` begins with, and the text below; none where it begins with no such head.

    >>> split_head("From: Harlow Weekly <a@b.org>\\nTo: me\\nSubject: Mayor resigns\\nDate: 9 Jun 2022\\n\\nShe went.")
    (Facts(title='Mayor resigns', url=None, publisher='Harlow Weekly', published='2022-06-09'), 'She went.')
    >>> split_head("From: here to there\\n\\nIt rained.")
    (Facts(title=None, url=None, publisher=None, published=None), 'From: here to there\\n\\nIt rained.')
    """
    lines = text.split("\n")
    found: dict[str, str] = {}
    end = 0
    for number, line in enumerate(lines[:_MOST_LINES]):
        match = _LINE.fullmatch(line.strip())
        kind = _KINDS.get(re.sub(r"\s", "", match[1]).lower()) if match else None
        if kind and not (kind in found and not lines[number - 1].strip()):
            found.setdefault(kind, match[2].strip() if match else "")
            end = number + 1
        elif found and number == end and line.strip() and line[0] in " \t":
            end += 1
        elif line.strip() and not (found and match and not kind):
            break
    if not ({"from", "subject"} <= found.keys() and {"to", "date"} & found.keys()):
        return Facts(), text
    if not (body := "\n".join(lines[end:]).strip()):
        return Facts(), text
    return Facts(found["subject"], None, _sender(found["from"]), iso(found.get("date"), order_in(text))), body


def _sender(value: str) -> str:
    """The name beside the address of who sent it, or the address's host."""
    name = re.sub(r"[<\[(]\s*[^<>\[\]()\s]+@[^<>\[\]()\s]+\s*[>\])]", "", value).strip(" \"'")
    return name.strip("<>").rpartition("@")[2] or value
