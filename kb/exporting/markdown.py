"""Blocks → Markdown: plain text that a person can read and any converter takes."""

import re
from collections.abc import Iterable

from kb.exporting.citing import Run
from kb.exporting.outline import Block

# What would be markup, or HTML, in the middle of a line; and what would be at its beginning.
_INLINE = re.compile(r"[\\`*_\[\]<>|~]|&(?=#?\w+;)")
_OPENING = re.compile(r"^(\s*)([#>+=-]|\d+(?=[.)]))")


def text(blocks: Iterable[Block]) -> str:
    """The whole document."""
    lines, before = [], ""
    for block in blocks:
        lines += ["\n"] if before == "item" != block.kind else []
        lines.append(f"{_block(block)}\n")
        before = block.kind
    return "".join(lines)


def _block(block: Block) -> str:
    said = "".join(map(_run, block.runs))
    match block.kind:
        case "title":
            return f"# {said}\n"
        case "heading":
            return f"{'#' * (block.level + 1)} {said}\n"
        case "quotation":
            return f"> {_safe(said)}\n"
        case "item":
            return f"- {said}"
        case "paraphrase":
            return f"- {_safe(said)}\n"
        case "trace":
            return f"  {said}\n"
    return f"{_safe(said)}\n"


def _run(run: Run) -> str:
    if run.code:
        return f"`{run.text}`"
    said = _INLINE.sub(_escaped, run.text)
    if run.href:
        return f"<{run.href}>" if run.text == run.href else f"[{said}]({run.href})"
    mark = "**" if run.bold else "*" if run.italic else ""
    inner = said.strip()
    if not mark or not inner:
        return said
    return said.replace(inner, f"{mark}{inner}{mark}", 1)


def _safe(line: str) -> str:
    """A line that opens no list, heading or quotation of its own."""
    return _OPENING.sub(lambda m: f"{m[2]}\\" if m[2].isdigit() else f"\\{m[2]}", line.lstrip())


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[0]}"
