"""The term index: what words find, that it always equals the database, and what happens to its files."""

import random
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Library, whole
from index.search import query, termfiles
from index.search.terms import TermIndex
from index.search.termwriter import TermWriter
from index.store.contents import Store
from index.types import Article
from tests.index.store.older import downgrade
from tests.index.store.test_library_crash import child

ARTICLES = [
    Article("mill", "Fire at the mill", "The mill in Odeburg burned down on Monday. Nobody was hurt."),
    Article("vote", "Lee wins the vote", "Ann Lee became mayor of Odeburg. She promised a new bridge."),
    Article("cats", "On cats", "Cats sleep for most of the day. A mayor may own a cat. The U.S. has many."),
    Article("corona", "Health", "COVID-19 cases fell by 3.5% among naïve visitors, Trump's office claimed."),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.writing(tmp_path)
    yield store
    store.close()


def put(store: Store, *articles: Article) -> None:
    with store.transaction():
        for article in articles:
            store.put_article(article, [(0, len(article.text))], [b"\0" * 8], None)


def numbered(*numbers: int, word: str = "hero") -> list[Article]:
    return [Article(str(i), f"T{i}", f"The tale of {word} number {i}, who won.") for i in numbers]


def write(store: Store) -> None:
    TermWriter(store.folder).write(store)


def searching(store: Store, index: TermIndex | None = None) -> TermIndex:
    index = index or TermIndex(store.folder)
    with store.snapshot() as generation:
        index.refresh(store, generation)
    return index


def found(store: Store, text: str, index: TermIndex | None = None, limit: int = 99) -> list[str]:
    hits = searching(store, index).search(text, limit)
    assert hits == sorted(hits, key=lambda hit: (-hit[1], hit[0]))
    return [store.passage(id).article_id for id, _ in hits]


def on_disk(store: Store) -> bool:
    return searching(store)._disk is not None


# What words find


@pytest.mark.parametrize("kept", ["on disk", "in memory"])
def test_words_are_found_in_any_form(store: Store, kept: str) -> None:
    put(store, *ARTICLES)
    if kept == "on disk":
        write(store)
    for text, best in {
        "Who burned the mill?": "mill",
        "burning mills": "mill",
        "U.S.": "cats",
        "covid-19": "corona",
        "COVID": "corona",
        "naive": "corona",
        "3.5%": "corona",
        "what did trump’s aides claim": "corona",
        "health": "corona",
    }.items():
        assert found(store, text)[0] == best
    assert found(store, "is the mill there?") == ["mill"]
    assert len(found(store, "the")) == 3, "stop words matter when there are no others"
    assert found(store, "?!") == []
    assert on_disk(store) == (kept == "on disk")


def test_a_compound_is_worth_more_than_its_parts(store: Store) -> None:
    put(store, Article("parts", "", "19 patients had covid."), Article("whole", "", "Patients had covid-19."))
    write(store)
    assert found(store, "covid-19") == ["whole", "parts"]


SPELLED = {
    "comma": "The harbour laid off 1,300 dockers.",
    "point": "La naviera despidió a 1.300 estibadores.",
    "money": "Parliament passed a budget of $1,234,567 for the lighthouse.",
    "space": "A crowd of 48\u00a0512 watched.",
    "bill": "Bill AB-60 caps rents; H.R. 1234 would undo that, near hangar F35A.",
    "year": "There were 2,017 sheep in the valley.",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1300", {"comma", "point"}),
        ("1,300", {"comma", "point"}),
        ("1.300", {"comma", "point"}),
        ("1 300", {"comma", "point"}),
        ("$1234567", {"money"}),
        ("48512", {"space"}),
        ("48,512", {"space"}),
        ("HR1234", {"bill"}),
        ("HR 1234", {"bill"}),
        ("H.R.1234", {"bill"}),
        ("AB60", {"bill"}),
        ("F-35A", {"bill"}),
        ("2017", set()),
    ],
)
def test_numbers_and_codes_are_found_in_any_spelling(store: Store, text: str, expected: set[str]) -> None:
    put(store, *(Article(id, "", said) for id, said in SPELLED.items()))
    write(store)
    assert set(found(store, text)[: max(1, len(expected))]) == expected


