"""Files in, Documents out, each read in a child process, so that no file can harm a build.

A parser may crash, hang, fill the memory or end its process. Here it does so in a child that has
limits (kb/reading/child.py), and what comes of it is a Problem with that one file. A child is a
program of its own: no fork, since the parent may have threads, and not multiprocessing, which
would run a user's script again and unpickle what comes back. It answers in lines of JSON, so that
whatever a hostile file makes of a child, it cannot make the parent run anything.

Each child reads one file ahead and keeps the document in its own memory until its turn has come:
the parent never holds more than one. A child ends with its parent: at once or, where its parser
keeps Python from running, when its time is up.
"""

import json
import os
import signal
import sys
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Timer
from typing import IO, TypeGuard, cast

from kb.errors import KbError, UnknownName
from kb.reading import corpus
from kb.reading.answers import revived
from kb.reading.corpus import CorpusFile
from kb.records import Document, Problem

MOST_CHILDREN = 8

# The readers of plain text take time in proportion to the file, and what they use besides (PyYAML
# in Python, the guess of an encoding) sees little of it. For a file no longer than a long article
# a child costs more than it saves.
IN_PLACE = ("kb.reading.markdown:read", "kb.reading.text:read")
IN_PLACE_BYTES = 200_000

MOST_BYTES = 100_000_000  # of an answer
GRACE = 3  # seconds that a child may outlive its time, since it ends itself then

# What a child says besides records. TIMEOUT and FATAL are faulthandler's words, which writes them
# whatever state Python is in.
READY = b"ready\n"
TIMEOUT = b"Timeout"
FATAL = b"Fatal Python error: "
NO_MEMORY = b"MemoryError"

_CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from kb.reading.child import serve; serve(json.loads(sys.argv[2]))"
)
# Each thread of a library for linear algebra would take its share of the child's memory.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: seconds, megabytes of memory, and megabytes and pages of
    the file. Memory is limited where the system does so, as Linux does."""

    seconds: int
    memory_mb: int
    file_mb: int
    pages: int


def refused(home: Path, file: CorpusFile, limits: Limits) -> Problem | None:
    """What is wrong with a file that need not be read to know it; None if it is to be read."""
    if file.problem:
        return file.problem
    if file.size > limits.file_mb * 1_000_000:
        what = f"has {file.size / 1_000_000:,.0f} MB, more than {limits.file_mb:,} MB"
        return Problem(file.path, what, "make it smaller, or raise reading.file_mb in kb.toml")
    try:
        with (home / file.path).open("rb") as opened:
            empty = not opened.read(1)
    except OSError as error:
        return corpus.unreadable(file, f"cannot be read ({error.strerror})")
    return corpus.without_text(file) if empty else None


def read_all(
    home: Path, files: Sequence[CorpusFile], limits: Limits
) -> Generator[Document | Problem, None, None]:
    """The document of each file, or the problem with it, in the order of the files. As many are
    read ahead as there are cores, at most 8; closing the generator ends that. Raises UnknownName
    when a reader itself cannot be loaded."""
    problems = [refused(home, file, limits) for file in files]
    apart = [f for f, problem in zip(files, problems, strict=True) if not problem and _apart(f)]
    with closing(_read_apart(home, apart, limits)) as documents:
        for file, problem in zip(files, problems, strict=True):
            if problem:
                yield problem
            elif _apart(file):
                yield next(documents)
            else:
                yield corpus.read(home, file, corpus.reader_of(file))


def _apart(file: CorpusFile) -> bool:
    return file.size > IN_PLACE_BYTES or corpus.reader_of(file) not in IN_PLACE


def _read_apart(
    home: Path, files: Iterable[CorpusFile], limits: Limits
) -> Generator[Document | Problem, None, None]:
    waiting = deque(files)
    busy: deque[_Child] = deque()  # the first holds the document whose turn it is
    try:
        while waiting and len(busy) < min(_cores(), MOST_CHILDREN):
            busy.append(_Child(limits))
            busy[-1].ask(home, waiting.popleft())
        while busy:
            document = busy[0].answer()
            busy.rotate(-1)
            if waiting:
                busy[-1].ask(home, waiting.popleft())
            else:
                busy.pop().end()
            yield document
    finally:
        for child in busy:
            child.end()


def _cores() -> int:
    """Those that this process may use, where the system says."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Child:
    """A process that reads one file at a time; once it has ended, the next file starts another."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._start()

    def _start(self) -> None:
        import subprocess  # a build with nothing to read does without

        paths = json.dumps([path or str(Path.cwd()) for path in sys.path])
        # -P: nothing is imported from the folder one happens to stand in. In a session of its own
        # a child does not hear Ctrl-C, and what it may have started can be ended with it.
        self._process = subprocess.Popen(  # noqa: S603, our own program
            [sys.executable, "-P", "-c", _CHILD, paths, json.dumps(asdict(self._limits))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ONE_THREAD,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._files = 0

    def ask(self, home: Path, file: CorpusFile) -> None:
        """Have a file read; returns at once."""
        if self._process.returncode is not None:
            self._start()
        self._home, self._file = home, file
        self._files += 1
        request = json.dumps([str(home.absolute()), asdict(file), corpus.reader_of(file)])
        # Where the child has ended since its last answer, the missing answer will tell.
        with suppress(OSError):
            self._requests.write(request.encode() + b"\n")
            self._requests.flush()

    def answer(self) -> Document | Problem:
        """What has become of the file; waits for it. A file is blamed for a crash or for taking
        too much memory only by a child that has read no other, since what others left behind may
        be why."""
        if self._files == 1 and self._heard() != READY:
            self.end()
            raise KbError(
                f"files cannot be read: a process for it did not start (exit code "
                f"{self._process.returncode}); raise reading.memory_mb in kb.toml, or install kb "
                "again"
            )
        line = self._heard()
        answer = revived(line)
        if isinstance(answer, Problem) or _is_of(answer, self._file):
            return answer
        self.end()
        if isinstance(answer, str):
            raise UnknownName(answer)
        if self._files > 1 and not line.startswith(TIMEOUT):
            self.ask(self._home, self._file)
            return self.answer()
        return _ending(self._file, line, self._process.returncode, self._limits)

    def _heard(self) -> bytes:
        """The next line that it says; b"" once it has ended. A child ends itself when its time is
        up, but a process that it has left behind can keep the line open."""
        overdue = Event()

        def stop() -> None:
            overdue.set()
            self._kill()

        timer = Timer(self._limits.seconds + GRACE, stop)
        timer.daemon = True
        timer.start()
        try:
            line = self._answers.readline(MOST_BYTES)
        finally:
            timer.cancel()
        return TIMEOUT if overdue.is_set() else line

    def _kill(self) -> None:
        """With all that it started; nothing where it was ended before, since its number may be
        another's by now."""
        if self._process.returncode is not None:
            return
        with suppress(OSError):  # it may have ended by itself
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def end(self) -> None:
        """Stop it, whatever it is doing."""
        self._kill()
        with suppress(OSError):  # a request that it never read
            self._requests.close()
        self._answers.close()
        self._process.wait()


def _is_of(answer: object, file: CorpusFile) -> TypeGuard[Document]:
    """Whether it is the document of that file: no file may pass its words off as another's."""
    return isinstance(answer, Document) and answer.citekey == file.citekey


def _ending(file: CorpusFile, words: bytes, code: int, limits: Limits) -> Problem:
    """The problem with a file whose child has ended, by its last words, which may be missing."""
    if words.startswith(TIMEOUT):
        return Problem(
            file.path,
            f"reading it took longer than {limits.seconds:,} s",
            "save it in a simpler form or in parts, or raise reading.seconds in kb.toml",
        )
    if words.startswith(NO_MEMORY):
        return Problem(
            file.path,
            f"reading it needed more than {limits.memory_mb:,} MB of memory",
            "save it in a simpler form or in parts, or raise reading.memory_mb in kb.toml",
        )
    if words.startswith(b"{"):
        return Problem(
            file.path,
            "what its reader gave is no document of this file",
            "save it anew from another program, or take it out of corpus/",
        )
    fatal = words.partition(FATAL)[2].decode("ascii", "replace").strip()
    return Problem(
        file.path,
        f"reading it crashed ({fatal or f'exit code {code}'})",
        "open it in another program and save it anew, or take it out of corpus/",
    )
