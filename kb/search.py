"""Queries → Hits: by meaning, by words, or both fused.

Fusion is the weighted mean of the two scores, each min-max scaled: meaning over all candidates,
words over those that have any of them. On SciFact this beats reciprocal rank fusion
(docs/results.md). Of several queries a passage has the best score that any gives it, so that what
speaks against a claim need not look like it. Ties are broken by passage id.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from kb.embedding import Embedder
from kb.errors import QuestionError
from kb.records import Hit
from kb.storing import Vectors, VectorStore
from kb.storing.catalog import Catalog

MODES = ("both", "meaning", "words")
_BELOW = 0.01  # the highest score of a passage beyond the first candidates
_LONGEST = 10_000  # characters; beyond this even counting word pieces is a waste


@dataclass(frozen=True, slots=True)
class Searcher:
    """What a search works with; `meaning_weight` is from 0 to 1, `candidates` a count."""

    catalog: Catalog
    vectors: VectorStore
    embedder: Embedder
    meaning_weight: float
    candidates: int


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: its `text` by words, its `vector`, of length 1, by meaning."""

    text: str
    vector: Vectors | None


def check_question(question: str, count_tokens: Callable[[str], int], limit: int) -> str:
    """The question without surplus white space. Raises QuestionError if it is empty or longer
    than the embedder reads."""
    # What the command line could not decode arrives as lone surrogates, which no file can hold.
    readable = question.encode("utf-8", "replace").decode()
    text = " ".join(readable.replace("\0", " ").split())
    if not text:
        raise QuestionError('the question is empty; ask something, e.g. kb ask "scale limits"')
    if len(text) > _LONGEST or (tokens := count_tokens(text)) > limit:
        size = f"{len(text):,} characters" if len(text) > _LONGEST else f"{tokens} word pieces"
        raise QuestionError(
            f"the question is too long ({size}; at most {limit} word pieces, about "
            f"{limit * 2 // 3} words); ask for one thing at a time"
        )
    return text


def as_query(searcher: Searcher, text: str, mode: str = "both") -> Query:
    """A text to be looked for by itself; not embedded where only words are asked for."""
    return Query(text, None if mode == "words" else searcher.embedder.embed([text])[0])


def search(
    searcher: Searcher,
    queries: Sequence[Query],
    *,
    mode: str = "both",
    count: int,
    among: Collection[str] | None = None,
    without: Collection[str] = (),
    per_source: int = 0,
) -> list[Hit]:
    """At most `count` hits, best first, only `among` these passages if given, and `without` those.
    Of one source `per_source` come before the others of it, which follow when all sources have had
    theirs; 0 for no such rule."""
    if among is not None and not among:
        return []
    found: dict[str, Hit] = {}
    for query in queries:
        for hit in _found(searcher, query, mode, count, among, without):
            before = found.get(hit.passage.id)
            if before is None or hit.score > before.score:
                found[hit.passage.id] = hit
    ranked = sorted(found.values(), key=lambda hit: (-hit.score, hit.passage.id))
    return (spread(ranked, per_source) if per_source else ranked)[:count]


def _found(
    searcher: Searcher,
    query: Query,
    mode: str,
    count: int,
    among: Collection[str] | None,
    without: Collection[str],
) -> list[Hit]:
    """The candidates that one query puts forward, in no order."""
    size = max(count, searcher.candidates) + len(without)
    meaning: dict[str, float] = {}
    words: dict[str, float] = {}
    if mode != "words" and query.vector is not None:
        near = searcher.vectors.nearest(query.vector, size, among)
        meaning = {name: cosine for name, cosine in near if name not in without}
    if mode != "meaning":
        worded = searcher.catalog.best_words(query.text, size, among)
        words = {name: score for name, score in worded if name not in without}
    first = {*islice(meaning, searcher.candidates), *islice(words, searcher.candidates)}
    if mode == "both" and query.vector is not None:
        # How near what was found by its words alone is, so that it is not taken for far away.
        unknown = words.keys() - meaning.keys()
        meaning |= dict(searcher.vectors.nearest(query.vector, len(unknown), unknown))
    weight = {"meaning": 1.0, "words": 0.0, "both": searcher.meaning_weight}[mode]
    passages = searcher.catalog.passages(meaning.keys() | words.keys())
    fused = fuse_in_two(meaning, words, weight, first)
    return [
        Hit(passage, sum(fused[name]), meaning.get(name), words.get(name), *fused[name])
        for name, passage in passages.items()
    ]


def spread(ranked: Sequence[Hit], per_source: int) -> list[Hit]:
    """The same hits, those of a source beyond its first `per_source` behind all others: first
    among the first candidates, then among the rest, so that who comes first stays the same however
    many are asked for."""
    seen: Counter[str] = Counter()
    later: dict[str, bool] = {}
    for hit in ranked:
        later[hit.passage.id] = seen[hit.passage.citekey] >= per_source
        seen[hit.passage.citekey] += 1
    return sorted(ranked, key=lambda hit: (hit.score < _BELOW, later[hit.passage.id]))


def fuse_in_two(
    meaning: dict[str, float], words: dict[str, float], meaning_weight: float, first: set[str]
) -> dict[str, tuple[float, float]]:
    """The `first` candidates fused among themselves, then the others below them, in the lowest
    hundredth: how many are asked for must not change the order of those that come first."""
    head = fuse(
        {name: score for name, score in meaning.items() if name in first},
        {name: score for name, score in words.items() if name in first},
        meaning_weight,
    )
    below = {
        name: (_BELOW / 2 * parts[0], _BELOW / 2 * parts[1])
        for name, parts in fuse(meaning, words, meaning_weight).items()
    }
    return below | {name: _raised(*parts) for name, parts in head.items()}


def _raised(from_meaning: float, from_words: float) -> tuple[float, float]:
    """The shares of a score moved up from 0..1 to _BELOW..1, in the same proportion."""
    score = from_meaning + from_words
    if not score:
        return _BELOW, 0.0
    raised = (_BELOW + (1 - _BELOW) * score) / score
    return from_meaning * raised, from_words * raised


def fuse(
    meaning: dict[str, float], words: dict[str, float], meaning_weight: float
) -> dict[str, tuple[float, float]]:
    """What meaning and what words add to each score, together from 0 to 1; a passage that one of
    the two did not return gets 0 for it."""
    scaled_meaning, scaled_words = scaled(meaning), scaled(words)
    return {
        name: (
            meaning_weight * scaled_meaning.get(name, 0.0),
            (1 - meaning_weight) * scaled_words.get(name, 0.0),
        )
        for name in meaning.keys() | words.keys()
    }


def scaled(scores: dict[str, float]) -> dict[str, float]:
    """Min-max scaled to 0..1; all 1 when they are all the same."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {name: (score - low) / (high - low) for name, score in scores.items()}
