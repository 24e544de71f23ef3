"""Candidates in, sources out: each gets its entry in references.bib and its file in corpus/, and
the index is brought up to date.

The entries are written first, then the files are put there, each in one step: a run that is
stopped leaves nothing broken, and the same command again goes on where it was.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kb.curating.drafting import Known, Web
from kb.curating.entries import SCAN, Choice, Entries
from kb.curating.gathering import Candidate
from kb.curating.opening import Opened, named_citekey, opened
from kb.curating.placing import Shelf, stem
from kb.errors import KbError, ReadingError
from kb.knowledge_base import KnowledgeBase
from kb.reading import corpus
from kb.reading.isolation import Limits
from kb.records import FileOutcome
from kb.referencing import Reference, citekeys

Progress = Callable[[str], None]

_AT_A_TIME = 50
"""Documents between two writings of references.bib, which is read and proved each time."""


@dataclass(frozen=True, slots=True)
class Help:
    """What may help in reading the documents and finding their entries: `library` are entries
    that theirs may be among, `web` whom to ask online, `ocr` whether scans go to OCRmyPDF."""

    library: tuple[Reference, ...] = ()
    web: Web | None = None
    ocr: bool = False


def take_in(
    base: KnowledgeBase,
    candidates: Sequence[Candidate],
    given: Help,
    progress: Progress = lambda _: None,
    *,
    build: bool = True,
) -> list[FileOutcome]:
    """Add the candidates, build unless that is left to the caller, and say of each what became of
    it, in their order. Raises KbError for what concerns them all."""
    _ = base.framework, base.annotations  # what is broken there should stop us before we begin
    with (
        base.writing(),
        tempfile.TemporaryDirectory(prefix="kb-") as folder,
    ):
        intake = Intake(base, Entries.of(base), given, Path(folder), progress)
        intake.add(candidates)
        intake.relate()
        return intake.built(base) if build else intake.placed()


class Intake:
    """One run, under the lock of the one writer. `scans` is a folder for what OCR makes."""

    def __init__(
        self,
        base: KnowledgeBase,
        entries: Entries,
        given: Help,
        scans: Path | None = None,
        progress: Progress = lambda _: None,
    ) -> None:
        self._limits = Limits(**asdict(base.settings.reading))
        self._given, self._progress = given, progress
        self._scans = scans if given.ocr else None
        self._entries, self._shelf = entries, Shelf(base.home)
        self._entries.taken |= self._shelf.stems
        self._seen: dict[str, str] = {}
        self._promised: set[str] = set()
        # By the candidates' numbers; places are paths in corpus/.
        self._outcomes: dict[int, FileOutcome] = {}
        self._places: dict[int, str] = {}

    def add(self, candidates: Sequence[Candidate]) -> None:
        """Give each its entry and its place."""
        numbered = list(enumerate(candidates))
        for start in range(0, len(numbered), _AT_A_TIME):
            self._add(numbered[start : start + _AT_A_TIME])

    def placed(self) -> list[FileOutcome]:
        """What became of each, in their order, so far."""
        return [outcome for _, outcome in sorted(self._outcomes.items())]

    def built(self, base: KnowledgeBase) -> list[FileOutcome]:
        """Bring the index up to date; what became of each, in their order."""
        done = {}
        for outcome in base.build():
            done[outcome.path] = outcome
            if outcome.status in ("added", "updated"):
                self._progress(f"Embedded: {outcome.path}")
        return [
            as_built(outcome, done.get(self._places.get(number, "")))
            for number, outcome in sorted(self._outcomes.items())
        ]

    def _add(self, batch: Sequence[tuple[int, Candidate]]) -> None:
        waiting = [new for number, one in batch if (new := self._looked_at(number, one))]
        chosen: list[tuple[Opened, Choice]] = []
        for one in opened(waiting, self._limits, self._scans, self._progress):
            if one.candidate.problem:
                self._fail(one.number, one.candidate)
                continue
            try:
                choice = self._choose(one)
            except KbError as error:
                self._fail(one.number, one.candidate.failed_by(error))
                continue
            self._promised.add(choice.citekey)
            if one.scan:
                self._entries.change(choice.citekey, {SCAN: one.scan})
            chosen.append((one, choice))
        refused = self._entries.write()
        for one, choice in chosen:
            if why := refused.get(choice.citekey):
                self._fail(one.number, one.candidate.failed_by(KbError(why)))
            else:
                self._place(one, choice)

    def relate(self) -> None:
        """Say which of the new entries seem to be one work with others."""
        lines = self._entries.relations(self._entries.added)
        for number, outcome in self._outcomes.items():
            if outcome.status == "added" and (more := lines.get(outcome.citekey)):
                notice = "; ".join(filter(None, [*more, outcome.notice]))
                self._outcomes[number] = replace(outcome, notice=notice)

    def _fail(self, number: int, candidate: Candidate, citekey: str = "") -> None:
        key = citekey or candidate.key
        self._outcomes[number] = FileOutcome(
            candidate.given, key, "failed", problem=candidate.problem
        )

    def _done(self, number: int, candidate: Candidate, status: str, name: str, why: str) -> None:
        self._outcomes[number] = FileOutcome(candidate.given, stem(name), status, notice=why)
        self._places[number] = f"corpus/{name}"

    # -- what is there already ------------------------------------------------------------------

    def _looked_at(self, number: int, candidate: Candidate) -> Opened | None:
        """What is to be opened; None where it need not or cannot be."""
        path, digest = candidate.path, ""
        if not candidate.problem and not (digest := corpus.digest(path)):
            candidate = candidate.failing("cannot be read", "check its permissions")
        if candidate.problem:
            self._fail(number, candidate)
            return None
        itself = self._shelf.holds(path)
        here = self._shelf.same(path, digest) or (path.name if itself else "")
        moves = candidate.replaces and candidate.key != stem(here)
        if here and (moves or stem(here) not in self._entries.sources):
            # It lies in corpus/ without an entry, or under one that is not its own.
            candidate, here = replace(candidate, path=self._shelf.folder / here), ""
        if here:
            why = f"{'it is' if itself and here == path.name else 'the same file as'} corpus/{here}"
            self._done(number, candidate, "unchanged", here, why)
        elif scan := self._read_from(digest):
            self._done(number, candidate, "unchanged", scan, f"the scan of corpus/{scan}")
        elif digest in self._seen:
            why = f"the same file as {self._seen[digest]}"
            self._outcomes[number] = FileOutcome(candidate.given, "", "unchanged", notice=why)
        else:
            self._seen[digest] = candidate.given
            key = candidate.key or named_citekey(candidate.path)
            return Opened(number, replace(candidate, key=key), digest)
        return None

    def _read_from(self, scan: str) -> str:
        """The file of corpus/ that was made from the scan of that digest."""
        keys = (k for k, one in self._entries.references.items() if one.fields.get(SCAN) == scan)
        return next((self._shelf.of_kind(key, "original") for key in keys), "")

    # -- its entry and its place ----------------------------------------------------------------

    def _choose(self, one: Opened) -> Choice:
        candidate, name = one.candidate, stem(one.candidate.path.name)
        if candidate.key and not citekeys.is_valid(candidate.key):
            raise KbError(f"'{candidate.key}' cannot be a citekey; {citekeys.VALID}")
        keeps_name = self._shelf.holds(candidate.path) and name not in self._entries.sources
        if keeps_name:
            self._entries.taken.discard(name)
        known = Known(
            says=one.says,
            title=one.title,
            name=name,
            key=candidate.key,
            doi=candidate.doi,
            reference=candidate.reference,
            keeps_name=keeps_name,
            library=self._given.library,
            address=candidate.address,
            web=self._given.web,
        )
        return self._entries.find(known, self._has_original)

    def _has_original(self, citekey: str) -> bool:
        return citekey in self._promised or bool(self._shelf.of_kind(citekey, "original"))

    def _place(self, one: Opened, choice: Choice) -> None:
        candidate, key = one.candidate, choice.citekey
        ending = candidate.path.suffix.lower()
        name, before, kept = f"{key}{ending}", "", ""
        if self._shelf.holds(candidate.path):
            before = candidate.path.name
        if before != name:
            replaces = candidate.replaces
            if why := self._shelf.objection(key, one.kind, ending, replaces=replaces):
                self._fail(one.number, candidate.failing(*why), key)
                return
            try:
                kept = self._shelf.put(candidate.path, one.digest, name)
            except ReadingError as error:
                self._fail(one.number, candidate.failed_by(error), key)
                return
        said = [
            candidate.notice,
            f"the file that it replaces is now {kept}" if kept else "",
            f"it was corpus/{before}" if before not in ("", name) else "",
            choice.reason,
            *one.notices,
        ]
        status = "updated" if kept else "added"
        self._done(one.number, candidate, status, name, "; ".join(filter(None, said)))


def as_built(outcome: FileOutcome, built: FileOutcome | None) -> FileOutcome:
    if built is None or outcome.status == "failed":
        return outcome
    if built.problem:
        return replace(outcome, status="failed", problem=built.problem)
    return replace(outcome, passages=built.passages, pages=built.pages)
