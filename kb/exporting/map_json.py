"""An evidence map and its gaps → JSON, and a map back as far as maps are compared. The shape is an
interface: docs/json.md."""

from collections.abc import Iterable
from json import loads

from kb.exporting.json import Json, evidence, index
from kb.exporting.map_csv import numbers
from kb.maps import Change, Earlier, EvidenceMap, Gap, Work


def evidence_map(given: EvidenceMap) -> Json:
    """A passage stands in `evidence` once for each circumstance; cells name it by its id."""
    return {
        "title": given.title,
        "made": given.made,
        "framework": given.framework,
        "split_by": given.by or None,
        "groups": list(given.groups),
        "criteria": [{"id": c.id, "name": c.name} for c in given.criteria],
        "circumstances": [
            {"id": c.id, "criterion": c.criterion, "statement": c.statement}
            for c in given.circumstances
        ],
        "cells": [
            {
                "circumstance": cell.circumstance,
                "group": cell.group,
                "finding": cell.finding.value,
                **numbers(cell),
                "works": [work(one) for one in cell.works],
                "disputed": [item.passage.id for item in cell.disputed],
                "by_model": [item.passage.id for item in cell.by_model],
            }
            for cell in given.cells
        ],
        "evidence": {c.id: _items(c.id, given) for c in given.circumstances},
        "sources": given.sources,
        "unread": list(given.unread),
        "lost_judgements": given.lost_judgements,
        "since": given.since or None,
        "changes": [change(one) for one in given.changes],
        "not_compared": list(given.uncompared),
        "index": index(given.index),
    }


def work(given: Work) -> Json:
    """A work and, by passage, what it says."""
    return {
        "name": given.name,
        "citation": given.citation,
        "only_abstract": given.in_abstract,
        "known_through_another": given.second_hand,
        "passages": [item.passage.id for item in given.items],
    }


def _items(circumstance: str, given: EvidenceMap) -> list[Json]:
    items = {
        item.passage.id: item
        for cell in given.cells
        if cell.circumstance == circumstance
        for part in (*(work.items for work in cell.works), cell.disputed, cell.by_model)
        for item in part
    }
    return [evidence(item) for _, item in sorted(items.items())]


def change(given: Change) -> Json:
    return {
        "circumstance": given.circumstance,
        "group": given.group,
        "finding": given.finding.value,
        "was": given.was,
        "now": given.now,
        "gained": list(given.gained),
        "lost": list(given.lost),
    }


def gaps(given: Iterable[Gap]) -> list[Json]:
    return [
        {
            "circumstance": gap.circumstance.id,
            "criterion": gap.circumstance.criterion,
            "statement": gap.circumstance.statement,
            "gap": gap.kind.value,
            "side": gap.side or None,
            "sources": gap.sources,
            "what": gap.what,
            "next_step": gap.next_step,
        }
        for gap in given
    ]


def read(name: str, content: str) -> Earlier:
    """What was counted in a map kept as JSON. Raises ValueError, KeyError or TypeError when it is
    none."""
    kept = loads(content)
    counted = {
        (str(cell["circumstance"]), str(cell["group"]), str(cell["finding"])): frozenset(
            str(one["name"]) for one in cell["works"]
        )
        for cell in kept["cells"]
    }
    rows = frozenset(str(one["id"]) for one in kept["circumstances"])
    return Earlier(name, str(kept["split_by"] or ""), rows, counted)
