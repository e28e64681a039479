"""Each metric against arithmetic done by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.abstention import abstention
from eval.metrics.answer_substring import answer_substring
from eval.metrics.bootstrap import bootstrap
from eval.metrics.citations import citation_precision, citation_recall
from eval.metrics.exact_match import exact_match
from eval.metrics.latency import percentile
from eval.metrics.mrr import reciprocal_rank
from eval.metrics.normalise import normalise
from eval.metrics.recall_at_k import hit_at_k, recall_at_k
from eval.metrics.spans import Span, covers, overlaps
from eval.metrics.token_f1 import token_f1

# Two articles; quote A has 40 characters and stands twice in x, quote B has 100 in y.
A = [Span("x", 10, 50), Span("x", 900, 940)]
B = [Span("y", 0, 100)]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The Beatles", "beatles"),
        ("a cat and an owl", "cat and owl"),
        ("Another theatre, anyway", "another theatre anyway"),
        ("U.S.A.", "usa"),
        ("twenty-one", "twentyone"),
        ("the-end", "theend"),
        ("A.N. Other", "other"),
        ("it's", "its"),
        ("  5,000\tpeople\n", "5000 people"),
        ("$5.50", "550"),
        ("5 €", "5 €"),
        ("“Quoted”", "“quoted”"),
        ("İstanbul", "i̇stanbul"),
        ("a the an", ""),
        ("?!", ""),
        ("", ""),
    ],
)
def test_normalising_follows_the_official_script(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(st.text())
def test_normalising_is_free_of_case_punctuation_and_spare_space(text: str) -> None:
    normal = normalise(text)
    assert normal == " ".join(normal.split())
    assert not set(normal) & set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@pytest.mark.parametrize(
    ("prediction", "golds", "em", "f1"),
    [
        ("Nile", ["Nile"], 1, 1),
        ("the NILE!", ["Amazon", "Nile"], 1, 1),
        ("Nile river", ["Nile"], 0, 2 / 3),  # P=1/2, R=1/1
        ("river", ["Nile"], 0, 0),
        ("big red dog", ["red dog barks loudly"], 0, 4 / 7),  # 2 shared of 3 and 4
        ("dog dog dog", ["dog"], 0, 0.5),  # the gold has it once: P=1/3, R=1
        ("1931 April", ["April 1931"], 0, 1),
        ("in 1931", ["April 1931", "1931"], 0, 2 / 3),  # the better of 1/2 and 2/3
        ("", ["Nile"], 0, 0),
        ("", [], 1, 1),
        ("the", [], 1, 1),
        ("Nile", [], 0, 0),
        ("A", ["A"], 1, 1),  # a gold that vanishes leaves only ""
        ("Nile", ["the", "Nile"], 1, 1),
    ],
)
def test_exact_match_and_token_f1(prediction: str, golds: list[str], em: float, f1: float) -> None:
    assert exact_match(prediction, golds) == em
    assert token_f1(prediction, golds) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("texts", "golds", "found"),
    [
        (["", "The bridge opened on May 3, 2011."], ["May 3 2011"], 1),
        (["3 May", "unrelated"], ["3 May"], 1),
        (["It cost $5.5 million"], ["$5.5 million"], 1),
        (["Theodore Roosevelt"], ["Theo"], 0),
        (["2023"], ["3"], 0),
        (["May 2011, on the 3rd"], ["May 3 2011"], 0),
        (["anything"], ["the"], 0),
        (["half of an answer", "in two texts"], ["answer in"], 0),
    ],
)
def test_answer_substring_matches_whole_words(texts: list[str], golds: list[str], found: float) -> None:
    assert answer_substring(texts, golds) == found


def test_half_a_quote_is_enough_and_less_is_not() -> None:
    assert covers(Span("x", 30, 500), A)
    assert not covers(Span("x", 31, 500), A)
    assert covers(Span("x", 920, 2000), A), "the second place counts as well"
    assert not covers(Span("y", 10, 50), A), "the same characters of another article"
    assert not covers(Span("x", 0, 1000), []), "a quote that stands nowhere is never found"


def test_overlap_is_measured_against_the_shorter_span() -> None:
    assert overlaps(Span("x", 45, 55), A), "5 of the citation's 10"
    assert not overlaps(Span("x", 46, 56), A)
    assert overlaps(Span("x", 30, 200), A), "20 of the quote's 40"
    assert not overlaps(Span("x", 31, 200), A)
    assert not overlaps(Span("x", 20, 20), A), "nothing cited"


def test_retrieval_metrics() -> None:
    hits = [Span("z", 0, 500), Span("x", 40, 300), Span("y", 50, 400), Span("x", 800, 1000)]
    # Rank 2 holds 10 of A's 40; rank 3 holds 50 of B's 100; rank 4 holds A's second place.
    assert [recall_at_k(hits, [A, B], k) for k in (1, 2, 3, 4, 10)] == [0, 0, 0.5, 1, 1]
    assert [hit_at_k(hits, [A, B], k) for k in (1, 2, 3, 4)] == [0, 0, 1, 1]
    assert reciprocal_rank(hits, [A, B]) == 1 / 3
    assert reciprocal_rank(hits, [A]) == 1 / 4
    assert reciprocal_rank(hits[:2], [A]) == 0
    assert recall_at_k([], [A], 5) == 0


def test_citation_metrics() -> None:
    cited = [Span("x", 10, 50), Span("x", 60, 100), Span("x", 905, 925), Span("y", 90, 200)]
    # The first and third agree with A, none with B (10 of 100 characters).
    assert citation_recall(cited, [A, B]) == 1 / 2
    assert citation_precision(cited, [A, B]) == 2 / 4
    assert citation_recall([], [A]) == 0
    assert citation_precision([], [A]) == 0


@pytest.mark.parametrize("metric", [citation_recall, citation_precision, reciprocal_rank])
def test_metrics_against_no_gold_refuse(metric) -> None:
    with pytest.raises(ValueError, match="at least one gold quote"):
        metric([Span("x", 0, 1)], [])


def test_abstention() -> None:
    # 10 questions: 4 unanswerable, 3 of them refused; 6 answerable, 2 of them refused.
    outcomes = [(False, True)] * 3 + [(False, False)] + [(True, True)] * 2 + [(True, False)] * 4
    found = abstention(outcomes)
    assert found.precision == 3 / 5
    assert found.recall == 3 / 4
    assert found.f1 == pytest.approx(2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4))
    assert found.false_rate == 2 / 6


def test_abstention_without_refusals_or_unanswerable_questions_has_no_precision_or_recall() -> None:
    assert abstention([]) == abstention([])
    never = abstention([(True, False), (False, False)])
    assert (never.precision, never.recall, never.f1, never.false_rate) == (None, 0.0, 0.0, 0.0)
    assert abstention([(False, True)]).false_rate is None


def test_percentiles() -> None:
    assert percentile([5], 95) == 5
    assert percentile([1, 2, 3, 4], 50) == 2.5
    assert percentile(list(range(101)), 95) == 95


def test_bootstrap_of_a_constant_has_no_width() -> None:
    interval = bootstrap([0.3] * 50)
    assert interval.low == pytest.approx(0.3) == interval.high


def test_bootstrap_matches_the_normal_interval_of_a_large_sample() -> None:
    # 250 of 1,000: standard error sqrt(.25 * .75 / 1000) = .01369, so .25 +- .0268.
    interval = bootstrap([1.0] * 250 + [0.0] * 750)
    assert interval.value == 0.25
    assert interval.low == pytest.approx(0.25 - 0.0268, abs=0.004)
    assert interval.high == pytest.approx(0.25 + 0.0268, abs=0.004)


def test_bootstrap_gives_the_same_interval_each_time_and_another_for_another_seed() -> None:
    values = [i % 7 / 7 for i in range(60)]
    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values) != bootstrap(values, seed=1)


def test_bootstrap_of_a_ratio() -> None:
    # F1 of one true refusal, one missed and one false: 2 * 1 / (2 + 2).
    interval = bootstrap([2, 0, 0, 0], [2, 1, 1, 0])
    assert interval.value == 0.5
    assert interval.low == 0.0
    assert interval.high == 1.0


@pytest.mark.parametrize(("values", "weights"), [([], None), ([1.0], [1.0, 2.0]), ([0.0], [0.0])])
def test_bootstrap_of_nothing_refuses(values: list[float], weights: list[float] | None) -> None:
    with pytest.raises(ValueError, match="can't bootstrap"):
        bootstrap(values, weights)
