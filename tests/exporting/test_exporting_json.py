"""The JSON that other programs read: exactly these keys, and null where nothing is known."""

import json
from typing import Any

import pytest

from kb.exporting.json import (
    answer,
    contradictions,
    details,
    dumps,
    evidence,
    framework,
    hits,
    sources,
    stance_report,
)
from kb.framework import Framework
from kb.records import (
    Answer,
    Circumstance,
    Claim,
    Contradiction,
    Criterion,
    Evidence,
    Filters,
    Hit,
    Index,
    IndexedFile,
    Judgement,
    Locator,
    Opinion,
    Passage,
    PassageDetails,
    Problem,
    Source,
    SourceSummary,
    Stance,
    Study,
    Tag,
    Verdict,
)
from kb.reports import Judged, LabelMeasures, Measure, Row, StanceReport

PASSAGE = Passage(
    "smith2020#abc", "smith2020", "Ünïcode “text”.", 10, 25, Locator("Results", "12", 3), 7
)
NOWHERE = Passage("smith2020#def", "smith2020", "Text.", 0, 5, Locator(), 3)
SOURCE = Source(
    "smith2020", "article", "T", ("Smith",), "2020", "Smith (2020)", "Smith (2020). T.", "10.1/2"
)
BARE = Source("k", "misc", "T", (), "", "“T” (n.d.)", "(n.d.). T.")
STUDY = Study("trial", "general practice", "UK", "400")
VERDICT = Verdict("smith2020#abc", "S1", "Small is better.", Stance.SUPPORTS, "ann", "clear")
MODEL = Opinion("model:x", 0.05, 0.7500049, 0.1999951, False, 8, 14, calibrated=False)
JUDGED = Judgement(Stance.SUPPORTS, True, "one reader", "clear", None, (VERDICT,), (MODEL,))
SURE = Opinion("onnx:y", 0.95, 0.03, 0.02, True, 0, 5)
BY_MODEL = Judgement(Stance.SUPPORTS, False, "model", probability=0.95, opinions=(SURE,))
ITEM = Evidence(
    PASSAGE, SOURCE, "digest", "abstract", STUDY, ("scale", "cost"), JUDGED, 0.123456789
)
UNJUDGED = Evidence(
    NOWHERE,
    BARE,
    "original",
    "full text",
    Study(),
    (),
    Judgement(None, False, "not yet judged"),
    1.0,
)
FOUND = Evidence(NOWHERE, BARE, "original", "full text", Study(), (), BY_MODEL, 0.5)
DOUBTFUL = Evidence(
    NOWHERE,
    BARE,
    "original",
    "full text",
    Study(),
    (),
    Judgement(None, False, "not sure", probability=0.75, opinions=(MODEL,)),
    0.5,
)
FILE = IndexedFile("corpus/smith2020.md", "smith2020", "ab", 5, 6, "digest", "abstract", STUDY)
PROBLEM = Problem("corpus/x.pdf", "no reader for .pdf", "save it as .txt")
ANSWER = Answer(
    question="scale?",
    claim=Claim("S1", "Small is better.", "scale", "alias", 0.9, ("S2", "S3")),
    filters=Filters("scale", ("smith2020",)),
    supporting=(ITEM,),
    challenging=(),
    context=(UNJUDGED,),
    unsure=(DOUBTFUL,),
    considered=42,
    totals={"supporting": 1, "challenging": 0, "context": 1, "unsure": 1},
    disputed={"supporting": 0, "challenging": 0, "opposite": 0},
    by_model={"supporting": 4, "challenging": 2},
    sources={"supporting": 1, "challenging": 0},
    second_hand={"supporting": 0, "challenging": 0},
    on_both_sides=0,
    lost_judgements=3,
    index=Index(42, 7, "abc123", (PROBLEM,), ("criteria.yaml",)),
)
ITEM_KEYS = {
    "passage_id",
    "citekey",
    "citation",
    "reference",
    "text",
    "flags",
    "kind",
    "read",
    "locator",
    "criteria",
    "stance",
    "settled",
    "second_hand",
    "superseded",
    "probability",
    "judge",
    "sure",
    "verdicts",
    "opinions",
    "score",
    "study_design",
    "study",
}


def read_back(value: Any) -> Any:
    """What another program gets to see."""
    return json.loads(dumps(value))


