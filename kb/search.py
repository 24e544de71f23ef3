"""A question → Hits: by meaning, by words, or both fused.

Fusion is the weighted mean of the two scores, each min-max scaled: meaning over all candidates,
words over those that have any of them. On SciFact this beats reciprocal rank fusion
(docs/results.md). Ties are broken by passage id.
"""

from collections.abc import Callable, Collection
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


def search(
    searcher: Searcher,
    question: str,
    *,
    mode: str = "both",
    count: int,
    among: Collection[str] | None = None,
    vector: Vectors | None = None,
) -> list[Hit]:
    """At most `count` hits, best first, only `among` these passages if given. `vector` spares
    embedding the question a second time."""
    if among is not None and not among:
        return []
    size = max(count, searcher.candidates)
    meaning: dict[str, float] = {}
    words: dict[str, float] = {}
    if mode != "words":
        vector = searcher.embedder.embed([question])[0] if vector is None else vector
        meaning = dict(searcher.vectors.nearest(vector, size, among))
    if mode != "meaning":
        words = dict(searcher.catalog.best_words(question, size, among))
    first = {*islice(meaning, searcher.candidates), *islice(words, searcher.candidates)}
    if mode == "both" and vector is not None:
        # How near what was found by its words alone is, so that it is not taken for far away.
        unknown = words.keys() - meaning.keys()
        meaning |= dict(searcher.vectors.nearest(vector, len(unknown), unknown))
    weight = {"meaning": 1.0, "words": 0.0, "both": searcher.meaning_weight}[mode]
    passages = searcher.catalog.passages(meaning.keys() | words.keys())
    fused = fuse_in_two(meaning, words, weight, first)
    hits = [
        Hit(passage, fused[name], meaning.get(name), words.get(name))
        for name, passage in passages.items()
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:count]


def fuse_in_two(
    meaning: dict[str, float], words: dict[str, float], meaning_weight: float, first: set[str]
) -> dict[str, float]:
    """The `first` candidates fused among themselves, then the others below them, in the lowest
    hundredth: how many are asked for must not change the order of those that come first."""
    head = fuse(
        {name: score for name, score in meaning.items() if name in first},
        {name: score for name, score in words.items() if name in first},
        meaning_weight,
    )
    others = {name: _BELOW * score for name, score in fuse(meaning, words, meaning_weight).items()}
    return others | {name: _BELOW + (1 - _BELOW) * score for name, score in head.items()}


def fuse(
    meaning: dict[str, float], words: dict[str, float], meaning_weight: float
) -> dict[str, float]:
    """Scores from 0 to 1; a passage that one of the two did not return gets 0 for it."""
    scaled_meaning, scaled_words = scaled(meaning), scaled(words)
    return {
        name: meaning_weight * scaled_meaning.get(name, 0.0)
        + (1 - meaning_weight) * scaled_words.get(name, 0.0)
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
