"""The report in a real Chromium: nothing runs or loads, filters and links work, nothing overlaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.report import write_report

pytestmark = pytest.mark.browser

Records = list[dict[str, Any]]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
EVIL = (
    "<img src=http://evil.example/1.png onerror='window.hacked=1'><script>window.hacked=1</script>"
    "</script></style></details></svg><iframe src=//evil.example/2></iframe><style>@import 'http://evil.example/3';"
    "body{display:none}</style><a href=\"javascript:window.hacked=1\">x</a> ' onmouseover=window.hacked=1 x='"
    "<svg onload=window.hacked=1><base href=http://evil.example/><meta http-equiv=refresh content='0;url=//evil'>"
    "<form action=http://evil.example/><link rel=stylesheet href=//evil.example/4.css>\u2028\u2029 --><!--"
)


class Tab:
    """A page with all that it asked for and all that it complained about."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def shown(self) -> list[str]:
        """The stages of the questions that are to be seen."""
        found: list[str] = self.page.eval_on_selector_all(
            ".q", "all => all.filter(q => q.getClientRects().length).map(q => q.dataset.stage)"
        )
        return found

    def sideways(self) -> int:
        """By how many pixels the page can be scrolled sideways."""
        root = "document.documentElement"
        width: int = self.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
        return width


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Tab]]:
    contexts = []

    def run(report: Path, hash: str = "", **settings: Any) -> Tab:
        context = chromium.new_context(**{"viewport": WIDE, **settings})
        context.set_default_timeout(20_000)
        contexts.append(context)
        tab = Tab(context.new_page())
        tab.page.goto(report.as_uri() + hash)
        return tab

    yield run
    for context in contexts:
        context.close()


def spoil(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            spoil(name) if name == "novel" else name: v if name == "stage" else spoil(v)
            for name, v in value.items()
        }
    if isinstance(value, list):
        return [spoil(item) for item in value]
    return value + EVIL if isinstance(value, str) else value


def test_hostile_texts_run_nothing_and_load_nothing(
    run_folder: Any, records: Records, summarised: Any, open_page: Any
) -> None:
    whole = summarised(bad := spoil(records))
    whole |= {"run": spoil(whole["run"]), "verifier": spoil(whole["verifier"])}
    whole["by_kind"] = {kind + EVIL: section for kind, section in whole["by_kind"].items()}
    whole["missing"] = [{"id": EVIL, "article": EVIL, "quote": EVIL}]
    whole["stages"][EVIL] = [bad[0]["id"]]
    whole["seconds"][EVIL] = {"p50": 1.0, "p95": 2.0, "n": 3}
    whole["all"]["novel" + EVIL] = whole["all"]["token_f1"]
    report = write_report(run_folder(bad, whole))
    tab = open_page(report, "#stage=" + "%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E&q=%3Cb%3E")
    tab.page.get_by_role("button", name="Clear").click()
    tab.page.get_by_role("button", name="Open all").click()
    tab.page.get_by_label("Search").fill("<script>")
    tab.page.mouse.move(400, 400)
    assert len(tab.shown()) == 60
    assert tab.page.evaluate("window.hacked") is None
    assert [url for url in tab.requests if url.partition("#")[0] != report.as_uri()] == []
    assert tab.complaints == []
    assert tab.sideways() == 0


def test_a_stage_filters_the_questions_and_the_view_can_be_linked(
    run_folder: Any, records: Records, summarised: Any, open_page: Any
) -> None:
    report = write_report(run_folder(records))
    refused = len(summarised(records)["stages"]["wrongly refused"])
    tab = open_page(report)
    assert len(tab.shown()) == 60
    tab.page.get_by_role("link", name="wrongly refused").click()
    assert tab.shown() == ["wrongly refused"] * refused
    assert tab.page.get_by_role("status").inner_text() == f"{refused} of 60 shown"
    tab.page.get_by_label("Kind", exact=True).select_option("date")
    some = len(tab.shown())
    assert 0 < some < refused
    again = open_page(report, tab.page.evaluate("location.hash"))
    assert again.shown() == ["wrongly refused"] * some
    again.page.get_by_role("button", name="Clear").click()
    assert len(again.shown()) == 60
    assert again.page.evaluate("location.hash") == ""
    again.page.get_by_label("Answerable").select_option("no")
    assert len(again.shown()) == 20


def test_search_looks_into_answers_and_evidence_that_are_folded(
    run_folder: Any, records: Records, open_page: Any
) -> None:
    wanted = next(r for r in records if r["evidence"])
    wanted["evidence"][-1]["text"] = "Zanzibar exports cloves."
    tab = open_page(write_report(run_folder(records)))
    tab.page.get_by_label("Search").fill("cloves zanzibar")
    assert tab.shown() == [wanted["stage"]]
    tab.page.get_by_label("Search").fill("nowhere at all")
    assert tab.shown() == []
    assert tab.page.get_by_text("No question fits these filters.").is_visible()


def test_an_example_opens_its_question(run_folder: Any, records: Records, open_page: Any) -> None:
    report = write_report(run_folder(records))
    tab = open_page(report, "#stage=error")
    tab.page.locator(".examples a").first.click()
    question = tab.page.locator(tab.page.evaluate("location.hash"))
    assert question.get_by_text("Expected", exact=True).is_visible()
    tab.page.locator(".q summary").first.focus()
    tab.page.keyboard.press("Enter")
    assert tab.page.locator(".q[open]").count() == 2


def test_without_a_script_it_is_a_plain_page(run_folder: Any, records: Records, open_page: Any) -> None:
    tab = open_page(write_report(run_folder(records)), java_script_enabled=False)
    assert tab.page.locator(".q").count() == 60
    assert not tab.page.get_by_label("Search").is_visible()
    tab.page.locator(".q > summary").first.click()
    assert tab.page.locator(".q .body").first.is_visible()


OVERLAPS = """
() => [...document.querySelectorAll('figure svg')].flatMap((svg) => {
  const words = [...svg.querySelectorAll('text')].map((t) => [t.textContent, t.getBoundingClientRect()]);
  const edge = svg.getBoundingClientRect();
  const out = words.filter(([, b]) => b.left < edge.left - 1 || b.right > edge.right + 1 || b.bottom > edge.bottom + 1);
  const met = words.flatMap(([a, p], i) => words.slice(i + 1).filter(([, q]) =>
    p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 && q.top < p.bottom - 3).map(([b]) => [a, b]));
  return [...out.map(([a]) => [a]), ...met];
})
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits_the_screen_and_nothing_overlaps(
    run_folder: Any, records: Records, summarised: Any, open_page: Any, viewport: Any, scheme: str
) -> None:
    records[0]["question"] = "Unbreakable" * 60
    records[0]["id"] = "0cb2db8cdcf0d1c42dd8adf5d" * 4
    whole = summarised(records)
    for i, found in enumerate(whole["calibration"]["bins"]):
        found["n"] = 1000 + i
    tab = open_page(write_report(run_folder(records, whole)), viewport=viewport, color_scheme=scheme)
    tab.page.get_by_role("button", name="Open all").click()
    assert tab.sideways() == 0
    assert tab.page.locator("figure svg").count() == 4
    assert tab.page.evaluate(OVERLAPS) == []


def test_it_prints(run_folder: Any, records: Records, open_page: Any) -> None:
    tab = open_page(write_report(run_folder(records)))
    tab.page.emulate_media(media="print")
    assert not tab.page.get_by_label("Search").is_visible()
    assert tab.page.pdf()[:5] == b"%PDF-"
