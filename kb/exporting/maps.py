"""An evidence map → a file of the kind that its name ends with."""

from collections.abc import Callable, Mapping
from pathlib import Path

from kb import handwritten
from kb.errors import QuestionError, storage_error
from kb.exporting import map_csv, map_html, map_json
from kb.exporting.json import dumps
from kb.maps import EvidenceMap


def _figure(given: EvidenceMap, kind: str) -> bytes:
    from kb.exporting import map_figure  # matplotlib takes a second to import

    return map_figure.figure(given, kind)


KINDS: Mapping[str, Callable[[EvidenceMap], bytes]] = {
    ".html": lambda given: map_html.page(given).encode(),
    ".csv": lambda given: map_csv.text(given).encode(),
    ".json": lambda given: f"{dumps(map_json.evidence_map(given))}\n".encode(),
    ".png": lambda given: _figure(given, "png"),
    ".svg": lambda given: _figure(given, "svg"),
}


def kind_of(path: Path) -> str:
    """The ending that says what to write. Raises QuestionError for one that is not known."""
    ending = path.suffix.lower()
    if ending not in KINDS:
        raise QuestionError(
            f"{path}: a map is written as {', '.join(KINDS)}; name such a file, e.g. -o map.html"
        )
    return ending


def write(given: EvidenceMap, path: str | Path) -> Path:
    """Write the map in one step: a file that was there is replaced whole or not at all. Raises
    KbError when it cannot be written or its ending is unknown."""
    target = Path(path)
    content = KINDS[kind_of(target)](given)
    try:
        handwritten.write(target, content, target)
    except OSError as error:
        raise storage_error(error, target) or error from None
    return target
