"""The key of a new entry: one rule, and never one that is taken."""

from dataclasses import replace

import pytest

from kb.referencing import OTHERS, Person, Reference
from kb.referencing.citekeys import free, kept, made

LADDER = Reference(
    "article", {"title": "A Ladder of Citizen Participation", "year": "1969"},
    (Person("Arnstein", "Sherry R."),),
)  # fmt: skip


def key(title: str = "Reminders", year: str = "2020", *authors: Person) -> str:
    return made(Reference("misc", {"title": title, "year": year}, authors), ())


def body(name: str) -> Person:
    return Person(name, corporate=True)


def test_name_year_and_first_telling_word() -> None:
    assert made(LADDER, ()) == "arnstein1969ladder"


@pytest.mark.parametrize(
    ("author", "opening"),
    [
        (Person("O'Shea", "A."), "oshea"),
        (Person("O’Shea", "A."), "oshea"),
        (Person("Dimopoulos-Bick", "T."), "dimopoulosbick"),
        (Person("Müller"), "muller"),
        (Person("Łukasiewicz"), "lukasiewicz"),
        (Person("Bjørnsson"), "bjornsson"),
        (Person("Berg", "Jan", "van der"), "vanderberg"),
        (Person("王"), "wang"),
        (Person("Иванов"), "ivanov"),
        (Person("📚"), "books"),
        (Person("?!"), "anon"),
        (Person("A" * 80), "a" * 24),
        (body("Nesta"), "nesta"),
        (body("Scottish Government"), "scottishgovernment"),
        (body("The King's Fund"), "kingsfund"),
        (body("Department of Health"), "departmenthealth"),
        (body("Social Care Institute for Excellence"), "scie"),
        (body("World Health Organization"), "who"),
        (body("The And"), "theand"),
        (OTHERS, "anon"),
    ],
)
def test_names_in_letters_a_to_z(author: Person, opening: str) -> None:
    assert key("Reminders", "2020", author) == f"{opening}2020reminders"


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("How might the patient be involved?", "patient"),
        ("Co-production in practice", "coproduction"),
        ("'Nothing about us'", "nothing"),
        ("10 years of reminders", "years"),
        ("2020", "2020"),
        ("What is it?", "what"),
        ("Über alles", "uber"),
        ("合作生产", "hezuoshengchan"),
        ("…", "untitled"),
    ],
)
def test_the_word_of_the_title(title: str, word: str) -> None:
    assert key(title, "2020", Person("Smith")) == f"smith2020{word}"


@pytest.mark.parametrize(("year", "part"), [("", "nd"), ("in press", "nd"), ("c. 1999", "1999")])
def test_without_a_year_it_is_nd(year: str, part: str) -> None:
    assert key("Reminders", year, Person("Smith")) == f"smith{part}reminders"


def test_an_editor_stands_in_for_an_author() -> None:
    edited = Reference("book", {"title": "Reminders"}, editors=(Person("Hall"),))
    assert made(edited, ()) == "hallndreminders"


def test_letters_follow_where_a_key_is_taken_in_any_case() -> None:
    taken = ["Arnstein1969Ladder"]
    for letter in "abc":
        taken.append(made(LADDER, taken))
        assert taken[-1] == f"arnstein1969ladder{letter}"


def test_after_z_comes_aa() -> None:
    assert free("k", ["k", *(f"k{chr(n)}" for n in range(ord("a"), ord("z") + 1))]) == "kaa"


def test_a_key_that_came_along_is_kept() -> None:
    assert kept(replace(LADDER, citekey="Arnstein:1969"), ()) == "Arnstein:1969"


@pytest.mark.parametrize("came", ["", "a b", "http://zotero.org/items/1", "-x", "ARN", "../x"])
def test_one_that_cannot_be_kept_gives_way_to_the_rule(came: str) -> None:
    assert kept(replace(LADDER, citekey=came), ["arn"]) == "arnstein1969ladder"
