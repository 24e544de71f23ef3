"""A Word document → PDF, by LibreOffice where it is installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from kb.errors import ExportError

_PROGRAMS = ("soffice", "libreoffice")
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
)
_SECONDS = 600
_FILTER = 'pdf:writer_pdf_Export:{"ExportBookmarks":{"type":"boolean","value":"true"},' \
    '"UseTaggedPDF":{"type":"boolean","value":"true"}}'  # fmt: skip


def from_docx(content: bytes) -> bytes:
    """The PDF, tagged and with bookmarks. Raises ExportError where no LibreOffice is found, or it
    makes none within ten minutes."""
    program = converter()
    with tempfile.TemporaryDirectory() as work:
        origin = Path(work) / "export.docx"
        origin.write_bytes(content)
        # A profile of its own: one that is open in a window would take the file and say nothing.
        profile = f"-env:UserInstallation={(Path(work) / 'profile').as_uri()}"
        words = [program, profile, "--headless", "--convert-to", _FILTER, "--outdir", work]
        try:
            done = subprocess.run(  # noqa: S603 - a program found above, on a file of our own
                [*words, str(origin)],
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                env=os.environ | {"HOME": work},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ExportError(f"{program}: could not be run ({error}); use --as docx") from None
        made = origin.with_suffix(".pdf")
        if not made.is_file():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise ExportError(f"{program}: made no PDF ({' '.join(said)}); use --as docx")
        return made.read_bytes()


def converter() -> str:
    """The program that converts. Raises ExportError where there is none."""
    found = next(filter(None, map(shutil.which, (*_PROGRAMS, *_PLACES))), None)
    if found is None:
        raise ExportError(
            "a PDF is made by LibreOffice, which is not installed here: install it, or use --as "
            "docx or html and print that to PDF"
        )
    return found
