"""kb review: keys from a pipe, in a terminal, and a session that is killed."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.cli.review import keys
from tests.conftest import Kb
from tests.labelling.conftest import built, history, home, rows

__all__ = ["built", "home"]

ANN = {"KB_USER": "ann"}
ASKED = b"quit]"


def test_keys_come_one_by_one_however_they_arrive() -> None:
    parts = iter(["yn", "\x1b[A", "s", "\r\n", "é", "\xe0S", "\x00;", "\x1b", ""])
    expected = ["y", "n", "\x1b[A", "s", "é", "\xe0S", "\x00;", "\x1b", ""]
    assert list(keys(lambda: next(parts))) == expected


def test_keys_from_a_pipe(home: Path, kb: Kb) -> None:
    done = kb("review", "--criterion", "cost", cwd=home, env=ANN, input="y\nx?o un")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "1 of 3 " in said
    assert "'x' is no key here; ? for help" in said
    assert "y, n: it is, or is not, about the criterion" in said
    assert "model: 0." in said
    assert "2 words kept, 1 left" in said
    assert "\x1b" not in done.stdout
    # After y do x, ? and o nothing; the space skips, u brings back, and n is said of that.
    assert [(one.kind, one.said) for one in history(home)] == [("tag", "yes"), ("tag", "no")]


def test_undo_takes_back_and_asks_again(home: Path, kb: Kb) -> None:
    done = kb("review", "--criterion", "cost", cwd=home, env=ANN, input="yuunq")
    assert "there is nothing to take back" in done.stdout
    assert [(one.said, one.status) for one in history(home)] == [
        ("yes", "taken back"),
        ("", ""),
        ("no", "counts"),
    ]


def test_the_next_session_goes_on_and_what_was_skipped_comes_last(home: Path, kb: Kb) -> None:
    first = kb("review", "--criterion", "cost", cwd=home, env=ANN, input=" n").stdout
    assert "1 word kept, 2 left, 1 of them skipped" in " ".join(first.split())
    second = kb("review", "--criterion", "cost", cwd=home, env=ANN, input="nn").stdout
    assert "2 words kept, 0 left" in " ".join(second.split())
    order = [one.passage_id for one in history(home)]
    assert len(set(order)) == 3
    skipped = (home / ".kb" / "skipped.jsonl").read_text()
    assert order[2] in skipped
    third = kb("review", "--criterion", "cost", cwd=home, env=ANN).stdout
    assert third == "There is nothing left to label here.\n"


def test_stances_have_keys_of_their_own_and_capitals_are_arguable(home: Path, kb: Kb) -> None:
    done = kb("review", "--claim", "U1", cwd=home, env=ANN, input="SyCn")
    assert "'y' is no key here" in done.stdout
    assert [(one.said, one.sure) for one in history(home)] == [
        ("supports", "arguable"),
        ("challenges", "arguable"),
        ("neutral", ""),
    ]
    assert all(one.model.startswith("onnx:kb-stance") and one.scores for one in history(home))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pty")
class TestInATerminal:
    @pytest.fixture
    def session(self, home: Path) -> "Iterator[tuple[int, subprocess.Popen[bytes]]]":
        import pty

        master, slave = pty.openpty()
        env = os.environ | {"KB_USER": "ann", "KB_HOME": str(home), "TERM": "dumb", "COLUMNS": "30"}
        command = [sys.executable, "-m", "kb", "review"]
        process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True
        )
        os.close(slave)
        yield master, process
        process.kill()
        process.wait()
        os.close(master)

    def read_until(self, master: int, wanted: bytes, times: int = 1) -> bytes:
        seen, until = b"", time.monotonic() + 90
        while seen.count(wanted) < times:
            ready, _, _ = select.select([master], [], [], max(0, until - time.monotonic()))
            assert ready, f"no {wanted!r} in {seen!r}"
            seen += os.read(master, 65_536)
        return seen

    def test_single_keys_without_enter(
        self, home: Path, session: "tuple[int, subprocess.Popen[bytes]]"
    ) -> None:
        master, process = session
        self.read_until(master, ASKED)
        os.write(master, b"n")
        self.read_until(master, ASKED)
        assert len(rows(home)) == 1
        os.write(master, b"\x1b[A")
        self.read_until(master, b"is no key here")
        os.write(master, b"q")
        shown = self.read_until(master, b"1 word kept")
        assert process.wait(30) == 0
        assert max(map(len, shown.decode().splitlines())) <= 45

    def test_killed_it_has_lost_nothing_that_was_answered(
        self, home: Path, session: "tuple[int, subprocess.Popen[bytes]]"
    ) -> None:
        master, process = session
        self.read_until(master, ASKED)
        os.write(master, b"nnnn")
        seen = self.read_until(master, ASKED, 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(rows(home)) >= seen.count(ASKED)
        assert [one.status for one in history(home)] == ["counts"] * len(rows(home))

    def test_control_c_ends_it_like_quit(
        self, home: Path, session: "tuple[int, subprocess.Popen[bytes]]"
    ) -> None:
        master, process = session
        self.read_until(master, ASKED)
        os.write(master, b"n\x03")
        self.read_until(master, b"1 word kept")
        assert process.wait(30) == 0
