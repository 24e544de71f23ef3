"""A passage → what the tagger's word on it rests on, criterion by criterion."""

from kb.knowledge_base import KnowledgeBase
from kb.records import Reason
from kb.storing.catalog import Catalog
from kb.tagging.prototype import texts

WORDS = 6
NEAREST = 3


def reasons(base: KnowledgeBase, name: str) -> list[Reason]:
    """One a criterion of the framework, surest first, of the passage with this id, whether or not
    it is a tag. Raises UnknownName."""
    _, (details, *_) = base.show(name)
    passage = details.passage
    with base.reading():
        (vector,) = base.vectors.get([passage.id])
        (scores,) = base.tagger.score([passage.text], vector[None]).tolist()
        tagged = _tagged_by_people(base.catalog)
        found = []
        for criterion, score, threshold in zip(
            base.framework.criteria, scores, base.tag_thresholds, strict=True
        ):
            said = texts(base.framework, criterion)
            cosines = (base.embedder.embed(said) @ vector).tolist()
            others = tagged.get(criterion.id, set()) - {passage.id}
            reason = Reason(
                criterion=criterion.id,
                score=score,
                threshold=threshold,
                method=base.tagger.method(criterion.id),
                words=tuple(base.tagger.words(criterion.id, passage.text)[:WORDS]),
                wordings=tuple(sorted(zip(said, cosines, strict=True), key=_by_cosine)[:NEAREST]),
                passages=tuple(base.vectors.nearest(vector, NEAREST, others) if others else ()),
            )
            found.append(reason)
    return sorted(found, key=lambda reason: -reason.score)


def _by_cosine(found: tuple[str, float]) -> tuple[float, str]:
    return -found[1], found[0]


def _tagged_by_people(catalog: Catalog) -> dict[str, set[str]]:
    """By criterion the ids of the passages that a person tagged with it."""
    found: dict[str, set[str]] = {}
    for tags in catalog.tags(catalog.ids()).values():
        for tag, _ in tags:
            if not tag.by.startswith("model:"):
                found.setdefault(tag.criterion, set()).add(tag.passage_id)
    return found
