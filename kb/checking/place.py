"""What a knowledge base stands on: models, folder, disk, and the programs that kb needs."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from kb.checking.people import told
from kb.embedding import EMBEDDERS
from kb.errors import KbError
from kb.judging import JUDGES
from kb.knowledge_base import KnowledgeBase
from kb.model_folder import SHIPPED, ModelFolder
from kb.records import Problem
from kb.starters import FILES

_WRITTEN = [name for name in FILES if "." in name]  # by people, and corpus/ besides
_SPARE = 100_000_000  # bytes to be free besides what an index made anew takes
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|afpfs|afs|9p|ceph|glusterfs|lustre|webdav|davfs\d?|"
    r"fuse\.(?:sshfs|davfs\d?|rclone|gvfsd-fuse|s3fs|gcsfuse|glusterfs)"
)
_SYNCED = re.compile(
    r"(?:onedrive|dropbox|google ?drive|googledrive|icloud ?drive|nextcloud|owncloud|pclouddrive|"
    r"sharepoint|box sync)(?:\b.*)?|my drive|mobile documents|cloudstorage|box|mega",
    re.IGNORECASE,
)


def models(base: KnowledgeBase) -> Iterator[Problem]:
    """Files of models, those that ship and those that kb.toml names, that are not what their
    hashes say."""
    chosen = base.settings
    named = {
        chosen.embedding.model: EMBEDDERS.get(chosen.embedding.embedder, ""),
        chosen.judging.model: JUDGES.get(chosen.judging.judge, ""),
    }
    folders = {path.parent.name for path in SHIPPED.glob("*/model.json")}
    folders |= {model for model, part in named.items() if ".onnx:" in part}
    for name in sorted(folders):
        try:
            folder = ModelFolder(name)
            for file in folder.files:
                folder.content(file)
        except KbError as error:
            yield told(error, base.home)
    for criterion in base.framework.criteria:
        base.untaught_tagger.words(criterion.id, "")  # loads its weights, and checks them


def room(base: KnowledgeBase) -> Iterator[Problem]:
    """What may not be read or written, and a disk with too little room to make the index anew."""
    for path in (base.home, base.home / "corpus", base.index_folder):
        if path.is_dir() and not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            what = "may not be read and written here"
            yield Problem(path.name, what, "ask who owns the folder for permission")
    for name in _WRITTEN:
        path = base.home / name
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            yield Problem(name, "may not be read and written", "ask who owns it for permission")
    used = sum(path.stat().st_size for path in base.index_folder.rglob("*") if path.is_file())
    free = shutil.disk_usage(base.home).free
    if free < used + _SPARE:
        yield Problem(
            str(base.home),
            f"the disk has {free / 1e6:,.0f} MB left, and an index made anew needs "
            f"{(used + _SPARE) / 1e6:,.0f}",
            "free some space",
        )


def versions(base: KnowledgeBase) -> Iterator[Problem]:
    """Packages that are missing or older than kb needs."""
    with sqlite3.connect(":memory:") as db:
        try:
            db.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
        except sqlite3.Error:
            what = f"SQLite {sqlite3.sqlite_version} has no full text (FTS5)"
            yield Problem("Python", what, "install Python from python.org")
    from packaging.requirements import Requirement  # only a check wants it

    try:
        wanted = metadata.requires("evidence-kb") or []
    except metadata.PackageNotFoundError:  # run from its folder
        return
    for requirement in map(Requirement, wanted):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield Problem(requirement.name, "is not installed", "install kb again")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            what = f"is version {version}, and kb needs {requirement.specifier}"
            yield Problem(requirement.name, what, "install kb again")


def copies(base: KnowledgeBase) -> Iterator[Problem]:
    """What programs that synchronise leave when two people changed one file: the work of one of
    them, which nobody reads."""
    for name in _WRITTEN:
        stem, _, ending = name.partition(".")
        for path in sorted(base.home.glob(f"{stem}?*.{ending}")):
            what = f"looks like another copy of {name}, and is not read"
            yield Problem(path.name, what, "put what only it says into the other, and remove it")


def shared(base: KnowledgeBase) -> Iterator[Problem]:
    """A folder that another computer may write too, where locks cannot be relied on."""
    home = base.home.resolve()
    if name := next((part for part in home.parts if _SYNCED.fullmatch(part)), ""):
        yield Problem(
            str(home),
            f"lies in a folder that is synchronised ({name})",
            "have that leave out .kb/, pause it while kb builds, and write one at a time",
        )
    if kind := network(home):
        yield Problem(
            str(home),
            f"lies on a network drive ({kind}), where locks may not hold",
            "keep it on this computer and share it with git, or write one at a time",
        )


def network(folder: Path) -> str:
    """The kind of network drive that it lies on; "" for a disk of this computer."""
    if sys.platform == "win32":
        import ctypes

        remote = 4  # DRIVE_REMOTE of GetDriveTypeW
        shared_name = str(folder).startswith("\\\\")
        drive = ctypes.windll.kernel32.GetDriveTypeW(f"{folder.drive}\\")
        return "Windows share" if shared_name or drive == remote else ""
    try:
        told = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        mounts = [line.split()[1:3] for line in told.splitlines()]
    except OSError:  # macOS
        shown = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False)
        mounts = [list(found) for found in re.findall(r" on (.+) \((\w+)", shown.stdout)]
    return kind_of(folder, [(place.replace("\\040", " "), kind) for place, kind in mounts])


def kind_of(folder: Path, mounts: list[tuple[str, str]]) -> str:
    """Of the mount that the folder is on, among these (place, kind), the kind if it is one of a
    network; "" else."""
    on = [(len(place), kind) for place, kind in mounts if folder.is_relative_to(place)]
    kind = max(on, default=(0, ""))[1]
    return kind if _NETWORK.fullmatch(kind) else ""
