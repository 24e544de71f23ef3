"""What is fed with bytes nobody meant for it, by scripts/fuzz and by the test that replays finds.

A target takes bytes and an empty folder. It returns when they were read or refused in the way that
a user is told of (KbError); anything else that it raises is a find.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from click import BadParameter

from kb import config, expand, framework, match
from kb.cli import options
from kb.errors import KbError
from kb.exporting import labels
from kb.judging.windows import windows
from kb.labelling import sheets
from kb.lookup import resolve
from kb.reading import READERS, bibliography
from kb.reading.answers import revived
from kb.reading.passages import cut
from kb.records import Document, IndexedFile, Problem, passage_id
from kb.referencing import bibfile, csl, imports, ris
from kb.search import check_question
from kb.storing import annotations
from kb.storing.catalog import Catalog
from tests.conftest import CRITERIA, LETTERS, RAISED, REFERENCES, SMITH, verdict
from tests.reading.typesetting import drawn, objects

MORE = b"@misc{more2021, title = {One more}, year = {2021}}"
SHORT = 12  # words of a passage, so that most texts are cut
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATION = (
    '<Relationships xmlns="{}"><Relationship Id="r1" Type="{}/{}" Target="{}"/></Relationships>'
)
_P = '<w:p><w:pPr><w:pStyle w:val="{}"/></w:pPr><w:r><w:rPr>{}</w:rPr><w:t>{}</w:t></w:r></w:p>'


@dataclass(frozen=True)
class Target:
    """`run` is what is fed; `seeds` are inputs to begin with, small and mostly good, made in the
    folder that it is given."""

    run: Callable[[bytes, Path], None]
    seeds: Callable[[Path], Iterable[bytes]]


# -- documents ------------------------------------------------------------------------------------


def whole(document: Document) -> None:
    """Raises AssertionError unless all spans lie in the text, and the passages are cut from it."""
    size = len(document.text)
    for start, end in (*document.blocks, *document.references):
        assert 0 <= start < end <= size
    for section in document.sections:
        assert 0 <= section.start <= size
    assert list(document.page_starts) == sorted(document.page_starts)
    assert not any("\n" in notice for notice in document.notices)
    for passage in cut(document, lambda text: len(text.split()), SHORT):
        assert document.text[passage.start : passage.end] == passage.text
        assert passage.id == passage_id(document.citekey, passage.text)
        windows(passage.text)
        labels.place(passage.locator)


def read_as(ending: str, data: bytes, folder: Path) -> None:
    path = folder / f"smith2020{ending}"
    path.write_bytes(data)
    reader = resolve(READERS[ending], {}, "reader")
    try:
        document = reader(path, "smith2020")
        # What cannot be written as UTF-8 comes out of a child with a sign in its place.
        text = document.text.encode("utf-8", "replace").decode()
        whole(Document(**{**_fields(document), "text": text}))
    except KbError:
        return


def _fields(document: Document) -> dict[str, object]:
    return {name: getattr(document, name) for name in Document.__dataclass_fields__}


def word_file(data: bytes, folder: Path) -> None:
    """The bytes are its main part; mutated zips would hardly ever get past their checksums."""
    read_as(".docx", packed(folder, data), folder)


def packed(folder: Path, document: bytes) -> bytes:
    path = folder / "packed.docx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(
            "_rels/.rels", _RELATION.format(_PACKAGE, _OFFICE, "officeDocument", "word/d.xml")
        )
        package.writestr(
            "word/_rels/d.xml.rels", _RELATION.format(_PACKAGE, _OFFICE, "footnotes", "f.xml")
        )
        package.writestr("word/d.xml", document)
        package.writestr(
            "word/f.xml",
            f'<w:footnotes xmlns:w="{_WORD}"><w:footnote w:id="1">{_P.format("", "", "A note.")}'
            "</w:footnote></w:footnotes>",
        )
    return path.read_bytes()


def _bodies(folder: Path) -> Iterator[bytes]:
    for body in (
        _P.format("Heading1", "<w:b/>", "Results") + _P.format("", "", RAISED),
        _P.format("", '<w:vanish/><w:color w:val="FFFFFF"/><w:sz w:val="2"/>', "Hidden")
        + _P.format("", '<w:vertAlign w:val="superscript"/>', "12"),
        f"<w:tbl><w:tr><w:tc>{_P.format('', '', 'a')}</w:tc><w:tc><w:sdt/></w:tc></w:tr></w:tbl>",
        "<w:p><w:ins><w:r><w:t>in</w:t></w:r></w:ins><w:del><w:r><w:delText>x</w:delText></w:r>"
        '</w:del><w:r><w:footnoteReference w:id="1"/><w:sym w:char="F061" w:font="Symbol"/></w:r>'
        "</w:p>",
    ):
        yield f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'.encode()


def _word_files(folder: Path) -> Iterator[bytes]:
    for body in _bodies(folder):
        yield packed(folder, body)


def _pages(folder: Path) -> Iterator[bytes]:
    """PDF files."""
    yield drawn(folder / "a.pdf", RAISED, LETTERS).read_bytes()
    yield drawn(folder / "b.pdf", "Results", RAISED, pageCompression=0).read_bytes()
    stream = "BT /F1 12 Tf 3 Tr 10 100 Td (Hidden words) Tj 0 Tr 0 -20 Td (Seen words) Tj ET"
    yield objects(
        "<< /Type /Catalog /Pages 2 0 R /PageLabels << /Nums [0 << /S /r /St 3 >>] >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Rotate 90 /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [65 /fi] >> "
        ">>",
    )


def _web_pages(folder: Path) -> Iterator[bytes]:
    yield (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>A title</title>'
        '<meta name="citation_author" content="Smith, Ann"><meta name="citation_doi" '
        'content="10.1000/1"></head><body><nav><a href="/">Home</a></nav><main><h1>Results</h1>'
        f'<p>{RAISED}<sup>12</sup></p><p style="display:none">Hidden.</p><dl><dt>a<dd>b</dl>'
        "<table><caption>T</caption><tr><th>a<td>1</table><ul><li>x<li>y</ul></main></body></html>"
    ).encode()
    yield (
        b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\nContent-Type: "
        b"text/html; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\n"
        b"<p>Caf=E9 words that are long enough to be read.</p>\n--x--\n"
    )


def _plain_texts(folder: Path) -> Iterator[bytes]:
    cited = "Smith, J. (2019) Reminders. BMJ, 9(3), 1-9."
    yield f"{RAISED}\n\n{LETTERS}\n\nReferences\n\n{cited}".encode()
    yield "Café — naïve “quotes” \u200b\u202e\n\n1. One\n2. Two".encode()
    yield "Les élèves étaient là, à côté.".encode("cp1252")
    yield "Text".encode("utf-16")


# -- what a child process answers -----------------------------------------------------------------


def answer(data: bytes, folder: Path) -> None:
    """Whatever a child says is nothing, a Problem, or a Document that a build can use."""
    given = revived(data + b"\n")
    if isinstance(given, Document):
        whole(given)
        IndexedFile("corpus/a.md", "a", "", 0, 0, given.kind, given.read, given.study)
        json.dumps([given.notices, given.page_labels, *map(str, (given.kind, given.read))])
    elif isinstance(given, Problem):
        assert all(isinstance(part, str) for part in (given.where, given.what, given.next_step))
    else:
        assert given is None or isinstance(given, str)


def _answers(folder: Path) -> Iterator[bytes]:
    study = {"is": "Study", "design": "trial", "setting": "", "country": "", "sample": ""}
    says = {"is": "Described", "title": "T", "authors": ["Smith"], "year": "2020", "doi": ""}
    section = {"is": "Section", "start": 0, "heading": "Results", "page_label": "3"}
    yield json.dumps(
        {"is": "Document", "citekey": "a", "text": RAISED, "kind": "original", "read": "full text"}
        | {"study": study, "blocks": [[0, 20]], "sections": [section], "page_starts": [0]}
        | {"page_labels": ["i"], "references": [[21, 30]], "notices": ["n"], "says": says}
    ).encode()
    yield json.dumps({"is": "Problem", "where": "a", "what": "b", "next_step": "c"}).encode()
    yield b'"no reader"'


# -- references -----------------------------------------------------------------------------------


def references(data: bytes, folder: Path) -> None:
    """references.bib, read, and changed by an entry more."""
    path = folder / "references.bib"
    path.write_bytes(data)
    try:
        known = bibliography.load(path)
        more = imports.read(_written(folder / "more.bib", MORE)).references[0]
    except KbError:
        return
    try:
        bibfile.put(path, [more])
        again = bibliography.load(path)
    except KbError:
        assert path.read_bytes() == data
        return
    assert again.keys() == known.keys() | {more.citekey}


def imported(ending: str, data: bytes, folder: Path) -> None:
    """References of another program, read, and written in each of our formats."""
    try:
        found = imports.read(_written(folder / f"library{ending}", data))
    except KbError:
        return
    for one in found.references:
        assert one.title
        json.dumps(csl.write(one))
        back = ris.read(ris.write(one), "a.ris").references
        assert len(back) == 1
        try:
            bibfile.entry_text(one)
        except KbError:
            continue


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _bib(folder: Path) -> Iterator[bytes]:
    yield REFERENCES.encode()
    yield rb"""@string{j = "Journal"}
