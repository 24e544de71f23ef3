"""What a knowledge base stands on: drives, copies of files, permissions, packages, models."""

import json
import os
import shutil
from importlib import metadata
from pathlib import Path, PurePosixPath

import pytest

from kb.checking import check, place
from kb.knowledge_base import KnowledgeBase
from kb.model_folder import SHIPPED
from tests.conftest import Kb, without_override

MOUNTS = [("/", "ext4"), ("/home", "ext4"), ("/home/ann/team", "nfs4"), ("/mnt/c", "9p")]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ann/evidence", ""),
        ("/home/ann/team/evidence", "nfs4"),
        ("/home/ann/teamwork", ""),
        ("/mnt/c/Users/ann", "9p"),
    ],
)
def test_the_drive_that_a_folder_is_on(folder: str, kind: str) -> None:
    assert place.kind_of(Path(PurePosixPath(folder)), MOUNTS) == kind


@pytest.mark.parametrize("kind", ["cifs", "smb3", "fuse.sshfs", "nfs", "smbfs", "afpfs"])
def test_drives_of_a_network(kind: str) -> None:
    assert place.kind_of(Path("/data/kb"), [("/", "xfs"), ("/data", kind)]) == kind


def test_a_disk_of_this_computer(tmp_path: Path) -> None:
    assert place.network(tmp_path) == ""


@pytest.mark.parametrize(
    "name", ["OneDrive - NHS", "OneDrive", "Dropbox", "Google Drive", "Nextcloud", "CloudStorage"]
)
def test_a_folder_that_is_synchronised(home: Path, name: str) -> None:
    there = home.parent / name / "evidence"
    shutil.copytree(home, there)
    (problem,) = check(there, ["shared"])["shared"]
    assert f"synchronised ({name})" in problem.what


@pytest.mark.parametrize("name", ["boxes", "My documents", "dropbox-notes-2", "drive"])
def test_a_folder_that_is_not(home: Path, name: str) -> None:
    if name.startswith("dropbox"):
        name = "notes-of-dropbox"
    there = home.parent / name / "evidence"
    shutil.copytree(home, there)
    assert check(there, ["shared"])["shared"] == ()


def test_copies_that_a_synchronising_program_left(home: Path) -> None:
    (home / "references (Ann's conflicted copy).bib").write_text("")
    (home / "annotations-LAPTOP7.jsonl").write_text("")
    (home / "references.bib.bak").write_text("")
    found = check(home, ["copies"])["copies"]
    assert [problem.where for problem in found] == [
        "references (Ann's conflicted copy).bib",
        "annotations-LAPTOP7.jsonl",
    ]


def test_a_disk_with_no_room(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=3_000_000))
    (problem,) = check(home, ["place"])["place"]
    assert problem.what == "the disk has 3 MB left, and an index made anew needs 100"


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_what_may_not_be_written_is_told(home: Path, kb: Kb) -> None:
    (home / "references.bib").chmod(0o400)
    (home / "corpus").chmod(0o500)
    done = kb("check", "--only", "place", "--json", cwd=home, preexec_fn=without_override)
    (home / "corpus").chmod(0o700)
    told = [(one["where"], one["what"]) for one in json.loads(done.stdout)["place"]]
    assert told == [
        ("corpus", "may not be read and written here"),
        ("references.bib", "may not be read and written"),
    ]
    assert done.returncode == 1


def test_packages_as_they_are_are_enough(home: Path) -> None:
    assert check(home, ["versions"])["versions"] == ()


def test_a_package_that_is_too_old_and_one_that_is_missing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["click>=99", "no-such-package>=1", 'sentence-transformers>=5; extra == "models"']
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    old, missing = check(home, ["versions"])["versions"]
    assert old.where == "click"
    assert "kb needs >=99" in old.what
    assert (missing.where, missing.what) == ("no-such-package", "is not installed")


def test_models_as_they_ship(base: KnowledgeBase) -> None:
    assert check(base.home, ["models"])["models"] == ()


def test_a_model_with_one_byte_changed(base: KnowledgeBase) -> None:
    folder = base.home.parent / "model"
    shutil.copytree(SHIPPED / "minilm", folder)
    (base.home / "kb.toml").write_text(f'[embedding]\nmodel = "{folder.as_posix()}"\n')
    assert check(base.home, ["models"])["models"] == ()
    content = bytearray((folder / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.onnx").write_bytes(content)
    (problem,) = check(base.home, ["models"])["models"]
    assert problem.where.endswith("model.onnx")
    assert "its SHA-256 differs" in problem.what
