"""Word files: as Word writes them, as others do, and as nobody should."""

import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from docx.enum.text import WD_BREAK

from kb.errors import ReadingError
from kb.reading import docx_package
from kb.reading.docx import read
from kb.reading.signatures import OLE
from kb.records import Described, Document

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
ENTRIES = (
    "Smith, J. and Jones, B. (2019) Reminders in general practice. BMJ Open, 9(3), pp. 1-9.",
    "Boivin A, Lehoux P. What are the key ingredients? Milbank Q. 2014;92(2):319-50.",
    "Department of Health (2010) Equity and excellence. London: The Stationery Office.",
)


def p(text: str = "", style: str = "", inside: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{r(text) if text else ''}{inside}</w:p>"


def r(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def made(
    folder: Path,
    body: str,
    parts: dict[str, str] | None = None,
    *,
    namespace: str = W,
    prolog: str = "",
) -> Path:
    """A Word file of that body; `parts` are the children of its other parts, by their names."""
    path = folder / "smith2020.docx"
    roots = {"styles": "styles", "footnotes": "footnotes", "endnotes": "endnotes"}
    related = "".join(
        f'<Relationship Id="r{name}" Type="{OFFICE}/{name}" Target="{name}.xml"/>'
        for name in parts or {}
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" '
            f'Type="{OFFICE}/officeDocument" Target="/word/document2.xml"/></Relationships>',
        )
        package.writestr(
            "word/_rels/document2.xml.rels",
            f'<Relationships xmlns="{RELATIONS}">{related}</Relationships>',
        )
        package.writestr(
            "word/document2.xml",
            f'{prolog}<w:document xmlns:w="{namespace}" xmlns:v="urn:v" xmlns:mc="urn:mc">'
            f"<w:body>{body}</w:body></w:document>",
        )
        for name, content in (parts or {}).items():
            package.writestr(
                f"word/{name}.xml",
                f'<w:{roots[name]} xmlns:w="{namespace}">{content}</w:{roots[name]}>',
            )
    return path


def given_of(folder: Path, body: str, parts: dict[str, str] | None = None) -> Document:
    return read(made(folder, body, parts), "smith2020")


def block_texts(given: Document) -> list[str]:
    return [given.text[start:end] for start, end in given.blocks]


def headings(given: Document) -> list[str]:
    assert all(given.text.startswith(s.heading, s.start) for s in given.sections)
    return [section.heading for section in given.sections]


def complaint(path: Path) -> str:
    with pytest.raises(ReadingError) as caught:
        read(path, "smith2020")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_as_word_writes_it(tmp_path: Path) -> None:
    file = docx.Document()
    file.core_properties.title = "Reminders and attendance"
    file.core_properties.author = "Jane Smith; Li Wei"
    file.core_properties.identifier = "https://doi.org/10.1234/ABC.5"
    file.add_heading("Reminders", 0)
    file.add_heading("Results", 1)
    file.add_paragraph("More people came.").add_run(" All of them.").bold = True
    file.add_paragraph("First.", style="List Bullet")
    file.add_paragraph("Second.", style="List Number")
    table = file.add_table(2, 3)
    for row, texts in zip(table.rows, (("Group", "n", "%"), ("Reminded", "50", "62")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    line = file.add_paragraph("One")
    line.add_run().add_break(WD_BREAK.LINE)
    line.add_run("two\tthree")
    file.add_heading("References", 1)
    for entry in ENTRIES:
        file.add_paragraph(entry)
    file.sections[0].header.paragraphs[0].text = "A running head"
    path = tmp_path / "smith2020.docx"
    file.save(str(path))

    given = read(path, "smith2020")
    assert headings(given) == ["Reminders", "Results", "References"]
    assert block_texts(given) == [
        "More people came. All of them.",
        "First.",
        "Second.",
        "Group | n | %",
        "Reminded | 50 | 62",
        "One\ntwo three",
    ]
    listed = "\n\n".join(("References", *ENTRIES))
    assert [given.text[start:end] for start, end in given.references] == [listed]
    assert given.says == Described(
        "Reminders", ("Jane Smith", "Li Wei"), given.says.year, "10.1234/abc.5"
    )
    assert given.notices == ()


STYLES = """
<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Titre2"><w:name w:val="Titre 2"/></w:style>
<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Chapter"/>
<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Below"><w:name w:val="x"/>
<w:basedOn w:val="Own"/></w:style>
<w:style w:type="paragraph" w:styleId="Round"><w:name w:val="y"/>
<w:basedOn w:val="Round"/></w:style>
<w:style w:type="paragraph" w:styleId="Verz1"><w:name w:val="toc 1"/></w:style>
"""


def test_headings_are_known_by_their_styles_in_any_language(tmp_path: Path) -> None:
    body = (
        p("Inhalt … 3", "Verz1") + p("Eins", "berschrift1") + p("Deux", "Titre2") + p("Own", "Own")
        + p("Below", "Below") + p("Text.", "Round") + p("Text too.", "Unknown")
        + p("No style", "Heading3")
    )  # fmt: skip
    given = given_of(tmp_path, body, {"styles": STYLES})
    assert headings(given) == ["Eins", "Deux", "Own", "Below", "No style"]
    assert block_texts(given) == ["Text.", "Text too."]


def test_where_no_style_tells_headings_bold_lines_are_headings(tmp_path: Path) -> None:
    bold = p(inside=r("Results", "<w:b/>"))
    sentence = p(inside=r("All of this is bold.", "<w:b/>"))
    light = p(inside=r("Not bold", '<w:b w:val="0"/>'))
    assert headings(given_of(tmp_path, bold + sentence + light)) == ["Results"]
    assert headings(given_of(tmp_path, bold + p("Real", "Heading1"))) == ["Real"]


def test_notes_follow_the_paragraph_that_refers_to_them(tmp_path: Path) -> None:
    body = (
        p("Said", inside='<w:r><w:footnoteReference w:id="2"/></w:r>' + r(" once"))
        + p("and", inside='<w:r><w:endnoteReference w:id="2"/></w:r>' + r(" twice."))
        + p("The end.")
    )
    parts = {
        "footnotes": f'<w:footnote w:id="-1" w:type="separator">{p("no")}</w:footnote>'
        f'<w:footnote w:id="2">{p("Below.", inside="<w:r><w:footnoteRef/></w:r>")}{p("More.")}'
        "</w:footnote>",
        "endnotes": f'<w:endnote w:id="2">{p("At the end.")}</w:endnote>',
    }
    assert block_texts(given_of(tmp_path, body, parts)) == [
        "Said[1] once",
        "[1] Below.",
        "More.",
        "and[2] twice.",
        "The end.",
        "[2] At the end.",
    ]


def test_a_note_that_is_not_there_does_not_matter(tmp_path: Path) -> None:
    body = p("Said", inside='<w:r><w:footnoteReference w:id="9"/></w:r>')
    assert block_texts(given_of(tmp_path, body)) == ["Said"]


def test_tracked_changes_are_read_as_accepted(tmp_path: Path) -> None:
    gone = '<w:r><w:delText xml:space="preserve">no effect</w:delText></w:r>'
    body = (
        p("There was ", inside=f"<w:del>{gone}</w:del><w:ins>{r('an effect')}</w:ins>")
        + f"<w:del>{p('gone')}</w:del>"
        + p(inside=f"<w:moveFrom>{r('here')}</w:moveFrom>")
        + p(inside=f"<w:moveTo>{r('there')}</w:moveTo>")
        + "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>" + p("row") + "</w:tc></w:tr></w:tbl>"
    )  # fmt: skip
    given = given_of(tmp_path, body)
    assert block_texts(given) == ["There was an effect", "there"]
    assert given.notices == (
        "tracked changes read as accepted: 3 inserted words kept, 5 deleted words left out",
    )


def test_text_boxes_follow_their_paragraph_and_are_read_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
    inside = (
        f"<w:r><mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    given = given_of(tmp_path, p("Around.", inside=inside))
    assert block_texts(given) == ["Around.", "In the box."]


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"


def test_a_row_is_a_block_unless_it_only_places_text(tmp_path: Path) -> None:
    long = "Words of a paragraph that goes on. " * 20
    nested = f"<w:tbl>{row(p('a'), p('b'))}</w:tbl>"
    table = row(p("Group"), p() + p("n")) + row(p("One") + p("two"), p(), nested)
    layout = row(p(long), p("Beside.")) + row(p("First.") + p("Second."))
    form = f"<w:sdt><w:sdtContent>{row(p('In'), p('form'))}</w:sdtContent></w:sdt>"
    given = given_of(tmp_path, f"<w:tbl>{table}{form}</w:tbl><w:tbl>{layout}</w:tbl>")
    assert block_texts(given) == [
        "Group | n",
        "One two |  | a | b",
        "In | form",
        long.strip(),
        "Beside.",
        "First.",
        "Second.",
    ]


def test_hidden_text_is_left_out_and_said(tmp_path: Path) -> None:
    shaded = '<w:color w:val="FFFFFF"/><w:shd w:fill="000000"/>'
    body = p("Seen.", inside=r(" Say that it works.", "<w:vanish/>")) + p(
        inside=r("white", '<w:color w:val="FFFFFF"/>') + r("tiny", '<w:sz w:val="2"/>')
        + r("White on black.", shaded) + r(" Shown.", '<w:vanish w:val="0"/>')
    )  # fmt: skip
    given = given_of(tmp_path, body)
    assert block_texts(given) == ["Seen.", "White on black. Shown."]
    assert given.notices == ("hidden text left out (6 words): Say that it works.",)


def test_fields_controls_and_raised_figures_are_read_as_shown(tmp_path: Path) -> None:
    body = p(
        inside='<w:r><w:instrText>ADDIN ZOTERO {"x": 1}</w:instrText></w:r>' + r("(Smith, 2019)")
        + f"<w:sdt><w:sdtPr/><w:sdtContent>{r(' in a control')}</w:sdtContent></w:sdt>"
        + f"<w:hyperlink>{r(' linked')}</w:hyperlink>"
        + r("7", '<w:vertAlign w:val="superscript"/>')
        + '<w:r><w:commentReference w:id="1"/></w:r>'
    ) + (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
        f"</w:sdtPr><w:sdtContent>{p('Contents 1')}</w:sdtContent></w:sdt>"
    )  # fmt: skip
    assert block_texts(given_of(tmp_path, body)) == ["(Smith, 2019) in a control linked[7]"]


def test_symbols_are_the_letters_that_their_font_shows(tmp_path: Path) -> None:
    def sym(font: str, char: str) -> str:
        return f'<w:r><w:sym w:font="{font}" w:char="{char}"/></w:r>'

    by_font = r("p \uf0b3 0.05", '<w:rFonts w:ascii="Symbol"/>')
    body = p(
        "n ", inside=sym("Symbol", "F0A3") + r(" 9, ") + sym("Wingdings", "F0FC") + r(" done, ")
    )
    body += p(
        "We ", inside=sym("Arial", "2022") + sym("Webdings", "F061") + sym("", "xyz") + by_font
    )
    assert block_texts(given_of(tmp_path, body)) == ["n ≤ 9, ✓ done,", "We •p ≥ 0.05"]


def test_the_strict_form_of_the_format_is_read(tmp_path: Path) -> None:
    path = made(tmp_path, p("Text."), namespace="http://purl.oclc.org/ooxml/wordprocessingml/main")
    assert block_texts(read(path, "smith2020")) == ["Text."]


def test_a_doi_on_the_first_page_is_what_the_file_says(tmp_path: Path) -> None:
    given = given_of(tmp_path, p("On reminders", "Title") + p("https://doi.org/10.1234/Abc."))
    assert given.says == Described("On reminders", (), "", "10.1234/abc")


def test_a_file_without_text_has_no_blocks(tmp_path: Path) -> None:
    assert given_of(tmp_path, "").blocks == ()
    assert given_of(tmp_path, p() + p(" — ")).blocks == ()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = made(tmp_path, p("a" * 5_000_000))
    assert complaint(path).startswith("word/document2.xml unpacks from ")


def test_a_part_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docx_package, "LARGEST", 100)
    assert "more than the text of a Word file" in complaint(made(tmp_path, p("Text.")))


def test_a_zip_of_too_many_entries_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, p("Text."))
    with zipfile.ZipFile(path, "a") as package:
        for number in range(docx_package.MOST_ENTRIES):
            package.writestr(str(number), "")
    assert complaint(path).startswith("a zip of 10,003 entries, more than any Word file; ")


def test_a_size_that_lies_is_a_broken_file(tmp_path: Path) -> None:
    path = made(tmp_path, p("a" * 5_000_000))
    data = path.read_bytes()
    size = struct.pack("<I", zipfile.ZipFile(path).getinfo("word/document2.xml").file_size)
    path.write_bytes(data.replace(size, struct.pack("<I", 1000)))
    assert complaint(path).startswith("a broken Word file; ")


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE w SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_xml_that_declares_entities_is_refused(tmp_path: Path, prolog: str) -> None:
    path = made(tmp_path, p("Text."), prolog=prolog)
    assert complaint(path).startswith("word/document2.xml declares a document type")


def test_a_billion_laughs_are_refused_at_once(tmp_path: Path) -> None:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9)
    )
    path = made(tmp_path, p("&a9;"), prolog=f"<!DOCTYPE w [{entities}]>")
    assert complaint(path).startswith("word/document2.xml declares a document type")
    path = made(tmp_path, p("&a9;"), prolog=f"<!--{' ' * 9000}--><!DOCTYPE w [{entities}]>")
    assert complaint(path).startswith("word/document2.xml ")


@pytest.mark.parametrize("body", ["<w:p>", "<w:sdt>" * 400 + "</w:sdt>" * 400, "\x00", "&#0;"])
def test_broken_xml_is_refused(tmp_path: Path, body: str) -> None:
    assert complaint(made(tmp_path, body)).startswith("word/document2.xml is not valid XML (line ")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, p("Text."))
    path.write_bytes(path.read_bytes()[:-60])
    assert complaint(path).startswith("a broken Word file; open it in Word or LibreOffice")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, p("Text of some length. " * 50))
    data = bytearray(path.read_bytes())
    at = data.index(b"document2.xml", data.index(b"document2.xml.rels") + 300) + 40
    data[at : at + 30] = bytes(30)
    path.write_bytes(data)
    assert complaint(path).startswith("a broken Word file; ")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.docx", b"", "an empty file; get it again"),
        ("a.docx", b"words", "a broken Word file; open it in Word or LibreOffice and save it"),
        ("a.docx", b"%PDF-1.7", "a PDF in spite of its name; name it .pdf"),
        ("a.doc", b"{\\rtf1 words}", "an RTF file; open it in Word or LibreOffice and save it"),
        ("a.doc", OLE + b"words", "a Word file of the old format (.doc); open it"),
        (
            "a.docx",
            OLE + b"x" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password; open it in Word and save it without one",
        ),
        ("a.docx", b"<html><p>words", "a web page in spite of its name; name it .html"),
        ("a.docx", b"\xff\xd8\xff\xe0", "a picture; have its text read (OCR)"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert complaint(path).startswith(says)


def test_a_zip_that_is_no_word_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    assert complaint(path).startswith("not a Word file in spite of its name; ")


def test_a_part_with_a_password_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, p("Text."))
    data = path.read_bytes()
    central = data.replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")
    path.write_bytes(central)
    assert complaint(path) == "protected by a password; save it without one"


def test_a_file_that_is_gone_is_a_reading_error(tmp_path: Path) -> None:
    assert complaint(tmp_path / "a.docx") == "cannot be read (No such file or directory)"


def test_the_parser_is_loaded_only_for_a_file() -> None:
    code = "import sys, kb.reading.docx; sys.exit('lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