ABROAD = [
    Article(
        "es", "Mosquitos", "El ministerio anunció que fumigará los barrios de la costa, según el alcalde."
    ),
    Article("fr", "Usine", "L'usine sera fermée à la fin de l'année, et les ouvriers protestent."),
    Article("de", "Brücke", "Die Brücken der Stadt sind wegen der Risse gesperrt."),
    Article("pl", "Kopalnia", "Kopalnie soli zostaną zamknięte, a górnicy się skarżą, że nie ma pracy."),
    Article("ru", "Завод", "Рабочие завода ёлочных игрушек потеряли места в конце года."),
    Article("ar", "مصنع", "أعلنت الشركة إغلاقَ مصنعها الكبير في نهاية العام."),
    Article("zh", "大坝", "由于连日暴雨，大坝将于当晚开始泄洪。"),
    Article("ja", "ダム", "県は豪雨のためダムの放流を始めると発表した。"),
    Article("th", "เขื่อน", "เขื่อนเปิดประตูน้ำเพราะฝนตกหนัก"),
    Article("en", "Dam", "The dam was opened after the rain, and workers of the factory left."),
]


@pytest.mark.parametrize("kept", ["on disk", "in memory"])
def test_words_of_other_languages_are_found_in_any_form(store: Store, kept: str) -> None:
    put(store, *ABROAD)
    if kept == "on disk":
        write(store)
    for text, best in {
        "¿Quién habló de la fumigación?": "es",
        "fumigara": "es",
        "FERMEES": "fr",
        "L’usine fermait-elle ?": "fr",
        "Warum ist die Brücke gesperrt?": "de",
        "brucke": "de",
        "zamkniete": "pl",
        "kopalnię": "pl",
        "Какие рабочие теряют место?": "ru",
        "елочный": "ru",
        "اغلاق المصـــنع": "ar",
        "泄洪": "zh",
        "大坝什么时候开始泄洪？": "zh",
        "ダムはいつ放流しますか": "ja",
        "ประตูน้ำ": "th",
        "open dams": "en",
    }.items():
        assert found(store, text)[:1] == [best], text


@pytest.mark.parametrize("text", ["کتاب\u200cهای", "کتابهای", "کتاب های", "كتابهاي", "كتاب"])
def test_persian_words_are_found_with_and_without_what_parts_them(store: Store, text: str) -> None:
    put(
        store,
        Article("books", "کتاب", "دولت می\u200cخواهد کتاب\u200cهای تازه بخرد."),
        Article("rain", "باران", "باران در شهر بارید و مردم خانه ماندند."),
    )
    write(store)
    assert found(store, text) == ["books"]


def test_a_name_is_not_rare_because_few_articles_are_in_a_language(store: Store) -> None:
    english = [Article(str(i), "", f"Odeburg is a town, and this is report {i} of it.") for i in range(40)]
    tariffs = Article("tariffs", "", "The tariffs were raised, and Odeburg is in the report.")
    spanish = Article("es", "", "La ciudad de Odeburg está en la costa y los barcos llegan con el viento.")
    put(store, *english, tariffs, spanish)
    write(store)
    assert found(store, "Odeburg tariffs")[0] == "tariffs"
    scores = dict(searching(store).search("Odeburg", 99))
    assert max(scores.values()) < 2 * min(scores.values())


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "NEAR(a b)",
        "words:mill",
        "a AND",
        "mill*",
        "^mill",
        "{x} : y",
        "-mill",
        "\0",
        "_",
        "\ud800",
        "/a/",
    ],
)
def test_query_syntax_is_plain_text(store: Store, text: str) -> None:
    put(store, *ARTICLES)
    assert len(searching(store).search(text + " Monday", 5)) >= 1


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> TermIndex:
    store = Store.writing(tmp_path_factory.mktemp("small"))
    put(store, *ARTICLES)
    index = searching(store)
    store.close()
    return index


