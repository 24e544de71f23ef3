"""references.bib: an entry is added or replaced, and all else in it stays as people wrote it."""

import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import BibliographyError, StorageError
from kb.handwritten import backup
from kb.reading.bibliography import load
from kb.records import Source
from kb.referencing import OTHERS, Person, Reference, bibtex
from kb.referencing.bibfile import put, take_out
from kb.referencing.latex import one_line, written_address

SMITH = Person("Smith", "Ann")
NEW = Reference(
    "article",
    {"title": "A new trial", "year": "2021", "journal": "Journal of Trials", "doi": "10.1000/9"},
    (SMITH, Person("Berg", "Jan", particle="van der")),
    citekey="smith2021new",
)
KEPT = (
    "% Our sources. Ask Ann before you change {anything}.\n"
    '@string{jt = "Journal of Trials"}\n'
    "@preamble{ {\\newcommand{\\x}{y}} }\n\n"
    "@ARTICLE(odd,\n\tTITLE={Odd, but \\emph{ours}}\n,  journal =  jt, my-own = {kept} ,"
    "year=2019 )\n"
    "@comment{ not @this }\n"
    "   @misc{two, title = {{Two}}, author = {Żak, Ż. and {The Group}}}% and a last word"
)


def written(folder: Path, content: str) -> Path:
    path = folder / "references.bib"
    path.write_bytes(content.encode())
    return path


def alike(sources: dict[str, Source]) -> dict[str, Source]:
    """Without the letters that tell citations apart, which a new entry may change."""
    return {key: replace(source, citation="") for key, source in sources.items()}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n \n\t\n"])
def test_all_bytes_before_a_new_entry_stay(
    tmp_path: Path, mark: str, newline: str, end: str
) -> None:
    path = written(tmp_path, mark + (KEPT + end).replace("\n", newline))
    before, sources = path.read_bytes(), load(path)
    put(path, [NEW])
    after = path.read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == after.count(newline.encode())
    assert after[len(before) :].endswith(f"}}{newline}".encode())
    assert alike(load(path)) == alike(sources) | alike({NEW.citekey: load(path)[NEW.citekey]})
    assert (tmp_path / "references.bib.bak").read_bytes() == before


def test_a_new_entry_looks_like_those_that_ship(tmp_path: Path) -> None:
    path = written(tmp_path, "% ours\n")
    put(path, [NEW])
    assert path.read_text(encoding="utf-8") == (
        "% ours\n\n"
        "@article{smith2021new,\n"
        "  author = {Smith, Ann and van der Berg, Jan},\n"
        "  title = {{A new trial}},\n"
        "  journal = {Journal of Trials},\n"
        "  year = {2021},\n"
        "  doi = {10.1000/9},\n"
        "}\n"
    )


def test_two_new_entries_are_parted_by_an_empty_line(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    put(path, [NEW, replace(NEW, citekey="other")])
    assert path.read_text(encoding="utf-8").count("}\n\n@article{other,") == 1
    assert not (tmp_path / "references.bib.bak").exists()


def test_an_entry_is_replaced_in_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, KEPT)
    put(path, [Reference("article", {"title": "Odd, but new", "year": "2020"}, citekey="odd")])
    after = path.read_text(encoding="utf-8")
    start, end = KEPT.index("@ARTICLE"), KEPT.index("@comment") - 1
    assert after.startswith(KEPT[:start])
    assert after.endswith(KEPT[end:])
    assert after[start : len(after) - len(KEPT[end:])] == (
        "@article{odd,\n  title = {{Odd, but new}},\n  journal = jt,\n  my-own = {kept},\n"
        "  year = {2020},\n}"
    )


def test_fields_that_say_the_same_keep_their_latex(tmp_path: Path) -> None:
    path = written(tmp_path, '@misc{a, title = {On \\emph{H$_2$O}}, author = {M{\\"u}ller, J}}\n')
    before = path.read_bytes()
    as_read = bibtex.read(before.decode(), "").references[0]
    put(path, [as_read])
    assert path.read_bytes() == before
    assert not (tmp_path / "references.bib.bak").exists()
    put(path, [replace(as_read, fields={**as_read.fields, "doi": "10.1000/1"})])
    assert "title = {On \\emph{H$_2$O}},\n" in path.read_text(encoding="utf-8")
    assert 'author = {M{\\"u}ller, J},\n' in path.read_text(encoding="utf-8")