def test_an_answer_has_exactly_these_keys() -> None:
    given = read_back(answer(ANSWER))
    assert set(given) == {
        "question",
        "claim",
        "supporting",
        "challenging",
        "context",
        "unsure",
        "filters",
        "considered",
        "totals",
        "disputed",
        "by_model",
        "sources",
        "same_work",
        "second_hand",
        "on_both_sides",
        "lost_judgements",
        "index",
    }
    assert set(given["claim"]) == {"id", "text", "criterion", "matched_by", "score", "near"}
    assert set(given["index"]) == {
        "passages",
        "documents",
        "recipe",
        "unusable",
        "changed_since_build",
    }
    assert set(given["supporting"][0]) == ITEM_KEYS
    assert set(given["context"][0]) == ITEM_KEYS, "an item that nobody judged has them all too"
    assert set(given["unsure"][0]) == ITEM_KEYS


def test_an_answer_says_what_its_record_says() -> None:
    given = read_back(answer(ANSWER))
    assert given["question"] == "scale?"
    assert given["claim"] == {
        "id": "S1",
        "text": "Small is better.",
        "criterion": "scale",
        "matched_by": "alias",
        "score": 0.9,
        "near": ["S2", "S3"],
    }
    assert [item["passage_id"] for item in given["supporting"]] == ["smith2020#abc"]
    assert given["challenging"] == []
    assert [item["passage_id"] for item in given["context"]] == ["smith2020#def"]
    assert [item["judge"] for item in given["unsure"]] == ["not sure"]
    assert given["considered"] == 42
    assert given["totals"] == ANSWER.totals
    assert given["disputed"] == ANSWER.disputed
    assert given["by_model"] == ANSWER.by_model
    assert given["sources"] == ANSWER.sources
    assert given["index"] == {
        "passages": 42,
        "documents": 7,
        "recipe": "abc123",
        "unusable": [
            {
                "where": "corpus/x.pdf",
                "what": "no reader for .pdf",
                "next_step": "save it as .txt",
            }
        ],
        "changed_since_build": ["criteria.yaml"],
    }


def test_an_item_says_what_its_record_says() -> None:
    assert read_back(evidence(ITEM)) == {
        "passage_id": "smith2020#abc",
        "citekey": "smith2020",
        "citation": "Smith (2020)",
        "reference": "Smith (2020). T.",
        "text": "Ünïcode “text”.",
        "flags": [],
        "kind": "digest",
        "read": "abstract",
        "locator": {"section": "Results", "page_label": "12", "page": 3},
        "criteria": ["scale", "cost"],
        "stance": "supports",
        "settled": True,
        "second_hand": False,
        "superseded": False,
        "probability": None,
        "judge": "one reader",
        "sure": "clear",
        "verdicts": [
            {
                "circumstance": "S1",
                "claim": "Small is better.",
                "stance": "supports",
                "by": "ann",
                "sure": "clear",
                "quote": None,
                "why": None,
                "probability": None,
            },
        ],
        "opinions": [
            {
                "by": "model:x",
                "stance": "challenges",
                "sure": False,
                "probability": 0.75,
                "probabilities": {"supports": 0.05, "challenges": 0.75, "neutral": 0.2},
                "calibrated": False,
                "sentence": "“text”",
            },
        ],
        "score": 0.1235,
        "study_design": "trial",
        "study": {
            "design": "trial",
            "setting": "general practice",
            "country": "UK",
            "sample": "400",
        },
    }


def test_what_a_model_judged_says_so_and_how_probable_it_is() -> None:
    given = read_back(evidence(FOUND))
    assert (given["stance"], given["judge"], given["settled"]) == ("supports", "model", False)
    assert given["probability"] == 0.95
    assert given["sure"] is None
    assert given["verdicts"] == []
    (said,) = given["opinions"]
    assert (said["sure"], said["calibrated"], said["sentence"]) == (True, True, "Text.")


def test_what_a_model_cannot_say_has_no_stance_but_its_leaning() -> None:
    given = read_back(evidence(DOUBTFUL))
    assert (given["stance"], given["judge"], given["probability"]) == (None, "not sure", 0.75)
    assert given["opinions"][0]["stance"] == "challenges"
    assert given["opinions"][0]["sure"] is False


