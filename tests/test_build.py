"""Files become an index: only what changed is read, nothing is lost, a crash is harmless."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.errors import KbError
from kb.knowledge_base import KnowledgeBase, open_
from kb.reading import READERS
from kb.records import passage_id
from tests.conftest import COSTS, LETTERS, RAISED, SMITH, verdict


def built(home: Path, *, afresh: bool = False, may_drop: bool = False) -> dict[str, str]:
    """File name → status of a build by a fresh KnowledgeBase."""
    return {
        Path(o.path).name: o.status for o in open_(home).build(afresh=afresh, may_drop=may_drop)
    }


def texts(home: Path) -> set[str]:
    catalog = open_(home).catalog
    return {passage.text for passage in catalog.passages(catalog.ids()).values()}


def test_every_paragraph_becomes_a_passage_with_its_place(base: KnowledgeBase) -> None:
    raised, costs = base.catalog.passages_of("smith2020reminders")
    assert (raised.text, costs.text) == (RAISED, COSTS)
    assert (raised.locator.section, raised.locator.page_label) == ("Results", "12")
    assert costs.locator.page_label == ""
    document = (base.home / "corpus/smith2020reminders.md").read_text()
    assert document[raised.start : raised.end] == RAISED


def test_a_second_build_skips_what_did_not_change(home: Path) -> None:
    assert set(built(home).values()) == {"added"}
    assert set(built(home).values()) == {"unchanged"}


def test_a_second_build_opens_neither_model_nor_vector_store(base: KnowledgeBase) -> None:
    again = open_(base.home)
    list(again.build())
    assert "_session" not in vars(again.embedder)
    loaded = "import sys, kb; list(kb.open(sys.argv[1]).build()); print('chromadb' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", loaded, str(base.home)], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "False"


def test_a_touched_file_is_unchanged_and_a_changed_one_is_read_again(home: Path) -> None:
    built(home)
    os.utime(home / "corpus/health2019letters.txt", (1, 1))
    assert set(built(home).values()) == {"unchanged"}
    assert open_(home).index().stale == ()
    (home / "corpus/health2019letters.txt").write_text("Letters are now the best of all.\n")
    assert open_(home).index().stale == ("corpus/health2019letters.txt",)
    assert built(home)["health2019letters.txt"] == "updated"
    assert LETTERS not in texts(home)
    assert open_(home).index().stale == ()


def test_a_removed_file_leaves_no_passage_and_no_vector(home: Path) -> None:
    built(home)
    (home / "corpus/health2019letters.txt").unlink()
    assert built(home)["health2019letters.txt"] == "removed"
    again = open_(home)
    assert texts(home) == {RAISED, COSTS}
    assert again.vectors.ids() == again.catalog.ids()


def test_one_bad_file_does_not_stop_the_others(home: Path) -> None:
    (home / "corpus/health2019letters.txt").write_bytes(b"\x00\x01bad\x00")
    outcomes = {Path(o.path).name: o for o in open_(home).build()}
    bad = outcomes["health2019letters.txt"]
    assert bad.status == "failed"
    assert bad.problem
    assert "not a text file" in str(bad.problem)
    assert outcomes["smith2020reminders.md"].status == "added"
    index = open_(home).index()
    assert [problem.where for problem in index.unusable] == ["corpus/health2019letters.txt"]


def test_a_bad_file_that_was_mended_is_read(home: Path) -> None:
    (home / "corpus/health2019letters.txt").write_bytes(b"\x00\x01bad\x00")
    built(home)
    (home / "corpus/health2019letters.txt").write_text(LETTERS)
    assert built(home)["health2019letters.txt"] == "added"
    assert open_(home).index().unusable == ()


def test_a_file_without_an_entry_is_used_once_it_has_one(home: Path) -> None:
    (home / "corpus/new2024.md").write_text("Something new.")
    assert built(home)["new2024.md"] == "failed"
    with (home / "references.bib").open("a") as bib:
        bib.write("@misc{new2024, title = {New}}\n")
    assert built(home)["new2024.md"] == "added"


def test_of_two_originals_the_second_is_refused_until_the_first_is_gone(home: Path) -> None:
    built(home)
    (home / "corpus/health2019letters.md").write_text("The same again.")
    for _ in range(2):
        outcome = built(home)
        assert outcome["health2019letters.txt"] == "unchanged"
        assert outcome["health2019letters.md"] == "failed"
    assert "The same again." not in texts(home)
    (home / "corpus/health2019letters.txt").unlink()
    assert built(home)["health2019letters.md"] == "added"
    assert "The same again." in texts(home)


def test_an_original_beside_its_digest_takes_its_place_in_the_search(home: Path) -> None:
    built(home)
    original = "Reminders were sent to all patients of nine practices by post."
    (home / "corpus/smith2020reminders.txt").write_text(original)
    assert built(home)["smith2020reminders.txt"] == "added"
    base = open_(home)
    found = {hit.passage.text for hit in base.search("reminders by post")}
    assert original in found
    assert not found & {RAISED, COSTS}, "nobody judged them, and the source speaks for itself"
    (home / "corpus/smith2020reminders.txt").unlink()
    built(home)
    assert RAISED in {hit.passage.text for hit in open_(home).search("reminders by post")}


def test_the_same_words_in_digest_and_original_are_one_passage(home: Path) -> None:
    (home / "corpus/smith2020reminders.txt").write_text(f"{COSTS}\n\nMore was said.")
    assert set(built(home).values()) == {"added"}
    assert COSTS in texts(home)
    (home / "corpus/smith2020reminders.md").unlink()
    built(home)
    assert {COSTS, "More was said."} <= texts(home), "left to the other file, and read again"


def kinds(home: Path) -> dict[str, str]:
    """Text → kind of the passages of the source that has a digest."""
    return {p.text: p.kind for p in open_(home).catalog.passages_of("smith2020reminders")}


def test_words_that_both_have_are_the_originals_whichever_came_first(home: Path) -> None:
    built(home)
    original = home / "corpus/smith2020reminders.txt"
    original.write_text(f"{COSTS}\n\nMore was said.")
    assert built(home)["smith2020reminders.txt"] == "added"
    assert kinds(home) == {RAISED: "digest", COSTS: "original", "More was said.": "original"}
    assert COSTS in {hit.passage.text for hit in open_(home).search("what does a reminder cost?")}
    original.write_text("More was said.")
    assert built(home)["smith2020reminders.txt"] == "updated"
    assert kinds(home) == {RAISED: "digest", COSTS: "digest", "More was said.": "original"}
    original.unlink()
    built(home)
    assert kinds(home) == {RAISED: "digest", COSTS: "digest"}
    assert set(built(home).values()) == {"unchanged"}


def test_people_outrank_the_model_and_both_are_kept(home: Path) -> None:
    tags = {
        "type": "tags",
        "passage": passage_id("smith2020reminders", COSTS),
        "quote": COSTS,
        "criteria": ["uptake"],
        "by": "reader-1",
        "at": "2026-01-01",
    }
    (home / "annotations.jsonl").write_text(json.dumps(tags) + "\n")
    built(home)
    (detail,) = [d for d in open_(home).show("smith2020reminders")[1] if d.passage.text == COSTS]
    counting = {tag.criterion: tag.by for tag, counts in detail.tags if counts}
    assert counting == {"uptake": "reader-1"}
    models = {tag.criterion for tag, counts in detail.tags if not counts}
    assert "cost" in models, "the model's own word stays on record"


def test_a_new_annotation_counts_after_the_next_build_without_reading_files_again(
    home: Path,
) -> None:
    built(home)
    line = verdict("smith2020reminders", RAISED, "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    assert open_(home).index().stale == ("references.bib or annotations.jsonl",)
    assert [e.passage.text for e in open_(home).ask("do reminders work").supporting] == [RAISED]
    assert set(built(home).values()) == {"unchanged"}
    assert open_(home).index().stale == ()


def test_annotations_on_text_that_changed_are_named(home: Path) -> None:
    line = verdict("smith2020reminders", "Text that is gone.", "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    base = open_(home)
    list(base.build())
    (orphan,) = base.problems()
    assert line["passage"] in str(orphan)
    assert "Text that is gone." in str(orphan)


def test_other_settings_mean_another_index(home: Path) -> None:
    built(home)
    (home / "kb.toml").write_text("[passages]\nmax_tokens = 16\n")
    with pytest.raises(KbError, match="other settings"):
        open_(home).ask("reminders")
    assert set(built(home).values()) == {"added"}
    again = open_(home)
    assert all(p.tokens <= 16 for p in again.catalog.passages(again.catalog.ids()).values())
    assert again.vectors.ids() == again.catalog.ids()


def test_losing_most_of_the_corpus_asks_first(home: Path) -> None:
    for number in range(30):
        (home / f"corpus/k{number}.txt").write_text(f"Passage number {number}.")
    with (home / "references.bib").open("a") as bib:
        bib.writelines(f"@misc{{k{n}, title = {{T{n}}}}}\n" for n in range(30))
    built(home)
    for number in range(30):
        (home / f"corpus/k{number}.txt").unlink()
    with pytest.raises(KbError, match="30 of 32 indexed files are gone"):
        built(home)
    assert len(texts(home)) == 33, "nothing was dropped"
    assert list(built(home, may_drop=True).values()).count("removed") == 30


def test_losing_the_references_asks_first_and_changes_nothing(home: Path) -> None:
    built(home)
    before = texts(home)
    (home / "references.bib").write_text("")
    with pytest.raises(KbError, match="2 of 2 indexed files are gone or have lost their entry"):
        built(home)
    assert texts(home) == before
    assert open_(home).ask("reminders raise attendance").considered, "the old index still answers"


def test_a_withdrawn_entry_can_be_cited_until_its_passages_are_gone(home: Path) -> None:
    built(home)
    entries = (home / "references.bib").read_text()
    (home / "references.bib").write_text(entries.partition("@techreport")[0])
    at_work = open_(home).build()
    next(at_work)
    assert open_(home).ask("letters").considered
    list(at_work)
    assert set(open_(home).catalog.sources()) == {"smith2020reminders"}
    assert texts(home) == {RAISED, COSTS}


def test_vectors_that_were_deleted_are_made_again_by_a_build(home: Path) -> None:
    built(home)
    for folder in (home / ".kb").glob("chroma-*"):
        shutil.rmtree(folder)
    assert set(built(home).values()) == {"added"}
    again = open_(home)
    assert again.vectors.ids() == again.catalog.ids()


def test_another_store_is_another_index(home: Path) -> None:
    built(home)
    (home / "kb.toml").write_text('[storing]\nvectors = "exact"\n')
    assert set(built(home).values()) == {"added"}
    assert open_(home).ask("do reminders work").considered
    assert not list((home / ".kb").glob("chroma-*")), "what is no longer used is removed"


def test_what_is_annotated_between_two_builds_of_one_object_counts(home: Path) -> None:
    (home / "kb.toml").write_text('[judging]\njudge = "none"\n')
    base = open_(home)
    list(base.build())
    assert base.ask("do reminders work").totals["supporting"] == 0
    line = verdict("smith2020reminders", RAISED, "U1", "supports", "ann")
    tags = {**line, "type": "tags", "criteria": ["cost"]}
    for name in ("circumstance", "claim", "stance"):
        del tags[name]
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n" + json.dumps(tags) + "\n")
    assert base.ask("do reminders work").totals["supporting"] == 1, "verdicts count at once"
    list(base.build())
    (item,) = base.ask("do reminders work").supporting
    assert item.criteria == ("cost",)
    assert base.index().stale == ()


def test_what_another_process_builds_is_seen(home: Path) -> None:
    base = open_(home)
    list(base.build())
    assert base.search("gold", mode="meaning")[0].passage.citekey != "new2024"
    (home / "corpus/new2024.md").write_text("Reminders printed in gold letters.")
    with (home / "references.bib").open("a") as bib:
        bib.write("@misc{new2024, title = {New}}\n")
    command = [sys.executable, "-m", "kb", "build", "--home", str(home)]
    subprocess.run(command, check=True, capture_output=True)
    assert base.search("gold letters", mode="meaning")[0].passage.citekey == "new2024"
    subprocess.run([*command, "--afresh"], check=True, capture_output=True)
    assert base.search("gold letters", mode="meaning")[0].passage.citekey == "new2024"


def test_an_index_made_afresh_equals_one_made_step_by_step(home: Path) -> None:
    (home / "corpus/health2019letters.txt").unlink()
    built(home)
    (home / "corpus/health2019letters.txt").write_text(LETTERS)
    built(home)
    step_by_step = open_(home).ask("do reminders work")
    built(home, afresh=True)
    assert open_(home).ask("do reminders work") == step_by_step


@pytest.mark.parametrize("wait", [0.4, 0.8, 1.2, 1.8])
def test_a_killed_build_is_finished_by_the_next(home: Path, wait: float) -> None:
    for number in range(200):
        (home / f"corpus/k{number}.txt").write_text(f"Passage {number}. " + "Some words. " * 4)
    with (home / "references.bib").open("a") as bib:
        bib.writelines(f"@misc{{k{n}, title = {{T{n}}}}}\n" for n in range(200))
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    process = subprocess.Popen(
        [sys.executable, "-m", "kb", "build", "--home", str(home)], stderr=subprocess.DEVNULL
    )
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert {path: path.read_bytes() for path in before} == before, "people's files are untouched"
    built(home)
    again = open_(home)
    assert again.index().documents == 202
    assert again.vectors.ids() == again.catalog.ids()
    assert (home / "corpus/smith2020reminders.md").read_text() == SMITH


def test_one_can_ask_while_a_build_is_at_work(home: Path) -> None:
    built(home)
    for number in range(200):
        (home / f"corpus/k{number}.txt").write_text(f"Reminder number {number} was sent.")
    with (home / "references.bib").open("a") as bib:
        bib.writelines(f"@misc{{k{n}, title = {{T{n}}}}}\n" for n in range(200))
    at_work = open_(home).build()
    seen = [next(at_work).status for _ in range(100)]
    assert "added" in seen
    answer = open_(home).ask("reminder was sent")
    assert any(item.passage.citekey.startswith("k") for item in answer.context)
    assert "a build was stopped or is at work" in answer.index.stale
    list(at_work)
    assert open_(home).index().stale == ()


CRASHING = """
import os
def read(path, citekey):
    with (path.parent.parent / "tries").open("a") as tries:
        tries.write("x")
    os.abort()
