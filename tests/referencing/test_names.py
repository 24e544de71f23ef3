"""Names as they are printed and as programs write them."""

import pytest

from kb.referencing import Person
from kb.referencing.names import byline


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("Ann Smith", Person("Smith", "Ann")),
        ("Ann B. Smith", Person("Smith", "Ann B.")),
        ("Smith, Ann", Person("Smith", "Ann")),
        ("Smith AB", Person("Smith", "AB")),
        ("Jan van der Berg", Person("Berg", "Jan", "van der")),
        ("Ivo H. M. van Stokkum", Person("Stokkum", "Ivo H. M.", "van")),
        ("Martin Luther King Jr.", Person("King", "Martin Luther", suffix="Jr.")),
        ("Plato", Person("Plato")),
        ("Department of Health", Person("Department of Health", corporate=True)),
        ("World Health Organization", Person("World Health Organization", corporate=True)),
        ("Reminders Trial Group", Person("Reminders Trial Group", corporate=True)),
        ("王小明", Person("王小明")),
        ("  ,; ", None),
        ("", None),
    ],
)
def test_a_printed_name(printed: str, meant: Person | None) -> None:
    assert byline(printed) == meant
