"""Blocks → one HTML file that needs nothing else: no script, no remote asset, its style inside.

Readable by keyboard and screen reader (landmarks, a link past the contents, headings in order),
dark where the reader's system is, printable. All text is escaped, and a Content-Security-Policy
lets nothing run.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from kb.exporting.citing import Run
from kb.exporting.outline import Block

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #ffffff; --quiet: #4a4a4a;
  --line: #767676; --link: #0b4f8a; --tint: #f2f4f7; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --paper: #161616; --quiet: #bdbdbd;
  --line: #8c8c8c; --link: #9ccbff; --tint: #232629; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.55 system-ui, "Segoe UI", Arial, sans-serif; color: var(--ink);
  background: var(--paper); }
.page { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; }
h2 { font-size: 1.5rem; margin: 3rem 0 .5rem; border-top: 2px solid var(--line);
  padding-top: 1rem; }
h3 { font-size: 1.2rem; margin: 2.2rem 0 .4rem; }
h4 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
a { color: var(--link); overflow-wrap: anywhere; }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
nav ol { list-style: none; padding-left: 0; }
nav ol ol { padding-left: 1.2rem; }
.entry { margin: 1.4rem 0 0; padding-left: 1rem; border-left: 4px solid var(--line); }
.reference { margin: .6rem 0 .3rem; font-weight: 600; }
.references .reference { font-weight: 400; padding-left: 1.5rem; text-indent: -1.5rem; }
.about, .note { margin: .3rem 0; font-size: .93rem; color: var(--quiet); }
blockquote, .paraphrase { margin: .9rem 0 .1rem; padding: .1rem .8rem; }
blockquote { background: var(--tint); border-left: 4px solid var(--link); }
blockquote p { margin: .3rem 0; }
.trace { margin: .1rem 0 .6rem; padding: 0 .8rem; font-size: .85rem; color: var(--quiet); }
code { font-size: .95em; overflow-wrap: anywhere; }
@media print { :root { --ink: #000; --paper: #fff; --quiet: #333; --link: #000; --tint: #fff; }
  body { font-size: 10.5pt; } .page { max-width: none; padding: 0; } nav, .skip { display: none; }
  h2, h3, h4, .reference { break-after: avoid; } .entry { border-left-width: 1px; }
  blockquote, .paraphrase, .reference { break-inside: avoid; } }
"""


def page(blocks: Sequence[Block]) -> str:
    """The whole document; the first block is its title."""
    title, *rest = blocks
    said = _inline(title.runs)
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(''.join(run.text for run in title.runs))}</title>",
            f"<style>{_STYLE}</style>\n</head>\n<body>",
            '<a class="skip" href="#main">Past the contents</a>\n<div class="page">',
            f"<header><h1>{said}</h1></header>",
            *_contents(rest),
            '<main id="main">',
            *_main(rest),
            "</main>\n</div>\n</body>\n</html>\n",
        ]
    )


def _contents(blocks: Sequence[Block]) -> Iterator[str]:
    """Headings of the first two levels, as links in lists."""
    yield '<nav aria-labelledby="contents"><h2 id="contents">Contents</h2>\n<ol>'
    inside = False
    for block in blocks:
        if block.kind != "heading" or block.level > 2:
            continue
        if inside != (block.level == 2):
            yield "<li><ol>" if block.level == 2 else "</ol></li>"
            inside = block.level == 2
        yield f'<li><a href="#{escape(block.name)}">{_inline(block.runs)}</a></li>'
    yield f"{'</ol></li>' if inside else ''}</ol></nav>"


def _main(blocks: Sequence[Block]) -> Iterator[str]:
    """Blocks in their order; items in lists, and what belongs to a source in a part of its own."""
    last = next((n for n, block in enumerate(blocks) if block.name == "references"), len(blocks))
    inside = False
    for kind, group in groupby(blocks[:last], lambda block: block.kind):
        if kind == "item":
            yield f"<ul>{''.join(f'<li>{_inline(block.runs)}</li>' for block in group)}</ul>"
            continue
        for block in group:
            if inside and kind in ("reference", "heading"):
                yield "</article>"
            if kind == "reference":
                yield '<article class="entry">'
            inside = kind == "reference" or (inside and kind != "heading")
            yield _element(block)
    yield "</article>" if inside else ""
    yield from map(_element, blocks[last : last + 1])
    yield f'<div class="references">{"".join(map(_element, blocks[last + 1 :]))}</div>'


def _element(block: Block) -> str:
    said = _inline(block.runs)
    match block.kind:
        case "heading":
            level = block.level + 1
            return f'<h{level} id="{escape(block.name)}">{said}</h{level}>'
        case "quotation":
            return f'<blockquote data-passage="{escape(block.name)}"><p>{said}</p></blockquote>'
        case "paraphrase":
            return f'<p class="paraphrase" data-passage="{escape(block.name)}">{said}</p>'
        case "text":
            return f"<p>{said}</p>"
    return f'<p class="{block.kind}">{said}</p>'


def _inline(runs: Iterable[Run]) -> str:
    return "".join(map(_run, runs))


def _run(run: Run) -> str:
    said = escape(run.text)
    if run.code:
        return f"<code>{said}</code>"
    if run.href:
        return f'<a href="{escape(run.href)}">{said}</a>'
    said = f"<i>{said}</i>" if run.italic else said
    return f"<b>{said}</b>" if run.bold else said
