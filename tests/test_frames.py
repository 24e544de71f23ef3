"""Records as DataFrames."""

import kb


def test_an_answer_becomes_one_row_an_item(shipped: kb.KnowledgeBase) -> None:
    answer = shipped.ask("S1", limit=3)
    frame = kb.to_frame(answer)
    assert list(frame["group"]) == ["supporting"] * 3 + ["challenging"] * 3 + ["context"] * 3
    assert frame["citation"][0] == answer.supporting[0].source.citation
    assert {"locator.section", "study.sample", "settled", "passage_id"} <= set(frame.columns)


def test_hits_and_sources_too(shipped: kb.KnowledgeBase) -> None:
    hits = kb.to_frame(shipped.search("trust", limit=4))
    assert list(hits["score"]) == sorted(hits["score"], reverse=True)
    assert len(kb.to_frame(shipped.sources())) == 91


def test_nothing_is_an_empty_frame(shipped: kb.KnowledgeBase) -> None:
    assert kb.to_frame([]).empty


def test_a_map_becomes_one_row_a_cell_and_gaps_one_row_each(shipped: kb.KnowledgeBase) -> None:
    drawn = shipped.map(by="year", criterion="scale")
    frame = kb.to_frame(drawn)
    assert len(frame) == len(drawn.cells)
    assert list(frame["sources"]) == [len(cell.works) for cell in drawn.cells]
    gaps = shipped.gaps(least=20)
    assert list(kb.to_frame(gaps)["circumstance"]) == [gap.circumstance.id for gap in gaps]
    assert len(gaps) > 20
