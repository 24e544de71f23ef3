"""Who said what when: every line that people wrote of a passage or a source, oldest first."""

from collections.abc import Iterator
from dataclasses import dataclass

from kb.knowledge_base import KnowledgeBase
from kb.records import Label
from kb.storing import annotations


@dataclass(frozen=True, slots=True)
class Entry:
    """A line and what is to be said of it today. `earlier` are the criteria or the circumstance
    whose wording was another then, as far as that was written down; `taken_back` is the line that
    a withdrawal was on, None where there is no such line."""

    label: Label
    earlier: tuple[str, ...] = ()
    taken_back: Label | None = None


def history(base: KnowledgeBase, name: str) -> list[Entry]:
    """All that was ever said of a passage (named by its id or the beginning of that) or of all
    passages of a source, also of passages that are gone. Raises KbError where a name or the file
    cannot be read."""
    base.index()
    every = annotations.history(base.home / "annotations.jsonl")
    citekey, sign, _ = name.partition("#")
    if sign:
        said = [one for one in every if one.passage_id.startswith(name)]
        names = {one.passage_id for one in said} or {_passage(base, name)}
        with base.reading():
            anchors = base.catalog.anchors()
        # What was judged before its file changed belongs to the passage that has the words now.
        names |= {judged for judged, now in anchors.items() if now in names}
        said = [one for one in every if one.passage_id in names]
    else:
        said = [one for one in every if one.passage_id.partition("#")[0] == citekey]
        if not said:
            base.show(name)  # a name that is not there is an error, a source nobody judged is none
    return list(_entries(base, said))


def _passage(base: KnowledgeBase, name: str) -> str:
    _, details = base.show(name)
    return details[0].passage.id


def _entries(base: KnowledgeBase, said: list[Label]) -> Iterator[Entry]:
    wordings = {criterion.id: criterion.wording for criterion in base.framework.criteria}
    statements = {c.id: c.statement for c in base.framework.circumstances}
    spoken = {(o.passage_id, o.by, o.about, o.at): o for o in said if o.kind != "withdrawal"}
    for one in said:
        older = [c for c, then in one.wordings.items() if wordings.get(c, then) != then]
        if one.kind == "verdict" and statements.get(one.about, one.claim) != one.claim:
            older.append(one.about)
        back = None
        if one.takes_back is not None:
            back = spoken.get((one.passage_id, one.by, one.about, one.takes_back))
        yield Entry(one, tuple(older), back)
