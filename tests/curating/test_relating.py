"""One work under two citekeys counts once, until a person says that these are two."""

import json
from pathlib import Path

import pytest

from kb.curating import relating
from kb.errors import AnnotationError, UnknownName
from kb.knowledge_base import KnowledgeBase, open_
from tests.conftest import RAISED, verdict

PREPRINT = """\
@misc{smith2019preprint,
  author = {Smith, Ann and Jones, Bob},
  title = {Reminders in general practice},
  year = {2019},
  doi = {10.1101/2019.01.01.123456},
}
"""
PAIR = ("smith2019preprint", "smith2020reminders")
EARLIER = "Attendance rose from 60% to 71% in a trial of text message reminders."


@pytest.fixture
def related(home: Path) -> KnowledgeBase:
    """With a preprint of the article, and both judged to support U1; built."""
    with (home / "references.bib").open("a") as bib:
        bib.write(PREPRINT)
    (home / "corpus/smith2019preprint.md").write_text(EARLIER)
    lines = [
        verdict("smith2020reminders", RAISED, "U1", "supports", "ann"),
        verdict("smith2019preprint", EARLIER, "U1", "supports", "ann"),
    ]
    (home / "annotations.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    opened = open_(home)
    list(opened.build())
    return opened


def test_a_preprint_and_its_article_count_once(related: KnowledgeBase) -> None:
    answer = related.ask("do reminders work")
    assert len(answer.supporting) == 2, "nothing is left out"
    assert (answer.sources["supporting"], answer.same_work["supporting"]) == (1, 1)
    (family,) = relating.families(related)
    assert tuple(source.citekey for source in family.sources) == PAIR
    assert family.why == (
        "smith2019preprint and smith2020reminders: a preprint (bioRxiv or medRxiv) and the same "
        "title",
    )


def test_told_apart_they_count_as_two_at_once_and_together_again(related: KnowledgeBase) -> None:
    relating.decide(related, *PAIR, "ann", together=False)
    answer = related.ask("do reminders work")
    assert (answer.sources["supporting"], answer.same_work["supporting"]) == (2, 0)
    assert relating.families(related) == []
    list(related.build())
    assert relating.families(related) == [], "a build does not forget it"
    relating.decide(related, PAIR[1], PAIR[0], "bob", together=True)
    assert related.ask("do reminders work").sources["supporting"] == 1
    assert len((related.home / "annotations.jsonl").read_text().splitlines()) == 4


def test_what_only_a_person_knows_to_be_one_study(related: KnowledgeBase) -> None:
    relating.decide(related, "health2019letters", "smith2020reminders", "ann", together=True)
    (family,) = relating.families(related)
    assert [source.citekey for source in family.sources] == [
        "health2019letters",
        "smith2019preprint",
        "smith2020reminders",
    ]
    assert "health2019letters and smith2020reminders: ann says so" in family.why


def test_a_name_that_is_not_there_is_not_written_down(related: KnowledgeBase) -> None:
    before = (related.home / "annotations.jsonl").read_bytes()
    with pytest.raises(UnknownName, match="no source or passage 'smith2020'"):
        relating.decide(related, "smith2020", "health2019letters", "ann", together=False)
    with pytest.raises(AnnotationError, match="'sources' must be two citekeys"):
        relating.decide(related, PAIR[0], PAIR[0], "ann", together=False)
    assert (related.home / "annotations.jsonl").read_bytes() == before


def test_what_was_said_of_a_source_that_is_gone_does_no_harm(related: KnowledgeBase) -> None:
    relating.decide(related, "health2019letters", "smith2020reminders", "ann", together=True)
    entries = (related.home / "references.bib").read_text()
    (related.home / "references.bib").write_text(
        entries[: entries.index("@techreport")] + entries[entries.index("@misc") :]
    )
    (related.home / "corpus/health2019letters.txt").unlink()
    list(related.build())
    assert related.ask("do reminders work").sources["supporting"] == 1
    (family,) = relating.families(related)
    assert tuple(source.citekey for source in family.sources) == PAIR