def test_a_field_given_as_nothing_goes(tmp_path: Path) -> None:
    path = written(tmp_path, "@misc{a, title = {T}, note = {to check}, year = 2020}\n")
    put(path, [Reference("misc", {"title": "T", "note": ""}, citekey="a")])
    assert "note" not in path.read_text(encoding="utf-8")
    assert load(path)["a"].year == "2020"


@pytest.mark.parametrize(
    ("person", "latex", "family"),
    [
        (Person("Berg", "Jan", "van der"), "van der Berg, Jan", "van der Berg"),
        (Person("King", "M. L.", suffix="Jr"), "King, Jr, M. L.", "King"),
        (Person("O'Shea", "Éilís"), "O'Shea, Éilís", "O'Shea"),
        (Person("Department of Health and Social Care", corporate=True), "", ""),
        (Person("Smith, Jones and Co; London", corporate=True), "", ""),
        (Person("R&D #1 Group_x", corporate=True), r"{R\&D {\#}1 Group\_x}", ""),
        (Person("Vitae Research Group"), "{Vitae Research Group}", "Vitae Research Group"),
        (Person("Plato"), "Plato", "Plato"),
        (Person("王", "小明"), "王, 小明", "王"),
        (OTHERS, "others", "others"),
        (Person("Others", "Ann"), "{Others}, Ann", "Others"),
    ],
)
def test_names_of_every_kind_are_read_back(
    tmp_path: Path, person: Person, latex: str, family: str
) -> None:
    path = tmp_path / "references.bib"
    put(path, [replace(NEW, authors=(SMITH, person, SMITH))])
    assert load(path)[NEW.citekey].authors == ("Smith", family or person.family, "Smith")
    if latex:
        assert f"and {latex} and" in path.read_text(encoding="utf-8")


def test_a_corporate_author_alone_has_two_pairs_of_braces(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    put(path, [replace(NEW, authors=(Person("Department of Health", corporate=True),))])
    assert "author = {{Department of Health}}," in path.read_text(encoding="utf-8")


def test_ten_authors_and_no_date(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    ten = tuple(Person(f"Family{n}", "A.") for n in range(10))
    put(path, [Reference("misc", {"title": "T"}, ten, citekey="ten")])
    source = load(path)["ten"]
    assert len(source.authors) == 10
    assert source.citation == "Family0 et al. (n.d.)"


def test_pages_have_the_dash_that_latex_wants(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    put(path, [replace(NEW, fields={**NEW.fields, "pages": "216–224"})])
    assert "pages = {216--224}," in path.read_text(encoding="utf-8")
    assert "216–224" in load(path)[NEW.citekey].reference


@pytest.mark.parametrize("kind", ["preamble", "string", "comment", "Preamble", "a{b", ""])
def test_a_type_that_is_no_entry_becomes_misc(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "references.bib"
    put(path, [replace(NEW, entry_type=kind)])
    assert load(path)[NEW.citekey].entry_type == "misc"


def test_nothing_that_a_reference_says_can_end_its_entry(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    evil = "}}\n@preamble{\\input{/etc/passwd}}\n@misc{x, title={"
    fields = {"title": evil, "note": evil, "url": f"http://a/{evil}", evil: "x"}
    put(path, [replace(NEW, fields=fields, authors=(Person(evil, evil),))])
    assert list(load(path)) == [NEW.citekey]
    assert load(path)[NEW.citekey].title == one_line(evil)


@pytest.mark.parametrize("content", ["@misc{a, title = {T}", "@misc{a, x}\n@misc{b, title={T}}"])
def test_a_broken_file_is_left_alone(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, "\n" + content)
    with pytest.raises(BibliographyError, match=r"references\.bib:2: .*nothing was written"):
        put(path, [NEW])
    assert path.read_bytes() == b"\n" + content.encode()
    assert [file.name for file in tmp_path.iterdir()] == ["references.bib"]


def test_a_file_that_is_not_utf_8_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    path.write_bytes(b"% caf\xe9\n")
    with pytest.raises(BibliographyError, match="not UTF-8 text"):
        put(path, [NEW])
    assert path.read_bytes() == b"% caf\xe9\n"


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        (replace(NEW, citekey="no key"), "cannot be a citekey"),
        (replace(NEW, citekey=""), "cannot be a citekey"),
        (replace(NEW, fields={"title": " \n"}), "has no title"),
    ],
)
def test_what_cannot_be_an_entry_is_refused(
    tmp_path: Path, reference: Reference, complaint: str
) -> None:
    path = written(tmp_path, KEPT)
    with pytest.raises(BibliographyError, match=complaint):
        put(path, [NEW, reference])
    assert path.read_bytes() == KEPT.encode()


def test_the_permissions_of_the_file_stay(tmp_path: Path) -> None:
    path = written(tmp_path, KEPT)
    path.chmod(0o640)
    put(path, [NEW])
    assert stat.S_IMODE(path.stat().st_mode) == (0o640 if os.name != "nt" else 0o666)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = written(tmp_path / "elsewhere", KEPT)
    link = tmp_path / "references.bib"
    link.symlink_to(real)
    put(link, [NEW])
    assert link.is_symlink()
    assert NEW.citekey in load(real)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="the administrator may write anywhere"
)
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, KEPT)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="cannot write here"):
            put(path, [NEW])
    finally:
        tmp_path.chmod(0o700)
    assert path.read_bytes() == KEPT.encode()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"references\.bib"):
        put(tmp_path / "gone" / "references.bib", [NEW])


