"""What an annotated bibliography holds: what `kb ask` says, every statement a passage's own."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import QuestionError, ReadingError, UnknownName
from kb.exporting.annotated import STANCES, Bibliography, Entry, Section
from kb.exporting.citing import Cited, cite, plain
from kb.exporting.entries import annotated
from kb.exporting.outline import outline, sorted_out
from kb.exporting.rows import rows
from kb.knowledge_base import KnowledgeBase, open_
from kb.records import Passage, Stance
from kb.referencing.keeping import MADE
from tests.conftest import COSTS, RAISED
from tests.exporting.conftest import FORMULA, NOTE, OWN, REPEATED

SIDES = {"supporting": Stance.SUPPORTS, "challenging": Stance.CHALLENGES}


def groups(section: Section) -> dict[str, list[str]]:
    return {name: [e.source.citekey for e in entries] for name, entries in section.groups.items()}


def found(entry: Entry) -> list[tuple[str, str]]:
    return [(item.text, item.judgement.judge) for item in entry.findings]


def section(made: Bibliography, name: str) -> Section:
    (one,) = (s for chapter in made.chapters for s in chapter.sections if s.circumstance.id == name)
    return one


def passages(base: KnowledgeBase) -> dict[str, Passage]:
    return base.catalog.passages(base.catalog.ids())


def test_a_source_stands_where_readers_put_it(made: Bibliography) -> None:
    on_uptake = section(made, "U1")
    assert groups(on_uptake) == {
        "supporting": ["smith2020reminders", "anon2018scripts"],
        "challenging": ["health2019letters"],
        "mixed": ["smith2021again"],
        "context": [],
    }
    supporting, disputed = on_uptake.groups["supporting"]
    assert (supporting.basis, disputed.basis) == ("readers", "disputed")
    assert found(supporting) == [(RAISED, "two readers")]
    assert found(disputed) == [(FORMULA, "readers disagree")]
    (mixed,) = on_uptake.groups["mixed"]
    assert sorted(found(mixed)) == [(REPEATED, "two readers"), (COSTS, "two readers")]
    assert mixed.same_work == ("smith2020reminders",)


def test_what_is_near_and_judged_by_nobody_is_context(made: Bibliography) -> None:
    near = groups(section(made, "C1"))
    assert not near["supporting"] + near["challenging"] + near["mixed"]
    assert "smith2020reminders" in near["context"]


def test_notes_of_both_kinds_are_kept_with_where_they_stand(made: Bibliography) -> None:
    assert {k: [(n.text, n.origin) for n in notes] for k, notes in made.notes.items()} == {
        "health2019letters": [(NOTE, "notes/health2019letters.md")],
        "smith2021again": [(OWN, "references.bib")],
    }


def test_what_could_not_be_read_is_said(made: Bibliography) -> None:
    (problem,) = made.index.unusable
    assert "nothere2000" in str(problem)
    cited = cite("apa", made.references, made.sources)
    assert str(problem) in [plain(block.runs) for block in outline(made, cited)]


RISEN = """\
import numpy as np

class Risen:
    identity, threshold, calibrated = "risen@1", 0.8, False

    def __init__(self, model):
        pass

    def probabilities(self, pairs, *, thorough=True):
        sides = {True: (0.9, 0.04, 0.06), False: (0.45, 0.45, 0.1)}
        return np.array([sides["raised" in passage] for _, passage in pairs])
