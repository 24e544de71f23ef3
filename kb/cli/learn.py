"""kb learn: teach the tagger what people's own tags say."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import wrapped
from kb.exporting import json

if TYPE_CHECKING:
    from kb.reports import Lesson


@click.command()
@options.as_json
@options.home
def command(as_json: bool, home: Path | None) -> None:
    """Teach the tagger from the tags in annotations.jsonl.

    A criterion needs 20 passages that people tagged with it and 20 that they did not. What is
    learnt is kept only where it finds more than the tagger does now, measured on sources that it
    did not learn from.
    """
    from kb.curating import teaching

    lessons = teaching.taught(open_indexed(home))
    options.emit(as_json, lambda: json.lessons(lessons), lambda: "\n".join(text(lessons)))


def text(lessons: "list[Lesson]") -> Iterator[str]:
    kept = [lesson.criterion for lesson in lessons if lesson.kept]
    longest = max(len(lesson.criterion) for lesson in lessons)
    yield f"{'':<{longest}}  tagged   new  F1 now  learnt"
    for one in lessons:
        now, learnt = (f"{v:.2f}" if v is not None else "-" for v in (one.before, one.after))
        what = "kept" if one.kept else _why_not(one)
        yield f"{one.criterion:<{longest}}{one.tagged:>8}{one.fresh:>6}{now:>8}{learnt:>8}  {what}"
    yield ""
    yield from wrapped(
        f"Learnt: {', '.join(kept)}. Have passages tagged anew with: kb build"
        if kept
        else "Nothing was learnt that finds more than the tagger does; it stays as it came."
    )
    if any(lesson.fresh < lesson.tagged for lesson in lessons):
        yield from wrapped(
            "“new” are passages on which the tagger that ships was not itself trained: only on "
            "them can the two be compared."
        )


def _why_not(lesson: "Lesson") -> str:
    return "too few to learn from" if lesson.after is None else "not better, not kept"
