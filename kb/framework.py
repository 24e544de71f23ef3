"""criteria.yaml in, Framework out; a broken file is one FrameworkError that names the line.

The framework is data: the criteria of a topic and the circumstances that evidence can support or
challenge. Another topic is another file; no name in it is known to the program.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from kb import handwritten
from kb.errors import FrameworkError, UnknownName
from kb.records import Circumstance, Criterion
from kb.version import NEWER

# The one in C reads a long framework in a tenth of the time; not every build of PyYAML has it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_TOP_KEYS = {"title": True, "topic": False, "criteria": True, "circumstances": True} | {
    "elsewhere": False,
    "settings": False,
}
_CRITERION_KEYS = {"id": True, "name": True, "definition": True, "indicators": False}
_CIRCUMSTANCE_KEYS = {"id": True, "criterion": True, "statement": True, "aliases": False} | {
    "questions": False,
    "opposites": False,
}


@dataclass(frozen=True, slots=True)
class Framework:
    """Criteria and circumstances in the order of the file; `topic` holds the spellings of the
    word they share, which tells none of them apart; `elsewhere` are questions about none of them;
    `digest` is 16 hex digits over all that is
    said in it (comments and layout do not count). `settings` names groups of settings, each by the
    words it is known by, for the evidence map; no part of the digest, as no index depends on it."""

    title: str
    topic: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    circumstances: tuple[Circumstance, ...]
    elsewhere: tuple[str, ...] = ()
    settings: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def digest(self) -> str:
        said = repr((self.title, self.topic, self.criteria, self.circumstances, self.elsewhere))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def ids(self) -> list[str]:
        """Those of criteria, then of circumstances."""
        return [*(c.id for c in self.criteria), *(c.id for c in self.circumstances)]

    def criterion(self, name: str) -> Criterion:
        """The criterion with this id, in any case; UnknownName lists those there are."""
        for criterion in self.criteria:
            if criterion.id.lower() == name.lower():
                return criterion
        known = ", ".join(c.id for c in self.criteria)
        raise UnknownName(f"no criterion '{name}' in criteria.yaml; there are: {known}")

    def circumstance(self, name: str) -> Circumstance | None:
        """The circumstance with this id, in any case, or None."""
        return next((c for c in self.circumstances if c.id.lower() == name.lower()), None)


def load(path: Path) -> Framework:
    """Read and check a framework file. Raises FrameworkError naming the file and line."""
    text = handwritten.read(
        path, FrameworkError, "a knowledge base needs its criteria here ('kb init' writes one)"
    )
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FrameworkError(f"{path}:{line}: not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise FrameworkError(f"{path}: not valid YAML: {error}".replace("\n", " ")) from None
    except RecursionError:
        raise FrameworkError(f"{path}: nested too deeply; a framework has three levels") from None
    return _Checker(path).framework(root)


class _Checker:
    """Walks the YAML nodes, which know their lines, and builds the records."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: dict[str, int] = {}

    def fail(self, node: yaml.Node | None, message: str) -> NoReturn:
        line = node.start_mark.line + 1 if node else 1
        raise FrameworkError(f"{self.path}:{line}: {message}")

    def framework(self, root: yaml.Node | None) -> Framework:
        top = self.mapping(root, _TOP_KEYS)
        criteria = tuple(self.criterion(node) for node in self.items(top["criteria"]))
        known = {criterion.id for criterion in criteria}
        circumstances = tuple(
            self.circumstance(node, known) for node in self.items(top["circumstances"])
        )
        self.unique_aliases(top["circumstances"])
        topic = self.texts(top.get("topic"))
        elsewhere = self.texts(top.get("elsewhere"))
        settings = self.groups(top["settings"]) if "settings" in top else ()
        title = self.text(top["title"])
        return Framework(title, topic, criteria, circumstances, elsewhere, settings)

    def groups(self, node: yaml.Node) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """A mapping from names, each given once, to lists of words."""
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, "expected names of groups here, each with a list of words")
        found: dict[str, tuple[str, ...]] = {}
        for key, words in node.value:
            name = self.text(key)
            if name in found:
                self.fail(key, f"'{name}' is given twice")
            found[name] = self.texts(words)
        return tuple(found.items())

    def criterion(self, node: yaml.Node) -> Criterion:
        fields = self.mapping(node, _CRITERION_KEYS)
        return Criterion(
            id=self.identifier(fields["id"]),
            name=self.text(fields["name"]),
            definition=self.text(fields["definition"]),
            indicators=self.texts(fields.get("indicators")),
        )

    def circumstance(self, node: yaml.Node, criteria: set[str]) -> Circumstance:
        fields = self.mapping(node, _CIRCUMSTANCE_KEYS)
        criterion = self.text(fields["criterion"])
        if criterion not in criteria:
            there_are = ", ".join(sorted(criteria))
            self.fail(fields["criterion"], f"no criterion '{criterion}'; there are: {there_are}")
        return Circumstance(
            id=self.identifier(fields["id"]),
            criterion=criterion,
            statement=self.text(fields["statement"]),
            aliases=self.texts(fields.get("aliases")),
            questions=self.texts(fields.get("questions")),
            opposites=self.texts(fields.get("opposites")),
        )

    def unique_aliases(self, node: yaml.Node) -> None:
        """An alias under two circumstances would decide by accident which one is answered."""
        first: dict[str, int] = {}
        for item in self.items(node):
            aliases = self.mapping(item, _CIRCUMSTANCE_KEYS).get("aliases")
            for alias in self.items(aliases) if aliases else ():
                words = " ".join(re.findall(r"\w+", self.text(alias).lower()))
                if words in first:
                    self.fail(alias, f"alias '{words}' is already used on line {first[words]}")
                first[words] = alias.start_mark.line + 1

    def mapping(self, node: yaml.Node | None, keys: dict[str, bool]) -> dict[str, yaml.Node]:
        """The fields of a mapping node; `keys` tells which are allowed and which required."""
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"expected the keys {', '.join(keys)} here")
        fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in keys:
                self.fail(key, f"unknown key '{name}'; allowed here: {', '.join(keys)} ({NEWER})")
            if name in fields:
                self.fail(key, f"'{name}' is given twice")
            fields[name] = value
        for name, required in keys.items():
            if required and name not in fields:
                self.fail(node, f"'{name}' is missing")
        return fields

    def items(self, node: yaml.Node) -> Iterator[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.fail(node, "expected a list with at least one item ('- ...')")
        yield from node.value

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.fail(node, "expected some text here")
        return " ".join(str(node.value).split())

    def texts(self, node: yaml.Node | None) -> tuple[str, ...]:
        return tuple(self.text(item) for item in self.items(node)) if node else ()

    def identifier(self, node: yaml.Node) -> str:
        name = self.text(node)
        if not _ID.fullmatch(name):
            self.fail(node, f"'{name}' is not an id: use letters, digits and hyphens")
        if name.lower() in self.seen:
            self.fail(node, f"id '{name}' is already used on line {self.seen[name.lower()]}")
        self.seen[name.lower()] = node.start_mark.line + 1
        return name
