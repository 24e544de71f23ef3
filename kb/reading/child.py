"""What runs in a child of kb/reading/isolation.py: requests in, documents or problems out."""

import faulthandler
import json
import os
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from kb.errors import UnknownName
from kb.reading import corpus
from kb.reading.corpus import CorpusFile
from kb.reading.isolation import NO_MEMORY, READY, Limits
from kb.records import Document, Problem

# What a parent can take in and cut within 600 MB: 3,000 dense pages.
MOST_CHARACTERS = 12_000_000
MOST_SPANS = 300_000


def serve(limits: dict[str, int]) -> None:
    """Read files as the parent asks, until it goes away. The standard streams of this process
    become /dev/null: what a parser prints must not come between the answers."""
    allowed = Limits(**limits)
    requests, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    limit(allowed.memory_mb)
    faulthandler.enable(answers)
    asked: SimpleQueue[str] = SimpleQueue()
    Thread(target=_listen, args=(requests, asked), daemon=True).start()
    out = open(answers, "wb")  # noqa: PTH123, SIM115, a pipe, and open to the end
    out.write(READY)
    out.flush()
    try:
        while True:
            request = asked.get()
            # Its thread needs no Python, so that it ends a parser that never lets Python run.
            faulthandler.dump_traceback_later(allowed.seconds, exit=True, file=answers)
            answer = _answer(request, allowed)
            faulthandler.cancel_dump_traceback_later()
            out.write(answer + b"\n")
            out.flush()
    finally:
        os._exit(1)  # before the pipe is closed: the parent then kills what has not ended


def _listen(requests: int, asked: "SimpleQueue[str]") -> None:
    """Hand on requests; end the process, whatever it is doing, when the parent has gone."""
    with open(requests, encoding="ascii") as lines:
        for line in lines:
            asked.put(line)
    os._exit(0)


def limit(memory_mb: int, seconds: int | None = None) -> None:
    """Limit this process to so much memory and, if given, processor time. Best effort: Windows has
    no such limits, and macOS does not keep to them."""
    try:
        import resource
    except ImportError:
        return
    memory = memory_mb * 1_000_000
    # No core file: it would hold the text of the document.
    limits = {"RLIMIT_AS": memory, "RLIMIT_DATA": memory, "RLIMIT_CORE": 0}
    limits |= {"RLIMIT_CPU": seconds} if seconds else {}
    for kind, most in limits.items():
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, kind), (most, most))


def _answer(request: str, limits: Limits) -> bytes:
    """One line: the record as JSON or, as a mere text, why the reader cannot be loaded."""
    home, about, reader = json.loads(request)
    file = CorpusFile(**about)
    try:
        record = _fitting(corpus.read(Path(home), file, reader), file, limits)
        text = json.dumps(record, default=_values, ensure_ascii=False)
        # Half a surrogate pair, as damaged PDFs have it, is no text; offsets stay as they are.
        return text.encode("utf-8", "replace")
    except UnknownName as error:
        return json.dumps(str(error)).encode()
    except MemoryError:
        return NO_MEMORY


def _values(record: Any) -> dict[str, Any]:
    return {"is": type(record).__name__} | {f.name: getattr(record, f.name) for f in fields(record)}


def _fitting(record: Document | Problem, file: CorpusFile, limits: Limits) -> Document | Problem:
    """The same, or the problem that it is too much."""
    if isinstance(record, Problem):
        return record
    pages = len(record.page_starts)
    spans = len(record.blocks) + len(record.sections) + len(record.references)
    if pages > limits.pages:
        what = f"has {pages:,} pages, more than {limits.pages:,}"
        return Problem(file.path, what, "cut it into parts, or raise reading.pages in kb.toml")
    if len(record.text) > MOST_CHARACTERS or spans > MOST_SPANS:
        what = f"holds too much text ({len(record.text):,} characters in {spans:,} pieces)"
        most = f"cut it into parts of at most {MOST_CHARACTERS:,} and {MOST_SPANS:,}"
        return Problem(file.path, what, most)
    return record
