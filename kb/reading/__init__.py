"""From files to passages.

A reader is one function: it takes the path of a file and its citekey, and returns the Document,
or raises ReadingError with what is wrong and what to do. `READERS` names the reader for each
file ending; to read another format, write such a function and add a line.
"""

from collections.abc import Callable
from pathlib import Path

from kb.records import Document

Reader = Callable[[Path, str], Document]

VERSION = "3"
"""Part of the recipe: raise it when a reader or the cutting of passages changes what comes out."""

READERS = {
    ".md": "kb.reading.markdown:read",
    ".txt": "kb.reading.text:read",
    ".pdf": "kb.reading.pdf:read",
    ".html": "kb.reading.html:read",
    ".htm": "kb.reading.html:read",
    ".xhtml": "kb.reading.html:read",
    ".docx": "kb.reading.docx:read",
}
