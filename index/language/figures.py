"""The figures of a text in one form each, however they are written: to see whether two texts give the same ones.

Values of English numbers (`numbers.py`); number words of other languages as they stand, and numbers in Chinese
characters. What only looks like a number is harmless: it tells two texts apart that differ in it.
"""

from __future__ import annotations

import re

from index.language.numbers import plain, read

_WORDS = """
    dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince veinte treinta cuarenta cincuenta
    sesenta setenta ochenta noventa cien ciento cientos mil millón millones docena docenas
    zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend million millionen dutzend
    deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante
    soixante cent cents mille millions dizaine douzaine vingtaine trentaine quarantaine cinquantaine centaine
    dois duas quatro sete oito nove dez onze doze treze quatorze catorze quinze dezesseis dezasseis dezessete dezassete
    dezoito dezenove dezanove vinte trinta quarenta sessenta oitenta cem cento duzentos trezentos quinhentos milhão
    milhões milhares dúzia
    due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette
    diciotto diciannove venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento mille mila milione
    milioni decina decine dozzina
    twee drie vijf zes zeven negen tien twaalf dertien veertien vijftien zestien zeventien achttien negentien honderd
    duizend miljoen dozijn
    dwa dwie dwóch dwaj dwoje trzy trzech troje cztery czterech pięć pięciu sześć sześciu siedem siedmiu osiem ośmiu
    dziewięć dziewięciu dziesięć dziesięciu jedenaście jedenastu dwanaście dwunastu trzynaście czternaście piętnaście
    piętnastu szesnaście siedemnaście osiemnaście dziewiętnaście dwadzieścia dwudziestu trzydzieści trzydziestu
    czterdzieści sto stu dwieście tysiąc tysiące tysięcy milion miliony milionów
    два две двое двух три трое трёх трех четыре четверо четырёх четырех пять пятеро пяти шесть шестеро семь семеро
    восемь восьмеро девять десять десяти сто двести тысяча тысячи тысяч миллион миллиона миллионов
    اثنان اثنين اثنتان اثنتين شخصان شخصين ثلاثة ثلاث اربعة اربع أربعة أربع خمسة خمس ستة ست سبعة سبع ثمانية ثماني تسعة
    تسع عشرة عشر مئة مائة مئتان مئتي مئات الف ألف الاف آلاف الفي ألفي مليون مليوني
"""
_OTHERS = frozenset(_WORDS.split())
_COMPOUND = re.compile(
    r"(?:[a-zäöüß]{3,}(?:zig|ßig|zehn|hundert|tausend|tig|honderd|duizend)"  # German, Dutch
    r"|(?:vent|trent|quarant|cinquant|sessant|settant|ottant|novant|veinti|dieci)[a-zéèíó]{3,}"  # Italian, Spanish
    r"|[а-я]{3,}(?:надцать|надцати|дцать|дцати|десят|десяти|сот|ста)|сорок[а]?|девяносто"  # Russian
    r"|[a-z]{3,}(?:cientos|cientas|centos|centas|cento)"  # Spanish, Portuguese, Italian
    r"|[\u0621-\u064a]{2,}(?:ون|ين|مئة|مائة|عشر))"  # Arabic
)
_CHINESE = re.compile(r"[一二三四五六七八九十百千万億亿零〇两]+")
_WORD = re.compile(r"[^\W\d_]+")


def figures(text: str) -> frozenset[str]:
    """The figures of a text; one is one, too.

    >>> sorted(figures("Eleven people died, 1,300 fled")), sorted(figures("Siete personas murieron"))
    (['11', '1300'], ['siete'])
    """
    found = {plain(number.value) for number in read(text)}
    for word in _WORD.findall(text.lower()):
        if word in _OTHERS or _COMPOUND.fullmatch(word):
            found.add(word)
    return frozenset(found.union(_CHINESE.findall(text)))