def test_what_is_not_known_is_null_and_not_an_empty_text() -> None:
    given = read_back(evidence(UNJUDGED))
    assert given["stance"] is None
    assert given["sure"] is None
    assert given["study_design"] is None
    assert given["study"] == dict.fromkeys(["design", "setting", "country", "sample"])
    assert given["locator"] == {"section": None, "page_label": None, "page": None}
    assert given["criteria"] == given["verdicts"] == given["opinions"] == []
    assert given["probability"] is None


def test_a_claim_in_the_users_own_words_has_no_id() -> None:
    own = Claim("", "The moon is cheese.", "", "claim", None, ())
    changed = {**{name: getattr(ANSWER, name) for name in Answer.__slots__}, "claim": own}
    assert read_back(answer(Answer(**changed)))["claim"] == {
        "id": None,
        "text": "The moon is cheese.",
        "criterion": None,
        "matched_by": "claim",
        "score": None,
        "near": [],
    }


def test_a_contradiction_is_two_items_on_one_claim_with_their_years() -> None:
    pair = Contradiction(ANSWER.claim, ITEM, UNJUDGED, 0.75)
    own = Contradiction(Claim("", "Own.", "", "claim", None), UNJUDGED, ITEM, 0.5)
    first, second = read_back(contradictions([pair, own]))
    assert set(first) == {"claim", "supporting", "challenging", "nearness"}
    assert first["claim"] == {"id": "S1", "text": "Small is better."}
    assert first["supporting"] == read_back(evidence(ITEM)) | {"year": "2020"}
    assert first["challenging"] == read_back(evidence(UNJUDGED)) | {"year": None}
    assert first["nearness"] == 0.75
    assert second["claim"] == {"id": None, "text": "Own."}


def test_a_stance_report_has_its_measures_and_their_intervals() -> None:
    third = Measure(1 / 3, (0.1, 2 / 3))
    rounded = {"value": 0.3333, "interval": [0.1, 0.6667]}
    label = LabelMeasures(2, third, third, third)
    worst = Judged(Row("C.", "E.", Stance.NEUTRAL), MODEL, Stance.CHALLENGES)
    given = StanceReport(
        judge="onnx:y",
        threshold=0.8,
        n=6,
        ways=1,
        macro_f1=third,
        accuracy=third,
        labels=dict.fromkeys(Stance, label),
        ece=1 / 3,
        coverage=0.5,
        precision_at_threshold=third,
        shown=3,
        confusion=((1, 2, 3), (4, 5, 6), (7, 8, 9)),
        worst=(worst,),
    )
    assert read_back(stance_report(given)) == {
        "n": 6,
        "ways": 1,
        "judge": "onnx:y",
        "macro_f1": rounded["value"],
        "macro_f1_interval": rounded["interval"],
        "accuracy": rounded["value"],
        "accuracy_interval": rounded["interval"],
        "labels": {
            name: {
                "n": 2,
                "precision": rounded["value"],
                "precision_interval": rounded["interval"],
                "recall": rounded["value"],
                "recall_interval": rounded["interval"],
                "f1": rounded["value"],
                "f1_interval": rounded["interval"],
            }
            for name in ("supports", "challenges", "neutral")
        },
        "ece": 0.3333,
        "threshold": 0.8,
        "shown": 3,
        "coverage": 0.5,
        "precision_at_threshold": rounded["value"],
        "precision_at_threshold_interval": rounded["interval"],
        "confusion": {
            "supports": {"supports": 1, "challenges": 2, "neutral": 3},
            "challenges": {"supports": 4, "challenges": 5, "neutral": 6},
            "neutral": {"supports": 7, "challenges": 8, "neutral": 9},
        },
        "worst": [
            {
                "claim": "C.",
                "evidence": "E.",
                "label": "neutral",
                "found": "challenges",
                "probability": 0.75,
            }
        ],
    }


