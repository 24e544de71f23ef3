"""references.bib: what a reader sees of an entry, and what is said of a broken one."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import BibliographyError
from kb.reading.bibliography import load
from kb.records import Source

GOOD = "@book{good,\n  author = {Good, Ann},\n  title = {A good one},\n  year = {2020},\n}\n\n"
NEXT = GOOD.count("\n") + 1
"""The line on which an entry after GOOD begins."""


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "references.bib"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def entry(folder: Path, **fields: str) -> Source:
    """The one source of a file with an entry of these fields."""
    given = {"title": "{A title}", **fields}
    lines = "".join(f"  {name} = {value},\n" for name, value in given.items())
    return load(written(folder, f"@article{{one,\n{lines}}}\n"))["one"]


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    source = entry(
        tmp_path,
        author="{Smith, Ann and van der Berg, Jan}",
        title="{{On Reminders}}",
        journal="{Journal of Trials}",
        year="{2020}",
        volume="{35}",
        number="{4}",
        pages="{216--224}",
        doi="{10.1000/182}",
        url="{https://example.org/182}",
        note="{See \\emph{also} the protocol}",
    )
    assert source == Source(
        citekey="one",
        entry_type="article",
        title="On Reminders",
        authors=("Smith", "van der Berg"),
        year="2020",
        citation="Smith and van der Berg (2020)",
        reference=(
            "Smith, Ann; van der Berg, Jan (2020). On Reminders. Journal of Trials, 35(4), "
            "216–224. https://doi.org/10.1000/182"
        ),
        doi="10.1000/182",
        url="https://example.org/182",
        note="See also the protocol",
    )


def test_entries_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    content = "".join(f"@misc{{{key}, title = {{{key}}}}}\n" for key in "zebra apple mango".split())
    assert list(load(written(tmp_path, content))) == ["zebra", "apple", "mango"]


def test_a_corporate_author_in_braces_stays_whole(tmp_path: Path) -> None:
    source = entry(tmp_path, author="{{Department of Health and Social Care}}", year="{2019}")
    assert source.authors == ("Department of Health and Social Care",)
    assert source.citation == "Department of Health and Social Care (2019)"
    assert source.reference.startswith("Department of Health and Social Care (2019). ")


def test_a_corporate_author_stands_beside_a_person(tmp_path: Path) -> None:
    source = entry(tmp_path, author="{{Health and Care Board} and Smith, Ann}", year="{2019}")
    assert source.authors == ("Health and Care Board", "Smith")


@pytest.mark.parametrize(
    ("author", "citation", "opening"),
    [
        ("Smith, Ann and others", "Smith et al. (2020)", "Smith, Ann et al. (2020)."),
        (
            "Smith, Ann and Jones, Bob and others",
            "Smith et al. (2020)",
            "Smith, Ann; Jones, Bob et al. (2020).",
        ),
        ("Smith, Ann and Jones, Bob", "Smith and Jones (2020)", "Smith, Ann; Jones, Bob (2020)."),
        ("A Smith and B Jones and C Hall", "Smith et al. (2020)", "Smith, A; Jones, B; Hall, C "),
    ],
)
def test_more_authors_than_two_are_et_al(
    tmp_path: Path, author: str, citation: str, opening: str
) -> None:
    source = entry(tmp_path, author=f"{{{author}}}", year="{2020}")
    assert source.citation == citation
    assert source.reference.startswith(opening)


def test_latex_accents_and_signs_are_read_as_letters(tmp_path: Path) -> None:
    source = entry(
        tmp_path,
        author=r"""{{\"O}str{\"o}m, J\"urgen and Bo{\v{z}}ovi{\'c}, A. and Dub\'e, Z}""",
        title=r"{Caf{\'e} \& more: 50\% of pages 10--12}",
    )
    assert source.authors == ("Öström", "Božović", "Dubé")
    assert source.title == "Café & more: 50% of pages 10–12"
    assert "Öström, Jürgen" in source.reference


@pytest.mark.parametrize(
    "title",
    [
        "It costs $5 and saves $6",
        "Effects at $p < 0.05$",
        "Health & Place",
        "R&D in the NHS",
        "50% fewer admissions",
        "Ward #1",
        "A_B trial",
    ],
)
def test_signs_that_latex_gives_a_meaning_are_kept(tmp_path: Path, title: str) -> None:
    assert entry(tmp_path, title=f"{{{title}}}").title == title


def test_an_entry_over_many_lines_is_one_line_for_a_reader(tmp_path: Path) -> None:
    source = entry(tmp_path, author="{Smith, Ann and\n     Jones, Bob}", title="{One\n    title}")
    assert source.title == "One title"
    assert source.reference == "Smith, Ann; Jones, Bob (n.d.). One title."


@pytest.mark.parametrize("author", ["{}", "{ }"])
def test_without_an_author_the_title_stands_in(tmp_path: Path, author: str) -> None:
    title = "{A long title which has more than six words}"
    source = entry(tmp_path, title=title, author=author, year="{2020}")
    assert source.authors == ()
    assert source.citation == "“A long title which has more…” (2020)"
    assert source.reference == "(2020). A long title which has more than six words."


def test_an_editor_stands_in_for_an_author(tmp_path: Path) -> None:
    assert entry(tmp_path, editor="{Smith, Ann}", year="{2020}").citation == "Smith (2020)"


def test_without_a_year_it_is_nd(tmp_path: Path) -> None:
    source = entry(tmp_path, author="{Inett, Steve}")
    assert source.year == ""
    assert source.citation == "Inett (n.d.)"
    assert source.reference == "Inett, Steve (n.d.). A title."


@pytest.mark.parametrize(
    ("field", "value", "year"),
    [
        ("year", "2020", "2020"),
        ("date", "{2020-05-01}", "2020"),
        ("year", "{in press}", "in press"),
        ("year", "{forthcoming}", "forthcoming"),
    ],
)
def test_the_year_is_as_printed(tmp_path: Path, field: str, value: str, year: str) -> None:
    source = entry(tmp_path, author="{Smith, Ann}", **{field: value})
    assert source.year == year
    assert source.citation == f"Smith ({year})"


def test_a_title_keeps_its_own_full_stop(tmp_path: Path) -> None:
    reference = entry(tmp_path, author="{Smith, Ann}", title="{Who decides?}").reference
    assert reference == "Smith, Ann (n.d.). Who decides?"


def test_a_doi_given_as_an_address_is_not_doubled(tmp_path: Path) -> None:
    reference = entry(tmp_path, doi="{https://doi.org/10.1000/182}").reference
    assert reference.endswith("A title. https://doi.org/10.1000/182")


def test_field_names_may_be_in_any_case(tmp_path: Path) -> None:
    content = "@ARTICLE{one, TITLE = {T}, Author = {Smith, Ann}, YEAR = 2020}\n"
    source = load(written(tmp_path, content))["one"]
    assert (source.entry_type, source.title, source.citation) == ("article", "T", "Smith (2020)")


def test_journal_names_may_be_abbreviated_with_string(tmp_path: Path) -> None:
    content = '@string{jt = "Journal of Trials"}\n@article{one, title = {T}, journal = jt}\n'
    assert load(written(tmp_path, content))["one"].reference == "(n.d.). T. Journal of Trials."


def test_comments_and_text_between_entries_are_passed_over(tmp_path: Path) -> None:
    content = f"% a comment\n@comment{{not this}}\nSome words.\n{GOOD}"
    assert list(load(written(tmp_path, content))) == ["good"]


def test_an_empty_file_has_no_sources(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")) == {}


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    plain = load(written(tmp_path, GOOD))
    assert load(written(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())) == plain


def test_two_entries_of_one_author_and_year_get_letters_by_title(tmp_path: Path) -> None:
    content = (
        "@misc{k1, author = {Smith, A}, title = {Zebras}, year = 2020}\n"
        "@misc{k2, author = {Smith, B}, title = {apples}, year = 2020}\n"
        "@misc{k3, author = {Smith, A}, title = {Zebras}, year = 2021}\n"
    )
    citations = {key: source.citation for key, source in load(written(tmp_path, content)).items()}
    assert citations == {"k1": "Smith (2020b)", "k2": "Smith (2020a)", "k3": "Smith (2021)"}


def test_undated_entries_get_letters_after_a_hyphen(tmp_path: Path) -> None:
    content = (
        "@misc{k1, author = {Inett, S}, title = {One}}\n"
        "@misc{k2, author = {Inett, S}, title = {Two}}\n"
    )
    citations = [source.citation for source in load(written(tmp_path, content)).values()]
    assert citations == ["Inett (n.d.-a)", "Inett (n.d.-b)"]


def test_the_letters_go_on_after_z(tmp_path: Path) -> None:
    content = "".join(
        f"@misc{{k{n}, author = {{Smith, A}}, title = {{Title {n:02}}}, year = 2020}}\n"
        for n in range(28)
    )
    citations = [source.citation for source in load(written(tmp_path, content)).values()]
    assert citations[25:] == ["Smith (2020z)", "Smith (2020aa)", "Smith (2020ab)"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["Smith", "Jones"]), st.sampled_from(["", "2020", "2021"])),
        max_size=40,
    ),
    st.data(),
)
@settings(max_examples=50, deadline=None)
def test_no_two_entries_are_cited_alike_and_their_order_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, str]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("letters")
    blocks = [
        f"@misc{{k{n}, author = {{{author}, A}}, title = {{Title {n}}}, year = {{{year}}}}}\n"
        for n, (author, year) in enumerate(entries)
    ]
    citations = {s.citekey: s.citation for s in load(written(folder, "".join(blocks))).values()}
    assert len(set(citations.values())) == len(entries)
    moved = load(written(folder, "".join(data.draw(st.permutations(blocks)))))
    assert {source.citekey: source.citation for source in moved.values()} == citations


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (
            "@article{b,\n  title = {Open,\n  year = {2020},\n}\n",
            "the entry '@article{b,' cannot be read: a brace, comma or '=' is missing",
        ),
        (
            "@article{b,\n  title = {Open,\n  year = {2020},\n}\n\n@book{c,\n  title = {C},\n}\n",
            "the entry '@article{b,' cannot be read: a brace, comma or '=' is missing",
        ),
        (
            "@article{b,\n  title {T},\n}\n",
            "the entry '@article{b,' cannot be read: a brace, comma or '=' is missing",
        ),
        (
            "@article{b\n  title = {T},\n}\n",
            "the entry '@article{b' cannot be read: a brace, comma or '=' is missing",
        ),
        (GOOD, "the entry '@book{good,' cannot be read: Duplicate entry key 'good'"),
        (
            "@article{b,\n  title = {T},\n  title = {U},\n}\n",
            "the entry '@article{b,' cannot be read: Duplicate field keys on entry: 'title'",
        ),
        ("@article{b,\n  year = {2020},\n}\n", "'b' has no title; add one"),
        ("@article{b,\n  title = { },\n}\n", "'b' has no title; add one"),
        ("@article{_b,\n  title = {T},\n}\n", "'_b' cannot be a citekey: start with a letter or "),
        ("@article{b c,\n  title = {T},\n}\n", "'b c' cannot be a citekey: "),
        ("@article{../b,\n  title = {T},\n}\n", "'../b' cannot be a citekey: "),
        ("@article{,\n  title = {T},\n}\n", "'' cannot be a citekey: "),
    ],
)
def test_a_broken_entry_is_one_line_that_names_file_and_line(
    tmp_path: Path, broken: str, complaint: str
) -> None:
    path = written(tmp_path, GOOD + broken)
    with pytest.raises(BibliographyError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{NEXT}: {complaint}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("author", ["Smith, J., Jones, K., Hall, L.", "Smith,"])
def test_a_name_that_cannot_be_split_names_the_line_too(tmp_path: Path, author: str) -> None:
    path = written(
        tmp_path, f"{GOOD}@article{{b,\n  author = {{{author}}},\n  title = {{T}},\n}}\n"
    )
    with pytest.raises(BibliographyError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{NEXT}: ")
    assert "\n" not in str(caught.value)


def test_a_missing_comma_between_fields_is_not_swallowed(tmp_path: Path) -> None:
    path = written(tmp_path, f"{GOOD}@article{{b,\n  title = {{T}}\n  year = {{2020}},\n}}\n")
    with pytest.raises(BibliographyError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{NEXT}: ")


def test_a_file_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    path = written(tmp_path, "@book{a, title = {Café}}".encode("latin-1"))
    with pytest.raises(BibliographyError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: not UTF-8 text (byte 21); save it as UTF-8"


def test_a_missing_file_tells_what_will_do(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    with pytest.raises(BibliographyError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: not found; ")


def test_a_folder_in_the_files_place_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BibliographyError, match="cannot be read"):
        load(tmp_path)


def test_keywords_are_parted_by_commas_or_semicolons_and_stand_once(tmp_path: Path) -> None:
    assert entry(tmp_path, keywords="{scale, r\\&d; Scale;; scale}").keywords == (
        "scale",
        "r&d",
        "Scale",
    )
    assert entry(tmp_path).keywords == ()
