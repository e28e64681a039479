"""Pages from the web in a library: kept as files, cited by their addresses, replaced when they are added again."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.config import Config
from index.errors import BadDocument, BadSetting
from index.library import AddReport
from index.pages import as_it_was, place
from index.search.scope import Scope
from index.store.webpages import Origin
from index.web import keeping
from qa.retrieve import look_up
from tests.conftest import BagOfWords
from tests.index.web.conftest import Site


def add(library: Library, *given: Any, **how: Any) -> AddReport:
    return keeping.add(library, given, Config(), **{"allow_private": True, **how})


def kept(library: Library) -> list[Path]:
    return sorted((library.folder / "fetched").iterdir())


def test_a_page_is_kept_and_cited_by_its_address(library: Library, site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ants are many.")
    address = site.page("/news/rain", "Rain in May", "It rained on the harbour for nine days.")
    report = add(library, tmp_path / "a.txt", address)
    assert (report.added, report.articles, report.failed) == (2, 2, ())
    article = library.search("harbour rain", k=1)[0].article
    assert (article.title, article.url, article.publisher) == ("Rain in May", address, "127.0.0.1")
    (file,) = kept(library)
    assert file.name.startswith("127.0.0.1-news-rain-")
    assert article.source == str(file)


def test_adding_a_page_again_replaces_it(library: Library, site: Site) -> None:
    address = site.page("/1", "Rain", "It rained for nine days.")
    add(library, address)
    assert add(library, address).unchanged == 1
    site.page("/1", "Rain", "It rained for ten days.")
    report = add(library, address)
    assert (report.updated, report.articles) == (1, 1)
    (hit,) = look_up(library, "How long did it rain?", Config()).hits
    assert "ten days" in hit.text
    assert place(hit.article, 0, 1) == ""


DATED = """<html><head><title>Storm toll</title><meta property="article:published_time" content="2022-10-01T08:00:00Z">
</head><body><article><h1>Storm toll</h1><p>{toll} people died in the storm, officials of the county said.</p>
<p>The harbour is closed{until}.</p></article></body></html>"""


def test_a_page_that_changed_is_reachable_as_it_was(
    library: Library, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = site.put("/storm", DATED.format(toll="Three", until=""))
    add(library, address)
    for day, toll in (("2022-10-02", "Seven"), ("2022-10-02", "Eight"), ("2022-10-04", "Eleven")):
        on(day, monkeypatch)
        site.put("/storm", DATED.format(toll=toll, until=" until Sunday"))
        add(library, address)
    site.put("/storm", DATED.format(toll="Eleven", until=" until Sunday").replace("<h1>", "<h1 id='a'>"))
    add(library, address)
    assert len(list(library.articles())) == 3

    def told(as_of: str | None) -> tuple[str, str]:
        found = look_up(library, "How many people died in the storm?", Config(), scope=Scope.of(as_of=as_of))
        (article,) = {hit.article.id: hit.article for hit in found.hits}.values()
        assert article.url == address
        return article.text.split("\n\n")[1].partition(" people")[0], place(article, 0, 1)

    assert told(None) == ("Eleven", "")
    assert told("2022-10-01") == ("Three", "as it was until 2022-10-02")
    assert told("2022-10-03") == ("Eight", "as it was until 2022-10-04")
    assert told("2022-10-04") == ("Eleven", "")
    nothing = look_up(
        library, "How many people died in the storm?", Config(), scope=Scope.of(as_of="2022-09")
    )
    assert nothing.nothing == "No article in the library is from 2022-09 or earlier."


def on(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    today = classmethod(lambda _: date.fromisoformat(day))
    monkeypatch.setattr(keeping, "date", type("Day", (date,), {"today": today}))


def words_as_of(library: Library, day: str | None) -> set[str]:
    """What the articles begin with that count on that day."""
    hits = look_up(library, "What of the storm?", Config(), scope=Scope.of(as_of=day)).hits
    return {hit.article.text.split("\n\n")[1].partition(" ")[0] for hit in hits}


def test_an_export_says_which_version_of_a_page_is_older(
    library: Library, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {"2022-10-01": "Three", "2022-10-02": "Seven", "2022-10-04": "Eleven"}
    for day, toll in days.items():
        on(day, monkeypatch)
        add(library, site.put("/storm", DATED.format(toll=toll, until="")))
    add(library, site.page("/rain", "Rain", "It rained for nine days."))
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    library.export(first)
    for number, file in enumerate((first, second)):
        with Library.open(tmp_path / f"copy {number}", embedder=library.embedder, create=True) as copy:
            assert copy.add([file]).articles == 4
            assert [words_as_of(copy, day) for day in (None, *days)] == [
                {"Eleven", "It"},
                {"Three"},
                {"Seven"},
                {"Eleven"},
            ]
            hits = look_up(copy, "Who died?", Config(), scope=Scope.of(as_of="2022-10-02")).hits
            assert {place(hit.article, 0, 1) for hit in hits} == {"as it was until 2022-10-04"}
            assert copy.add([file]).unchanged_articles == 4
            copy.export(second)


REWRITTEN = (
    ("2022-10-01", "Rain of the storm fell on all the hills, and nobody knows how much there was of it."),
    ("2022-10-02", "Two hundred houses stand empty after it; their owners ask the county for help."),
    ("2022-10-04", "Insurers met ministers about storm cover, which costs twice what it did last year."),
)


def test_a_page_that_is_wholly_rewritten_is_still_that_page(
    library: Library, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, text in REWRITTEN:
        on(day, monkeypatch)
        page = DATED.format(toll="", until="").replace(
            " people died in the storm, officials of the county said.", text
        )
        add(library, site.put("/storm", page.replace("The harbour is closed.", "")))
    assert words_as_of(library, None) == {"Insurers"}
    assert [words_as_of(library, day) for day in ("2022-10-01", "2022-10-03", "2022-10-04")] == [
        {"Rain"},
        {"Two"},
        {"Insurers"},
    ]


def test_a_version_of_a_later_date_stood_from_then_on(
    library: Library, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = DATED.format(toll="Three", until="")
    add(library, site.put("/storm", page))
    on("2022-10-20", monkeypatch)
    add(library, site.put("/storm", page.replace("Three", "Nine").replace("2022-10-01", "2022-10-05")))
    assert [words_as_of(library, day) for day in ("2022-10-04", "2022-10-05")] == [{"Three"}, {"Nine"}]


def test_what_is_older_is_known_in_a_library_that_was_moved(
    library: Library, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = DATED.format(toll="Three", until="")
    add(library, site.put("/storm", page))
    on("2022-10-20", monkeypatch)
    add(library, site.put("/storm", page.replace("Three", "Nine")))
    library.close()
    library.folder.rename(tmp_path / "moved")
    with Library.open(tmp_path / "moved", embedder=BagOfWords()) as moved:
        assert words_as_of(moved, None) == {"Nine"}
        assert words_as_of(moved, "2022-10-04") == {"Three"}


def test_a_page_that_changes_each_day_has_one_version_on_each(
    library: Library, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (
        "---\ndate: 2022-10-01\n---\n# Storm\n\nThree people died in the storm, officials of the county said."
    )
    add(library, site.put("/storm.md", page, "text/plain"))
    (file,) = kept(library)
    address = site.address + "/storm.md"
    older = [
        file.with_name(as_it_was(file.name, f"{date(2022, 10, 2) + timedelta(n)}")) for n in range(101)
    ]  # as `add` leaves them
    for n, each in enumerate(older):
        each.write_text(page.replace("Three", f"{n}"))
    library.add(older, pages={each.name: Origin(address, address) for each in older})
    assert words_as_of(library, "2022-10-20") == {"19"}


def test_a_file_of_ones_own_is_no_older_version(library: Library, tmp_path: Path) -> None:
    (tmp_path / "storm@until-2022-10-01.md").write_text("# Storm\n\nThree people died in the storm.")
    add(library, tmp_path)
    (hit,) = look_up(library, "Who died in the storm?", Config()).hits
    assert place(hit.article, 0, 1) == ""


def test_a_page_that_cannot_be_read_any_more_leaves_what_was_there(library: Library, site: Site) -> None:
    address = site.page("/1", "Rain", "It rained for nine days.")
    add(library, address)
    before = kept(library)[0].read_bytes()
    site.put("/1", "<html><body></body></html>")
    report = add(library, address)
    assert [path for path, _ in report.failed] == [address]
    assert str(library.folder) not in report.failed[0][1]
    site.put("/1", "gone", status=410)
    assert "answers 410" in add(library, address).failed[0][1]
    assert kept(library)[0].read_bytes() == before
    assert next(library.articles()).text.endswith("nine days.")


def test_interrupted_the_kept_page_is_the_one_in_the_library(library: Library, site: Site) -> None:
    address = site.page("/1", "Rain", "It rained for nine days.")
    add(library, address)
    before = kept(library)[0].read_bytes()
    site.page("/1", "Rain", "It rained for ten days.")

    def interrupt(done: int, total: int, _: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add(library, address, site.page("/2", "Snow", "It snowed."), fetched=interrupt)
    assert [file.read_bytes() for file in kept(library)] == [before]


def test_a_page_of_another_kind_takes_the_place_of_the_one_before(library: Library, site: Site) -> None:
    address = site.page("/1", "Rain", "It rained for nine days.")
    add(library, address)
    site.put("/1", "It rained for ten days.", "text/plain")
    add(library, address)
    assert [file.suffix for file in kept(library)] == [".txt"]
    assert [article.url for article in library.articles()] == [address]


def test_one_bad_address_does_not_sink_the_rest(library: Library, site: Site) -> None:
    good = site.page("/1", "Rain", "It rained.")
    image = site.put("/a.png", b"\x89PNG", "image/png")
    missing = f"{site.address}/missing"
    report = add(library, "http://[", missing, image, good, "http://me:pw@a.org/")
    assert report.articles == 1
    assert [address for address, _ in report.failed] == ["http://[", missing, "http://me:pw@a.org/"]
    assert report.skipped == ((image, f"{image}: is image/png, which isn't read"),)


def test_where_nothing_can_be_fetched_nothing_is_made(library: Library, site: Site) -> None:
    report = add(library, f"{site.address}/missing", allow_private=False)
    assert "this machine" in report.failed[0][1]
    assert "--allow-private" in report.failed[0][1]
    assert not (library.folder / "fetched").exists()
    assert site.asked == []


def test_no_network_is_no_network(library: Library, site: Site) -> None:
    with pytest.raises(BadSetting, match="network is false"):
        keeping.add(library, [site.address], Config(network=False), allow_private=True)
    assert site.asked == []


def test_the_encoding_that_the_server_says_counts(library: Library, site: Site) -> None:
    text = (
        "<html><head><title>Дождь</title></head><body><article><p>Дождь шёл девять дней.</p></article></body>"
    )
    add(library, site.put("/1", text.encode("koi8-r"), "text/html; charset=koi8-r"))
    assert "Дождь шёл девять дней." in next(library.articles()).text


def test_an_address_that_leads_on_is_the_one_it_leads_to(library: Library, site: Site) -> None:
    address = site.page("/new", "Rain", "It rained.")
    report = add(library, site.leads("/old", "/new"), address)
    assert report.articles == 1
    assert [article.url for article in library.articles()] == [address]


def test_the_page_does_not_say_where_it_is_from(library: Library, site: Site) -> None:
    head = '<link rel="canonical" href="https://famous.example/1">'
    address = site.put("/1", f"<html><head>{head}</head><body><p>It rained here.</p></body></html>")
    add(library, address)
    assert next(library.articles()).url == address


def test_what_was_fetched_can_be_synced_and_moved(library: Library, site: Site, embedder: BagOfWords) -> None:
    address = site.page("/1", "Rain", "It rained.")
    add(library, address)
    assert library.sync([library.folder / "fetched"]).unchanged == 1
    moved = library.folder.with_name("elsewhere")
    library.close()
    library.folder.rename(moved)
    with Library.open(moved, embedder=embedder) as there:
        assert len(add(there, address).moved) == 1
        assert [article.url for article in there.articles()] == [address]


def test_a_list_of_addresses(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# pages\nhttps://a.org/1\n\n  http://b.org/2  \n")
    assert list(keeping.listed_in(path)) == ["https://a.org/1", "http://b.org/2"]
    path.write_text("https://a.org/1\nb.org/2\n")
    with pytest.raises(BadDocument, match="line 2"):
        list(keeping.listed_in(path))


def test_names_are_names_on_any_system() -> None:
    name = keeping.name_of("https://a.org/../..\\%2F%00?x=" + "y" * 500, ".html")
    assert "/" not in name
    assert "\\" not in name
    assert "\0" not in name
    assert len(name) < 120
    assert keeping.name_of("https://a.org/?a=1", ".html") != keeping.name_of("https://a.org/?a=2", ".html")
