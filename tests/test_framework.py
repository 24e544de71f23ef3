"""criteria.yaml: the one that ships, and what is said of one that is broken."""

from pathlib import Path

import pytest
import yaml

from kb.errors import FrameworkError, UnknownName
from kb.framework import Framework, load
from kb.records import Circumstance, Criterion

SHIPPED = Path(__file__).parents[1] / "criteria.yaml"

GOOD = """\
title: Do reminders help?
topic: [reminder, reminders]
criteria:
  - id: uptake
    name: Uptake
    definition: People take up
      what is offered.
    indicators: [attendance]
  - id: cost
    name: Cost
    definition: What it costs.
circumstances:
  - id: U1
    criterion: uptake
    statement: Reminders increase uptake.
    aliases: [do reminders work]
  - id: C1
    criterion: cost
    statement: Reminders save money.
"""


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "criteria.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def with_change(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, "a change of one place"
    return GOOD.replace(old, new)


@pytest.fixture
def framework(tmp_path: Path) -> Framework:
    return load(written(tmp_path, GOOD))


def test_the_shipped_framework_has_the_six_criteria_in_order() -> None:
    assert [criterion.id for criterion in load(SHIPPED).criteria] == [
        "authority",
        "shared-aims",
        "scale",
        "outcomes",
        "resources",
        "delivery",
    ]


def test_the_shipped_framework_has_twenty_circumstances() -> None:
    by_criterion = {
        "authority": ["A1", "A2", "A3", "A4"],
        "shared-aims": ["B1", "B2", "B3"],
        "scale": ["S1", "S2", "S3"],
        "outcomes": ["O1", "O2", "O3"],
        "resources": ["R1", "R2", "R3", "R4"],
        "delivery": ["D1", "D2", "D3"],
    }
    framework = load(SHIPPED)
    assert [(c.criterion, c.id) for c in framework.circumstances] == [
        (criterion, name) for criterion, names in by_criterion.items() for name in names
    ]


def test_everything_in_the_shipped_framework_can_be_asked_for_in_plain_words() -> None:
    framework = load(SHIPPED)
    assert [c.id for c in framework.criteria if not c.indicators] == []
    assert [c.id for c in framework.circumstances if not c.aliases] == []
    assert "co-production" in framework.topic


def test_all_that_a_file_says_is_read(framework: Framework) -> None:
    assert framework.title == "Do reminders help?"
    assert framework.topic == ("reminder", "reminders")
    assert framework.criteria == (
        Criterion("uptake", "Uptake", "People take up what is offered.", ("attendance",)),
        Criterion("cost", "Cost", "What it costs.", ()),
    )
    assert framework.circumstances == (
        Circumstance("U1", "uptake", "Reminders increase uptake.", ("do reminders work",)),
        Circumstance("C1", "cost", "Reminders save money."),
    )


def test_names_are_found_in_any_case(framework: Framework) -> None:
    assert framework.criterion("UPTAKE").id == "uptake"
    found = framework.circumstance("u1")
    assert found is not None
    assert found.id == "U1"


def test_a_circumstance_is_found_by_its_own_id_alone(framework: Framework) -> None:
    for one in framework.circumstances:
        assert framework.circumstance(one.id) is one
    assert framework.circumstance("A") is None
    assert framework.ids == ["uptake", "cost", "U1", "C1"]


def test_a_digest_has_sixteen_hex_digits(framework: Framework) -> None:
    assert len(framework.digest) == 16
    assert int(framework.digest, 16)


def test_a_framework_without_a_topic_has_none(tmp_path: Path) -> None:
    content = with_change("topic: [reminder, reminders]\n", "")
    assert load(written(tmp_path, content)).topic == ()


@pytest.mark.parametrize(
    ("among", "key"),
    [
        *(("", key) for key in ("title", "criteria", "circumstances")),
        *(("criteria", key) for key in ("id", "name", "definition")),
        *(("circumstances", key) for key in ("id", "criterion", "statement")),
    ],
)
def test_what_a_framework_cannot_do_without_is_named(tmp_path: Path, among: str, key: str) -> None:
    said = yaml.safe_load(GOOD)
    del (said[among][0] if among else said)[key]
    with pytest.raises(FrameworkError, match=f"'{key}' is missing"):
        load(written(tmp_path, yaml.safe_dump(said)))


def test_an_unknown_criterion_lists_those_there_are(framework: Framework) -> None:
    with pytest.raises(UnknownName) as caught:
        framework.criterion("price")
    assert str(caught.value) == "no criterion 'price' in criteria.yaml; there are: uptake, cost"


def test_an_unknown_circumstance_is_nothing(framework: Framework) -> None:
    assert framework.circumstance("U2") is None


def test_comments_and_layout_do_not_change_the_digest(tmp_path: Path, framework: Framework) -> None:
    content = "# written anew\n" + with_change("[attendance]", "\n      - attendance")
    assert load(written(tmp_path, content)).digest == framework.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Do reminders help?", "Do they help?"),
        ("[reminder, reminders]", "[reminder]"),
        ("name: Uptake", "name: Take-up"),
        ("what is offered", "what is given"),
        ("[attendance]", "[turning up]"),
        ("Reminders save money.", "Reminders cost money."),
        ("[do reminders work]", "[do they work]"),
    ],
)
def test_any_change_of_what_is_said_changes_the_digest(
    tmp_path: Path, framework: Framework, old: str, new: str
) -> None:
    assert load(written(tmp_path, with_change(old, new))).digest != framework.digest


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(
    tmp_path: Path, framework: Framework
) -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert load(written(tmp_path, content)) == framework


