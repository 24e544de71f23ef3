"""An annotated bibliography → documents to read: Markdown, Word, web page, PDF."""

from kb.exporting import docx as word
from kb.exporting import html as web
from kb.exporting import markdown as plain
from kb.exporting import pdf as portable
from kb.exporting.annotated import Bibliography
from kb.exporting.citing import cite
from kb.exporting.outline import Block, outline


def blocks(made: Bibliography, style: str) -> list[Block]:
    """The whole document in the order in which it is read."""
    return list(outline(made, cite(style, made.references, made.sources)))


def markdown(made: Bibliography, style: str) -> bytes:
    return plain.text(blocks(made, style)).encode()


def html(made: Bibliography, style: str) -> bytes:
    return web.page(blocks(made, style)).encode()


def docx(made: Bibliography, style: str) -> bytes:
    return word.document(blocks(made, style), made.made)


def pdf(made: Bibliography, style: str) -> bytes:
    return portable.from_docx(docx(made, style))
