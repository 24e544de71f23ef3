"""Whatever a user gets wrong: one line, what and where and what next, exit code 1, nothing lost."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kb as package
from tests.conftest import RAISED, Kb, verdict, without_override


def one_line(stderr: str) -> str:
    (line,) = [row for row in stderr.splitlines() if row.startswith("kb: ")]
    assert "Traceback" not in stderr
    return line


def fails(kb: Kb, home: Path, *words: str) -> str:
    """Run, see that it fails in one line and touches nothing that people wrote."""
    before = people_wrote(home)
    done = kb(*words, cwd=home)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert people_wrote(home) == before
    return one_line(done.stderr)


def people_wrote(home: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and ".kb" not in path.parts
    }


def test_outside_a_knowledge_base(kb: Kb, tmp_path: Path) -> None:
    said = fails(kb, tmp_path / "elsewhere", "ask", "anything")
    assert "not in a knowledge base" in said
    assert "kb init" in said
    named = fails(kb, tmp_path / "elsewhere", "ask", "anything", "--home", "/nowhere")
    assert "/nowhere is not a knowledge base" in named


@pytest.mark.parametrize("command", [("ask", "x"), ("build",), ("criteria",), ("search", "x")])
def test_broken_criteria(home: Path, kb: Kb, command: tuple[str, ...]) -> None:
    text = (home / "criteria.yaml").read_text().replace("criterion: cost", "criterion: price")
    (home / "criteria.yaml").write_text(text)
    line = text.splitlines().index("    criterion: price") + 1
    said = fails(kb, home, *command)
    assert f"criteria.yaml:{line}: no criterion 'price'" in said


def test_broken_references(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    with (home / "references.bib").open("a") as bib:
        bib.write("@article{broken title = {No comma}}\n")
    said = fails(kb, home, "build")
    assert "references.bib:13" in said
    assert "broken" in said
    asked = kb("ask", "U1", cwd=home)
    assert asked.returncode == 0, "the index still answers"
    assert "references.bib" in asked.stderr


def test_broken_annotations(home: Path, kb: Kb) -> None:
    (home / "annotations.jsonl").write_text('{"type": "verdict"}\n')
    assert "annotations.jsonl:1: 'passage' must be" in fails(kb, home, "ask", "x")


def test_broken_settings(home: Path, kb: Kb) -> None:
    (home / "kb.toml").write_text("[search]\nmeaning_wait = 1\n")
    said = fails(kb, home, "ask", "x")
    assert "unknown key 'meaning_wait' in [search]" in said
    assert "meaning_weight" in said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("health2019letters.md", "two files for one citekey"),
        ("smith2020reminders.odt", "no reader for .odt; save it as one of: .md, .txt, .pdf"),
        ("smith2020reminders.pdf", "not a PDF, whatever its name says"),
        ("stranger.pdf", "not a PDF, whatever its name says"),
    ],
)
def test_files_that_cannot_be_used(home: Path, kb: Kb, name: str, expected: str) -> None:
    (home / "corpus" / name).write_text("Some text.")
    before = people_wrote(home)
    done = kb("build", cwd=home)
    assert done.returncode == 1
    assert expected in done.stderr
    assert "of the files in corpus/ cannot be used" in one_line(done.stderr)
    assert people_wrote(home) == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ask", "x", "--source", "nobody1999"), "no source or passage 'nobody1999'"),
        (("ask", "x", "--source", "smith"), "did you mean smith2020reminders?"),
        (("show", "Smith and Jones"), "did you mean smith2020reminders?"),
        (("ask", "x", "--claim", "U9"), "no circumstance 'U9'; there are: U1, C1"),
        (("ask", "U1", "--criterion", "cost"), "U1 belongs to the criterion 'uptake'"),
        (("ask", "x", "--criterion", "weather"), "no criterion 'weather'"),
        (("sources", "--criterion", "weather"), "there are: uptake, cost"),
        (("show", "nobody1999"), "no source or passage 'nobody1999'"),
        (
            ("show", "smith2020reminders#000000000000"),
            "no passage 'smith2020reminders#000000000000'",
        ),
        (("ask", ""), "the question is empty"),
        (("ask", "  "), "the question is empty"),
        (("ask", "x" * 100_000), "the question is too long"),
        (("ask", "x", "--claim", "y" * 100_000), "the question is too long"),
        (("ask",), "the question is empty"),
        (("search", ""), "the question is empty"),
    ],
)
def test_unknown_names_and_impossible_questions(
    home: Path, kb: Kb, words: tuple[str, ...], expected: str
) -> None:
    kb("build", cwd=home)
    assert expected in fails(kb, home, *words)


@pytest.mark.parametrize(
    "words", [("search",), ("ask", "x", "--limit", "0"), ("frobnicate",), ("ask", "x", "--colour")]
)
def test_a_command_that_is_misspelt_is_one_line_too(home: Path, kb: Kb, words: list[str]) -> None:
    assert "--help" in fails(kb, home, *words)


@pytest.mark.parametrize("question", ['"', "NEAR(a b", "😀😀", "* OR text:", "a\x01b"])
def test_signs_in_a_question_are_no_error(home: Path, kb: Kb, question: str) -> None:
    assert kb("ask", question, cwd=home).returncode == 0


def test_an_index_made_with_another_model(home: Path, kb: Kb, tmp_path: Path) -> None:
    kb("build", cwd=home)
    model = shutil.copytree(Path(package.__file__).parent / "models/minilm", tmp_path / "other")
    about = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps({**about, "name": "other"}))
    folder = str(model).replace("\\", "/")
    (home / "kb.toml").write_text(f'[embedding]\nmodel = "{folder}"\n')
    said = fails(kb, home, "ask", "x")
    assert "another model" in said
    assert said.endswith("kb build")
    assert kb("build", cwd=home).returncode == 0
    assert kb("ask", "x", cwd=home).returncode == 0


def test_a_vector_store_that_lost_its_vectors_is_not_silently_half_an_answer(
    home: Path, kb: Kb
) -> None:
    kb("build", cwd=home)
    for folder in (home / ".kb").glob("chroma-*"):
        shutil.rmtree(folder)
    assert "kb build" in fails(kb, home, "ask", "x")
    assert kb("build", cwd=home).returncode == 0
    assert kb("ask", "x", cwd=home).returncode == 0


def test_a_damaged_catalogue(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    (home / ".kb/catalog.sqlite3").write_bytes(b"not a database" * 1000)
    assert "kb build --afresh" in fails(kb, home, "build")
    assert kb("build", "--afresh", cwd=home).returncode == 0


@pytest.mark.parametrize("indexed", [False, True])
def test_a_read_only_folder(home: Path, kb: Kb, indexed: bool) -> None:
    if indexed:
        kb("build", cwd=home)
    before = people_wrote(home)
    folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    for path in (home / ".kb").rglob("*.sqlite3"):
        path.chmod(0o444)
    try:
        done = kb("ask", "x", cwd=home, preexec_fn=without_override)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert done.returncode == 1
    assert "cannot write here; make the folder writable or copy" in one_line(done.stderr)
    assert people_wrote(home) == before


def test_a_full_disk(home: Path, kb: Kb) -> None:
    """A limit on the size of files stands in for a full disk: the same code path, EFBIG."""
    line = verdict("smith2020reminders", RAISED, "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    before = people_wrote(home)
    limit = (20_000, 20_000)
    done = kb(
        "build", cwd=home, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    )
    assert done.returncode == 1
    assert "the disk is full" in one_line(done.stderr)
    assert people_wrote(home) == before
    assert kb("build", cwd=home).returncode == 0, "with space again it goes on"
    assert RAISED[:40] in kb("ask", "U1", cwd=home).stdout


def allow_small_files_only() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_a_pipe_in_the_corpus_does_not_hang_a_build(home: Path, kb: Kb) -> None:
    os.mkfifo(home / "corpus" / "health2020.txt")
    done = kb("build", cwd=home)
    assert done.returncode == 1
    assert "corpus/health2020.txt: not a file that can be read" in done.stderr


def test_a_file_name_that_is_no_text_is_a_problem_not_a_crash(home: Path, kb: Kb) -> None:
    with open(os.fsencode(home) + b"/corpus/\xff.md", "w") as file:  # noqa: PTH123
        file.write("Text.")
    done = kb("build", cwd=home)
    assert done.returncode == 1
    assert "corpus/?.md" in done.stderr


def test_a_question_in_an_unknown_encoding_is_asked_all_the_same(home: Path) -> None:
    asked: list[str | bytes] = [sys.executable, "-m", "kb", "ask", b"do reminders \xff work"]
    words = [*asked, "--home", str(home)]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_fault_of_our_own_is_one_line_too(home: Path, kb: Kb) -> None:
    (home / "kb.toml").write_text('[tagging]\ntagger = "builtins:len"\n')
    said = fails(kb, home, "build")
    assert "a fault in kb itself (TypeError" in said


def test_two_builds_at_once(home: Path, kb: Kb) -> None:
    from kb.storing.lock import writing

    with writing(home / ".kb"):
        assert "is writing to the index; wait" in fails(kb, home, "build")
    assert kb("build", cwd=home).returncode == 0


def test_a_reader_that_stops_reading_is_no_error(shipped_home: Path) -> None:
    command = f"{sys.executable} -m kb sources --home {shipped_home} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.stderr == ""
