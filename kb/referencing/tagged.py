"""Lines of the form `TAG - value` in, records out: what RIS and PubMed's format have in common."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Record:
    """The values of one reference by tag, in their order, each with the lines that go on."""

    line: int
    values: dict[str, list[str]] = field(default_factory=dict)
    last: str = ""

    def add(self, tag: str, value: str) -> None:
        self.values.setdefault(tag, []).append(value.strip())
        self.last = tag

    def every(self, *tags: str) -> list[str]:
        """The values of these tags, those of the first tag first; empty ones left out."""
        return [value for tag in tags for value in self.values.get(tag, []) if value]

    def first(self, *tags: str) -> str:
        """The first of them, "" if there is none."""
        return next(iter(self.every(*tags)), "")


def records(
    text: str,
    tag: Callable[[str], tuple[str, str] | None],
    goes_on: Callable[[str, str], bool],
    *,
    opens: str,
    closes: str = "",
) -> tuple[list[Record], list[tuple[int, str]]]:
    """The records, and the lines (with their numbers) that belong to none.

    `tag` parts a line into tag and value; `goes_on` says of the last tag and a line without one
    whether it is more of that value. A record begins at the tag `opens`, or wherever a tag stands
    outside one, and ends at `closes`."""
    found: list[Record] = []
    stray: list[tuple[int, str]] = []
    current: Record | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        parted = tag(line)
        if parted is None:
            if current and line.strip() and goes_on(current.last, line):
                current.values[current.last][-1] += "\n" + line.strip()
            elif line.strip():
                stray.append((number, line.strip()))
            continue
        name, value = parted
        if closes and name == closes:
            current = None
            continue
        if current is None or name == opens:
            current = Record(number)
            found.append(current)
        current.add(name, value)
    return found, stray


def notices(found: list[Record], stray: list[tuple[int, str]], known: set[str]) -> tuple[str, ...]:
    """One line for the stray lines, one for all tags that nothing was made of."""
    said = []
    if stray:
        number, line = stray[0]
        said.append(
            f"{len(stray)} stray lines were left out, the first on line {number}: {line[:60]}"
        )
    unused: dict[str, int] = {}
    for record in found:
        for tag in record.values.keys() - known:
            unused[tag] = unused.get(tag, 0) + 1
    if unused:
        listed = ", ".join(f"{tag} ({unused[tag]})" for tag in sorted(unused))
        said.append(f"tags of which nothing was kept, and in how many references: {listed}")
    return tuple(said)


def dated(text: str) -> dict[str, str]:
    """`year`, and `date` where the month is known, of 2020/03/15/, 2020-03-15, 2020 Mar 15 and
    the like."""
    year = re.search(r"(?<!\d)\d{4}(?!\d)", text)
    if not year:
        return {}
    after = re.match(
        r"[/\s-]+(\d{1,2}|[A-Za-z]{3})[A-Za-z]*\b(?:[/\s-]+(\d{1,2})\b)?", text[year.end() :]
    )
    month = _month(after[1]) if after else 0
    if not after or not month:
        return {"year": year[0]}
    day = f"-{int(after[2]):02}" if after[2] and 1 <= int(after[2]) <= 31 else ""
    return {"year": year[0], "date": f"{year[0]}-{month:02}{day}"}


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def _month(text: str) -> int:
    """1 to 12, 0 for what is no month."""
    if text.isdigit():
        return int(text) if 1 <= int(text) <= 12 else 0
    return _MONTHS.index(text.lower()) + 1 if text.lower() in _MONTHS else 0


def paged(first: str, last: str = "") -> str:
    """`216–224` of two numbers or of one text with a hyphen."""
    if last and last != first and not re.search(r"[-–]", first):
        return f"{first}–{last}"
    return re.sub(r"(?<=\w)\s*[-–]+\s*(?=\w)", "–", first)


def keywords(words: list[str]) -> str:
    """Parted by commas, or by semicolons where a keyword has a comma ("Anxiety, Separation")."""
    return ("; " if any("," in word for word in words) else ", ").join(dict.fromkeys(words))
