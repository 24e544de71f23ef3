"""References in, each as a citation style prints it, out: CSL styles, processed by citeproc-py.

citeproc-py falls short of CSL in a few places. What can be put right is put right in what it is
fed, the style's XML and the reference, before anything is printed:

- it gives initials also where a style says `initialize="false"` (Chicago, MHRA);
- it prints words for what is not there ("Edition" in MHRA, "Publication", "Retrieved" in APA);
- it forgets the delimiter of a date that a style defines for its language (Vancouver);
- it repeats a title that has stood in for a missing author, where a macro put it there;
- styles themselves call each article without volume and page a preprint (Harvard) or ahead of
  print (Chicago, MHRA), which nobody knows from an entry;
- it tells no two works of a year apart: the letter is taken from `Source.citation`.

Where punctuation meets, what is printed follows CSL's rules, which it leaves out: no full stop
after ? or !, and American English has it within quotation marks. What falls short all the same is
in kb/exporting/styles/README.md.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree

from kb.errors import ExportError
from kb.records import Source
from kb.referencing import Reference, csl

STYLES = {
    "harvard": ("harvard-cite-them-right", "en-GB"),
    "apa": ("apa", "en-US"),
    "vancouver": ("nlm-citation-sequence", "en-US"),
    "chicago": ("chicago-author-date", "en-US"),
    "mhra": ("mhra-author-date", "en-GB"),
}
"""The styles that ship, by the name to ask for: file and language of its own guide;
kb/exporting/styles/README.md says whose they are."""
DEFAULT = "harvard"
_FOLDER = Path(__file__).parent / "styles"
_CSL = "{http://purl.org/net/xbiblio/csl}"
_LETTER = re.compile(r"(?:\(\d{4}|n\.d\.-)([a-z]+)\)$")
_MARKS = {"Italic": "\ue001", "Oblique": "\ue001", "Bold": "\ue002", "Superscript": "\ue003"}
_END = "\ue000"
_OTHERS = "\ue004"
_MARK = re.compile("([\ue000-\ue004])")
_AND_OTHERS = re.compile(f",? ?(?:&|and)? ?{_OTHERS}(\\.?)")
_INTRODUCES = {"publication": "number", "retrieved": "accessed"}
"""Words of a style that say what comes next, and the variable that may not be there."""
_NOT_KNOWN = ("Preprint", "advance-online-publication")
_STOP = re.compile("([?!…])([’”»]?\ue000?)\\.")
_ADDRESS = re.compile(r"(https?://[^\s<>]*[^\s<>.,;)\]]|(?<=doi:)10\.\d+/[^\s<>]*[^\s<>.,;)\]])")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one face; `href` where it is a link, `code` where it is a name to type."""

    text: str
    italic: bool = False
    bold: bool = False
    href: str = ""
    code: bool = False


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Cited:
    """References by citekey as a style prints them. `numbers` are those that a numbered style puts
    before them, in the order in which they were given; none for other styles."""

    title: str
    references: Mapping[str, Runs]
    numbers: Mapping[str, int]


def plain(runs: Iterable[Run]) -> str:
    """The text alone."""
    return "".join(run.text for run in runs)


def cite(style: str, references: Mapping[str, Reference], sources: Mapping[str, Source]) -> Cited:
    """Each reference as `style` prints it, one of STYLES or the path of a .csl file. Raises
    ExportError where there is no such style, or it prints no reference lists."""
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle

    tree, title, numbered = _style(style)
    _, language = STYLES.get(style.lower(), ("", tree.get("default-locale") or "en-GB"))
    processor = CitationStylesStyle(BytesIO(etree.tostring(tree)), locale=language, validate=False)
    items = {f"i{number}": key for number, key in enumerate(references)}
    fed = {name: _fed(name, references[key], sources.get(key)) for name, key in items.items()}
    made = CitationStylesBibliography(processor, fed, _Formatter)
    made.register(Citation([CitationItem(name) for name in items]))
    et_al = _et_al(tree)
    printed = (_AND_OTHERS.sub(et_al, str(text)) for text in made.bibliography())
    american = language == "en-US"
    texts = {key: _runs(text, american) for key, text in zip(items.values(), printed, strict=True)}
    numbers = {key: n for n, key in enumerate(texts, start=1)} if numbered else {}
    return Cited(title, texts, numbers)


