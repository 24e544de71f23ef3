"""The version of kb; part of an index's recipe."""

__version__ = "0.1.0"
