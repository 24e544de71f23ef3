"""kb.toml in, frozen Settings out. Every default of `kb` is in this file and nowhere else."""

import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kb import handwritten
from kb.errors import ConfigError, NotAKnowledgeBase
from kb.version import NEWER

FILENAME = "kb.toml"


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one file may take: `seconds`, megabytes of memory, and megabytes and pages of
    the file. Each file is read in a process of its own, so that one that takes more harms no
    other."""

    seconds: int = 120
    memory_mb: int = 1500
    file_mb: int = 200
    pages: int = 3000


@dataclass(frozen=True, slots=True)
class Passages:
    """How documents are cut. `max_tokens` counts the embedder's own word pieces; the shipped
    model reads at most 256, and shorter passages say one thing and are found by it."""

    max_tokens: int = 200


@dataclass(frozen=True, slots=True)
class Embedding:
    """`embedder`: "onnx" or "transformer"; `model`: a shipped model's name or a local folder (for
    "transformer" also a public name). Only with `allow_download` may a model be fetched."""

    embedder: str = "onnx"
    model: str = "minilm"
    allow_download: bool = False


@dataclass(frozen=True, slots=True)
class Storing:
    """`vectors`: "chroma", or "exact" (brute force, for small collections and as a reference)."""

    vectors: str = "chroma"


@dataclass(frozen=True, slots=True)
class Search:
    """`meaning_weight` is the share of meaning against words in the fused score (0 to 1);
    `candidates` how many passages each of the two may put forward; a passage whose cosine is below
    `floor` is not near the question, and is no context of an answer."""

    meaning_weight: float = 0.6
    candidates: int = 100
    floor: float = 0.25


@dataclass(frozen=True, slots=True)
class Matching:
    """A question is read as a circumstance of the framework when that is as probable as
    `threshold` (0 to 1), by what was learnt from the framework's wordings; below it is a claim of
    its own."""

    threshold: float = 0.25


@dataclass(frozen=True, slots=True)
class Tagging:
    """`tagger`: "linear" (trained on the criteria that ship, zero-shot for all others) or
    "prototype" (zero-shot); a model's tag is kept from a score of `threshold` (0 to 1) up; 0 takes
    the tagger's own for each criterion."""

    tagger: str = "linear"
    threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class Judging:
    """`judge`: "onnx", "transformer", or "none" (only people judge); `model`: a shipped model's
    name or a folder. A side is shown as one from a probability of `threshold` up; 0 takes the
    model's own, with which it was right 85 times in 100."""

    judge: str = "onnx"
    model: str = "stance"
    threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """A language model to ask besides, off while `endpoint` is empty: the address of an
    OpenAI-compatible server (http://localhost:11434/v1), the `model` it should use, and the
    environment variable that holds its key, if it wants one. Passages are sent there."""

    endpoint: str = ""
    model: str = ""
    key_variable: str = ""
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class Online:
    """What is asked online, and only with --online. `contact` is an e-mail or web address that
    services such as Crossref are told, so that they can reach who asks; "" for none."""

    contact: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, one table of kb.toml each."""

    reading: Reading = field(default_factory=Reading)
    passages: Passages = field(default_factory=Passages)
    embedding: Embedding = field(default_factory=Embedding)
    storing: Storing = field(default_factory=Storing)
    search: Search = field(default_factory=Search)
    matching: Matching = field(default_factory=Matching)
    tagging: Tagging = field(default_factory=Tagging)
    judging: Judging = field(default_factory=Judging)
    second_opinion: SecondOpinion = field(default_factory=SecondOpinion)
    online: Online = field(default_factory=Online)


def find_home(start: str | Path | None = None) -> Path:
    """The root of the knowledge base: `start` itself if given, else KB_HOME, else the nearest
    folder at or above the current one that holds kb.toml. Raises NotAKnowledgeBase."""
    named = start or os.environ.get("KB_HOME")
    here = Path(named or Path.cwd()).expanduser().resolve()
    for folder in [here] if named else [here, *here.parents]:
        if (folder / FILENAME).is_file():
            return folder
    where = f"{here} is" if named else f"{here} is not in"
    raise NotAKnowledgeBase(
        f"{where} {'not ' if named else ''}a knowledge base (no {FILENAME}); go to one, name one "
        "with --home, or make one: kb init my-evidence --starter co-production"
    )


def load(path: Path) -> Settings:
    """Read kb.toml. Raises ConfigError that names the file and the key."""
    text = handwritten.read(path, ConfigError, "make one with: kb init")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    known = {f.name: f.default_factory for f in fields(Settings)}
    built: dict[str, Any] = {}
    for name, table in tables.items():
        if name not in known or not isinstance(table, dict):
            raise ConfigError(
                f"{path}: unknown '{name}'; tables are: {', '.join(known)} ({NEWER})"
            )
        built[name] = _table(path, name, known[name], table)
    return Settings(**built)


def _table(path: Path, name: str, kind: Any, values: dict[str, Any]) -> Any:
    """One frozen table, each value of the type of its default; numbers must be in range."""
    default = kind()
    for key, value in values.items():
        known = [f.name for f in fields(default)]
        if key not in known:
            raise ConfigError(
                f"{path}: unknown key '{key}' in [{name}]; keys are: {', '.join(known)} ({NEWER})"
            )
        wanted = type(getattr(default, key))
        if wanted is float and type(value) is int:
            value = values[key] = float(value)
        if type(value) is not wanted:
            raise ConfigError(f"{path}: {name}.{key} must be {wanted.__name__}, not {value!r}")
        if wanted is float and not 0 <= value <= 1:
            raise ConfigError(f"{path}: {name}.{key} must be from 0 to 1, not {value}")
        if wanted is int and not 16 <= value <= 100_000:
            raise ConfigError(f"{path}: {name}.{key} must be from 16 to 100000, not {value}")
    return kind(**values)
