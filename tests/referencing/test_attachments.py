"""The `file` field of BibTeX: every program and system writes it in its own way."""

import unicodedata
from pathlib import Path

import pytest

from kb.referencing.attachments import find, listed


@pytest.mark.parametrize(
    ("field", "paths"),
    [
        # Zotero: title, path, kind; a backslash before what parts them
        ("Full Text:files/12/Smith.pdf:application/pdf", ["files/12/Smith.pdf"]),
        (
            "Full Text:files/12/a.pdf:application/pdf;Snapshot:files/13/b.html:text/html",
            ["files/12/a.pdf", "files/13/b.html"],
        ),
        (r"A\: B\; C:files/1/A\: B\; C.pdf:application/pdf", ["files/1/A: B; C.pdf"]),
        (
            r"PDF:C\:\\Users\\ann\\Zotero\\storage\\ABCD2345\\x.pdf:application/pdf",
            [r"C:\Users\ann\Zotero\storage\ABCD2345\x.pdf"],
        ),
        (r"PDF:C:\Users\ann\x.pdf:application/pdf", [r"C:\Users\ann\x.pdf"]),
        (
            "PDF:/Users/ann/Zotero/storage/AB/x.pdf:application/pdf",
            ["/Users/ann/Zotero/storage/AB/x.pdf"],
        ),
        # Better BibTeX: paths alone
        (
            "/home/ann/Zotero/storage/ABCD2345/x y.pdf",
            ["/home/ann/Zotero/storage/ABCD2345/x y.pdf"],
        ),
        (r"/home/ann/a\;b.pdf;/home/ann/c.pdf", ["/home/ann/a;b.pdf", "/home/ann/c.pdf"]),
        (r"C:\Users\ann\Zotero\x.pdf", [r"C:\Users\ann\Zotero\x.pdf"]),
        (r"C:\\Users\\ann\\x.pdf;D:/y.pdf", [r"C:\Users\ann\x.pdf", "D:/y.pdf"]),
        ("papers/x.pdf", ["papers/x.pdf"]),
        # JabRef and Mendeley
        (":papers/x.pdf:PDF", ["papers/x.pdf"]),
        ("x.pdf:PDF", ["x.pdf"]),
        (r":C$\backslash$:/Users/ann/x.pdf:pdf", ["C:/Users/ann/x.pdf"]),
        (r":a{\_}b.pdf:PDF", ["a_b.pdf"]),
        # addresses
        ("file:///home/ann/x%20y.pdf", ["file:///home/ann/x%20y.pdf"]),
        ("PDF:file:///C:/x.pdf:application/pdf", ["file:///C:/x.pdf"]),
        ("", []),
        (";;", []),
    ],
)
def test_the_paths_of_a_field(field: str, paths: list[str]) -> None:
    assert listed(field) == paths


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export: library/lib.bib beside files/12/x.pdf, and Zotero's storage elsewhere."""
    for place in ("library/files/12/x.pdf", "library/é y.pdf", "Zotero/storage/ABCD2345/z.pdf"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF")
    return tmp_path / "library"


@pytest.mark.parametrize(
    "written",
    [
        "files/12/x.pdf",
        r"files\12\x.pdf",
        "./files/12/x.pdf",
        "../library/files/12/x.pdf",
        r"C:\Users\ann\export\files\12\x.pdf",
        "C:/Users/ann/export/files/12/x.pdf",
        "/Users/ann/export/files/12/x.pdf",
        "Users/ann/export/files/12/x.pdf",
        "file:///Users/ann/export/files/12/x.pdf",
        "file:///C:/Users/ann/export/files/12/x.pdf",
        "file://localhost/Users/ann/files/12/x.pdf",
    ],
)
def test_a_file_of_the_export_is_found_beside_it(folder: Path, written: str) -> None:
    assert find(written, folder) == (folder / "files/12/x.pdf").resolve()


def test_an_absolute_path_of_this_computer_is_found(folder: Path) -> None:
    place = folder / "files/12/x.pdf"
    assert find(str(place), Path("/nowhere")) == place.resolve()
    assert find(place.as_uri(), Path("/nowhere")) == place.resolve()
    assert find(str(place)[1:], Path("/nowhere")) == place.resolve()


@pytest.mark.parametrize(
    "written",
    [
        r"C:\Users\ann\Zotero\storage\ABCD2345\z.pdf",
        "/Users/ann/Zotero/storage/ABCD2345/z.pdf",
        "storage/ABCD2345/z.pdf",
    ],
)
def test_storage_folders_are_looked_through(folder: Path, written: str) -> None:
    zotero = folder.parent / "Zotero"
    assert find(written, Path("/nowhere/at/all"), [zotero]) == zotero / "storage/ABCD2345/z.pdf"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_may_be_spelled_either_way(folder: Path, form: str) -> None:
    (folder / "é y.pdf").rename(folder / unicodedata.normalize("NFD", "é y.pdf"))
    assert find(unicodedata.normalize(form, "é y.pdf"), folder) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written",
    [
        "gone.pdf",
        "/Users/ann/x.pdf",
        "/elsewhere/é y.pdf",
        r"\\server\share\files\12\x.pdf",
        "//server/files/12/x.pdf",
        "file://server/files/12/x.pdf",
        "https://example.org/files/12/x.pdf",
        "internal-pdf://12/x.pdf",
        "files/12",
        "files",
        "",
        "x\0.pdf",
        "a" * 5000,
        "file://[",
    ],
)
def test_what_is_not_here_or_on_another_computer_is_not_found(folder: Path, written: str) -> None:
    assert find(written, folder) is None
