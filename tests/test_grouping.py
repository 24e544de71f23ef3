"""Designs, years and settings in people's own words → groups."""

import pytest

from kb import grouping


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ("systematic review of randomised trials", "systematic reviews"),
        ("Realist literature review", "systematic reviews"),
        ("two-arm pragmatic randomised controlled trial", "trials and experiments"),
        ("three-arm quasi-experimental trial", "trials and experiments"),
        ("uncontrolled before-and-after study", "surveys and comparisons"),
        ("non-randomised comparison", "surveys and comparisons"),
        ("pilot, before-and-after, no control group", "surveys and comparisons"),
        ("comparative case study", "case and qualitative studies"),
        ("realist evaluation (interviews)", "case and qualitative studies"),
        ("literature review (theoretical and empirical)", "other reviews"),
        ("practice report with case stories", "accounts from practice"),
        ("theory with two case studies", "theory"),
        ("guidance with evidence review", "guidance"),
        ("practice guide with case studies", "guidance"),
        ("opinion / informal practitioner review", "opinion"),
        ("business case built on a literature review", "opinion"),
        ("something else", grouping.OTHER_DESIGNS),
        (" ", grouping.NOT_DESCRIBED),
    ],
)
def test_the_first_word_for_a_kind_of_study_decides(said: str, group: str) -> None:
    assert grouping.design(said) == group
    assert group in grouping.DESIGNS


@pytest.mark.parametrize(
    ("year", "group"),
    [
        ("1999", "before 2000"),
        ("2000", "2000-2004"),
        ("2019", "2015-2019"),
        ("2020a", "2020-2024"),
        ("", grouping.NO_YEAR),
        ("n.d.", grouping.NO_YEAR),
        ("99", grouping.NO_YEAR),
    ],
)
def test_years_fall_into_periods_of_five(year: str, group: str) -> None:
    assert grouping.period(year) == group


def test_the_first_group_with_a_word_that_begins_a_word_is_the_setting() -> None:
    groups = {
        "Mental health": ["mental health"],
        "Health care": ["health", "NHS"],
        "Cities": ["cit"],
    }
    assert grouping.setting("a mental health ward of an NHS trust", groups) == "Mental health"
    assert grouping.setting("an nhs trust", groups) == "Health care"
    assert grouping.setting("four European cities", groups) == "Cities"
    assert grouping.setting("solicitors", groups) == grouping.OTHER_SETTINGS
    assert grouping.setting("", groups) == grouping.NOT_DESCRIBED


def test_without_groups_a_setting_is_what_is_said() -> None:
    assert grouping.setting("Two  Schools", {}) == "two schools"
