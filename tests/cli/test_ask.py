"""kb ask, the real command: what it prints, where, and how it fails."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kb import starters
from tests.conftest import COSTS, RAISED, Kb, verdict


def annotate(home: Path, *lines: dict[str, str]) -> None:
    (home / "annotations.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def judged(home: Path) -> Path:
    """Two readers agree that reminders increase uptake and differ on what they cost."""
    annotate(
        home,
        verdict("smith2020reminders", RAISED, "U1", "supports", "ann"),
        verdict("smith2020reminders", RAISED, "U1", "supports", "bob"),
        verdict("smith2020reminders", COSTS, "C1", "supports", "ann"),
        verdict("smith2020reminders", COSTS, "C1", "neutral", "bob"),
    )
    return home


def test_the_first_question_builds_the_index_and_says_so_on_stderr(judged: Path, kb: Kb) -> None:
    first = kb("ask", "do reminders work?", cwd=judged)
    assert first.returncode == 0
    assert "There is no index yet" in first.stderr
    assert "SUPPORTING this statement: 1 source" in first.stdout
    second = kb("ask", "do reminders work?", cwd=judged)
    assert second.stderr == ""
    assert second.stdout == first.stdout, "the same question, the same bytes"


def test_an_answer_says_how_the_question_was_read_and_what_was_searched(
    judged: Path, kb: Kb
) -> None:
    said = kb("ask", "do reminders work?", cwd=judged).stdout
    assert "Read as U1 (uptake): Reminders increase uptake." in said
    assert "Smith and Jones (2020)  [two readers]" in said
    assert "paraphrase in a digest (abstract read) · Results, p. 12 · randomised trial" in said
    assert f"“{RAISED[:20]}" not in said, "a paraphrase is never shown as a quotation"
    assert "3 passages in 2 documents" in said


def test_the_text_of_an_original_is_quoted(judged: Path, kb: Kb) -> None:
    said = kb("ask", "letters", "--source", "health2019letters", cwd=judged).stdout
    assert "“Letters alone did not change attendance at all" in said
    assert "quoted from the original" in said
    assert "not yet judged" in said


def test_disagreement_is_shown_apart_and_not_counted(judged: Path, kb: Kb) -> None:
    said = kb("ask", "C1", cwd=judged).stdout
    assert "SUPPORTING this statement: 0 sources, and 1 passage readers disagree on" in said
    assert "Readers disagree: some saw this as supporting, others did not." in said


def test_lines_fit_80_columns_and_a_pipe_gets_no_colour(shipped_home: Path, kb: Kb) -> None:
    said = kb("ask", "what evidence supports scale limits?", cwd=shipped_home).stdout
    assert "\x1b" not in said
    too_long = [line for line in said.splitlines() if len(line) > 80]
    assert not too_long


def test_a_terminal_gets_colour(judged: Path, kb: Kb) -> None:
    plain = kb("ask", "U1", cwd=judged).stdout
    reader, terminal = pty.openpty()
    words = [sys.executable, "-m", "kb", "ask", "U1", "--home", str(judged)]
    with subprocess.Popen(words, stdout=terminal, env={**os.environ, "COLUMNS": "80"}):
        os.close(terminal)
        said = b"".join(iter(lambda: read_some(reader), b"")).decode().replace("\r\n", "\n")
    os.close(reader)
    assert "\x1b[" in said
    assert re.sub(r"\x1b\[[0-9;]*m", "", said) == plain


def read_some(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that the other side of a terminal is closed
        return b""


@pytest.mark.parametrize(
    ("question", "circumstance", "supporting", "challenging"),
    [
        ("what evidence supports scale limits?", "S1", 14, 6),
        ("do senior leaders have to be involved?", "A2", 15, 3),
        ("does co-production save money?", "R2", 12, 2),
        ("who should take part in evaluation?", "D3", 12, 1),
    ],
)
def test_the_questions_of_the_first_users(
    shipped_home: Path, kb: Kb, question: str, circumstance: str, supporting: int, challenging: int
) -> None:
    """The counts follow from annotations.jsonl: sources on whose side both readers agree."""
    answer = json.loads(kb("ask", question, "--json", cwd=shipped_home).stdout)
    assert answer["claim"]["id"] == circumstance
    assert answer["sources"] == {"supporting": supporting, "challenging": challenging}
    assert answer["supporting"][0]["judge"] == "two readers"
    assert answer["challenging"], "challenging evidence stands beside the supporting"


def test_limit_and_source_narrow_what_is_shown(shipped_home: Path, kb: Kb) -> None:
    words = ("ask", "S1", "--json", "--limit", "2", "--source", "inettndcircumstances")
    answer = json.loads(kb(*words, cwd=shipped_home).stdout)
    shown = answer["supporting"] + answer["challenging"] + answer["context"]
    assert {item["citekey"] for item in shown} == {"inettndcircumstances"}
    assert all(len(answer[group]) <= 2 for group in ("supporting", "challenging", "context"))


def test_a_claim_of_ones_own_is_never_given_a_side(shipped_home: Path, kb: Kb) -> None:
    words = ("ask", "x", "--claim", "Co-production needs biscuits.", "--json")
    answer = json.loads(kb(*words, cwd=shipped_home).stdout)
    assert answer["claim"]["text"] == "Co-production needs biscuits."
    assert answer["claim"]["id"] is None
    assert answer["supporting"] == answer["challenging"] == []
    assert all(item["stance"] is None for item in answer["context"])


def test_a_claim_may_be_a_circumstance_by_id(shipped_home: Path, kb: Kb) -> None:
    answer = json.loads(kb("ask", "x", "--claim", "s2", "--json", cwd=shipped_home).stdout)
    assert answer["claim"]["id"] == "S2"


def test_files_that_cannot_be_used_are_named_in_the_answer(judged: Path, kb: Kb) -> None:
    (judged / "corpus" / "scan.pdf").write_bytes(b"%PDF-1.4")
    asked = kb("ask", "do reminders work?", cwd=judged)
    assert asked.returncode == 0
    assert "NOT SEARCHED, 1 file that cannot be used:" in asked.stdout
    assert "corpus/scan.pdf: no reader for .pdf" in asked.stdout


def test_a_narrowed_answer_says_so(judged: Path, kb: Kb) -> None:
    said = kb("ask", "U1", "--source", "smith2020reminders", cwd=judged).stdout
    assert "ONLY source smith2020reminders; all other evidence is left out." in said


def test_nothing_judged_is_not_said_to_be_nothing_found(home: Path, kb: Kb) -> None:
    said = kb("ask", "U1", cwd=home).stdout
    assert said.count("Nobody has seen a passage on either side of this circumstance yet.") == 2


def test_judgements_on_text_that_is_gone_are_missed_in_the_answer(judged: Path, kb: Kb) -> None:
    path = judged / "corpus" / "smith2020reminders.md"
    path.write_text(path.read_text().replace("400 patients", "401 patients"))
    assert "judged, but not in the corpus any more" in kb("build", cwd=judged).stderr
    said = kb("ask", "U1", cwd=judged).stdout
    assert "MISSING: 1 passage that people judged on this" in said


def test_a_reworded_circumstance_does_not_keep_its_evidence(judged: Path, kb: Kb) -> None:
    path = judged / "criteria.yaml"
    path.write_text(path.read_text().replace("increase uptake", "reduce uptake"))
    assert "2 judgements were made when it said something else" in kb("build", cwd=judged).stderr
    answer = json.loads(kb("ask", "U1", "--json", cwd=judged).stdout)
    assert answer["supporting"] == []
    (item,) = [i for i in answer["context"] if i["verdicts"]]
    assert item["judge"] == "judged under an earlier wording"


def test_words_need_no_quotation_marks(judged: Path, kb: Kb) -> None:
    assert "Read as U1" in kb("ask", "do", "reminders", "work", cwd=judged).stdout


def test_nonsense_has_no_context(shipped_home: Path, kb: Kb) -> None:
    said = kb("ask", "asdf", cwd=shipped_home).stdout
    assert "Nothing else in the corpus is near this question." in said


def test_changed_files_are_noticed(judged: Path, kb: Kb) -> None:
    kb("build", cwd=judged)
    (judged / "corpus" / "health2019letters.txt").write_text("Something else.")
    (judged / "criteria.yaml").write_text((judged / "criteria.yaml").read_text() + "\n# more\n")
    asked = kb("ask", "do reminders work?", cwd=judged)
    assert "not yet in the index: corpus/health2019letters.txt" in asked.stderr
    assert "criteria.yaml" not in asked.stderr, "a comment changes no meaning"
    assert RAISED[:30] in asked.stdout, "the index still answers"


def test_control_characters_in_a_document_do_not_reach_the_terminal(home: Path, kb: Kb) -> None:
    text = "Letters \x1b[31mred\x1b[0m and \x07 bells were posted."
    (home / "corpus" / "health2019letters.txt").write_text(text)
    said = kb("ask", "letters", cwd=home).stdout
    assert "\x1b" not in said
    assert "\x07" not in said


def test_home_is_found_from_a_folder_below_by_option_and_by_variable(
    judged: Path, kb: Kb, tmp_path: Path
) -> None:
    asked = ("ask", "do reminders work?")
    below = kb(*asked, cwd=judged / "corpus")
    option = kb(*asked, "--home", str(judged))
    variable = kb(*asked, env={"KB_HOME": str(judged)})
    assert below.returncode == option.returncode == variable.returncode == 0
    assert below.stdout == option.stdout == variable.stdout


def test_it_works_with_an_empty_home_and_proxies_that_lead_nowhere(tmp_path: Path, kb: Kb) -> None:
    base = tmp_path / "base"
    starters.copy("co-production", base)
    for path in list((base / "corpus").iterdir())[10:]:
        path.unlink()
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    empty = tmp_path / "nobody"
    empty.mkdir()
    asked = kb("ask", "scale limits", cwd=base, env={"HOME": str(empty), **nowhere})
    assert asked.returncode == 0, asked.stderr
    assert not list(empty.iterdir()), "nothing is written to the user's home"
    shutil.rmtree(base)
