"""What the disk says, as one line for a reader."""

import errno
import sqlite3
from pathlib import Path

import pytest

from kb import errors
from kb.errors import KbError, StorageError, storage_error

FOLDER = Path("base/.kb")


def os_error(code: int) -> OSError:
    return OSError(code, "as the system says it")


def message(cause: Exception) -> str:
    error = storage_error(cause, FOLDER)
    assert isinstance(error, StorageError)
    return str(error)


@pytest.mark.parametrize(
    "cause",
    [
        os_error(errno.ENOSPC),
        os_error(errno.EFBIG),
        os_error(errno.EDQUOT),
        sqlite3.OperationalError("database or disk is full"),
        RuntimeError("Error in compaction: No space left on device (os error 28)"),
    ],
    ids=["ENOSPC", "EFBIG", "EDQUOT", "SQLite", "Chroma"],
)
def test_a_full_disk_is_told_as_such_whoever_reports_it(cause: Exception) -> None:
    assert message(cause) == (
        f"{FOLDER}: the disk is full (or a size limit was reached); "
        "free some space and run the command again, nothing you wrote is lost"
    )


@pytest.mark.parametrize(
    "cause",
    [
        os_error(errno.EROFS),
        os_error(errno.EACCES),
        os_error(errno.EPERM),
        sqlite3.OperationalError("attempt to write a readonly database"),
        sqlite3.OperationalError("unable to open database file"),
    ],
    ids=["EROFS", "EACCES", "EPERM", "SQLite read-only", "SQLite cannot open"],
)
def test_a_folder_that_cannot_be_written_is_told_as_such(cause: Exception) -> None:
    assert message(cause) == (
        f"{FOLDER}: cannot write here; make the folder writable or copy the knowledge base "
        "to a folder of your own"
    )


def test_any_other_trouble_of_the_system_is_told_in_its_own_words() -> None:
    assert message(os_error(errno.EIO)) == (
        f"{FOLDER}: as the system says it; check the folder and the disk"
    )


@pytest.mark.parametrize(
    "cause",
    [
        sqlite3.DatabaseError("database disk image is malformed"),
        sqlite3.OperationalError("no such table: facts"),
        ValueError("not about the disk"),
    ],
)
def test_what_is_not_the_disks_fault_is_left_to_others(cause: Exception) -> None:
    assert storage_error(cause, FOLDER) is None


def test_every_error_stands_in_the_tree_that_the_module_draws() -> None:
    kinds = {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, Exception)
    }
    assert all(issubclass(kind, KbError) for kind in kinds.values())
    drawn = (errors.__doc__ or "").split()
    assert {name for name in kinds if name not in drawn} == set()
