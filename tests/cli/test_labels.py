"""kb tag, judge, log, agreement, export-labels, import-labels and evaluate mine, as a user runs
them."""

import json
import os
from pathlib import Path

import pytest

from kb.records import passage_id
from tests.conftest import COSTS, LETTERS, RAISED, Kb, verdict
from tests.labelling.conftest import built, home, rows

__all__ = ["built", "home"]

P = passage_id("smith2020reminders", RAISED)
NOBODY = {"KB_USER": "", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
ANN = {**NOBODY, "KB_USER": "ann"}


def test_who_says_so(home: Path, kb: Kb) -> None:
    done = kb("tag", P, "cost", cwd=home, env=NOBODY)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("kb: who says so? Name yourself with --by NAME")
    assert not (home / "annotations.jsonl").exists()
    config = home / "gitconfig"
    config.write_text("[user]\n\tname = Zoë  of Git\n", "utf-8")
    git = {**NOBODY, "GIT_CONFIG_GLOBAL": str(config)}
    for words, env, _ in (
        (["--by", "Bob"], ANN, "Bob"),
        ([], {**git, "KB_USER": "ann"}, "ann"),
        ([], git, "Zoë of Git"),
    ):
        assert kb("tag", P, "cost", *words, cwd=home, env=env).returncode == 0
    assert [row["by"] for row in rows(home)] == ["Bob", "ann", "Zoë of Git"]


def test_tag_says_what_it_did_and_how_to_undo_it(home: Path, kb: Kb) -> None:
    done = kb("tag", P[:-4], "COST", cwd=home, env=ANN)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert f"ann: {P} is about cost. To undo it: kb tag {P} cost --undo" in said
    assert kb("tag", P, "uptake", "--remove", "--why", "no", cwd=home, env=ANN).returncode == 0
    assert kb("tag", P, "cost", "--undo", cwd=home, env=ANN).returncode == 0
    assert [(r["type"], r.get("seen"), r.get("why")) for r in rows(home)] == [
        ("tag", True, None),
        ("tag", False, "no"),
        ("withdrawal", None, None),
    ]
    done = kb("tag", P, "cost", "--undo", cwd=home, env=ANN)
    assert done.stderr.startswith(f"kb: ann has said nothing of {P} on cost")
    kb("tag", P, "--only", cwd=home, env=ANN)
    assert rows(home)[-1]["criteria"] == []
    done = kb("tag", P, "--undo", cwd=home, env=ANN)
    assert "ann has taken back their last reading" in " ".join(done.stderr.split())


def test_judge_counts_at_once_and_can_be_undone(home: Path, kb: Kb) -> None:
    words = ("--claim", "u1", "--why", "a trial", "--sure", "clear")
    done = kb("judge", P, "supports", *words, cwd=home, env=ANN)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert f"ann: {P} supports U1: Reminders increase uptake." in said
    assert f"To undo it: kb judge {P} --claim U1 --undo" in said
    (row,) = rows(home)
    assert (row["stance"], row["sure"], row["why"]) == ("supports", "clear", "a trial")
    assert sum(row["scores"].values()) == pytest.approx(1, abs=1e-3)
    answer = json.loads(kb("ask", "U1", "--json", cwd=home).stdout)
    assert [item["judge"] for item in answer["supporting"]] == ["one reader"]
    assert kb("judge", P, "--claim", "U1", "--undo", cwd=home, env=ANN).returncode == 0
    answer = json.loads(kb("ask", "U1", "--json", cwd=home).stdout)
    assert all(item["judge"] != "one reader" for item in answer["supporting"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("tag", P), "name at least one criterion; list them with: kb criteria"),
        (("tag", P, "price"), "no criterion 'price' in criteria.yaml; there are: uptake, cost"),
        (("tag", P, "cost", "--remove", "--only"), "--remove, --only and --undo are three things"),
        (("tag", "smith2020reminders", "cost"), "'smith2020reminders' is a source; name one of"),
        (("tag", "nobody#1", "cost"), "no source or passage 'nobody#1'"),
        (("judge", P, "--claim", "U1"), "say one of: supports, challenges, neutral; or --undo"),
        (("judge", P, "supports", "--claim", "X1"), "no circumstance 'X1' in criteria.yaml; there"),
        (("log", "nobody"), "no source or passage 'nobody'"),
        (("agreement", "--by", "ann"), "'ann' has said nothing here; who has: nobody, model"),
        (("evaluate", "mine"), "nobody has labelled anything yet; begin with: kb review"),
        (("export-labels", "--as", "xlsx"), "a workbook needs a file: -o labels.xlsx"),
        (("export-labels", "-o", "a.txt"), "must end with .csv"),
        (("import-labels", "none.csv"), "none.csv: cannot be read"),
    ],
)
def test_what_cannot_be_is_one_line(
    home: Path, kb: Kb, words: tuple[str, ...], complaint: str
) -> None:
    done = kb(*words, cwd=home, env=ANN)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert complaint in line
    assert not (home / "annotations.jsonl").exists()


