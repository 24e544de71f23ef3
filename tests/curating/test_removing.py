"""What is removed can be put back; of what is forgotten nothing is left."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from kb.curating.removing import belongings, forget, remove
from kb.errors import KbError, UnknownName
from kb.knowledge_base import KnowledgeBase, open_
from kb.records import passage_id
from kb.storing.lock import writing
from tests.conftest import COSTS, LETTERS, RAISED, REFERENCES, SMITH, verdict

KEY = "smith2020reminders"
SECRET = "Zyxqortle patients flurbinated whenever quabbled reminders arrived on Thursdays."
TITLE = "Vorpalish reminders"


def texts(home: Path) -> set[str]:
    catalog = open_(home).catalog
    return {passage.text for passage in catalog.passages(catalog.ids()).values()}


def said(base: KnowledgeBase) -> list[tuple[str, str, float]]:
    """All of an answer; where Chroma keeps a vector changes the last digits of a score."""
    answer = base.ask("do reminders work")
    groups = answer.supporting + answer.challenging + answer.unsure + answer.context
    return [(item.passage.id, item.judgement.judge, round(item.score, 5)) for item in groups]


def remove_all(base: KnowledgeBase, *citekeys: str) -> tuple[str, ...]:
    return remove(base, belongings(base, citekeys))


def forget_all(base: KnowledgeBase, *citekeys: str, also_annotations: bool = False) -> None:
    forget(base, belongings(base, citekeys), also_annotations=also_annotations)


def test_a_source_goes_with_its_files_and_its_entry(base: KnowledgeBase) -> None:
    home = base.home
    (home / f"corpus/{KEY}.txt").write_text("The original.")
    assert remove_all(base, KEY) == (f"removed/{KEY}.md", f"removed/{KEY}.txt")
    assert (home / f"removed/{KEY}.md").read_text() == SMITH
    entry, rest = REFERENCES.split("@techreport")
    assert (home / "removed/references.bib").read_text() == entry
    assert (home / "references.bib").read_text() == "@techreport" + rest
    assert texts(home) == {LETTERS}
    assert set(base.catalog.sources()) == {"health2019letters"}
    assert base.index().stale == ()


def test_what_was_removed_can_be_put_back(base: KnowledgeBase) -> None:
    home = base.home
    before = said(base)
    remove_all(base, KEY)
    with (home / "references.bib").open("a") as bib:
        bib.write((home / "removed/references.bib").read_text())
    shutil.move(home / f"removed/{KEY}.md", home / "corpus")
    list(base.build())
    assert said(base) == before


def test_nothing_in_removed_is_written_over(base: KnowledgeBase) -> None:
    home = base.home
    remove_all(base, KEY)
    (home / "references.bib").write_text(REFERENCES)
    (home / f"corpus/{KEY}.md").write_text("Another text.")
    list(base.build())
    assert remove_all(base, KEY) == (f"removed/{KEY}-2.md",)
    assert (home / f"removed/{KEY}.md").read_text() == SMITH
    assert (home / f"removed/{KEY}-2.md").read_text() == "Another text."
    assert (home / "removed/references.bib").read_text().count(f"@article{{{KEY},") == 1
    (home / "references.bib").write_text(REFERENCES.replace("{2020}", "{2021}"))
    remove_all(base, KEY)
    assert (home / "removed/references.bib").read_text().count(f"@article{{{KEY},") == 2


def test_an_entry_without_a_file_and_a_file_without_an_entry(base: KnowledgeBase) -> None:
    home = base.home
    with (home / "references.bib").open("a") as bib:
        bib.write("@misc{later2021, title = {Not read yet}}\n")
    (home / "corpus/nobody.xyz").write_text("Nobody's.")
    assert remove_all(base, "later2021", "nobody", "later2021") == ("removed/nobody.xyz",)
    assert (home / "references.bib").read_text() == REFERENCES
    assert not (home / "corpus/nobody.xyz").exists()


def test_a_citekey_that_is_not_there_changes_nothing(base: KnowledgeBase) -> None:
    with pytest.raises(UnknownName, match=f"no source 'smith2020'; did you mean {KEY}"):
        remove_all(base, "health2019letters", "smith2020")
    with pytest.raises(UnknownName, match="list them with: kb sources"):
        belongings(base, ["*"])
    assert texts(base.home) == {RAISED, COSTS, LETTERS}
    assert not (base.home / "removed").exists()


def test_judgements_stay_and_count_again_when_the_source_is_back(base: KnowledgeBase) -> None:
    home = base.home
    line = verdict(KEY, RAISED, "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    assert belongings(base, [KEY]).quotes == 1
    remove_all(base, KEY)
    answer = base.ask("do reminders work")
    assert (answer.sources["supporting"], answer.lost_judgements) == (0, 1)
    (home / "references.bib").write_text(REFERENCES)
    shutil.move(home / f"removed/{KEY}.md", home / "corpus")
    list(base.build())
    assert base.ask("do reminders work").sources["supporting"] == 1


def many(home: Path) -> None:
    """Thirty sources more."""
    for number in range(30):
        (home / f"corpus/k{number}.txt").write_text(f"Passage number {number}.")
    with (home / "references.bib").open("a") as bib:
        bib.writelines(f"@misc{{k{n}, title = {{T{n}}}}}\n" for n in range(30))


def test_most_sources_may_go_when_they_are_named(home: Path) -> None:
    many(home)
    base = open_(home)
    list(base.build())
    remove_all(base, *(f"k{number}" for number in range(30)))
    assert texts(home) == {RAISED, COSTS, LETTERS}
    remove_all(base, KEY, "health2019letters")
    assert texts(home) == set()
    assert base.ask("do reminders work").considered == 0


def test_what_is_gone_without_having_been_named_is_still_asked_for(home: Path) -> None:
    many(home)
    base = open_(home)
    list(base.build())
    for number in range(30):
        (home / f"corpus/k{number}.txt").unlink()
    with pytest.raises(KbError, match="30 of 31 indexed files are gone"):
        remove_all(base, KEY)
    assert (home / f"removed/{KEY}.md").exists()
    list(base.build(may_drop=True))
    assert texts(home) == {LETTERS}


def test_while_another_writes_nothing_is_removed(base: KnowledgeBase) -> None:
    with writing(base.index_folder), pytest.raises(KbError, match="is writing"):
        remove_all(base, KEY)
    assert (base.home / "references.bib").read_text() == REFERENCES
    assert remove_all(base, KEY) == (f"removed/{KEY}.md",)
    assert texts(base.home) == {LETTERS}


def test_a_removal_that_was_stopped_is_finished_by_the_same_command(base: KnowledgeBase) -> None:
    (base.home / "removed").mkdir()
    shutil.move(base.home / f"corpus/{KEY}.md", base.home / "removed")
    assert remove_all(base, KEY) == ()
    assert (base.home / "references.bib").read_text().startswith("@techreport")
    assert texts(base.home) == {LETTERS}


# -- forgetting -----------------------------------------------------------------------------


@pytest.fixture(params=["chroma", "exact"])
def secretive(home: Path, request: pytest.FixtureRequest) -> KnowledgeBase:
    """A base with a source to be forgotten, that has been read, edited, judged and asked about."""
    (home / "kb.toml").write_text(f'[storing]\nvectors = "{request.param}"\n')
    references = REFERENCES.replace("Reminders in general practice", TITLE)
    (home / "references.bib").write_text(references)
    (home / f"corpus/{KEY}.md").write_text(SMITH.replace(RAISED, f"Earlier. {SECRET}"))
    base = open_(home)
    list(base.build())
    (home / f"corpus/{KEY}.md").write_text(SMITH.replace(RAISED, SECRET))
    list(base.build())
    base.ask("Reminders increase uptake.")
    base.ask("do reminders work")
    (home / ".kb/online").mkdir()
    (home / ".kb/online/answer.json").write_text(json.dumps({"title": TITLE}))
    (home / ".kb/page.png").write_bytes(SECRET.encode())
    (home / "references.bib.bak").write_text(references)
    return base


def traces(base: KnowledgeBase) -> dict[str, bytes]:
    """What may be left of the source: its words, its ids, its vectors."""
    passages = base.catalog.passages_of(KEY)
    texts_ = [passage.text for passage in passages] + [f"Earlier. {SECRET}"]
    embedded = base.embedder.embed(texts_)
    stored = base.vectors.get([passage.id for passage in passages])
    found = {
        word: word.encode()
        for word in (
            SECRET, COSTS, TITLE, "Zyxqortle", "zyxqortl", "flurbinat", "quabbl", "Vorpalish",
            f"corpus/{KEY}",
        )
    }  # fmt: skip
    for text in texts_:
        found[f"id of {text}"] = passage_id(KEY, text).partition("#")[2].encode()
    for number, vector in enumerate(np.concatenate([embedded, stored]).astype("<f4")):
        found[f"vector {number}"] = vector[:8].tobytes()
        found[f"middle of vector {number}"] = vector[100:108].tobytes()
    return found


def left(home: Path, wanted: dict[str, bytes], *folders: str) -> set[tuple[str, str]]:
    """(file, trace) for each trace that is in the bytes of a file."""
    paths = [path for folder in folders for path in (home / folder).rglob("*") if path.is_file()]
    return {
        (str(path.relative_to(home)), name)
        for path in paths
        for name, trace in wanted.items()
        if trace in path.read_bytes()
    }


def test_of_a_forgotten_source_no_byte_is_left(secretive: KnowledgeBase) -> None:
    base, home = secretive, secretive.home
    wanted = traces(base)
    everywhere = {name for _, name in left(home, wanted, "")}
    assert {"Zyxqortle", "zyxqortl", "vector 0", TITLE, f"id of {SECRET}"} <= everywhere
    kept = base.vectors.get([passage_id("health2019letters", LETTERS)])
    remove_all(base, KEY)
    assert left(home, wanted, "removed")
    forget_all(base, KEY)
    assert left(home, wanted, "") == set()
    assert not (home / "references.bib.bak").exists()
    assert not (home / "removed").exists()
    assert texts(home) == {LETTERS}
    assert np.allclose(base.vectors.get(list(base.catalog.ids())), kept, rtol=0, atol=1e-7)
    assert base.vectors.ids() == base.catalog.ids()
    assert [hit.passage.text for hit in base.search("letters")] == [LETTERS]
    assert [hit.passage.text for hit in base.search("attendance", mode="words")] == [LETTERS]


def test_what_is_left_answers_as_before_and_builds_as_unchanged(secretive: KnowledgeBase) -> None:
    base = secretive
    forget_all(base, KEY)
    assert {outcome.status for outcome in base.build()} == {"unchanged"}
    assert base.index().stale == ()
    before = said(base)
    list(base.build(afresh=True))
    assert said(base) == before


def test_what_models_said_of_others_is_kept(secretive: KnowledgeBase) -> None:
    base = secretive
    claim = "Reminders increase uptake."
    judge = base.judge
    assert judge
    others = [passage_id("health2019letters", LETTERS)]
    own = [passage.id for passage in base.catalog.passages_of(KEY)]
    base._panel.kept.put(judge.identity, claim, [(others[0], (0.1, 0.1, 0.8, 0, 9))])
    assert base._panel.kept.get(judge.identity, claim, own), "of the question asked before"
    forget_all(base, KEY)
    assert base._panel.kept.get(judge.identity, claim, [*others, *own]).keys() == set(others)


def test_all_may_be_forgotten(secretive: KnowledgeBase) -> None:
    base = secretive
    wanted = traces(base)
    forget_all(base, KEY, "health2019letters")
    assert left(base.home, wanted, "") == set()
    assert texts(base.home) == set()
    assert base.ask("do reminders work").considered == 0


def test_judgements_that_quote_it_stay_unless_they_are_named_too(base: KnowledgeBase) -> None:
    path = base.home / "annotations.jsonl"
    own = json.dumps(verdict(KEY, RAISED, "U1", "supports", "ann"))
    other = json.dumps(verdict("health2019letters", LETTERS, "U1", "challenges", "ann"))
    path.write_text(f"{own}\n\n{other}\n{own.replace('ann', 'bob')}")
    list(base.build())
    forget_all(base, KEY)
    assert RAISED in path.read_text()
    assert belongings(base, [KEY]).quotes == 2
    forget_all(base, KEY, also_annotations=True)
    assert path.read_text() == f"\n{other}\n"
    with pytest.raises(UnknownName):
        belongings(base, [KEY])


def test_judgements_that_came_from_an_earlier_citekey_are_quotes_too(base: KnowledgeBase) -> None:
    line = verdict("smith1999", RAISED, "U1", "supports", "ann")
    (base.home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    list(base.build())
    assert belongings(base, [KEY]).quotes == 1
    forget_all(base, KEY, also_annotations=True)
    assert (base.home / "annotations.jsonl").read_text() == ""


def test_a_source_that_has_the_name_with_a_number_is_another(base: KnowledgeBase) -> None:
    home = base.home
    with (home / "references.bib").open("a") as bib:
        bib.write(f"@misc{{{KEY}-2, title = {{Another}}}}\n")
    (home / f"corpus/{KEY}-2.txt").write_text("Another source.")
    list(base.build())
    remove_all(base, KEY, f"{KEY}-2")
    (home / f"removed/{KEY}-3.md").write_text("An earlier state.")
    forget_all(base, KEY)
    assert sorted(path.name for path in (home / "removed").iterdir()) == [
        "references.bib",
        f"{KEY}-2.txt",
    ]
    assert "Another" in (home / "removed/references.bib").read_text()


def test_a_broken_file_of_ours_stops_it_before_anything_is_deleted(base: KnowledgeBase) -> None:
    (base.home / "annotations.jsonl").write_text("{\n")
    with pytest.raises(KbError, match=r"annotations\.jsonl:1: not JSON"):
        belongings(base, [KEY])
    (base.home / "annotations.jsonl").unlink()
    (base.home / "criteria.yaml").write_text("broken: [\n")
    with pytest.raises(KbError, match=r"criteria\.yaml"):
        belongings(base, [KEY])


def test_where_the_index_is_in_use_nothing_is_forgotten_until_it_is_not(
    base: KnowledgeBase,
) -> None:
    with writing(base.index_folder), pytest.raises(KbError, match="is writing"):
        forget_all(base, KEY)
    assert (base.home / f"corpus/{KEY}.md").read_text() == SMITH
    forget_all(base, KEY)
    assert left(base.home, {"raised": RAISED.encode(), "stem": b"trial"}, ".kb") == set()


@pytest.mark.parametrize("finish", ["build", "afresh", "forget"])
def test_what_was_stopped_before_the_index_was_cleaned_is_finished(
    secretive: KnowledgeBase, finish: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, home = secretive, secretive.home
    wanted = traces(base)
    with monkeypatch.context() as stopped:
        stopped.setattr("kb.erasing.carry_over", raise_interrupt)
        with pytest.raises(KeyboardInterrupt):
            forget_all(base, KEY)
    assert left(home, wanted, ".kb")
    again = open_(home)
    assert again.owed == [KEY]
    if finish == "forget":
        forget_all(again, KEY)
    else:
        list(again.build(afresh=finish == "afresh"))
    assert left(home, wanted, "") == set()
    assert open_(home).owed == []
    assert [hit.passage.text for hit in open_(home).search("letters")] == [LETTERS]


def raise_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_a_killed_run_left_half_written_of_it_is_forgotten_too(
    secretive: KnowledgeBase,
) -> None:
    home, wanted = secretive.home, traces(secretive)
    for place in (".kb-part-references.bib-1a2b", f"corpus/.kb-part-{KEY}.md"):
        (home / place).write_text(f"{TITLE} {SECRET}")
    (home / "annotations.jsonl.bak").write_text(SECRET)
    forget_all(secretive, KEY, also_annotations=True)
    assert left(home, wanted, "") == set()