@pytest.mark.parametrize(
    ("old", "new", "line", "complaint"),
    [
        ("[attendance]", "[attendance", 9, "not valid YAML: "),
        ("    name: Cost", "\tname: Cost", 10, "not valid YAML: "),
        ("title: Do", "titel: Do", 1, "unknown key 'titel'; allowed here: title, topic, "),
        ("    name: Cost", "    nmae: Cost", 10, "unknown key 'nmae'; allowed here: id, name, "),
        ("    criterion: cost", "    criteria: cost", 18, "unknown key 'criteria'; allowed here:"),
        ("title: Do reminders help?\n", "", 1, "'title' is missing"),
        ("    name: Cost\n", "", 9, "'name' is missing"),
        ("    statement: Reminders save money.\n", "", 17, "'statement' is missing"),
        ("    name: Cost", "    name: Cost\n    name: Price", 11, "'name' is given twice"),
        ("id: cost", "id: uptake", 9, "id 'uptake' is already used on line 4"),
        ("id: cost", "id: UPTAKE", 9, "id 'UPTAKE' is already used on line 4"),
        ("id: C1", "id: u1", 17, "id 'u1' is already used on line 13"),
        ("id: C1", "id: C 1", 17, "'C 1' is not an id: use letters, digits and hyphens"),
        (
            "criterion: cost",
            "criterion: price",
            18,
            "no criterion 'price'; there are: cost, uptake",
        ),
        (
            "statement: Reminders save money.",
            "statement: Reminders save money.\n    aliases: [Do  Reminders work]",
            20,
            "alias 'do reminders work' is already used on line 16",
        ),
        ("[do reminders work]", "[cheap, cheap]", 16, "alias 'cheap' is already used on line 16"),
        ("[attendance]", "[]", 8, "expected a list with at least one item ('- ...')"),
        ("[reminder, reminders]", "", 2, "expected a list with at least one item ('- ...')"),
        ("[attendance]", "attendance", 8, "expected a list with at least one item ('- ...')"),
        ("[attendance]", "[[attendance]]", 8, "expected some text here"),
        ("title: Do reminders help?", "title: [a]", 1, "expected some text here"),
        ("name: Cost", "name:", 10, "expected some text here"),
        ("name: Cost", "name: '  '", 10, "expected some text here"),
        ("  - id: C1", "  - C1\n  - id: C1", 17, "expected the keys id, criterion, statement, al"),
    ],
)
def test_a_broken_file_is_one_line_that_names_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, complaint: str
) -> None:
    path = written(tmp_path, with_change(old, new))
    with pytest.raises(FrameworkError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{line}: {complaint}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "- a\n- b\n", "just words\n"])
def test_a_file_that_says_something_else_names_the_keys_it_needs(
    tmp_path: Path, content: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(FrameworkError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}:1: expected the keys title, topic, criteria, circumstances, elsewhere, "
        "settings here"
    )


def test_a_file_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    path = written(tmp_path, "title: naïve\n".encode("latin-1"))
    with pytest.raises(FrameworkError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: not UTF-8 text (byte 9); save it as UTF-8"


def test_a_control_character_is_told_on_one_line(tmp_path: Path) -> None:
    path = written(tmp_path, "title: a\0b\n")
    with pytest.raises(FrameworkError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: not valid YAML: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_tells_how_to_get_one(tmp_path: Path) -> None:
    path = tmp_path / "criteria.yaml"
    with pytest.raises(FrameworkError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: not found; ")
    assert "kb init" in str(caught.value)


def test_a_folder_in_the_files_place_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FrameworkError, match="cannot be read"):
        load(tmp_path)


def test_a_tag_in_the_file_runs_no_code(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    content = with_change("name: Cost", f"name: !!python/object/apply:os.mkdir ['{marker}']")
    with pytest.raises(FrameworkError, match=r"criteria\.yaml:10: expected some text here"):
        load(written(tmp_path, content))
    assert not marker.exists()


SETTINGS = """
settings:
  Health care: [hospital, NHS]
  Schools: [school]
"""


def test_groups_of_settings_are_read_in_their_order_and_change_no_digest(tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8")
    plain = load(written(tmp_path, text[: text.index("settings:\n  ")]))
    named = load(written(tmp_path, text[: text.index("settings:\n  ")] + SETTINGS))
    assert plain.settings == ()
    assert named.settings == (("Health care", ("hospital", "NHS")), ("Schools", ("school",)))
    assert named.digest == plain.digest


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("settings: [a, b]", "expected names of groups here, each with a list of words"),
        ("settings: {A: [a], A: [b]}", "'A' is given twice"),
        ("settings: {A: a}", "expected a list with at least one item"),
    ],
)
def test_broken_groups_of_settings_are_named(tmp_path: Path, settings: str, message: str) -> None:
    text = SHIPPED.read_text("utf-8")
    with pytest.raises(FrameworkError, match=message):
        load(written(tmp_path, text[: text.index("settings:\n  ")] + settings + "\n"))