SIGNS = "{}\\$%&#_^~\"'`-–,;:@=<>!?|()[]/ \n\t.and AéЖ中1\u00a0\u200f"
texts = st.text(max_size=25) | st.text(alphabet=SIGNS, max_size=25)
titles = texts.filter(one_line)
addresses = st.text(alphabet='abc10./:-_%#&{}\\"~?=<> é', max_size=20)
names = st.builds(
    Person,
    family=texts.filter(one_line),
    given=texts,
    particle=st.sampled_from(["", "van der", "De", "el"]),
    suffix=st.sampled_from(["", "Jr", "III"]),
    corporate=st.booleans(),
)
references = st.builds(
    Reference,
    entry_type=st.sampled_from(["article", "book", "misc"]),
    fields=st.fixed_dictionaries(
        {"title": titles},
        optional={
            "year": texts, "journal": texts, "note": texts, "abstract": texts, "pages": texts,
            "doi": addresses, "url": addresses, "x-own": texts,
        },
    ),
    authors=st.lists(names | st.just(OTHERS), max_size=4).map(tuple),
    citekey=st.just("new"),
)  # fmt: skip
chunks = st.lists(
    st.sampled_from(
        [
            "% a comment, {with braces}\n",
            'words = "that" mean nothing,\n',
            '@string{jt = "Journal of Trials"}\n',
            '@preamble{ "\\newcommand" }\n',
            '@misc{a,title={One # two},\n  unknown_field = "x {\\"y} z" }\n',
            "@ARTICLE(b, title = {Brackets}, journal = jt, year = 1999)",
            "\n\n\t\n",
            "@comment{jabref-meta: grouping:;}\n",
            "@book{c,\n  title = {{Über alles}}\n  ,author = {{The Group} and others}\n}",
        ]
    ),
    unique=True,
).map("".join)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(chunks, st.sampled_from(["\n", "\r\n"]), st.booleans(), references)
def test_whatever_is_added_all_else_stays(
    tmp_path: Path, content: str, newline: str, mark: bool, reference: Reference
) -> None:
    path = written(tmp_path, "\ufeff" * mark + content.replace("\n", newline))
    before, sources = path.read_bytes(), load(path)
    put(path, [reference])
    assert path.read_bytes().startswith(before)
    after = load(path)
    source = after.pop("new")
    assert alike(after) == alike(sources)
    fields = {name: one_line(value) for name, value in reference.fields.items()}
    assert source.title == fields["title"]
    assert source.year == fields.get("year", "")
    assert source.note == fields.get("note", "")
    assert source.url == written_address(fields.get("url", ""))
    assert list(source.authors) == [one_line(person.name) for person in reference.authors]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(references, references)
def test_whatever_replaces_an_entry_its_neighbours_stay(
    tmp_path: Path, first: Reference, second: Reference
) -> None:
    path = written(tmp_path, KEPT)
    put(path, [first])
    put(path, [NEW])
    old = path.read_bytes()
    put(path, [second])
    new = path.read_bytes()
    start = len(KEPT.encode())
    assert new[:start] == old[:start]
    assert new[new.index(b"@article{smith2021new") :] == old[old.index(b"@article{smith2021new") :]
    assert load(path)["new"].title == one_line(second.title)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(references)
