"""The review of drafts: what is shown, what a decision writes, and who may decide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from eval.drafting.drafts import Drafts, Proposal
from eval.gold import GoldEvidence, load_gold
from index.library import Library
from index.read import make_article
from ui.http.guard import LOOPBACK, PAGES_POLICY, Guard
from ui.page import pages, review
from ui.page.feedback import GOLD

QUOTE = "The bridge cost 41 million pounds."
HOSTILE = "</textarea><script>alert(1)</script>"


@pytest.fixture
def library(tmp_path: Path, library_of: Any) -> Iterator[Library]:
    text = f"Before it. {'Some words. ' * 60}{QUOTE} After it. {'More words. ' * 60}"
    article = make_article(text, title="Harbour bridge", source="news/bridge.txt")
    with library_of(tmp_path / "lib", [article]) as opened:
        yield opened


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    drafts = Drafts.load(tmp_path / "gold" / "mine.jsonl")
    evidence = (GoldEvidence("bridge.txt", QUOTE),)
    drafts.add(
        Proposal("What did it cost?", ("41 million",), evidence, True, "single", "bridge.txt", HOSTILE)
    )
    drafts.add(Proposal("Who built it?", (), (), False, "unanswerable", near=evidence))
    drafts.add(Proposal("When?", ("2014",), (GoldEvidence("gone.txt", "In 2014."),), True, "single"))
    return drafts


def client(library: Library | None, drafts: Path | None) -> TestClient:
    app = Starlette(routes=[*pages.file_routes(), *review.routes(drafts, library)])
    return TestClient(Guard(app, LOOPBACK), base_url="http://127.0.0.1:7860")


@pytest.fixture
def web(library: Library, drafts: Drafts) -> TestClient:
    return client(library, drafts.gold)


def post(web: TestClient, id: str, do: str, **more: str) -> Any:
    return web.post("/review", data={"drafts": "mine", "id": id, "do": do, **more})


def test_a_draft_is_shown_with_the_words_around_its_quote(web: TestClient) -> None:
    reply = web.get("/review?drafts=mine")
    assert reply.headers["content-security-policy"] == PAGES_POLICY
    assert "What did it cost?</textarea>" in reply.text
    assert "41 million</textarea>" in reply.text
    assert f"<mark>{QUOTE}</mark> After it." in reply.text
    assert "Harbour bridge" in reply.text
    assert "Before it." not in reply.text
    assert "<script>" not in reply.text
    assert web.get("/review").text == reply.text


def test_decisions_write_the_gold_set_and_lead_on(web: TestClient, drafts: Drafts) -> None:
    ids = [draft.id for draft in drafts]
    page = post(web, ids[0], "accept", seconds="12.5", question="ignored", answers="ignored")
    assert "Who built it?" in page.text
    assert "should be refused" in page.text
    assert f"<mark>{QUOTE}</mark>" in page.text
    page = post(web, ids[1], "reject", question="Who built it?")
    assert "not found in the library" in page.text
    page = post(web, ids[2], "edit", question="When did it open?", answers="in 2014\r\n2014\r\n\r\n")
    assert "All reviewed" in page.text
    assert "2 of 3 accepted" in page.text
    first, second = load_gold(drafts.gold)
    assert (first.question, first.answers) == ("What did it cost?", ("41 million",))
    assert (second.question, second.answers) == ("When did it open?", ("in 2014", "2014"))
    drafts.reload()
    assert [draft.state for draft in drafts] == ["accepted", "rejected", "edited"]
    assert drafts[ids[0]].seconds == 12.5


def test_back_leads_to_a_decision_and_it_can_be_changed(web: TestClient, drafts: Drafts) -> None:
    first, second, _ = (draft.id for draft in drafts)
    page = post(web, first, "accept")
    assert f"at={first}" in page.text
    page = web.get(f"/review?drafts=mine&at={first}")
    assert 'class="state accepted"' in page.text
    assert f"at={second}" in page.text
    post(web, first, "reject")
    assert drafts.gold.read_text() == ""


def test_an_edit_that_cannot_be_gold_is_shown_again(web: TestClient, drafts: Drafts) -> None:
    first = next(iter(drafts)).id
    page = post(web, first, "edit", question="My question?", answers=" ")
    assert page.status_code == 422
    assert "needs an answer" in page.text
    assert "My question?</textarea>" in page.text
    drafts.reload()
    assert drafts[first].state == "open"


def test_a_draft_without_its_answer_cannot_be_accepted(library: Library) -> None:
    drafts = Drafts.load(library.folder / GOLD)
    id = drafts.add(Proposal("Name it.", (), (), True, "feedback")).id
    web = client(library, None)
    page = web.get("/review?drafts=feedback").text
    assert 'value="accept"' not in page
    reply = web.post("/review", data={"drafts": "feedback", "id": id, "do": "accept"})
    assert reply.status_code == 422
    web.post(
        "/review", data={"drafts": "feedback", "id": id, "do": "edit", "question": "What?", "answers": "It."}
    )
    assert load_gold(drafts.gold)[0].answers == ("It.",)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example"},
    ],
)
def test_other_sites_decide_nothing(web: TestClient, drafts: Drafts, headers: dict[str, str]) -> None:
    id = next(iter(drafts)).id
    reply = web.post("/review", data={"drafts": "mine", "id": id, "do": "accept"}, headers=headers)
    assert reply.status_code == 403
    assert not drafts.gold.exists()


def test_this_page_may_decide(web: TestClient, drafts: Drafts) -> None:
    id = next(iter(drafts)).id
    headers = {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}
    data = {"drafts": "mine", "id": id, "do": "accept"}
    assert web.post("/review", data=data, headers=headers, follow_redirects=False).status_code == 303


@pytest.mark.parametrize("name", ["../gold/mine", "/etc/passwd", "mine.jsonl", "mine/", "", "nothing"])
def test_names_are_no_paths(web: TestClient, drafts: Drafts, name: str) -> None:
    id = next(iter(drafts)).id
    assert web.post("/review", data={"drafts": name, "id": id, "do": "accept"}).status_code == 404
    assert name == "" or web.get("/review", params={"drafts": name}).status_code == 404
    assert not drafts.gold.exists()


def test_nonsense_is_turned_down(web: TestClient, drafts: Drafts) -> None:
    id = next(iter(drafts)).id
    assert post(web, "nothing", "accept").status_code == 404
    assert post(web, id, "destroy").status_code == 404
    assert web.post("/review", data={"answers": "x" * 200_000}).status_code == 413
    assert web.post("/review", content=iter([b"drafts=mine"])).status_code == 413
    post(web, id, "reject", seconds="nan")
    post(web, id, "reject", seconds="1e99")
    drafts.reload()
    assert drafts[id].seconds == 3600.0


def test_all_drafts_are_listed(library: Library, drafts: Drafts, tmp_path: Path) -> None:
    Drafts.load(tmp_path / "gold" / "feedback.jsonl").add(Proposal("A?", ("b",), (), True, "single"))
    Drafts.load(library.folder / GOLD).add(Proposal("C?", (), (), True, "feedback"))
    sets = review.gold_sets(tmp_path / "gold", library.folder)
    assert sets["feedback"] == library.folder / GOLD
    assert sets["gold/feedback"] == tmp_path / "gold" / "feedback.jsonl"
    assert review.gold_sets(drafts.path, None) == {"mine": drafts.gold}
    page = client(library, tmp_path / "gold").get("/review").text
    assert page.count("<article") == 3
    assert "footnote eval new" in client(None, None).get("/review").text


def test_a_damaged_file_is_said(drafts: Drafts) -> None:
    drafts.path.write_text("nonsense\n")
    reply = client(None, drafts.gold).get("/review?drafts=mine")
    assert reply.status_code == 409
    assert "mine.drafts.jsonl" in reply.text


def test_without_a_library_the_quote_stands_alone(drafts: Drafts) -> None:
    page = client(None, drafts.gold).get("/review?drafts=mine").text
    assert f"<mark>{QUOTE}</mark>" in page
    assert "not found" not in page


def test_articles_added_later_are_found(library: Library, drafts: Drafts) -> None:
    web = client(library, drafts.gold)
    last = [draft.id for draft in drafts][-1]
    assert "not found in the library" in web.get(f"/review?drafts=mine&at={last}").text
    library.add_articles([make_article("Opened. In 2014. Yes.", title="Gone", source="gone.txt")])
    assert "not found in the library" not in web.get(f"/review?drafts=mine&at={last}").text
