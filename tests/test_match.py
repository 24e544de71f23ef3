"""How questions are read."""

import json
from pathlib import Path

import numpy as np
import pytest

from kb.framework import Framework
from kb.knowledge_base import KnowledgeBase
from kb.match import essence, is_statement, match, subject, wordings
from kb.records import Circumstance, Claim, Criterion

NOWHERE = np.zeros(384, np.float32)


def read(base: KnowledgeBase, question: str, criterion: str | None = None) -> Claim:
    return base.ask(question, criterion=criterion, limit=1).claim


@pytest.mark.parametrize(
    ("question", "circumstance"),
    [
        ("what evidence supports scale limits?", "S1"),
        ("what challenges scale limits", "S1"),
        ("do senior leaders have to be involved?", "A2"),
        ("does co-production save money?", "R2"),
        ("Does coproduction save money", "R2"),
        ("who should take part in evaluation?", "D3"),
        ("neighbourhood level", "S1"),
    ],
)
def test_the_words_people_use_lead_to_a_circumstance(
    shipped: KnowledgeBase, question: str, circumstance: str
) -> None:
    assert read(shipped, question).id == circumstance


@pytest.mark.parametrize("question", ["S2", "s2", " s2? "])
def test_a_circumstance_can_be_asked_by_its_id(shipped: KnowledgeBase, question: str) -> None:
    claim = read(shipped, question)
    assert (claim.id, claim.matched_by, claim.score) == ("S2", "id", 1.0)


def test_a_question_about_something_else_is_a_claim_of_its_own(shipped: KnowledgeBase) -> None:
    claim = read(shipped, "is the moon made of cheese?")
    assert (claim.id, claim.matched_by, claim.score) == ("", "claim", None)
    assert claim.text == "is the moon made of cheese?"
    assert len(claim.near) == 3, "three circumstances are offered instead"


def test_a_criterion_narrows_what_a_question_can_mean(shipped: KnowledgeBase) -> None:
    assert read(shipped, "does co-production save money?", "scale").criterion in ("scale", "")


def test_the_words_that_only_ask_are_set_aside() -> None:
    assert subject("What evidence supports scale limits?") == "scale limits"
    assert subject("Is there any evidence that trust matters?") == "trust matters"
    assert subject("evidence?") == "evidence", "never nothing"


def test_the_topic_is_set_aside_in_every_spelling(shipped: KnowledgeBase) -> None:
    framework = shipped.framework
    assert essence("Does co-production cost more?", framework) == essence(
        "does coproduction cost more", framework
    ).replace("does", "Does")
    assert essence("co-production", framework) == "co-production", "never nothing"


def test_an_alias_inside_a_longer_question_decides_nothing() -> None:
    circumstance = Circumstance("T1", "c", "Trust comes first.", ("trust", "building trust"))
    framework = Framework("t", (), (Criterion("c", "C", "d", ()),), (circumstance,))
    long = match("my NHS trust has a new car park", framework, [], NOWHERE, 0.5)
    assert long.matched_by == "claim"
    longer = match("does building trust cost money", framework, [], NOWHERE, 0.5)
    assert longer.matched_by == "claim"
    assert match("trust?", framework, [], NOWHERE, 0.5).id == "T1"
    assert match("is there evidence for building trust?", framework, [], NOWHERE, 0.5).id == "T1"


def test_what_is_asked_elsewhere_is_not_read_as_a_circumstance() -> None:
    trust = Circumstance("T1", "c", "Trust comes first.")
    money = Circumstance("M1", "c", "Money comes first.")
    here, there, beside = np.eye(384, dtype=np.float32)[:3]
    criteria = (Criterion("c", "C", "d", ()),)
    framework = Framework("t", (), criteria, (trust, money), ("car parks",))
    embedded = [("T1", here), ("M1", beside), ("", there)]
    assert match("some question", framework, embedded, here, 0.1).id == "T1"
    assert match("some question", framework, embedded, there, 0.1).matched_by == "claim"


def test_every_wording_of_every_circumstance_leads_back_to_it(shipped: KnowledgeBase) -> None:
    framework = shipped.framework
    for circumstance in framework.circumstances:
        for wording in (circumstance.statement, *circumstance.aliases, *circumstance.questions):
            claim = match(wording, framework, [], NOWHERE, 1.0)
            assert claim.id == circumstance.id, wording
    assert len(wordings(framework)) > 200


@pytest.mark.parametrize(
    "text",
    [
        "Reminders increase uptake here.",
        "Co-production works best at a neighbourhood scale",
        "No evidence supports large programmes.",
        "Whatever people say, trust comes first.",
        "Isolated teams rarely co-produce anything.",
        "WITHOUT SENIOR LEADERS NOTHING LASTS",
    ],
)
def test_a_statement_is_told_from_a_question(text: str) -> None:
    assert is_statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "Do reminders increase uptake here?",
        "Reminders increase uptake here? ",
        "does co-production save any money",
        "What evidence supports scale limits",
        "HOW MANY PEOPLE SHOULD TAKE PART",
        "who should take part in evaluation",
        "evidence on co-production in hospitals",
        "show me studies of scale",
        "is it cheaper in the end",
        "scale limits",
        "neighbourhood level co-production",
        "S1",
        "",
        "   ",
    ],
)
def test_a_question_or_a_few_words_to_search_by_are_no_statement(text: str) -> None:
    assert not is_statement(text)


def test_every_circumstance_is_a_statement(shipped: KnowledgeBase) -> None:
    assert all(is_statement(c.statement) for c in shipped.framework.circumstances)


def test_no_question_that_people_asked_is_a_statement_by_its_question_mark() -> None:
    path = Path(__file__).parent / "questions.jsonl"
    asked = [json.loads(line)["question"] for line in path.read_text("utf-8").splitlines()]
    marked = [question for question in asked if question.endswith("?")]
    assert marked
    assert not [question for question in marked if is_statement(question)]
