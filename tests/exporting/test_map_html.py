"""The map as one HTML file: whole, escaped, reachable without a mouse."""

import json
import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html

import kb
from kb.exporting import map_html
from tests.conftest import CHARTED, judge, verdict

HOSTILE = (
    "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\" onmouseover=\"alert(1) ' & &lt; =cmd|' /C calc'!A0"
)
STEM = "Because “quoted” & <b>bold</b> letters"
SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "axe-map.cjs"


def drawn(home: Path, **how: str) -> html.HtmlElement:
    page = map_html.page(kb.open(home).map(**how))
    return html.document_fromstring(page)


def judged(home: Path) -> Path:
    judge(
        home,
        ("trial2020", "U1", "supports"),
        ("review2015", "U1", "supports"),
        ("opinion1999", "U1", "challenges"),
        ("article2020", "C1", "neutral"),
    )
    return home


def test_every_bubble_leads_to_its_passages_and_back(charted: Path) -> None:
    page = drawn(judged(charted))
    links = page.xpath("//table[@class='map']//td/a")
    assert len(links) == 2
    for link in links:
        (section,) = page.xpath(f"//*[@id='{link.get('href')[1:]}']")
        (back,) = section.xpath(".//a[@class='back']")
        assert back.get("href") == f"#{link.get('id')}"
    first = links[0].text_content()
    assert " ".join(first.split()) == "2 sources supporting, U1"


def test_all_links_within_lead_somewhere_and_no_id_stands_twice(charted: Path) -> None:
    for by in ("", "design", "keywords"):
        page = drawn(judged(charted), by=by)
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        within = {href[1:] for href in page.xpath("//a/@href") if href.startswith("#")}
        assert within <= set(ids)


def test_a_digest_is_never_shown_as_a_quotation(charted: Path) -> None:
    page = drawn(judged(charted))
    (quoted,) = page.xpath("//blockquote")
    assert quoted.text_content() == f"“{CHARTED['opinion1999'][3][0]}”"
    ours = [item.text_content() for item in page.xpath("//p[@class='ours']")]
    assert len(ours) == 2
    for text in ours:
        assert text.startswith("Our paraphrase (")
        assert "“" not in text


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(charted: Path) -> None:
    page = drawn(judged(charted), since="2020-01-01", by="design")
    assert page.xpath("//script | //link | //img | //iframe | //object | //form") == []
    assert page.xpath("//@src") == []
    style = "".join(page.xpath("//style/text()"))
    assert "@import" not in style
    assert re.findall(r"url\(([^)]*)\)", style) == ["#p-challenging", "#p-mixed"]
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")


def test_headings_and_tables_are_fit_for_a_screen_reader(charted: Path) -> None:
    page = drawn(judged(charted), since="2020-01-01", by="design")
    assert page.get("lang") == "en-GB"
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    pairs = pairwise(levels)
    assert all(after - before <= 1 for before, after in pairs)
    assert page.xpath("//th[not(@scope)]") == []
    for svg in page.xpath("//*[local-name()='svg']"):
        assert svg.get("aria-hidden") == "true"
    for cell in page.xpath("//table[@class='map']//td"):
        assert cell.xpath(".//span[@class='vh']")[0].text_content().strip()


def test_the_marks_of_empty_cells_differ_in_shape_and_in_words(charted: Path) -> None:
    judge(charted, ("trial2020", "U1", "neutral"), ("review2015", "C1", "neutral"))
    page = drawn(charted, by="design")
    said: dict[str, set[str]] = {}
    for cell in page.xpath("//table[@class='map']//td"):
        (shape,) = cell.xpath(".//*[contains(@class, 'mark')]")
        words = cell.text_content().partition(":")[2].partition(",")[0:3:2]
        said.setdefault(shape.tag, set()).add(words[0].strip())
    assert said == {
        "circle": {"searched"},
        "path": {"not searched"},
        "rect": {"only unreadable or abstract"},
    }


