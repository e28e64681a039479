"""One question of a run as a page shows it: what was asked, expected, answered, cited, given and found.

Takes a record of questions.jsonl and gives a dictionary for a template. Where cited and gold words lie in a text is
worked out here, on offsets; fields that older runs lack are left out. Knows nothing of HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from eval.metrics.nugget_recall import nuggets_held
from eval.metrics.spans import Span, covers
from eval.report.words import count, grouped, label, percent, seconds, tone
from eval.units import shown

Data = Mapping[str, Any]


class Piece(NamedTuple):
    """A stretch of text of one look: whether an answer cites it, whether gold words stand in it.

    `numbers` are the citations that end here, `first` says that gold words begin here.
    """

    text: str
    cited: bool = False
    gold: bool = False
    numbers: tuple[int, ...] = ()
    first: bool = False


class Mark(NamedTuple):
    """Characters of an article that are cited under `number`, or gold when it is 0."""

    article_id: str
    start: int
    end: int
    number: int = 0


def pieces(text: str, article_id: str, start: int, marks: Sequence[Mark]) -> list[Piece]:
    """`text`, which begins at `start` of the article, cut wherever a mark begins or ends.

    >>> found = pieces("It opened in May.", "a", 100, [Mark("a", 103, 109, 1), Mark("a", 90, 105)])
    >>> [(p.text, p.cited, p.gold) for p in found]
    [('It ', False, True), ('op', True, True), ('ened', True, False), (' in May.', False, False)]
    """
    mine = [m for m in marks if m.article_id == article_id and m.start < start + len(text) and m.end > start]
    edges = {0, len(text)}
    for mark in mine:
        edges |= {max(mark.start - start, 0), min(mark.end - start, len(text))}
    order = sorted(edges)
    found, before = [], False
    for left, right in pairwise(order):
        over = [m for m in mine if m.start - start <= left and m.end - start >= right]
        gold = any(not m.number for m in over)
        ends = sorted({m.number for m in over if m.number and min(m.end - start, len(text)) == right})
        found.append(
            Piece(text[left:right], any(m.number for m in over), gold, tuple(ends), gold and not before)
        )
        before = gold
    return found


def view(record: Data, stage: str) -> dict[str, Any]:
    """All that a page shows of a record; `stage` is where it went wrong, "right", or "" if that isn't known."""
    answer: Data = record.get("answer") or {}
    gold = [
        Mark(str(place[0]), int(place[1]), int(place[2]))
        for evidence in record["gold"]["evidence"]
        if evidence["quote"]
        for place in evidence["places"]
    ]
    cited = [Mark(c["article"]["id"], c["start"], c["end"], c["number"]) for c in answer.get("citations", ())]
    refused = bool(answer.get("abstained"))
    nuggets = _nuggets(record)
    names = _names(record, answer)
    return {
        "anchor": f"q{int(record['index']) + 1}",
        "id": record["id"],
        "kind": record.get("kind") or answer.get("kind", ""),
        "answerable": bool(record["answerable"]),
        "stage": stage,
        "tone": tone(stage),
        "cold": bool(record.get("cold")),
        "question": record["question"],
        "standalone": _other(answer.get("standalone", ""), record["question"]),
        "expected": list(record["gold"]["answers"]),
        "nuggets": nuggets,
        "gist": f"{sum(n['held'] for n in nuggets)} of {count(len(nuggets), 'fact')} held" if nuggets else "",
        "answered": bool(answer),
        "given": given(record),
        "short": _other(answer.get("short", ""), answer.get("text", "")),
        "refused": refused,
        "reason": answer.get("reason", ""),
        "withheld": record.get("withheld", ""),
        "error": record.get("error"),
        "sentences": _sentences(answer, record.get("judged")),
        "citations": [_citation(c, gold, refused) for c in answer.get("citations", ())],
        "gold": [_fate(evidence, record, cited, names, refused) for evidence in record["gold"]["evidence"]],
        "evidence": _evidence(record, gold if refused else [*cited, *gold], names),
        "hits": _hits(record),
        "timings": _timings(answer, record),
        "scores": _scores(record),
    }


