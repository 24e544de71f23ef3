"""A collection made into a knowledge base and searched as one."""

import json
from pathlib import Path

from click.testing import CliRunner

from kb import trial
from kb.cli.evaluate import command
from kb.evaluating import retrieval

TEXTS = {
    "1/a": ("Reminders", "Letters by post reminded people of their appointments."),
    "2": ("Volunteers", "Neighbours ran the garden with the council's help."),
    "3": ("Costs", "The ward saved money after patients redesigned the menu."),
    "4": ("", "Trains leave the northern station every ten minutes."),
}
QUERIES = {"q1": "were people reminded by letter?", "q2": "how often do trains leave?"}


def collected(folder: Path) -> Path:
    folder.mkdir()
    rows = [{"id": name, "title": t, "text": x} for name, (t, x) in TEXTS.items()]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = [{"id": name, "text": text} for name, text in QUERIES.items()]
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    (folder / "qrels.tsv").write_text(
        "query_id\tdoc_id\tscore\tsplit\nq1\t1/a\t1\ttest\nq2\t4\t1\ttest\n"
    )
    return folder


def test_what_answers_is_found_in_every_mode_and_a_second_run_only_asks(tmp_path: Path) -> None:
    told: list[str] = []
    collection = retrieval.collection(collected(tmp_path / "tiny"), "test")
    for _ in range(2):
        base = trial.prepared(collection, tmp_path / "home", lambda what, *_: told.append(what))
        report = trial.evaluated(base, collection, trial.chosen(None), lambda *_: None)
        base.close()
        assert (report.documents, report.queries) == (4, 2)
        assert set(report.modes) == {"meaning", "words", "both"}
        assert all(of.mrr.value == 1 for of in report.modes.values())
    stamps = {path.stat().st_mtime_ns for path in (tmp_path / "home" / "corpus").iterdir()}
    assert max(stamps) < (tmp_path / "home" / "kb.toml").stat().st_mtime_ns, "written once"
    assert set(told) == {"documents read"}


def test_the_command_prints_what_others_can_read(tmp_path: Path) -> None:
    folder = collected(tmp_path / "tiny")
    done = CliRunner().invoke(command, ["retrieval", str(folder), "--mode", "both", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["collection"], found["documents"], found["queries"]) == ("tiny", 4, 2)
    assert set(found["modes"]) == {"both"}
    assert found["modes"]["both"]["ndcg@10"] == found["modes"]["both"]["recall@100"] == 1.0
    assert found["modes"]["both"]["interval"] == [1.0, 1.0]


def test_a_question_longer_than_the_model_reads_loses_its_end(tmp_path: Path) -> None:
    folder = collected(tmp_path / "tiny")
    long = json.dumps({"id": "q1", "text": QUERIES["q1"] + " letter" * 600}) + "\n"
    (folder / "queries.jsonl").write_text(long + json.dumps({"id": "q2", "text": "trains"}) + "\n")
    done = CliRunner().invoke(command, ["retrieval", str(folder)])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("tiny: 2 questions over 4 documents\n")
