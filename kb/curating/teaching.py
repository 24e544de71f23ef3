"""People's tags → what corrects the tagger, kept in .kb/."""

from kb import handwritten
from kb.errors import storage_error
from kb.knowledge_base import KnowledgeBase
from kb.learn import TaggedPassage, learn
from kb.reports import Lesson
from kb.tagging import learned


def taught(base: KnowledgeBase) -> list[Lesson]:
    """Train corrections of the tagger that kb.toml names on people's tags, and keep those that find
    more than it does in place of all that was learnt before; where none does, none is kept. One
    Lesson a criterion of the framework. Tags follow at the next build. Raises KbError; what was
    learnt before is then as it was."""
    base.index()  # sees what has changed since it was opened
    with base.reading():
        shares = _shares(base)
        passages = base.catalog.passages(shares)
        ids = sorted(passages)
        rows = [TaggedPassage(passages[n].citekey, passages[n].text, shares[n]) for n in ids]
        vectors = base.vectors.get(ids)
    tagger = base.untaught_tagger
    lessons, corrections = learn(base.framework, tagger, rows, vectors)
    path = base.index_folder / learned.FILE
    with base.writing():
        try:
            if corrections:
                content = learned.saved(corrections, tagger.identity, base.embedder.identity)
                handwritten.write(path, content, path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, path) or error from None
    base.close()
    return lessons


def _shares(base: KnowledgeBase) -> dict[str, dict[str, float]]:
    """Passage id → criterion → of those who said whether they see it there, the share who do."""
    shares: dict[str, dict[str, float]] = {}
    for passage, people in base.judgements.said([c.id for c in base.framework.criteria]).items():
        words: dict[str, list[bool]] = {}
        for seen in people.values():
            for criterion, says in seen.items():
                words.setdefault(criterion, []).append(says)
        shares[passage] = {criterion: sum(of) / len(of) for criterion, of in words.items()}
    return shares
