"""Items one after the other, each with a word, a skip or an undo; every word is on disk at once.

What is skipped comes back at the end, and last in the next session: skips are kept in the index,
which may be deleted.
"""

import json
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from kb.knowledge_base import KnowledgeBase
from kb.labelling.queueing import Item
from kb.labelling.saying import VERDICT, Pen, Thing, circumstance_named
from kb.records import Label, Stance


class Session:
    """Asks for a word on each item. `total` is how many there are, `said` how many have one."""

    def __init__(self, base: KnowledgeBase, pen: Pen, items: Sequence[Item]) -> None:
        self.total = len(items)
        self._waiting = deque(items)
        self._past: list[tuple[Item, Label | None]] = []
        self._skipped: set[Thing] = set()
        self._base = base
        self._pen = pen

    @property
    def current(self) -> Item | None:
        """What is asked about; None when all have been asked."""
        return self._waiting[0] if self._waiting else None

    @property
    def said(self) -> int:
        return sum(label is not None for _, label in self._past)

    @property
    def place(self) -> int:
        """The number of the current item, from 1 to `total`: how many have a word, and one."""
        return min(self.said + 1, self.total)

    @property
    def skipped(self) -> int:
        """How many were skipped and have no word yet."""
        return len(self._skipped)

    def say(self, word: str, *, sure: str = "") -> Item:
        """The person's word on the current item: "yes" or "no", or a stance. Returns the item; on
        return it is on disk. Raises StorageError."""
        item = self._waiting[0]
        if item.kind == VERDICT:
            circumstance = circumstance_named(self._base, item.about)
            label = self._pen.judge(
                item.passage, circumstance, Stance(word), item.opinion, sure=sure
            )
        else:
            label = self._pen.tag(item.passage, item.about, seen=word == "yes")
        self._waiting.popleft()
        self._past.append((item, label))
        self._skipped.discard(item.thing)
        return item

    def skip(self) -> Item:
        """Put the current item last; one that was skipped before is left to the next session."""
        item = self._waiting.popleft()
        self._past.append((item, None))
        if item.thing not in self._skipped:
            self._waiting.append(item)
            self._skipped.add(item.thing)
            _keep_skip(self._base, self._pen.by, item.thing)
        return item

    def undo(self) -> Item | None:
        """Take back the last word or skip; its item is the current one again. None when there is
        nothing to take back."""
        if not self._past:
            return None
        item, label = self._past[-1]
        if label:
            self._pen.take_back(label.kind, label.passage_id, label.about)
        elif item in self._waiting:
            self._waiting.remove(item)
            self._skipped.discard(item.thing)
        self._past.pop()
        self._waiting.appendleft(item)
        return item


def _skips(base: KnowledgeBase) -> Path:
    return base.index_folder / "skipped.jsonl"


def _keep_skip(base: KnowledgeBase, by: str, thing: Thing) -> None:
    """Remember it for the next session, if that is possible."""
    try:
        with _skips(base).open("a", encoding="utf-8") as file:
            file.write(json.dumps([by, *thing]) + "\n")
    except OSError:
        return


def skips(base: KnowledgeBase, by: str) -> set[Thing]:
    """What `by` skipped in earlier sessions; nothing where that cannot be read."""
    found: set[Thing] = set()
    try:
        lines = _skips(base).read_text("utf-8").splitlines()
        for line in lines:
            who, kind, passage, about = json.loads(line)
            if who == by:
                found.add((kind, passage, about))
    except (OSError, ValueError, TypeError):
        return found
    return found
