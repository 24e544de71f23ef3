"""A text file that people wrote in, its text out; whatever is wrong with it names the file."""

from pathlib import Path

from kb.errors import KbError


def read(path: Path, error: type[KbError], missing: str) -> str:
    """The file's text, line ends as `\\n`, without a byte order mark. Raises `error`, with the
    next step `missing` when there is no such file."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise error(f"{path}: not found; {missing}") from None
    except OSError as cause:
        raise error(f"{path}: cannot be read ({cause.strerror}); check the file") from None
    except UnicodeDecodeError as cause:
        raise error(f"{path}: not UTF-8 text (byte {cause.start}); save it as UTF-8") from None
