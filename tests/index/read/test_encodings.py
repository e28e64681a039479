"""Texts in the encodings that old files are in: the words as they were written, never other letters."""

from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.errors import BadDocument
from index.read import read
from index.read.encodings import guess
from index.read.load import decode

TEXTS = {
    "pl": "Szkoła w Żółkwi dostała nową salę. Wójt powiedział, że budowa trwała dziewięć miesięcy i kosztowała mniej.",
    "cs": "Knihovna ve Žďáru se přestěhuje. Ředitelka řekla, že nová budova má větší sál i učebnu pro děti.",
    "hu": "Új könyvtár nyílt a főtéren. Az igazgatónő szerint a régi épület fűtése túl sokba került, és szűk volt.",
    "de": "Die Bücherei zieht um. Für größere Räume müsse man weniger heizen, sagte die Leiterin, „das spürt jeder“.",
    "fr": "La bibliothèque déménage à la rentrée. L’ancien bâtiment était mal chauffé, a précisé la directrice, déçue.",
    "es": "La biblioteca se mudará en otoño. «Habrá más sitio para los niños», señaló la directora, doña Inés Peña.",
    "ru": "Библиотека переезжает осенью. Директор сообщила, что в новом здании будет больше места для детей.",
    "uk": "Бібліотека переїжджає восени. Директорка каже, що в новій будівлі буде більше місця для дітей і їх батьків.",
    "el": "Η βιβλιοθήκη μετακομίζει το φθινόπωρο. Η διευθύντρια είπε ότι το νέο κτίριο έχει περισσότερο χώρο.",
    "tr": "Kütüphane sonbaharda taşınıyor. Müdür, yeni binanın çocuklar için daha geniş olduğunu söyledi.",
    "he": "הספרייה עוברת בסתיו למבנה חדש. המנהלת אמרה שיש בו יותר מקום לילדים ולקוראים.",
    "ar": "تنتقل المكتبة في الخريف إلى مبنى جديد. وقالت المديرة إن فيه مساحة أكبر للأطفال.",
    "th": "ห้องสมุดจะย้ายในฤดูใบไม้ร่วง ผู้อำนวยการกล่าวว่าอาคารใหม่มีพื้นที่สำหรับเด็กมากขึ้น",
    "ja": "図書館は秋に移転する。館長は、新しい建物には子どものための部屋が増えると述べた。",
    "zh": "图书馆将于秋天搬迁。馆长表示，新馆为孩子们留出了更多的空间，也会延长开放时间。",
    "zt": "圖書館將於秋天搬遷。館長表示，新館為孩子們留出了更多的空間，也會延長開放時間。",
    "ko": "도서관이 가을에 이전한다. 관장은 새 건물에 어린이를 위한 공간이 더 많다고 말했다.",
}
CASES = [
    *(("pl", e) for e in ("cp1250", "iso8859_2", "cp852")),
    *(("cs", e) for e in ("cp1250", "iso8859_2")),
    *(("hu", e) for e in ("cp1250", "iso8859_2")),
    *(("de", e) for e in ("cp1252", "mac_roman")),
    *(("fr", e) for e in ("cp1252", "mac_roman")),
    *(("es", e) for e in ("cp1252", "mac_roman")),
    *(("ru", e) for e in ("cp1251", "koi8_r", "iso8859_5", "cp866")),
    *(("uk", e) for e in ("cp1251", "koi8_u")),
    *(("el", e) for e in ("cp1253", "iso8859_7")),
    *(("tr", e) for e in ("cp1254",)),
    *(("he", e) for e in ("cp1255",)),
    *(("ar", e) for e in ("cp1256",)),
    *(("th", e) for e in ("cp874",)),
    *(("ja", e) for e in ("cp932", "euc_jp", "iso2022_jp")),
    *(("zh", e) for e in ("gb18030", "hz")),
    *(("zt", e) for e in ("big5",)),
    *(("ko", e) for e in ("cp949",)),
    *((language, e) for language in TEXTS for e in ("utf_16_le", "utf_16_be")),
]


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_short_and_long_texts_keep_their_letters(tmp_path: Path, language: str, encoding: str) -> None:
    text = TEXTS[language].encode(encoding, "ignore").decode(encoding)
    for name, written in (("short", f"{text}\n"), ("long", f"{text}\n\n" * 30)):
        assert decode(written.encode(encoding), tmp_path / name) == written
    (tmp_path / "a.txt").write_bytes(f"{text}\n".encode(encoding))
    (article,) = read(tmp_path / "a.txt")
    assert article.text.split() == text.split()


