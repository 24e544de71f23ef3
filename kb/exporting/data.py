"""An annotated bibliography → JSON: every passage and judgement as `kb ask --json` has it."""

from kb.exporting import json as shapes
from kb.exporting.annotated import Bibliography, Entry
from kb.exporting.citing import Cited, cite, plain
from kb.exporting.outline import sorted_out
from kb.version import __version__


def json(made: Bibliography, style: str) -> bytes:
    """docs/json.md describes it."""
    cited = cite(style, made.references, made.sources)
    whole = {
        "question": made.question,
        "date": made.made,
        "kb": __version__,
        "framework": made.framework,
        "index": shapes.index(made.index),
        "sources": {"here": len(made.references), "kept": made.kept},
        "only": list(made.only),
        "model": made.judge or None,
        "threshold": round(made.threshold, 4) if made.judge else None,
        "style": cited.title,
        "judged": {name.replace(" ", "_"): n for name, n in sorted_out(made).items()},
        "criteria": [
            {
                "id": chapter.criterion.id,
                "name": chapter.criterion.name,
                "circumstances": [
                    {
                        "id": section.circumstance.id,
                        "statement": section.circumstance.statement,
                        "sources": section.answer.sources,
                        "on_both_sides": section.answer.on_both_sides,
                        "second_hand": section.answer.second_hand,
                        "by_model": section.answer.by_model,
                        "same_work": section.answer.same_work,
                        "considered": section.answer.considered,
                        "lost_judgements": section.answer.lost_judgements,
                        "groups": {
                            name: [_entry(one, cited) for one in entries]
                            for name, entries in section.groups.items()
                        },
                    }
                    for section in chapter.sections
                ],
                "others": [_entry(one, cited) for one in chapter.others],
            }
            for chapter in made.chapters
        ],
        "notes": {
            citekey: [{"origin": note.origin, "text": note.text} for note in notes]
            for citekey, notes in made.notes.items()
        },
    }
    return f"{shapes.dumps(whole)}\n".encode()


def _entry(entry: Entry, cited: Cited) -> shapes.Json:
    return {
        "citekey": entry.source.citekey,
        "reference": plain(cited.references[entry.source.citekey]),
        "basis": entry.basis or None,
        "same_work": list(entry.same_work),
        "findings": [shapes.evidence(item) for item in entry.findings],
        "more": entry.more,
    }
