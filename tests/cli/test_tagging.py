"""kb evaluate tags, kb learn and kb show --why: the real commands, with the real models."""

import json
from pathlib import Path

import pytest

from kb.records import passage_id
from tests.conftest import Kb

ROWS = [
    ("Senior leaders sponsored the work and shared power over the budget.", ["authority"]),
    ("Members were paid expenses, trained, and given time to build trust.", ["resources"]),
    ("The trial found no effect on wellbeing at six months.", ["outcomes"]),
    ("The library lends board games.", []),
]
SHOPS = (
    "bakery butcher chemist florist grocer ironmonger jeweller saddler tailor tobacconist".split()
)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    lines = [json.dumps({"text": text, "criteria": criteria}) for text, criteria in ROWS]
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture
def taught(home: Path) -> Path:
    """Five sources, ten passages each, half of them on sleep, which a person has tagged."""
    (home / "criteria.yaml").write_text(
        "title: T\n"
        "criteria:\n"
        "  - {id: alpha, name: First, definition: What belongs to the first group.}\n"
        "  - {id: beta, name: Second, definition: What belongs to the second group.}\n"
        "circumstances:\n"
        "  - {id: X1, criterion: alpha, statement: The first group is best.}\n"
    )
    lines = []
    for source in range(5):
        texts = [f"People slept badly for {n} nights near the {SHOPS[n]}." for n in range(5)]
        texts += [f"Trains to the {SHOPS[n]} ran {n} minutes late." for n in range(5)]
        texts = [f"{text} Town {source} reports it." for text in texts]
        key = f"town{source}"
        (home / "corpus" / f"{key}.txt").write_text("\n\n".join(texts))
        with (home / "references.bib").open("a") as file:
            file.write(f"@misc{{{key}, title = {{Town {source}}}}}\n")
        lines += [
            json.dumps(
                {
                    "type": "tags",
                    "passage": passage_id(key, text),
                    "quote": text,
                    "criteria": ["alpha"] if "slept" in text else [],
                    "by": "ann",
                    "at": "2026-01-01",
                }
            )
            for text in texts
        ]
    (home / "annotations.jsonl").write_text("\n".join(lines) + "\n")
    return home


def test_the_tagger_is_measured_outside_any_knowledge_base(
    rows: Path, kb: Kb, tmp_path: Path
) -> None:
    done = kb("evaluate", "tags", str(rows), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["n"] == 4
    assert 0 <= report["ece"] <= 1
    assert list(report["criteria"]) == [
        "authority", "shared-aims", "scale", "outcomes", "resources", "delivery",
    ]  # fmt: skip
    about = report["criteria"]["resources"]
    assert (about["n"], about["recall"], about["method"]) == (1, 1.0, "linear")
    for name in ("precision", "recall", "f1", "average_precision"):
        low, high = about[f"{name}_interval"]
        assert 0 <= low <= about[name] <= high <= 1
    assert report["macro_f1"] > 0.5
    assert not list((tmp_path / "elsewhere").iterdir()), "nothing is written"


def test_measures_for_people(rows: Path, kb: Kb) -> None:
    said = kb("evaluate", "tags", str(rows)).stdout
    assert said.startswith("4 rows, tagged by linear@")
    for word in ("macro-F1", "macro average precision", "calibration error", "shared-aims"):
        assert word in said
    assert max(map(len, said.splitlines())) <= 80
    (line, *_) = (line for line in said.splitlines() if line.startswith("delivery"))
    assert line.split() == ["delivery", "0", "0", "-", "-"], "nothing was there to be found"


def test_an_unknown_criterion_is_named_with_its_line(rows: Path, kb: Kb) -> None:
    with rows.open("a") as file:
        file.write('\n{"text": "x", "criteria": ["colour"]}')
    done = kb("evaluate", "tags", str(rows))
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "line 5: criteria.yaml has no criterion 'colour'; there are: authority" in line


def test_what_people_tagged_is_never_looked_up(shipped_home: Path, kb: Kb, tmp_path: Path) -> None:
    """A passage of the corpus whose readers' tags are turned round is measured as any text is."""
    note = json.loads((shipped_home / "annotations.jsonl").read_text("utf-8").splitlines()[0])
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps({"text": note["quote"], "criteria": ["resources"]}))
    inside = kb("evaluate", "tags", str(path), "--json", cwd=shipped_home).stdout
    assert inside == kb("evaluate", "tags", str(path), "--json").stdout
    assert json.loads(inside)["criteria"]["resources"]["recall"] == 0


