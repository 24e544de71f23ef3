"""All lines of a document in, what is usual among them out, against which headings stand out."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from kb.reading.layout import Line


class Measures(NamedTuple):
    """What is usual in the document: the size of its letters, the distance of its lines in
    multiples of that, whether it is bold, and whether paragraphs begin with an indent."""

    size: float
    leading: float
    bold: bool
    indents: bool


def measures(pages: Sequence[Sequence[Sequence[Line]]]) -> Measures:
    """By far the most letters of a document are its running text."""
    sizes, bold, leads = Counter[float](), Counter[bool](), Counter[float]()
    columns = [region for page in pages for region in page]
    for line in chain.from_iterable(columns):
        sizes[line.size] += len(line.text)
        bold[line.bold] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    indented = 0
    for above, line in chain.from_iterable(map(pairwise, columns)):
        if above.size == line.size == size and line.bottom > above.bottom:
            leads[round((line.bottom - above.bottom) / size, 1)] += 1
            indented += 0.7 * size < line.x0 - line.left < 4 * size
    leading = leads.most_common(1)[0][0] if leads else 1.2
    return Measures(
        size=size,
        leading=min(max(leading, 0.9), 2.6),
        bold=bold[True] > bold[False],
        indents=0.03 < indented / max(leads.total(), 1) < 0.4,
    )
