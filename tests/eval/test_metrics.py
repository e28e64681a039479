"""Each metric against arithmetic done by hand."""

from __future__ import annotations

import math
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics.abstention import abstention
from eval.metrics.alce import alce, faithfulness
from eval.metrics.answer_substring import answer_substring
from eval.metrics.calibration import Bin, calibration
from eval.metrics.citations import citation_f1, citation_precision, citation_recall
from eval.metrics.exact_match import exact_match
from eval.metrics.latency import percentile
from eval.metrics.mrr import article_reciprocal_rank, reciprocal_rank
from eval.metrics.ndcg import article_ndcg_at_k, ndcg_at_k
from eval.metrics.normalise import squad
from eval.metrics.recall_at_k import article_hit_at_k, article_recall_at_k, hit_at_k, recall_at_k
from eval.metrics.risk_coverage import risk_coverage
from eval.metrics.spans import Span, covers, overlaps
from eval.metrics.token_f1 import token_f1

# Two articles; quote A has 40 characters and stands twice in x, quote B has 100 in y.
A = [Span("x", 10, 50), Span("x", 900, 940)]
B = [Span("y", 0, 100)]


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


@pytest.mark.parametrize(
    ("said", "gold", "exact", "f1"),
    [
        ("17 September [2023]", "17 September", 1, 1),
        ("17 September [2023]", "17 September 2023", 1, 1),
        ("17 September [2023]", "September", 0, 2 * 1 / (2 + 1)),
        ("17 September [2023]", "2023", 0, 2 * 1 / (3 + 1)),
        ("[Sessions] said no", "said no", 1, 1),
        ("[Sessions] said no", "Sessions said no", 1, 1),
        ("[Sessions] said no", "he said no", 0, 2 * 2 / (2 + 3)),
        ("[T]wo men [in a boat]", "two men in a boat", 1, 1),
        ("[T]wo men [in a boat]", "two men", 1, 1),
        ("two [wounded] men [in a boat]", "two men", 1, 1),
        ("ballot measure [B]", "ballot measure [A]", 0, 2 * 2 / (3 + 2)),
        ("ballot measure [A]", "ballot measure [A]", 1, 1),
        ("[Sessions]", "Sessions", 1, 1),
        ("[Sessions]", "", 0, 0),
        ("17 September 2023", "17 September", 0, 2 * 2 / (3 + 2)),
    ],
)
def test_what_was_added_in_square_brackets_makes_no_answer_wrong(
    said: str, gold: str, exact: float, f1: float
) -> None:
    """P has the words in brackets or has them not, whichever is nearer to G."""
    golds = [gold] * bool(gold)
    assert exact_match(said, golds) == exact
    assert token_f1(said, golds) == pytest.approx(f1)
    assert not exact or answer_substring([said], golds)


def test_the_official_rules_know_nothing_of_square_brackets() -> None:
    assert exact_match("17 September [2023]", ["17 September"], rules=squad) == 0
    assert token_f1("17 September [2023]", ["17 September"], rules=squad) == pytest.approx(2 * 2 / (3 + 2))


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
    assert [reciprocal_rank(hits, [A, B], k) for k in (2, 3)] == [0, 1 / 3]


def test_ndcg_of_passages() -> None:
    hits = [Span("z", 0, 500), Span("x", 40, 300), Span("y", 50, 400), Span("x", 800, 1000)]
    # B is found at rank 3, A at rank 4; at best they stand at 1 and 2.
    best = 1 + 1 / math.log2(3)
    assert ndcg_at_k(hits, [A, B]) == pytest.approx((1 / math.log2(4) + 1 / math.log2(5)) / best)
    assert ndcg_at_k(hits, [A, B], 3) == pytest.approx((1 / math.log2(4)) / best)
    assert ndcg_at_k(hits, [A, B], 2) == 0
    # At k = 1 only one can be found.
    assert ndcg_at_k(hits[2:], [A, B], 1) == 1


