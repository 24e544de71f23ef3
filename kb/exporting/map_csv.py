"""An evidence map → CSV, a row a cell, and back as far as maps are compared.

No cell can be taken for a formula by a spreadsheet: text that begins as one gets an apostrophe
before it, which reading takes off.
"""

import csv
import io
from collections.abc import Mapping
from typing import Any

from kb.maps import Cell, Earlier, EvidenceMap

_FORMULA = tuple("=+-@\t\r\n")
_BETWEEN = "; "


def rows(given: EvidenceMap) -> list[dict[str, Any]]:
    """One for each circumstance, group and finding, in the order of the map; what changed stands in
    `was`, `gained` and `lost` where that was asked. `sources` counts works, each once, and `works`
    names them by citekey, "+" between those of one work."""
    names = {criterion.id: criterion.name for criterion in given.criteria}
    about = {circumstance.id: circumstance for circumstance in given.circumstances}
    changed = {(c.circumstance, c.group, c.finding.value): c for c in given.changes}
    table = []
    for cell in given.cells:
        circumstance = about[cell.circumstance]
        row = {
            "criterion": circumstance.criterion,
            "criterion_name": names[circumstance.criterion],
            "circumstance": circumstance.id,
            "statement": circumstance.statement,
            "split_by": given.by,
            "group": cell.group,
            "finding": cell.finding.value,
            **numbers(cell),
            "works": _BETWEEN.join(work.name for work in cell.works),
        }
        if given.since and cell.circumstance not in given.uncompared:
            change = changed.get(cell.key)
            row |= {
                "was": change.was if change else len(cell.works),
                "gained": _BETWEEN.join(change.gained) if change else "",
                "lost": _BETWEEN.join(change.lost) if change else "",
            }
        table.append(row)
    return table


def numbers(cell: Cell) -> dict[str, Any]:
    """What a cell counts, and what it does not."""
    return {
        "sources": len(cell.works),
        "passages": cell.passages,
        "known_through_another": cell.second_hand,
        "only_abstracts": cell.in_abstract,
        "passages_disputed": len(cell.disputed),
        "passages_by_model": len(cell.by_model),
        "sources_judged": cell.looked,
        "sources_there": cell.there,
        "mark": cell.mark.value if cell.mark else "",
    }


def text(given: EvidenceMap) -> str:
    """With a byte order mark, by which spreadsheets know UTF-8, and the line ends of RFC 4180."""
    table = rows(given)
    names = list(dict.fromkeys(name for row in table for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    writer.writerows({name: safe(value) for name, value in row.items()} for row in table)
    return "\ufeff" + out.getvalue()


def safe(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula; numbers as they are."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def read(name: str, content: str) -> Earlier:
    """What was counted in a map kept as CSV. Raises ValueError or KeyError when it is none."""
    table = [
        {key: _plain(value) for key, value in row.items()}
        for row in csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""))
    ]
    (by,) = {row["split_by"] for row in table}
    counted = {(row["circumstance"], row["group"], row["finding"]): _works(row) for row in table}
    return Earlier(name, by, frozenset(row["circumstance"] for row in table), counted)


def _works(row: Mapping[str, str]) -> frozenset[str]:
    names = frozenset(filter(None, row["works"].split(_BETWEEN)))
    if len(names) != int(row["sources"]):
        raise ValueError(f"{row['circumstance']}: counts other works than it names")
    return names


def _plain(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA) else value
