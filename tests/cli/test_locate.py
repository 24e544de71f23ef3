"""kb locate, the real command: what it shows, and how it says that there is nothing."""

import json
from pathlib import Path

from tests.conftest import COSTS, LETTERS, Kb


def test_the_very_words_are_shown_in_their_passage(home: Path, kb: Kb) -> None:
    done = kb("locate", "did not change attendance", cwd=home)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "1 Department of Health (2019) [the very words]" in said
    assert "“Letters alone **did not change attendance** at all, the department found.”" in said
    assert "from the original" in said
    assert "health2019letters#" in said


def test_a_paraphrase_is_said_to_be_one_and_is_no_quotation(home: Path, kb: Kb) -> None:
    said = " ".join(kb("locate", "four pence", cwd=home).stdout.split())
    assert "Each reminder cost **four pence** and saved" in said
    assert "“" not in said
    assert "paraphrase in a digest, not the source's words" in said


def test_words_need_no_quotation_marks(home: Path, kb: Kb) -> None:
    quoted = kb("locate", "cost four pence", cwd=home)
    assert quoted.returncode == 0
    assert kb("locate", "cost", "four", "pence", cwd=home).stdout == quoted.stdout


def test_near_words_are_said_to_be_near(home: Path, kb: Kb) -> None:
    said = kb("locate", "Letters alone did not change the attendence", cwd=home).stdout
    assert "% alike]" in said
    assert "the very words" not in said


def test_nothing_found_is_said_and_is_exit_code_1(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    done = kb("locate", "railways should be paid out of taxes", cwd=home)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("kb: no passage holds these words")
    done = kb("locate", "railways should be paid out of taxes", "--json", cwd=home)
    assert (done.returncode, json.loads(done.stdout)) == (1, [])


def test_json_has_the_words_and_what_is_around_them(home: Path, kb: Kb) -> None:
    (place,) = json.loads(kb("locate", "DID NOT CHANGE", "--json", cwd=home).stdout)
    assert set(place) == {
        "passage_id", "passages", "citekey", "citation", "kind", "locator", "exact", "share",
        "before", "text", "after",
    }  # fmt: skip
    assert place["before"] + place["text"] + place["after"] == LETTERS
    assert (place["text"], place["exact"], place["share"]) == ("did not change", True, 1)
    assert place["passages"] == [place["passage_id"]]
    assert place["kind"] == "original"
    (place,) = json.loads(
        kb("locate", "saved three minutes of staff time", "--json", cwd=home).stdout
    )
    assert (place["kind"], place["exact"]) == ("digest", False)
    assert place["text"] in COSTS
    assert 0.8 <= place["share"] < 1


def test_a_limit_is_kept(home: Path, kb: Kb) -> None:
    assert len(json.loads(kb("locate", "attendance", "--json", cwd=home).stdout)) == 2
    assert (
        len(json.loads(kb("locate", "attendance", "--json", "--limit", "1", cwd=home).stdout)) == 1
    )


def test_a_long_passage_is_cut_to_what_is_near(home: Path, kb: Kb) -> None:
    many = "There was a good deal to say of the weather in those days. " * 6
    text = f"{many}Then letters changed it all. {many}"
    (home / "corpus/health2019letters.txt").write_text(text)
    said = kb("locate", "letters changed it all", cwd=home).stdout
    assert len(said) < 700
    assert not [line for line in said.splitlines() if len(line) > 80]
    assert "“… " in said
    assert " …”" in said


def test_what_cannot_be_looked_for_is_one_line(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    done = kb("locate", "…", cwd=home)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("kb: there are no words to look for")


def test_files_that_changed_are_named(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    (home / "corpus/health2019letters.txt").write_text("Something else.")
    done = kb("locate", "did not change", cwd=home)
    assert done.returncode == 0
    assert "not yet in the index: corpus/health2019letters.txt" in done.stderr