@given(text=st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_a_query(small: TermIndex, text: str) -> None:
    assert len(small.search(text + " mill", 5)) >= 1


def test_terms_of_a_long_query_are_capped(store: Store) -> None:
    text = " ".join(f"word{i}" for i in range(10_000))
    assert len(query.terms(text)) == query.MOST_TERMS
    put(store, *ARTICLES)
    assert searching(store).search("mill " + text, 5)


def test_ties_go_by_id_and_what_is_allowed_is_found_however_deep(store: Store) -> None:
    words = ["alpha beta", "alpha gamma"]
    with store.transaction():
        for i in range(600):
            store.put_article(Article(str(i), "", words[i % 2]), [(0, len(words[i % 2]))], [b""], None)
    write(store)
    ids = store.passage_ids()
    index = searching(store)
    assert [id for id, _ in index.search("beta", 5)] == ids[0:10:2]
    for share in (2, 7, 100):  # these are filtered in different ways
        allowed = np.array(ids[1::share][-150:], dtype=np.int64)
        assert [id for id, _ in index.search("alpha", 1000, allowed)] == allowed.tolist()
        assert [id for id, _ in index.search("alpha", 3, allowed)] == allowed[:3].tolist()
    assert index.search("alpha", 3, np.array([], dtype=np.int64)) == []
    assert index.search("gamma", 3, np.array(ids[0:9:2], dtype=np.int64)) == []


# That it equals the database


def test_what_the_disk_lacks_is_found_and_scored_as_if_it_were_there(store: Store) -> None:
    put(store, *numbered(*range(50)))
    write(store)
    put(
        store,
        Article("rare", "", "Hero with a zebra."),
        Article("new", "", "Another hero number 7 of sorts here."),
    )
    before = searching(store)
    assert before._disk is not None
    ranked = before.search("zebra hero number 7", 5)
    write(store)
    after = searching(store)
    assert after._memory.searcher is None
    again = after.search("zebra hero number 7", 5)
    assert {id for id, _ in ranked} == {id for id, _ in again}
    assert ranked[0] == (again[0][0], pytest.approx(again[0][1], rel=0.15))
    assert ranked[0][1] > 3, "a word that is rare in all is, even where all that is new holds it"


def test_follows_the_database_whenever_the_writer_does_or_does_not(store: Store) -> None:
    chance = random.Random(7)
    lasting, writer = TermIndex(store.folder), TermWriter(store.folder)
    for step in range(20):
        there = [article.id for article in store.articles()]
        with store.transaction():
            for id in chance.sample(there, min(len(there), chance.randrange(4))):
                store.remove_article(id)
            for article in numbered(*range(step, step + chance.randrange(4)), word=f"hero w{step}"):
                store.put_article(article, [(0, 20), (20, len(article.text))], [b"", b""], None)
        if chance.random() < 0.4:
            writer.write(store)
        expected = sorted(store.passage_ids())
        for index in (lasting, TermIndex(store.folder)):
            hits = [id for id, _ in searching(store, index).search("tale who won", 999)]
            assert sorted(hits) == expected


def test_a_snapshot_older_than_the_index_is_searched_as_it_was(store: Store) -> None:
    put(store, *numbered(1, 2, 3))
    write(store)
    reader = Store.reading(store.folder)
    with reader.snapshot() as generation:
        with store.transaction():
            store.remove_article("2")
        put(store, *numbered(4), *numbered(3, word="villain"))
        write(store)
        index = TermIndex(store.folder)
        index.refresh(reader, generation)
        assert index._disk is not None
        assert sorted(id for id, _ in index.search("hero villain", 9)) == reader.passage_ids()
        assert len(index.search("villain", 9)) == 0
    assert sorted(found(reader, "hero villain", index)) == ["1", "3", "4"]
    reader.close()


def test_made_anew_it_ranks_the_same(store: Store) -> None:
    chance = random.Random(3)
    words = [f"word{i}" for i in range(40)]
    for part in range(6):
        texts = [" ".join(chance.choices(words, k=chance.randrange(5, 60))) for _ in range(40)]
        put(store, *(Article(f"{part}/{i}", "", text) for i, text in enumerate(texts)))
        write(store)
    texts = ["word1 word2", "word7", "word3 word9 word30"]
    grown = [searching(store).search(text, 50) for text in texts]
    shutil.rmtree(store.folder / termfiles.FOLDER)
    assert [searching(store).search(text, 50) for text in texts] == grown, "in memory"
    write(store)
    assert on_disk(store)
    assert [searching(store).search(text, 50) for text in texts] == grown


def test_one_article_removed_of_many_leaves_the_index_and_the_scores_as_they_were(store: Store) -> None:
    put(store, *numbered(*range(200)), Article("gone", "T", "The tale of hero number 999, who lost."))
    write(store)
    made = [path.name for path in (store.folder / termfiles.FOLDER).glob("*.store")]
    with store.transaction():
        store.remove_article("gone")
    TermWriter(store.folder).finish(store)
    assert set(made) <= {path.name for path in (store.folder / termfiles.FOLDER).glob("*.store")}
    left = searching(store).search("hero number 7", 5)
    assert found(store, "lost") == []
    shutil.rmtree(store.folder / termfiles.FOLDER)
    write(store)
    for (id, score), (same, exact) in zip(left, searching(store).search("hero number 7", 5), strict=True):
        assert id == same
        assert score == pytest.approx(exact, rel=0.02, abs=0.01)
    with store.transaction():
        for number in range(100, 110):
            store.remove_article(str(number))
    TermWriter(store.folder).finish(store)
    disk = searching(store)._disk
    assert disk is not None
    assert disk.dead == 0


def test_many_deleted_passages_make_it_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.search.termwriter.FEW", 10)
    put(store, *numbered(*range(30)))
    write(store)
    for word in ("villain", "fool"):
        put(store, *numbered(*range(30), word=word))
        write(store)
    put(store, *numbered(40))
    write(store)
    disk = searching(store)._disk
    assert disk is not None
    assert disk.dead <= 30
    assert len(found(store, "fool")) == 30
    assert found(store, "villain") == []


def test_writing_with_nothing_new_leaves_the_files_alone(store: Store) -> None:
    write(store)
    assert not (store.folder / termfiles.FOLDER).exists()
    put(store, *ARTICLES)
    write(store)
    before = termfiles.listing(store.folder / termfiles.FOLDER)
    generation = store.generation
    write(store)
    assert termfiles.listing(store.folder / termfiles.FOLDER) == before
    assert store.generation == generation


# What happens to its files


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    whole.write(path, data)  # a file that is written in place is cut short under who has it mapped


def test_no_flipped_bit_changes_an_answer(store: Store) -> None:
    put(store, *ARTICLES, *numbered(1, 2, 3))
    write(store)
    with store.transaction():
        store.remove_article("2")
    put(store, *numbered(4))
    write(store)
    texts = ["mayor of Odeburg", "hero number 3", "covid-19"]

    def answers() -> list[list[int]]:
        index = searching(store)
        return [[id for id, _ in index.search(text, 9)] for text in texts]

    expected = answers()
    folder = store.folder / termfiles.FOLDER
    files = [path for path in folder.iterdir() if path.stat().st_size and not path.name.startswith(".")]
    assert {path.suffix for path in files} >= {
        ".json",
        ".idx",
        ".pos",
        ".term",
        ".fast",
        ".fieldnorm",
        ".del",
    }
    chance = random.Random(5)
    for path in files:
        data = path.read_bytes()
        for _ in range(9 if path.suffix == ".json" else 1):
            flip(path, chance.randrange(len(data)))
            assert answers() == expected
            whole.write(path, data)
    assert on_disk(store)


@pytest.mark.parametrize("harm", ["gone", "empty file", "no folder", "cut", "other recipe", "flipped"])
def test_a_damaged_index_is_worked_around_and_then_made_anew(
    store: Store, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, *ARTICLES)
    folder = store.folder / termfiles.FOLDER
    if harm == "other recipe":
        with monkeypatch.context() as patch:
            patch.setattr(termfiles, "ANALYSER", "other")
            termfiles.schema.cache_clear()
            write(store)
        termfiles.schema.cache_clear()
    else:
        write(store)
    file = next(folder.glob("*.idx"))
    if harm == "gone":
        shutil.rmtree(folder)
    elif harm == "empty file":
        whole.write(file, b"")
    elif harm == "no folder":
        shutil.rmtree(folder)
        folder.write_text("I am a file")
    elif harm == "cut":
        whole.write(file, file.read_bytes()[:-9])
    elif harm == "flipped":
        flip(file, 5)
    index = TermIndex(store.folder)
    assert found(store, "mayor of Odeburg", index) == ["vote", "mill", "cats"]
    assert index._disk is None
    write(store)
    assert found(store, "mayor of Odeburg") == ["vote", "mill", "cats"]
    assert on_disk(store)
    put(store, *numbered(1))
    assert found(store, "mayor hero", index)[0] == "1"
    assert index._disk is not None, "a reader that had done without it takes it up again"


def test_the_index_of_another_past_is_not_believed(store: Store) -> None:
    put(store, *numbered(1, 2))
    write(store)
    store.checkpoint()
    backup = sqlite3.connect(":memory:")
    store.connection.backup(backup)
    put(store, *numbered(3, 4))
    write(store)
    backup.backup(store.connection)
    put(store, *numbered(5, 6, 7))  # under ids that the index on disk has other words for
    assert found(store, "hero 3") == found(store, "hero")
    assert sorted(found(store, "hero")) == ["1", "2", "5", "6", "7"]
    write(store)
    assert on_disk(store)
    assert found(store, "number 6")[0] == "6"


def test_where_it_cannot_be_written_it_is_done_without(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, *ARTICLES)
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "no")))
    write(store)
    assert found(store, "mill") == ["mill"]