"""


def test_what_only_a_model_says_is_marked_comes_last_and_can_be_left_out(
    difficult: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "risen.py").write_text(RISEN)
    monkeypatch.syspath_prepend(tmp_path)
    (difficult / "kb.toml").write_text('[judging]\njudge = "risen:Risen"\n')
    base = open_(difficult)
    told: list[str] = []
    made = base.bibliography(progress=told.append)
    assert told == ["U1", "C1"]
    assert (made.judge, made.threshold) == ("risen@1", 0.8)
    on_cost = section(made, "C1")
    assert groups(on_cost)["supporting"] == ["smith2021again", "smith2020reminders"][::-1]
    assert {entry.basis for entry in on_cost.groups["supporting"]} == {"model"}
    assert [e.source.citekey for e in section(made, "U1").groups["supporting"]] == [
        "smith2020reminders", "anon2018scripts"
    ]  # fmt: skip
    assert on_cost.answer.sources == {"supporting": 0, "challenging": 0}
    counts = sorted_out(made)
    assert (counts["people"], counts["model"]) == (5, 2)
    unsure = [item for name in ("U1", "C1") for item in section(made, name).answer.unsure]
    assert counts["not sure"] == len(unsure) > 0
    cited = cite("apa", made.references, made.sources)
    assert prove(made, passages(base), cited) > 5
    alone = base.bibliography(people_only=True)
    assert alone.judge == ""
    assert not groups(section(alone, "C1"))["supporting"]


def test_criteria_circumstances_and_stances_narrow_it(small: KnowledgeBase) -> None:
    def named(**more: object) -> list[str]:
        made = small.bibliography(**more)  # type: ignore[arg-type]
        return [s.circumstance.id for chapter in made.chapters for s in chapter.sections]

    assert named() == ["U1", "C1"]
    assert named(criteria=["COST"]) == ["C1"]
    assert named(circumstances=["u1"]) == ["U1"]
    assert named(criteria=["cost"], circumstances=["U1"]) == ["U1", "C1"]
    only = small.bibliography(circumstances=["U1"], stances=["mixed"])
    assert groups(only.chapters[0].sections[0]) == {"mixed": ["smith2021again"]}
    assert only.only == ("circumstance U1", "sources that are mixed")
    assert set(only.references) == {"smith2021again"}
    assert not only.chapters[0].others
    with pytest.raises(UnknownName, match="no circumstance 'X9'; there are: U1, C1"):
        small.bibliography(circumstances=["X9"])
    with pytest.raises(UnknownName, match="no criterion 'x'"):
        small.bibliography(criteria=["x"])
    with pytest.raises(QuestionError, match="no stance 'supports'; there are: supporting, "):
        small.bibliography(stances=["supports"])


def test_a_source_whose_entry_is_gone_keeps_what_the_catalogue_knows(difficult: Path) -> None:
    (difficult / "references.bib").write_text("")
    made = open_(difficult).bibliography(criteria=["uptake"])
    entry = made.references["health2019letters"]
    assert (entry.title, entry.year) == ("Letters to patients", "2019")
    assert [person.name for person in entry.authors] == ["Department of Health"]


def test_the_same_knowledge_base_gives_the_same(small: KnowledgeBase, made: Bibliography) -> None:
    assert small.bibliography() == made


def test_a_note_that_is_no_text_is_named(difficult: Path) -> None:
    (difficult / "notes" / "smith2020reminders.md").write_bytes(b"\xff\xfe broken")
    with pytest.raises(ReadingError, match=r"smith2020reminders\.md: not UTF-8"):
        open_(difficult).bibliography()


def test_every_source_of_a_criterion_is_in_its_chapter(
    whole: Bibliography, shipped: KnowledgeBase
) -> None:
    for chapter in whole.chapters:
        about = {summary.source.citekey for summary in shipped.sources(chapter.criterion.id)}
        standing = {entry.source.citekey for entry in chapter.entries}
        assert about <= standing
    assert len(whole.references) == whole.kept == 91


def test_it_says_what_ask_says(whole: Bibliography, shipped: KnowledgeBase) -> None:
    people = replace(shipped.settings.judging, judge="none")
    alone = KnowledgeBase(shipped.home, replace(shipped.settings, judging=people))
    families = {key: family[0] for family in shipped.families for key in family}
    for chapter in whole.chapters:
        for one in chapter.sections:
            answer = alone.ask(one.circumstance.id)
            for name in ("sources", "on_both_sides", "second_hand", "same_work", "totals",
                         "by_model", "disputed", "considered", "lost_judgements"):  # fmt: skip
                assert getattr(answer, name) == getattr(one.answer, name)
            for side in ("supporting", "challenging", "context"):
                shown = getattr(answer, side)
                assert shown == getattr(one.answer, side)[: len(shown)]
            for side, stance in SIDES.items():
                behind = {
                    families.get(entry.source.citekey, entry.source.citekey)
                    for name in (side, "mixed")
                    for entry in one.groups[name]
                    if entry.basis == "readers"
                    and any(i.judgement.settled and i.stance is stance for i in entry.findings)
                }
                assert len(behind) == one.answer.sources[side]


def test_no_passage_stands_on_a_side_that_its_judgement_does_not_take(whole: Bibliography) -> None:
    for chapter in whole.chapters:
        for one in chapter.sections:
            assert tuple(one.groups) == STANCES
            for name, entries in one.groups.items():
                for entry in entries:
                    first, *_ = entry.findings
                    assert {item.source for item in entry.findings} == {entry.source}
                    assert name not in SIDES or first.stance is SIDES[name]
                    assert name != "context" or {i.stance for i in entry.findings} <= {
                        None, Stance.NEUTRAL
                    }  # fmt: skip


# -- every statement traces to a passage ----------------------------------------------------------

_FIXED = re.compile(
    r"Counted where readers agree: \d+ sources? supporting, \d+ challenging"
    r"(, \d+ of them on both sides)?(; \d+ known only through another)?\. "
    r"Not counted: \d+ passages? by the model alone\."
    r"|(Supporting|Challenging|Mixed: passages on both sides|Context: on neither side)"
    r" \(\d+ sources?\)"
    r"|On this criterion, under none of these \(\d+ sources?\)"
    r"|\d+ more passages?: kb show \S+"
    r"|Searched, nothing found for this: \d+ passages? weighed\."
)


def test_every_statement_of_a_document_is_a_passage_or_a_note_whole(
    whole: Bibliography, shipped: KnowledgeBase
) -> None:
    traced = prove(whole, passages(shipped), cite("harvard", whole.references, whole.sources))
    assert traced > 500, "the walk must have met them"


def test_so_is_that_of_originals_and_notes(made: Bibliography, small: KnowledgeBase) -> None:
    assert prove(made, passages(small), cite("apa", made.references, made.sources)) > 5


def prove(made: Bibliography, known: dict[str, Passage], cited: Cited) -> int:
    """Walks all blocks; returns how many passages it met. Nothing may be said that is no passage
    of the catalogue, note of the user, reference, fact of the catalogue or fixed word."""
    traced = 0
    blocks = list(outline(made, cited))
    front = next(n for n, block in enumerate(blocks) if block.name.startswith("criterion-"))
    for block in blocks[front:]:
        said = plain(block.runs)
        match block.kind:
            case "quotation" | "paraphrase":
                passage = known[block.name]
                text = " ".join(passage.text.split())
                assert said == (f"“{text}”" if passage.kind == "original" else text)
                assert (block.kind == "quotation") == (passage.kind == "original")
                traced += 1
            case "trace":
                assert said.endswith(block.name) if block.name else _FIXED.fullmatch(said)
            case "reference":
                assert said == plain(cited.references[block.name])
            case "about":
                assert said in facts(made), said
            case "note":
                assert said in {
                    f"Note ({n.origin}): {' '.join(n.text.split())}"
                    for notes in made.notes.values()
                    for n in notes
                }
            case _:
                assert said in named(made) or _FIXED.fullmatch(said), said
    return traced


def facts(made: Bibliography) -> set[str]:
    """The lines on how a source was made, put together from the catalogue alone."""
    return {
        " ".join(
            filter(
                None,
                [
                    *(f"{label}: {value or 'not known'}." for label, value in about(entry)),
                    {
                        "model": "Here on the model’s word alone; no person has judged it. "
                        "Not counted.",
                        "disputed": "Readers disagree on it. Not counted.",
                    }.get(entry.basis),
                    f"One work with {', '.join(entry.same_work)}: counted once."
                    if entry.same_work
                    else "",
                    entry.source.check and f"The entry is to be checked: {entry.source.check}.",
                ],
            )
        )
        for entry in made.entries
    }


def about(entry: Entry) -> Iterator[tuple[str, str]]:
    study = entry.findings[0].study
    yield "Study design", study.design
    yield "Setting", ", ".join(filter(None, [study.setting, study.country]))
    yield "Sample", study.sample
    yield "Read", " and ".join(dict.fromkeys(item.read for item in entry.findings))


def named(made: Bibliography) -> set[str]:
    criteria = {text for c in made.chapters for text in (c.criterion.name, c.criterion.definition)}
    circumstances = (s.circumstance for c in made.chapters for s in c.sections)
    return criteria | {f"{c.id}: {c.statement}" for c in circumstances} | {"References"}


def test_every_annotation_for_a_reference_manager_is_made_of_passages_and_facts(
    whole: Bibliography, made: Bibliography, shipped: KnowledgeBase, small: KnowledgeBase
) -> None:
    for bibliography, base in ((whole, shipped), (made, small)):
        known, traced = passages(base), 0
        for reference in annotated(bibliography):
            own, _, ours = reference.fields["annote"].partition(MADE)
            notes = bibliography.notes.get(reference.citekey, ())
            assert own.strip() == " ".join(" ".join(note.text.split()) for note in notes)
            rest = ours
            for name in re.findall(r"; (\S+#[0-9a-f]{12})\]", ours):
                text = " ".join(known[name].text.split())
                shown = f"“{text}”" if known[name].kind == "original" else text
                before, _, after = rest.partition(f": {shown} [")
                assert after, (name, rest)
                judged, _, after = after.partition(f"; {name}]")
                assert known[name].kind != "digest" or "paraphrase in a digest" in judged
                rest = before + after
                traced += 1
            assert re.fullmatch(
                r", \d{4}-\d\d-\d\d\. Study design: .+ Read: [a-z ]+\.( [A-Za-z0-9-]+)+", rest
            ), rest
        assert traced >= len(bibliography.references)


def test_every_row_of_a_table_is_a_passage(whole: Bibliography, shipped: KnowledgeBase) -> None:
    known = passages(shipped)
    table = list(rows(whole, cite("harvard", whole.references, whole.sources)))
    assert len(table) > 500
    for row in table:
        passage = known[str(row["passage_id"])]
        assert row["text"] == passage.text
        assert str(row["kind"]).startswith("paraphrase") == (passage.kind == "digest")
        assert row["group"] or not row["circumstance"]
    keys = [
        (row["circumstance"], row["citekey"], row["stance"]) for row in table if row["statement"]
    ]
    assert len(keys) == len(set(keys)), "one row for a source, circumstance and stance"
