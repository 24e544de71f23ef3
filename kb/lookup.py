"""From a name in kb.toml to the thing it names: a word from a table, or "package.module:Name"."""

import importlib
from collections.abc import Mapping
from typing import Any

from kb.errors import UnknownName


def resolve(name: str, table: Mapping[str, str], what: str) -> Any:
    """The object named `name`: a key of `table` (whose values are "module:attribute"), or itself
    "module:attribute". The module is imported here and not before. Raises UnknownName."""
    target = table.get(name, name)
    module_name, colon, attribute = target.partition(":")
    if not (colon and all(part.isidentifier() for part in module_name.split("."))):
        raise UnknownName(
            f"no {what} is named '{name}'; there are: {', '.join(table)}, "
            "or your own as 'package.module:Name'"
        )
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except Exception as error:  # whatever a user's own module does on import
        raise UnknownName(
            f"{what} '{name}' cannot be loaded ({error}); check the name in kb.toml, "
            "and that the package is installed"
        ) from None
