"""The catalogue: what goes in comes out, all or nothing, and a damaged file is told."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kb.errors import IndexUnusable, StorageError
from kb.records import (
    Filters,
    IndexedFile,
    Locator,
    Passage,
    Problem,
    Source,
    Study,
    Tag,
    passage_id,
)
from kb.storing.catalog import Catalog
from kb.storing.schema import SCHEMA

SMITH = Source(
    citekey="smith2020",
    entry_type="article",
    title="On “reminders” – naïve",
    authors=("Smith", "Department of Health"),
    year="2020",
    citation="Smith and Department of Health (2020)",
    reference="Smith, Ann (2020). On reminders.",
    doi="10.1000/182",
    note="a note",
)
FILE = IndexedFile(
    path="corpus/smith2020.md",
    citekey="smith2020",
    sha256="ab" * 32,
    size=1234,
    mtime_ns=1_700_000_000_123_456_789,
    kind="digest",
    read="abstract",
    study=Study("trial", "general practice", "UK", "400 patients"),
)
BROKEN = IndexedFile(
    path="corpus/jones2021.md",
    citekey="jones2021",
    sha256="",
    size=0,
    mtime_ns=0,
    problem=Problem("corpus/jones2021.md", "not UTF-8 text (byte 3)", "mend the file"),
)


def passage(text: str, start: int = 0, citekey: str = "smith2020") -> Passage:
    place = Locator("Results", "12", 3)
    name = passage_id(citekey, text)
    return Passage(name, citekey, text, start, start + len(text), place, len(text.split()))


COST = passage("Each reminder cost four pence and saved staff time.", 0)
RAISED = passage("Text messages raised attendance at clinics.", 100)
LETTERS = passage("Letters changed attendance little, and cost more.", 200)
THREE = [RAISED, LETTERS, COST]


def ids(*passages: Passage) -> list[str]:
    return [p.id for p in passages]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "what? #1 100%" / "catalog.sqlite3"


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    """A catalogue open to be written, empty."""
    with closing(Catalog.open_to_write(path)) as opened:
        yield opened


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    """One file of three passages."""
    with catalog.transaction():
        catalog.put_file(FILE, THREE)
    return catalog


def test_a_new_catalogue_is_empty(catalog: Catalog) -> None:
    assert catalog.count() == (0, 0)
    assert catalog.ids() == set()
    assert catalog.files() == {}
    assert catalog.sources() == {}
    assert catalog.wordings() == []
    assert catalog.fact("recipe") == ""
    assert catalog.best_words("attendance", 5) == []


def test_what_is_written_is_read_by_another_that_opens_the_file(
    filled: Catalog, path: Path
) -> None:
    with filled.transaction():
        filled.put_sources([SMITH])
        filled.put_file(BROKEN, [])
        filled.note("recipe", "abc")
        filled.note("recipe", "def")
    with closing(Catalog.open_to_read(path)) as reader:
        assert reader.sources() == {"smith2020": SMITH}
        assert reader.files() == {BROKEN.path: BROKEN, FILE.path: FILE}
        assert reader.passages(ids(*THREE)) == {p.id: p for p in THREE}
        assert reader.fact("recipe") == "def"
        assert reader.count() == (3, 1)


def test_a_reader_cannot_write(filled: Catalog, path: Path) -> None:
    assert filled.count() == (3, 1)
    with closing(Catalog.open_to_read(path)) as reader:
        with pytest.raises(StorageError), reader.transaction():
            reader.note("recipe", "abc")
        assert reader.fact("recipe") == ""


def test_an_error_within_a_transaction_leaves_all_as_it_was(filled: Catalog, path: Path) -> None:
    def broken_off() -> None:
        with filled.transaction():
            filled.remove_file(FILE.path)
            filled.note("recipe", "abc")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken_off()
    assert filled.ids() == set(ids(*THREE))
    with closing(Catalog.open_to_read(path)) as reader:
        assert reader.fact("recipe") == ""
        assert set(reader.files()) == {FILE.path}


def test_a_passage_under_two_files_is_refused_and_nothing_is_half_done(filled: Catalog) -> None:
    other = IndexedFile("corpus/other.md", "smith2020", "", 0, 0)
    with pytest.raises(IndexUnusable), filled.transaction():
        filled.put_file(other, [passage("New words."), COST])
    assert filled.count() == (3, 1)
    assert set(filled.files()) == {FILE.path}
    assert filled.best_words("new", 5) == []


def test_a_file_put_in_again_replaces_its_passages(filled: Catalog) -> None:
    added = passage("Something else entirely about budgets.", 300)
    with filled.transaction():
        filled.put_file(FILE, [COST, added])
    assert filled.ids() == set(ids(COST, added))
    assert filled.best_words("clinics", 5) == []
    assert [name for name, _ in filled.best_words("budgets", 5)] == ids(added)


def test_a_file_that_is_removed_takes_passages_tags_and_words_with_it(filled: Catalog) -> None:
    with filled.transaction():
        filled.replace_tags([(Tag(COST.id, "cost", 1.0, "ann"), True)])
        filled.remove_file(FILE.path)
        filled.remove_file("corpus/unknown.md")
    assert filled.files() == {}
    assert filled.count() == (0, 0)
    assert filled.tags([COST.id]) == {COST.id: []}
    assert filled.best_words("attendance cost", 5) == []


def test_a_new_time_of_a_file_is_noted(filled: Catalog) -> None:
    with filled.transaction():
        filled.set_mtime(FILE.path, 2**62)
    assert filled.files()[FILE.path].mtime_ns == 2**62


def test_sources_are_added_and_withdrawn(catalog: Catalog) -> None:
    jones = Source("jones2021", "book", "T", (), "", "“T” (n.d.)", "(n.d.). T.")
    newer = Source("smith2020", "book", "T", (), "", "“T” (n.d.)", "(n.d.). T.")
    with catalog.transaction():
        catalog.put_sources([SMITH])
        catalog.put_sources([jones])
    assert catalog.sources() == {"jones2021": jones, "smith2020": SMITH}
    assert catalog.sources(["smith2020", "nobody"]) == {"smith2020": SMITH}
    with catalog.transaction():
        catalog.put_sources([newer])
        catalog.keep_sources(["smith2020"])
    assert catalog.sources() == {"smith2020": newer}


def test_what_is_read_in_a_snapshot_is_of_one_state(filled: Catalog, path: Path) -> None:
    with closing(Catalog.open_to_read(path)) as reader:
        with reader.snapshot():
            before = reader.count()
            with pytest.raises(StorageError, match="try again"), filled.transaction():
                filled.remove_file(FILE.path)
            assert reader.count() == before == (3, 1)
        with filled.transaction():
            filled.remove_file(FILE.path)
        assert reader.count() == (0, 0)


def test_the_passages_of_a_source_come_in_reading_order(filled: Catalog) -> None:
    assert filled.passages_of("smith2020") == [COST, RAISED, LETTERS]
    assert filled.passages_of("jones2021") == []


def test_a_passage_that_is_not_there_is_left_out(filled: Catalog) -> None:
    assert filled.passages([COST.id, "smith2020#000000000000"]) == {COST.id: COST}
    assert filled.passages([]) == {}


def test_more_passages_than_sqlite_takes_values_can_be_asked_for(
    filled: Catalog, path: Path
) -> None:
    many = [f"smith2020#{n:012x}" for n in range(40_000)]
    assert filled.count() == (3, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)  # as built by default
        catalog = Catalog(connection, path)
        assert catalog.passages([*many, COST.id]) == {COST.id: COST}
        assert len(catalog.tags(many)) == 40_000


def test_only_tags_that_count_choose_passages(filled: Catalog) -> None:
    with filled.transaction():
        filled.replace_tags(
            [
                (Tag(COST.id, "cost", 1.0, "ann"), True),
                (Tag(RAISED.id, "cost", 0.9, "model:x"), False),
                (Tag(LETTERS.id, "uptake", 0.8, "model:x"), True),
            ]
        )
    assert filled.ids(Filters("cost")) == {COST.id}
    assert filled.ids(Filters("uptake")) == {LETTERS.id}
    assert filled.ids(Filters("scale")) == set()
    assert filled.ids() == set(ids(*THREE))


def test_passages_are_chosen_by_criterion_and_source_together(filled: Catalog) -> None:
    other = passage("Costs were not counted.", citekey="jones2021")
    with filled.transaction():
        filled.put_file(IndexedFile("corpus/jones2021.md", "jones2021", "", 0, 0), [other])
        filled.replace_tags([(Tag(p.id, "cost", 1.0, "ann"), True) for p in (COST, other)])
    assert filled.ids(Filters(sources=("jones2021",))) == {other.id}
    assert filled.ids(Filters("cost", ("jones2021",))) == {other.id}
    assert filled.ids(Filters("cost", ("smith2020",))) == {COST.id}
    assert filled.ids(Filters("cost", ("jones2021", "smith2020"))) == set(ids(COST, other))
    assert filled.ids(Filters("cost", ("hall2019",))) == set()
    assert filled.count() == (4, 2)


def test_passages_are_chosen_by_year_and_kind(filled: Catalog) -> None:
    original = replace(passage("Costs were not counted.", citekey="jones2021"), kind="original")
    digests = [replace(p, kind="digest") for p in THREE]
    with filled.transaction():
        filled.put_file(IndexedFile("corpus/jones2021.txt", "jones2021", "", 0, 0), [original])
        filled.put_file(IndexedFile("corpus/smith2020.md", "smith2020", "", 0, 0), digests)
        filled.put_sources(
            replace(SMITH, citekey=citekey, year=year)
            for citekey, year in (("smith2020", "2019/2020"), ("jones2021", "2021a"))
        )
    smiths = set(ids(*digests))
    assert filled.ids(Filters(years=(2021, 2021))) == {original.id}
    assert filled.ids(Filters(years=(0, 2020))) == smiths, "the first year that is named"
    assert filled.ids(Filters(years=(2020, 2020))) == set()
    assert filled.ids(Filters(years=(0, 9999))) == filled.ids()
    with filled.transaction():
        filled.put_sources([replace(SMITH, year="n.d.")])
    assert filled.ids(Filters(years=(0, 9999))) == {original.id}, "no year, no year's passage"
    assert filled.ids(Filters(kind="original")) == {original.id}
    assert filled.ids(Filters(kind="digest")) == smiths
    assert filled.ids(Filters(kind="original", years=(0, 2020))) == set()


def test_a_passage_that_two_say_the_same_of_is_chosen_once(filled: Catalog) -> None:
    with filled.transaction():
        filled.replace_tags([(Tag(COST.id, "cost", 1.0, by), True) for by in ("ann", "bob")])
    assert filled.ids(Filters("cost")) == {COST.id}


def test_tags_come_with_who_said_so_and_whether_they_count(filled: Catalog) -> None:
    given = [
        (Tag(COST.id, "cost", 1.0, "ann"), True),
        (Tag(COST.id, "cost", 0.25, "model:x"), False),
        (Tag(COST.id, "uptake", 0.5, "model:x"), True),
    ]
    with filled.transaction():
        filled.replace_tags(reversed(given))
    assert filled.tags([COST.id, RAISED.id]) == {COST.id: given, RAISED.id: []}
    with filled.transaction():
        filled.replace_tags(given[:1])
    assert filled.tags([COST.id]) == {COST.id: given[:1]}


def test_intents_come_back_as_they_went_in(catalog: Catalog) -> None:
    with catalog.transaction():
        catalog.replace_intents({"old": np.zeros(3, np.float32)})
        catalog.replace_intents({"S1": np.ones(3, np.float32), "": np.arange(3, dtype=np.float32)})
    found = catalog.intents()
    assert {name: row.tolist() for name, row in found.items()} == {"": [0, 1, 2], "S1": [1, 1, 1]}


def test_wordings_come_back_as_they_went_in(catalog: Catalog) -> None:
    vectors = np.random.default_rng(0).normal(size=(3, 384)).astype(np.float32)
    with catalog.transaction():
        catalog.replace_wordings([("old", vectors[2])])
        catalog.replace_wordings(zip(["S1", "S1", "A1"], vectors, strict=True))
    found = catalog.wordings()
    assert [name for name, _ in found] == ["S1", "S1", "A1"]
    np.testing.assert_array_equal(np.stack([vector for _, vector in found]), vectors)


def test_words_are_found_in_other_forms_and_cases(filled: Catalog) -> None:
    assert [name for name, _ in filled.best_words("CLINIC", 5)] == ids(RAISED)
    assert {name for name, _ in filled.best_words("costing", 5)} == set(ids(COST, LETTERS))


def test_more_of_the_words_and_rarer_ones_are_better(filled: Catalog) -> None:
    found = filled.best_words("did letters change attendance?", 5)
    assert [name for name, _ in found] == ids(LETTERS, RAISED)
    assert all(higher > lower for (_, higher), (_, lower) in pairwise(found))


@pytest.mark.parametrize(
    "question", ["", "what is the", "?!", '"', "😀", "AND OR NOT", "attendance:"]
)
def test_no_question_breaks_the_search(filled: Catalog, question: str) -> None:
    found = {name for name, _ in filled.best_words(question, 5)}
    assert found == (set(ids(RAISED, LETTERS)) if "attendance" in question else set())


def test_only_so_many_words_hits_as_asked_for_and_only_among(filled: Catalog) -> None:
    all_of_them = filled.best_words("attendance cost", 5)
    assert len(all_of_them) == 3
    assert filled.best_words("attendance cost", 2) == all_of_them[:2]
    last = all_of_them[-1]
    assert filled.best_words("attendance cost", 1, among={last[0]}) == [last]
    assert filled.best_words("attendance cost", 5, among=set()) == []


def test_those_equally_good_come_in_the_order_of_their_ids(catalog: Catalog) -> None:
    same = [passage("The very same words.", citekey=f"source{n}") for n in (3, 1, 2)]
    with catalog.transaction():
        for p in same:
            catalog.put_file(IndexedFile(f"corpus/{p.citekey}.md", p.citekey, "", 0, 0), [p])
    assert [name for name, _ in catalog.best_words("same words", 5)] == sorted(ids(*same))
    assert [name for name, _ in catalog.best_words("same words", 2)] == sorted(ids(*same))[:2]


def test_without_a_file_the_way_to_make_one_is_told(path: Path) -> None:
    with pytest.raises(IndexUnusable) as caught:
        Catalog.open_to_read(path)
    assert str(caught.value) == f"{path}: there is no index yet; make one with: kb build"
    assert not path.exists()


def test_a_catalogue_of_another_version_is_not_read_but_made_anew(
    filled: Catalog, path: Path
) -> None:
    filled.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(IndexUnusable, match=f"schema {SCHEMA + 1}, not {SCHEMA}.*kb build"):
        Catalog.open_to_read(path)
    with closing(Catalog.open_to_write(path)) as anew:
        assert anew.count() == (0, 0)
    with closing(Catalog.open_to_read(path)) as reader:
        assert reader.count() == (0, 0)


def test_a_catalogue_opened_to_write_again_keeps_what_it_holds(filled: Catalog, path: Path) -> None:
    filled.close()
    with closing(Catalog.open_to_write(path)) as again:
        assert again.count() == (3, 1)


@pytest.mark.parametrize("content", [b"not a database " * 100, b"short"])
def test_a_file_that_is_no_database_is_told_and_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    for opened in (Catalog.open_to_read, Catalog.open_to_write):
        with pytest.raises(IndexUnusable) as caught:
            opened(path)
        assert str(caught.value).startswith(f"{path}: not a ")
        assert "kb build --afresh" in str(caught.value)
    assert path.read_bytes() == content


def test_a_catalogue_damaged_in_the_middle_is_told_when_it_is_read(
    filled: Catalog, path: Path
) -> None:
    filled.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with closing(Catalog.open_to_read(path)) as reader, pytest.raises(IndexUnusable) as caught:
        reader.passages_of("smith2020")
    assert "kb build --afresh" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_in_the_files_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(IndexUnusable):
        Catalog.open_to_read(path)
    with pytest.raises(StorageError):
        Catalog.open_to_write(path)


def test_an_anchor_holds_while_its_passage_is_there_and_the_one_judged_is_not(
    filled: Catalog,
) -> None:
    gone = passage("Gone.").id
    with filled.transaction():
        filled.replace_anchors({gone: COST.id, LETTERS.id: COST.id, "old#1": "nowhere#1"})
    assert filled.anchors() == {gone: COST.id}
    with filled.transaction():
        filled.replace_anchors({gone: RAISED.id})
    assert filled.anchors() == {gone: RAISED.id}
    with filled.transaction():
        filled.remove_file(FILE.path)
    assert filled.anchors() == {}


def test_links_keep_their_order(filled: Catalog) -> None:
    rows = [("b", "c", "same work", "the same title"), ("a", "b", "same DOI", "both have it")]
    for given in ([("x", "y", "same DOI", "why")], rows):
        with filled.transaction():
            filled.replace_links(given)
    assert filled.links() == rows


def test_a_file_written_anew_holds_nothing_of_what_was_deleted(filled: Catalog, path: Path) -> None:
    secret = "Zyxqortle flurbinated quabbled reminders."
    with filled.transaction():
        other = IndexedFile("corpus/secret.md", "secret", "cd" * 32, 1, 1)
        filled.put_file(other, [passage(f"{secret} {n}", n, "secret") for n in range(500)])
    with filled.transaction():
        filled.remove_file("corpus/secret.md")
    traces = [secret.encode(), b"zyxqortl", b"flurbin", b"secret.md", b"secret#"]
    assert any(trace in path.read_bytes() for trace in traces)
    filled.write_anew()
    assert not [trace for trace in traces if trace in path.read_bytes()]
    assert [name for name, _ in filled.best_words("attendance pence", 5)]
    assert filled.best_words("flurbinated", 5) == []
    assert filled.count() == (3, 1)
    with filled.transaction():
        filled.remove_file(FILE.path)
    assert filled.best_words("attendance", 5) == []