def test_ndcg_counts_a_quote_once_and_a_passage_with_two_quotes_twice() -> None:
    near = [Span("x", 60, 90)]
    both, elsewhere = Span("x", 0, 100), Span("z", 0, 9)
    assert ndcg_at_k([both], [A, near]) == 1
    assert ndcg_at_k([both, both, both], [A]) == 1, "found again is nothing gained"
    # Both at rank 2 count as ranks 2 and 3; B at rank 3 then moves to 4.
    log2, best = math.log2, 1 + 1 / math.log2(3) + 1 / math.log2(4)
    expected = (1 / log2(3) + 1 / log2(4) + 1 / log2(5)) / best
    assert ndcg_at_k([elsewhere, both, B[0]], [A, near, B]) == pytest.approx(expected)


def test_article_metrics_pass_over_repeated_articles() -> None:
    ids = ["p", "p", "q", "p", "r", "q", "s"]  # p, q, r, s
    relevance = {"q": 1, "s": 3, "t": 2, "p": 0}
    assert [article_recall_at_k(ids, relevance, k) for k in (1, 2, 3, 4, 20)] == [
        0,
        1 / 3,
        1 / 3,
        2 / 3,
        2 / 3,
    ]
    assert [article_hit_at_k(ids, relevance, k) for k in (1, 2)] == [0, 1]
    assert [article_reciprocal_rank(ids, relevance, k) for k in (1, 2, 10)] == [0, 1 / 2, 1 / 2]
    # Gains 0 1 0 3, at best 3 2 1.
    dcg, best = 1 / math.log2(3) + 3 / math.log2(5), 3 + 2 / math.log2(3) + 1 / math.log2(4)
    assert article_ndcg_at_k(ids, relevance) == pytest.approx(dcg / best)
    assert article_ndcg_at_k(ids, relevance, 2) == pytest.approx(1 / math.log2(3) / (3 + 2 / math.log2(3)))
    assert article_ndcg_at_k([], relevance) == 0


@pytest.mark.parametrize(
    "metric",
    [
        partial(article_recall_at_k, k=5),
        partial(article_hit_at_k, k=5),
        article_ndcg_at_k,
        article_reciprocal_rank,
    ],
)
def test_article_metrics_refuse_when_nothing_is_relevant(metric) -> None:
    with pytest.raises(ValueError, match="at least one relevant article"):
        metric(["p"], {"p": 0})


def test_citation_metrics() -> None:
    cited = [Span("x", 10, 50), Span("x", 60, 100), Span("x", 905, 925), Span("y", 90, 200)]
    # The first and third agree with A, none with B (10 of 100 characters).
    assert citation_recall(cited, [A, B]) == 1 / 2
    assert citation_precision(cited, [A, B]) == 2 / 4
    assert citation_recall([], [A]) == 0
    assert citation_precision([], [A]) == 0
    assert citation_f1(1 / 2, 3 / 4) == pytest.approx(0.6)  # 2 * .375 / 1.25
    assert (citation_f1(0, 1), citation_f1(0, 0), citation_f1(1, 1)) == (0, 0, 1)


def judgement(
    supported: bool, alone: list[bool], without: list[bool], faithful: bool = True
) -> dict[str, object]:
    return {"supported": supported, "faithful": faithful, "alone": alone, "without": without}


def test_alce() -> None:
    judged = [
        judgement(True, [True], [False]),  # one citation, needed: 1 of 1
        judgement(True, [False, True, False], [False, True, True]),  # needed, enough, superfluous: 2 of 3
        judgement(False, [True, False], [False, False], False),  # together they don't: 0 of 2
        judgement(False, [], [], False),
    ]
    assert alce(judged) == (2 / 4, 3 / 6)
    assert faithfulness(judged) == 2 / 4


def test_alce_of_sentences_without_citations_is_zero_whatever_the_verifier_said() -> None:
    assert alce([judgement(True, [], [])]) == (0, 0)


@pytest.mark.parametrize("metric", [alce, faithfulness])
def test_metrics_of_no_sentences_refuse(metric) -> None:
    with pytest.raises(ValueError, match="at least one sentence"):
        metric([])


@pytest.mark.parametrize("metric", [citation_recall, citation_precision, reciprocal_rank, ndcg_at_k])
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


def test_risk_coverage() -> None:
    # Five questions, one never answered. By falling confidence: right, {wrong, right}, half right.
    found = risk_coverage([0.4, 0.7, None, 0.7, 0.9], [0.5, 0, 1, 1, 1])
    expected = [(1 / 5, 0, 0.9), (3 / 5, 1 / 3, 0.7), (4 / 5, 1.5 / 4, 0.4)]
    assert [pytest.approx(point) for point in expected] == list(found.points)
    assert found.area == pytest.approx((1 * 0 + 2 * (1 / 3) + 1 * (1.5 / 4)) / 4)


