"""What a person names in, sources out: files, the files of folders, web addresses, or the
open-access text of an entry."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kb.curating import gathering, intake
from kb.curating.drafting import Web
from kb.curating.gathering import Candidate
from kb.curating.intake import Help, Progress
from kb.errors import KbError, UnknownName
from kb.knowledge_base import KnowledgeBase
from kb.online import OnlineError, openaccess, saving
from kb.reading import READERS, bibliography
from kb.records import Described, FileOutcome, Source
from kb.referencing import Reference, bibtex, citekeys, doi, imports


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person says of the documents, "" where nothing: the citekey and the DOI of one
    document, and `bib`, an entry or the path of a file of entries that theirs are among."""

    key: str = ""
    doi: str = ""
    bib: str = ""


def add(
    base: KnowledgeBase,
    given: Sequence[str],
    wish: Wish | None = None,
    *,
    web: Web | None = None,
    ocr: bool = False,
    progress: Progress = lambda _: None,
) -> list[FileOutcome]:
    """Add files, folders and web addresses, and bring the index up to date.

    An outcome each, with its path as it was given; its status is "added", "updated", "unchanged"
    or "failed". Nothing is asked online without `web`. Where nothing is given but a citekey, the
    open-access text of that entry is looked for there. Raises KbError for what concerns them all.
    """
    wish = wish or Wish()
    if wish.key and not citekeys.is_valid(wish.key):
        raise KbError(f"'{wish.key}' cannot be a citekey; {citekeys.VALID}")
    if wish.doi and not doi.bare(wish.doi):
        raise KbError(f"'{wish.doi}' is not a DOI; one looks like 10.1000/182")
    library = _library(wish.bib) if wish.bib else ()
    with tempfile.TemporaryDirectory(prefix="kb-") as folder:
        if given:
            listed = _listed(base, given, wish, web, Path(folder))
        else:
            listed = _open_access(base, wish.key, web, Path(folder))
        candidates = _wished(list(listed), wish, library)
        return intake.take_in(base, candidates, Help(library, web, ocr), progress)


def _library(given: str) -> tuple[Reference, ...]:
    text = given.lstrip()
    found = bibtex.read(text, "--bib") if text.startswith("@") else imports.read(Path(given))
    usable = tuple(one for one in found.references if one.title)
    if not usable:
        raise KbError("; ".join(map(str, found.problems)) or "--bib: no entry with a title")
    return usable


def _listed(
    base: KnowledgeBase,
    given: Sequence[str],
    wish: Wish,
    web: Web | None,
    folder: Path,
) -> Iterator[Candidate]:
    for number, one in enumerate(given):
        candidate = Candidate(one, Path(one), address=one)
        if not gathering.is_address(one):
            yield from gathering.documents(one)
        elif here := "" if wish.key else _fetched_before(base, one):
            yield replace(candidate, path=base.home / "corpus" / here)
        elif web is None:
            yield candidate.failing("a web address", "to fetch it, allow that with --online")
        else:
            yield _fetched(candidate, web, folder / str(number))


def _sources(base: KnowledgeBase) -> dict[str, Source]:
    return bibliography.load(base.home / "references.bib")


def _fetched_before(base: KnowledgeBase, address: str) -> str:
    """The file of the entry that has this address."""
    sources = _sources(base)
    keys = (key for key, source in sources.items() if source.url == address)
    endings = (ending for ending in READERS if ending != ".md")
    names = [f"{key}{ending}" for key in keys for ending in endings]
    return next((name for name in names if (base.home / "corpus" / name).is_file()), "")


def _fetched(candidate: Candidate, web: Web, folder: Path) -> Candidate:
    folder.mkdir(exist_ok=True)
    try:
        fetched = saving.fetch(web.session, candidate.address, folder)
    except OnlineError as error:
        return candidate.failed_by(error)
    return replace(candidate, path=fetched.path)


def _open_access(
    base: KnowledgeBase, key: str, web: Web | None, folder: Path
) -> Iterator[Candidate]:
    """The first of the places where the text is free to read that gives it."""
    if not key or web is None:
        raise KbError("nothing to add; name a file, a folder, or a web address with --online")
    sources = _sources(base)
    if key not in sources:
        raise UnknownName(f"references.bib has no entry '{key}'; kb sources lists them")
    source = sources[key]
    asked = Described(source.title, source.authors, source.year, source.doi)
    found = openaccess.find(web.session, asked, web.folder, web.full_texts)
    failed = Candidate(key, Path(), key).failing(
        "; ".join(["no text of it was found that is free to read", *found.notes]),
        "if you have it, add the file",
    )
    for place in found.locations:
        if place.kind == "xml":
            continue
        said = f"from {place.service}, {place.licence or 'without a licence that it names'}"
        candidate = Candidate(place.address, Path(), key, address=place.address, notice=said)
        fetched = _fetched(candidate, web, folder)
        if not fetched.problem:
            yield fetched
            return
        failed = fetched
    yield failed


def _wished(
    candidates: list[Candidate], wish: Wish, library: tuple[Reference, ...]
) -> list[Candidate]:
    """The same with what the person says of them."""
    usable = sum(not candidate.problem for candidate in candidates)
    if usable > 1 and (wish.key or wish.doi):
        raise KbError(
            f"--key and --doi are for one document, and there are {usable}; add them one by one"
        )
    alone = library[0] if len(library) == 1 and usable == 1 else None
    return [
        replace(
            one,
            key=wish.key,
            doi=wish.doi,
            reference=alone,
            replaces=bool(wish.key and not one.key),
        )
        for one in candidates
    ]
