"""The map as CSV, JSON and figures."""

import csv
import io
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

import kb
from kb.exporting import map_csv
from tests.conftest import judge


def table(home: Path, path: Path, **how: Any) -> list[dict[str, str]]:
    kb.write_map(kb.open(home).map(**how), path)
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_csv_has_a_row_a_cell_with_the_numbers_of_the_map(charted: Path, tmp_path: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"), ("opinion1999", "U1", "challenges"))
    rows = table(charted, tmp_path / "map.csv", by="year")
    drawn = kb.open(charted).map(by="year")
    assert len(rows) == len(drawn.cells) == 2 * 3 * 3
    for row, cell in zip(rows, drawn.cells, strict=True):
        assert (row["circumstance"], row["group"], row["finding"]) == cell.key
        assert int(row["sources"]) == len(cell.works)
        assert row["mark"] == (cell.mark or "")
    assert [row["works"] for row in rows if row["works"]] == ["opinion1999", "trial2020"]
    assert (tmp_path / "map.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_csv_says_what_changed_where_that_was_asked(charted: Path, tmp_path: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"))
    rows = table(charted, tmp_path / "map.csv", since="2025-01-01")
    assert (rows[0]["was"], rows[0]["gained"], rows[0]["lost"]) == ("0", "trial2020", "")
    assert (rows[1]["was"], rows[1]["gained"]) == ("0", "")
    assert "was" not in table(charted, tmp_path / "plain.csv")[0]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_as_a_formula(sign: str) -> None:
    assert map_csv.safe(f"{sign}1+1") == f"'{sign}1+1"
    assert map_csv.safe(-1) == -1


def test_a_group_named_like_a_formula_is_harmless_and_read_back(
    charted: Path, tmp_path: Path
) -> None:
    bib = charted / "references.bib"
    bib.write_text(bib.read_text().replace("o-words", "=HYPERLINK(1)"))
    list(kb.open(charted).build())
    judge(charted, ("opinion1999", "U1", "challenges"))
    path = tmp_path / "map.csv"
    rows = table(charted, path, by="keywords")
    cells = [cell for row in rows for cell in row.values()]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert kb.open(charted).map(by="keywords", since=path).changes == ()


def test_json_names_each_passage_once_and_cells_by_id(charted: Path, tmp_path: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"))
    path = kb.write_map(kb.open(charted).map(by="keywords"), tmp_path / "map.json")
    said = json.loads(path.read_text("utf-8"))
    (item,) = said["evidence"]["U1"]
    counted = [cell for cell in said["cells"] if cell["works"]]
    assert [cell["group"] for cell in counted] == ["letters", "t-words"]
    for cell in counted:
        assert cell["works"][0]["passages"] == [item["passage_id"]]
    assert item["kind"] == "digest"
    assert said["unread"] == ["unread2021"]


@pytest.mark.parametrize("by", ["", "design"])
def test_png_is_a_picture_and_svg_holds_its_text(charted: Path, tmp_path: Path, by: str) -> None:
    path = charted / "criteria.yaml"
    path.write_text(path.read_text().replace("Do reminders help?", "Is $5 to $9 <b>dear</b>? 字"))
    list(kb.open(charted).build())
    judge(charted, ("trial2020", "U1", "supports"), ("review2015", "C1", "challenges"))
    drawn = kb.open(charted).map(by=by)
    png = kb.write_map(drawn, tmp_path / "map.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert 500 < width < 3000
    assert 500 < height < 3000
    svg = etree.fromstring(kb.write_map(drawn, tmp_path / "map.svg").read_bytes())
    texts = " ".join(svg.itertext())
    assert "Is $5 to $9 <b>dear</b>?" in texts
    for words in ("Reminders increase uptake.", "supporting", "searched, none found", "1"):
        assert words in texts
    assert (
        kb.write_map(drawn, tmp_path / "again.svg").read_bytes()
        == (tmp_path / "map.svg").read_bytes()
    )


def test_a_figure_writes_nothing_into_the_home_folder(charted_built: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    script = f"import kb; kb.write_map(kb.open({str(charted_built)!r}).map(), 'map.png')"
    env = {"HOME": str(tmp_path / "home"), "PATH": "", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
    assert list((tmp_path / "home").iterdir()) == []
    assert (tmp_path / "map.png").is_file()


def test_an_unknown_ending_is_refused_with_those_there_are(charted_built: Path) -> None:
    with pytest.raises(kb.KbError, match=r"map.pdf: a map is written as .html, .csv"):
        kb.write_map(kb.open(charted_built).map(), "map.pdf")


def test_a_map_that_cannot_be_written_leaves_the_old_one(
    charted_built: Path, tmp_path: Path
) -> None:
    drawn = kb.open(charted_built).map()
    with pytest.raises(kb.KbError, match="nowhere"):
        kb.write_map(drawn, tmp_path / "nowhere" / "map.csv")
