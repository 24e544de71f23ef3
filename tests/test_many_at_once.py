"""Many at one knowledge base: readers see one state or the other, writers lose nothing."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import StorageError
from kb.knowledge_base import KnowledgeBase, open_
from kb.labelling.saying import Pen
from kb.storing import annotations
from tests.conftest import COSTS, LETTERS, RAISED

EXACT = '[storing]\nvectors = "exact"\n[judging]\njudge = "none"\n'
KNOWN = {RAISED, COSTS, LETTERS}


@pytest.fixture
def light(home: Path) -> KnowledgeBase:
    """The small knowledge base, built, with the parts that are quick to open."""
    (home / "kb.toml").write_text(EXACT)
    base = open_(home)
    list(base.build())
    return base


def texts(base: KnowledgeBase) -> set[str]:
    return {hit.passage.text for hit in base.search("reminders and letters")}


def test_an_index_made_afresh_takes_the_old_ones_place_when_it_is_done(home: Path) -> None:
    list(open_(home).build())
    reader = open_(home)
    assert texts(reader) == KNOWN
    (home / "corpus/health2019letters.txt").write_text("Letters were all lost.\n")
    at_work = open_(home).build(afresh=True)
    next(at_work)
    assert texts(reader) == texts(open_(home)) == KNOWN, "the old one answers meanwhile"
    list(at_work)
    assert texts(reader) == texts(open_(home)) == {RAISED, COSTS, "Letters were all lost."}
    folders = [path.name for path in (home / ".kb").iterdir() if path.is_dir()]
    assert len(folders) == 1, "nothing of the old one is left"


def test_an_index_that_was_not_made_to_the_end_changes_nothing(light: KnowledgeBase) -> None:
    at_work = open_(light.home).build(afresh=True)
    next(at_work)
    del at_work
    assert texts(light) == KNOWN
    assert (light.index_folder / "afresh.sqlite3").exists()
    list(light.build())
    assert texts(light) == KNOWN
    assert not (light.index_folder / "afresh.sqlite3").exists()
    assert len(list(light.index_folder.glob("exact-*"))) == 1


def test_threads_may_share_a_knowledge_base_while_another_process_builds(home: Path) -> None:
    (home / "kb.toml").write_text('[judging]\njudge = "none"\n')
    base = open_(home)
    list(base.build())
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(15):
            try:
                found = {item.text for item in base.ask("do reminders work").context}
                found |= texts(base)
            except Exception as error:
                wrong.append(error)
            else:
                wrong.extend(found - KNOWN)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for words in (["build"], ["build", "--afresh"]):
        (home / "corpus/smith2020reminders.md").touch()
        command = [sys.executable, "-m", "kb", *words, "--home", str(home)]
        subprocess.run(command, check=True, capture_output=True)
    for thread in threads:
        thread.join()
    assert wrong == []
    base.close()


def test_one_builds_at_a_time_also_among_threads(light: KnowledgeBase) -> None:
    at_work = light.build()
    next(at_work)
    with pytest.raises(StorageError, match="a build of this program is not done yet"):
        list(light.build())
    said: list[str] = []

    def build() -> None:
        try:
            list(light.build())
        except StorageError as error:
            said.append(str(error))

    thread = threading.Thread(target=build)
    thread.start()
    thread.join()
    assert "is writing to the index" in said[0]
    list(at_work)
    assert texts(light) == KNOWN


@contextlib.contextmanager
def begun(*commands: list[str]) -> Iterator[list[subprocess.Popen[str]]]:
    with contextlib.ExitStack() as held:
        yield [
            held.enter_context(
                subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for words in commands
        ]


def test_two_who_add_at_once_both_have_their_entries(light: KnowledgeBase, tmp_path: Path) -> None:
    """The second waits for the first."""
    kb = [sys.executable, "-m", "kb", "add", "--home", str(light.home)]
    for name in ("parking", "buses"):
        (tmp_path / f"{name}.txt").write_text(f"Patients and {name}\n\nOf {name} all complained.\n")
    with begun(*([*kb, str(tmp_path / f"{name}.txt")] for name in ("parking", "buses"))) as both:
        for process in both:
            process.communicate()
            assert process.returncode == 0
    assert {"Of parking all complained.", "Of buses all complained."} <= texts(light) | {
        hit.passage.text for hit in light.search("who complained?")
    }
    assert (light.home / "references.bib").read_text().count("@") == 4


LABELS = """
import sys
from kb.knowledge_base import open_
from kb.labelling.saying import Pen
base = open_(sys.argv[1])
pen = Pen(base, sys.argv[2])
(passage,) = base.catalog.passages_of("health2019letters")
for number in range(20):
    pen.tag(passage, "cost", seen=bool(number % 2))
"""


def test_no_word_is_lost_where_several_label_and_one_is_forgotten(light: KnowledgeBase) -> None:
    path = light.home / "annotations.jsonl"
    commands = ([sys.executable, "-c", LABELS, str(light.home), name] for name in ("ann", "bob"))
    costs = light.catalog.passages_of("smith2020reminders")[1]
    pen = Pen(light, "cay")
    with begun(*commands) as both:
        for _ in range(10):
            pen.tag(costs, "cost", seen=True)
            annotations.take_out(path, ["smith2020reminders"])
        for process in both:
            assert process.communicate()[1] == ""
    said = annotations.history(path)
    assert [sum(one.by == name for one in said) for name in ("ann", "bob", "cay")] == [20, 20, 0]


def test_an_index_that_is_damaged_is_made_afresh(light: KnowledgeBase) -> None:
    light.close()
    catalog = light.index_folder / "catalog.sqlite3"
    catalog.write_bytes(b"no database" * 1000)
    catalog.with_name("catalog.sqlite3-journal").write_bytes(b"of another" * 1000)
    list(light.build(afresh=True))
    assert texts(light) == KNOWN
    assert not catalog.with_name("catalog.sqlite3-journal").exists()