@pytest.mark.parametrize(
    "text",
    [
        "We can’t wait",
        "It costs £20, or 25 €",
        "The naïve café owner said “no” – twice",
        "Mr. O’Neil—a clerk—left…",
        "© 2020 Daily News",
        "5 × 3 m² at 30 °C, and ½ of it",
    ],
)
@pytest.mark.parametrize("around", ["", "The council met on Monday to vote on the plan for the hall. " * 20])
def test_english_from_windows_keeps_its_signs(text: str, around: str) -> None:
    assert decode(f"{around}{text}".encode("cp1252"), Path("a.txt")) == f"{around}{text}"


@pytest.mark.parametrize(
    ("language", "encoding"), [(lang, e) for lang, e in CASES if not e.startswith("utf")]
)
def test_a_few_words_become_no_other_letters_of_another_script(language: str, encoding: str) -> None:
    words = TEXTS[language].encode(encoding, "ignore").decode(encoding).split()[:4]
    data = " ".join(words).encode(encoding)
    found = guess(data)
    if found is not None:
        assert sum(a != b for a, b in zip(data.decode(found.encoding), " ".join(words), strict=False)) <= 4


@pytest.mark.parametrize(
    ("text", "encoding", "doubtful"),
    [
        ("Straße gesperrt", "cp1252", True),
        ("Meras atsistatydino šiandien", "cp1257", True),
        ("Снегопад", "koi8-r", True),
        ("“Enough,” she said.", "cp1252", False),
        ("Мэр подал в отставку, потому что ремонт моста стоил бы городу слишком дорого.", "cp1251", False),
        ("新的大桥周二开通。", "gb18030", False),
        ("新しい橋が開通した。", "cp932", False),
    ],
)
def test_a_few_letters_are_taken_with_doubt(tmp_path: Path, text: str, encoding: str, doubtful: bool) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    flaws: list[str] = []
    (article,) = read(tmp_path / "a.txt", flaws)
    assert [flaw.partition(" so few letters")[0] for flaw in flaws] == [
        f"doubtful: {tmp_path / 'a.txt'}:"
    ] * doubtful
    assert doubtful or article.text == text


def test_a_doubt_is_a_warning_and_the_article_is_added(tmp_path: Path, embedder: Any) -> None:
    (tmp_path / "a.txt").write_bytes("Straße gesperrt".encode("cp1252"))
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        report = library.add([tmp_path / "a.txt"])
        assert (report.added, report.failed, len(report.warnings)) == (1, (), 1)
        assert next(library.articles()).text == "Straße gesperrt"


def test_what_cannot_be_told_is_refused_with_the_way_out() -> None:
    with pytest.raises(BadDocument, match=r"a\.txt: can't tell its character encoding: save it as UTF-8"):
        decode(bytes(range(0x80, 0x100)), Path("a.txt"))


def test_what_is_no_text_is_no_wide_text(tmp_path: Path) -> None:
    for number, data in enumerate((bytes(range(256)) * 20, b"\x00\x01" * 500, b"PK\x03\x04" + b"\0" * 90)):
        (tmp_path / f"{number}.txt").write_bytes(data)
        with pytest.raises(BadDocument, match="is not a text file"):
            read(tmp_path / f"{number}.txt")


def test_letters_far_down_in_a_long_text_are_read() -> None:
    text = "The council met on Monday.\n" * 9000 + "“Dvořák’s Rusalka”, it said.\n" + TEXTS["cs"]
    assert decode(text.encode("cp1250"), Path("a.txt")) == text


def test_one_byte_that_is_none_of_the_encoding_costs_no_long_text() -> None:
    text = f"{TEXTS['de']}\n" * 50
    found = decode(text.encode("cp1252") + b"\x81", Path("a.txt"))
    assert found.startswith(text)


@pytest.mark.parametrize("language", ["Spanish", "Russian"])
def test_letters_decoded_wrongly_before_the_file_was_written_are_mended(
    tmp_path: Path, language: str
) -> None:
    right = {
        "Spanish": "“No habrá más retrasos”, señaló María Núñez; según el alcalde, la reparación costaría 1.300 €.",
        "Russian": "Совет округа во вторник проголосовал за закрытие парома.",
    }[language]
    spoilt = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in right.encode())
    around = "A title\n\nCafé, à l’école, « très » bien…\n\n"
    assert decode(f"{around}{spoilt}".encode(), tmp_path / "a.txt") == around + right
