"""Reading in child processes: whatever a parser does, it is a problem with one file."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import pytest

from kb.errors import KbError, UnknownName
from kb.reading import READERS, corpus
from kb.reading.child import MOST_CHARACTERS
from kb.reading.corpus import listed
from kb.reading.isolation import IN_PLACE_BYTES, Limits, read_all
from kb.records import Described, Document, Problem, Section, Study

LIMITS = Limits(seconds=60, memory_mb=1500, file_mb=200, pages=3000)

# Readers as a parser at its worst might be. `path.parent.parent` is the knowledge base.
ODD_READERS = """
import ctypes, os, subprocess, sys, time
from kb import records
from kb.records import Document

KEPT = []

def note(path):
    (path.parent.parent / f"pid-{path.stem}").write_text(str(os.getpid()))

def plain(path, citekey):
    note(path)
    text = path.read_text("utf-8")
    return Document(citekey, text, blocks=((0, len(text)),))

def written(path, citekey):
    return eval(path.read_text("utf-8"), vars(records))

def waits(path, citekey):
    time.sleep(float(path.read_text()))
    return plain(path, citekey)

def segfault(path, citekey):
    ctypes.string_at(0)

def aborts(path, citekey):
    os.abort()

def loops(path, citekey):
    note(path)
    while True:
        pass

def holds(path, citekey):
    note(path)
    ctypes.PyDLL(None).sleep(60)  # a PyDLL keeps all other threads of Python from running

def bomb(path, citekey):
    while True:
        KEPT.append(bytearray(50_000_000))

def leaks(path, citekey):
    KEPT.append(bytearray(500_000_000))
    return plain(path, citekey)

def leaves(path, citekey):
    sys.exit("enough")

def leaves_at_once(path, citekey):
    os._exit(0)

def fails(path, citekey):
    return {}["xref"]

def gives_nothing(path, citekey):
    return None

def prints(path, citekey):
    print('{"is": "Problem"}', flush=True)
    os.write(1, b"to the stream itself")
    os.write(2, b"and to the other")
    subprocess.run([sys.executable, "-c", "print('from a process of its own')"], check=True)
    return plain(path, citekey)

def starts_another(path, citekey):
    other = subprocess.Popen(["sleep", "60"])
    (path.parent.parent / f"pid-{path.stem}").write_text(str(other.pid))
    other.wait()

def is_outlived(path, citekey):
    other = os.fork()  # which holds all that this process has open
    if not other:
        time.sleep(60)
    (path.parent.parent / f"pid-{path.stem}").write_text(str(other))
    os._exit(0)
