"""Mail messages, mailboxes, and web pages saved in one file or with a folder beside, as the usual tools write them."""

from __future__ import annotations

import mailbox
from contextlib import closing
from email.message import EmailMessage, MIMEPart
from pathlib import Path

import pytest

from index.errors import BadDocument
from index.read import discover, read
from index.types import Article

FIRST = (
    "The new bridge over the river opened on Thursday after ten years of work, the city said in a statement."
)
SECOND = (
    "It cost 40 million dollars and carries four lanes of traffic, two tram lines and a path for cyclists."
)
PAGE = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>Bridge opens | Daily News</title></head>
<body><nav><a href="/">Home menu</a></nav><article><h1>Bridge opens</h1><p>{FIRST}</p><p>{SECOND} Café.</p></article>
</body></html>"""


def newsletter(subject: str = "Bridge opens: café and all") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Daily News <letters@daily.example.org>"
    message["To"] = "reader@example.org"
    message["Subject"] = subject
    message["Date"] = "Tue, 16 Mar 2021 22:10:00 -0500"
    message.set_content("View this message in your browser.")
    letter = f"<table><tr><td><p>{FIRST}</p></td></tr><tr><td>{SECOND}</td></tr></table>"
    letter = f"<div style='display:none'>Preview</div>{letter}"
    message.add_alternative(letter, subtype="html")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="terms.pdf")
    return message


def one(path: Path) -> Article:
    (article,) = read(path)
    return article


def test_a_newsletter_is_its_html_part(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(newsletter().as_bytes())
    article = one(tmp_path / "a.eml")
    assert article.text == f"{FIRST}\n\n{SECOND}"
    assert (article.title, article.publisher, article.published) == (
        "Bridge opens: café and all",
        "Daily News",
        "2021-03-16",
    )


def test_a_plain_message_in_an_old_character_set(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"] = "clerk@harlow.example.org"
    message["Subject"] = "Minutes"
    message.set_content(f"{FIRST}\n\nCafé Zürich.", charset="iso-8859-1", cte="quoted-printable")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    article = one(tmp_path / "a.eml")
    assert article.text == f"{FIRST}\n\nCafé Zürich."
    assert (article.publisher, article.published) == ("harlow.example.org", None)


@pytest.mark.parametrize(
    "headers", [b"Date: yesterday\n", b"From: <<>@\n", b"Content-Type: text/plain; charset=klingon\n"]
)
def test_odd_headers_cost_no_words(tmp_path: Path, headers: bytes) -> None:
    (tmp_path / "a.eml").write_bytes(b"Subject: Bridge\n" + headers + b"\n" + FIRST.encode())
    article = one(tmp_path / "a.eml")
    assert (article.title, article.text, article.published) == ("Bridge", FIRST, None)


def test_what_is_no_message_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text(FIRST)
    with pytest.raises(BadDocument, match="not a mail message"):
        read(tmp_path / "a.eml")
    (tmp_path / "a.mbox").write_text(FIRST)
    with pytest.raises(BadDocument, match="not a mailbox"):
        read(tmp_path / "a.mbox")


def test_a_mailbox_is_an_article_a_message_and_a_bad_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "letters.mbox"
    with closing(mailbox.mbox(path)) as box:
        for subject in ("First", "Second", "Third"):
            message = newsletter(subject)
            if subject == "Second":
                message = EmailMessage()
                message["Subject"] = subject
            box.add(message)
    before = path.read_bytes()
    flaws: list[str] = []
    articles = read(path, flaws)
    assert [(a.title, a.source) for a in articles] == [("First", f"{path}#1"), ("Third", f"{path}#3")]
    assert articles[0].text == f"{FIRST}\n\n{SECOND}"
    assert flaws == [f"{path} message 2: its text holds no words"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["page.mhtml", "page.mht", "page.html"])
def test_a_page_saved_in_one_file_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    message = EmailMessage()
    message["From"] = "<Saved by Blink>"
    message["Snapshot-Content-Location"] = "https://daily.example.org/bridge"
    message["Subject"] = "Bridge opens"
    message["Date"] = "Tue, 16 Mar 2024 22:10:00 -0000"
    message.make_related()
    page = MIMEPart()
    page.set_content(PAGE, subtype="html", cte="quoted-printable")
    message.attach(page)
    frame = MIMEPart()
    frame.set_content("<p>Buy our advertised shoes now</p>", subtype="html")
    message.attach(frame)
    (tmp_path / name).write_bytes(message.as_bytes())
    article = one(tmp_path / name)
    assert FIRST in article.text
    assert article.text.endswith(f"{SECOND} Café.")
    assert "shoes" not in article.text
    assert (article.title, article.url, article.published) == (
        "Bridge opens",
        "https://daily.example.org/bridge",
        None,
    )


def test_the_address_that_singlefile_noted_is_the_page_s(tmp_path: Path) -> None:
    note = "<!--\n Page saved with SingleFile \n url: https://daily.example.org/bridge \n saved date: Tue Mar 16\n-->"
    (tmp_path / "a.html").write_text(PAGE.replace("<html>", f"<html>{note}"), encoding="utf-8")
    article = one(tmp_path / "a.html")
    assert article.url == "https://daily.example.org/bridge"
    assert article.published is None


def test_a_page_and_the_folder_of_its_parts_are_one_article(tmp_path: Path) -> None:
    (tmp_path / "Bridge opens.html").write_text(PAGE, encoding="utf-8")
    for folder in ("Bridge opens_files", "notes_files"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "frame.html").write_text(PAGE)
        (tmp_path / folder / "logo.gif").write_bytes(b"x")
    skipped: list[str] = []
    found = discover([tmp_path], skipped=lambda file, _: skipped.append(str(file.relative_to(tmp_path))))
    assert [str(file.relative_to(tmp_path)) for file in found] == [
        "Bridge opens.html",
        "notes_files/frame.html",
    ]
    assert skipped == ["notes_files/logo.gif"]


HEADS = [
    (
        "From: Harlow Weekly <news@weekly.example.org>\nTo: a@b.org\nSubject: {}\nDate: Thu, 9 Jun 2022 08:00 +0000",
        "Harlow Weekly",
    ),
    (
        "From:\tInes Cordell\nSent:\tThursday, June 9, 2022 8:00 AM\nTo:\tEditors\nSubject:\t{}",
        "Ines Cordell",
    ),
    (
        "Von: Jördis Großmann\nGesendet: Donnerstag, 9. Juni 2022 08:00\nAn: Redaktion\nBetreff: {}",
        "Jördis Großmann",
    ),
    ("De : Anne Roux\n\nEnvoyé : jeudi 9 juin 2022 08:00\n\nÀ : redaction@b.org\n\nObjet : {}", "Anne Roux"),
    (
        "Subject: {}\nFrom: weekly@weekly.example.org\nDate: 09/06/2022, 08:00\nTo: a@b.org,\n\tc@d.org",
        "weekly.example.org",
    ),
    ("差出人: 森田\n宛先: 編集部\n件名: {}\n日時: 2022年6月9日 8:00", "森田"),
]


@pytest.mark.parametrize(("head", "sender"), HEADS)
def test_a_message_saved_as_text_has_its_subject_for_a_title(tmp_path: Path, head: str, sender: str) -> None:
    body = "The mayor resigned on 08/06/2022. Her deputy takes over on 14/06/2022.\n\nTo: all members, with thanks."
    (tmp_path / "mail.txt").write_text(f"{head.format('Mayor resigns')}\n\n{body}\n", encoding="utf-8")
    (article,) = read(tmp_path / "mail.txt")
    assert (article.title, article.publisher, article.published) == ("Mayor resigns", sender, "2022-06-09")
    assert article.text == body


@pytest.mark.parametrize(
    "text",
    [
        "From: here to there\n\nTo: whom it may concern\n\nIt rained for a day and a night.",
        "Date: 9 June 2022\nSubject: a poem\n\nIt rained for a day and a night.",
    ],
)
def test_a_text_that_only_begins_like_a_message_is_kept_whole(tmp_path: Path, text: str) -> None:
    (tmp_path / "poem.txt").write_text(text)
    (article,) = read(tmp_path / "poem.txt")
    assert article.text == text
