"""Mistakes in the files that people write, each told with its place."""

from pathlib import Path

import pytest

from kb.checking import CHECKS, Found, check, wrong
from kb.errors import UnknownName

FILES = ("settings", "framework", "references", "entries", "annotations", "incomplete")


def told(home: Path) -> dict[str, list[str]]:
    found: Found = check(home, FILES)
    return {name: [str(problem) for problem in of] for name, of in found.items() if of}


def add(home: Path, entries: str) -> None:
    with (home / "references.bib").open("a") as bib:
        bib.write(entries)


def test_sound_files_have_none(home: Path) -> None:
    assert told(home) == {}


def test_every_broken_entry_is_told_and_not_the_first_alone(home: Path) -> None:
    add(home, "@misc{one, title = {A}\n@misc{two, title = {B}, year = }\n@misc{three, year = 1}\n")
    found = told(home)["references"]
    assert len(found) >= 2
    assert all(line.startswith("references.bib:") for line in found)
    assert any("'three' has no title" in line for line in found)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("doi = {unknown}", "references.bib:13: 'k1' has a DOI that can be none ('unknown')"),
        ("url = {www.example.org}", "'k1' has a url that is no web address ('www.example.org')"),
        ("url = {javascript:alert(1)}", "'k1' has a url that is no web address"),
    ],
)
def test_what_leads_nowhere(home: Path, entry: str, said: str) -> None:
    add(home, f"@misc{{k1, title = {{A}}, author = {{B, C}}, year = 2000, {entry}}}\n")
    (line,) = told(home)["entries"]
    assert said in line


@pytest.mark.parametrize("doi", ["10.1000/182", "https://doi.org/10.1002/(SICI)1097-0258", ""])
def test_a_doi_that_can_be_one(home: Path, doi: str) -> None:
    add(home, f"@misc{{k1, title = {{A}}, author = {{B, C}}, year = 2000, doi = {{{doi}}}}}\n")
    assert told(home) == {}


def test_keys_that_would_share_a_file(home: Path) -> None:
    add(home, "@misc{Smith2020Reminders, title = {A}, author = {B, C}, year = 2000}\n")
    (line,) = told(home)["entries"]
    assert "'Smith2020Reminders' and 'smith2020reminders' (line 1) differ in capitals" in line


def test_what_an_entry_lacks_is_a_note(home: Path) -> None:
    add(home, "@article{bare, title = {A}}\n")
    found = check(home, FILES)
    (problem,) = found["incomplete"]
    assert problem.what == "'bare' has no author and no year and no journal"
    assert wrong(found) == 0


def test_settings_that_are_not_understood_do_not_hide_the_rest(home: Path) -> None:
    (home / "kb.toml").write_text("[search]\ncolour = 3\n")
    add(home, "@misc{one, year = 2000}\n")
    found = told(home)
    assert "unknown key 'colour' in [search]" in found["settings"][0]
    assert found["settings"][0].startswith("kb.toml: ")
    assert "'one' has no title" in found["references"][0]
    names = {name for name, of in check(home, ["index", "leftovers", "models"]).items() if of}
    assert names == {"settings"}  # whatever was asked for, and nothing that rests on them


def test_a_framework_that_cannot_be_read_is_told_once(home: Path) -> None:
    (home / "criteria.yaml").write_text("title: A\ncriteria: none\ncircumstances: []\n")
    found = check(home)
    assert [name for name, of in found.items() if of] == ["framework", "index"]
    assert found["framework"][0].where == "criteria.yaml:2"
    assert "there is no index yet" in found["index"][0].what


def test_a_criterion_that_nothing_is_asked_about(home: Path) -> None:
    path = home / "criteria.yaml"
    path.write_text(path.read_text().replace("criterion: cost", "criterion: uptake"))
    assert "criteria.yaml: cost: has no circumstance" in told(home)["framework"][0]


def test_a_broken_line_of_annotations(home: Path) -> None:
    (home / "annotations.jsonl").write_text('{"type": "verdict"}\n')
    assert told(home)["annotations"][0].startswith("annotations.jsonl:1: ")


def test_files_that_are_not_there(home: Path) -> None:
    (home / "references.bib").unlink()
    (home / "criteria.yaml").unlink()
    found = told(home)
    assert "references.bib: not found" in found["references"][0]
    assert "criteria.yaml: not found" in found["framework"][0]


def test_a_check_that_there_is_not(home: Path) -> None:
    with pytest.raises(UnknownName, match="no check 'spelling'; there are: settings, framework"):
        check(home, ["spelling"])


def test_every_check_has_a_level_of_sarif() -> None:
    assert {one.level for one in CHECKS.values()} == {"error", "warning", "note"}
