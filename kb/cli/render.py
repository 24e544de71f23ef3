"""Records → text for people: 80 columns or the terminal's width, colour only on a terminal.

A digest's text stands without quotation marks and says that it is a paraphrase; only the text of
an original is shown as a quotation.
"""

import shutil
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from kb.cli.options import printable
from kb.records import (
    Answer,
    Claim,
    Evidence,
    Filters,
    Hit,
    Index,
    Judgement,
    Locator,
    PassageDetails,
    Source,
    SourceSummary,
    Stance,
)

if TYPE_CHECKING:
    from kb.framework import Framework

WARN = "yellow"
_COLOURS = {"supporting": "green", "challenging": "red", "context": "cyan"}
_MATCHED = {
    "id": "by its id.",
    "alias": "by the words you used.",
    "meaning": "as the nearest in meaning: is it what you meant?",
}


def width() -> int:
    """Columns to write in: at most 80, as longer lines read badly, at least 40."""
    return max(40, min(80, shutil.get_terminal_size((80, 24)).columns))


def answer(given: Answer, framework: "Framework") -> str:
    """The whole answer, as `kb ask` prints it."""
    lines = [
        *_wrapped(given.question, bold=True),
        "",
        *_read_as(given.claim),
        *_narrowed(given.filters),
        *_group("supporting", given.supporting, given),
        *_group("challenging", given.challenging, given),
        *_group("context", given.context, given),
        "",
        *_summary(given),
        *_related(given.claim, framework),
    ]
    return "\n".join(lines)


def _read_as(claim: Claim) -> Iterator[str]:
    if claim.matched_by == "claim":
        yield from _wrapped(f"Weighed as a claim of its own: {claim.text}")
        yield from _wrapped(
            "It was read as none of the circumstances that readers have judged, so what follows "
            "is only what the search found, for you to read. All circumstances: kb criteria"
        )
        return
    yield from _wrapped(f"Read as {claim.id} ({claim.criterion}): {claim.text}", hang="  ")
    yield from _wrapped(
        f"(Matched {_MATCHED[claim.matched_by]} For another reading: --claim ID)", hang="  "
    )


def _narrowed(filters: Filters) -> Iterator[str]:
    """A printout of part of the evidence must not pass for all of it."""
    only = [f"criterion {filters.criterion}"] if filters.criterion else []
    only += [f"source {citekey}" for citekey in filters.sources]
    if only:
        yield from _wrapped(f"ONLY {', '.join(only)}; all other evidence is left out.", colour=WARN)


def _group(name: str, items: tuple[Evidence, ...], given: Answer) -> Iterator[str]:
    total = given.totals[name]
    yield ""
    heading = f"{name.upper()}{_counts(name, given)}"
    yield from _wrapped(heading, bold=True, colour=_COLOURS[name])
    if not items:
        yield from _wrapped(_nothing(name, given), indent="  ")
    disputed = False
    for number, item in enumerate(items, start=1):
        if name != "context" and not item.judgement.settled and not disputed:
            disputed = True
            yield ""
            yield from _wrapped(
                f"Readers disagree: some saw this as {name}, others did not. Not counted.",
                indent="  ",
                colour=WARN,
            )
        yield ""
        yield from _item(number, item)
    if total > len(items):
        yield ""
        noun = "passage" if total - len(items) == 1 else "passages"
        yield from _wrapped(f"{total - len(items)} more {noun}: --limit {total}", indent="  ")


def _counts(name: str, given: Answer) -> str:
    if name == "context":
        opposed = given.disputed["opposite"]
        aside = f"; on {_plural(opposed, 'passage')} readers took opposite sides" if opposed else ""
        return f": near the question, and on neither side{aside}"
    if not given.claim.id:
        return ""
    counted = f" this statement: {_plural(given.sources[name], 'source')}"
    second = given.second_hand[name]
    counted += f" ({second} known only through another)" if second else ""
    disputed = given.disputed[name]
    return counted + (
        f", and {_plural(disputed, 'passage')} readers disagree on" if disputed else ""
    )


def _nothing(name: str, given: Answer) -> str:
    if name == "context":
        return "Nothing else in the corpus is near this question."
    if not given.claim.id:
        return "Nobody has judged any passage on this claim yet."
    judged = given.totals["supporting"] + given.totals["challenging"] + given.disputed["opposite"]
    if not judged:
        return "Nobody has seen a passage on either side of this circumstance yet."
    return f"Of the passages that people judged, none was seen as {name} it by all."


