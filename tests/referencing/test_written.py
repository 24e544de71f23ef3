"""References written for other programs: read back by kb, and by the programs' own libraries."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pybtex.database
import pytest
import rispy
from citeproc.source.json import CiteProcJSON
from hypothesis import given
from hypothesis import strategies as st

from kb.referencing import OTHERS, Person, Reference, bibfile, bibtex, csl, ris
from kb.referencing.keeping import MADE

BIB = Path(__file__).parents[1] / "exporting" / "references" / "sources.bib"
SHIPPED = Path(__file__).parents[2] / "references.bib"
REFERENCES = list(
    {
        one.citekey: one
        for path in (SHIPPED, BIB)
        for one in bibtex.read(path.read_text("utf-8"), path.name).references
    }.values()
)
TRICKY = Reference(
    "mastersthesis",
    {
        "title": "50% {of} $100: ~all_ \\ ^things^ & “quotes” – dashes — #1 <i>x</i>",
        "year": "in press",
        "keywords": "Anxiety, Separation; power",
        "note": "first; second",
        "annote": f"Mine. {MADE}, 2026-01-01. S1: words [supports; a#1]",
        "pages": "e1-e9",
        "key": "sorted under this",
        "abstract": "= not a formula TY - nor a tag",
        "doi": "10.1000/a_b(1)<2>",
        "url": "https://example.org/a_b?c=%20&d={x}",
        "urldate": "2025-03-14",
        "school": "Universität Łódź",
        "address": "Łódź",
    },
    (
        Person("Berg", "Jan", "van den", "Jr."),
        Person("Department for Levelling Up, Housing and Communities", corporate=True),
        Person("O’Brien-Ünal", "Éilís M."),
        OTHERS,
    ),
    (Person("Müller", "Zoë"),),
    "tricky2020all",
)


def same(one: Reference, other: Reference) -> None:
    assert other.fields == one.fields
    assert (other.authors, other.editors) == (one.authors, one.editors)
    assert (other.entry_type, other.citekey) == (one.entry_type, one.citekey)


def through_bibtex(one: Reference) -> Reference:
    (found,) = bibtex.read(bibfile.entry_text(one), "x.bib").references
    return found


def through_ris(one: Reference) -> Reference:
    found = ris.read(ris.write(one), "x.ris")
    assert not found.notices
    return found.references[0]


def through_csl(one: Reference) -> Reference:
    found = csl.read(json.dumps([csl.write(one)]), "x.json")
    assert not found.notices
    return found.references[0]


@pytest.mark.parametrize("through", [through_bibtex, through_ris, through_csl])
def test_every_entry_that_ships_comes_back_as_it_was(through: type) -> None:
    for one in REFERENCES:
        same(one, through(one))


def test_little_needs_a_place_of_our_own() -> None:
    aside = [csl.write(one).get("custom", {}).get("bibtex", {}) for one in REFERENCES]
    assert {name for names in aside for name in names} <= {"pages", "key", "date"}
    found = re.findall(r"^U1  - bibtex:(\w+)=", "".join(map(ris.write, REFERENCES)), re.MULTILINE)
    assert set(found) <= {"pages", "key", "type", "date"}
    assert len(found) < 6


@pytest.mark.parametrize("through", [through_ris, through_csl])
def test_what_a_format_has_no_place_for_comes_back_all_the_same(through: type) -> None:
    same(TRICKY, through(TRICKY))


def test_bibtex_keeps_all_but_what_would_break_an_address() -> None:
    found = through_bibtex(TRICKY)
    changed = {name for name, text in TRICKY.fields.items() if found.fields[name] != text}
    assert changed == {"url"}
    assert found.fields["url"] == "https://example.org/a_b?c=%20&d=%7Bx%7D"
    assert found.authors == TRICKY.authors


@given(text=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_any_text_survives_ris_and_csl(text: str) -> None:
    for name in ("title", "note", "type", "series"):
        one = replace(REFERENCES[0], fields={**REFERENCES[0].fields, name: text})
        assert through_ris(one).fields[name] == text
        assert csl.write(one)["title"] == one.title


def test_no_value_can_open_a_tag_of_its_own() -> None:
    fields = {"title": "One\nER  - \nTY  - JOUR", "year": "2020"}
    written = ris.write(Reference("article", fields, citekey="a"))
    assert len(re.findall(r"^TY  - ", written, re.M)) == len(re.findall(r"^ER  - ", written, re.M))
    assert len(re.findall(r"^TY  - ", written, re.M)) == 1


def test_rispy_reads_our_ris() -> None:
    text = "\n".join(map(ris.write, [*REFERENCES, TRICKY]))
    found = rispy.loads(text)
    assert [one["id"] for one in found] == [one.citekey for one in [*REFERENCES, TRICKY]]
    for theirs, ours in zip(found, [*REFERENCES, TRICKY], strict=True):
        assert theirs["title"] == ours.title
        assert len(theirs.get("authors", [])) == len(ours.authors)
        assert theirs.get("doi", "") == ours.fields.get("doi", "")
        assert theirs.get("year", "") == ours.fields.get("year", "")
        assert {ours.fields.get(name, "") for name in ("note", "annote")} <= {
            "", *theirs.get("notes", [])
        }  # fmt: skip
        venue = ours.fields.get("journal") or ours.fields.get("booktitle", "")
        assert theirs.get("secondary_title", "") == venue or ours.entry_type not in (
            "article", "incollection", "inproceedings"
        )  # fmt: skip


def test_pybtex_reads_our_bibtex() -> None:
    text = "\n".join(map(bibfile.entry_text, [*REFERENCES, TRICKY]))
    found = pybtex.database.parse_string(text, "bibtex").entries
    assert list(found) == [one.citekey for one in [*REFERENCES, TRICKY]]
    for ours in [*REFERENCES, TRICKY]:
        theirs = found[ours.citekey]
        assert theirs.type == ours.entry_type
        assert set(theirs.fields) == {name for name, text in ours.fields.items() if text}
        people = theirs.persons.get("author", [])
        assert len(people) == len(ours.authors)
        for person, own in zip(people, ours.authors, strict=True):
            last = " ".join([*person.prelast_names, *person.last_names])
            assert own.corporate == last.startswith("{") or own == OTHERS


def test_citeproc_takes_our_csl_json_without_a_warning() -> None:
    items = [csl.write(one) for one in [*REFERENCES, TRICKY]]
    for item in items:
        item.pop("custom", None)
    found = CiteProcJSON(items)
    assert len(found) == len(items)


def test_an_entry_without_a_citekey_or_title_is_refused() -> None:
    with pytest.raises(Exception, match="cannot be a citekey"):
        bibfile.entry_text(replace(TRICKY, citekey="a b"))
    with pytest.raises(Exception, match="has no title"):
        bibfile.entry_text(replace(TRICKY, fields={"year": "2020"}))
