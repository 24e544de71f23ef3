"""Documents into the knowledge base: each with the right entry, or with what is uncertain said."""

import json
import os
import shutil
import unicodedata
from pathlib import Path

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from kb.curating import adding
from kb.curating.adding import Wish
from kb.curating.placing import Shelf
from kb.errors import BibliographyError, KbError
from kb.knowledge_base import open_
from kb.reading import bibliography
from kb.records import FileOutcome
from tests.conftest import REFERENCES, verdict
from tests.curating.papers import SETTINGS, TITLE, WORDS, everything, page, pdf, text


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Path:
    """A person's own folder, beside the knowledge base."""
    (home / "kb.toml").write_text(SETTINGS)
    folder = tmp_path / "desk"
    folder.mkdir()
    return folder


def add(home: Path, *paths: Path | str, **wish: str) -> list[FileOutcome]:
    return adding.add(open_(home), [str(path) for path in paths], Wish(**wish))


def added(home: Path, path: Path | str, **wish: str) -> FileOutcome:
    (outcome,) = add(home, path, **wish)
    assert outcome.status == "added", outcome.reason
    return outcome


def failed(home: Path, path: Path | str, **wish: str) -> str:
    """Why a document was not added; nothing is changed by it."""
    before = everything(home)
    (outcome,) = add(home, path, **wish)
    assert outcome.status == "failed"
    assert everything(home) == before
    return outcome.reason


def corpus(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "corpus").iterdir())


# -- whose it is ----------------------------------------------------------------------------------


def test_a_document_is_put_beside_the_digest_of_its_source(home: Path, desk: Path) -> None:
    given = pdf(desk / "download (3).pdf", TITLE, "Ann Smith; Bob Jones")
    done = added(home, given)
    assert (done.path, done.citekey, done.pages) == (str(given), "smith2020reminders", 1)
    assert done.passages > 0
    assert (home / "corpus/smith2020reminders.pdf").read_bytes() == given.read_bytes()
    assert (home / "corpus/smith2020reminders.md").is_file()
    assert (home / "references.bib").read_text() == REFERENCES
    (hit, *_) = open_(home).search("messages cost four pence, nobody complained")
    assert hit.passage.citekey == "smith2020reminders"


def test_a_document_without_an_entry_gets_one_to_be_checked(home: Path, desk: Path) -> None:
    done = added(home, page(desk / "x.html", "Letters that work", "Olga Berg", "2021"))
    assert done.citekey == "berg2021letters"
    assert "kb check lists it" in done.reason
    bib = (home / "references.bib").read_text()
    assert bib.startswith(REFERENCES)
    source = bibliography.load(home / "references.bib")["berg2021letters"]
    assert (source.title, source.authors, source.year) == ("Letters that work", ("Berg",), "2021")
    assert source.check == "made from what the file says of itself"


def test_a_match_that_is_not_certain_is_said_and_not_used(home: Path, desk: Path) -> None:
    done = added(home, page(desk / "x.html", TITLE, year="2020"))
    assert done.citekey == "anon2020reminders"
    assert "perhaps it is 'smith2020reminders'" in done.reason
    source = bibliography.load(home / "references.bib")["anon2020reminders"]
    assert "perhaps it is 'smith2020reminders'" in source.check


def test_a_file_that_says_nothing_is_called_by_its_name(home: Path, desk: Path) -> None:
    done = added(home, text(desk / "waiting_room notes.txt"))
    source = bibliography.load(home / "references.bib")[done.citekey]
    assert (source.title, done.citekey) == ("waiting room notes", "anonndwaiting")


def test_a_file_with_the_name_of_a_citekey_is_that_sources(home: Path, desk: Path) -> None:
    assert added(home, pdf(desk / "smith2020reminders.pdf")).citekey == "smith2020reminders"


def test_unless_it_says_otherwise(home: Path, desk: Path) -> None:
    path = page(desk / "smith2020reminders.html", "The price of bread", "Eva Other", "1999")
    done = added(home, path)
    assert done.citekey == "other1999price"
    assert "it is called 'smith2020reminders', but its title is another" in done.reason


def test_the_front_matter_of_a_digest_names_its_source(home: Path, desk: Path) -> None:
    path = desk / "my notes.md"
    path.write_text(f"---\ncitekey: berg2021letters\nkind: digest\n---\n\n# Notes\n\n{WORDS[0]}\n")
    done = added(home, path)
    assert done.citekey == "berg2021letters"
    assert corpus(home)[0] == "berg2021letters.md"


