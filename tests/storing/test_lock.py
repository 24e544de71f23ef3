"""One writer at a time: another process waits its turn, and a dead one is forgotten."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb.errors import StorageError
from kb.storing.lock import writing
from tests.conftest import without_override

HOLD = """
import sys
from pathlib import Path
from kb.storing.lock import writing

with writing(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def refused(folder: Path) -> str:
    """What is said when the lock is asked for and not given."""
    with pytest.raises(StorageError) as caught, writing(folder):
        pytest.fail("the lock was given twice")
    return str(caught.value)


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / ".kb"
    with writing(folder):
        assert folder.is_dir()


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(3):
        with writing(tmp_path):
            assert "is writing to the index" in refused(tmp_path)


def test_the_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), writing(tmp_path):
        raise ZeroDivisionError
    with writing(tmp_path):
        assert "is writing to the index" in refused(tmp_path)


def test_a_second_process_is_named_and_nothing_of_its_work_is_touched(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_text("being written")
    with holder(tmp_path) as process:
        said = refused(tmp_path)
    assert said.startswith(f"{tmp_path}: process {process.pid} on ")
    assert said.endswith(" is writing to the index; wait for it to end, then run the command again")
    assert (tmp_path / "catalog.sqlite3").read_text() == "being written"


def test_a_process_that_ends_well_gives_the_lock_back(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.communicate()
        assert process.returncode == 0
        with writing(tmp_path):
            assert "is writing to the index" in refused(tmp_path)


def test_a_process_that_is_killed_leaves_no_lock_behind(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        assert str(process.pid) in refused(tmp_path)
        process.kill()
        process.wait()
        assert process.returncode != 0
        with writing(tmp_path):
            assert str(process.pid) not in refused(tmp_path), "the note names the new holder"


def test_two_folders_can_be_written_at_once(tmp_path: Path) -> None:
    with holder(tmp_path / "one"), writing(tmp_path / "two"):
        assert "is writing to the index" in refused(tmp_path / "one")


def test_the_folder_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "catalog.sqlite3").write_text("kept")
    with writing(tmp_path):
        assert (tmp_path / "chroma").is_dir()
        assert (tmp_path / "catalog.sqlite3").read_text() == "kept"


def test_a_file_in_the_folders_place_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / ".kb").write_text("")
    said = refused(tmp_path / ".kb")
    assert said.startswith(f"{tmp_path / '.kb'}: File exists")


def test_whoever_waits_is_told_for_whom_and_comes_after(tmp_path: Path) -> None:
    told: list[str] = []
    with holder(tmp_path) as process:

        def tell(line: str) -> None:
            told.append(line)
            process.kill()

        with writing(tmp_path, wait=60, tell=tell):
            assert "is writing to the index" in refused(tmp_path)
    assert [line.partition(" on ")[0] for line in told] == [f"process {process.pid}"]
    assert told[0].endswith("is writing to the index; waiting for it to end, 60 seconds at most")


def test_the_note_goes_with_the_lock_and_one_of_a_crash_here_stops_nobody(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        note = (tmp_path / "writer").read_text()
        assert note.startswith(f"process {process.pid} on ")
    assert (tmp_path / "writer").read_text() == note, "it was killed"
    with writing(tmp_path):
        pass
    assert not (tmp_path / "writer").exists()


def test_another_machine_that_has_not_said_that_it_ended_is_named(tmp_path: Path) -> None:
    """As in a network folder in which locks of one machine are nothing to another."""
    (tmp_path / "writer").write_text("process 7 on the other\n")
    said = refused(tmp_path)
    assert said.startswith(f"{tmp_path}: process 7 on the other began to write to the index")
    assert f"delete {tmp_path / 'writer'}" in said
    (tmp_path / "writer").write_text("process 7 on the o")  # killed while it noted itself
    with writing(tmp_path):
        assert "is writing to the index" in refused(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks otherwise")
@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_one_line(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def flock(*_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    said = refused(tmp_path)
    assert said.startswith(f"{tmp_path}: this file system has no locks (")
    assert said.endswith("copy the knowledge base to a disk of this machine")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from kb.errors import StorageError\n"
        "from kb.storing.lock import writing\n"
        "try:\n  writing(Path(sys.argv[1])).__enter__()\n"
        "except StorageError as error: print(error)"
    )
    (tmp_path / ".kb").mkdir(mode=0o500)
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / ".kb")],
        capture_output=True, text=True, check=True, preexec_fn=without_override,
    ).stdout  # fmt: skip
    assert told.startswith(f"{tmp_path / '.kb'}: cannot write here; make the folder writable")
