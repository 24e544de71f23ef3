"""kb check and kb family, as a user runs them."""

import json
from pathlib import Path

from kb.curating.checking import GROUPS
from tests.conftest import Kb

AGAIN = (
    "@misc{again, title = {Letters to patients}, author = {{Department of Health}}, year = 2019,"
    " kb-check = {the year is a guess}}\n"
    "@misc{later2021, title = {Not read yet}}\n"
)


def with_doubles(home: Path) -> Path:
    with (home / "references.bib").open("a") as bib:
        bib.write(AGAIN)
    (home / "corpus/again.txt").write_text("They said the same again.")
    return home


def test_all_in_order(home: Path, kb: Kb) -> None:
    done = kb("check", cwd=home)
    assert done.returncode == 0
    assert done.stdout == "There is nothing to look at.\n"


def test_groups_with_what_to_do(home: Path, kb: Kb) -> None:
    done = kb("check", cwd=with_doubles(home))
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "Entries made from a guess: 1 references.bib: again: the year is a guess; put" in said
    assert "kb family together health2019letters again, or: apart" in said
    assert "Entries without a document: 1 which ones: kb check --all" in said
    assert "later2021" not in said
    assert "references.bib: later2021" in kb("check", "--all", cwd=home).stdout


def test_what_cannot_be_used_is_an_exit_code(home: Path, kb: Kb) -> None:
    (home / "corpus/health2019letters.txt").write_bytes(b"")
    done = kb("check", "--json", cwd=home)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert list(found) == list(GROUPS)
    (problem,) = found["unusable"]
    assert problem["where"] == "corpus/health2019letters.txt"
    assert done.stderr.splitlines()[-1].startswith("kb: 1 file of corpus/ cannot be used")


def test_families_are_listed_and_told_apart(home: Path, kb: Kb) -> None:
    with_doubles(home)
    said = kb("family", cwd=home).stdout
    assert "again  Department of Health (2019a)" in said
    assert said.endswith("1 family\n")
    done = kb("family", "apart", "again", "health2019letters", "--by", "Ann", cwd=home)
    assert done.returncode == 0, done.stderr
    assert "count as two from now on" in done.stderr
    assert "kb family together again health2019letters" in done.stderr
    assert kb("family", cwd=home).stdout == "0 families\n"
    (line,) = (home / "annotations.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert (told["type"], told["together"], told["by"]) == ("family", False, "Ann")
    done = kb("family", "--home", str(home), "together", "again", "health2019letters")
    assert "count once from now on" in done.stderr
    (family,) = json.loads(kb("family", "--json", cwd=home).stdout)
    assert family["sources"] == ["again", "health2019letters"]
    assert json.loads((home / "annotations.jsonl").read_text().splitlines()[1])["by"]


def test_an_unknown_source_is_no_family(home: Path, kb: Kb) -> None:
    done = kb("family", "apart", "nobody", "health2019letters", cwd=home)
    assert done.returncode == 1
    assert "no source or passage 'nobody'" in done.stderr
    assert not (home / "annotations.jsonl").exists()
