"""LaTeX of a BibTeX file in, plain text on one line out, and back.

What is written is read again as it was by LaTeX, by biber and by `kb.reading.bibliography`, which
refuses what it may misread: # for joining, a semicolon among authors.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote

from pylatexenc.latex2text import LatexNodes2Text

from kb.referencing import OTHERS, Person

_LATEX = {
    "\\": r"{\textbackslash}",
    # BibTeX counts braces, escaped or not.
    "{": r"{\ensuremath{\lbrace}}",
    "}": r"{\ensuremath{\rbrace}}",
    "~": r"{\textasciitilde}",
    "^": r"{\string^}",
    # In braces of its own, since # beside a brace or a quotation mark is taken for joining.
    "#": r"{\#}",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
}
_SPECIAL = f"[{re.escape(''.join(_LATEX))}]"
# The second of two signs that LaTeX would print as one other: -- `` '' ,, << >> !` ?`
_SECOND = r"(?<=-)-|(?<=[`!?])`|(?<=')'|(?<=,),|(?<=<)<|(?<=>)>"
_IN_TEXT = re.compile(f"{_SPECIAL}|{_SECOND}")
_IN_NAMES = re.compile(rf"{_SPECIAL}|{_SECOND}|[,;]|(?<!\S)and(?!\S)", re.IGNORECASE)
_FORMULA = re.compile(r"(?<!\\)\$([^$]*[\\^_][^$]*)\$")
_MARKED = re.compile(r"[\\{}$~]|--|``|''|[!?]`")
_IN_ADDRESS = re.compile(r"\\url\b|\\([_%&#~$])|[{}]")


def one_line(text: str) -> str:
    """Runs of white space as one space; no characters that a text cannot hold."""
    spaced = "".join(" " if ch.isspace() else ch for ch in text)
    kept = (ch for ch in spaced if unicodedata.category(ch) not in ("Cc", "Cs"))
    return " ".join("".join(kept).split())


def plain(latex: str) -> str:
    """The text that LaTeX would print. A bare % or & stands for itself, and so does a $ that opens
    no formula."""
    if not _MARKED.search(latex):
        return one_line(latex)
    latex = _FORMULA.sub(lambda match: f"{{{_decoder('text')(match[0])}}}", latex)
    return one_line(_decoder("verbatim")(re.sub(r"(?<!\\)([%&])", r"\\\1", latex)))


def plain_address(latex: str) -> str:
    """A DOI or URL, which LaTeX takes as it stands but many programs escape all the same."""
    return one_line(_IN_ADDRESS.sub(r"\1", latex)).replace(" ", "")


def written(text: str) -> str:
    """`text` as LaTeX that prints it."""
    return _IN_TEXT.sub(_as_latex, one_line(text))


def written_address(text: str) -> str:
    """A DOI or URL to stand in braces, where nothing is escaped: what would end or break the
    value is percent-encoded."""
    return re.sub(r"[{}\"\\\s]", lambda match: quote(match[0]), one_line(text))


def written_name(person: Person) -> str:
    """`van der Berg, Jr, Jan`; a corporate name in braces; `others`."""
    if person == OTHERS:
        return person.family
    name, suffix, given = map(one_line, (person.name, person.suffix, person.given))
    if person.corporate or name.lower() == "others" or (not given and " " in name):
        family = f"{{{_IN_NAMES.sub(_as_latex, name)}}}"
    else:
        family = _IN_NAMES.sub(_in_braces, name)
    others = (_IN_NAMES.sub(_in_braces, part) for part in (suffix, given))
    return ", ".join(filter(None, [family, *others]))


def _in_braces(match: re.Match[str]) -> str:
    """Names are not parted at an "and" that has a backslash beside it."""
    latex = _as_latex(match)
    return latex if latex.startswith("{") else f"{{{latex}}}"


def _as_latex(match: re.Match[str]) -> str:
    return _LATEX.get(match[0], f"{{{match[0]}}}")


@lru_cache
def _decoder(math: str) -> Callable[[str], str]:
    decode: Callable[[str], str] = LatexNodes2Text(math_mode=math).latex_to_text
    return decode
