"""What is searched for on a claim, for it and against it."""

import pytest

from kb import trial
from kb.errors import QuestionError
from kb.expand import denial, of_circumstance, searches
from kb.knowledge_base import KnowledgeBase
from kb.records import Circumstance, Stance

PLAIN = Circumstance("U1", "uptake", "Reminders increase uptake.", aliases=("do reminders work",))


@pytest.mark.parametrize(
    ("statement", "denied"),
    [
        ("Reminders increase uptake.", "Reminders decrease uptake."),
        ("Reminders do not increase uptake.", "Reminders increase uptake."),
        ("It costs MORE than letters.", "It costs less than letters."),
        ("Letters can be read.", "Letters can not be read."),
        ("Staff don't read letters.", "Staff do read letters."),
        ("Reminders annoy.", "no evidence that Reminders annoy."),
    ],
)
def test_a_denial_says_what_is_denied_or_turns_a_word_or_puts_in_not(
    statement: str, denied: str
) -> None:
    assert denial(statement) == denied


def test_the_framework_s_opposites_are_taken_before_a_denial() -> None:
    said = ("Reminders increase uptake.", "do reminders work")
    assert of_circumstance(PLAIN) == (said, ("Reminders decrease uptake.",))
    told = Circumstance("U1", "uptake", PLAIN.statement, opposites=("Nobody comes.", "All stay."))
    assert of_circumstance(told) == ((PLAIN.statement,), ("Nobody comes.", "All stay."))


def test_what_all_circumstances_share_is_not_searched_for() -> None:
    found = list(searches((PLAIN,), lambda text: text.replace("Reminders ", "")))
    said = ("U1", ("increase uptake.", "do reminders work"))
    assert found == [said, ("U1", ("decrease uptake.",))]


def test_every_circumstance_of_the_shipped_framework_says_what_speaks_against_it(
    shipped: KnowledgeBase,
) -> None:
    for circumstance in shipped.framework.circumstances:
        assert len(circumstance.opposites) == 5, circumstance.id
        assert len(shipped.catalog.searches(circumstance.id)) == 2


def test_what_challenges_is_found_as_well_as_what_supports(shipped: KnowledgeBase) -> None:
    """docs/results.md has the figures; nobody's verdict helps to find anything here."""
    report = trial.sides(shipped, 20)
    supports, challenges = (report.sides[s] for s in (Stance.SUPPORTS, Stance.CHALLENGES))
    assert supports.recall.value > 0.32 > 0.22 > supports.plain.value
    assert challenges.recall.value > 0.36 > 0.14 > challenges.plain.value
    assert abs(supports.recall.value - challenges.recall.value) <= 0.05
    assert (supports.circumstances, challenges.circumstances) == (20, 20)


def test_without_judgements_there_is_nothing_to_count(base: KnowledgeBase) -> None:
    with pytest.raises(QuestionError, match="nobody has judged"):
        trial.sides(base, 20)