def test_what_is_written_is_imported_the_same(tmp_path: Path, reference: Reference) -> None:
    path = tmp_path / "references.bib"
    path.unlink(missing_ok=True)
    put(path, [reference])
    (again,) = bibtex.read(path.read_text(encoding="utf-8"), "").references
    written_as = {
        name: (written_address if name in ("doi", "url") else one_line)(value)
        for name, value in reference.fields.items()
    }
    assert again.fields == {name: value for name, value in written_as.items() if value}
    assert [p.name for p in again.authors] == [one_line(p.name) for p in reference.authors]


# -- taking out -----------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_entry_taken_out_is_given_as_it_was_written(
    tmp_path: Path, mark: str, newline: str
) -> None:
    path = written(tmp_path, (mark + KEPT).replace("\n", newline))
    before = path.read_bytes()
    out = take_out(path, ["odd"])
    start, end = KEPT.index("@ARTICLE"), KEPT.index("@comment")
    assert out == KEPT[start:end].replace("\n", newline)
    assert path.read_bytes() == before.replace(out.encode(), b"")
    assert not backup(path).exists(), "it may be about to be forgotten"


def test_what_stands_on_the_same_line_stays(tmp_path: Path) -> None:
    path = written(tmp_path, KEPT)
    assert take_out(path, {"two"}).startswith("@misc{two,")
    assert path.read_bytes().decode() == KEPT.replace(KEPT[KEPT.index("@misc{two") : -17], "")
    assert path.read_bytes().endswith(b"\n   % and a last word")


def test_what_was_put_and_taken_out_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path, f"{KEPT}\n\n")
    before = path.read_bytes()
    put(path, [NEW, replace(NEW, citekey="other")])
    take_out(path, [NEW.citekey, "other"])
    assert path.read_bytes() == before


def test_entries_taken_out_are_added_to_another_file(tmp_path: Path) -> None:
    path, into = tmp_path / "references.bib", tmp_path / "removed.bib"
    put(path, [NEW, replace(NEW, citekey="other")])
    before = path.read_text(encoding="utf-8")
    take_out(path, ["other"], into)
    assert backup(path).read_text(encoding="utf-8") == before
    take_out(path, [NEW.citekey], into)
    assert path.read_text(encoding="utf-8") == ""
    first, second = before.split("\n\n")
    assert into.read_text(encoding="utf-8") == f"{second}\n{first}\n"


def test_an_entry_that_was_added_before_is_not_added_again(tmp_path: Path) -> None:
    path, into = tmp_path / "references.bib", tmp_path / "removed.bib"
    put(path, [NEW])
    before = path.read_bytes()
    for _ in range(2):  # as when the first run was stopped between the two files
        take_out(path, [NEW.citekey], into)
        path.write_bytes(before)
    assert into.read_bytes() == before


def test_an_entry_that_stands_there_twice_is_taken_out_twice(tmp_path: Path) -> None:
    path = written(tmp_path, "@misc{a, title = 1}\n@misc{b, title = 2}\n@misc{a, title = 3}\n")
    assert take_out(path, ["a"]) == "@misc{a, title = 1}\n\n@misc{a, title = 3}\n"
    assert path.read_text() == "@misc{b, title = 2}\n"


def test_what_is_not_there_is_not_taken_out(tmp_path: Path) -> None:
    path = written(tmp_path, KEPT)
    assert take_out(path, ["TWO", "string", "jt", ""]) == ""
    assert take_out(tmp_path / "none.bib", ["two"], tmp_path / "into.bib") == ""
    assert [file.name for file in tmp_path.iterdir()] == ["references.bib"]


def test_nothing_is_taken_out_of_a_broken_file(tmp_path: Path) -> None:
    path = written(tmp_path, "@misc{a, title = {T}}\n@misc{b, title = {T}\n")
    with pytest.raises(BibliographyError, match="an entry here cannot be read"):
        take_out(path, ["a"])
    assert path.read_text() == "@misc{a, title = {T}}\n@misc{b, title = {T}\n"


def test_words_that_would_be_read_otherwise_are_left_alone(tmp_path: Path) -> None:
    text = "@@misc{a, title = {T}}misc{b, title = {T}}\n"
    path = written(tmp_path, text)
    try:
        take_out(path, ["a"])
    except BibliographyError:
        assert path.read_text() == text
    assert "misc{b, title = {T}}" in path.read_text()
