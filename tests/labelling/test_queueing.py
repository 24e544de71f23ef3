"""What is asked first, what is not asked, and what a session does with keys."""

from pathlib import Path

from kb.knowledge_base import KnowledgeBase, open_
from kb.labelling.queueing import Item, queue
from kb.labelling.reviewing import Session, skips
from kb.labelling.saying import TAG, VERDICT, Pen
from kb.records import Passage, Stance
from tests.labelling.conftest import rows

Passages = tuple[Passage, Passage, Passage]


def told(items: list[Item]) -> list[tuple[str, str, str]]:
    return [(item.passage.id, item.about, item.reason) for item in items]


def test_all_is_asked_of_someone_new_and_nothing_twice(
    base: KnowledgeBase, passages: Passages
) -> None:
    items = queue(base, "ann")
    assert len({item.thing for item in items}) == len(items) == 12  # 3 passages, 2 and 2
    pen = Pen(base, "ann")
    pen.tag(passages[0], "uptake", seen=True)
    pen.read(passages[1], ["cost"])
    pen.judge(passages[2], base.framework.circumstances[0], Stance.CHALLENGES)
    left = {item.thing for item in queue(base, "ann")}
    assert {item.thing for item in items} - left == {
        (TAG, passages[0].id, "uptake"),
        (TAG, passages[1].id, "uptake"),
        (TAG, passages[1].id, "cost"),
        (VERDICT, passages[2].id, "U1"),
    }
    assert len(queue(base, "bob")) == 12


def test_disagreement_comes_before_what_nobody_has_read(
    base: KnowledgeBase, passages: Passages
) -> None:
    raised, costs, letters = passages
    for by, seen in (("bob", True), ("cay", False)):
        Pen(base, by).tag(letters, "uptake", seen=seen)
    Pen(base, "bob").tag(raised, "uptake", seen=False)  # the model is sure that it is
    Pen(base, "bob").tag(costs, "uptake", seen=False)  # and sees it alike here
    found = told(queue(base, "ann", criterion="uptake"))
    assert found == [
        (letters.id, "uptake", "readers disagree"),
        (raised.id, "uptake", "a reader and the model disagree"),
        (costs.id, "uptake", "read before, by others"),
    ]
    (first, *_) = queue(base, "ann", criterion="uptake")
    assert first.others[:2] == ("bob: yes", "cay: no")


def test_where_the_model_is_least_sure_comes_first_if_asked_for(base: KnowledgeBase) -> None:
    threshold = base.tag_thresholds[1]
    items = queue(base, "ann", criterion="cost", uncertain_first=True)
    scores = dict(
        zip(
            [item.passage.id for item in items],
            base.tag_scores([item.passage.id for item in items])[:, 1].tolist(),
            strict=True,
        )
    )

    def doubt(score: float) -> float:
        return abs(score - threshold) / (threshold if score < threshold else 1 - threshold)

    assert [doubt(s) for s in scores.values()] == sorted(doubt(s) for s in scores.values())


def test_a_circumstance_named_is_put_to_the_model_which_is_shown_with_others(
    base: KnowledgeBase, passages: Passages
) -> None:
    claim = base.framework.circumstances[0]
    for by, stance in (("bob", Stance.SUPPORTS), ("cay", Stance.NEUTRAL)):
        Pen(base, by).judge(passages[1], claim, stance, why="so")
    items = queue(base, "ann", claim="u1")
    assert {item.about for item in items} == {"U1"}
    assert (items[0].passage.id, items[0].reason) == (passages[1].id, "readers disagree")
    assert items[0].others[:2] == ("bob: supports (so)", "cay: neutral (so)")
    assert all(item.opinion is not None for item in items)
    assert items[0].others[2].startswith("model: ")


def test_a_reworded_criterion_or_circumstance_is_asked_again(
    home: Path, base: KnowledgeBase, passages: Passages
) -> None:
    pen = Pen(base, "ann")
    pen.tag(passages[0], "uptake", seen=True)
    pen.judge(passages[0], base.framework.circumstances[0], Stance.SUPPORTS)
    text = (home / "criteria.yaml").read_text()
    text = text.replace("take up what is offered", "take up all that is offered")
    (home / "criteria.yaml").write_text(text.replace("Reminders increase", "Reminders raise"))
    again = {item.thing: item.reason for item in queue(open_(home), "ann")}
    assert again[TAG, passages[0].id, "uptake"] == "you judged an earlier wording"
    assert again[VERDICT, passages[0].id, "U1"] == "you judged an earlier wording"


def test_a_session_says_skips_and_undoes(home: Path, base: KnowledgeBase) -> None:
    items = queue(base, "ann", criterion="cost")
    session = Session(base, Pen(base, "ann"), items)
    assert session.undo() is None
    session.skip()
    session.say("yes")
    session.say("no")
    assert session.current == items[0]
    assert (session.said, session.skipped, session.place, session.total) == (2, 1, 3, 3)
    assert session.undo() == items[2]
    assert session.undo() == items[1]
    assert session.undo() == items[0]
    assert (session.said, session.skipped, session.current) == (0, 0, items[0])
    assert [row["type"] for row in rows(home)] == ["tag", "tag", "withdrawal", "withdrawal"]
    assert len(queue(base, "ann", criterion="cost")) == 3


def test_what_is_skipped_twice_is_left_to_the_next_session_and_last_there(
    home: Path, base: KnowledgeBase
) -> None:
    items = queue(base, "ann", criterion="cost")
    session = Session(base, Pen(base, "ann"), items)
    session.skip()
    session.say("no")
    session.skip()
    session.skip()
    assert session.current == items[2]
    session.skip()
    assert session.current is None
    again = queue(base, "ann", criterion="cost", later=skips(base, "ann"))
    assert [item.thing for item in again] == [items[0].thing, items[2].thing]
    first = queue(base, "ann", criterion="cost", later={items[0].thing})
    assert [item.thing for item in first] == [items[2].thing, items[0].thing]
    assert skips(base, "bob") == set()
    (home / ".kb" / "skipped.jsonl").write_text("spoilt\n")
    assert skips(base, "ann") == set()