def _nuggets(record: Data) -> list[dict[str, Any]]:
    """Each fact that the answer should hold: its first wording, the others, and whether the answer holds it."""
    nuggets = record["gold"].get("nuggets", ())
    return [
        {"first": wordings[0], "others": list(wordings[1:]), "held": there}
        for wordings, there in zip(nuggets, nuggets_held(record.get("answer"), nuggets), strict=True)
    ]


def given(record: Data) -> str:
    """What came back, in a few words: the answer, the refusal or the error; "" from a system that only retrieves."""
    if record.get("error"):
        return f"{record['error']['type']}: {record['error']['message']}"
    answer = record.get("answer")
    if not answer:
        return ""
    return "refused" if answer["abstained"] else str(answer["short"] or answer["text"])


def _other(text: str, shown: str) -> str:
    """`text`, unless it says what is shown anyway."""
    return "" if text.strip(" .").casefold() == shown.strip(" .").casefold() else text


def byline(article: Data) -> str:
    """Who published an article and when, as far as it is known.

    >>> byline({"publisher": "Harbour Wire", "published": "2017-05-26T10:00:00"}), byline({})
    ('Harbour Wire, 2017-05-26', '')
    """
    return ", ".join(
        part for part in (article.get("publisher") or "", (article.get("published") or "")[:10]) if part
    )


def _names(record: Data, answer: Data) -> dict[str, tuple[str, str]]:
    """(title, byline) of each article that the record knows of, by its id."""
    known = {hit["article_id"]: hit for hit in record["hits"]}
    known |= {c["article"]["id"]: c["article"] for c in answer.get("citations", ())}
    return {
        name: (article.get("title") or article.get("source") or name, byline(article))
        for name, article in known.items()
    }


def _sentences(answer: Data, judged: Sequence[Data] | None) -> list[dict[str, Any]]:
    """The sentences of an answer with what the verifier says of each."""
    verdicts = list(judged or ())
    found = []
    for i, sentence in enumerate(answer.get("sentences", ())):
        verdict = verdicts[i] if i < len(verdicts) else None
        found.append(
            {
                "text": sentence["text"],
                "numbers": sentence["citations"],
                "supported": sentence["supported"],
                "verdict": _verdict(verdict) if verdict else "",
                "holds": bool(verdict and verdict["supported"]),
            }
        )
    return found


def _verdict(judged: Data) -> str:
    if judged["supported"]:
        # As ALCE has it: a citation that supports nothing alone, and without which the others still do.
        pairs = zip(judged.get("alone") or (), judged.get("without") or (), strict=False)
        idle = sum(not alone and without for alone, without in pairs)
        return f"supported ({percent(judged['score'])})" + (
            f", {idle} of its citations not needed" if idle else ""
        )
    rest = (
        "but something else the model was given does"
        if judged.get("faithful")
        else "nor does the other evidence"
    )
    return f"its citations don’t support this ({percent(judged['score'])}), {rest}"


def _citation(citation: Data, gold: Sequence[Mark], refused: bool) -> dict[str, Any]:
    article = citation["article"]
    return {
        "number": citation["number"],
        "title": article.get("title") or article.get("source") or article["id"],
        "byline": byline(article),
        "pieces": pieces(citation["quote"], article["id"], citation["start"], gold),
        "support": "" if refused else percent(citation["support"]),
    }