def test_a_panic_of_tantivy_is_worked_around(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    class Panicking:
        num_docs = 5

        def search(self, *_: object, **__: object) -> None:
            raise PanicException

    put(store, *ARTICLES)
    write(store)
    index = searching(store)
    assert index._disk is not None
    object.__setattr__(index._disk, "searcher", Panicking())
    assert index.search("mill", 5) == []
    assert found(store, "mill", index) == ["mill"]


def test_libraries_of_the_first_version_are_brought_up_to_date(store: Store, embedder) -> None:
    put(store, *ARTICLES)
    downgrade(store.connection, 1)
    with Library.open(store.folder) as library:
        assert library.search("mill", by="bm25") == [], "nothing was ever embedded here"
    assert store.connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE name LIKE 'terms%'"
    ).fetchone() == (0,)
    assert found(store, "mill") == ["mill"]


def test_an_index_of_an_older_version_is_made_anew_when_the_library_is_opened(
    tmp_path: Path, library_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(termfiles, "ANALYSER", "older")
        termfiles.schema.cache_clear()
        library_of(tmp_path, ARTICLES).close()
    termfiles.schema.cache_clear()
    folder = next(tmp_path.rglob(termfiles.FOLDER)).parent
    assert termfiles.outdated(folder)
    with Library.open(folder) as library:
        assert library.search("mills", by="bm25")[0].article.id == "mill"
        assert library._access.indexes.terms._disk is not None
    assert not termfiles.outdated(folder)


# Several processes

ADD = """
ingest.BATCH = 1
told = folder.with_name("told.txt")
with Library.open(folder, embedder=BagOfWords(), create=True) as library:
    library.add(sorted(news.glob("0*.txt")))
    print("began", flush=True)
    with told.open("w", buffering=1) as told:
        library.add([news], progress=lambda p: print(p.current, file=told))
"""


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for i in range(40):
        (folder / f"{i:02}.txt").write_text(f"Hero {i}\n\nThe tale of hero number {i}, who won {i} times.")
    return folder


@pytest.mark.slow
def test_readers_are_not_disturbed_by_a_writer(tmp_path: Path, news: Path, embedder) -> None:
    folder = tmp_path / "library"
    with child(ADD, folder, news) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "began\n"
        with Library.open(folder, embedder=embedder) as library:
            while process.poll() is None:
                told = (tmp_path / "told.txt").read_text().split() if (tmp_path / "told.txt").exists() else []
                hits = library.search("tale of a hero", k=99, by="bm25")
                assert {hit.article.source for hit in hits} >= set(told)
                assert len(hits) >= 10
                assert library._access.indexes.terms._disk is not None
            assert len(library.search("tale of a hero", k=99, by="bm25")) == 40
        assert process.returncode == 0


def test_a_killed_writer_is_in_nobodys_way(tmp_path: Path, news: Path, embedder) -> None:
    folder = tmp_path / "library"
    with child(ADD, folder, news) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while not (tmp_path / "told.txt").exists():
            pass
        process.send_signal(signal.SIGKILL)
    with Library.open(folder, embedder=embedder) as library:
        stored = library.status().articles
        assert len(library.search("tale of a hero", k=99, by="bm25")) == stored
        library.add([news])
        assert len(library.search("tale of a hero", k=99, by="bm25")) == 40
        assert library._access.indexes.terms._disk is not None
        assert library._access.indexes.terms._memory.searcher is None
