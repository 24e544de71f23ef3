"""A person's word, written down: what the line holds, and that it counts."""

from pathlib import Path

import pytest

from kb.errors import KbError, UnknownName
from kb.knowledge_base import KnowledgeBase, open_
from kb.labelling.saying import TAG, TAGS, VERDICT, Pen, circumstance_named, passage_named
from kb.records import Opinion, Passage, Stance
from kb.storing import lines
from tests.labelling.conftest import history, rows

Passages = tuple[Passage, Passage, Passage]
OPINION = Opinion("judge@1", 0.7, 0.2, 0.1, False, 0, 10)


def test_a_line_holds_who_what_when_the_framework_and_the_models_word(
    home: Path, base: KnowledgeBase, passages: Passages
) -> None:
    pen = Pen(base, "ann")
    pen.tag(passages[0], "cost", seen=False, why="no money in it")
    pen.judge(passages[0], base.framework.circumstances[0], Stance.SUPPORTS, OPINION, sure="clear")
    tag, verdict = rows(home)
    assert tag["at"] < verdict["at"]
    assert tag.pop("at").endswith("+00:00")
    score = tag.pop("scores")["uptake"]
    assert 0.5 < score <= 1
    assert tag == {
        "type": "tag",
        "passage": passages[0].id,
        "quote": passages[0].text,
        "criterion": "cost",
        "seen": False,
        "wordings": {"cost": base.framework.criterion("cost").wording},
        "model": base.recipe.tagger,
        "by": "ann",
        "why": "no money in it",
        "framework": base.framework.digest,
    }
    assert verdict["claim"] == "Reminders increase uptake."
    assert (verdict["stance"], verdict["sure"]) == ("supports", "clear")
    assert verdict["model"] == "judge@1"
    assert verdict["scores"] == {"supports": 0.7, "challenges": 0.2, "neutral": 0.1}


def test_one_criterion_added_denies_no_other(
    base: KnowledgeBase, passages: Passages, home: Path
) -> None:
    """The model sees uptake in the passage; who adds cost has not said anything on that."""
    Pen(base, "ann").tag(passages[0], "cost", seen=True)
    list(base.build())
    _, (shown,) = base.show(passages[0].id)
    assert {(t.criterion, t.by.partition(":")[0], counts) for t, counts in shown.tags} == {
        ("cost", "ann", True),
        ("uptake", "model", True),
    }
    Pen(base, "ann").read(passages[0], ["cost"])
    list(base.build())
    _, (shown,) = base.show(passages[0].id)
    assert {t.criterion for t, counts in shown.tags if counts} == {"cost"}


def test_a_denied_tag_of_the_model_counts_no_more(base: KnowledgeBase, passages: Passages) -> None:
    Pen(base, "ann").tag(passages[0], "uptake", seen=False)
    list(base.build())
    _, (shown,) = base.show(passages[0].id)
    assert [(tag.criterion, counts) for tag, counts in shown.tags] == [("uptake", False)]


def test_taking_back_brings_back_what_was_said_before(
    home: Path, base: KnowledgeBase, passages: Passages
) -> None:
    pen = Pen(base, "ann")
    circumstance = base.framework.circumstances[0]
    pen.judge(passages[0], circumstance, Stance.SUPPORTS)
    pen.judge(passages[0], circumstance, Stance.CHALLENGES)
    again = Pen(open_(home), "ann")
    for expected in (["supports"], []):
        again.take_back(VERDICT, passages[0].id, "U1")
        base.index()
        found = base.annotations.verdicts.get((passages[0].id, "U1"), ())
        assert [verdict.stance.value for verdict in found] == expected
    assert len(rows(home)) == 4
    with pytest.raises(KbError, match=r"ann has said nothing of .* on U1"):
        again.take_back(VERDICT, passages[0].id, "U1")
    with pytest.raises(KbError, match="on the whole passage"):
        again.take_back(TAGS, passages[0].id)


def test_only_their_own_word_can_be_taken_back(base: KnowledgeBase, passages: Passages) -> None:
    Pen(base, "ann").tag(passages[0], "cost", seen=True)
    with pytest.raises(KbError, match="bob has said nothing"):
        Pen(base, "bob").take_back(TAG, passages[0].id, "cost")


def test_a_word_counts_after_one_whose_clock_was_ahead(
    home: Path, base: KnowledgeBase, passages: Passages
) -> None:
    ahead = {
        "type": "tag",
        "passage": passages[0].id,
        "quote": passages[0].text,
        "criterion": "cost",
        "seen": True,
        "by": "ann",
        "at": "2999-01-01T00:00:00+00:00",
    }
    lines.append(home / "annotations.jsonl", ahead)
    pen = Pen(base, "ann")
    for seen in (False, True, False):
        pen.tag(passages[0], "cost", seen=seen)
    assert [(one.said, one.status) for one in history(home)] == [
        ("yes", "superseded"),
        ("no", "superseded"),
        ("yes", "superseded"),
        ("no", "counts"),
    ]


@pytest.mark.parametrize("name", ["", "  ", "model:stance"])
def test_a_model_or_nobody_is_no_person(base: KnowledgeBase, name: str) -> None:
    with pytest.raises(KbError, match="no name of a person"):
        Pen(base, name)


def test_names_as_everywhere_else(base: KnowledgeBase, passages: Passages) -> None:
    assert passage_named(base, passages[0].id[:-6]) == passages[0]
    assert circumstance_named(base, "u1").id == "U1"
    with pytest.raises(KbError, match="is a source; name one of its passages"):
        passage_named(base, "smith2020reminders")
    with pytest.raises(UnknownName, match="2 passages begin with 'smith2020reminders#'"):
        passage_named(base, "smith2020reminders#")
    with pytest.raises(UnknownName, match=r"no circumstance 'X9'.*there are: U1, C1"):
        circumstance_named(base, "X9")