def _item(number: int, item: Evidence) -> Iterator[str]:
    head = _wrapped(
        f"{number:>3}  {item.source.citation}  [{_judged(item.judgement)}]", hang=" " * 5
    )
    head[0] = head[0].replace(item.source.citation, click.style(item.source.citation, bold=True))
    yield from head
    text = item.passage.text if item.kind == "digest" else f"“{item.passage.text}”"
    yield from _wrapped(text, indent="     ")
    yield from _wrapped(
        " · ".join(
            filter(
                None,
                [
                    _kind(item.kind, item.read),
                    "told by another source" if item.second_hand else "",
                    _place(item.passage.locator),
                    item.study.design,
                ],
            )
        ),
        indent="     ",
        dim=True,
    )
    yield click.style(f"     {item.passage.id}", dim=True)


def _judged(judgement: Judgement) -> str:
    """Who judged and how sure; for a model, the probability."""
    if judgement.stance is None and judgement.verdicts:
        said = ", ".join(f"{v.by} {v.stance}" for v in judgement.verdicts)
        return f"{judgement.judge}: {said}"
    stance = "neutral, " if judgement.stance is Stance.NEUTRAL else ""
    chance = f", {judgement.probability:.0%}" if judgement.probability is not None else ""
    sure = f", {judgement.sure}" if judgement.sure and judgement.settled else ""
    return f"{stance}{judgement.judge}{sure}{chance}"


def _kind(kind: str, read: str) -> str:
    if kind == "digest":
        return f"paraphrase in a digest ({read} read)"
    return "quoted from the original"


def _place(where: Locator) -> str:
    page = f"p. {where.page_label}" if where.page_label else ""
    if where.page and str(where.page) != where.page_label:
        page = f"{page} (PDF {where.page})".strip()
    return ", ".join(filter(None, [where.section, page]))


def _summary(given: Answer) -> Iterator[str]:
    index = given.index
    yield click.style("What was searched", bold=True)
    sides = ""
    if given.claim.id:
        sides = (
            f" Sources behind each side, where readers agree: {given.sources['supporting']} "
            f"supporting, {given.sources['challenging']} challenging"
        )
        both = given.sources["both"]
        sides += f", {both} of them on both sides." if both else "."
    yield from _wrapped(
        f"{index.passages:,} passages in {index.documents:,} documents; "
        f"{given.considered:,} passages weighed.{sides}"
    )
    if given.lost_judgements:
        yield from _wrapped(
            f"MISSING: {_plural(given.lost_judgements, 'passage')} that people judged on this are "
            "not in the corpus any more as they were. Which: kb build",
            colour=WARN,
        )
    yield from _missing(index)
    yield from _wrapped(
        "Counting sources is not weighing them: look at how each was made and what of it was "
        "read. A source in full: kb show CITEKEY"
    )


def _missing(index: Index) -> Iterator[str]:
    if index.unusable:
        yield from _wrapped(
            f"NOT SEARCHED, {_plural(len(index.unusable), 'file')} that cannot be used:",
            colour=WARN,
        )
        for problem in index.unusable:
            yield from _wrapped(str(problem), indent="  ", colour=WARN)


def _related(claim: Claim, framework: "Framework") -> Iterator[str]:
    """Other circumstances of the same criterion: what evidence says on one often bears on them."""
    near = [
        circumstance
        for circumstance in framework.circumstances
        if (circumstance.criterion == claim.criterion and circumstance.id != claim.id)
        or circumstance.id in claim.near
    ]
    if near:
        yield ""
        yield click.style("Did you mean" if claim.near else "See also", bold=True)
    for circumstance in near:
        yield from _wrapped(f"{circumstance.id}: {circumstance.statement}", indent="  ", hang="  ")


