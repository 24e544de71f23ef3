"""Known text in, a PDF out that sets it as journals do; used by the tests and bench-ingest."""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

_WORDS = (
    "patients general practice attendance reminder letters office first different effective "
    "staff flow telephone participation long-term evidence-based clinic people community service "
    "improvement evaluation researchers interviews professional organisation workflow influence "
    "significant difficulties benefit satisfaction appointment information communication the of "
    "and to in with for was were had by on that from than did not reported described increased "
    "between among after before during without randomised controlled trial follow-up outcome "
    "quality experience knowledge management decision responsibility self-care confidence findings"
).split()
_LIGATURES = {"ffi": "\ufb03", "ffl": "\ufb04", "ff": "\ufb00", "fi": "\ufb01", "fl": "\ufb02"}
_IN_VERA = ("fi", "fl")  # the ligatures that the font has
HEADING = "# "
SENTENCE = "Text message reminders raised attendance in general practice."


def prose(seed: int, paragraphs: int) -> list[str]:
    """Paragraphs of nonsense in real words, the same for the same seed."""
    chance = random.Random(seed)
    return [
        " ".join(_sentence(chance) for _ in range(chance.randint(3, 6))) for _ in range(paragraphs)
    ]


def _sentence(chance: random.Random) -> str:
    words = [chance.choice(_WORDS) for _ in range(chance.randint(8, 18))]
    if chance.random() < 0.4:
        words[4] += ","
    return " ".join(words).capitalize() + "."


@dataclass
class Setting:
    """How a text is set. `notes` are footnotes by page (from 1), at the foot of its first column;
    `across` draws the lines of both columns from top to bottom, as some programs do."""

    columns: int = 1
    heads: bool = False
    hyphens: bool = False
    ligatures: bool = False
    across: bool = False
    notes: dict[int, str] = field(default_factory=dict)
    first_page: int = 1
    size: float = 10.0


@dataclass
class _Line:
    text: str
    x: float
    y: float
    font: str
    size: float


def typeset(path: Path, paragraphs: Sequence[str], setting: Setting | None = None) -> None:
    """Write a PDF. A paragraph that begins with "# " is a heading."""
    setting = setting or Setting()
    canvas = Canvas(str(path), pagesize=A4, invariant=True)
    plain = "Times-Roman"
    if setting.ligatures:
        pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
        plain = "Vera"
    for number, lines in enumerate(_pages(paragraphs, setting, plain), 1):
        if setting.heads:
            printed = str(setting.first_page + number - 1)
            canvas.setFont("Times-Italic", 8)
            canvas.drawString(60, 808, "Smith and Jones" if number % 2 else "Reminders in practice")
            canvas.drawRightString(535, 808, f"J Small Trials 2020; 12: {printed}")
            canvas.drawCentredString(297, 30, printed)
        if number in setting.notes:
            canvas.setFont(plain, 7.5)
            canvas.drawString(60, 62, f"1 {setting.notes[number]}")
        if setting.across:
            lines.sort(key=lambda line: (-line.y, line.x))
        for line in lines:
            text = line.text
            for letters in _IN_VERA if setting.ligatures else ():
                text = text.replace(letters, _LIGATURES[letters])
            canvas.setFont(line.font, line.size)
            canvas.drawString(line.x, line.y, text)
        canvas.showPage()
    canvas.save()


def _pages(paragraphs: Sequence[str], setting: Setting, plain: str) -> list[list[_Line]]:
    width = 475.0 if setting.columns == 1 else 228.0
    tops = [60.0] if setting.columns == 1 else [60.0, 307.0]
    leading = 1.2 * setting.size
    pages: list[list[_Line]] = [[]]
    column, y = 0, 780.0
    for paragraph in paragraphs:
        heading = paragraph.startswith(HEADING)
        font, size = ("Times-Bold", setting.size + 3) if heading else (plain, setting.size)
        text = paragraph.removeprefix(HEADING)
        y -= leading if heading else 0
        indent = 0.0 if heading else 12.0
        for row, words in enumerate(_broken(text, font, size, width, indent, setting.hyphens)):
            low = 84.0 if column == 0 and len(pages) in setting.notes else 60.0
            if y < low:
                column, y = column + 1, 780.0
                if column == len(tops):
                    pages.append([])
                    column = 0
            x = tops[column] + (indent if row == 0 else 0.0)
            pages[-1].append(_Line(words, x, y, font, size))
            y -= leading * (1.5 if heading else 1)
    return pages


def _broken(
    text: str, font: str, size: float, width: float, indent: float, hyphens: bool
) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split():
        room = width - (0 if lines else indent)
        longer = f"{line} {word}" if line else word
        if pdfmetrics.stringWidth(longer, font, size) <= room:
            line = longer
            continue
        for place in range(len(word) - 3, 2, -1) if hyphens and len(word) > 7 else ():
            first = f"{line} {word[:place]}-"
            whole = word[:place].isalpha() and word[place:].strip(",.").isalpha()
            if whole and pdfmetrics.stringWidth(first, font, size) <= room:
                line, word = first, word[place:]
                break
        lines.append(line)
        line = word
    return [*lines, line]


def drawn(path: Path, *lines: str, **keywords: object) -> Path:
    """A PDF of one page with a line for each text."""
    canvas = Canvas(str(path), invariant=True, **keywords)
    for row, line in enumerate(lines):
        canvas.drawString(72, 720 - 40 * row, line)
    canvas.save()
    return path


def objects(*bodies: str) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1"))
    start = out.tell()
    out.write(f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{place:010d} 00000 n \n".encode() for place in places)
    out.write(f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\n".encode())
    out.write(f"startxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()