def check(style: str) -> None:
    """Raises ExportError as `cite` does, before any work is done."""
    _style(style)


def _style(name: str) -> tuple[Any, str, bool]:
    """The XML of a style, put right for citeproc-py, its title, and whether it wants numbers."""
    shipped, _ = STYLES.get(name.lower(), ("", ""))
    path = _FOLDER / f"{shipped}.csl" if shipped else Path(name)
    if not shipped and path.suffix.lower() != ".csl":
        raise ExportError(
            f"no citation style '{name}'; there are: {', '.join(STYLES)}, or the path of a .csl "
            "file"
        )
    try:
        parser = etree.XMLParser(remove_comments=True, resolve_entities=False, no_network=True)
        tree = etree.fromstring(path.read_bytes(), parser)
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except etree.XMLSyntaxError as error:
        raise ExportError(f"{path}:{error.lineno}: not XML; fetch the style again") from None
    return _prepared(tree, path)


def _prepared(tree: Any, path: Path) -> tuple[Any, str, bool]:
    title = tree.findtext(f"{_CSL}info/{_CSL}title") or path.stem
    if tree.tag != f"{_CSL}style":
        raise ExportError(f"{path}: not a CSL style; fetch it again from where you had it")
    bibliography = tree.find(f"{_CSL}bibliography")
    if bibliography is None:
        parent = tree.find(f"{_CSL}info/{_CSL}link[@rel='independent-parent']")
        other = (
            f"; fetch the style it stands for: {parent.get('href')}" if parent is not None else ""
        )
        raise ExportError(
            f"{path}: the style '{title}' has no reference list{other or '; choose another'}"
        )
    numbers = bibliography.findall(f".//{_CSL}text[@variable='citation-number']")
    for number in numbers:
        number.getparent().remove(number)
    _without_what_is_unused(tree)
    _with_initials_where_wanted(tree)
    _without_empty_labels(tree)
    _without_words_alone(tree)
    _with_parted_dates(tree)
    return tree, title, bool(numbers)


def _without_what_is_unused(tree: Any) -> None:
    """Only what the reference list calls: macros are looked for again at each use, one by one."""
    macros = {macro.get("name"): macro for macro in tree.findall(f"{_CSL}macro")}
    used: set[str] = set()
    waiting = [tree.find(f"{_CSL}bibliography")]
    while waiting:
        for caller in waiting.pop().iter(f"{_CSL}text", f"{_CSL}key"):
            name = caller.get("macro")
            if name in macros and name not in used:
                used.add(name)
                waiting.append(macros[name])
    for name, macro in macros.items():
        if name not in used:
            tree.remove(macro)
    for citation in tree.findall(f"{_CSL}citation"):
        tree.remove(citation)


def _with_initials_where_wanted(tree: Any) -> None:
    """`initialize-with` only on names that are to have initials."""
    bibliography = tree.find(f"{_CSL}bibliography")
    inherited = bibliography.get("initialize-with", tree.get("initialize-with"))
    for names in tree.iter(f"{_CSL}names"):
        in_place_of_others = names.getparent().tag == f"{_CSL}substitute"
        if names.find(f"{_CSL}name") is None and not in_place_of_others:
            names.insert(0, etree.Element(f"{_CSL}name"))
    for name in tree.iter(f"{_CSL}name"):
        mark = name.get("initialize-with", inherited)
        name.attrib.pop("initialize-with", None)
        if mark is not None and name.get("initialize") != "false":
            name.set("initialize-with", mark)
    for element in (tree, bibliography):
        element.attrib.pop("initialize-with", None)


def _without_empty_labels(tree: Any) -> None:
    for label in list(tree.iter(f"{_CSL}label")):
        variable = label.get("variable")
        if label.get("text-case") == "title":  # which it does to English text, and to no label
            label.set("text-case", "capitalize-first")
        if not variable or variable == "locator":
            continue
        choose = etree.Element(f"{_CSL}choose")
        label.getparent().replace(label, choose)
        etree.SubElement(choose, f"{_CSL}if", variable=variable).append(label)