"""


@pytest.fixture
def crashing(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose reader crashes, and keeps count of how often it was tried in `tries`."""
    (home.parent / "parts").mkdir()
    (home.parent / "parts" / "crashing_reader.py").write_text(CRASHING)
    monkeypatch.syspath_prepend(home.parent / "parts")
    monkeypatch.setitem(READERS, ".bad", "crashing_reader:read")
    (home / "corpus/health2019letters.txt").unlink()
    path = home / "corpus/health2019letters.bad"
    path.write_text("Whatever.")
    return path


def tries(home: Path) -> int:
    return len((home / "tries").read_text())


def test_a_file_that_crashes_its_reader_does_not_stop_the_others(
    home: Path, crashing: Path
) -> None:
    bad, good = open_(home).build()
    assert (bad.status, good.status) == ("failed", "added")
    assert "reading it crashed" in str(bad.problem)
    assert texts(home) == {RAISED, COSTS}


def test_a_file_that_could_not_be_read_is_not_tried_again(home: Path, crashing: Path) -> None:
    first = {o.path: o.problem for o in open_(home).build()}
    os.utime(crashing, (1, 1))
    assert {o.path: o.problem for o in open_(home).build()} == first
    assert tries(home) == 1
    assert [problem.where for problem in open_(home).index().unusable] == [
        "corpus/health2019letters.bad"
    ]
    assert open_(home).index().stale == ()


