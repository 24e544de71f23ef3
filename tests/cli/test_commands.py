"""The other commands, as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kb as package
from kb.cli import COMMANDS
from tests.conftest import COSTS, Kb

HEAVY = (
    "chromadb",
    "numpy",
    "onnxruntime",
    "pandas",
    "sentence_transformers",
    "tokenizers",
    "yaml",
)


def test_help_and_version_load_no_heavy_library() -> None:
    script = (
        "import sys; sys.argv = ['kb', '--help']\n"
        "try:\n    from kb.cli import main; main()\n"
        f"finally:\n    print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == "[]"
    assert "kb ask" in done.stdout


def test_the_bare_command_shows_its_help(kb: Kb) -> None:
    done = kb()
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: kb")


def test_version(kb: Kb) -> None:
    assert kb("--version").stdout.strip() == f"kb, version {package.__version__}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(kb: Kb, command: str) -> None:
    done = kb(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: kb {command}")


def test_search_prints_passages_and_json(home: Path, kb: Kb) -> None:
    assert COSTS[:30] in kb("search", "pence", "--limit", "1", cwd=home).stdout
    (hit,) = json.loads(kb("search", "pence", "--limit", "1", "--json", cwd=home).stdout)
    assert hit["text"] == COSTS
    assert hit["citekey"] == "smith2020reminders"
    assert 0 < hit["score"] <= 1
    assert hit["words"] is not None


def test_sources_tell_what_was_read(home: Path, kb: Kb) -> None:
    with (home / "references.bib").open("a") as bib:
        bib.write("@misc{later2021, title = {Not read yet}}\n")
    rows = {row["citekey"]: row for row in json.loads(kb("sources", "--json", cwd=home).stdout)}
    assert rows["smith2020reminders"]["read"] == "abstract"
    assert rows["smith2020reminders"]["study"]["design"] == "randomised trial"
    assert rows["health2019letters"]["citation"] == "Department of Health (2019)"
    assert rows["later2021"]["file"] is None
    said = kb("sources", cwd=home).stdout
    assert "no document in corpus/" in said
    assert said.rstrip().endswith("3 sources")


def test_sources_of_one_criterion(shipped_home: Path, kb: Kb) -> None:
    rows = json.loads(kb("sources", "--criterion", "scale", "--json", cwd=shipped_home).stdout)
    assert rows
    assert all("scale" in row["criteria"] for row in rows)
    assert len(rows) < 91


def test_show_a_passage_and_a_source(shipped_home: Path, kb: Kb) -> None:
    details = json.loads(kb("show", "parks1981consumers", "--json", cwd=shipped_home).stdout)
    assert len(details) == 9
    one = kb("show", details[7]["passage_id"], cwd=shipped_home).stdout
    assert "Parks, Roger B." in one
    assert "Often cited as 1980" in one
    assert "supports S1 (reader-1)" in one
    assert "supports S1 (reader-2, arguable)" in one
    text = (shipped_home / details[7]["file"]).read_text()
    assert text[details[7]["start"] : details[7]["end"]] == details[7]["text"]


def test_criteria_as_text_and_json(shipped_home: Path, kb: Kb) -> None:
    said = kb("criteria", cwd=shipped_home).stdout
    assert "S1  Co-production works best at a neighbourhood or small local" in said
    assert "ask by: scale limits" in said
    given = json.loads(kb("criteria", "--json", cwd=shipped_home).stdout)
    assert [criterion["id"] for criterion in given["criteria"]][2] == "scale"


def test_criteria_need_no_index(home: Path, kb: Kb) -> None:
    assert kb("criteria", cwd=home).returncode == 0
    assert not (home / ".kb").exists()


def test_a_file_without_an_entry_gets_one_that_is_to_be_checked(home: Path, kb: Kb) -> None:
    (home / "corpus" / "stranger.md").write_text("# A strange report\n\nSome text of its own.")
    done = kb("build", "--json", cwd=home)
    assert done.returncode == 0
    outcomes = {one["path"]: one for one in json.loads(done.stdout)["outcomes"]}
    assert outcomes["corpus/stranger.md"]["status"] == "added"
    assert outcomes["corpus/stranger.md"]["passages"] == 1
    assert "corpus/stranger.md: had no entry, has one now: stranger" in done.stderr
    entry = (home / "references.bib").read_text().partition("{stranger,")[2]
    assert "A strange report" in entry
    assert "kb-check" in entry
    assert "stranger" in kb("check", cwd=home).stdout
    assert json.loads(kb("build", "--json", cwd=home).stdout)["outcomes"][-1]["status"] == (
        "unchanged"
    )


def test_emptied_references_are_not_filled_with_guesses(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    (home / "references.bib").write_text("")
    done = kb("build", cwd=home)
    assert done.returncode == 1
    assert "2 of 2 indexed files are gone or have lost their entry" in done.stderr
    assert (home / "references.bib").read_text() == ""


def test_build_tells_what_it_did(home: Path, kb: Kb) -> None:
    assert "3 passages in 2 documents (2 added)" in kb("build", cwd=home).stderr
    assert "(2 unchanged)" in kb("build", cwd=home).stderr
    assert "(2 added)" in kb("build", "--afresh", cwd=home).stderr
    assert kb("build", cwd=home).stdout == "", "stdout is for data"


def test_init_with_the_starter_answers(kb: Kb, tmp_path: Path) -> None:
    made = kb("init", "mine", "--starter", "co-production", cwd=tmp_path)
    assert made.returncode == 0
    assert "kb ask" in made.stderr
    assert len(list((tmp_path / "mine/corpus").iterdir())) == 91


def test_init_without_a_starter_makes_one_that_works(kb: Kb, tmp_path: Path) -> None:
    assert kb("init", "mine", cwd=tmp_path).returncode == 0
    asked = kb("ask", "do reminders work", cwd=tmp_path / "mine")
    assert asked.returncode == 0, asked.stderr
    assert "Read as U1" in asked.stdout
    assert "0 passages in 0 documents" in asked.stdout


def test_init_writes_over_nothing(kb: Kb, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/references.bib").write_text("my work")
    done = kb("init", "mine", cwd=tmp_path)
    assert done.returncode == 1
    assert "already holds references.bib" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["references.bib"]
    assert (tmp_path / "mine/references.bib").read_text() == "my work"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(kb: Kb, shell: str) -> None:
    assert "_KB_COMPLETE" in kb("completion", shell).stdout


def test_completion_knows_criteria_and_citekeys(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    criteria = {"_KB_COMPLETE": "bash_complete", "COMP_WORDS": "kb ask x --criterion "}
    assert kb(cwd=home, env=criteria | {"COMP_CWORD": "4"}).stdout.split() == [
        "plain,uptake",
        "plain,cost",
    ]
    keys = {"_KB_COMPLETE": "bash_complete", "COMP_WORDS": "kb show smi"}
    assert kb(cwd=home, env=keys | {"COMP_CWORD": "2"}).stdout.strip() == "plain,smith2020reminders"
