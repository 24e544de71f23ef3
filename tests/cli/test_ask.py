"""kb ask, the real command: what it prints, where, and how it fails."""

import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kb import starters
from tests.conftest import COSTS, RAISED, Kb, verdict

PEOPLE_ALONE = '[judging]\njudge = "none"\n'
CLAIM = "Letters change attendance."
GROUPS = ("supporting", "challenging", "unsure", "context")


def shown(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """All items of an answer, in the order in which they are shown."""
    return [item for group in GROUPS for item in answer[group]]


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
    assert "SUPPORTING this statement: 0 sources; 1 passage readers disagree on" in said
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


def test_a_claim_of_ones_own_has_a_models_word_alone_and_is_never_counted(
    shipped_home: Path, kb: Kb
) -> None:
    words = ("ask", "x", "--claim", "Co-production needs patient facilitators.", "--json")
    answer = json.loads(kb(*words, cwd=shipped_home).stdout)
    assert answer["claim"]["text"] == "Co-production needs patient facilitators."
    assert answer["claim"]["id"] is None
    assert answer["sources"] == {"supporting": 0, "challenging": 0}
    assert shown(answer)
    for item in shown(answer):
        assert item["judge"] in ("model", "not sure")
        assert not item["settled"]
        assert item["verdicts"] == []


def test_a_claim_may_be_a_circumstance_by_id(shipped_home: Path, kb: Kb) -> None:
    answer = json.loads(kb("ask", "x", "--claim", "s2", "--json", cwd=shipped_home).stdout)
    assert answer["claim"]["id"] == "S2"


def test_files_that_cannot_be_used_are_named_in_the_answer(judged: Path, kb: Kb) -> None:
    (judged / "corpus" / "scan.odt").write_bytes(b"PK")
    asked = kb("ask", "do reminders work?", cwd=judged)
    assert asked.returncode == 0
    assert "NOT SEARCHED, 1 file that cannot be used:" in asked.stdout
    assert "corpus/scan.odt: no reader for .odt" in asked.stdout


def test_a_narrowed_answer_says_so(judged: Path, kb: Kb) -> None:
    said = kb("ask", "U1", "--source", "smith2020reminders", cwd=judged).stdout
    assert "ONLY source smith2020reminders; all other evidence is left out." in said


def test_nothing_judged_is_not_said_to_be_nothing_found(home: Path, kb: Kb) -> None:
    (home / "kb.toml").write_text(PEOPLE_ALONE)
    said = kb("ask", "U1", cwd=home).stdout
    assert said.count("Nobody has seen a passage on either side of this circumstance yet.") == 2


def test_judgements_on_text_that_is_gone_are_missed_in_the_answer(judged: Path, kb: Kb) -> None:
    path = judged / "corpus" / "smith2020reminders.md"
    path.write_text(path.read_text().replace("400 patients", "401 patients"))
    assert "judged, but not in the corpus any more" in kb("build", cwd=judged).stderr
    said = kb("ask", "U1", cwd=judged).stdout
    assert "MISSING: 1 passage that people judged on this" in said


def test_a_reworded_circumstance_does_not_keep_its_evidence(judged: Path, kb: Kb) -> None:
    (judged / "kb.toml").write_text(PEOPLE_ALONE)
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


def test_explain_shows_what_the_model_says_of_each_item(home: Path, kb: Kb) -> None:
    words = ("ask", "--claim", CLAIM)
    items = shown(json.loads(kb(*words, "--json", cwd=home).stdout))
    explained = kb(*words, "--explain", cwd=home).stdout
    assert items
    for item in items:
        (opinion,) = item["opinions"]
        assert sum(opinion["probabilities"].values()) == pytest.approx(1, abs=1e-3)
        assert opinion["by"].startswith("onnx:")
    lines = re.findall(r"onnx:.+: supports (\d+)%, challenges (\d+)%, neutral (\d+)%", explained)
    assert len(lines) == len(items)
    for line, item in zip(lines, items, strict=True):
        of = item["opinions"][0]["probabilities"]
        expected = [100 * of[stance] for stance in ("supports", "challenges", "neutral")]
        assert [int(number) for number in line] == pytest.approx(expected, abs=0.6)
    plain = kb(*words, cwd=home).stdout
    assert "onnx:" not in plain
    assert [line for line in explained.splitlines() if "onnx:" not in line] == plain.splitlines()


def test_explain_shows_what_the_model_says_of_what_people_judged(judged: Path, kb: Kb) -> None:
    said = kb("ask", "U1", "--explain", cwd=judged).stdout
    (people,) = re.findall(r"\[two readers[^]]*\](.+?)\n\n", said, re.DOTALL)
    assert re.search(r"onnx:.+: supports \d+%", people)


def test_explain_shows_the_sentence_that_decided_a_long_passage(home: Path, kb: Kb) -> None:
    sentences = [
        "Letters were sent to every household in the town.",
        "The clinic opened on Mondays only.",
        "Attendance changed little after the letters had gone out.",
        "Staff were asked what they thought of it.",
        "Nobody knew how much the letters had cost.",
    ]
    (home / "corpus" / "health2019letters.txt").write_text(" ".join(sentences))
    words = ("ask", "--claim", CLAIM, "--source", "health2019letters")
    (item,) = shown(json.loads(kb(*words, "--json", cwd=home).stdout))
    decided = item["opinions"][0]["sentence"]
    assert decided in sentences
    said = " ".join(kb(*words, "--explain", cwd=home).stdout.split())
    assert f"decided by: “{decided}”" in said


def test_a_claim_needs_no_question(home: Path, kb: Kb) -> None:
    asked = kb("ask", "--claim", CLAIM, cwd=home)
    assert asked.returncode == 0, asked.stderr
    said = " ".join(asked.stdout.split())
    assert f"Weighed as a claim of its own: {CLAIM}" in said
    assert "judged by the model alone" in said
    answer = json.loads(kb("ask", "--claim", "u1", "--json", cwd=home).stdout)
    assert (answer["claim"]["id"], answer["claim"]["matched_by"]) == ("U1", "id")


def test_the_model_is_asked_once_and_then_its_kept_word_is_read(home: Path, kb: Kb) -> None:
    (home / "kb.toml").write_text("[judging]\nthreshold = 0.7\n")
    kb("build", cwd=home)
    kept = home / ".kb" / "opinions.sqlite3"
    assert not kept.exists(), "a build asks nothing"
    words = ("ask", "--claim", CLAIM, "--explain")
    first, second = kb(*words, cwd=home), kb(*words, cwd=home)
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout, "the same question, the same bytes"
    with closing(sqlite3.connect(kept)) as db, db:
        (rows,) = db.execute("SELECT count(*) FROM opinions").fetchone()
        db.execute("UPDATE opinions SET supports = 0.02, challenges = 0.97, neutral = 0.01")
    answer = json.loads(kb("ask", "--claim", CLAIM, "--json", cwd=home).stdout)
    assert len(answer["challenging"]) == answer["considered"] == rows
    assert {item["probability"] for item in answer["challenging"]} == {0.97}
    assert answer["by_model"] == {"supporting": 0, "challenging": rows}
    assert answer["sources"]["challenging"] == 0, "a model's word is never counted"


def test_kept_opinions_that_are_lost_or_damaged_are_formed_anew(home: Path, kb: Kb) -> None:
    words = ("ask", "--claim", CLAIM, "--explain")
    kb("build", cwd=home)
    first = kb(*words, cwd=home)
    kept = home / ".kb" / "opinions.sqlite3"
    kept.write_bytes(b"no database")
    damaged = kb(*words, cwd=home)
    kept.unlink()
    lost = kb(*words, cwd=home)
    assert damaged.stdout == lost.stdout == first.stdout
    assert damaged.stderr == lost.stderr == ""


def test_where_only_people_judge_no_model_says_anything(judged: Path, kb: Kb) -> None:
    (judged / "kb.toml").write_text(PEOPLE_ALONE)
    answer = json.loads(kb("ask", "U1", "--json", cwd=judged).stdout)
    assert [item["judge"] for item in answer["supporting"]] == ["two readers"]
    assert {item["judge"] for item in answer["context"]} == {"not yet judged"}
    assert answer["unsure"] == []
    assert all(item["opinions"] == [] for item in shown(answer))
    own = json.loads(kb("ask", "--claim", CLAIM, "--json", cwd=judged).stdout)
    assert {item["judge"] for item in shown(own)} == {"not yet judged"}
    assert not (judged / ".kb" / "opinions.sqlite3").exists()
    assert "onnx:" not in kb("ask", "U1", "--explain", cwd=judged).stdout


def test_where_only_people_judge_nobody_is_told_to_ask_the_model(home: Path, kb: Kb) -> None:
    (home / "kb.toml").write_text(PEOPLE_ALONE)
    said = " ".join(kb("ask", "--claim", CLAIM, cwd=home).stdout.split())
    assert "Weighed as a claim of its own" in said
    assert "To have it judged" not in said


def test_a_question_that_is_no_statement_is_not_judged_and_says_how_it_could_be(
    home: Path, kb: Kb
) -> None:
    question = "are there biscuits for letters?"
    answer = json.loads(kb("ask", question, "--json", cwd=home).stdout)
    assert answer["claim"]["matched_by"] == "claim"
    assert answer["context"]
    assert {item["judge"] for item in shown(answer)} == {"not yet judged"}
    assert all(item["opinions"] == [] for item in shown(answer))
    said = " ".join(kb("ask", question, cwd=home).stdout.split())
    assert 'To have it judged, put a statement: kb ask --claim "…"' in said
    assert not (home / ".kb" / "opinions.sqlite3").exists()


def test_a_statement_that_is_no_circumstance_is_judged_without_being_told_to(
    home: Path, kb: Kb
) -> None:
    statement = "Letters from the department are printed on green paper."
    answer = json.loads(kb("ask", statement, "--json", cwd=home).stdout)
    assert answer["claim"]["matched_by"] == "claim"
    assert shown(answer)
    assert all(len(item["opinions"]) == 1 for item in shown(answer))


def test_what_was_judged_under_another_wording_is_said_also_beside_the_model(
    judged: Path, kb: Kb
) -> None:
    """People's word on the old statement must not pass for doubt about the new one."""
    path = judged / "criteria.yaml"
    path.write_text(path.read_text().replace("increase uptake", "reduce uptake"))
    assert "earlier wording" in " ".join(kb("ask", "U1", cwd=judged).stdout.split())