def test_risk_coverage_rewards_order_and_nothing_else() -> None:
    right = [1, 1, 0, 0]
    good, bad, none = ([0.9, 0.8, 0.3, 0.1], [0.1, 0.3, 0.8, 0.9], [0.5] * 4)
    assert risk_coverage(good, right).area == pytest.approx((0 + 0 + 1 / 3 + 2 / 4) / 4)
    assert risk_coverage(bad, right).area == pytest.approx((1 + 1 + 2 / 3 + 2 / 4) / 4)
    assert risk_coverage(none, right).area == 0.5
    # Questions that are never answered shorten the curve, and leave its area.
    assert risk_coverage([*good, None, None], [*right, 0, 0]).area == risk_coverage(good, right).area


SCORES = st.lists(
    st.tuples(st.none() | st.sampled_from([0, 0.25, 0.5, 0.9, 1]), st.sampled_from([0, 0.5, 1])), min_size=1
).filter(lambda pairs: any(confidence is not None for confidence, _ in pairs))


@settings(deadline=None)
@given(SCORES)
def test_risk_coverage_and_calibration_stay_in_bounds_and_ignore_order(pairs) -> None:
    confidences, right = zip(*pairs, strict=True)
    found = risk_coverage(confidences, right)
    assert found == risk_coverage(*zip(*sorted(pairs, key=str), strict=True))
    coverages, risks, thresholds = zip(*found.points, strict=True)
    assert list(coverages) == sorted(set(coverages))
    assert list(thresholds) == sorted(set(thresholds), reverse=True)
    assert coverages[-1] == pytest.approx(1 - confidences.count(None) / len(pairs))
    answered = [r for c, r in pairs if c is not None]
    assert risks[-1] == pytest.approx(1 - sum(answered) / len(answered))
    assert min(risks) - 1e-9 <= found.area <= max(risks) + 1e-9
    error = calibration(confidences, right).error
    assert 0 <= error <= 1
    assert error == pytest.approx(calibration(confidences[::-1], right[::-1]).error)
    assert sum(b.n for b in calibration(confidences, right).bins) == len(answered)


def test_calibration() -> None:
    found = calibration([0.0, 0.1, 0.62, 0.66, 0.7, None], [0, 1, 1, 1, 0, 1])
    # Bin 1 holds 0 and .1: |.5 - .05| = .45 of 2; bin 7 (.6, .7]: |2/3 - .66| of 3.
    assert [(b.low, b.high, b.n) for b in found.bins] == [(0, 0.1, 2), (0.6, 0.7, 3)]
    assert found.error == pytest.approx(2 / 5 * 0.45 + 3 / 5 * (2 / 3 - 0.66))
    assert calibration([0.3, 1.0], [0, 1], bins=1).bins == (Bin(0, 1, 2, 0.65, 0.5),)
    assert calibration([0.75] * 4, [1, 1, 1, 0]).error == 0


@pytest.mark.parametrize("edge", [i / 10 for i in range(1, 11)])
def test_a_confidence_on_an_edge_falls_below_it(edge: float) -> None:
    assert calibration([edge], [1]).bins[0].high == edge


@pytest.mark.parametrize(
    ("confidences", "bins"), [([1.2], 10), ([-0.1], 10), ([math.nan], 10), ([None], 10), ([0.5], 0)]
)
def test_calibration_refuses_what_is_no_confidence(confidences, bins) -> None:
    with pytest.raises(ValueError, match="calibration needs"):
        calibration(confidences, [1], bins)


@pytest.mark.parametrize("metric", [risk_coverage, calibration])
def test_confidences_without_outcomes_refuse(metric) -> None:
    with pytest.raises(ValueError, match="don't fit"):
        metric([0.5], [])
    with pytest.raises(ValueError, match="needs"):
        metric([None], [1])


def test_percentiles() -> None:
    assert percentile([5], 95) == 5
    assert percentile([1, 2, 3, 4], 50) == 2.5
    assert percentile(list(range(101)), 95) == 95