def _without_words_alone(tree: Any) -> None:
    for text in list(tree.iter(f"{_CSL}text")):
        word = text.get("value") or text.get("term")
        if variable := _INTRODUCES.get(word or ""):
            choose = etree.Element(f"{_CSL}choose")
            text.getparent().replace(text, choose)
            etree.SubElement(choose, f"{_CSL}if", variable=variable).append(text)
        elif word in _NOT_KNOWN:
            text.getparent().remove(text)


def _with_parted_dates(tree: Any) -> None:
    for date in tree.iterfind(f"{_CSL}locale/{_CSL}date[@delimiter]"):
        for part in date.findall(f"{_CSL}date-part")[1:]:
            part.set("prefix", date.get("delimiter") + part.get("prefix", ""))


def _fed(name: str, reference: Reference, source: Source | None) -> Any:
    """The reference as citeproc-py takes it."""
    from citeproc.source.json import CiteProcJSON

    item = csl.write(reference)
    item.pop("custom", None)
    for unwanted in ("note", "annote", "abstract", "keyword", "citation-key"):
        item.pop(unwanted, None)
    if letter := _LETTER.search(source.citation if source else ""):
        item["year-suffix"] = letter[1]
    if not item.get("language"):
        item["language"] = "en-GB"
    if item.get("DOI"):
        item.pop("URL", None)  # styles print one of them, some print both
    clean = json.loads(_MARK.sub("", json.dumps(item | {"id": name}, ensure_ascii=False)))
    for person in clean.get("author", []):
        if person == csl.OTHERS_LISTED:
            person["literal"] = _OTHERS
    found = CiteProcJSON([clean])[name]
    once = _once()(found.key, found.type)
    once.update(found)
    return once


def _et_al(tree: Any) -> str:
    """What the style says for authors who are not listed: what to put for `_AND_OTHERS`."""
    said = tree.find(f".//{_CSL}et-al")
    term = tree.findtext(f"{_CSL}locale/{_CSL}terms/{_CSL}term[@name='et-al']", "et al.")
    if not term.endswith("."):
        return rf" {term}\1"
    if said is not None and said.get("font-style") == "italic":
        return f" {_MARKS['Italic']}et al.{_END}"
    never = tree.find(f".//{_CSL}name[@delimiter-precedes-last='never']") is not None
    return " et al." if never else ", et al."


@cache
def _once() -> type:
    from citeproc.source import Reference as Fed
    from citeproc.source import VariableError

    class Once(Fed):  # type: ignore[misc]
        """A title that stands in for missing authors is not printed again."""

        def __getitem__(self, name: str) -> Any:
            value = super().__getitem__(name)
            if name == "title" and not ({"author", "editor", "translator"} & self.keys()):
                if super().get("printed"):
                    raise VariableError
                self["printed"] = True
            return value

    return Once


def _wrapped(mark: str) -> Any:
    return lambda text: f"{mark}{text}{_END}"


class _Formatter:
    """Marks faces with characters of private use, which nothing else holds."""

    Italic = Oblique = staticmethod(_wrapped(_MARKS["Italic"]))
    Bold = staticmethod(_wrapped(_MARKS["Bold"]))
    Superscript = Subscript = staticmethod(str)
    Light = Underline = SmallCaps = staticmethod(str)

    @staticmethod
    def preformat(text: str) -> str:
        return text


def _runs(marked: str, american: bool) -> Runs:
    """The marked text in runs, addresses as links; of punctuation that meets, what CSL leaves
    standing, and in American English within the quotation marks."""
    text = _STOP.sub(r"\1\2", " ".join(marked.split()))
    if american:
        text = re.sub(r"([’]?”)([.,])", r"\2\1", text)
    runs: list[Run] = []
    faces: list[str] = []
    for piece in _MARK.split(text):
        if piece == _END:
            faces = faces[:-1]
        elif _MARK.fullmatch(piece):
            faces.append(piece)
        elif piece:
            italic, bold = _MARKS["Italic"] in faces, _MARKS["Bold"] in faces
            runs += [Run(part, italic, bold, _href(part)) for part in _ADDRESS.split(piece) if part]
    return tuple(runs)


def _href(text: str) -> str:
    if not _ADDRESS.fullmatch(text) and not re.fullmatch(r"10\.\d+/\S+", text):
        return ""
    return text if text.startswith("http") else f"https://doi.org/{text}"
