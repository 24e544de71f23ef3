"""Whatever a folder of documents holds: a line for each file that cannot be used, which says why
and what to do, and the others go in. Nothing crashes, hangs or is silently half read."""

import json
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from kb.knowledge_base import open_
from kb.reading.signatures import OLE
from tests.conftest import COSTS, CRITERIA, LETTERS, RAISED, SMITH, without_override
from tests.reading.typesetting import drawn, objects

SEEN = "Text message reminders raised attendance in general practice."
_CATALOGUE = "<< /Type /Catalog /Pages 2 0 R >>"
_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def cut_short(path: Path) -> None:
    (word_file if path.suffix == ".docx" else drawn)(path, SEEN)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])


def locked_pdf(path: Path) -> None:
    drawn(path, SEEN, encrypt=StandardEncryption("secret"))


def locked_word(path: Path) -> None:
    path.write_bytes(OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"))


def misnamed_word(path: Path) -> None:
    word_file(path.with_suffix(".other"), SEEN)
    path.with_suffix(".other").rename(path)


def misnamed_pdf(path: Path) -> None:
    drawn(path, SEEN)


def misnamed_page(path: Path) -> None:
    path.write_text(f"<html><body><p>{SEEN}</p></body></html>")


def misnamed_picture(path: Path) -> None:
    Image.new("L", (9, 9)).save(path, "PNG")


def flate_bomb(path: Path) -> None:
    packing = zlib.compressobj(1)
    operators = b"0 0 m 9 9 l S\n" * 71_000
    parts = [*(packing.compress(operators) for _ in range(700)), packing.flush()]
    content = b"".join(parts).decode("latin-1")
    stream = f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n{content}\nendstream"
    page = _PAGE.replace(">>", "/Contents 4 0 R >>")
    path.write_bytes(objects(_CATALOGUE, _pages("3 0 R", 1), page, stream))


def cyclic_tree(path: Path) -> None:
    path.write_bytes(objects(_CATALOGUE, _pages("2 0 R 2 0 R", 4)))


def thousands_of_pages(path: Path) -> None:
    kids = " ".join(f"{number + 3} 0 R" for number in range(5000))
    path.write_bytes(objects(_CATALOGUE, _pages(kids, 5000), *[_PAGE] * 5000))


def _pages(kids: str, count: int) -> str:
    return f"<< /Type /Pages /Kids [{kids}] /Count {count} >>"


def zip_bomb(path: Path) -> None:
    _package(path, f"<w:p><w:r><w:t>{'a' * 50_000_000}</w:t></w:r></w:p>")


def entities(path: Path) -> None:
    laughs = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    doctype = f'<!DOCTYPE w [<!ENTITY a0 "ha"><!ENTITY x SYSTEM "file:///etc/passwd">{laughs}]>'
    _package(path, "<w:p><w:r><w:t>&a9;&x;</w:t></w:r></w:p>", doctype)


def _package(path: Path, body: str, doctype: str = "") -> None:
    relation = f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="document.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "_rels/.rels", f'<Relationships xmlns="{_PACKAGE}">{relation}</Relationships>'
        )
        package.writestr(
            "document.xml",
            f'{doctype}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
        )


def fifty_megabytes(path: Path) -> None:
    path.write_bytes(b"<html><body>" + b"<p>Some words.</p>\n" * 2_700_000)


def link_that_leads_out(path: Path) -> None:
    secret = path.parent.parent.parent / "secret.md"
    secret.write_text("Not for the index.\n")
    path.symlink_to(secret)


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def closed_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside.txt").write_text(SEEN)
    path.chmod(0)


def closed_file(path: Path) -> None:
    path.write_text(SEEN)
    path.chmod(0)


# Each name with what makes the file and how its line begins.
BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "zero2001.md": (nothing, "holds no text; "),
    "zero2002.txt": (nothing, "holds no text; "),
    "zero2003.pdf": (nothing, "holds no text; "),
    "zero2004.html": (nothing, "holds no text; "),
    "zero2005.docx": (nothing, "holds no text; "),
    "cut2001.pdf": (cut_short, "damaged"),
    "cut2002.docx": (cut_short, "a broken Word file; "),
    "locked2001.pdf": (locked_pdf, "encrypted"),
    "locked2002.docx": (locked_word, "protected by a password; "),
    "misnamed2001.pdf": (misnamed_word, "not a PDF, whatever its name says; "),
    "misnamed2002.html": (misnamed_pdf, "a PDF in spite of its name; name it .pdf"),
    "misnamed2003.docx": (misnamed_page, "a web page in spite of its name; name it .html"),
    "misnamed2004.txt": (misnamed_picture, "a picture; "),
    "bomb2001.pdf": (flate_bomb, ""),
    "bomb2002.docx": (zip_bomb, "document.xml unpacks from "),
    "cycle2001.pdf": (cyclic_tree, "damaged"),
    "pages2001.pdf": (thousands_of_pages, "has 5,000 pages, "),
    "entities2001.docx": (entities, "document.xml declares a document type, "),
    "large2001.html": (fifty_megabytes, "51 MB of text and tags, "),
    "link2001.md": (link_that_leads_out, "a link that leads out of corpus/; "),
    "link2002.md": (link_to_itself, ""),
    "closed2001": (closed_folder, "a folder, and folders in corpus/ are not read; "),
    "closed2002.txt": (closed_file, "cannot be read (Permission denied); "),
}


