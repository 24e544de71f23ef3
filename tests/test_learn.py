"""People's tags → corrections, kept only where they find more on other sources."""

from collections.abc import Sequence

import numpy as np

from kb.framework import Framework
from kb.learn import ENOUGH, TaggedPassage, learn
from kb.records import Criterion
from kb.tagging import Vectors

FRAMEWORK = Framework("T", (), (Criterion("a", "A", "About a.", ()),), ())


class Says:
    """A tagger that says what the first number of the vector is, or the same of all."""

    identity = "says"
    thresholds = np.array([0.5], np.float32)

    def __init__(self, knows: bool, seen: str = "") -> None:
        self._knows = knows
        self._seen = seen

    def score(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        if self._knows:
            return np.where(vectors[:, :1] > 0, 0.9, 0.1).astype(np.float32)
        return np.full((len(texts), 1), 0.5, np.float32)

    def method(self, criterion: str) -> str:
        return "says"

    def words(self, criterion: str, text: str) -> list[tuple[str, float]]:
        return []

    def trained_on(self, text: str) -> bool:
        return bool(self._seen) and text.startswith(self._seen)


def drawn(
    number: int = 120, sources: int = 12, hidden: bool = False
) -> tuple[list[TaggedPassage], Vectors]:
    """Passages tagged by the sign of their vector's first number, or by chance."""
    chance = np.random.default_rng(3)
    vectors = chance.normal(size=(number, 8)).astype(np.float32)
    tagged = chance.random(number) > 0.5 if hidden else vectors[:, 0] > 0
    passages = [
        TaggedPassage(f"source{n % sources}", f"text {n}", {"a": float(tagged[n])})
        for n in range(number)
    ]
    return passages, vectors


def test_what_finds_more_is_kept() -> None:
    passages, vectors = drawn()
    ((lesson,), corrections) = learn(FRAMEWORK, Says(knows=False), passages, vectors)
    assert lesson.kept
    assert lesson.before is not None
    assert lesson.after is not None
    assert lesson.after > 0.85 > lesson.before
    said = corrections["a"].score(np.full(len(vectors), 0.5), vectors)
    assert ((said > 0.5) == (vectors[:, 0] > 0)).mean() > 0.9


def test_what_is_no_better_is_not() -> None:
    passages, vectors = drawn()
    ((lesson,), corrections) = learn(FRAMEWORK, Says(knows=True), passages, vectors)
    assert (lesson.before, lesson.kept, corrections) == (1.0, False, {})


def test_a_source_learnt_by_heart_proves_nothing() -> None:
    """Tags that go by source are no use on the next source, however well they can be learnt."""
    chance = np.random.default_rng(4)
    means = chance.normal(size=(10, 8)) * 4
    vectors = np.repeat(means, 12, axis=0).astype(np.float32)
    vectors += chance.normal(size=vectors.shape).astype(np.float32) / 10
    passages = [
        TaggedPassage(f"s{n // 12}", f"t{n}", {"a": float(n // 12 % 2)}) for n in range(120)
    ]
    ((lesson,), _) = learn(FRAMEWORK, Says(knows=False), passages, vectors)
    assert lesson.after is not None
    assert lesson.after < 0.9


def test_too_few_on_either_side_teach_nothing() -> None:
    passages, vectors = drawn(number=2 * ENOUGH + 10)
    few = [p for p in passages if p.share["a"]][: ENOUGH - 1]
    rows = few + [p for p in passages if not p.share["a"]]
    kept = [passages.index(p) for p in rows]
    ((lesson,), corrections) = learn(FRAMEWORK, Says(knows=False), rows, vectors[kept])
    assert (lesson.tagged, lesson.after, corrections) == (ENOUGH - 1, None, {})


def test_one_source_alone_teaches_nothing() -> None:
    passages, vectors = drawn(sources=1)
    ((lesson,), corrections) = learn(FRAMEWORK, Says(knows=False), passages, vectors)
    assert (lesson.after, corrections) == (None, {})


def test_passages_that_trained_the_tagger_do_not_count() -> None:
    passages, vectors = drawn()
    ((lesson,), corrections) = learn(FRAMEWORK, Says(False, seen="text"), passages, vectors)
    assert lesson.tagged > ENOUGH
    assert (lesson.fresh, corrections) == (0, {})


def test_no_tags_at_all() -> None:
    ((lesson,), corrections) = learn(FRAMEWORK, Says(knows=False), [], np.empty((0, 8), np.float32))
    assert (lesson.tagged, corrections) == (0, {})


def test_the_same_tags_teach_the_same() -> None:
    passages, vectors = drawn()
    again = learn(FRAMEWORK, Says(knows=False), passages, vectors)
    assert learn(FRAMEWORK, Says(knows=False), passages, vectors) == again
