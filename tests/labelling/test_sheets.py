"""Sheets: what is written comes back the same, through the library, Excel's habits, LibreOffice."""

import shutil
import subprocess
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import QuestionError
from kb.labelling.sheets import CELL, Record, as_csv, as_xlsx, clean, read

COLUMNS = ("text", "label", "why")
AWKWARD = [
    "=1+1",
    '=HYPERLINK("http://example.org")',
    "+44 20 7946 0000",
    "-5",
    "@SUM(A1)",
    "'=1",
    "'quoted'",
    "2026-01-31",
    "2026-01-31T10:30:00.123456+00:00",
    "1/2",
    "MAR1",
    "Sept 2",
    "TRUE",
    "007",
    "1e5",
    "50%",
    "£1,000",
    'two\nlines, "quotes"; and more',
    "ünïcödé 😀 “quotes” – dash",
    "x" * (2 * CELL + 1) + "😀" * CELL,
    "plain words",
]


def records(texts: list[str]) -> list[Record]:
    return [{"text": f"passage {n}", "label": "yes", "why": why} for n, why in enumerate(texts)]


def cells(path: Path) -> list[Record]:
    return [record for _, record in read(path)]


def written(folder: Path, kind: str, given: list[Record]) -> Path:
    path = folder / f"labels.{kind}"
    choices = {"label": ("yes", "no")}
    path.write_bytes(as_csv(given, COLUMNS) if kind == "csv" else as_xlsx(given, COLUMNS, choices))
    return path


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_awkward_cells_come_back_unchanged(tmp_path: Path, kind: str) -> None:
    assert cells(written(tmp_path, kind, records(AWKWARD))) == records(AWKWARD)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_any_text_comes_back_without_what_no_cell_can_hold(texts: list[str]) -> None:
    expected = [record | {"why": clean(record["why"])} for record in records(texts)]
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("csv", "xlsx"):
            assert cells(written(Path(folder), kind, records(texts))) == expected


def test_no_cell_is_computed_or_longer_than_excel_takes(tmp_path: Path) -> None:
    path = written(tmp_path, "csv", records(AWKWARD))
    text = path.read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")
    for awkward in AWKWARD[:5]:
        assert f"'{awkward}" in text.replace('""', '"')
    book = openpyxl.load_workbook(written(tmp_path, "xlsx", records(AWKWARD)))
    kinds = {cell.data_type for row in book.active.iter_rows(min_row=2) for cell in row}
    assert kinds <= {"s", "inlineStr"}
    values = [c.value for row in book.active.iter_rows() for c in row if c.value]
    assert max(len(value.encode("utf-16-le")) // 2 for value in values) <= 32_767
    assert book.active.cell(2, 3).quotePrefix
    assert [c.value for c in book.active[1]] == [
        "text",
        "label",
        "why",
        "why (2)",
        "why (3)",
        "why (4)",
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_as_spreadsheets_save_them(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "saved.csv"
    text = f"text{delimiter}label{delimiter}why\r\nä word{delimiter}yes{delimiter}so\r\n"
    path.write_bytes(text.encode(encoding))
    assert read(path) == [(2, {"text": "ä word", "label": "yes", "why": "so"})]


def test_what_was_typed_as_date_or_number_is_read_as_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["text", "label", "why"])
    book.active.append([datetime.fromisoformat("2026-01-31T10:30"), 5, 1.5])
    book.active.append([None, None, None])
    book.save(tmp_path / "typed.xlsx")
    expected = {"text": "2026-01-31T10:30:00", "label": "5", "why": "1.5"}
    assert read(tmp_path / "typed.xlsx") == [(2, expected)]


@pytest.mark.parametrize("name", ["nothing.csv", "nothing.xlsx", "broken.xlsx", "spoilt.csv"])
def test_what_is_no_sheet_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    (tmp_path / "spoilt.csv").write_text("ï»¿text,label\n", "utf-8")
    with pytest.raises(QuestionError) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    packed = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
    with packed, packed.open("xl/worksheets/sheet1.xml", "w") as file:
        for _ in range(500):
            file.write(b" " * 1_000_000)
    with pytest.raises(QuestionError, match="unpacks to more than"):
        read(path)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("saved", ["xlsx", "csv"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_through_libreoffice_and_back(tmp_path: Path, kind: str, saved: str) -> None:
    path = written(tmp_path, kind, records(AWKWARD))
    utf8 = "Text - txt - csv (StarCalc):44,34,76,1"  # comma, quotation mark, UTF-8
    read_as = [f"--infilter={utf8}"] if kind == "csv" else []
    done = subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            *read_as,
            "--convert-to",
            f"csv:{utf8}" if saved == "csv" else "xlsx",
            "--outdir",
            str(tmp_path / "out"),
            str(path),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert cells(tmp_path / "out" / f"labels.{saved}") == records(AWKWARD)
