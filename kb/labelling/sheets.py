"""Rows of texts → CSV or XLSX that Excel and LibreOffice open, and what they saved → rows again.

A cell that a spreadsheet would compute or turn into a date or number (one that begins with = + - @,
`2026-01-31`, `MAR1`) goes into CSV behind an apostrophe, which is taken off again; in XLSX all
cells are marked as text. Excel holds at most 32,767 characters in a cell: what is longer goes on in
columns "NAME (2)", "NAME (3)" and is put together again. Line breaks come back as \\n.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from kb.errors import QuestionError

FORMATS = ("csv", "xlsx")
CELL = 16_000
"""Characters of a cell: Excel's limit is 32,767 UTF-16 units, and a character may take two."""
_UNPACKED = 400_000_000  # bytes; a workbook that unpacks to more is no list of labels
_WIDE = {"text": 70, "question": 40, "why": 30, "source": 22}

# What a spreadsheet would not leave as it is.
_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_CONVERTED = re.compile(
    r"""(?ix) \s* ( [\d.,€$£¥%(] .{0,39}                                  # numbers, dates, times
    | (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s.\-/]*\d.{0,20}
    | true | false ) \s*""",
)
_MORE = re.compile(r"(.+) \((\d+)\)")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # not in XML

Record = dict[str, str]


def clean(text: str) -> str:
    """The text as a cell can hold it: line ends as \\n, no control characters, no space around."""
    return _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def as_csv(records: Sequence[Record], columns: Sequence[str]) -> bytes:
    """UTF-8 with a byte order mark, by which Excel knows it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    head, rows = _table(records, columns)
    writer.writerow(head)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(
    records: Sequence[Record], columns: Sequence[str], choices: Mapping[str, tuple[str, ...]]
) -> bytes:
    """A workbook of one sheet. Its `choices` are offered in these columns."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    head, rows = _table(records, columns)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("labels")
    sheet.freeze_panes = "A2"
    for number, name in enumerate(head, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _WIDE.get(name, 14)
        if offered := choices.get(name):
            listed = DataValidation(
                type="list", formula1=f'"{",".join(offered)}"', allow_blank=True
            )
            listed.add(f"{letter}2:{letter}{len(rows) + 1}")
            sheet.data_validations.append(listed)

    def cell(value: str, **style: Any) -> Any:
        made = WriteOnlyCell(sheet, value=None)
        made.value, made.data_type = value, "s"  # or "=" would make it a formula
        made.quotePrefix = bool(_FORMULA.match(value))
        for name, of in style.items():
            setattr(made, name, of)
        return made

    bold, wrap = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    sheet.append([cell(name, font=bold) for name in head])
    for row in rows:
        sheet.append([cell(_escaped(text), alignment=wrap) for text in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(path: Path) -> list[tuple[int, Record]]:
    """(row of the sheet, counting the head as 1; its cells by column), rows with nothing in them
    left out. Raises QuestionError for what is no sheet."""
    try:
        rows = _from_xlsx(path) if path.suffix.lower() == ".xlsx" else _from_csv(path)
    except QuestionError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged workbook makes it raise
        raise QuestionError(
            f"{path}: cannot be read ({' '.join(str(error).split())[:120]}); name a .csv or .xlsx "
            "file that kb export-labels wrote"
        ) from None
    head = [clean(cell).lower() for cell in rows[0][1]] if rows else []
    if head and head[0].startswith("ï»¿"):
        raise QuestionError(
            f"{path}: was opened in another encoding, and its letters are spoilt; open the sheet "
            "that kb export-labels wrote as Unicode (UTF-8), or export it with --as xlsx"
        )
    return [
        (number, joined)
        for number, row in rows[1:]
        if any((joined := _joined(head, [_plain(cell) for cell in row])).values())
    ]


def _table(records: Sequence[Record], columns: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Head and rows, with as many columns for each name as its longest text needs."""
    cleaned = [{name: clean(record.get(name, "")) for name in columns} for record in records]
    longest = {name: max((len(r[name]) for r in cleaned), default=0) for name in columns}
    parts = {name: max(1, -(-longest[name] // CELL)) for name in columns}
    head = [
        name if part == 0 else f"{name} ({part + 1})"
        for name in columns
        for part in range(parts[name])
    ]
    rows = [
        [
            record[name][part * CELL : (part + 1) * CELL]
            for name in columns
            for part in range(parts[name])
        ]
        for record in cleaned
    ]
    return head, rows


def _joined(head: Sequence[str], row: Sequence[str]) -> Record:
    cells = dict(zip(head, row, strict=False))
    found: Record = {}
    for name in head:
        more = _MORE.fullmatch(name)
        if more and more[1] in cells:
            found[more[1]] = found.get(more[1], "") + cells[name]
        elif name:
            found[name] = cells.get(name, "")
    return {name: clean(text) for name, text in found.items()}


def _needs_guard(cell: str) -> bool:
    return bool(_FORMULA.match(cell) or _CONVERTED.fullmatch(cell)) or cell.startswith("'")


def _guarded(cell: str) -> str:
    return f"'{cell}" if _needs_guard(cell) else cell


def _escaped(cell: str) -> str:
    """In a workbook only an apostrophe of the text's own must be told from a guard."""
    return f"'{cell}" if cell.startswith("'") else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _needs_guard(cell[1:]) else cell


def _from_csv(path: Path) -> list[tuple[int, list[str]]]:
    content = path.read_bytes()
    try:
        text = content.decode(
            "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        )
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # what Excel calls plain CSV
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(10_000_000)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return list(enumerate(lines, start=1))


def _from_xlsx(path: Path) -> list[tuple[int, list[str]]]:
    import openpyxl

    with zipfile.ZipFile(path) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > _UNPACKED:
            raise QuestionError(f"{path}: unpacks to more than {_UNPACKED // 1_000_000} MB")
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        return list(_cells(book.worksheets[0].iter_rows(values_only=True)))
    finally:
        book.close()


def _cells(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(rows, start=1):
        yield number, [_text(value) for value in row]


def _text(value: object) -> str:
    """A cell that was typed as a date or number, as text."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
