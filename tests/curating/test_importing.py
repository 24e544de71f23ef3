"""Another program's references: each once, with their files, and nothing here written over."""

import shutil
from pathlib import Path

import pytest

from kb.curating import importing
from kb.curating.importing import Imported
from kb.errors import ReadingError
from kb.knowledge_base import open_
from kb.reading import bibliography
from tests.conftest import REFERENCES
from tests.curating.papers import SETTINGS, WORDS, everything, page, pdf, text

ZOTERO = """\
@article{bergLetters2021,
  author = {Berg, Olga and van der Velde, Jan},
  title = {Letters that work},
  journal = {Journal of Small Trials},
  year = {2021},
  doi = {10.5555/letters},
  file = {Full Text:files/1/Berg.pdf:application/pdf;Snapshot:files/1/x.html:text/html},
}
@article{smith_reminders,
  author = {Smith, Ann and Jones, Bob},
  title = {Reminders in general practice},
  journal = {Journal of Small Trials},
  year = {2020},
  abstract = {Reminders raise attendance.},
  file = {C\\:\\\\Users\\\\ann\\\\Zotero\\\\storage\\\\ABCD2345\\\\Smith 2020.pdf},
}
"""


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Path:
    """A folder with an export of Zotero's, files and all but one."""
    (home / "kb.toml").write_text(SETTINGS)
    folder = tmp_path / "desk"
    (folder / "files/1").mkdir(parents=True)
    (folder / "library.bib").write_text(ZOTERO)
    pdf(folder / "files/1/Berg.pdf", "untitled")
    page(folder / "files/1/x.html", "Letters that work")
    return folder


def imported(home: Path, path: Path, *folders: Path) -> Imported:
    return importing.import_(open_(home), path, folders)


def test_new_entries_go_in_and_known_ones_stay_as_they_are(home: Path, desk: Path) -> None:
    done = imported(home, desk / "library.bib")
    assert [(one.citekey, one.status) for one in done.entries] == [
        ("bergLetters2021", "added"),
        ("smith2020reminders", "known"),
    ]
    assert done.entries[1].reason == "left as it was; the import also has: abstract"
    assert (home / "references.bib").read_text().startswith(REFERENCES)
    source = bibliography.load(home / "references.bib")["bergLetters2021"]
    assert (source.authors, source.doi) == (("Berg", "van der Velde"), "10.5555/letters")
    assert source.check == ""


def test_attachments_go_in_and_those_not_found_are_listed(home: Path, desk: Path) -> None:
    found, aside, gone = imported(home, desk / "library.bib").outcomes
    assert (found.status, found.citekey, found.pages) == ("added", "bergLetters2021", 1)
    assert (home / "corpus/bergLetters2021.pdf").is_file()
    assert aside.status == "unchanged"
    assert aside.reason == "left aside: 'bergLetters2021' has one original"
    assert (gone.status, gone.citekey) == ("failed", "smith2020reminders")
    assert gone.path == r"C:\Users\ann\Zotero\storage\ABCD2345\Smith 2020.pdf"
    assert "the attachment was not found" in gone.reason


def test_attachments_in_a_folder_that_is_named(home: Path, desk: Path) -> None:
    stored = desk / "Zotero/storage/ABCD2345"
    stored.mkdir(parents=True)
    pdf(stored / "Smith 2020.pdf", words=WORDS[:2])
    outcomes = imported(home, desk / "library.bib", desk / "Zotero").outcomes
    assert "failed" not in [one.status for one in outcomes]
    assert (home / "corpus/smith2020reminders.pdf").is_file()
    assert (home / "corpus/smith2020reminders.md").is_file()


def test_the_same_again_changes_nothing(home: Path, desk: Path) -> None:
    with (desk / "library.bib").open("a") as bib:
        bib.write("@misc{a_b c, title = {Nobody wrote this}}\n")
        bib.write("@misc{note, title = {Letters to patients}, year = {2019}}\n")
    imported(home, desk / "library.bib")
    before = everything(home)
    done = imported(home, desk / "library.bib")
    assert everything(home) == before
    assert {one.status for one in done.entries if one.citekey} == {"known"}
    assert [one.status for one in done.outcomes] == ["unchanged", "unchanged", "failed"]


def test_what_may_be_a_double_goes_in_to_be_checked(home: Path, desk: Path) -> None:
    path = desk / "x.bib"
    path.write_text("@misc{note, title = {Letters to patients}, year = {2019}}\n")
    (entry,) = imported(home, path).entries
    assert (entry.citekey, entry.status) == ("note", "added")
    assert "perhaps it is 'health2019letters'" in entry.reason
    check = bibliography.load(home / "references.bib")["note"].check
    assert "perhaps it is 'health2019letters'" in check