def test_log_tells_all_that_was_ever_said(home: Path, kb: Kb) -> None:
    kb("tag", P, "cost", cwd=home, env=ANN)
    kb("tag", P, "cost", "--undo", cwd=home, env=ANN)
    kb("judge", P, "supports", "--claim", "U1", "--by", "bob", "--why", "a trial", cwd=home)
    kb("judge", P, "neutral", "--claim", "U1", "--by", "bob", cwd=home)
    text = (home / "criteria.yaml").read_text()
    (home / "criteria.yaml").write_text(text.replace("Reminders increase", "Reminders raise"))
    kb("build", cwd=home)
    for name in (P, P[:-3], "smith2020reminders"):
        said = " ".join(kb("log", name, cwd=home).stdout.split())
        assert "ann: about cost · prototype then: uptake 0.92 · taken back later" in said
        assert "ann: takes back “about cost” of 20" in said
        assert "bob: supports U1 · why: a trial · onnx:kb-stance then:" in said
        assert "replaced later · made under an earlier wording of U1" in said
        assert "bob: neutral U1" in said
        assert said.endswith("4 lines")
    found = json.loads(kb("log", P, "--json", cwd=home).stdout)
    assert [one["status"] for one in found] == ["taken back", None, "superseded", "counts"]
    assert found[3]["earlier_wording"] == ["U1"]
    assert kb("log", "health2019letters", cwd=home).stdout == "Nobody has said anything of it.\n"


def test_check_lists_tags_made_under_an_earlier_wording(home: Path, kb: Kb) -> None:
    kb("tag", P, "uptake", cwd=home, env=ANN)
    kb("build", cwd=home)
    assert kb("check", cwd=home).stdout == "There is nothing to look at.\n"
    text = (home / "criteria.yaml").read_text()
    (home / "criteria.yaml").write_text(text.replace("offered to them", "offered to each"))
    kb("build", cwd=home)
    said = " ".join(kb("check", cwd=home).stdout.split())
    assert "Tags made under an earlier wording, which count: 1" in said
    assert (
        f"criteria.yaml: uptake: 1 tag was made under an earlier wording, the first on {P}" in said
    )
    assert "kb review --criterion uptake" in said
    shown = json.loads(kb("show", P, "--json", cwd=home).stdout)
    assert {"criterion": "uptake", "score": 1.0, "by": "ann", "counts": True} in shown[0]["tags"]


