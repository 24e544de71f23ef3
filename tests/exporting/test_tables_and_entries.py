"""CSV, XLSX and JSON; BibTeX, biblatex, RIS and CSL-JSON, read back by kb and by other programs."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pybtex.database
import pytest
import rispy

from kb.curating.importing import import_
from kb.exporting import data, entries, rows
from kb.exporting.annotated import Bibliography
from kb.knowledge_base import open_
from kb.referencing import Reference, imports
from kb.referencing.keeping import MADE
from tests.conftest import CRITERIA, LETTERS
from tests.exporting.conftest import FORMULA, NOTE, OWN


def table(made: Bibliography) -> list[dict[str, str]]:
    text = rows.csv(made, "harvard").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_for_each_source_circumstance_and_stance(made: Bibliography) -> None:
    found = {
        (row["citekey"], row["group"], row["stance"]): row
        for row in table(made)
        if row["circumstance"] == "U1"
    }
    assert set(found) == {
        ("smith2020reminders", "supporting", "supports"),
        ("anon2018scripts", "supporting", "supports"),
        ("health2019letters", "challenging", "challenges"),
        ("smith2021again", "mixed", "supports"),
        ("smith2021again", "mixed", "challenges"),
    }
    row = found["health2019letters", "challenging", "challenges"]
    assert (row["text"], row["judged_by"], row["counted"]) == (LETTERS, "two readers", "True")
    assert row["notes"] == f"notes/health2019letters.md: {NOTE}"
    assert found["anon2018scripts", "supporting", "supports"]["counted"] == "False"
    assert found["smith2021again", "mixed", "supports"]["same_work"] == "smith2020reminders"


def test_no_cell_is_a_formula(made: Bibliography) -> None:
    assert FORMULA.startswith("=")
    cells = [cell for row in table(made) for cell in row.values()]
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    book = openpyxl.load_workbook(io.BytesIO(rows.xlsx(made, "harvard")))
    values = [cell for row in book["Evidence"].iter_rows() for cell in row]
    assert f"'{FORMULA}" in [cell.value for cell in values]
    assert "f" not in {cell.data_type for cell in values}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"), ("\n=1", "'\n=1"), ("\x00=1", "'=1"), ("＝1", "'＝1"),
        ("a=1", "a=1"), ("", ""), (-1.5, -1.5), (None, None), (True, True),
    ],
)  # fmt: skip
def test_cells_are_made_safe(value: rows.Cell, shown: rows.Cell) -> None:
    assert rows.safe(value) == shown


def test_a_cell_is_no_longer_than_a_spreadsheet_takes() -> None:
    assert len(str(rows.safe("=" * 50_000))) == len(str(rows.safe("a" * 50_000))) == 32_767


def test_a_workbook_has_a_head_that_stays_a_filter_and_what_it_is(made: Bibliography) -> None:
    book = openpyxl.load_workbook(io.BytesIO(rows.xlsx(made, "harvard")))
    sheet = book["Evidence"]
    assert [cell.value for cell in sheet[1]] == list(rows.COLUMNS)
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:X{sheet.max_row}"
    assert sheet.max_row == len(table(made)) + 1
    about = [str(row[0].value) for row in book["About"].iter_rows()]
    assert about[0] == "Annotated bibliography: Do reminders help?"
    assert any("nothere2000" in line for line in about)


def test_json_holds_every_finding_whole(made: Bibliography) -> None:
    whole = json.loads(data.json(made, "apa"))
    assert whole["style"] == "APA Style 7th edition"
    assert whole["index"]["unusable"][0]["where"].endswith("nothere2000.txt")
    on_uptake = whole["criteria"][0]["circumstances"][0]
    assert list(on_uptake["groups"]) == ["supporting", "challenging", "mixed", "context"]
    assert on_uptake["sources"] == {"supporting": 1, "challenging": 2}
    (entry,) = on_uptake["groups"]["challenging"]
    (finding,) = entry["findings"]
    assert (finding["text"], finding["kind"]) == (LETTERS, "original")
    assert [verdict["by"] for verdict in finding["verdicts"]] == ["ann", "bob"]
    assert whole["notes"]["smith2021again"] == [{"origin": "references.bib", "text": OWN}]
    assert whole["judged"]["people"] == 5


FILES = {"bib": entries.bibtex, "ris": entries.ris, "json": entries.csl_json}


def imported(made: Bibliography, ending: str, folder: Path) -> dict[str, Reference]:
    path = folder / f"x.{ending}"
    path.write_bytes(FILES[ending](made, ""))
    found = imports.read(path)
    assert not found.problems + found.notices
    return {one.citekey: one for one in found.references}


@pytest.mark.parametrize("ending", FILES)
def test_what_is_exported_is_imported_with_nothing_lost(
    made: Bibliography, whole: Bibliography, tmp_path: Path, ending: str
) -> None:
    for bibliography in (made, whole):
        back = imported(bibliography, ending, tmp_path)
        assert {key: replace(one, line=0) for key, one in back.items()} == {
            one.citekey: replace(one, line=0, files=()) for one in entries.annotated(bibliography)
        }


@pytest.mark.parametrize("ending", FILES)
def test_an_annotation_that_comes_back_is_not_taken_for_the_users_note(
    made: Bibliography, tmp_path: Path, ending: str
) -> None:
    home = tmp_path / "other"
    (home / "corpus").mkdir(parents=True)
    (home / "kb.toml").write_text('[judging]\njudge = "none"\n')
    (home / "criteria.yaml").write_text(CRITERIA)
    (home / "references.bib").write_text("")
    path = tmp_path / f"x.{ending}"
    path.write_bytes(FILES[ending](made, ""))
    import_(open_(home), path)
    assert "annote" in (home / "references.bib").read_text("utf-8")
    (home / "corpus" / "smith2021again.txt").write_text("Reminders raise uptake, it seems.\n")
    (home / "corpus" / "smith2020reminders.txt").write_text("Uptake was raised, it seems.\n")
    base = open_(home)
    list(base.build())
    again = base.bibliography()
    assert "smith2020reminders" in again.references
    assert {key: [n.text for n in notes] for key, notes in again.notes.items()} == {
        "smith2021again": [OWN]
    }


def test_keywords_say_what_a_source_says(made: Bibliography) -> None:
    found = {one.citekey: one.fields["keywords"] for one in entries.annotated(made)}
    assert "U1 mixed" in found["smith2021again"].split(", ")
    assert "U1 challenging" in found["health2019letters"].split(", ")


def test_other_programs_read_them(made: Bibliography) -> None:
    keys = {one.citekey for one in entries.annotated(made)}
    for text in (entries.bibtex(made), entries.biblatex(made)):
        found = pybtex.database.parse_string(text.decode(), "bibtex").entries
        assert set(found) == keys
    records = rispy.loads(entries.ris(made).decode())
    assert {record["id"] for record in records} == keys
    assert all(any(MADE in note for note in record["notes"]) for record in records)
    assert {item["id"] for item in json.loads(entries.csl_json(made))} == keys


def test_biblatex_has_names_of_its_own(made: Bibliography) -> None:
    text = entries.biblatex(made).decode()
    for words in ("@report{health2019letters", "@online{anon2018scripts", "journaltitle =",
                  "annotation =", "organization =", "type = {techreport}"):  # fmt: skip
        assert words in text
    for words in ("@techreport", "  journal =", "  annote ="):
        assert words not in text
