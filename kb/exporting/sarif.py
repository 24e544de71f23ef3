"""Problems → SARIF 2.1.0, which editors and code hosts show beside the files.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from kb.records import Problem
from kb.version import __version__

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_PLACE = re.compile(r"(?P<path>[^:]+?)(?::(?P<line>\d+))?(?:: (?P<name>.+))?")


def log(rules: Mapping[str, tuple[str, str]], found: Mapping[str, Iterable[Problem]]) -> Any:
    """One run. `rules` are headings and levels ("error", "warning", "note") by name, and `found`
    the problems of each; places are seen from the folder of the knowledge base."""
    names = list(rules)
    driver = {
        "name": "kb check",
        "version": __version__,
        "rules": [
            {
                "id": name,
                "shortDescription": {"text": heading},
                "defaultConfiguration": {"level": level},
            }
            for name, (heading, level) in rules.items()
        ],
    }
    results = [
        {
            "ruleId": name,
            "ruleIndex": names.index(name),
            "level": rules[name][1],
            "message": {"text": f"{problem.what}; {problem.next_step}"},
            "locations": [_location(problem.where)],
        }
        for name, problems in found.items()
        for problem in problems
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _location(where: str) -> dict[str, Any]:
    """ "references.bib:12" or "references.bib: smith2020"; what names no file has its name only."""
    parts = _PLACE.fullmatch(where)
    if not parts or not re.search(r"\.\w+$", parts["path"]):
        return {"logicalLocations": [{"name": where}]}
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(parts["path"])}}
    if parts["line"]:
        physical["region"] = {"startLine": int(parts["line"])}
    named = {"logicalLocations": [{"name": parts["name"]}]} if parts["name"] else {}
    return {"physicalLocation": physical} | named
