"""Every error `kb` raises on purpose, drawn as a tree.

KbError                     anything a user can cause; shown as one line, exit code 1
├── NotAKnowledgeBase       no kb.toml here or above
├── ConfigError             kb.toml says something `kb` does not understand
├── FrameworkError          criteria.yaml is broken; names the line
├── BibliographyError       references.bib is broken; names the line
├── AnnotationError         annotations.jsonl is broken; names the line
├── ReadingError            one document cannot be read (a build reports it and goes on)
├── ModelError              a model is missing, damaged, or not the one that is named
├── IndexUnusable           the index is missing, of another recipe, or cannot be opened
├── StorageError            the disk is full, read-only, or in use by another writer
├── ExportError            what was asked for cannot be written: format, style, or the place for it
├── QuestionError           the question is empty or far too long
└── UnknownName             a citekey, criterion, circumstance, passage or part that does not exist

The message is the whole error: what is wrong, where, and what to do next.
"""

import errno


class KbError(Exception):
    """Base of all errors a user can cause. `str(error)` is one line, fit to print."""


class NotAKnowledgeBase(KbError):
    """No kb.toml in the folder or above it."""


class ConfigError(KbError):
    """kb.toml has a syntax error, an unknown key or a value of the wrong type."""


class FrameworkError(KbError):
    """criteria.yaml does not say what a framework must say; the message names the line."""


class BibliographyError(KbError):
    """references.bib has an entry that cannot be read; the message names the line."""


class AnnotationError(KbError):
    """annotations.jsonl has a line that cannot be read; the message names the line."""


class ReadingError(KbError):
    """One document cannot be read. A build turns it into a FileOutcome and goes on."""


class ModelError(KbError):
    """A model's files are missing, damaged or not those that were asked for."""


class IndexUnusable(KbError):
    """The index is missing, was made with another recipe, or cannot be opened."""


class StorageError(KbError):
    """The disk is full, the folder is read-only, or another process is writing."""


class ExportError(KbError):
    """An unknown format or style, a missing converter, or a file that must not be overwritten."""


class QuestionError(KbError):
    """The question holds nothing to search for, or is far too long."""


class UnknownName(KbError):
    """A name that is not defined; the message lists what there is."""


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL_WORDS = ("disk is full", "disk full", "no space left", "disk i/o error", "file too large")
_DENIED_WORDS = ("readonly", "read-only", "permission denied", "unable to open database")


def storage_error(cause: Exception, where: object) -> StorageError | None:
    """The one-line StorageError for a full disk or a folder that cannot be written, whoever
    reports it (the system, SQLite or Chroma); None for anything else."""
    code = cause.errno if isinstance(cause, OSError) else None
    text = str(cause).lower()
    if code in _FULL or any(words in text for words in _FULL_WORDS):
        return StorageError(
            f"{where}: the disk is full (or a size limit was reached); "
            "free some space and run the command again, nothing you wrote is lost"
        )
    if code in _DENIED or any(words in text for words in _DENIED_WORDS):
        return StorageError(
            f"{where}: cannot write here; make the folder writable or copy the knowledge base "
            "to a folder of your own"
        )
    if isinstance(cause, OSError):
        return StorageError(f"{where}: {cause.strerror or cause}; check the folder and the disk")
    return None