def hits(found: list[Hit], sources: dict[str, Source], index: Index) -> str:
    """Passages with their scores, as `kb search` prints them."""
    lines: list[str] = []
    for number, hit in enumerate(found, start=1):
        citation = click.style(sources[hit.passage.citekey].citation, bold=True)
        lines.append(f"{number:>3}  {citation}  [{hit.score:.2f}]")
        digest = hit.passage.kind == "digest"
        text = hit.passage.text if digest else f"“{hit.passage.text}”"
        lines += _wrapped(text, indent="     ")
        kind = "paraphrase in a digest" if digest else "quoted from the original"
        place = " · ".join(filter(None, [kind, _place(hit.passage.locator)]))
        lines += _wrapped(place, indent="     ", dim=True)
        lines += [click.style(f"     {hit.passage.id}", dim=True), ""]
    if not found:
        lines += ["Nothing was found.", ""]
    lines += _wrapped(f"Searched {index.passages:,} passages in {index.documents:,} documents.")
    return "\n".join([*lines, *_missing(index)])


def sources(summaries: list[SourceSummary]) -> str:
    """One block a source, as `kb sources` prints them."""
    lines: list[str] = []
    for summary in summaries:
        source, file = summary.source, summary.file
        lines.append(f"{click.style(source.citekey, bold=True)}  {source.citation}")
        lines += _wrapped(source.title, indent="  ")
        what = f"{file.kind}, {file.read} read" if file else "no document in corpus/"
        about = [file.study.design if file else "", what, _plural(summary.passages, "passage")]
        lines += _wrapped(" · ".join([*filter(None, about), *summary.criteria]), indent="  ")
        lines.append("")
    return "\n".join([*lines, _plural(len(summaries), "source")])


def details(source: Source, shown: Iterable[PassageDetails]) -> str:
    """A source and the given passages of it, with everybody's tags and verdicts."""
    listed = list(shown)
    lines = _wrapped(source.reference, bold=True)
    if source.note:
        lines += _wrapped(f"Note: {source.note}")
    if listed:
        file = listed[0].file
        study = [file.study.design, file.study.setting, file.study.country, file.study.sample]
        lines += _wrapped(f"Study: {'; '.join(filter(None, study)) or 'not described'}")
        lines += _wrapped(f"{_kind(file.kind, file.read).capitalize()} · {file.path}")
    else:
        lines += ["No document of this source in corpus/."]
    for detail in listed:
        lines += ["", *_detail(detail)]
    return "\n".join(lines)


def _detail(detail: PassageDetails) -> Iterator[str]:
    text = detail.passage.text
    yield click.style(detail.passage.id, bold=True) + f"  {_place(detail.passage.locator)}"
    yield from _wrapped(text if detail.file.kind == "digest" else f"“{text}”", indent="  ")
    about: dict[str, list[str]] = {}
    for tag, counts in detail.tags:
        score = f" {tag.score:.2f}" if tag.by.startswith("model:") else ""
        who = f"{tag.by.partition('@')[0]}, which does not count" if not counts else tag.by
        about.setdefault(who, []).append(f"{tag.criterion}{score}")
    for who, criteria in about.items():
        yield from _wrapped(f"about {', '.join(criteria)} ({who})", indent="    ", dim=True)
    for verdict in detail.verdicts:
        sure = f", {verdict.sure}" if verdict.sure else ""
        yield from _wrapped(
            f"{verdict.stance} {verdict.circumstance} ({verdict.by}{sure})", indent="    ", dim=True
        )


def framework(given: "Framework") -> str:
    """Criteria with their circumstances and the words to ask by."""
    lines = _wrapped(given.title, bold=True)
    for criterion in given.criteria:
        lines += ["", f"{click.style(criterion.id, bold=True, fg='cyan')}  {criterion.name}"]
        lines += _wrapped(criterion.definition, indent="  ")
        for circumstance in given.circumstances:
            if circumstance.criterion == criterion.id:
                lines += _wrapped(
                    f"{circumstance.id}  {circumstance.statement}", indent="    ", hang="    "
                )
                asked = ", ".join(circumstance.aliases)
                lines += _wrapped(f"ask by: {asked}", indent="        ", dim=True) if asked else []
    return "\n".join(lines)


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _wrapped(
    text: str,
    *,
    indent: str = "",
    hang: str = "",
    bold: bool = False,
    dim: bool = False,
    colour: str | None = None,
) -> list[str]:
    """Lines of at most `width()` columns; control characters of the text are dropped, so that a
    document cannot move the cursor or imitate our colours."""
    lines = textwrap.wrap(
        printable(text),
        width(),
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_on_hyphens=False,
    )
    return [click.style(line, bold=bold, dim=dim, fg=colour) for line in lines]