def test_the_table_has_the_numbers_of_the_map(charted: Path) -> None:
    page = drawn(judged(charted))
    (table,) = page.xpath("//section[@id='numbers']//table")
    rows = [
        [cell.text_content() for cell in row.xpath("./th|./td")] for row in table.xpath(".//tr")
    ]
    assert rows[1] == [
        "U1",
        "2 sources, 2 passages",
        "1 source, 1 passage",
        "searched, none found",
        "nothing",
        "3",
        "6",
    ]


def test_what_is_missing_is_said(charted: Path) -> None:
    (missing,) = drawn(charted).xpath("//section[@id='missing']")
    said = missing.text_content()
    assert "Of 1 source nothing could be read: unread2021." in said
    assert "Cannot be used: corpus/unread2021.pdf" in said


def test_hostile_titles_passages_and_names_stay_text(charted: Path) -> None:
    """In every place that a document, an entry, a framework or a file's name can reach."""
    bib = charted / "references.bib"
    latex = HOSTILE.replace("&", r"\&").replace('"', "''")
    entries = bib.read_text().replace("About opinion1999", latex)
    entries = entries.replace("Opinion, A.", "{" + latex + "}").replace("o-words", "<i>o</i>")
    bib.write_text(entries + "")
    text = f"{STEM} {HOSTILE}"
    (charted / "corpus" / "opinion1999.txt").write_text(text + "\n")
    criteria = (charted / "criteria.yaml").read_text()
    hostile = json.dumps(HOSTILE)
    criteria = criteria.replace("Do reminders help?", hostile).replace(
        "name: Uptake", f"name: {hostile}"
    )
    (charted / "criteria.yaml").write_text(criteria)
    list(kb.open(charted).build())
    row = verdict("opinion1999", text, "U1", "supports", "<u>ann</u>")
    row["passage"] = next(p.id for p in kb.open(charted).catalog.passages_of("opinion1999"))
    row["quote"] = next(p.text for p in kb.open(charted).catalog.passages_of("opinion1999"))
    (charted / "annotations.jsonl").write_text(json.dumps(row) + "\n")
    name = "<s>old</s>.json"
    kb.write_map(kb.open(charted).map(by="keywords"), charted / "old.json")
    (charted / "old.json").rename(charted / name.replace("/", "∕"))
    for how in ({"by": "keywords"}, {"by": "design"}, {"by": "<i>o</i>"}):
        source = map_html.page(kb.open(charted).map(**how))
        page = html.document_fromstring(source)
        assert page.xpath("//script | //img | //b[contains(., 'bold')] | //i | //u") == []
        assert [
            a for a in page.xpath("//@*") if str(getattr(a, "attrname", "")).startswith("on")
        ] == []
        assert "alert(1)" in page.text_content()
        assert STEM in page.text_content()


def test_an_address_that_is_no_web_address_is_no_link(charted: Path) -> None:
    bib = charted / "references.bib"
    bib.write_text(
        bib.read_text().replace(
            "title = {About trial2020}", "title = {About}, url = {javascript:alert(1)}"
        )
    )
    list(kb.open(charted).build())
    page = drawn(judged(charted))
    assert [href for href in page.xpath("//a/@href") if not href.startswith("#")] == []


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium")
@pytest.mark.parametrize("by", ["", "design"])
def test_a_browser_finds_nothing_to_object_to(charted: Path, tmp_path: Path, by: str) -> None:
    """axe-core in light and dark, Tab through all links, Enter on a bubble."""
    path = kb.write_map(
        kb.open(judged(charted)).map(by=by, since="2020-01-01"), tmp_path / "m.html"
    )
    if not os.environ.get("NODE_PATH"):
        pytest.skip("axe-core and puppeteer-core are not on NODE_PATH")
    words = ["node", str(SCRIPT), str(path), str(shutil.which("chromium"))]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["violations"] == []
    assert found["requested"] == []
    assert found["reached"] == found["links"] > 10
    assert found["unseen"] == []
    assert found["opened"]["focused"] is True
