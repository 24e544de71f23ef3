"""What an installation is made of: versions that are held, licences, known faults, and a bill."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.scripts import ROOT, script

LOCK = script("lock")
HELD: Mapping[str, str] = LOCK.read()


def test_every_line_of_the_constraints_is_a_name_and_a_version() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    for line in lines:
        assert line.startswith("# ") or re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line), line
    assert not re.search(r"://|/root|/home|file:", "\n".join(lines))


def test_all_that_is_asked_for_is_held_within_its_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    for line in (*project["dependencies"], *(one for extra in extras for one in extra)):
        asked = Requirement(line)
        assert asked.specifier.contains(HELD[asked.name.lower()]), line


def test_a_lock_holds_what_pip_reports_by_its_plain_version() -> None:
    names = ("evidence-kb", "0.1.0"), ("torch", "2.13.0+cpu"), ("Jinja_2", "3.1")
    report = {"install": [{"metadata": {"name": n, "version": v}} for n, v in names]}
    assert LOCK.versions(report) == {"jinja-2": "3.1", "torch": "2.13.0"}


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("MIT", ""),
        ("Mozilla Public License 2.0 (MPL 2.0)", ""),
        ("Apache-2.0 OR GPL-3.0-only", ""),
        ("", "does not say its licence"),
        ("GPL-3.0-or-later", "must not have"),
        ("AGPL-3.0", "must not have"),
        ("GNU General Public License v2 (GPLv2)", "must not have"),
        ("GNU Affero General Public License v3", "must not have"),
        ("MIT AND GPL-2.0-only", "must not have"),
        ("LGPL-2.1-only", "explain in scripts/licences"),
        ("GNU Lesser General Public License v3", "explain in scripts/licences"),
    ],
)
def test_a_licence_is_free_to_use_or_refused(said: str, complaint: str) -> None:
    found = script("licences").problem("some-package", said)
    assert complaint in found
    assert bool(found) == bool(complaint)


def test_the_licences_of_the_default_install_are_known() -> None:
    done = ran("licences")
    assert done.returncode == 0, done.stderr
    assert "chromadb" in done.stdout
    assert "pytest" not in done.stdout


# -- known faults ---------------------------------------------------------------------------

EXEMPT = """\
[[exception]]
id = "CVE-1"
package = "chromadb"
reason = "not our path"
look_again = 2030-01-02
"""


def ran(name: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / name), *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": "", **env}, timeout=120
    )


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A folder with a pip-audit that knows one package and what a test tells it."""
    (tmp_path / "pip_audit").mkdir()
    (tmp_path / "pip_audit" / "__init__.py").touch()
    (tmp_path / "pip_audit" / "__main__.py").write_text("import os; print(os.environ['SAYS'])")
    (tmp_path / "exceptions.toml").write_text(EXEMPT)
    return tmp_path


def audited(service: Path, says: object, today: str = "2030-01-01") -> tuple[int, str]:
    done = ran(
        "audit",
        "--today",
        today,
        "--exceptions",
        str(service / "exceptions.toml"),
        PYTHONPATH=str(service),
        SAYS=json.dumps({"dependencies": says}),
    )
    return done.returncode, done.stdout + done.stderr


def fault(name: str, *aliases: str) -> list[dict[str, object]]:
    about = {"id": name, "aliases": list(aliases), "fix_versions": ["2.0"]}
    return [{"name": "chromadb", "version": "1.5.9", "vulns": [about]}]


def test_the_exceptions_that_there_are_are_explained_and_not_due() -> None:
    kept = script("audit").exceptions(ROOT / "scripts" / "audit-exceptions.toml")
    assert ("CVE-2026-45829", "chromadb") in [(one.id, one.package) for one in kept]
    assert all(one.package in HELD and len(one.reason) > 20 for one in kept)


def test_a_fault_fails_unless_it_is_excepted_by_one_of_its_names(service: Path) -> None:
    assert audited(service, fault("CVE-2"))[0] == 1
    assert "chromadb 1.5.9: CVE-2 (mended in 2.0)" in audited(service, fault("CVE-2"))[1]
    code, said = audited(service, fault("GHSA-x", "CVE-1"))
    assert (code, "0 to look at, 1 exceptions" in said) == (0, True)


def test_an_exception_is_over_on_its_day_whatever_else_is_known(service: Path) -> None:
    code, said = audited(service, [], today="2030-01-02")
    assert code == 1
    assert said == "audit: CVE-1 (chromadb) was to be looked at again on 2030-01-02: not our path\n"


@pytest.mark.parametrize(
    "says", [[{"name": "chromadb", "skip_reason": "not found"}], "no list", None], ids=str
)
def test_where_nobody_answers_it_says_so_in_one_line_and_fails_nothing(
    service: Path, says: object
) -> None:
    if not isinstance(says, list):
        (service / "pip_audit" / "__main__.py").write_text("raise SystemExit('no network')")
    code, said = audited(service, says)
    assert code == 0
    assert said.startswith("audit: NOT DONE: no service for vulnerabilities answered (pypi: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("left_out", ["reason", "look_again", "id"])
def test_an_exception_without_reason_or_day_is_none(service: Path, left_out: str) -> None:
    lines = [line for line in EXEMPT.splitlines() if not line.startswith(left_out)]
    (service / "exceptions.toml").write_text("\n".join(lines))
    code, said = audited(service, [])
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("audit: exceptions.toml: an exception needs id, look_again, package")


# -- the bill -------------------------------------------------------------------------------


def test_the_bill_has_packages_and_models_with_their_hashes() -> None:
    report = {
        "install": [
            {
                "metadata": {"name": "evidence-kb", "version": "0.1.0"},
                "download_info": {"dir_info": {}},
            },
            {
                "metadata": {"name": "Click", "version": "8.5.1"},
                "download_info": {"archive_info": {"hashes": {"sha256": "ab" * 32}}},
            },
        ]
    }
    made = script("sbom").bill(report)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    click, *models = made["components"]
    assert click["purl"] == "pkg:pypi/click@8.5.1"
    assert click["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert click["licenses"]
    assert {one["name"] for one in models} == {"minilm", "stance", "tagging"}
    for one in models:
        folder = ROOT / "kb" / "models" / one["name"]
        name = "tagger.json" if one["name"] == "tagging" else "model.json"
        about = json.loads((folder / name).read_text("utf-8"))["sha256"]
        found = {file["name"]: file["hashes"][0]["content"] for file in one["components"]}
        assert about.items() <= found.items()
    refs = [one["bom-ref"] for one in made["components"]]
    assert made["dependencies"][0]["dependsOn"] == refs
