"""kb remove and kb forget, as a user runs them."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.conftest import RAISED, SMITH, Kb, verdict

KEY = "smith2020reminders"


def at_a_terminal(home: Path, typed: str, *words: str) -> tuple[int, str]:
    """The exit code and all that is shown, with `typed` for an answer."""
    main, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "kb", *words, "--home", str(home)],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        os.write(main, typed.encode())
        said, _ = process.communicate(timeout=120)
    os.close(terminal)
    os.close(main)
    return process.returncode, said


def test_it_says_what_it_did_and_how_to_undo_it(home: Path, kb: Kb) -> None:
    line = verdict(KEY, RAISED, "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    done = kb("remove", KEY, "--yes", cwd=home)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "stdout is for data"
    assert f"corpus/{KEY}.md is now removed/{KEY}.md" in done.stderr
    assert f"Moved from references.bib to removed/references.bib: {KEY}" in done.stderr
    assert "annotations.jsonl keeps 1 line on it" in done.stderr
    assert "put files back into corpus/" in done.stderr
    assert (home / f"removed/{KEY}.md").read_text() == SMITH


def test_without_a_terminal_it_wants_to_be_told(home: Path, kb: Kb) -> None:
    for command in ("remove", "forget"):
        done = kb(command, KEY, cwd=home, stdin=subprocess.DEVNULL)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert f"corpus/{KEY}.md" in done.stderr
        assert "--yes" in done.stderr
    assert (home / f"corpus/{KEY}.md").exists()


def test_at_a_terminal_it_asks(home: Path) -> None:
    code, said = at_a_terminal(home, "n\n", "forget", KEY)
    assert (code, "for good?" in said) == (130, True)
    assert (home / f"corpus/{KEY}.md").exists()
    code, said = at_a_terminal(home, "y\n", "forget", KEY)
    assert code == 0, said
    assert f"Nothing of {KEY} is left" in said
    assert not (home / f"corpus/{KEY}.md").exists()


def test_forgetting_says_that_judgements_still_quote_it(home: Path, kb: Kb) -> None:
    line = verdict(KEY, RAISED, "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    done = kb("forget", KEY, "--yes", cwd=home)
    assert done.returncode == 0, done.stderr
    assert "annotations.jsonl still quotes it in 1 line" in done.stderr
    done = kb("forget", KEY, "--annotations", "--yes", cwd=home)
    assert done.returncode == 0, done.stderr
    assert "Removed 1 line" in done.stderr
    assert (home / "annotations.jsonl").read_text() == ""


def test_an_unknown_citekey_is_one_line(home: Path, kb: Kb) -> None:
    done = kb("remove", "smith2020", "--yes", cwd=home)
    assert done.returncode == 1
    assert done.stderr == f"kb: no source 'smith2020'; did you mean {KEY}?\n"


def test_it_needs_a_citekey(home: Path, kb: Kb) -> None:
    done = kb("remove", cwd=home)
    assert done.returncode == 1
    assert "CITEKEY" in done.stderr
