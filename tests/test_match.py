"""How questions are read."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb import intent
from kb.embedding import Vectors
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
    long = match("my NHS trust has a new car park", framework, [], {}, NOWHERE, 0.5)
    assert long.matched_by == "claim"
    longer = match("does building trust cost money", framework, [], {}, NOWHERE, 0.5)
    assert longer.matched_by == "claim"
    assert match("trust?", framework, [], {}, NOWHERE, 0.5).id == "T1"
    assert (
        match("is there evidence for building trust?", framework, [], {}, NOWHERE, 0.5).id == "T1"
    )


def learnt(
    said: list[tuple[str, str, Vectors]],
) -> tuple[list[tuple[str, Vectors]], dict[str, Vectors]]:
    """What a build keeps of wordings (circumstance id, text, vector)."""
    names, texts, vectors = zip(*said, strict=True)
    rows = np.stack(vectors)
    weights = intent.fit(names, intent.features(texts, rows, intent.middle(names, rows)))
    return list(zip(names, vectors, strict=True)), weights


def small() -> tuple[Framework, list[tuple[str, str, Vectors]]]:
    """Two circumstances and something else, each said in one direction of its own."""
    trust = Circumstance("T1", "c", "Trust comes first.")
    money = Circumstance("M1", "d", "Money comes first.")
    criteria = (Criterion("c", "C", "d", ()), Criterion("d", "D", "d", ()))
    here, beside, there = np.eye(384, dtype=np.float32)[:3]
    said = [("T1", "Trust comes first", here), ("M1", "Money comes first", beside)]
    return Framework("t", (), criteria, (trust, money), ("car parks",)), [
        *said,
        ("", "car parks", there),
    ]


def test_what_is_asked_elsewhere_is_not_read_as_a_circumstance() -> None:
    framework, said = small()
    embedded, weights = learnt(said)
    here, _, there = (vector for _, _, vector in said)
    read_as = match("some question", framework, embedded, weights, here, 0.25)
    assert (read_as.id, read_as.matched_by) == ("T1", "meaning")
    assert 0.4 < (read_as.score or 0) < 1
    elsewhere = match("some question", framework, embedded, weights, there, 0.25)
    assert (elsewhere.matched_by, len(elsewhere.near)) == ("claim", 2)


def test_a_question_is_a_claim_of_its_own_when_it_is_far_unsure_or_between_two() -> None:
    framework, said = small()
    embedded, weights = learnt(said)
    here, beside, _ = (vector for _, _, vector in said)
    far = np.eye(384, dtype=np.float32)[100]
    assert match("some question", framework, embedded, weights, here, 0.99).id == ""
    assert match("some question", framework, embedded, weights, here + beside, 0.25).id == ""
    spelt_alike = match("trust in comedy", framework, embedded[:2], weights, far, 0.25)
    assert spelt_alike.id == "", "probable by its letters, but far in meaning"


def test_a_question_is_read_within_its_criterion() -> None:
    framework, said = small()
    embedded, weights = learnt(said)
    narrowed = replace(framework, circumstances=framework.circumstances[1:])
    assert match("some question", narrowed, embedded, weights, said[0][2], 0.25).id == ""
    assert match("some question", narrowed, embedded, weights, said[1][2], 0.25).id == "M1"
    none = replace(framework, circumstances=())
    assert match("some question", none, embedded, weights, said[0][2], 0.25).near == ()


@pytest.mark.parametrize("question", ["the", "is it", "\N{THINKING FACE}", "who are you"])
def test_a_question_about_nothing_is_about_no_circumstance(
    shipped: KnowledgeBase, question: str
) -> None:
    assert read(shipped, question).id == ""


@pytest.mark.parametrize(
    ("question", "circumstance"),
    [
        ("should we pay", "R4"),  # not "pay for itself"
        ("is it too big", "S3"),  # not "how big can co-production be"
        ("does it pay for itself?", "R2"),
        ("does co-production work", "O2"),
        ("trust?", "R3"),
        ("no trust", "R3"),
        ("bureacracy", "A4"),
        ("sevice users as evaluaters", "D3"),
    ],
)
def test_words_that_search_does_without_and_slips_of_the_pen_do_not_mislead(
    shipped: KnowledgeBase, question: str, circumstance: str
) -> None:
    assert read(shipped, question).id in (circumstance, "")


def test_every_wording_of_every_circumstance_leads_back_to_it(shipped: KnowledgeBase) -> None:
    framework = shipped.framework
    for circumstance in framework.circumstances:
        for wording in (circumstance.statement, *circumstance.aliases, *circumstance.questions):
            claim = match(wording, framework, [], {}, NOWHERE, 1.0)
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


def test_questions_are_read_as_well_as_was_measured(shipped: KnowledgeBase) -> None:
    """The tuning half: scripts/bench-questions, docs/results.md."""
    path = Path(__file__).parent / "questions.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    asked = [row for row in rows if row["split"] == "tune"]
    framework, catalog = shipped.framework, shipped.catalog
    embedded, weights = catalog.wordings(), catalog.intents()
    vectors = shipped.embedder.embed([essence(row["question"], framework) for row in asked])
    threshold = shipped.settings.matching.threshold
    got = [
        match(row["question"], framework, embedded, weights, vector, threshold).id
        for row, vector in zip(asked, vectors, strict=True)
    ]
    pairs = [(row["circumstance"] or "", name) for row, name in zip(asked, got, strict=True)]
    right = sum(want == name for want, name in pairs)
    wrong = sum(bool(want) and name not in ("", want) for want, name in pairs)
    none = [name == "" for want, name in pairs if not want]
    assert (len(asked), len(none)) == (130, 40)
    assert right / len(asked) >= 0.94
    assert sum(none) / len(none) >= 0.97
    assert wrong <= 1
