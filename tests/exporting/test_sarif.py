"""What editors and code hosts want of SARIF 2.1.0."""

import pytest

from kb.exporting.sarif import log
from kb.records import Problem

RULES = {"entries": ("Entries with a mistake", "error"), "shared": ("Where it lies", "warning")}


def test_a_run_with_its_rules_and_results() -> None:
    found = {"entries": (Problem("references.bib:12", "no DOI", "mend it"),), "shared": ()}
    told = log(RULES, found)
    assert told["version"] == "2.1.0"
    assert told["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = told["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["entries", "shared"]
    (result,) = run["results"]
    assert result["ruleId"] == "entries"
    assert result["ruleIndex"] == 0
    assert result["level"] == "error"
    assert result["message"]["text"] == "no DOI; mend it"
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "references.bib"}, "region": {"startLine": 12}}


@pytest.mark.parametrize(
    ("where", "uri", "line", "name"),
    [
        ("corpus/a b.pdf", "corpus/a%20b.pdf", None, None),
        ("references.bib: smith2020", "references.bib", None, "smith2020"),
        ("references.bib:3: smith2020", "references.bib", 3, "smith2020"),
        ("corpus/10:15 talk.pdf", None, None, "corpus/10:15 talk.pdf"),
        ("smith2020 and jones2021", None, None, "smith2020 and jones2021"),
        ("/home/ann/evidence", None, None, "/home/ann/evidence"),
    ],
)
def test_places(where: str, uri: str | None, line: int | None, name: str | None) -> None:
    found = {"shared": (Problem(where, "w", "n"),)}
    (place,) = log(RULES, found)["runs"][0]["results"][0]["locations"]
    physical = place.get("physicalLocation", {})
    assert physical.get("artifactLocation", {}).get("uri") == uri
    assert physical.get("region", {}).get("startLine") == line
    assert place.get("logicalLocations", [{}])[0].get("name") == name
