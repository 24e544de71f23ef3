"""An annotated bibliography → the blocks that Markdown, Word and web pages set, in their order.

Besides fixed words, numbers and names, a block holds a passage's text, what the catalogue knows of
a file, a reference, or a note of the user's, each whole; nothing is put into other words.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from kb.exporting.annotated import Bibliography, Chapter, Entry, Section
from kb.exporting.citing import Cited, Run, Runs
from kb.exporting.labels import of_passage, plural, stance_and_judge
from kb.records import Evidence
from kb.version import __version__

TITLE = "Annotated bibliography"
GROUPS = {
    "supporting": "Supporting",
    "challenging": "Challenging",
    "mixed": "Mixed: passages on both sides",
    "context": "Context: on neither side",
}
_BASES = {
    "model": "Here on the model’s word alone; no person has judged it. Not counted.",
    "disputed": "Readers disagree on it. Not counted.",
}
_HOW_TO_READ = (
    "Sources stand under a criterion, then under a circumstance, a statement that evidence can "
    "support or challenge, then by what they say to it. What a source found is given in its own "
    "passages, strongest first. Text in quotation marks is the source’s own; text without them is "
    "a paraphrase in a digest that somebody wrote, never to be quoted as the source’s words.",
    "Under each passage stands what it does to the circumstance and who says so. Readers are "
    "people: “clear” and “arguable” are theirs. “model, 93%” is a model’s word with its "
    "probability, no person having judged; “not sure” means that it could not say. Only what "
    "readers settled is counted, and sources that are one work are counted once.",
    "“Read” says what was read of a source: what is told from an abstract or from another source "
    "may not be all that it found. Counting sources is not weighing them: look at how each was "
    "made. The code at the end of a passage is its name: kb show NAME prints it in its place.",
)


@dataclass(frozen=True, slots=True)
class Block:
    """`kind` is "title", "heading" (of `level` 1 to 3), "text", "item", "reference", "about",
    "quotation", "paraphrase", "trace" or "note". `name` is a passage's id for what comes of one,
    a heading's anchor, a source's citekey for its reference, else ""."""

    kind: str
    runs: Runs
    level: int = 0
    name: str = ""


def outline(made: Bibliography, cited: Cited) -> Iterator[Block]:
    """All blocks, beginning with the title."""
    yield _block("title", f"{TITLE}: {made.question}")
    yield from _front(made, cited)
    for chapter in made.chapters:
        yield from _chapter(chapter, made, cited)
    yield _heading(1, "References", "references")
    listed = list(cited.references)
    if not cited.numbers:
        listed.sort(key=lambda key: "".join(run.text for run in cited.references[key]).casefold())
    for key in listed:
        yield Block("reference", _reference(key, cited), name=key)


def sorted_out(made: Bibliography) -> dict[str, int]:
    """How many pairs of a passage and a circumstance were judged, by whom."""
    counts: Counter[str] = Counter()
    for chapter in made.chapters:
        for section in chapter.sections:
            answer = section.answer
            groups = (answer.supporting, answer.challenging, answer.unsure, answer.context)
            counts.update(_who(item) for group in groups for item in group)
    return dict(counts)


def _who(item: Evidence) -> str:
    judgement = item.judgement
    if judgement.by_model:
        return "model"
    if judgement.unsure:
        return "not sure"
    return "people" if judgement.judge not in _NOBODY else "nobody"


_NOBODY = ("not yet judged", "judged under an earlier wording")


def _front(made: Bibliography, cited: Cited) -> Iterator[Block]:
    index, counts = made.index, sorted_out(made)
    sections = [section for chapter in made.chapters for section in chapter.sections]
    yield _heading(1, "What this is", "about")
    facts = {
        "Question": made.question,
        "Date": f"{made.made}, with kb {__version__}",
        "Framework": f"criteria.yaml as of {made.framework}",
        "Index": f"{index.recipe}; {index.passages:,} passages in {index.documents:,} documents",
        "Sources": f"{len(made.references):,} of {made.kept:,} in this knowledge base, under "
        f"{plural(len(sections), 'circumstance')} of {_criteria(len(made.chapters))}",
        "Only": "; ".join(made.only),
        "Passages weighed": f"{sum(counts.values()):,}: {counts.get('people', 0):,} judged by "
        f"people, {counts.get('model', 0):,} by the model alone, {counts.get('not sure', 0):,} of "
        f"which it is not sure, {counts.get('nobody', 0):,} not judged",
        "Model": f"{made.judge.partition('@')[0]}; it takes a side from {made.threshold:.0%} up"
        if made.judge
        else "none was asked: people’s word alone",
        "Citation style": cited.title,
    }
    for label, value in facts.items():
        if value:
            yield Block("item", (Run(f"{label}: ", bold=True), Run(value)))
    yield _heading(2, "How to read it", "how-to-read")
    for text in _HOW_TO_READ:
        yield _block("text", text)
    yield _heading(2, "What is missing", "missing")
    missing = [str(problem) for problem in index.unusable]
    missing += [f"{name}: changed since the index was made; kb build" for name in index.stale]
    missing += [
        f"{section.circumstance.id}: {plural(section.answer.lost_judgements, 'passage')} that "
        "people judged are not in the corpus any more as they were; kb build lists them"
        for section in sections
        if section.answer.lost_judgements
    ]
    for text in missing:
        yield _block("item", text)
    if not missing:
        yield _block("text", "Nothing: every file in the corpus could be read and searched.")


def _chapter(chapter: Chapter, made: Bibliography, cited: Cited) -> Iterator[Block]:
    criterion = chapter.criterion
    yield _heading(1, criterion.name, f"criterion-{criterion.id}")
    yield _block("text", criterion.definition)
    for section in chapter.sections:
        yield from _section(section, made, cited)
    if chapter.others:
        title = f"On this criterion, under none of these ({plural(len(chapter.others), 'source')})"
        yield _heading(2, title, f"criterion-{criterion.id}-others")
        for entry in chapter.others:
            yield from _entry(entry, made, cited)


def _section(section: Section, made: Bibliography, cited: Cited) -> Iterator[Block]:
    one, answer = section.circumstance, section.answer
    yield _heading(2, f"{one.id}: {one.statement}", f"circumstance-{one.id}")
    yield _block("text", counted(section))
    for name, entries in section.groups.items():
        if not entries:
            continue
        title = f"{GROUPS[name]} ({plural(len(entries), 'source')})"
        yield _heading(3, title, f"circumstance-{one.id}-{name}")
        for entry in entries:
            yield from _entry(entry, made, cited)
    if not any(section.groups.values()):
        weighed = plural(answer.considered, "passage")
        yield _block("text", f"Searched, nothing found for this: {weighed} weighed.")


def counted(section: Section) -> str:
    """What `kb ask` counts on this circumstance."""
    sources, second = section.answer.sources, section.answer.second_hand
    known = second["supporting"] + second["challenging"]
    both = section.answer.on_both_sides
    said = (
        f"Counted where readers agree: {plural(sources['supporting'], 'source')} supporting, "
        f"{sources['challenging']} challenging"
    )
    said += f", {both} of them on both sides" if both else ""
    said += f"; {known} known only through another" if known else ""
    by_model = sum(section.answer.by_model.values())
    return f"{said}. Not counted: {plural(by_model, 'passage')} by the model alone."


def _entry(entry: Entry, made: Bibliography, cited: Cited) -> Iterator[Block]:
    source = entry.source
    yield Block("reference", _reference(source.citekey, cited), name=source.citekey)
    yield Block("about", _about(entry))
    for item in entry.findings:
        quoted = item.kind != "digest"
        text = " ".join(item.text.split())
        runs = (Run(f"“{text}”" if quoted else text),)
        yield Block("quotation" if quoted else "paraphrase", runs, name=item.passage.id)
        words = f"{stance_and_judge(item)} · {of_passage(item)} · "
        yield Block("trace", (Run(words), Run(item.passage.id, code=True)), name=item.passage.id)
    if entry.more:
        more = Run(f"{plural(entry.more, 'more passage')}: ")
        yield Block("trace", (more, Run(f"kb show {source.citekey}", code=True)))
    for note in made.notes.get(source.citekey, ()):
        text = " ".join(note.text.split())
        yield Block("note", (Run(f"Note ({note.origin}): ", bold=True), Run(text)))


def _about(entry: Entry) -> Runs:
    """Design, setting, sample and what was read; on whose word the source stands where it does."""
    runs = [
        run
        for label, value in described(entry).items()
        for run in (Run(f"{label}: ", bold=True), Run(f"{value}. "))
    ]
    if entry.basis in _BASES:
        runs.append(Run(f"{_BASES[entry.basis]} "))
    if entry.same_work:
        runs.append(Run(f"One work with {', '.join(entry.same_work)}: counted once. "))
    if entry.source.check:
        runs.append(Run(f"The entry is to be checked: {entry.source.check}. "))
    return (*runs[:-1], Run(runs[-1].text.rstrip(), bold=runs[-1].bold))


def described(entry: Entry) -> dict[str, str]:
    """What the catalogue knows of how the source was made, and what of it was read."""
    first = entry.findings[0]
    study = first.study
    read = " and ".join(dict.fromkeys(item.read for item in entry.findings))
    setting = ", ".join(filter(None, [study.setting, study.country]))
    return {
        "Study design": study.design or "not known",
        "Setting": setting or "not known",
        "Sample": study.sample or "not known",
        "Read": read or "not known",
    }


def _reference(citekey: str, cited: Cited) -> Runs:
    number = cited.numbers.get(citekey)
    return (*((Run(f"{number}. "),) if number else ()), *cited.references[citekey])


def _criteria(number: int) -> str:
    return "1 criterion" if number == 1 else f"{number} criteria"


def _heading(level: int, text: str, name: str) -> Block:
    return Block("heading", (Run(text),), level, name)


def _block(kind: str, text: str) -> Block:
    return Block(kind, (Run(text),))
