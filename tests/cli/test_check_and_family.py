"""kb check and kb family, as a user runs them."""

import json
from pathlib import Path

from kb.checking import CHECKS
from kb.knowledge_base import KnowledgeBase
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


def test_without_an_index_until_it_is_made(home: Path, kb: Kb) -> None:
    done = kb("check", cwd=home)
    assert done.returncode == 1
    assert "there is no index yet; make one with: kb build" in " ".join(done.stdout.split())
    assert not (home / ".kb").exists()
    done = kb("check", "--fix", cwd=home)
    assert (done.returncode, done.stdout) == (0, "There is nothing to look at.\n")


def test_groups_with_what_to_do(base: KnowledgeBase, home: Path, kb: Kb) -> None:
    said = " ".join(kb("check", cwd=with_doubles(home)).stdout.split())
    assert "references.bib or annotations.jsonl: is not yet in the index as it is now" in said
    list(base.build())
    done = kb("check", cwd=home)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "Entries made from a guess: 1 references.bib: again: the year is a guess; put" in said
    assert "kb family together health2019letters again, or: apart" in said
    assert "Entries without a document: 1 which ones: kb check --all" in said
    assert "later2021" not in said
    assert "references.bib: later2021" in kb("check", "--all", cwd=home).stdout


def test_what_cannot_be_used_is_an_exit_code(base: KnowledgeBase, home: Path, kb: Kb) -> None:
    (home / "corpus/health2019letters.txt").write_bytes(b"")
    list(base.build())
    done = kb("check", "--json", cwd=home)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert list(found) == list(CHECKS)
    (problem,) = found["unusable"]
    assert problem["where"] == "corpus/health2019letters.txt"
    assert done.stderr.startswith("kb: 1 thing must be mended; see the lines above")
    done = kb("check", "--sarif", "--only", "unusable", "--only", "index", cwd=home)
    assert done.returncode == 1
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("unusable", "error")
    done = kb("check", "--only", "everything", cwd=home)
    assert done.stderr.startswith("kb: no check 'everything'; there are: settings, ")


def test_damage_is_mended_and_what_people_wrote_is_not_touched(
    base: KnowledgeBase, home: Path, kb: Kb
) -> None:
    base.close()
    written = {p: p.read_bytes() for p in home.rglob("*") if p.is_file() and ".kb" not in p.parts}
    for damaged in (home / ".kb").rglob("*.sqlite3"):
        damaged.write_bytes(b"SQLite format 3\0" + bytes(5_000))
    (home / ".kb/opinions.sqlite3").write_bytes(b"no database at all")
    done = kb("check", cwd=home)
    assert done.returncode == 1
    assert "catalog.sqlite3" in done.stdout
    assert "opinions.sqlite3: file is not a database" in done.stdout
    done = kb("check", "--fix", cwd=home)
    assert (done.returncode, done.stdout) == (0, "There is nothing to look at.\n"), done.stderr
    assert "removed: .kb/catalog.sqlite3" in done.stderr
    assert "Index ready: 3 passages" in done.stderr
    assert written == {p: p.read_bytes() for p in written}
    assert "Letters alone" in kb("search", "letters", cwd=home).stdout


def test_a_mistake_of_people_stays_theirs(base: KnowledgeBase, home: Path, kb: Kb) -> None:
    base.close()
    (home / "criteria.yaml").write_text("title: [")
    assert "--fix" not in kb("check", cwd=home).stderr
    done = kb("check", "--fix", cwd=home)
    assert done.returncode == 1
    assert done.stdout.startswith("The framework: 1\n  criteria.yaml:2: not valid YAML")
    assert "criteria.yaml" not in done.stderr
    assert (home / "criteria.yaml").read_text() == "title: ["


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