def _fate(
    evidence: Data, record: Data, cited: Sequence[Mark], names: Mapping[str, tuple[str, str]], refused: bool
) -> dict[str, Any]:
    """A gold quote (or article) and how far it came: found at which rank, given to the model, cited."""
    places = [Span(*place) for place in evidence["places"]]
    ranks = [hit["rank"] for hit in record["hits"] if covers(_span(hit), places) or _whole(evidence, hit)]
    steps = []
    if not places:
        steps.append(("not in the library", False))
    elif record["hits"]:
        steps.append((f"found at rank {min(ranks)}" if ranks else "not found", bool(ranks)))
    if places and record.get("evidence"):
        seen = _meets(evidence, places, [_span(item) for item in record["evidence"]])
        steps.append(("given to the model" if seen else "not given to the model", seen))
    if places and record.get("answer") and not refused:
        used = _meets(evidence, places, [Span(mark.article_id, mark.start, mark.end) for mark in cited])
        steps.append(("cited" if used else "not cited", used))
    ids = [place.article_id for place in places if place.article_id in names]
    name = names[ids[0]][0] if ids else evidence["article"]
    return {"article": name, "quote": evidence["quote"], "steps": steps}


def _span(item: Data) -> Span:
    return Span(item["article_id"], item["start"], item["end"])


def _whole(evidence: Data, hit: Data) -> bool:
    """Whether an article is gold as a whole and the hit comes from it."""
    return not evidence["quote"] and any(place[0] == hit["article_id"] for place in evidence["places"])


def _meets(evidence: Data, places: Sequence[Span], spans: Sequence[Span]) -> bool:
    """Whether at least half of the quote lies in these spans together, or any of them in a gold article."""
    if not evidence["quote"]:
        return any(span.article_id == place.article_id for span in spans for place in places)
    return any(2 * sum(_common(span, place) for span in spans) >= place.length for place in places)


def _common(a: Span, b: Span) -> int:
    return max(0, min(a.end, b.end) - max(a.start, b.start)) if a.article_id == b.article_id else 0


def _evidence(
    record: Data, marks: Sequence[Mark], names: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    """What the model was given, sentences of one article together, with the marked words."""
    groups: list[dict[str, Any]] = []
    for item in record.get("evidence") or ():
        if not groups or groups[-1]["id"] != item["article_id"]:
            name, line = names.get(item["article_id"], (item["article_id"], ""))
            groups.append({"id": item["article_id"], "title": name, "byline": line, "sentences": []})
        groups[-1]["sentences"].append(pieces(item["text"], item["article_id"], item["start"], marks))
    return groups


def _hits(record: Data) -> list[dict[str, Any]]:
    """The passages found, best first; those that hold gold evidence are marked, and those not used."""
    used = record.get("used") or len(record["hits"])
    gold = [
        (evidence, [Span(*place) for place in evidence["places"]]) for evidence in record["gold"]["evidence"]
    ]
    return [
        {
            "rank": hit["rank"],
            "title": hit.get("title") or hit.get("source") or hit["article_id"],
            "byline": byline(hit),
            "place": f"{hit['start']:,}–{hit['end']:,}",
            "gold": any(covers(_span(hit), places) or _whole(evidence, hit) for evidence, places in gold),
            "used": i < used,
        }
        for i, hit in enumerate(record["hits"])
    ]


def _timings(answer: Data, record: Data) -> list[tuple[str, str]]:
    if not answer:
        return []
    taken = [
        (name.replace("_", " "), f"{seconds(v)} s") for name, v in answer.get("timings", {}).items() if v > 0
    ]
    tokens = [("prompt", answer.get("prompt_tokens")), ("completion", record.get("completion_tokens"))]
    taken += [(f"{name} tokens", f"{n:,}") for name, n in tokens if n]
    return [("confidence", percent(answer["confidence"])), *taken] if "confidence" in answer else taken


def _scores(record: Data) -> list[tuple[str, str]]:
    metrics = record.get("metrics") or {}
    return [
        (
            ("article " if "Articles" in title else "") + label(name, alone="Citations" in title),
            shown(name, metrics[name], "%"),
        )
        # Of one question, hit@k says no more than recall@k.
        for title, names in grouped(name for name in metrics if name != "abstained" and "hit@" not in name)
        for name in names
    ]
