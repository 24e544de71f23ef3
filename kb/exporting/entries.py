"""An annotated bibliography → entries for reference managers: BibTeX, biblatex, RIS, CSL-JSON.

Each source once, with all that references.bib says of it, its annotation (a user's own note first)
and, as keywords, what it says to which circumstance. `kb import` reads each of them back.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from kb.exporting.annotated import Bibliography, Entry
from kb.exporting.json import dumps
from kb.exporting.labels import of_passage, stance_and_judge
from kb.exporting.outline import described
from kb.referencing import Reference, bibfile, csl
from kb.referencing import ris as ris_file
from kb.referencing.keeping import MADE

_BIBLATEX = {
    "journal": "journaltitle",
    "address": "location",
    "school": "institution",
    "annote": "annotation",
    "key": "sortkey",
}
_BIBLATEX_TYPES = {
    "techreport": ("report", "techreport"),
    "phdthesis": ("thesis", "phdthesis"),
    "mastersthesis": ("thesis", "mathesis"),
    "conference": ("inproceedings", ""),
}


def bibtex(made: Bibliography, style: str = "") -> bytes:
    return "\n".join(map(bibfile.entry_text, annotated(made))).encode()


def biblatex(made: Bibliography, style: str = "") -> bytes:
    return "\n".join(bibfile.entry_text(_biblatex(one)) for one in annotated(made)).encode()


def ris(made: Bibliography, style: str = "") -> bytes:
    return "\n".join(map(ris_file.write, annotated(made))).encode()


def csl_json(made: Bibliography, style: str = "") -> bytes:
    return f"{dumps([csl.write(one) for one in annotated(made)])}\n".encode()


def annotated(made: Bibliography) -> Iterator[Reference]:
    """Each source's reference with `annote` and `keywords`, in the order of its first entry."""
    standing: dict[str, list[tuple[str, str, Entry]]] = defaultdict(list)
    for chapter in made.chapters:
        about = (chapter.criterion.id, "")
        for section in chapter.sections:
            for name, entries in section.groups.items():
                for entry in entries:
                    where = (section.circumstance.id, name)
                    standing[entry.source.citekey].append((*where, entry))
        for entry in chapter.others:
            standing[entry.source.citekey].append((*about, entry))
    for citekey, places in standing.items():
        reference = made.references[citekey]
        annote = " ".join([*_own(made, citekey), f"{MADE}, {made.made}.", *_said(places)])
        fields = {**reference.fields, "annote": annote, "keywords": _keywords(reference, places)}
        fields.pop("annotation", None)
        yield replace(reference, fields=fields)


def _own(made: Bibliography, citekey: str) -> Iterator[str]:
    for note in made.notes.get(citekey, ()):
        yield " ".join(note.text.split())


def _said(places: list[tuple[str, str, Entry]]) -> Iterator[str]:
    """Study and what was read, then each passage with what it does to which circumstance, whose
    word that is, its kind, its place and its id in square brackets."""
    *_, first = places[0]
    yield " ".join(f"{label}: {value}." for label, value in described(first).items())
    for name, _, entry in places:
        for item in entry.findings:
            text = " ".join(item.text.split())
            shown = text if item.kind == "digest" else f"“{text}”"
            about = f"{stance_and_judge(item)}; {of_passage(item)}"
            yield f"{name}: {shown} [{about}; {item.passage.id}]"


def _keywords(reference: Reference, places: list[tuple[str, str, Entry]]) -> str:
    """The entry's own, then "S1 supporting" and the like; parted as in the entry."""
    own = reference.fields.get("keywords", "")
    mark = "; " if ";" in own else ", "
    ours = [f"{where} {name}".strip() for where, name, _ in places if name != "context"]
    return mark.join(dict.fromkeys([*filter(None, own.split(mark)), *ours]))


def _biblatex(reference: Reference) -> Reference:
    """Under biblatex's own names of types and fields."""
    kind, type_ = _BIBLATEX_TYPES.get(reference.entry_type, (reference.entry_type, ""))
    names = dict(_BIBLATEX)
    if kind == "misc" and reference.fields.get("url"):
        kind = "online"
        names["howpublished"] = "organization"
    fields = {names.get(name, name): text for name, text in reference.fields.items()}
    if type_:
        fields.setdefault("type", type_)
    if "date" in fields:
        fields.pop("year", None)
    return replace(reference, entry_type=kind, fields=fields)