def test_learning_from_ones_own_tags(taught: Path, kb: Kb) -> None:
    done = kb("learn", "--json", cwd=taught)
    assert done.returncode == 0, done.stderr
    lessons = json.loads(done.stdout)["criteria"]
    alpha = lessons["alpha"]
    assert (alpha["tagged"], alpha["fresh"], alpha["kept"]) == (25, 25, True)
    assert alpha["f1_after"] > alpha["f1_before"]
    assert (lessons["beta"]["tagged"], lessons["beta"]["f1_after"]) == (0, None)
    assert "criteria.yaml or kb.toml" in kb("search", "sleep", cwd=taught).stderr, "tags are older"
    assert kb("build", cwd=taught).returncode == 0

    # A new passage is tagged by what was learnt.
    (taught / "corpus" / "health2019letters.txt").write_text("Visitors slept badly all week.\n")
    kb("build", cwd=taught)
    name = passage_id("health2019letters", "Visitors slept badly all week.")
    (shown,) = json.loads(kb("show", name, "--why", "--json", cwd=taught).stdout)
    assert [(tag["criterion"], tag["counts"]) for tag in shown["tags"]] == [("alpha", True)]
    assert shown["tags"][0]["by"].startswith("model:learned@")
    reason = shown["why"][0]
    assert (reason["criterion"], reason["tag"], reason["method"]) == ("alpha", True, "learned")
    assert reason["passages"][0]["passage_id"].startswith("town")

    # The second time it is the same, and a new index only needs to be taught again.
    assert json.loads(kb("learn", "--json", cwd=taught).stdout)["criteria"] == lessons
    again = kb("build", "--afresh", cwd=taught)
    assert again.returncode == 0
    assert "went with the index; bring it back: kb learn" in again.stderr
    kb("learn", cwd=taught)
    kb("build", cwd=taught)
    (after,) = json.loads(kb("show", name, "--json", cwd=taught).stdout)
    assert after["tags"] == shown["tags"]

    # Forgetting a source forgets what its words may have taught.
    forgot = kb("forget", "town0", "--yes", cwd=taught)
    assert forgot.returncode == 0, forgot.stderr
    assert not (taught / ".kb" / "learned.json").exists()
    assert "kb learn" in forgot.stdout + forgot.stderr
    assert kb("search", "sleep", cwd=taught).stderr == ""


def test_where_nothing_can_be_learnt_it_says_why(shipped_copy: Path, kb: Kb) -> None:
    """The tagger that ships was trained on the readers' tags that ship."""
    done = kb("learn", cwd=shipped_copy)
    assert done.returncode == 0, done.stderr
    assert "too few to learn from" in done.stdout
    assert "it stays as it came" in done.stdout
    assert "was not itself trained" in " ".join(done.stdout.split())
    assert not (shipped_copy / ".kb" / "learned.json").exists()


def test_what_a_tag_rests_on(shipped_home: Path, kb: Kb) -> None:
    note = json.loads((shipped_home / "annotations.jsonl").read_text("utf-8").splitlines()[0])
    done = kb("show", note["passage"], "--why", cwd=shipped_home)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "authority" in said
    assert "a tag, as the tagger (linear) gives one from" in said
    assert "words that weigh most: " in said
    assert "power +" in said
    assert "near to criteria.yaml: " in said
    assert "near to what people tagged: " in said
    assert (
        note["passage"]
        not in done.stdout.split("near to what people tagged", 1)[1].split("What is around")[0]
    ), "a passage is no reason for itself"


def test_why_is_about_one_passage(shipped_home: Path, kb: Kb) -> None:
    done = kb("show", "arnstein1969ladder", "--why", cwd=shipped_home)
    assert done.returncode == 1
    assert "--why is about one passage" in done.stderr