def word_file(path: Path, text: str) -> None:
    file = docx.Document()
    file.add_paragraph(text)
    file.save(str(path))


def owned_pdf(path: Path) -> None:
    drawn(path, SEEN, encrypt=StandardEncryption("", ownerPassword="owner", canCopy=0))


GOOD: dict[str, Callable[[Path], object]] = {
    "smith2020reminders.md": lambda path: path.write_text(SMITH),
    "health2019letters.txt": lambda path: path.write_text(LETTERS),
    "opens2001.pdf": lambda path: drawn(path, SEEN),
    "opens2002.pdf": owned_pdf,
    "opens2003.html": lambda path: path.write_text(f"<html><p>{SEEN}</p></html>"),
    "opens2004.docx": lambda path: word_file(path, SEEN),
    "opens2005.txt": lambda path: path.write_bytes(f"{SEEN} Café.".encode("cp1252")),
    unicodedata.normalize("NFD", "café2001.txt"): lambda path: path.write_text(SEEN),
}


def kb_build(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return called(home, "build", *words)


def called(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """kb, as a person calls it who may not read what is closed. Fails if it takes two minutes."""
    return subprocess.run(
        [sys.executable, "-m", "kb", *words, "--home", str(home)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        preexec_fn=without_override,
    )


def made(home: Path, names: list[str]) -> None:
    """A knowledge base with an entry for each of the files, which are to be put there yet."""
    (home / "corpus").mkdir(parents=True)
    (home / "kb.toml").write_text("[reading]\nseconds = 30\n")
    (home / "criteria.yaml").write_text(CRITERIA)
    keys = {unicodedata.normalize("NFC", Path(name).stem) for name in names}
    entries = [f"@misc{{{key}, title = {{On {key}}}, year = {{2001}}}}\n" for key in sorted(keys)]
    (home / "references.bib").write_text("".join(entries))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A knowledge base with all of it."""
    folder = tmp_path_factory.mktemp("bad") / "base"
    made(folder, [*GOOD, *BAD])
    for name, write in GOOD.items():
        write(folder / "corpus" / name)
    for name, (write, _) in BAD.items():
        write(folder / "corpus" / name)
    yield folder
    (folder / "corpus" / "closed2001").chmod(0o700)


@pytest.fixture(scope="module")
def built(home: Path) -> subprocess.CompletedProcess[str]:
    return kb_build(home)


def lines_about(name: str, stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if f"corpus/{name}: " in line]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_line_with_the_reason_and_the_next_step(
    built: subprocess.CompletedProcess[str], name: str
) -> None:
    (line,) = lines_about(name, built.stderr)
    reason = line.partition(f"corpus/{name}: ")[2]
    assert reason.startswith(BAD[name][1])
    what, _, next_step = reason.rpartition("; ")
    assert what
    assert next_step
    assert len(line) < 400


def test_the_others_go_in_and_the_exit_code_is_one(
    home: Path, built: subprocess.CompletedProcess[str]
) -> None:
    assert built.returncode == 1
    assert "Traceback" not in built.stderr
    assert f"{len(BAD)} of the files in corpus/ cannot be used" in built.stderr
    catalog = open_(home).catalog
    found = {p.text for p in catalog.passages(catalog.ids()).values()}
    assert found == {RAISED, COSTS, LETTERS, SEEN, f"{SEEN} Café."}
    assert catalog.count() == (len(GOOD) + 1, len(GOOD))


def test_an_encoding_that_was_guessed_is_said(built: subprocess.CompletedProcess[str]) -> None:
    (line,) = lines_about("opens2005.txt", built.stderr)
    assert "read as windows-1252, which is a guess" in line


def test_what_was_bad_is_remembered_and_told_again(
    home: Path, built: subprocess.CompletedProcess[str]
) -> None:
    again = kb_build(home, "--json")
    assert again.returncode == 1
    for name in BAD:
        assert lines_about(name, again.stderr) == lines_about(name, built.stderr)
    outcomes = {Path(o["path"]).name: o for o in json.loads(again.stdout)["outcomes"]}
    assert {name: outcomes[name]["status"] for name in BAD} == dict.fromkeys(BAD, "failed")
    assert {name: outcomes[name]["status"] for name in GOOD} == dict.fromkeys(GOOD, "unchanged")
    assert all(outcomes[name]["reason"] for name in BAD)


def test_nothing_that_people_wrote_is_touched(home: Path) -> None:
    assert {path.name for path in (home / "corpus").iterdir()} == {*GOOD, *BAD}
    assert (home.parent / "secret.md").read_text() == "Not for the index.\n"


@pytest.mark.parametrize(
    "name",
    [
        "two words",
        "🙂",
        "\u200fعربي",
        "a\u202eb",
        "-rf",
        "a'b%20",
        "two\nlines",
        "x" * 240,
        "\x1b[31m",
    ],
)
def test_a_file_of_any_name_is_read_or_told_in_one_line(tmp_path: Path, name: str) -> None:
    made(tmp_path / "base", ["smith2020reminders.md"])
    (tmp_path / "base/corpus/smith2020reminders.md").write_text(SMITH)
    (tmp_path / f"base/corpus/{name}.txt").write_text(SEEN)
    done = kb_build(tmp_path / "base", "--json")
    assert "Traceback" not in done.stderr
    outcomes = {o["path"]: o for o in json.loads(done.stdout)["outcomes"]}
    assert outcomes.pop("corpus/smith2020reminders.md")["status"] == "added"
    ((_, odd),) = outcomes.items()
    if odd["status"] == "added":
        assert odd["passages"] == 1
        assert done.returncode == 0
    else:
        assert odd["reason"]
        assert done.returncode == 1
        assert sum("not used: " in line for line in done.stderr.splitlines()) == 1
    assert not {"\x1b", "\u202e"} & set(done.stderr)


@pytest.mark.parametrize("mode", [0o000, 0o444], ids=["not to be listed", "not to be entered"])
def test_a_corpus_that_may_not_be_read_costs_no_index(tmp_path: Path, mode: int) -> None:
    base = tmp_path / "base"
    made(base, ["smith2020reminders.md"])
    (base / "corpus/smith2020reminders.md").write_text(SMITH)
    assert kb_build(base).returncode == 0
    (base / "corpus").chmod(mode)
    try:
        done = kb_build(base)
    finally:
        (base / "corpus").chmod(0o755)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "ermission denied" in line]
    assert "corpus" in line
    assert "; " in line
    assert open_(base).catalog.count() == (2, 1)


def test_a_list_of_references_with_a_broken_entry_names_its_line(home: Path) -> None:
    """What people wrote is never half used: the index stays as it was until it is mended."""
    good = "".join(f"@misc{{key{n}, title = {{Title {n}}}}}\n" for n in range(97))
    bad = "@misc{broken title = {No comma}}\n"
    before = (home / "references.bib").read_text()
    (home / "references.bib").write_text(before + good + bad * 3)
    try:
        done = kb_build(home)
    finally:
        (home / "references.bib").write_text(before)
    assert done.returncode == 1
    number = before.count("\n") + 98
    assert f"references.bib:{number}" in done.stderr
    assert "Traceback" not in done.stderr


# -- references of other programs ----------------------------------------------------------------


def test_three_broken_entries_of_a_hundred_are_told_and_the_others_go_in(tmp_path: Path) -> None:
    made(tmp_path / "base", [])
    entries = [f"@misc{{key{n},\n  title = {{Title {n}}},\n}}\n" for n in range(100)]
    entries[10] = "@misc{key10,\n  title = {Never closed,\n}\n"
    entries[50] = "@misc{key50,\n  title {No sign},\n}\n"
    entries[90] = "@misc{key90,\n  title = {No comma}\n  year = {2020},\n}\n"
    (tmp_path / "library.bib").write_text("".join(entries))
    done = called(tmp_path / "base", "import", str(tmp_path / "library.bib"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for n in (10, 50, 90):
        (line,) = [row for row in done.stderr.splitlines() if f"library.bib:{3 * n + 1}: " in row]
        assert "; " in line
    there = (tmp_path / "base" / "references.bib").read_text()
    assert there.count("@misc{") == 97


def test_ris_with_a_mark_and_stray_lines_goes_in_and_they_are_told(tmp_path: Path) -> None:
    made(tmp_path / "base", [])
    (tmp_path / "ovid.ris").write_text(
        "\ufeffDatabase: a search of today\n\nTY  - JOUR\nTI  - Reminders\nAU  - Smith, Ann\n"
        "PY  - 2020\nER  - \n\nRecord 2 of 2\nTY  - RPRT\nTI  - Letters\nER  - \n",
        encoding="utf-8",
    )
    done = called(tmp_path / "base", "import", str(tmp_path / "ovid.ris"))
    assert "Traceback" not in done.stderr
    (line,) = [row for row in done.stderr.splitlines() if "stray lines were left out" in row]
    assert "Database: a search of today" in line
    there = (tmp_path / "base" / "references.bib").read_text()
    assert there.count("@") == 2
    assert "Reminders" in there
    assert "Letters" in there
