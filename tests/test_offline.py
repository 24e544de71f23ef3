"""From init to forget: nothing is sent, nothing is written elsewhere, nothing is left, and nobody
else may read it."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests import workflow
from tests.workflow import SECRET, UMASK, Places

# Python imports this module before all others. What it records it also refuses.
GUARD = """\
import os, socket

def refuse(name):
    def refused(*given, **named):
        with open(os.environ["ATTEMPTS"], "a") as file:
            file.write(f"{name}{given[-1:]!r}\\n")
        raise OSError(f"{name}: there is no network")
    return refused

for name in ("connect", "connect_ex", "sendto", "bind"):
    setattr(socket.socket, name, refuse(name))
for name in ("getaddrinfo", "gethostbyname", "gethostbyaddr", "create_connection"):
    setattr(socket, name, refuse(name))
"""


def without_network() -> tuple[str, ...]:
    """The words of a program that runs another where there is no network, also for what is not
    written in Python; none where this system has no such program or forbids it."""
    words = ("unshare", "--net")
    if not shutil.which(words[0]):
        return ()
    return words if subprocess.run([*words, "true"], check=False).returncode == 0 else ()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Places, dict[str, bytes], list[str]]:
    """Where the workflow took place, what was in .kb before the last command, and what it tried to
    connect to."""
    places = Places(tmp_path_factory.mktemp("offline")).made()
    guard = places.root / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD)
    attempts = places.root / "attempts"
    attempts.touch()
    path = os.pathsep.join(filter(None, [str(guard), os.environ.get("PYTHONPATH")]))
    index: dict[str, bytes] = {}
    for words in workflow.commands(places):
        if words[0] == "forget":
            index = content(places.base / ".kb")
        ran = workflow.run(
            places, words, without_network(), PYTHONPATH=path, ATTEMPTS=str(attempts)
        )
        assert ran.returncode == 0, f"kb {' '.join(words)}: {(ran.stdout + ran.stderr).decode()}"
    return places, index, attempts.read_text().splitlines()


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


Done = tuple[Places, dict[str, bytes], list[str]]


def test_nothing_tries_to_reach_anybody(done: Done) -> None:
    _, _, attempts = done
    assert attempts == []


def test_nothing_is_written_but_the_knowledge_base_and_what_was_asked_for(done: Done) -> None:
    places, _, _ = done
    assert {name: os.listdir(folder) for name, folder in places.away.items()} == {
        name: [] for name in places.away
    }
    assert sorted(content(places.desk)) == [
        "letters.html", "more.bib", "paper.pdf", "smith2020reminders.md",
    ]  # fmt: skip
    assert sorted(content(places.out)) == ["annotated.docx", "map.png"]
    assert sorted(os.listdir(places.root)) == [
        "attempts", "away", "base", "desk", "guard", "out",
    ]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_nobody_may_read_it_whom_the_umask_forbids(done: Done) -> None:
    places, _, _ = done
    for folder in (places.base, places.out):
        for path in folder.rglob("*"):
            if path.name == "criteria.yaml":
                continue  # the test's own
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode & UMASK == 0, f"{path} has {mode:o}"


def test_what_was_forgotten_has_left_no_byte(done: Done) -> None:
    places, before, _ = done
    words = SECRET.encode()
    assert any(words in content for content in before.values()), "it was there"
    assert b"smith2020reminders" in b"".join(content(places.base).values()), "others still are"
    everywhere = content(places.base) | content(places.root / "away")
    assert [name for name, said in everywhere.items() if b"Zyxqortle" in said] == []