def test_it_is_tried_again_once_it_or_the_limits_have_changed(home: Path, crashing: Path) -> None:
    built(home)
    crashing.write_text("Something else.")
    built(home)
    assert tries(home) == 2
    (home / "kb.toml").write_text("[reading]\nseconds = 60\n")
    assert built(home) == {"health2019letters.bad": "failed", "smith2020reminders.md": "unchanged"}
    assert tries(home) == 3
    built(home)
    assert tries(home) == 3


def test_it_is_tried_again_by_another_version_of_the_readers(
    home: Path, crashing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(home)
    monkeypatch.setattr("kb.knowledge_base.READER_VERSION", "the next")
    built(home)
    assert tries(home) == 2


def test_a_file_that_was_too_large_is_read_once_more_is_allowed(home: Path) -> None:
    (home / "corpus/health2019letters.txt").write_text("Long. " * 3_000_000)
    (home / "kb.toml").write_text("[reading]\nfile_mb = 16\n")
    (problem,) = [o.problem for o in open_(home).build() if o.problem]
    assert problem.what == "has 18 MB, more than 16 MB"
    (home / "kb.toml").write_text("[reading]\nfile_mb = 20\n")
    (problem,) = [o.problem for o in open_(home).build() if o.problem]
    assert problem.what.startswith("holds too much text")


def test_a_long_text_is_indexed_from_a_script_that_runs_once(home: Path, tmp_path: Path) -> None:
    """A script without `if __name__ == "__main__"` must not run again in the child."""
    (home / "corpus/health2019letters.txt").write_text(f"{LETTERS}\n\n" * 4_000)
    script = tmp_path / "script.py"
    script.write_text(
        f"import kb\nprint('begun')\nprint([o.status for o in kb.open({str(home)!r}).build()])\n"
    )
    told = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert told.stdout == "begun\n['added', 'added']\n"
    assert texts(home) == {RAISED, COSTS, LETTERS}


def test_a_build_with_nothing_new_starts_no_process(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "corpus/health2019letters.txt").write_text(f"{LETTERS}\n\n" * 4_000)
    built(home)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert set(built(home).values()) == {"unchanged"}


def test_a_paragraph_without_end_is_cut_all_the_same(home: Path) -> None:
    (home / "corpus/health2019letters.txt").write_text("word " * 40_000 + "x" * 100_000)
    built(home)
    found = open_(home).catalog.passages_of("health2019letters")
    assert found
    assert all(passage.tokens <= 200 for passage in found)
