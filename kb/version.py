"""The version of kb, part of an index's recipe, and what to say of what it does not know."""

__version__ = "0.1.0"

NEWER = f"if a newer kb wrote it, update this one, {__version__}"
