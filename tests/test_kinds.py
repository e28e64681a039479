"""Every kind of file that is read, from the file to the citation: by the program, and by the page in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.library import Library
from index.read import SUFFIXES, ocr
from index.read.pdflines import Line
from tests.kinds import IMAGES, MAKERS, town, words, write_all
from tests.ui.conftest import Run, footnote
from tests.ui.page.test_web import start

__all__ = ["footnote", "start"]


@pytest.fixture
def read_out(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Has the words of images read out in the order in which a folder's files are read, whether OCR is there or not."""
    said = iter(sorted(IMAGES))
    monkeypatch.setattr(ocr, "available", lambda: True)
    monkeypatch.setattr(ocr, "lines_of", lambda _: [Line(words(next(said)))])
    yield
    assert next(said, None) is None


def test_there_is_a_file_of_each_kind() -> None:
    assert set(MAKERS) == SUFFIXES


def test_each_kind_is_added_listed_found_and_cited(footnote: Run, tmp_path: Path, read_out: None) -> None:
    made = write_all(tmp_path / "articles")
    code, out, err = footnote("add", "articles", "--json")
    report = json.loads(out)
    assert (code, report["failed"], report["skipped"], report["warnings"], err) == (0, [], [], [], "")
    assert (report["added"], report["articles"]) == (len(made), len(made))
    listed = json.loads(footnote("list", "--json")[1])
    assert {Path(entry["file"]) for entry in listed} == set(made.values())
    with Library.open(tmp_path / "lib") as library:
        for suffix, path in made.items():
            (hit,) = library.search(town(suffix), 1, by="bm25")
            assert hit.article.source.startswith(str(path))
            assert words(suffix) in " ".join(hit.article.text.split()), suffix
    question = f"What did the council of {town('.docx')} sell?"
    cited = json.loads(footnote("ask", question, "--quotes", "--json")[1])["citations"][0]
    assert cited["article"]["source"] == str(made[".docx"])
    assert town(".docx") in cited["quote"]


@pytest.mark.browser
def test_each_kind_is_uploaded_found_opened_and_cited_on_the_page(
    start: Any, scripted: Any, tmp_path: Path
) -> None:
    every = write_all(tmp_path / "articles")
    made = {suffix: path for suffix, path in every.items() if suffix not in IMAGES}  # which need OCR
    tab = start(scripted("The council sold its old ferry."), local=True).open()
    page = tab.page
    page.get_by_role("link", name="Library").click()
    page.get_by_role("link", name="Add articles").click()
    page.locator("input[type=file]").set_input_files(list(made.values()))
    page.get_by_role("button", name="Add files").click()
    page.get_by_text(f"{len(made)} files added").wait_for()
    for suffix in made:
        page.goto(f"{page.url.split('/library')[0]}/library?words={town(suffix)}")
        assert page.locator(".count").inner_text().startswith(f"1 of {len(made) + 1} articles"), suffix
        if suffix in (".pdf", ".docx", ".epub", ".warc", ".enex", ".zip"):
            page.locator("th.name a").click()
            assert words(suffix) in " ".join(page.locator(".text").inner_text().split()), suffix
    page.goto(page.url.split("/library")[0])
    tab.ask(f"Explain what the council of {town('.docx')} sold.")
    source = page.locator(".fn-panel .fn-quote").first
    assert words(".docx").partition(". ")[0] in source.inner_text()
    assert not tab.complaints