@pytest.fixture
def judged(home: Path) -> Path:
    """Ann and bob have judged the same passages, not alike."""
    said = [
        verdict("smith2020reminders", RAISED, "U1", "supports", "ann"),
        verdict("smith2020reminders", RAISED, "U1", "supports", "bob"),
        verdict("health2019letters", LETTERS, "U1", "challenges", "ann"),
        verdict("health2019letters", LETTERS, "U1", "neutral", "bob"),
        verdict("smith2020reminders", COSTS, "C1", "supports", "ann"),
        verdict("smith2020reminders", COSTS, "C1", "supports", "bob"),
        {**verdict("smith2020reminders", RAISED, "C1", "supports", "bob"), "claim": "Other words."},
    ]
    (home / "annotations.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in said))
    return home


def test_agreement_of_people_and_of_each_with_the_models(judged: Path, kb: Kb) -> None:
    done = kb("agreement", "--json", cwd=judged)
    assert done.returncode == 0, done.stderr
    people, *with_model = json.loads(done.stdout)
    assert (people["first"], people["second"]) == ("ann", "bob")
    assert people["circumstances"]["all"]["n"] == 3
    assert people["circumstances"]["U1"]["agreement"] == 0.5
    assert people["circumstances"]["C1"]["kappa"] is None
    low, high = people["circumstances"]["all"]["ac1_interval"]
    assert low <= people["circumstances"]["all"]["ac1"] <= high
    (other,) = people["disagreements"]
    assert (other["about"], other["first"], other["second"]) == ("U1", "challenges", "neutral")
    assert [one["first"] for one in with_model] == ["ann", "bob"]
    assert all(one["second"].startswith("model:") for one in with_model)
    text = kb("agreement", "--by", "bob", "--by", "ann", cwd=judged).stdout
    assert "U1: neutral, challenges  health2019letters#" in text
    table = kb("agreement", "--by", "bob", "--by", "ann", "--as-csv", cwd=judged).stdout
    assert table.splitlines()[0] == "passage,about,first,says,second,says too,text"
    assert LETTERS in table


def test_evaluate_mine_takes_peoples_word_as_gold(judged: Path, kb: Kb) -> None:
    kb("tag", P, "uptake", "--only", cwd=judged, env=ANN)
    kb("tag", P, "uptake", "--only", "--by", "bob", cwd=judged)
    done = kb("evaluate", "mine", "--json", cwd=judged)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["people"] == ["ann", "bob"]
    assert (report["stance"]["n"], report["disputed_verdicts"]) == (2, 1)
    assert (report["tags"]["n"], report["tags"]["disputed"]) == (1, 0)
    assert (report["tags"]["criteria"]["uptake"]["f1"], report["tags"]["trained_on"]) == (1.0, 0)
    assert (report["tags"]["criteria"]["cost"]["n"], report["tags"]["macro_f1"]) == (0, 1.0)
    assert 0 <= report["tags"]["ece"] <= 1
    only = json.loads(kb("evaluate", "mine", "--by", "ann", "--json", cwd=judged).stdout)
    assert (only["stance"]["n"], only["disputed_verdicts"]) == (3, 0)
    text = kb("evaluate", "mine", cwd=judged).stdout
    assert "The models against the word of ann, bob" in text
    assert "Left out, as people disagree: 1 verdict" in text


def test_labels_go_out_and_come_back(judged: Path, kb: Kb, tmp_path: Path) -> None:
    path = tmp_path / "labels.xlsx"
    done = kb("export-labels", "-o", str(path), cwd=judged)
    assert (done.returncode, done.stderr) == (0, f"{path}: 7 rows\n")
    done = kb("import-labels", str(path), cwd=judged)
    assert done.stderr.startswith("labels.xlsx: 0 labels added, 7 unchanged")
    table = kb(
        "export-labels", "--to-label", "2", "--claim", "U1", "--by", "cay", cwd=judged
    ).stdout
    assert table.startswith("\ufeffsource,place,text,kind,about,question,label")
    assert "ann" not in table.replace("Reminders", "")
    bad = tmp_path / "bad.csv"
    bad.write_text(table.lstrip("\ufeff").replace(LETTERS, "Other words."), "utf-8")
    filled = bad.read_text().replace(
        "Reminders increase uptake.,,", "Reminders increase uptake.,neutral,"
    )
    bad.write_text(filled, "utf-8")
    done = kb("import-labels", str(bad), "--by", "cay", cwd=judged)
    assert done.returncode == 1
    assert "refused: row" in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"kb: {bad}: 1 row refused")
    assert rows(judged)[-1]["by"] == "cay"


def test_init_has_git_merge_peoples_lines_and_leaves_a_file_of_ones_own(
    kb: Kb, tmp_path: Path
) -> None:
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
    (tmp_path / "old" / ".gitattributes").write_text("*.pdf binary\n")
    for name in ("new", "old"):
        assert kb("init", str(tmp_path / name)).returncode == 0
    assert (tmp_path / "new/.gitattributes").read_text() == "annotations.jsonl merge=union\n"
    assert (tmp_path / "old/.gitattributes").read_text() == "*.pdf binary\n"