@comment{x}
@preamble{"y"}
@article{a, title = {{A} \"{o} $x^2$ \& b}, journal = j # { of X}, crossref = {b},
  author = "von Berg, Jr., Jan and {The Group} and others", year = 2020, month = jan,
  file = {:a.pdf:PDF}}
@book{b, title={B}, editor={M\'uller, Z.}, doi={10.1/a\_b}}
"""


def _ris(folder: Path) -> Iterator[bytes]:
    yield b"""TY  - JOUR
ID  - a
AU  - Smith, Ann
TI  - Reminders
T2  - Journal
PY  - 2020/03/15/
SP  - 1
EP  - 9
DO  - 10.1000/1
KW  - a, b
N1  - note
goes on
L1  - a.pdf
UR  - https://example.org
U1  - bibtex:key=x
ER  -
<2>
TY  - CHAP
BT  - Book
TI  - In it
ED  - Jones, B
ER  -
"""


def _nbib(folder: Path) -> Iterator[bytes]:
    yield b"""PMID- 123
OWN - NLM
DP  - 2020 Mar 15
TI  - [Reminders in general
      practice].
PG  - 216-24
LID - 10.1000/1 [doi]
AB  - Text.
FAU - Smith, Ann
AU  - Smith A
CN  - The Group
JT  - Journal
OT  - *a
MH  - Anxiety, Separation
IS  - 1234-5678 (Print)

"""


def _csl(folder: Path) -> Iterator[bytes]:
    yield (
        b'[{"id": "a", "type": "article-journal", "title": "A <i>b</i>", "author": [{"family": '
        b'"Smith", "given": "A", "non-dropping-particle": "van", "suffix": "Jr"}, '
        b'{"literal": "Group"}],'
        b' "issued": {"date-parts": [[2020, 3, 15]]}, "page": "1-9", "DOI": "10.1/1", "custom":'
        b' {"bibtex": {"key": "x"}}}]'
    )
    yield b'{"items": [{"title": "B", "issued": {"raw": "2020?"}, "keyword": "a, b"}]}'


# -- what people write by hand --------------------------------------------------------------------


def criteria(data: bytes, folder: Path) -> None:
    path = _written(folder / "criteria.yaml", data)
    if refused(partial(framework.load, path), "criteria.yaml"):
        return
    found = framework.load(path)
    assert len(found.digest) == 16
    assert all(found.criterion(one.criterion) for one in found.circumstances)
    for one in found.circumstances:
        expand.denial(one.statement)
    match.wordings(found)


def _criteria(folder: Path) -> Iterator[bytes]:
    yield CRITERIA.encode()
    yield f"{CRITERIA}topic: [reminder]\nelsewhere: [hours]\nsettings: {{Health: [NHS]}}\n".encode()
    yield b"title: &a x\ncriteria: *a\ncircumstances: !!binary aGk=\n"


def settings(data: bytes, folder: Path) -> None:
    path = _written(folder / "kb.toml", data)
    refused(partial(config.load, path), "kb.toml")


def _settings(folder: Path) -> Iterator[bytes]:
    yield b'[reading]\nseconds = 60\n[search]\nmeaning_weight = 0.6\n[judging]\njudge = "none"\n'
    yield b"[search]\nfloor = nan\ncandidates = 1e3\n[online]\ncontact = '''x'''\n"


def lines(data: bytes, folder: Path) -> None:
    """annotations.jsonl."""
    path = _written(folder / "annotations.jsonl", data)
    for read in (annotations.load, annotations.history):
        refused(partial(read, path), "annotations.jsonl")


def refused(read: Callable[[], object], name: str) -> bool:
    """Whether it is, in words that name the file."""
    try:
        read()
    except KbError as error:
        complaint = str(error)
    else:
        return False
    assert name in complaint
    return True


def _lines(folder: Path) -> Iterator[bytes]:
    one = verdict("smith2020", RAISED, "U1", "supports", "ann")
    about = {name: one[name] for name in ("passage", "quote", "by", "at")}
    rows = [
        one | {"sure": "clear", "why": "x", "framework": "f", "model": "m", "scores": {"U1": 0.5}},
        about | {"type": "tags", "criteria": ["uptake"], "wordings": {"uptake": "abc"}},
        about | {"type": "tag", "criterion": "cost", "seen": False, "at": "2026-01-01T10:30:00Z"},
        {"type": "withdrawal", "passage": one["passage"], "circumstance": "U1", "by": "ann"}
        | {"at": "2026-02-01", "takes_back": "2026-01-01"},
        {"type": "family", "sources": ["a", "b"], "together": True, "by": "a", "at": "2026-01-01"},
    ]
    yield "".join(json.dumps(row) + "\n" for row in rows).encode()
    for row in rows:
        yield json.dumps(row).encode()


def sheet(data: bytes, folder: Path) -> None:
    """Labels that come back from a spreadsheet, and what we write of them."""
    try:
        found = sheets.read(_written(folder / "labels.csv", data))
    except KbError:
        return
    records = [record for _, record in found]
    columns = list(dict.fromkeys(name for record in records for name in record))
    if columns:
        sheets.as_csv(records, columns)


def _sheets(folder: Path) -> Iterator[bytes]:
    rows = [
        {"passage": "a#1", "label": "=1+1", "why": "2026-01-31"},
        {"passage": "b", "label": "-"},
    ]
    yield sheets.as_csv(rows, ["passage", "label", "why"])
    yield b'passage;label\r\n"a;""b""";yes\r\n'


# -- what people ask ------------------------------------------------------------------------------


def question(data: bytes, folder: Path) -> None:
    """Whatever is asked is looked up in a full-text index as words, or refused."""
    asked = data.decode("utf-8", "surrogateescape")
    try:
        text = check_question(asked, lambda said: len(said.split()), 64)
        options.read_years(None, None, asked)  # type: ignore[arg-type]
    except (KbError, BadParameter):
        text = check_question(f"x {asked[:200]}", lambda said: 1, 64)
    with closing(_catalog(folder)) as catalog:
        found = dict(catalog.best_words(text, 10))
        assert found.keys() <= catalog.ids()
        catalog.ids_with_phrases(text)
        catalog.words_held(text, catalog.ids())
    known = framework.load(_written(folder / "criteria.yaml", CRITERIA.encode()))
    match.essence(text, known)
    match.stated(text, known)
    if not match.looks_like_an_id(text) and match.is_statement(text):
        expand.denial(text)


def _catalog(folder: Path) -> Catalog:
    """A catalogue of one document, made once in a folder."""
    path = folder / "catalog.sqlite3"
    fresh = not path.exists()
    catalog = Catalog.open_to_write(path)
    if fresh:
        document = Document("a", f"{RAISED}\n\n{LETTERS}", blocks=((0, len(RAISED)),))
        with catalog.transaction():
            file = IndexedFile("corpus/a.md", "a", "0", 1, 1, "original", "full text")
            catalog.put_file(file, cut(document, len, 1000))
    return catalog


def _questions(folder: Path) -> Iterator[bytes]:
    for text in (
        "what evidence supports scale limits?",
        'do "text message" reminders NEAR/3 work AND (NOT letters*)',
        'text : "attendance" OR ^raised {id}: -x +y',
        "“letters alone” S1 2010-2020",
        "Reminders do not increase uptake.",
    ):
        yield text.encode()


TARGETS = {
    "pdf": Target(partial(read_as, ".pdf"), _pages),
    "docx": Target(word_file, _bodies),
    "docx-package": Target(partial(read_as, ".docx"), _word_files),
    "html": Target(partial(read_as, ".html"), _web_pages),
    "markdown": Target(partial(read_as, ".md"), lambda _: [SMITH.encode(), *_plain_texts(_)]),
    "text": Target(partial(read_as, ".txt"), _plain_texts),
    "answer": Target(answer, _answers),
    "references": Target(references, _bib),
    "import-bib": Target(partial(imported, ".bib"), _bib),
    "import-ris": Target(partial(imported, ".ris"), _ris),
    "import-nbib": Target(partial(imported, ".nbib"), _nbib),
    "import-csl": Target(partial(imported, ".json"), _csl),
    "framework": Target(criteria, _criteria),
    "settings": Target(settings, _settings),
    "annotations": Target(lines, _lines),
    "labels": Target(sheet, _sheets),
    "question": Target(question, _questions),
}
