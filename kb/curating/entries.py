"""What is known of a document in, its entry in references.bib out: one that was there, or new.

An entry that is made from a guess, or that may be another's double, has the field `kb-check`,
which says what to look at; a person removes it when all is right.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from kb import handwritten
from kb.curating.drafting import Known, Web, among, of_file, of_record, related, says_all, source_of
from kb.curating.placing import REMOVED
from kb.errors import BibliographyError, KbError
from kb.knowledge_base import KnowledgeBase
from kb.online import lookup
from kb.reading import bibliography
from kb.records import Described, Source
from kb.referencing import Reference, bibfile, bibtex, citekeys, doi, families, matching
from kb.referencing.titles import same, words

CHECK = "kb-check"
"""The field of an entry that a person should look at, and why."""
SCAN = "kb-scan"
"""The field with the SHA-256 of the scan that the file in corpus/ was read from."""
GUESSED = "made from what the file says of itself"


@dataclass(frozen=True, slots=True)
class Choice:
    """The citekey of a document's entry, and what a person should know of how it was found."""

    citekey: str
    reason: str = ""


@dataclass
class Entries:
    """references.bib as it is and as it is to be: `write` writes `new`. `taken` are citekeys that
    no new entry may have, `removed` the entries that were taken out (`kb remove`), `added` the
    citekeys of those that were made here."""

    path: Path
    sources: dict[str, Source]
    taken: set[str]
    removed: tuple[Reference, ...] = ()
    new: dict[str, Reference] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, base: KnowledgeBase) -> "Entries":
        """Those of a knowledge base. Raises KbError where a file of people's is broken."""
        path = base.home / "references.bib"
        sources = bibliography.load(path)
        passages = base.annotations.quotes
        removed = base.home / REMOVED / path.name
        gone = bibtex.read(removed.read_text("utf-8", "replace"), "") if removed.is_file() else None
        taken = set(sources) | {name.partition("#")[0] for name in passages}
        return cls(path, sources, taken, gone.references if gone else ())

    @cached_property
    def references(self) -> dict[str, Reference]:
        """Every entry with all of its fields."""
        text = handwritten.read(self.path, BibliographyError, "restore it")
        return {one.citekey: one for one in bibtex.read(text, self.path.name).references}

    @cached_property
    def _titles(self) -> dict[tuple[str, ...], list[str]]:
        by_title = defaultdict(list)
        for key, one in self.references.items():
            by_title[words(one.title)].append(key)
        return by_title

    # -- finding --------------------------------------------------------------------------------

    def find(self, known: Known, has_original: Callable[[str], bool]) -> Choice:
        """The entry of a document, made where there is none. Raises KbError where that cannot be
        decided."""
        if known.key in self.sources:
            return Choice(known.key)
        if reference := known.reference or among(known.library, known):
            return self._given(reference, known.key)
        says = replace(known.says, doi=doi.bare(known.doi) or known.says.doi)
        doubts = ["none of the entries given is surely its own"] if known.library else []
        if not known.key:
            if found := self._by_doi(known.doi) or self._by_name(known):
                return found
            match = matching.find(says, self.sources.values())
            if match and match.certain:
                return Choice(match.citekey, f"its entry was there: {match.why}")
        gone = among(self.removed, known)
        if gone and gone.citekey not in self.sources:
            made = self.make(gone, known.key or gone.citekey)
            return Choice(made.citekey, "its entry was taken back from removed/")
        if not known.key:
            doubts += [_doubt(match)] if match else []
            if known.name in self.sources and not (match and match.citekey == known.name):
                doubts.append(f"it is called '{known.name}', but its title is another")
        if known.web:
            return self._looked_up(known, says, doubts, known.web, has_original)
        return self._guess(known, says, doubts, has_original)

    def known(self, reference: Reference) -> Choice:
        """The citekey of the entry that is certainly the same, "" for none; the reason is then what
        other entry it may be."""
        here = self.sources.get(reference.citekey)
        if here and same(here.title, reference.title):
            one, other = doi.key(here.doi), doi.key(reference.fields.get("doi", ""))
            if not (one and other) or one == other:
                return Choice(here.citekey)
        match = matching.find(reference.says, self.sources.values())
        if match and match.certain:
            return Choice(match.citekey)
        return Choice(next(self._alike(reference), ""), _doubt(match) if match else "")

    def _alike(self, reference: Reference) -> Iterator[str]:
        """Citekeys of the entries that say all that a new one would say."""
        for key in self._titles.get(words(reference.title), ()):
            if says_all(self.references[key], reference):
                yield key

    def _by_doi(self, asked: str) -> Choice | None:
        wanted = doi.key(asked)
        keys = [key for key, one in self.sources.items() if wanted and doi.key(one.doi) == wanted]
        if len(keys) > 1:
            raise KbError(f"{' and '.join(keys)} have the DOI {wanted}; name one with --key")
        return Choice(keys[0], "its entry was there: the DOI agrees") if keys else None

    def _by_name(self, known: Known) -> Choice | None:
        """A file that is called by a citekey is what its name says, unless it says otherwise."""
        here = self.sources.get(known.name)
        if here is None:
            return None
        match = matching.find(known.says, [here])
        if match or not known.says.title:
            return Choice(here.citekey, "its name is the citekey")
        return None

    # -- making ---------------------------------------------------------------------------------

    def _given(self, reference: Reference, key: str) -> Choice:
        found = self.known(reference)
        if found.citekey and not key:
            return Choice(found.citekey, "its entry was there")
        return self.make(reference, key, found.reason)

    def _looked_up(
        self,
        known: Known,
        says: Described,
        doubts: list[str],
        web: Web,
        has_original: Callable[[str], bool],
    ) -> Choice:
        asked = replace(says, title=says.title or known.title)
        found = lookup.find(web.session, asked, web.folder, web.services)
        record, notes = found.record, list(found.notes)
        if known.doi and not asked.title:  # the file says nothing against a person's word
            wanted = doi.key(known.doi)
            record = next((one for one in found.others if doi.key(one.doi) == wanted), None)
            notes = ["the file says nothing to compare it with"] if record else notes
        if record is None:
            return self._guess(known, says, [*doubts, *notes], has_original)
        reference = of_record(record)
        here = self.known(reference)
        if here.citekey and not known.key:
            return Choice(here.citekey, f"its entry was there, as {record.service} shows")
        check = list(dict.fromkeys(filter(None, [*doubts, here.reason, *notes])))
        made = self.make(reference, known.key, "; ".join(check))
        return Choice(made.citekey, "; ".join([f"its entry is what {record.service} says", *check]))

    def _guess(
        self,
        known: Known,
        says: Described,
        doubts: list[str],
        has_original: Callable[[str], bool],
    ) -> Choice:
        reference = of_file(known, says)
        for key in () if known.key else self._alike(reference):
            # A run that was stopped had written the entry and not yet put the file there.
            if CHECK in self.references[key].fields and not has_original(key):
                return Choice(key, "its entry was there, made from this file before")
        made = self.make(reference, known.key, "; ".join([GUESSED, *doubts]))
        seen = f"its entry was {GUESSED}: kb check lists it until you have looked"
        return Choice(made.citekey, "; ".join([seen, *doubts]))

    def make(self, reference: Reference, key: str = "", check: str = "") -> Choice:
        """A new entry with the citekey wanted, or the one it came with where that is free, or one
        by the rule. It is to be checked where `check` says why."""
        folded = {other.casefold(): other for other in self.sources}
        if key and key.casefold() in folded:
            raise KbError(f"the citekey '{key}' is too near to '{folded[key.casefold()]}'")
        key = key or citekeys.kept(reference, self.taken)
        if check:
            reference = replace(reference, fields=reference.fields | {CHECK: check})
        reference = replace(reference, citekey=key)
        self._titles[words(reference.title)].append(key)
        self.new[key] = self.references[key] = reference
        self.sources[key] = source_of(reference)
        self.taken.add(key)
        self.added.add(key)
        return Choice(key, check)

    def change(self, key: str, fields: dict[str, str]) -> None:
        """Give an entry these fields besides its own, at the next `write`."""
        here = self.references[key]
        changed = self.references[key] = replace(here, fields=here.fields | fields)
        if key not in self.added:  # of what was there, no more is written than what changes
            title = {"title": here.title}
            changed = replace(here, fields=title | fields, authors=(), editors=())
        self.new[key] = changed

    # -- writing --------------------------------------------------------------------------------

    def write(self) -> dict[str, str]:
        """Write what is new; all of it, or all that can be: for each citekey that cannot, why."""
        wanted, self.new = list(self.new.values()), {}
        refused = self._put(wanted) if wanted else {}
        for key in refused.keys() & self.added:
            del self.sources[key]
            self._titles[words(self.references.pop(key).title)].remove(key)
        self.added -= refused.keys()
        return refused

    def _put(self, wanted: list[Reference]) -> dict[str, str]:
        try:
            bibfile.put(self.path, wanted)
        except BibliographyError as error:
            if len(wanted) == 1:
                return {wanted[0].citekey: str(error)}
            half = len(wanted) // 2
            return self._put(wanted[:half]) | self._put(wanted[half:])
        return {}

    def relations(self, keys: Iterable[str]) -> dict[str, list[str]]:
        """For each of the citekeys that seems to be one work with another: a line on it."""
        wanted = set(keys)
        lines: dict[str, list[str]] = {key: [] for key in wanted}
        for link in families.links(self.sources.values()) if wanted else ():
            for one, other in ((link.first, link.second), (link.second, link.first)):
                if one in wanted:
                    lines[one].append(related(link, other))
        return lines


def _doubt(match: matching.Match) -> str:
    return f"perhaps it is '{match.citekey}' ({match.why})"
