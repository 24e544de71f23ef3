"""An annotated bibliography → a table: a row for each source, circumstance and stance.

Of one stance a source has one row for a circumstance, with its strongest passage; a source with
passages on both sides has two. Cells that a spreadsheet would take for a formula begin with '.
"""

import csv as comma_separated
from collections.abc import Iterator
from io import BytesIO, StringIO

from kb.exporting.annotated import Bibliography, Entry
from kb.exporting.citing import Cited, cite, plain
from kb.exporting.labels import judged, kind_of, place
from kb.records import Evidence, Stance

COLUMNS = (
    "criterion", "circumstance", "statement", "group", "stance", "citekey", "reference", "year",
    "study_design", "setting", "country", "sample", "read", "text", "kind", "locator", "judged_by",
    "probability", "counted", "second_hand", "passage_id", "other_passage_ids", "same_work",
    "notes",
)  # fmt: skip
Cell = str | float | bool | None
_OPENING = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDE = {"statement": 40, "reference": 60, "text": 80, "sample": 30, "setting": 30, "notes": 40}
_LONGEST = 32_767  # characters in a cell of a spreadsheet


def rows(made: Bibliography, cited: Cited) -> Iterator[dict[str, Cell]]:
    """Each row by COLUMNS, as values, not yet safe for a spreadsheet."""
    for chapter in made.chapters:
        for section in chapter.sections:
            for name, entries in section.groups.items():
                for entry in entries:
                    where = (chapter.criterion.id, section.circumstance.id)
                    for row in _of_entry(entry, made, cited):
                        statement = section.circumstance.statement
                        yield {**dict(zip(COLUMNS, (*where, statement, name), strict=False)), **row}
        for entry in chapter.others:
            for row in _of_entry(entry, made, cited):
                yield {
                    **dict(zip(COLUMNS, (chapter.criterion.id, "", "", ""), strict=False)),
                    **row,
                }


def csv(made: Bibliography, style: str) -> bytes:
    """UTF-8 with a byte order mark, without which Excel takes it for another encoding."""
    text = StringIO()
    table = comma_separated.DictWriter(text, COLUMNS)
    table.writeheader()
    cited = cite(style, made.references, made.sources)
    table.writerows({k: safe(v) for k, v in row.items()} for row in rows(made, cited))
    return text.getvalue().encode("utf-8-sig")


def xlsx(made: Bibliography, style: str) -> bytes:
    """A workbook with the table, and a sheet on what it was made from."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    from kb.exporting.outline import outline

    cited = cite(style, made.references, made.sources)
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = f"Evidence: {made.question}", "kb"
    sheet = book.create_sheet("Evidence")
    sheet.freeze_panes = "B2"
    for number, name in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDE.get(name, 16)
    head = [WriteOnlyCell(sheet, name) for name in COLUMNS]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    count = 1
    for row in rows(made, cited):
        cells = [WriteOnlyCell(sheet, safe(row[name])) for name in COLUMNS]
        for name, cell in zip(COLUMNS, cells, strict=True):
            if name in _WIDE:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append(cells)
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{count}"
    about = book.create_sheet("About")
    about.column_dimensions["A"].width = 120
    for block in outline(made, cited):
        if block.name.startswith("criterion-"):
            break
        about.append([safe(plain(block.runs))])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def safe(value: Cell) -> Cell:
    """What a spreadsheet shows as it is: no formula, no control characters, not too long."""
    if not isinstance(value, str):
        return value
    text = "".join(ch for ch in value if ch >= " " or ch in "\t\n\r")
    return f"'{text}"[:_LONGEST] if text.startswith(_OPENING) else text[:_LONGEST]


def _of_entry(entry: Entry, made: Bibliography, cited: Cited) -> Iterator[dict[str, Cell]]:
    by_stance: dict[Stance | None, list[Evidence]] = {}
    for item in entry.findings:
        by_stance.setdefault(item.stance, []).append(item)
    source = entry.source
    notes = made.notes.get(source.citekey, ())
    for stance, (item, *others) in by_stance.items():
        judgement, study = item.judgement, item.study
        yield {
            "stance": str(stance or ""),
            "citekey": source.citekey,
            "reference": plain(cited.references[source.citekey]),
            "year": source.year,
            "study_design": study.design,
            "setting": study.setting,
            "country": study.country,
            "sample": study.sample,
            "read": item.read,
            "text": item.text,
            "kind": kind_of(item.kind, item.read, superseded=item.superseded),
            "locator": place(item.passage.locator),
            "judged_by": judged(judgement),
            "probability": judgement.probability and round(judgement.probability, 4),
            "counted": judgement.settled and stance in (Stance.SUPPORTS, Stance.CHALLENGES),
            "second_hand": item.second_hand,
            "passage_id": item.passage.id,
            "other_passage_ids": " ".join(other.passage.id for other in others),
            "same_work": " ".join(entry.same_work),
            "notes": "\n".join(f"{note.origin}: {note.text}" for note in notes),
        }