def test_a_hit_tells_which_search_found_it() -> None:
    found = [Hit(PASSAGE, 0.98765, 0.55556, None, 0.98765), Hit(NOWHERE, 0.0, None, 12.34567)]
    assert read_back(hits(found)) == [
        {
            "passage_id": "smith2020#abc",
            "citekey": "smith2020",
            "text": "Ünïcode “text”.",
            "flags": [],
            "kind": "original",
            "locator": {"section": "Results", "page_label": "12", "page": 3},
            "score": 0.9877,
            "meaning": 0.5556,
            "words": None,
            "from_meaning": 0.9877,
            "from_words": 0.0,
        },
        {
            "passage_id": "smith2020#def",
            "citekey": "smith2020",
            "text": "Text.",
            "flags": [],
            "kind": "original",
            "locator": {"section": None, "page_label": None, "page": None},
            "score": 0.0,
            "meaning": None,
            "words": 12.3457,
            "from_meaning": 0.0,
            "from_words": 0.0,
        },
    ]


def test_a_source_with_a_file_and_one_without_have_the_same_keys() -> None:
    given = read_back(
        sources([SourceSummary(SOURCE, FILE, 4, ("scale",)), SourceSummary(BARE, None, 0, ())])
    )
    assert given[0] == {
        "citekey": "smith2020",
        "citation": "Smith (2020)",
        "reference": "Smith (2020). T.",
        "title": "T",
        "year": "2020",
        "doi": "10.1/2",
        "url": None,
        "note": None,
        "check": None,
        "file": "corpus/smith2020.md",
        "kind": "digest",
        "read": "abstract",
        "study": {
            "design": "trial",
            "setting": "general practice",
            "country": "UK",
            "sample": "400",
        },
        "passages": 4,
        "criteria": ["scale"],
    }
    assert set(given[1]) == set(given[0])
    assert [given[1][name] for name in ("year", "doi", "file", "kind", "read", "study")] == [
        None
    ] * 6


def test_a_passage_is_shown_with_all_that_is_said_of_it() -> None:
    tags = ((Tag(PASSAGE.id, "scale", 0.87654, "model:x"), False),)
    shown = PassageDetails(PASSAGE, SOURCE, FILE, tags, (VERDICT,))
    assert read_back(details([shown])) == [
        {
            "passage_id": "smith2020#abc",
            "citekey": "smith2020",
            "citation": "Smith (2020)",
            "text": "Ünïcode “text”.",
            "kind": "digest",
            "read": "abstract",
            "file": "corpus/smith2020.md",
            "start": 10,
            "end": 25,
            "locator": {"section": "Results", "page_label": "12", "page": 3},
            "tags": [{"criterion": "scale", "score": 0.8765, "by": "model:x", "counts": False}],
            "verdicts": [
                {
                    "circumstance": "S1",
                    "claim": "Small is better.",
                    "stance": "supports",
                    "by": "ann",
                    "sure": "clear",
                    "quote": None,
                    "why": None,
                    "probability": None,
                }
            ],
        }
    ]


def test_a_framework_lists_circumstances_under_their_criteria() -> None:
    given = Framework(
        "T",
        ("topic",),
        (Criterion("a", "A", "About a.", ("one",)), Criterion("b", "B", "About b.", ())),
        (
            Circumstance("B1", "b", "B is so.", ("b?",), ("is b so?",), ("B is not so.",)),
            Circumstance("B2", "b", "B is not."),
        ),
        ("c?",),
    )
    assert read_back(framework(given)) == {
        "title": "T",
        "criteria": [
            {
                "id": "a",
                "name": "A",
                "definition": "About a.",
                "indicators": ["one"],
                "circumstances": [],
            },
            {
                "id": "b",
                "name": "B",
                "definition": "About b.",
                "indicators": [],
                "circumstances": [
                    {
                        "id": "B1",
                        "statement": "B is so.",
                        "aliases": ["b?"],
                        "opposites": ["B is not so."],
                        "questions": ["is b so?"],
                    },
                    {
                        "id": "B2",
                        "statement": "B is not.",
                        "aliases": [],
                        "questions": [],
                        "opposites": [],
                    },
                ],
            },
        ],
        "elsewhere": ["c?"],
    }


@pytest.mark.parametrize("nothing", [hits([]), sources([]), details([])])
def test_nothing_found_is_an_empty_list(nothing: list[Any]) -> None:
    assert dumps(nothing) == "[]"


def test_the_text_is_readable_and_the_same_every_time() -> None:
    assert dumps({"text": "Ünïcode “text”.", "stance": Stance.SUPPORTS}) == (
        '{\n  "text": "Ünïcode “text”.",\n  "stance": "supports"\n}'
    )
    assert dumps(answer(ANSWER)) == dumps(answer(ANSWER))
