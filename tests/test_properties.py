"""What holds for any framework, question and cell, whatever is in it."""

import csv
import io
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kb.errors import FrameworkError, KbError
from kb.framework import Framework, load
from kb.knowledge_base import KnowledgeBase, open_
from kb.labelling import sheets

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
MANY = settings(max_examples=60, deadline=None, derandomize=True)
FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

# Trees that are nearly a framework, so that the walk gets far.
KEYS = st.sampled_from(
    "title topic criteria circumstances elsewhere settings id name definition indicators criterion "
    "statement aliases questions opposites other".split()
)
LEAVES = st.one_of(
    st.sampled_from(["a", "B1", "uptake", "", " ", "1.5", "ünïcode", "a b"]),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)
GOOD = {
    "title": "A",
    "criteria": [{"id": "a", "name": "A", "definition": "A."}],
    "circumstances": [{"id": "A1", "criterion": "a", "statement": "A is so."}],
}


@given(part=st.dictionaries(KEYS, TREES, max_size=3), whole=TREES, merged=st.booleans())
@example(part={}, whole=None, merged=True)
@settings(parent=MANY, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tree_is_a_framework_or_refused_by_name(
    tmp_path: Path, part: dict[str, object], whole: object, merged: bool
) -> None:
    path = tmp_path / "criteria.yaml"
    tree = GOOD | part if merged else whole
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    try:
        found = load(path)
    except FrameworkError as error:
        complaint = str(error)
    else:
        complaint = ""
    if complaint:
        assert complaint.startswith(f"{path}:")
        assert "\n" not in complaint
        assert tree != GOOD
        return
    assert isinstance(found, Framework)
    known = {criterion.id for criterion in found.criteria}
    assert known
    assert all(one.statement and one.criterion in known for one in found.circumstances)


@pytest.fixture
def asked(base: KnowledgeBase) -> KnowledgeBase:
    (base.home / "kb.toml").write_text('[judging]\njudge = "none"\n')
    return open_(base.home)


@FEW
@given(question=ANY_TEXT)
@example(question='NEAR("text" message, 2) AND NOT {text}: ^rem*')
@example(question="'; DROP TABLE passages; --")
@example(question='"unclosed')
@example(question="\ud800\0")
def test_any_question_is_answered_or_refused_in_a_line(asked: KnowledgeBase, question: str) -> None:
    try:
        answer = asked.ask(question)
        found = asked.search(question)
    except KbError as error:
        complaint = str(error)
    else:
        complaint = ""
    if complaint:
        assert "\n" not in complaint
        return
    groups = (answer.supporting, answer.challenging, answer.context, answer.unsure)
    assert {item.passage.id for group in groups for item in group} <= asked.catalog.ids()
    assert {hit.passage.id for hit in found} <= asked.catalog.ids()


@MANY
@given(first=st.sampled_from("=+-@\t\r'"), rest=ANY_TEXT)
def test_no_text_is_a_formula_in_a_sheet(first: str, rest: str) -> None:
    text = f"{first}{rest}"
    content = sheets.as_csv([{"text": text}], ["text"]).decode("utf-8-sig")
    _, *rows = csv.reader(io.StringIO(content, newline=""))
    assert rows
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r\n")]
