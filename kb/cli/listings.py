"""Records → text for people: what `kb search`, `sources`, `show` and `criteria` print."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from kb.cli.layout import headed, kind_of, missing, place, plural, quoted, wrapped
from kb.cli.options import printable
from kb.records import Hit, Index, PassageDetails, Reason, Source, SourceSummary

if TYPE_CHECKING:
    from kb.framework import Framework


def hits(
    found: list[Hit],
    sources: dict[str, Source],
    index: Index,
    held: dict[str, list[str]] | None = None,
) -> str:
    """Passages with their scores, as `kb search` prints them; with the words of the question that
    each passage holds, also what its score is made of."""
    lines: list[str] = []
    for number, hit in enumerate(found, start=1):
        citation = sources[hit.passage.citekey].citation
        lines += headed(citation, f"[{hit.score:.2f}]", before=f"{number:>3}  ")
        digest = hit.passage.kind == "digest"
        lines += quoted(hit.passage.text, hit.passage.kind)
        kind = "paraphrase in a digest" if digest else "quoted from the original"
        shown = " · ".join(filter(None, [kind, place(hit.passage.locator)]))
        lines += wrapped(shown, indent="     ", dim=True)
        lines += [click.style(f"     {hit.passage.id}", dim=True)]
        if held is not None:
            lines += wrapped(_made_of(hit, held[hit.passage.id]), indent="     ")
        lines += [""]
    if not found:
        lines += ["Nothing was found.", ""]
    lines += wrapped(f"Searched {index.passages:,} passages in {index.documents:,} documents.")
    return "\n".join([*lines, *missing(index)])


def _made_of(hit: Hit, held: list[str]) -> str:
    """What meaning and what words add to a score."""
    near = "not among the nearest" if hit.meaning is None else f"cosine {hit.meaning:.3f}"
    has = "none of the words" if hit.words is None else f"BM25 {hit.words:.2f}: {', '.join(held)}"
    return (
        f"{hit.score:.3f} = {hit.from_meaning:.3f} for meaning ({near}) "
        f"+ {hit.from_words:.3f} for words ({has})"
    )


def sources(summaries: list[SourceSummary]) -> str:
    """One block a source, as `kb sources` prints them."""
    lines: list[str] = []
    for summary in summaries:
        source, file = summary.source, summary.file
        lines += headed(source.citekey, source.citation)
        lines += wrapped(source.title, indent="    ")
        what = f"{file.kind}, {file.read} read" if file else "no document in corpus/"
        about = [file.study.design if file else "", what, plural(summary.passages, "passage")]
        lines += wrapped(" · ".join([*filter(None, about), *summary.criteria]), indent="  ")
        lines.append("")
    return "\n".join([*lines, plural(len(summaries), "source")])


def details(source: Source, shown: Iterable[PassageDetails]) -> str:
    """A source and the given passages of it, with everybody's tags and verdicts."""
    listed = list(shown)
    lines = wrapped(source.reference, hang="  ", bold=True)
    if source.note:
        lines += wrapped(f"Note: {source.note}", hang="  ")
    if listed:
        file = listed[0].file
        study = [file.study.design, file.study.setting, file.study.country, file.study.sample]
        lines += wrapped(f"Study: {'; '.join(filter(None, study)) or 'not described'}", hang="  ")
        lines += wrapped(f"{kind_of(file.kind, file.read).capitalize()} · {file.path}")
    else:
        lines += ["No document of this source in corpus/."]
    for detail in listed:
        lines += ["", *_detail(detail)]
    return "\n".join(lines)


def _detail(detail: PassageDetails) -> Iterator[str]:
    text = detail.passage.text
    yield from headed(detail.passage.id, place(detail.passage.locator))
    yield from quoted(text, detail.file.kind, indent="    ")
    about: dict[str, list[str]] = {}
    for tag, counts in detail.tags:
        score = f" {tag.score:.2f}" if tag.by.startswith("model:") else ""
        who = f"{tag.by.partition('@')[0]}, which does not count" if not counts else tag.by
        about.setdefault(who, []).append(f"{tag.criterion}{score}")
    for who, criteria in about.items():
        yield from wrapped(f"about {', '.join(criteria)} ({who})", indent="    ", dim=True)
    for verdict in detail.verdicts:
        sure = f", {verdict.sure}" if verdict.sure else ""
        yield from wrapped(
            f"{verdict.stance} {verdict.circumstance} ({verdict.by}{sure})", indent="    ", dim=True
        )
        if verdict.why:
            yield from wrapped(f"why: {verdict.why}", indent="      ", dim=True)
        if verdict.quote and verdict.quote.split() != text.split():
            judged_on = f"judged on these words: {verdict.quote}"
            yield from wrapped(judged_on, indent="      ", dim=True)


def why(reasons: Iterable[Reason]) -> Iterator[str]:
    """What the tagger's word on a passage rests on, in full for its tags."""
    for reason in reasons:
        told = "a tag" if reason.score >= reason.threshold else "no tag"
        yield ""
        yield from wrapped(
            f"{reason.criterion} {reason.score:.2f}: {told}, as the tagger ({reason.method}) gives "
            f"one from {reason.threshold:.2f} up",
            indent="  ",
            bold=reason.score >= reason.threshold,
        )
        if reason.words:
            weighed = ", ".join(f"{word} {adds:+.1f}" for word, adds in reason.words)
            yield from wrapped(f"words that weigh most: {weighed}", indent="    ")
        if reason.score >= reason.threshold:
            for text, cosine in reason.wordings:
                yield from wrapped(f"near to criteria.yaml: {text} ({cosine:.2f})", indent="    ")
            for name, cosine in reason.passages:
                yield from wrapped(
                    f"near to what people tagged: {name} ({cosine:.2f})", indent="    "
                )


def framework(given: "Framework") -> str:
    """Criteria with their circumstances and the words to ask by."""
    lines = wrapped(given.title, bold=True)
    for criterion in given.criteria:
        name = click.style(criterion.id, bold=True, fg="cyan")
        lines += ["", f"{name}  {printable(criterion.name)}"]
        lines += wrapped(criterion.definition, indent="  ")
        for circumstance in given.circumstances:
            if circumstance.criterion == criterion.id:
                lines += wrapped(
                    f"{circumstance.id}  {circumstance.statement}", indent="    ", hang="    "
                )
                asked = ", ".join(circumstance.aliases)
                lines += wrapped(f"ask by: {asked}", indent="        ", dim=True) if asked else []
    return "\n".join(lines)