def test_a_digest_of_a_source_that_has_one_is_refused(home: Path, desk: Path) -> None:
    path = desk / "n.md"
    path.write_text(f"---\ncitekey: smith2020reminders\nkind: digest\n---\n\n{WORDS[0]}\n")
    assert "has another digest already, corpus/smith2020reminders.md" in failed(home, path)


def test_an_entry_that_was_taken_out_is_taken_back(home: Path, desk: Path) -> None:
    (home / "removed").mkdir()
    (home / "removed/references.bib").write_text(
        "@article{old2001,\n  author = {Berg, Olga},\n  title = {Letters that work},\n"
        "  journal = {Small Trials},\n  year = {2001},\n}\n"
    )
    done = added(home, page(desk / "x.html", "Letters that work", "Olga Berg", "2001"))
    assert done.citekey == "old2001"
    assert "journal = {Small Trials}" in (home / "references.bib").read_text()


def test_a_citekey_that_judgements_speak_of_is_not_given_again(home: Path, desk: Path) -> None:
    line = verdict("berg2021letters", "Words that are gone.", "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    done = added(home, page(desk / "x.html", "Letters that work", "Olga Berg", "2021"))
    assert done.citekey == "berg2021lettersa"


def test_a_preprint_of_a_known_article_is_said(home: Path, desk: Path) -> None:
    path = page(desk / "x.html", TITLE, "Ann Smith", "2019", "10.1101/2019.01.02.123456")
    with (home / "references.bib").open("a") as bib:
        bib.write("@misc{mark, title = {Something else}}\n")
    text_ = (home / "references.bib").read_text()
    (home / "references.bib").write_text(
        text_.replace("year = {2020}", "year = {2020},\n  doi = {10.5555/x}")
    )
    done = added(home, path)
    assert done.citekey == "smith2019reminders"
    assert "seems to be the preprint of 'smith2020reminders'; kb check lists" in done.reason


# -- a person's word ------------------------------------------------------------------------------


def test_a_citekey_that_is_there(home: Path, desk: Path) -> None:
    assert added(home, pdf(desk / "x.pdf"), key="smith2020reminders").reason == ""


def test_a_citekey_that_is_new(home: Path, desk: Path) -> None:
    path = page(desk / "x.html", "Letters that work", "Olga Berg", "2021")
    assert added(home, path, key="berg:letters").citekey == "berg:letters"
    assert (home / "corpus/berg:letters.html").is_file()


@pytest.mark.parametrize("key", ["a b", "../x", "-x", "ä"])
def test_what_cannot_be_a_citekey(home: Path, desk: Path, key: str) -> None:
    with pytest.raises(KbError, match="cannot be a citekey; start with a letter or digit"):
        add(home, text(desk / "x.txt"), key=key)


def test_a_citekey_that_differs_in_case_alone(home: Path, desk: Path) -> None:
    assert "too near to 'smith2020reminders'" in failed(
        home, text(desk / "x.txt"), key="Smith2020Reminders"
    )


def test_one_citekey_is_for_one_document(home: Path, desk: Path) -> None:
    with pytest.raises(KbError, match="for one document, and there are 2"):
        add(home, text(desk / "x.txt"), text(desk / "y.txt", WORDS[1]), key="k")


def test_the_doi_of_an_entry(home: Path, desk: Path) -> None:
    with (home / "references.bib").open("a") as bib:
        bib.write("@article{berg, title = {Letters}, doi = {10.5555/LETTERS}}\n")
    done = added(home, text(desk / "x.txt"), doi="https://doi.org/10.5555/letters")
    assert (done.citekey, done.reason) == ("berg", "its entry was there: the DOI agrees")


def test_a_doi_that_is_new(home: Path, desk: Path) -> None:
    done = added(home, text(desk / "x.txt"), doi="10.5555/new")
    assert bibliography.load(home / "references.bib")[done.citekey].doi == "10.5555/new"
    with pytest.raises(KbError, match="'x' is not a DOI"):
        add(home, desk / "x.txt", doi="x")


ENTRY = (
    "@article{berg2021letters,\n author = {Berg, Olga}, title = {Letters that work}, year = 2021}"
)


def test_an_entry_that_is_given(home: Path, desk: Path) -> None:
    done = added(home, text(desk / "x.txt"), bib=ENTRY)
    assert (done.citekey, done.reason) == ("berg2021letters", "")
    assert bibliography.load(home / "references.bib")["berg2021letters"].check == ""


def test_an_entry_that_is_given_and_was_there(home: Path, desk: Path) -> None:
    bib = f"@misc{{other, title = {{{TITLE}}}, author = {{Smith, Ann}}, year = 2020}}"
    assert added(home, pdf(desk / "x.pdf"), bib=bib).citekey == "smith2020reminders"
    assert (home / "references.bib").read_text() == REFERENCES


def test_of_a_file_of_entries_each_document_finds_its_own(home: Path, desk: Path) -> None:
    papers = desk / "papers"
    papers.mkdir()
    page(papers / "a.html", "Letters that work", "Olga Berg", "2021")
    page(papers / "b.html", "A study nobody knows", "Eva Other", "1999")
    (desk / "lib.bib").write_text(f"{ENTRY}\n@misc{{zed, title = {{Zed}}, year = 2000}}\n")
    first, second = add(home, papers, bib=str(desk / "lib.bib"))
    assert (first.citekey, second.citekey) == ("berg2021letters", "other1999study")
    assert "none of the entries given is surely its own" in second.reason
    assert "zed" not in bibliography.load(home / "references.bib")


def test_a_bib_that_holds_nothing(home: Path, desk: Path) -> None:
    with pytest.raises(KbError, match="cannot be read: a brace"):
        add(home, text(desk / "x.txt"), bib="@article{berg")


# -- again, and newer -----------------------------------------------------------------------------


def test_the_same_again_changes_nothing(home: Path, desk: Path) -> None:
    pdf(desk / "a.pdf", TITLE, "Ann Smith")
    page(desk / "b.html", "Letters that work")
    text(desk / "c.txt")
    first = add(home, desk)
    before = everything(home)
    second = add(home, desk)
    assert everything(home) == before
    assert [one.status for one in second] == ["unchanged"] * 3
    assert [(one.passages, one.pages) for one in first] == [
        (one.passages, one.pages) for one in second
    ]
    assert second[0].reason == "the same file as corpus/smith2020reminders.pdf"


def test_the_same_file_twice_at_once(home: Path, desk: Path) -> None:
    text(desk / "a.txt")
    shutil.copy(desk / "a.txt", desk / "b.txt")
    first, second = add(home, desk)
    assert (first.status, second.status) == ("added", "unchanged")
    assert second.reason == f"the same file as {desk / 'a.txt'}"


def test_two_files_that_both_say_nothing_are_two_sources(home: Path, desk: Path) -> None:
    for folder, words in (("a", WORDS[0]), ("b", WORDS[1])):
        (desk / folder).mkdir()
        text(desk / folder / "report.txt", words)
    assert [one.citekey for one in add(home, desk)] == ["anonndreport", "anonndreporta"]


def test_another_file_for_a_source_that_has_one_is_refused(home: Path, desk: Path) -> None:
    added(home, page(desk / "a.html", TITLE, "Ann Smith", "2020"))
    path = page(desk / "b.html", TITLE, "Ann Smith", "2020")
    said = failed(home, path)
    assert "has another original already, corpus/smith2020reminders.html" in said
    assert "kb add --key smith2020reminders" in said


def test_a_newer_state_takes_its_place_and_the_old_one_is_kept(home: Path, desk: Path) -> None:
    old = pdf(desk / "a.pdf", TITLE, "Ann Smith")
    added(home, old)
    new = pdf(desk / "b.pdf", TITLE, "Ann Smith", (*WORDS, "One line more."))
    (done,) = add(home, new, key="smith2020reminders")
    assert (done.status, done.citekey) == ("updated", "smith2020reminders")
    assert done.reason == "the file that it replaces is now removed/smith2020reminders.pdf"
    assert (home / "corpus/smith2020reminders.pdf").read_bytes() == new.read_bytes()
    assert (home / "removed/smith2020reminders.pdf").read_bytes() == old.read_bytes()
    newest = pdf(desk / "c.pdf", TITLE, "Ann Smith", WORDS[:2])
    add(home, newest, key="smith2020reminders")
    assert (home / "removed/smith2020reminders-2.pdf").read_bytes() == new.read_bytes()


def test_another_format_does_not_take_its_place(home: Path, desk: Path) -> None:
    added(home, pdf(desk / "a.pdf", TITLE, "Ann Smith"))
    said = failed(home, page(desk / "b.html", TITLE), key="smith2020reminders")
    assert "has another original already, corpus/smith2020reminders.pdf" in said


def test_what_got_the_wrong_entry_is_moved(home: Path, desk: Path) -> None:
    path = page(desk / "x.html", TITLE, year="2020")
    assert added(home, path).citekey == "anon2020reminders"
    done = added(home, path, key="smith2020reminders")
    assert "it was corpus/anon2020reminders.html" in done.reason
    assert "anon2020reminders.html" not in corpus(home)
    assert "smith2020reminders.html" in corpus(home)


def test_a_file_of_corpus_without_an_entry_gets_one(home: Path, desk: Path) -> None:
    path = text(home / "corpus/found.txt", WORDS[1])
    done = added(home, path)
    assert (done.citekey, "found.txt" in corpus(home)) == ("found", True)
    assert added(home, page(home / "corpus/x y.html", TITLE, "Smith", "2020")).citekey == (
        "smith2020reminders"
    )
    assert "x y.html" not in corpus(home)


def test_a_copy_of_a_file_of_corpus_without_an_entry(home: Path, desk: Path) -> None:
    text(home / "corpus/found.txt", WORDS[1])
    assert added(home, text(desk / "mine.txt", WORDS[1])).citekey == "found"
    assert not [name for name in corpus(home) if "mine" in name]


# -- stopped half-way -----------------------------------------------------------------------------


def test_a_run_that_was_stopped_goes_on(
    home: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text(desk / "a.txt")
    page(desk / "b.html", "Letters that work", "Olga Berg", "2021")
    with monkeypatch.context() as patch:
        put = Shelf.put

        def stops(self: Shelf, path: Path, digest: str, name: str) -> str:
            if path.suffix == ".html":
                (self.folder / ".kb-part-left.html").write_text("half")
                raise KeyboardInterrupt
            return put(self, path, digest, name)

        patch.setattr(Shelf, "put", stops)
        with pytest.raises(KeyboardInterrupt):
            add(home, desk)
    bib = (home / "references.bib").read_text()
    first, second = add(home, desk)
    assert (first.status, second.status) == ("unchanged", "added")
    assert second.citekey == "berg2021letters"
    assert (home / "references.bib").read_text() == bib
    assert not list((home / "corpus").glob(".kb-part-*"))


def test_a_file_that_changes_while_it_is_read(
    home: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = text(desk / "a.txt")
    put = Shelf.put

    def changes(self: Shelf, source: Path, digest: str, name: str) -> str:
        text(path, "Quite other words.")
        return put(self, source, digest, name)

    monkeypatch.setattr(Shelf, "put", changes)
    (done,) = add(home, path)
    assert "it changed or went away while it was read; add it again" in done.reason
    assert not [name for name in corpus(home) if name.startswith((".", "anon"))]


def test_what_is_broken_is_said_before_anything_is_done(home: Path, desk: Path) -> None:
    (home / "references.bib").write_text(REFERENCES + "@article{broken title = {No comma}}\n")
    before = everything(home)
    with pytest.raises(BibliographyError, match=r"references\.bib:13"):
        add(home, text(desk / "x.txt"))
    assert everything(home) == before


# -- folders and bad input ------------------------------------------------------------------------


def test_a_folder_stands_for_its_documents_at_all_depths(home: Path, desk: Path) -> None:
    deep = desk / "a/b"
    deep.mkdir(parents=True)
    text(deep / "x.txt")
    text(deep / ".hidden.txt")
    text(deep / "~lock.txt")
    page(desk / "Web page.html", "Letters that work")
    (desk / "Web page_files").mkdir()
    text(desk / "Web page_files/style.css")
    (desk / "photo.png").write_bytes(b"\x89PNG")
    (desk / "lib.ris").write_text("TY  - JOUR\n")
    first, ris, photo, deepest = add(home, desk)
    assert (first.path, first.status) == (str(desk / "Web page.html"), "added")
    assert "take them in with: kb import lib.ris" in ris.reason
    assert "no reader for .png; save it as one of: .md" in photo.reason
    assert (deepest.path, deepest.status) == (str(deep / "x.txt"), "added")


def test_a_link_that_leads_out_of_a_folder(home: Path, desk: Path) -> None:
    (desk / "in").mkdir()
    text(desk / "secret.txt")
    (desk / "in/x.txt").symlink_to(desk / "secret.txt")
    assert "leads out of the folder; add the file itself" in failed(home, desk / "in")


def test_an_empty_folder_and_a_file_that_is_not_there(home: Path, desk: Path) -> None:
    assert "the folder holds no documents" in failed(home, desk)
    assert "there is no such file" in failed(home, desk / "gone.pdf")
    assert "cannot be a file's name" in failed(home, "x" * 300)


def test_what_cannot_be_read_stays_out_and_the_others_go_in(home: Path, desk: Path) -> None:
    whole = pdf(desk / "d.pdf", TITLE, "Ann Smith")
    (desk / "a.pdf").write_bytes(b"")
    (desk / "b.pdf").write_bytes(whole.read_bytes()[:300])
    (desk / "c.pdf").write_text("no PDF")
    outcomes = add(home, desk)
    assert [one.status for one in outcomes] == ["failed"] * 3 + ["added"]
    assert outcomes[0].reason.startswith(f"{desk / 'a.pdf'}: holds no text")
    assert all(len(one.reason.splitlines()) == 1 for one in outcomes)
    assert all("kb build" not in one.reason for one in outcomes)
    assert corpus(home) == [
        "health2019letters.txt",
        "smith2020reminders.md",
        "smith2020reminders.pdf",
    ]
    assert (home / "references.bib").read_text() == REFERENCES


@pytest.mark.parametrize(
    "name",
    ["two words.txt", "\U0001f600.txt", "\u202ename.txt", unicodedata.normalize("NFD", "é.TXT")],
)
def test_odd_names(home: Path, desk: Path, name: str) -> None:
    done = added(home, text(desk / name))
    assert (home / f"corpus/{done.citekey}.txt").is_file()
    assert done.citekey.isascii()


# -- scans ----------------------------------------------------------------------------------------


def scanned(path: Path) -> Path:
    """A PDF that is a picture of a page."""
    picture = path.with_suffix(".png")
    Image.new("RGB", (400, 600), "gray").save(picture)
    canvas = Canvas(str(path), invariant=True)
    canvas.drawImage(str(picture), 0, 0, 595, 842)
    canvas.save()
    picture.unlink()
    return path


def test_without_ocrmypdf_a_scan_is_refused_and_the_others_go_in(
    home: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan, other = scanned(desk / "a.pdf"), text(desk / "b.txt")
    said = failed(home, scan)
    assert said == f"{scan}: its only page has no text: scanned?; have it read by OCR: kb add --ocr"
    monkeypatch.setenv("PATH", str(desk))
    first, second = adding.add(open_(home), [str(scan), str(other)], ocr=True)
    assert (first.status, second.status) == ("failed", "added")
    assert "OCR needs a program that is not here; install OCRmyPDF" in first.reason


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
def test_a_scan_is_read_by_ocrmypdf_once(
    home: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = scanned(desk / "scan.pdf")
    programs = desk / "bin"
    programs.mkdir()
    pdf(programs / "read.pdf")
    program = programs / "ocrmypdf"
    program.write_text(
        f"#!/bin/sh\nfor last; do :; done\necho x >> {programs}/runs\n"
        f'cp {programs}/read.pdf "$last"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    (done,) = adding.add(open_(home), [str(scan)], ocr=True)
    assert (done.status, done.citekey, done.pages) == ("added", "anon2000scan", 1)
    before = everything(home)
    (again,) = adding.add(open_(home), [str(scan)], ocr=True)
    assert (again.status, again.reason) == ("unchanged", "the scan of corpus/anon2000scan.pdf")
    assert everything(home) == before
    assert (programs / "runs").read_text() == "x\n"


# -- nothing online unless asked ------------------------------------------------------------------


def test_an_address_needs_permission(home: Path, desk: Path) -> None:
    assert "a web address; to fetch it, allow that with --online" in failed(
        home, "https://example.org/x.pdf"
    )


def test_nothing_to_add(home: Path, desk: Path) -> None:
    with pytest.raises(KbError, match="nothing to add; name a file"):
        add(home, key="smith2020reminders")
