"""kb verify, the real command: silence is not enough, all is proved or listed."""

import json
from pathlib import Path

from tests.conftest import Kb, without_override

ORIGINAL = "corpus/health2019letters.txt"


def test_all_stands(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    done = kb("verify", cwd=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert " ".join(done.stdout.split()) == (
        "2 files read again: all 3 passages stand where the index says."
    )
    done = kb("verify", "--json", cwd=home)
    assert json.loads(done.stdout) == {"files": 2, "passages": 3, "standing": 3, "drifted": []}


def test_what_ships_stands(shipped_home: Path, kb: Kb) -> None:
    found = json.loads(kb("verify", "--json", cwd=shipped_home).stdout)
    assert found["files"] == 91
    assert found["standing"] == found["passages"] == 517


def test_what_does_not_stand_is_listed_with_what_to_do(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    (home / ORIGINAL).write_text("Letters did nothing.\n")
    done = kb("verify", cwd=home)
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert f"{ORIGINAL}: the file has changed since it was indexed" in said
    assert "the words are not there any more" in said
    assert "2 files read again: 2 of 3 passages stand." in said
    assert done.stderr.splitlines() == [
        "kb: not all stands as it was indexed, see above; mend it with: kb build"
    ]
    kb("build", cwd=home)
    assert kb("verify", cwd=home).returncode == 0


def test_json_lists_files_and_passages(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    (home / ORIGINAL).unlink()
    done = kb("verify", "--json", cwd=home)
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "files": 2,
        "passages": 3,
        "standing": 2,
        "drifted": [{"path": ORIGINAL, "passage": None, "reason": "the file is gone"}],
    }


def test_a_file_without_permission_is_listed(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    (home / ORIGINAL).chmod(0)
    done = kb("verify", "--json", cwd=home, preexec_fn=without_override)
    assert done.returncode == 1
    (drift,) = json.loads(done.stdout)["drifted"]
    assert drift["path"] == ORIGINAL
    assert "cannot be read any more: cannot be read (Permission denied)" in drift["reason"]


def test_a_new_file_is_named_but_spoils_nothing(home: Path, kb: Kb) -> None:
    kb("build", cwd=home)
    (home / "corpus/more.txt").write_text("More.")
    done = kb("verify", cwd=home)
    assert done.returncode == 0
    assert "not yet in the index: corpus/more.txt" in done.stderr


def test_without_an_index_one_line_says_so(home: Path, kb: Kb) -> None:
    done = kb("verify", cwd=home)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("kb: ")
    assert "kb build" in done.stderr
