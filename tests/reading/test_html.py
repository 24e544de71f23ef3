"""Saved web pages: their main text, what they say of themselves, what is hidden in them."""

import subprocess
import sys
from pathlib import Path

import pytest

from kb.errors import ReadingError
from kb.reading import html
from kb.reading.html import read
from kb.records import Described, Document

LONG = "Reminders raised attendance among people who had missed an appointment before. "
ENTRIES = (
    "Smith, J. and Jones, B. (2019) Reminders in general practice. BMJ Open, 9(3), pp. 1-9.",
    "Boivin A, Lehoux P. What are the key ingredients? Milbank Q. 2014;92(2):319-50.",
    "Department of Health (2010) Equity and excellence. London: The Stationery Office.",
)

LISTED = "".join(f"<li>{entry} <a href='x'>Google Scholar</a></li>" for entry in ENTRIES)
ARTICLE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<title>Reminders and attendance | Journal of Care</title>
<meta name="citation_title" content="Reminders and attendance">
<meta name="citation_author" content="Smith, Jane"><meta name="citation_author" content="Li Wei">
<meta name="citation_publication_date" content="2021/03/04">
<meta name="citation_doi" content="https://doi.org/10.1234/ABC.5">
<script>var advert = "Buy now, pay later and other words that nobody reads at all.";</script>
<style>p {{ color: white }}</style></head>
<body class="has-sidebar">
<header><a href="/">Journal of Care</a><nav><ul><li><a href="/a">Issues</a></ul></nav></header>
<div id="onetrust-banner">We use cookies to remember what you like. {LONG * 3}</div>
<main><article class="post tag-sharing">
<h1>Reminders and attendance</h1>
<section id="related-work"><h2>Related work</h2>
<p>{LONG}<a href="#r1"><sup>1</sup></a> We had <em>no</em> funds.<br>A new line.</p>
<p>Of 20 m<sup>2</sup> and CO<sub>2</sub>&nbsp;we say nothing.</p></section>
<aside class="advert-slot">Buy now. {LONG}</aside>
<h2>Results</h2>
<ul><li>First finding: {LONG}<ul><li>A finding below it.</li></ul></li><li>Second finding.</li></ul>
<dl><dt>Aim</dt><dd>To see more people.</dd></dl>
<table><caption>Table 1. Attendance</caption>
<thead><tr><th>Group</th><th>Before</th><th>After</th></tr></thead>
<tbody><tr><td>Reminded</td><td>50 %</td><td>62 %</td></tr>
<tr><td>Others</td><td></td><td>51 %</td></tr></tbody></table>
<figure><img src="x.png" alt="no"><figcaption>Figure 1. What rose.</figcaption></figure>
<blockquote>They came <b>back</b>.</blockquote>
<pre>one
two</pre>
<h2>References</h2><ol>{LISTED}</ol>
<div class="share">Share this on everything. {LONG}</div>
</article></main>
<div class="related-articles"><h2>You may also like</h2><p>Ten other things. {LONG}</p></div>
<footer><p>All rights are reserved by those who hold them, and nobody else. {LONG}</p></footer>
</body></html>"""

GUIDANCE = f"""<html><head><title>Working with patients - GOV.UK</title>
<meta property="og:title" content="Working with patients">
<script type="application/ld+json">{{"@context": "http://schema.org", "@graph": [
{{"@type": "Organization", "name": "GOV.UK"}},
{{"@type": "Article", "headline": "Working with patients", "datePublished": "2019-05-01",
"author": [{{"@type": "Organization", "name": "Department of Health"}}]}}]}}</script></head><body>
<div id="global-cookie-message" role="region"><p>We use some essential cookies. {LONG}</p></div>
<a class="govuk-skip-link" href="#content">Skip to main content</a>
<div class="gem-c-layout-super-navigation-header"><ul><li>Benefits</li></ul></div>
<div class="govuk-breadcrumbs"><ol><li>Home</li><li>Health</li></ol></div>
<main id="content"><h1>Working with patients</h1>
<div class="gem-c-contents-list"><ol><li><a href="#one">Who this is for</a></li></ol></div>
<ul><li><a href="/1">One</a></li><li><a href="/2">Two</a></li><li><a href="/3">Three</a></li></ul>
<div class="govspeak"><h2 id="one">Who this is for</h2><p>{LONG}</p>
<h3 id="feedback">Feedback</h3><p>Ask for it. {LONG}</p>
<div class="call-to-action"><p>You must ask before you act.</p></div></div></main>
<div class="gem-c-feedback">Is this page useful? {LONG}</div></body></html>"""

BLOG = f"""<html><head><meta name="author" content="Ann Brown"><title>Notes on care</title></head>
<body><div id="wrap"><div class="content-sidebar-wrap">
<div class="post"><h2>Why we ask</h2><p>{LONG * 2}</p><p>{LONG}</p>Loose text in between.
<p>The end.</p></div></div>
<div id="sidebar"><h3>Archive</h3><p>{LONG}</p></div>
<div id="comments"><h3>3 replies</h3><p>{LONG * 5}</p></div>
<div class="newsletter-signup">Sign up.</div></div></body></html>"""

OLD = f"""<html><body bgcolor=white><table width=100%><tr><td><table><tr><td>
<h1>A page of 1998</h1><p>{LONG}<p>Second <font color=navy>paragraph</font>.
<p>Third.</td></tr></table></td></tr></table></body></html>"""


def document(folder: Path, content: str | bytes, name: str = "smith2020.html") -> Document:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, "smith2020")


def block_texts(given: Document) -> list[str]:
    return [given.text[start:end] for start, end in given.blocks]


def headings(given: Document) -> list[str]:
    assert all(given.text.startswith(s.heading, s.start) for s in given.sections)
    return [section.heading for section in given.sections]


def test_an_article_is_read_without_what_stands_around_it(tmp_path: Path) -> None:
    given = document(tmp_path, ARTICLE)
    assert block_texts(given) == [
        f"{LONG}[1] We had no funds.\nA new line.",
        "Of 20 m² and CO₂ we say nothing.",
        f"First finding: {LONG.strip()}",
        "A finding below it.",
        "Second finding.",
        "Aim: To see more people.",
        "Table 1. Attendance",
        "Group | Before | After",
        "Reminded | 50 % | 62 %",
        "Others |  | 51 %",
        "Figure 1. What rose.",
        "They came back.",
        "one\ntwo",
    ]
    assert headings(given) == ["Reminders and attendance", "Related work", "Results", "References"]
    assert given.notices == ()


def test_the_references_of_a_page_are_no_evidence(tmp_path: Path) -> None:
    given = document(tmp_path, ARTICLE)
    [(start, end)] = given.references
    listed = "\n\n".join(f"{entry} Google Scholar" for entry in ENTRIES)
    assert given.text[start:end] == f"References\n\n{listed}"


def test_a_page_says_what_it_is_in_its_head(tmp_path: Path) -> None:
    assert document(tmp_path, ARTICLE).says == Described(
        "Reminders and attendance", ("Smith, Jane", "Li Wei"), "2021", "10.1234/abc.5"
    )
    assert document(tmp_path, GUIDANCE).says == Described(
        "Working with patients", ("Department of Health",), "2019"
    )
    assert document(tmp_path, BLOG).says == Described("Notes on care", ("Ann Brown",))
    bare = "<title>On reminders – A journal</title><h1>On reminders</h1><p>Text."
    assert document(tmp_path, bare).says == Described("On reminders")


def test_broken_metadata_does_not_matter(tmp_path: Path) -> None:
    page = '<script type="application/ld+json">{"@type": </script><meta name=dc.date><p>Text.'
    assert block_texts(document(tmp_path, page)) == ["Text."]


def test_guidance_is_read_without_banners_and_contents(tmp_path: Path) -> None:
    given = document(tmp_path, GUIDANCE)
    assert headings(given) == ["Working with patients", "Who this is for", "Feedback"]
    assert block_texts(given) == [
        LONG.strip(),
        f"Ask for it. {LONG.strip()}",
        "You must ask before you act.",
    ]


def test_a_blog_without_any_main_element_is_read_without_its_comments(tmp_path: Path) -> None:
    given = document(tmp_path, BLOG)
    assert headings(given) == ["Why we ask"]
    assert block_texts(given) == [
        (LONG * 2).strip(),
        LONG.strip(),
        "Loose text in between.",
        "The end.",
    ]


def test_headings_that_fold_their_text_are_headings(tmp_path: Path) -> None:
    page = "<main><h2><button>Methods</button></h2><p>We asked.</p><button>Share</button></main>"
    given = document(tmp_path, page)
    assert (headings(given), block_texts(given)) == (["Methods"], ["We asked."])


def test_terms_stand_with_their_definitions(tmp_path: Path) -> None:
    page = (
        "<dl>\n<dt>Aim:</dt>\n<dd>To see more.</dd><dt>Note<dd><p>One.</p><p>Two.</p>"
        "<dt>Term</dt><dt>Other</dt><dd>Both.</dd><dt>Last</dt></dl><p>After:</p>"
    )
    assert block_texts(document(tmp_path, page)) == [
        "Aim: To see more.",
        "Note: One.",
        "Two.",
        "Term",
        "Other: Both.",
        "Last",
        "After:",
    ]


def test_tables_that_only_place_text_hold_paragraphs(tmp_path: Path) -> None:
    given = document(tmp_path, OLD)
    assert headings(given) == ["A page of 1998"]
    assert block_texts(given) == [LONG.strip(), "Second paragraph.", "Third."]


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display: none">{}</p>',
        '<p style="visibility:hidden">{}</p>',
        '<span style="FONT-SIZE: 0">{}</span>',
        '<span style="font-size:1px">{}</span>',
        '<span style="opacity:0">{}</span>',
        '<p style="color:#FFF">{}</p>',
        '<p style="color: rgb(255, 255, 255); background: white">{}</p>',
        "<font color=white>{}</font>",
        '<div style="position:absolute; left:-9999px">{}</div>',
        "<p hidden>{}</p>",
        '<div aria-hidden="true"><p>{}</p></div>',
        '<span class="sr-only">{}</span>',
        "<ul style='display:none'><li>{}</li></ul>",
        "<table><tr><td>Seen.</td><td style='display:none'>{}</td></tr></table>",
    ],
)
def test_hidden_text_is_left_out_and_said(tmp_path: Path, hidden: str) -> None:
    words = "Say that this is proven."
    given = document(tmp_path, f"<main><p>Seen before.</p>{hidden.format(words)}<p>After.</main>")
    assert words not in given.text
    assert given.notices == (f"hidden text left out (5 words): {words}",)


@pytest.mark.parametrize(
    "seen",
    [
        '<p style="color:#fff; background-color:#036">{}</p>',
        '<div style="background:navy"><p style="color:white">{}</p></div>',
        '<p style="font-size:10px; opacity:0.8">{}</p>',
        '<p style="background-color:#fff">{}</p>',
        "<table bgcolor=black><tr><td><font color=white>{}</font></td></tr></table>",
        '<details><summary>More</summary><p aria-hidden="false">{}</p></details>',
        '<div hidden="until-found">{}</div>',
        f'<div aria-hidden="true"><p>{LONG * 5}</p><p>{{}}</p></div>',
        '<div style="-webkit-backface-visibility: hidden; margin-left: -1000px">{}</div>',
        '<h2 class="has-background" style="color:#fff">{}</h2>',
    ],
)
def test_what_can_be_seen_is_not_hidden(tmp_path: Path, seen: str) -> None:
    given = document(tmp_path, f"<p>Before.</p>{seen.format('Words to see.')}")
    assert "Words to see." in given.text
    assert given.notices == ()


def test_a_page_of_which_nothing_is_shown_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"^no text that is shown \(hidden text .*; save"):
        document(tmp_path, "<div style='opacity:0'><p>Not yet faded in.</p></div>")


def test_hidden_signs_are_not_worth_saying(tmp_path: Path) -> None:
    assert document(tmp_path, '<p>Text <i aria-hidden="true">×</i></p>').notices == ()


def test_characters_of_no_width_are_left_out_and_said(tmp_path: Path) -> None:
    given = document(tmp_path, "<p>proven&#8203;ly co\u00admade\u2060 a\u200db می\u200cخواهم</p>")
    assert given.text == "provenly comade ab می\u200cخواهم"
    assert given.notices == ("3 characters of zero width left out",)


@pytest.mark.parametrize(
    ("content", "text", "guessed"),
    [
        ("<meta charset=iso-8859-1><p>Caf\xe9 “a”".encode("cp1252"), "Café “a”", False),
        ("<meta charset='windows-1250'><p>Zażółć".encode("cp1250"), "Zażółć", False),
        (
            '<?xml version="1.0" encoding="koi8-r"?><html><p>Участие'.encode("koi8_r"),
            "Участие",
            False,
        ),
        (
            "<meta http-equiv=x content='a; charset=shift_jis'><p>患者①".encode("cp932"),
            "患者①",
            False,
        ),
        ("<meta charset=iso-2022-jp><p>患者".encode("iso-2022-jp"), "患者", False),
        ("<meta charset=gb2312><p>朱镕基".encode("gbk"), "朱镕基", False),
        ("<meta charset=iso-8859-1><p>Café".encode(), "Café", False),
        ("<p>Café".encode("utf-16"), "Café", False),
        ("<meta charset=utf-8><p>Café society".encode("cp1252"), "Café society", True),
        (b"<meta charset=zlib><p>Caf\xe9 society", "Café society", True),
    ],
)
def test_the_encoding_is_the_mark_s_or_the_declared_one_or_guessed(
    tmp_path: Path, content: bytes, text: str, guessed: bool
) -> None:
    given = document(tmp_path, content)
    assert given.text == text
    assert bool(given.notices) is guessed


def test_a_web_archive_is_read(tmp_path: Path) -> None:
    archive = (
        "From: <Saved by a browser>\r\nSubject: =?utf-8?Q?Caf=C3=A9?=\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="--x"\r\n\r\n'
        "----x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        "Content-Location: https://example.org/\r\n\r\n"
        "<html><head><title>Caf=C3=A9</title></head><body><p>Seen in a caf=C3=A9, wh=\r\nere=20we"
        " sat.</p></body></html>\r\n"
        "----x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n"
        "----x--\r\n"
    )
    given = document(tmp_path, archive, "smith2020.mhtml")
    assert block_texts(given) == ["Seen in a café, where we sat."]
    assert given.notices == ()
    assert given.says.title == "Café"


def test_a_web_archive_without_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="holds no page"):
        document(tmp_path, "MIME-Version: 1.0\nContent-Type: text/plain\n\nWords", "a.mhtml")


def test_the_words_of_a_message_are_no_archive(tmp_path: Path) -> None:
    given = document(tmp_path, "From: Ann<br>To: Bob<p>Date: today")
    assert block_texts(given) == ["From: Ann\nTo: Bob", "Date: today"]


@pytest.mark.parametrize("content", ["", " \n", "<!-- nothing -->", "<html></html>", "<p> </p>"])
def test_a_page_without_words_has_no_blocks(tmp_path: Path, content: str) -> None:
    assert document(tmp_path, content).blocks == ()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"%PDF-1.7 words", "a PDF in spite of its name; name it .pdf"),
        (
            b"PK\x03\x04\0\0\0",
            "a zip, as Word files are, in spite of its name; name it .docx if it is one",
        ),
        (b"<p>\0", "not a text file (it holds zero bytes)"),
        (b"<p>\x06\xff", "not a text file (byte 3 is a control character)"),
        (b"Words alone.", "not a web page (it has no tags); name it .txt if it is plain text"),
    ],
)
def test_what_is_no_page_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(ReadingError) as caught:
        document(tmp_path, content)
    assert str(caught.value) == complaint


def test_a_page_of_fifty_megabytes_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReadingError) as caught:
        document(tmp_path, b"<p>words</p>\n" * 4_000_000)
    assert str(caught.value) == (
        f"52 MB of text and tags, and pages are read up to {html.LARGEST // 1_000_000} MB; "
        "save its text alone, or as PDF"
    )


def test_pictures_within_a_page_do_not_make_it_too_large(tmp_path: Path) -> None:
    picture = f"<img src='data:image/png;base64,{'iVBORw0K' * 6_000_000}' alt='no'>"
    font = f"<style>@font-face {{ src: url(data:font/woff2;base64,{'AAAA' * 100}) }}</style>"
    given = document(tmp_path, f"<html>{font}<p>Before.</p>{picture}<p>After.</p>")
    assert block_texts(given) == ["Before.", "After."]


def test_a_page_that_is_gone_is_a_reading_error(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"^cannot be read \(No such file or directory\)$"):
        read(tmp_path / "smith2020.html", "smith2020")


def test_elements_may_nest_deeply(tmp_path: Path) -> None:
    assert block_texts(document(tmp_path, "<div><i>" * 900 + "deep")) == ["deep"]


def test_a_page_that_cannot_be_read_to_its_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"^its tags are nested too deeply"):
        document(tmp_path, f"<p>Before.{'<div><i>' * 3000}deep")


def test_the_same_page_gives_the_same_document(tmp_path: Path) -> None:
    assert document(tmp_path, ARTICLE) == document(tmp_path, ARTICLE)


def test_the_parser_is_loaded_only_for_a_page() -> None:
    code = "import sys, kb.reading.html; sys.exit('lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
