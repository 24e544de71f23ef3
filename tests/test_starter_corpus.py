"""The knowledge base that ships is whole, and its parts agree with each other."""

import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml

from kb.knowledge_base import KnowledgeBase
from kb.records import Stance

ROOT = Path(__file__).parent.parent


def annotation_rows() -> list[dict[str, str]]:
    lines = (ROOT / "annotations.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_source_has_a_digest_and_every_fact_a_passage(shipped: KnowledgeBase) -> None:
    index = shipped.index()
    assert (index.passages, index.documents) == (517, 91)
    assert index.unusable == ()
    assert index.stale == ()
    assert len(shipped.catalog.sources()) == 91
    assert {file.kind for file in shipped.catalog.files().values()} == {"digest"}


def test_every_digest_says_what_was_read_and_how_the_study_was_made(
    shipped: KnowledgeBase,
) -> None:
    for file in shipped.catalog.files().values():
        assert file.study.design, file.path
        assert file.study.setting, file.path
    read = Counter(file.read for file in shipped.catalog.files().values())
    assert read == {"abstract": 45, "partial text": 41, "secondary": 3, "full text": 2}


def test_every_annotation_quotes_the_passage_it_is_about(shipped: KnowledgeBase) -> None:
    passages = shipped.catalog.passages(shipped.catalog.ids())
    for row in annotation_rows():
        assert passages[row["passage"]].text == row["quote"]
    assert shipped.problems() == []


def test_the_two_readers_agree_where_their_readings_say_so(shipped: KnowledgeBase) -> None:
    """488 sides and 95 neutrals agreed, 126 where one took a side, 2 opposite."""
    kinds: Counter[str] = Counter()
    for verdicts in shipped.annotations.verdicts.values():
        assert [verdict.by for verdict in verdicts] == ["reader-1", "reader-2"]
        stances = {verdict.stance for verdict in verdicts}
        if len(stances) == 2:
            kinds["one side" if Stance.NEUTRAL in stances else "opposite"] += 1
        else:
            kinds["neutral" if stances == {Stance.NEUTRAL} else "side"] += 1
    assert kinds == {"side": 488, "neutral": 95, "one side": 126, "opposite": 2}


def test_every_circumstance_has_evidence_on_both_sides(shipped: KnowledgeBase) -> None:
    for circumstance in shipped.framework.circumstances:
        answer = shipped.ask(circumstance.id)
        assert answer.totals["supporting"], circumstance.id
        assert answer.totals["challenging"], circumstance.id


def test_references_say_what_corrects_the_review_that_cites_them(shipped: KnowledgeBase) -> None:
    sources = shipped.catalog.sources()
    assert "107 articles" in sources["bergerum2019realist"].note
    parks = sources["parks1981consumers"]
    assert (parks.year, len(parks.authors), parks.citation) == ("1981", 10, "Parks et al. (1981)")
    assert sources["tlapndfaq"].authors == ("Think Local Act Personal",)
    assert sources["tlapndfaq"].citation == "Think Local Act Personal (n.d.)"
    inett = sorted(s.citation for k, s in sources.items() if k.startswith("inettnd"))
    assert inett == ["Inett (n.d.-a)", "Inett (n.d.-b)", "Inett (n.d.-c)"]


def test_keywords_in_the_references_are_the_criteria_of_the_first_reader() -> None:
    text = (ROOT / "references.bib").read_text("utf-8")
    keywords = dict(re.findall(r"@\w+\{([^,]+),.*?keywords = \{([^}]*)\}", text, re.DOTALL))
    seen: dict[str, set[str]] = defaultdict(set)
    for row in annotation_rows():
        if row["type"] == "tags" and row["by"] == "reader-1":
            seen[row["passage"].split("#")[0]].update(row["criteria"])
    assert {key: set(words.split(", ")) for key, words in keywords.items()} == dict(seen)


def test_nothing_names_how_or_where_it_was_made() -> None:
    told = re.compile(r"seed article|stored (page|record)|/root/|/work/", re.IGNORECASE)
    files = [*(ROOT / "corpus").iterdir(), ROOT / "references.bib", ROOT / "annotations.jsonl"]
    for path in files:
        assert not told.search(path.read_text("utf-8")), path


@pytest.mark.parametrize("path", sorted((ROOT / "corpus").glob("*.md")), ids=lambda p: p.stem)
def test_front_matter_is_complete(path: Path) -> None:
    front = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])
    assert front["citekey"] == path.stem
    assert set(front) == {"citekey", "kind", "read", "design", "setting", "country", "sample"}