"""
NAMES = [line.split()[1].split("(")[0] for line in ODD_READERS.splitlines() if "citekey):" in line]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose files are read by the odd reader that their ending names."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "odd_readers.py").write_text(ODD_READERS)
    monkeypatch.syspath_prepend(tmp_path / "parts")
    for name in NAMES:
        monkeypatch.setitem(READERS, f".{name}", f"odd_readers:{name}")
    (tmp_path / "base" / "corpus").mkdir(parents=True)
    return tmp_path / "base"


def put(home: Path, name: str, content: str = "Words.") -> Path:
    path = home / "corpus" / name
    path.write_text(content, "utf-8")
    return path


def read(home: Path, limits: Limits = LIMITS) -> list[Document | Problem]:
    return list(read_all(home, listed(home), limits))


def alone(home: Path, name: str, content: str = "Words.", limits: Limits = LIMITS) -> Problem:
    put(home, name, content)
    (given,) = read(home, limits)
    assert isinstance(given, Problem)
    assert given.where == f"corpus/{name}"
    assert given.next_step
    return given


def started(home: Path, stem: str) -> int:
    """The process that reads a file, once it does."""
    note = home / f"pid-{stem}"
    for _ in range(600):
        if note.exists() and note.read_text():
            return int(note.read_text())
        time.sleep(0.05)
    raise AssertionError(f"{stem} is not read")


def ends(pid: int, seconds: float) -> bool:
    for _ in range(int(seconds / 0.05)):
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.strip()
        if not state or state.startswith("Z"):
            return True
        time.sleep(0.05)
    return False


# -- what comes back ----------------------------------------------------------------------------


def test_a_document_comes_back_as_its_reader_made_it(home: Path) -> None:
    whole = Document(
        citekey="smith2020",
        text="Naïve “quotes” 𝔼 🙂\n\u2028\x1c{}\\",
        kind="digest",
        read="abstract",
        study=Study("trial", "ward", "Peru", "12"),
        blocks=((0, 5), (6, 14)),
        sections=(Section(0, "Results", "81"), Section(6, "Costs")),
        page_starts=(0, 6),
        page_labels=("81", "82"),
        references=((15, 16),),
        notices=("page 3 has no text: scanned?",),
        says=Described("Title", ("Smith", "Jones"), "2020", "10.1000/1"),
    )
    bare = Document("", "")
    assert all(getattr(whole, f.name) != getattr(bare, f.name) for f in fields(Document))
    put(home, "smith2020.written", repr(whole))
    assert read(home) == [whole]


def test_half_a_character_is_no_text_and_moves_nothing(home: Path) -> None:
    put(home, "smith2020.written", repr(Document("smith2020", "a\ud800b", blocks=((0, 3),))))
    (given,) = read(home)
    assert isinstance(given, Document)
    assert given.text == "a?b"


@pytest.mark.parametrize(
    "said",
    [
        Document("jones2019", "Words.", blocks=((0, 6),)),  # another's words
        Document("smith2020", "Words.", blocks=((0, 60),)),
        Document("smith2020", "Words.", blocks=((4, 2),)),
        Document("smith2020", "Words.", blocks=((0, 6),), sections=(Section(50, "Results"),)),
        Document("smith2020", "Words.", blocks=((0, 6),), page_starts=(0, 5, 2)),
        Document("smith2020", "Words.", blocks=((0, 6),), notices=("one\ntwo",)),
        Document("smith2020", "Words.", 7, blocks=((0, 6),)),  # type: ignore[arg-type]
        Document("smith2020", "Words.", study=Described(), blocks=((0, 6),)),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_document_of_the_file_is_no_answer(home: Path, said: Document) -> None:
    problem = alone(home, "smith2020.written", repr(said))
    assert problem.what == "what its reader gave is no document of this file"


def test_a_long_text_is_read_the_same_in_a_child_as_in_place(home: Path) -> None:
    put(home, "smith2020.md", "# Head {page=3}\n\nSome words.\n\n" * (IN_PLACE_BYTES // 25))
    (file,) = listed(home)
    assert file.size > IN_PLACE_BYTES
    assert read(home) == [corpus.read(home, file)]


def test_documents_come_in_the_order_of_the_files(home: Path) -> None:
    for number in range(12):
        put(home, f"k{number:02}.waits", "0.5" if number in (0, 5) else "0")
    put(home, "k03a.segfault")
    put(home, "k04a.md")
    given = [d.citekey if isinstance(d, Document) else d.where for d in read(home)]
    names = [f"k{number:02}" for number in range(12)]
    assert given == [*names[:4], "corpus/k03a.segfault", "k04", "k04a", *names[5:]]


def test_few_are_read_ahead(home: Path) -> None:
    for number in range(40):
        put(home, f"k{number:02}.plain")
    documents = read_all(home, listed(home), LIMITS)
    next(documents)
    started(home, "k01")
    time.sleep(0.5)
    assert len(list(home.glob("pid-*"))) <= 9
    assert len(list(documents)) == 39


def test_what_a_reader_prints_is_heard_by_nobody(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    put(home, "smith2020.prints")
    put(home, "zhou2021.prints")
    assert [type(given) for given in read(home)] == [Document, Document]
    assert capfd.readouterr() == ("", "")


# -- what a file can do -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "what"),
    [
        ("segfault", "reading it crashed (Segmentation fault)"),
        ("aborts", "reading it crashed (Aborted)"),
        ("leaves", "reading it crashed (exit code 1)"),
        ("leaves_at_once", "reading it crashed (exit code 0)"),
        ("bomb", "reading it needed more than 1,500 MB of memory"),
        ("fails", "its reader failed (KeyError: 'xref')"),
        ("gives_nothing", "its reader failed (AttributeError: "),
    ],
)
def test_what_ends_a_reader_is_a_problem_and_the_others_go_on(
    home: Path, ending: str, what: str
) -> None:
    put(home, "a.plain")
    put(home, f"b.{ending}")
    put(home, "c.plain")
    put(home, "d.plain")
    before, bad, *after = read(home)
    assert isinstance(bad, Problem)
    assert bad.what.startswith(what)
    assert bad.next_step
    assert [type(given) for given in (before, *after)] == [Document] * 3


@pytest.mark.parametrize("ending", ["loops", "holds", "waits", "starts_another", "is_outlived"])
def test_a_reader_that_does_not_come_back_is_stopped(home: Path, ending: str) -> None:
    begun = time.monotonic()
    problem = alone(home, f"a.{ending}", "60", replace(LIMITS, seconds=1))
    assert problem.what == "reading it took longer than 1 s"
    assert "reading.seconds" in problem.next_step
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("ending", ["starts_another", "is_outlived"])
def test_what_a_reader_has_started_is_stopped_with_it(home: Path, ending: str) -> None:
    alone(home, f"a.{ending}", limits=replace(LIMITS, seconds=1))
    assert ends(started(home, "a"), 5)


def test_no_file_is_blamed_for_what_others_left_behind(home: Path) -> None:
    for number in range(8):
        put(home, f"k{number:02}.leaks")
    assert [type(given) for given in read(home)] == [Document] * 8


def test_more_pages_than_allowed_are_told(home: Path) -> None:
    book = Document("a", "Words.", blocks=((0, 6),), page_starts=(0, 1, 2, 3))
    assert alone(home, "a.written", repr(book), replace(LIMITS, pages=3)).what == (
        "has 4 pages, more than 3"
    )
    assert read(home, replace(LIMITS, pages=4)) == [book]


def test_more_text_than_a_parent_can_take_is_told(home: Path) -> None:
    text = "word " * (MOST_CHARACTERS // 5 + 1)
    assert alone(home, "a.txt", text).what.startswith("holds too much text (12,000,005 ")


def test_a_file_that_is_too_large_is_not_opened(home: Path) -> None:
    put(home, "a.plain", "x" * 1_000_001)
    assert alone(home, "a.plain", "x" * 1_600_000, replace(LIMITS, file_mb=1)).what == (
        "has 2 MB, more than 1 MB"
    )
    assert not list(home.glob("pid-*"))


# -- what needs no child ------------------------------------------------------------------------


def test_no_process_is_started_for_what_needs_none(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    put(home, "a.plain", "")
    put(home, "b.md", "Small.")
    put(home, "c.txt", "Small.")
    (home / "corpus" / "d.plain").symlink_to(home / "gone")
    given = read(home)
    assert [getattr(item, "what", "") for item in given] == [
        "holds no text",
        "",
        "",
        "cannot be read (No such file or directory)",
    ]
    put(home, "e.plain")
    with pytest.raises(FileNotFoundError):
        read(home)


# -- how it ends --------------------------------------------------------------------------------


def test_closing_stops_what_is_still_read(home: Path) -> None:
    put(home, "a.plain")
    put(home, "b.loops")
    documents = read_all(home, listed(home), LIMITS)
    next(documents)
    child = started(home, "b")
    documents.close()
    assert ends(child, 2)


PARENT = """
import sys
from pathlib import Path
from kb.reading import READERS
from kb.reading.corpus import listed
from kb.reading.isolation import Limits, read_all
home = Path(sys.argv[1])
sys.path.insert(0, str(home.parent / "parts"))
READERS.update({".loops": "odd_readers:loops", ".holds": "odd_readers:holds"})
list(read_all(home, listed(home), Limits(int(sys.argv[2]), 1500, 200, 3000)))
"""


def parent(home: Path, seconds: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", PARENT, str(home), str(seconds)]
    return subprocess.Popen(
        command,
        start_new_session=True,
        stderr=subprocess.DEVNULL,
        # A shell has what it runs in the background hear no interrupt.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def test_a_child_ends_with_its_parent(home: Path) -> None:
    put(home, "a.loops")
    reading = parent(home, 60)
    child = started(home, "a")
    reading.kill()
    reading.wait()
    assert ends(child, 3)


def test_a_child_that_hears_nothing_ends_when_its_time_is_up(home: Path) -> None:
    put(home, "a.holds")
    reading = parent(home, 2)
    child = started(home, "a")
    reading.kill()
    reading.wait()
    assert ends(child, 6)


def test_an_interrupt_stops_everything_at_once(home: Path) -> None:
    put(home, "a.loops")
    put(home, "b.holds")
    reading = parent(home, 60)
    child = started(home, "a")
    begun = time.monotonic()
    os.killpg(reading.pid, signal.SIGINT)
    assert reading.wait(10) != 0
    assert ends(child, 1)
    assert time.monotonic() - begun < 5


def test_a_reader_that_cannot_be_loaded_is_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(READERS, ".plain", "odd_readers:gone")
    put(home, "a.plain")
    with pytest.raises(UnknownName, match=r"reader 'odd_readers:gone' cannot be loaded"):
        read(home)


def test_a_child_that_cannot_start_is_no_fault_of_the_file(home: Path) -> None:
    put(home, "a.plain")
    with pytest.raises(KbError, match=r"did not start .*reading\.memory_mb"):
        read(home, replace(LIMITS, memory_mb=16))
