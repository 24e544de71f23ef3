"""kb evaluate: how good the models are, measured on labelled rows."""

from collections.abc import Iterator
from pathlib import Path

import click

from kb.cli import options
from kb.cli.layout import plural, wrapped
from kb.exporting import json
from kb.reports import Measure, RetrievalReport, SidesReport, StanceReport


@click.group()
def command() -> None:
    """Measure how good the models are, on rows that people have labelled."""


@command.command("stance")
@click.argument("file", type=click.Path(path_type=Path))
@options.as_json
@options.home
def evaluate_stance(file: Path, as_json: bool, home: Path | None) -> None:
    """Measure the stance model on FILE, one row {"claim", "evidence", "label"} a line.

    Labels: supports, challenges (or refutes), neutral; without any neutral, two ways.
    """
    from kb.evaluating import stance

    rows = stance.read(file)
    base = options.open_or_default(home)

    def progress(done: int) -> None:
        options.progress(f"{done:,} of {len(rows):,} rows judged" if done < len(rows) else "")

    measured = base.evaluate_stance(rows, progress)
    options.emit(as_json, lambda: json.stance_report(measured), lambda: "\n".join(text(measured)))


MODE = click.option(
    "--mode",
    type=click.Choice(["meaning", "words", "both"]),
    help="Measure one way of searching only. [default: all three]",
)


@command.command("retrieval")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--split", default="test", show_default=True, help="The split of the queries.")
@MODE
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the collection's index here, so that a second run only asks.",
)
@options.as_json
def evaluate_retrieval(
    folder: Path, split: str, mode: str | None, work: Path | None, as_json: bool
) -> None:
    """Measure search on a collection: FOLDER with corpus.jsonl, queries.jsonl and qrels.tsv.

    The files may be gzipped (.gz). The documents are read, embedded and searched as any corpus is.
    """
    import tempfile

    from kb import trial
    from kb.evaluating import retrieval

    collection = retrieval.collection(folder, split)
    with tempfile.TemporaryDirectory() as temporary:
        base = trial.prepared(collection, work or Path(temporary) / "home", _told)
        try:
            measured = trial.evaluated(base, collection, trial.chosen(mode), _told)
        finally:
            base.close()
    options.emit(
        as_json, lambda: json.retrieval_report(measured), lambda: "\n".join(ranking(measured))
    )


@command.command("questions")
@click.argument("file", type=click.Path(path_type=Path))
@MODE
@options.as_json
@options.home
def evaluate_questions(file: Path, mode: str | None, as_json: bool, home: Path | None) -> None:
    """Measure search on your own questions, one row {"question", "expected"} a line of FILE.

    "expected" is a list of citekeys or passage ids that the question should find.
    """
    from kb import trial
    from kb.cli.build import open_indexed
    from kb.evaluating import retrieval

    asked = retrieval.questions(file)
    measured = trial.own_questions(open_indexed(home), asked, file.name, trial.chosen(mode), _told)
    options.emit(
        as_json, lambda: json.retrieval_report(measured), lambda: "\n".join(ranking(measured))
    )


@command.command("sides")
@click.option(
    "--depth",
    type=click.IntRange(1, 1_000),
    default=20,
    show_default=True,
    help="How many are looked at.",
)
@options.as_json
@options.home
def evaluate_sides(depth: int, as_json: bool, home: Path | None) -> None:
    """Measure whether search finds what challenges as well as what supports.

    Each circumstance is searched for as if nobody had judged anything; what people judged shows how
    much of either side is found.
    """
    from kb import trial
    from kb.cli.build import open_indexed

    measured = trial.sides(open_indexed(home), depth)
    options.emit(as_json, lambda: json.sides_report(measured), lambda: "\n".join(both(measured)))


def _told(what: str, done: int, total: int) -> None:
    if done == total or done % 20 == 0:
        options.progress(f"{done:,} of {total:,} {what}" if done < total else "")


def ranking(given: RetrievalReport) -> Iterator[str]:
    yield (
        f"{given.collection}: {plural(given.queries, 'question')} over "
        f"{plural(given.documents, 'document')}"
    )
    yield ""
    yield f"{'':<9}{'nDCG@10':<21}  {'recall@100':<21}  mean reciprocal rank"
    for mode, measures in given.modes.items():
        cells = (_shown(m) for m in (measures.ndcg, measures.recall, measures.mrr))
        yield f"{mode:<9}" + "  ".join(cells)


def both(given: SidesReport) -> Iterator[str]:
    yield f"Share of what people judged that is among the first {given.depth} passages"
    yield ""
    yield f"{'':<11}{'passages':>8}  {'as kb ask searches':<21}  with the statement alone"
    for side, of in given.sides.items():
        yield f"{side:<11}{of.passages:>8,}  {_shown(of.recall)}  {_shown(of.plain)}"


def text(given: StanceReport) -> Iterator[str]:
    yield f"{plural(given.n, 'row')}, {given.ways}-way, judged by {given.judge}"
    yield ""
    yield f"macro-F1   {_shown(given.macro_f1)}"
    yield f"accuracy   {_shown(given.accuracy)}"
    yield f"calibration error  {given.ece:.3f}"
    yield ""
    yield f"{'':<11}{'rows':>6}  {'precision':<21}{'recall':<21}F1"
    for label, measures in given.labels.items():
        cells = (_shown(m) for m in (measures.precision, measures.recall, measures.f1))
        yield f"{label:<11}{measures.n:>6}  " + "  ".join(cells)
    yield ""
    yield (
        f"Shown as a side from {given.threshold:.2f} up: {plural(given.shown, 'row')}, "
        f"right {_shown(given.precision_at_threshold)}"
    )
    yield f"Share of the rows with a side that are shown on one: {given.coverage:.3f}"
    yield ""
    yield "Rows: label; columns: found"
    labels = list(given.labels)
    yield f"{'':<12}" + "".join(f"{label:>12}" for label in labels)
    for row, label in enumerate(labels):
        counts = given.confusion[row]
        yield f"{label:<12}" + "".join(f"{count:>12,}" for count in counts)
    if given.worst:
        yield ""
        yield "Surest errors"
    for item in given.worst:
        yield ""
        yield from wrapped(
            f"{item.row.label}, found {item.found} ({item.opinion.of(item.found):.0%})", indent="  "
        )
        yield from wrapped(f"claim: {item.row.claim}", indent="    ", hang="  ")
        yield from wrapped(f"evidence: {item.row.evidence[:400]}", indent="    ", hang="  ")


def _shown(of: Measure) -> str:
    low, high = of.interval
    return f"{of.value:.3f} ({low:.3f}-{high:.3f})"