def test_a_reference_that_stands_there_twice_goes_in_once(home: Path, desk: Path) -> None:
    record = "TY  - JOUR\nAU  - Berg, Olga\nTI  - Letters that work\nPY  - 2021\nER  -\n"
    (desk / "ovid.ris").write_text(record + "\n" + record)
    done = imported(home, desk / "ovid.ris")
    assert [(one.citekey, one.status) for one in done.entries] == [
        ("berg2021letters", "added"),
        ("berg2021letters", "known"),
    ]


def test_a_citekey_that_is_taken_by_another_work(home: Path, desk: Path) -> None:
    path = desk / "x.bib"
    path.write_text(
        "@misc{Smith2020Reminders, author = {Other, Eva}, title = {The price of bread}, "
        "year = 1999}"
    )
    (entry,) = imported(home, path).entries
    assert entry.citekey == "other1999price"
    assert "its citekey 'Smith2020Reminders' is taken or cannot be one" in entry.reason


def test_broken_entries_are_listed_and_the_others_go_in(home: Path, desk: Path) -> None:
    whole = "".join(f"@misc{{k{n}, title = {{Work {n} of many}}}}\n" for n in range(97))
    broken = "@misc{b1 title = {x}}\n@misc{b2, title {x}}\n@misc{b3, year = 2000}\n"
    path = desk / "x.bib"
    path.write_text(whole + broken)
    done = imported(home, path)
    assert sum(one.status == "added" for one in done.entries) == 97
    failed = [one for one in done.entries if one.status == "failed"]
    assert [one.reason.partition(": ")[0] for one in failed] == [
        "x.bib:98",
        "x.bib:99",
        "x.bib:100",
    ]
    assert len(bibliography.load(home / "references.bib")) == 2 + 97


def test_a_preprint_of_a_known_article_is_said(home: Path, desk: Path) -> None:
    path = desk / "x.bib"
    path.write_text(
        "@misc{pre, author = {Smith, Ann}, title = {Reminders in general practices}, year = 2019,"
        " doi = {10.1101/2019.01.02.123456}}"
    )
    (entry,) = imported(home, path).entries
    assert "seems to be the preprint of 'smith2020reminders'; kb check lists" in entry.reason


def test_an_attachment_of_a_source_that_has_a_file_does_not_take_its_place(
    home: Path, desk: Path
) -> None:
    imported(home, desk / "library.bib")
    kept = (home / "corpus/bergLetters2021.pdf").read_bytes()
    pdf(desk / "files/1/Berg.pdf", words=WORDS[1:])
    done, *_ = imported(home, desk / "library.bib").outcomes
    assert done.status == "failed"
    assert "has another original already, corpus/bergLetters2021.pdf" in done.reason
    assert (home / "corpus/bergLetters2021.pdf").read_bytes() == kept


def test_an_attachment_that_cannot_be_read(home: Path, desk: Path) -> None:
    (desk / "files/1/Berg.pdf").write_bytes(b"%PDF-1.4 and no more")
    done, *_ = imported(home, desk / "library.bib").outcomes
    assert (done.status, done.citekey) == ("failed", "bergLetters2021")
    assert not (home / "corpus/bergLetters2021.pdf").exists()
    assert "bergLetters2021" in bibliography.load(home / "references.bib")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", '[{"id": "k", "type": "book", "title": "Letters", "issued": {"raw": "2021"}}]'),
        ("a.nbib", "PMID- 1\nTI  - Letters\nDP  - 2021\nFAU - Berg, Olga\n"),
        ("a.ris", "\ufeffstray line\nTY  - BOOK\nTI  - Letters\nPY  - 2021\nER  -\n"),
    ],
)
def test_every_format(home: Path, desk: Path, name: str, content: str) -> None:
    (desk / name).write_text(content, encoding="utf-8")
    (entry,) = imported(home, desk / name).entries
    assert entry.status == "added"
    assert bibliography.load(home / "references.bib")[entry.citekey].year == "2021"


def test_a_file_without_references_is_one_error(home: Path, desk: Path) -> None:
    with pytest.raises(ReadingError, match="not a file of references"):
        imported(home, text(desk / "notes.txt"))


def test_nothing_is_left_half_done_where_references_are_broken(home: Path, desk: Path) -> None:
    with (home / "references.bib").open("a") as bib:
        bib.write("@article{broken title = {No comma}}\n")
    before = everything(home)
    shutil.rmtree(home / ".kb", ignore_errors=True)
    with pytest.raises(Exception, match=r"references\.bib:13"):
        imported(home, desk / "library.bib")
    assert everything(home) == before
