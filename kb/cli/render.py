"""An Answer → text for people, as `kb ask` prints it; colour only on a terminal.

A digest's text stands without quotation marks and says that it is a paraphrase; only the text of
an original is shown as a quotation.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from kb.cli.layout import WARN, kind_of, missing, place, plural, quoted, span, wrapped
from kb.exporting.labels import judged
from kb.records import Answer, Claim, Evidence, Filters, Stance

if TYPE_CHECKING:
    from kb.framework import Framework

_COLOURS = {"supporting": "green", "challenging": "red", "unsure": "yellow", "context": "cyan"}
_TITLES = {"unsure": "NOT SURE"}
_MATCHED = {
    "id": "by its id.",
    "alias": "by the words you used.",
    "meaning": "as the nearest in meaning: is it what you meant?",
}


def answer(given: Answer, framework: "Framework", *, explain: bool = False) -> str:
    """The whole answer, as `kb ask` prints it; `explain` adds what models say of each item."""
    lines = [
        *wrapped(given.question, bold=True),
        "",
        *_read_as(given),
        *_narrowed(given.filters),
        *_group("supporting", given.supporting, given, explain),
        *_group("challenging", given.challenging, given, explain),
        *(_group("unsure", given.unsure, given, explain) if given.unsure else ()),
        *_group("context", given.context, given, explain),
        "",
        *_summary(given),
        *_related(given.claim, framework),
    ]
    return "\n".join(lines)


def _read_as(given: Answer) -> Iterator[str]:
    claim = given.claim
    if claim.matched_by == "claim":
        yield from wrapped(f"Weighed as a claim of its own: {claim.text}")
        yield from wrapped(
            "It was read as none of the circumstances that readers have judged, so what follows "
            f"is what the search found, {_found_by_search(given)} All circumstances: kb criteria"
        )
        return
    yield from wrapped(f"Read as {claim.id} ({claim.criterion}): {claim.text}", hang="  ")
    yield from wrapped(
        f"(Matched {_MATCHED[claim.matched_by]} For another reading: --claim ID)", hang="  "
    )


def _found_by_search(given: Answer) -> str:
    """Whether the model judged it and, if the question is why not, how to have it judged."""
    groups = (given.supporting, given.challenging, given.unsure, given.context)
    if any(item.judgement.opinions for group in groups for item in group):
        return "judged by the model alone."
    from kb.match import is_statement  # loads numpy, which --help does without

    # A claim given as such names no circumstances that came near.
    if given.claim.near and not is_statement(given.question):
        return 'for you to read. To have it judged, put a statement: kb ask --claim "…"'
    return "for you to read."


def _narrowed(filters: Filters) -> Iterator[str]:
    """A printout of part of the evidence must not pass for all of it."""
    only = [f"criterion {filters.criterion}"] if filters.criterion else []
    only += [f"source {citekey}" for citekey in filters.sources]
    only += [f"years {span(*filters.years)}"] if filters.years else []
    only += [f"kind {filters.kind}"] if filters.kind else []
    if only:
        yield from wrapped(f"ONLY {', '.join(only)}; all other evidence is left out.", colour=WARN)


def _group(name: str, items: tuple[Evidence, ...], given: Answer, explain: bool) -> Iterator[str]:
    total = given.totals[name]
    yield ""
    heading = f"{_TITLES.get(name, name.upper())}{_counts(name, given)}"
    yield from wrapped(heading, bold=True, colour=_COLOURS[name])
    if not items:
        yield from wrapped(_nothing(name, given), indent="  ")
    said = ""
    for number, item in enumerate(items, start=1):
        part = _part(name, item)
        if part and part != said:
            yield ""
            yield from wrapped(part, indent="  ", colour=WARN)
        said = part
        yield ""
        yield from _item(number, item)
        if explain:
            yield from _explained(item)
    if total > len(items):
        yield ""
        noun = "passage" if total - len(items) == 1 else "passages"
        yield from wrapped(f"{total - len(items)} more {noun}: --limit {total}", indent="  ")


def _part(name: str, item: Evidence) -> str:
    """The heading of the part of a side in which an item stands, "" for what people settled."""
    if name not in ("supporting", "challenging") or item.judgement.settled:
        return ""
    if item.judgement.by_model:
        return (
            "Judged by the model alone, which is wrong about once in seven times: read these "
            "before you rely on them. Not counted as sources."
        )
    return f"Readers disagree: some saw this as {name}, others did not. Not counted."


def _counts(name: str, given: Answer) -> str:
    if name == "context":
        opposed = given.disputed["opposite"]
        aside = f"; on {plural(opposed, 'passage')} readers took opposite sides" if opposed else ""
        return f": near the question, and on neither side{aside}"
    if name == "unsure":
        return (
            f": the model sees a side, not surely enough ({plural(given.totals[name], 'passage')})"
        )
    by_model = given.by_model[name]
    if not given.claim.id:
        return f" this claim: {plural(by_model, 'passage')} by the model alone" if by_model else ""
    counted = f" this statement: {plural(given.sources[name], 'source')}"
    again = given.same_work.get(name, 0)
    counted += f" ({again} more {'is' if again == 1 else 'are'} of the same work)" if again else ""
    second = given.second_hand[name]
    counted += f" ({second} known only through another)" if second else ""
    disputed = given.disputed[name]
    counted += f"; {plural(disputed, 'passage')} readers disagree on" if disputed else ""
    return counted + (f"; {plural(by_model, 'passage')} by the model alone" if by_model else "")


def _nothing(name: str, given: Answer) -> str:
    if name == "context":
        return "Nothing else in the corpus is near this question."
    if not given.claim.id and given.by_model["supporting"] + given.by_model["challenging"]:
        return "The model is sure of no passage on this side, and people have judged none."
    if not given.claim.id:
        return "Nobody has judged any passage on this claim yet."
    sides = ("supporting", "challenging")
    judged = sum(given.totals[side] - given.by_model[side] for side in sides)
    if not judged + given.disputed["opposite"]:
        sure = sum(given.by_model[side] for side in sides) + given.totals["unsure"]
        model = ", and the model is sure of none on this one" if sure else ""
        return f"Nobody has seen a passage on either side of this circumstance yet{model}."
    return "No passage that people judged is on this side."


def _item(number: int, item: Evidence) -> Iterator[str]:
    head = wrapped(f"{number:>3}  {item.source.citation}  [{judged(item.judgement)}]", hang=" " * 5)
    head[0] = head[0].replace(item.source.citation, click.style(item.source.citation, bold=True))
    yield from head
    yield from quoted(item.passage.text, item.kind)
    yield from wrapped(
        " · ".join(
            filter(
                None,
                [
                    kind_of(item.kind, item.read, superseded=item.superseded),
                    "told by another source" if item.second_hand else "",
                    place(item.passage.locator),
                    item.study.design,
                ],
            )
        ),
        indent="     ",
        dim=True,
    )
    yield click.style(f"     {item.passage.id}", dim=True)


def _explained(item: Evidence) -> Iterator[str]:
    """What each model makes of the passage, and the sentence that decided, if not all of it did."""
    for opinion in item.judgement.opinions:
        leaning = ", ".join(f"{stance} {opinion.of(stance):.0%}" for stance in Stance)
        doubt = "" if opinion.calibrated else ", not calibrated"
        yield from wrapped(f"{opinion.by.split('@')[0]}: {leaning}{doubt}", indent="     ")
        if opinion.end - opinion.start < len(item.text):
            sentence = item.text[opinion.start : opinion.end]
            shown = sentence if item.kind == "digest" else f"“{sentence}”"
            yield from wrapped(f"decided by: {shown}", indent="     ", hang="  ")


def _summary(given: Answer) -> Iterator[str]:
    index = given.index
    yield click.style("What was searched", bold=True)
    sides = ""
    if given.claim.id:
        sides = (
            f" Sources behind each side, where readers agree: {given.sources['supporting']} "
            f"supporting, {given.sources['challenging']} challenging"
        )
        both = given.on_both_sides
        sides += f", {both} of them on both sides." if both else "."
    yield from wrapped(
        f"{index.passages:,} passages in {index.documents:,} documents; "
        f"{plural(given.considered, 'passage')} weighed.{sides}"
    )
    if given.lost_judgements:
        yield from wrapped(
            f"MISSING: {plural(given.lost_judgements, 'passage')} that people judged on this are "
            "not in the corpus any more as they were. Which: kb build",
            colour=WARN,
        )
    yield from missing(index)
    yield from wrapped(
        "Counting sources is not weighing them: look at how each was made and what of it was "
        "read. A source in full: kb show CITEKEY"
    )


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
        yield from wrapped(f"{circumstance.id}: {circumstance.statement}", indent="  ", hang="  ")
