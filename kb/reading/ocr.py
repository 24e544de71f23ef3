"""A scanned PDF in, the same with text under its pictures out, by a program of its own.

OCRmyPDF (https://ocrmypdf.readthedocs.io) does the work where a person has installed it. It is no
dependency: it brings programs that pip cannot install.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from kb.errors import ReadingError

PROGRAM = "ocrmypdf"
SECONDS = 3600
"""How long one file may take; a page takes some seconds."""
_INSTALL = (
    "install OCRmyPDF (apt install ocrmypdf, brew install ocrmypdf; other systems: "
    "https://ocrmypdf.readthedocs.io), or have another OCR program read the file"
)
# https://ocrmypdf.readthedocs.io/en/latest/advanced.html#return-code-policy
_MEANINGS = {
    2: "it finds no PDF that it can read; save the file once more",
    3: f"it lacks a program that it needs; {_INSTALL}",
    5: "it cannot write its result; look at the folder and the disk",
    8: "the file is encrypted; save it without a password",
}


def ocr(path: Path, out: Path, seconds: int = SECONDS) -> None:
    """Write to `out` a PDF whose pages without text hold what OCR reads on them; pages that have
    text stay as they are. `out` is whole or not there. Raises ReadingError, in one line, where the
    program is not installed, fails, or takes more than `seconds`."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise ReadingError(f"OCR needs a program that is not here; {_INSTALL}")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "read.pdf"
        # --output-type pdf leaves the file as it is but for the text; PDF/A would change more.
        options = ["--skip-text", "--output-type", "pdf", "--quiet"]
        code, said = _run([program, *options, str(path.absolute()), str(made)], seconds)
        if code or not made.is_file():
            last = " ".join(said.strip().splitlines()[-1:])[:200]
            meaning = _MEANINGS.get(code) or f"it says: {last or f'exit code {code}'}"
            raise ReadingError(f"OCR failed: {meaning}")
        try:
            # Beside its place first, since the temporary folder may lie on another disk.
            beside = out.with_name(f"{out.name}.part")
            shutil.copyfile(made, beside)
            beside.replace(out)
        except OSError as error:
            raise ReadingError(f"{out}: cannot be written ({error.strerror or error})") from None


def _run(command: list[str], seconds: int) -> tuple[int, str]:
    """The exit code and what was said. The programs that it starts end with it."""
    process = subprocess.Popen(  # noqa: S603, found on PATH by its own name
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        said = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        raise ReadingError(f"OCR took longer than {seconds:,} s; cut the file into parts") from None
    finally:
        if process.poll() is None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
            process.communicate()
    return process.returncode, said
