"""Documents as people have them, made anew: a PDF, a saved web page, a text."""

from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

TITLE = "Reminders in general practice"
WORDS = (
    "Text message reminders raised attendance in every practice that sent them to its patients.",
    "The cost of a message was four pence, and nobody complained of having got one too many.",
    "Practices that stopped sending them saw attendance fall back within two months of that.",
)
SETTINGS = '[storing]\nvectors = "exact"\n[judging]\njudge = "none"\n'


def pdf(path: Path, title: str = "", author: str = "", words: tuple[str, ...] = WORDS) -> Path:
    """A PDF of one page; with a title it is also dated, as articles are."""
    canvas = Canvas(str(path), invariant=True)
    if title:
        canvas.setTitle(title)
        canvas.setAuthor(author)
    dated = ("Journal of Small Trials, volume 12, published 2020.",) if title else ()
    for row, line in enumerate((*dated, *words)):
        canvas.drawString(60, 700 - 30 * row, line)
    canvas.save()
    return path


def page(path: Path, title: str, author: str = "", year: str = "", doi: str = "") -> Path:
    """A web page that says what it is in its head; another file name is another text."""
    told = {"title": title, "author": author, "publication_date": year, "doi": doi}
    metas = "".join(
        f'<meta name="citation_{name}" content="{value}">' for name, value in told.items() if value
    )
    body = "".join(f"<p>{line}</p>" for line in (*WORDS, f"This was {title} of {path.name}."))
    path.write_text(
        f"<!doctype html><html><head><title>{title}</title>{metas}</head>"
        f"<body><h1>{title}</h1>{body}</body></html>",
        encoding="utf-8",
    )
    return path


def text(path: Path, words: str = WORDS[0]) -> Path:
    path.write_text(words + "\n", encoding="utf-8")
    return path


def everything(home: Path) -> dict[str, bytes]:
    """What people have written, by path."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and ".kb" not in path.parts
    }
