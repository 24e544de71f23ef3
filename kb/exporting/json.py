"""Records → the JSON that every reading command prints under --json. Its shape is an interface:
docs/json.md describes it, and keys are added but not renamed."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kb.orders import kinds
from kb.records import (
    Answer,
    Contradiction,
    Evidence,
    FileOutcome,
    Hit,
    Index,
    Label,
    Locator,
    Opinion,
    PassageDetails,
    Problem,
    Reason,
    SourceSummary,
    Stance,
    Study,
    Verdict,
)
from kb.reports import (
    Agreement,
    AgreementReport,
    CriterionMeasures,
    Lesson,
    Measure,
    OwnReport,
    RetrievalReport,
    SidesReport,
    StanceReport,
    TagsReport,
)

if TYPE_CHECKING:
    from kb.framework import Framework

Json = dict[str, Any]


def dumps(value: Any) -> str:
    """Indented, letters as they are, the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def answer(given: Answer) -> Json:
    claim = given.claim
    return {
        "question": given.question,
        "claim": {
            "id": claim.id or None,
            "text": claim.text,
            "criterion": claim.criterion or None,
            "matched_by": claim.matched_by,
            "score": claim.score,
            "near": list(claim.near),
        },
        "filters": {
            "criterion": given.filters.criterion or None,
            "sources": list(given.filters.sources),
            "years": list(given.filters.years) if given.filters.years else None,
            "kind": given.filters.kind or None,
        },
        "supporting": [evidence(item) for item in given.supporting],
        "challenging": [evidence(item) for item in given.challenging],
        "context": [evidence(item) for item in given.context],
        "unsure": [evidence(item) for item in given.unsure],
        "considered": given.considered,
        "totals": given.totals,
        "disputed": given.disputed,
        "by_model": given.by_model,
        "sources": given.sources,
        "same_work": given.same_work,
        "second_hand": given.second_hand,
        "on_both_sides": given.on_both_sides,
        "lost_judgements": given.lost_judgements,
        "index": index(given.index),
    }


def evidence(item: Evidence) -> Json:
    passage, judgement = item.passage, item.judgement
    return {
        "passage_id": passage.id,
        "citekey": passage.citekey,
        "citation": item.source.citation,
        "reference": item.source.reference,
        "text": passage.text,
        "flags": kinds(passage.text),
        "kind": item.kind,
        "read": item.read,
        "superseded": item.superseded,
        "second_hand": item.second_hand,
        "locator": locator(passage.locator),
        "criteria": list(item.criteria),
        "stance": judgement.stance,
        "settled": judgement.settled,
        "probability": _rounded(judgement.probability),
        "judge": judgement.judge,
        "sure": judgement.sure or None,
        "verdicts": [verdict(v) for v in judgement.verdicts],
        "opinions": [opinion(o, passage.text) for o in judgement.opinions],
        "score": round(item.score, 4),
        "study_design": item.study.design or None,
        "study": study(item.study),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def contradictions(found: Iterable[Contradiction]) -> list[Json]:
    return [
        {
            "claim": {"id": pair.claim.id or None, "text": pair.claim.text},
            "supporting": evidence(pair.supporting) | {"year": pair.supporting.source.year or None},
            "challenging": evidence(pair.challenging)
            | {"year": pair.challenging.source.year or None},
            "nearness": pair.nearness,
        }
        for pair in found
    ]


def stance_report(given: StanceReport) -> Json:
    labels = list(given.labels)
    return {
        "n": given.n,
        "ways": given.ways,
        "judge": given.judge,
        "macro_f1": _rounded(given.macro_f1.value),
        "macro_f1_interval": interval(given.macro_f1),
        "accuracy": _rounded(given.accuracy.value),
        "accuracy_interval": interval(given.accuracy),
        "labels": {
            label.value: {
                "n": measures.n,
                "precision": _rounded(measures.precision.value),
                "precision_interval": interval(measures.precision),
                "recall": _rounded(measures.recall.value),
                "recall_interval": interval(measures.recall),
                "f1": _rounded(measures.f1.value),
                "f1_interval": interval(measures.f1),
            }
            for label, measures in given.labels.items()
        },
        "ece": _rounded(given.ece),
        "threshold": _rounded(given.threshold),
        "shown": given.shown,
        "coverage": _rounded(given.coverage),
        "precision_at_threshold": _rounded(given.precision_at_threshold.value),
        "precision_at_threshold_interval": interval(given.precision_at_threshold),
        "confusion": {
            gold.value: {
                label.value: given.confusion[row][column] for column, label in enumerate(labels)
            }
            for row, gold in enumerate(labels)
        },
        "worst": [
            {
                "claim": item.row.claim,
                "evidence": item.row.evidence,
                "label": item.row.label,
                "found": item.found,
                "probability": _rounded(item.opinion.of(item.found)),
            }
            for item in given.worst
        ],
    }


def agreement_report(given: AgreementReport) -> Json:
    return {
        "first": given.first,
        "second": given.second,
        "criteria": {name: _agreement(of) for name, of in given.criteria.items()},
        "circumstances": {name: _agreement(of) for name, of in given.circumstances.items()},
        "disagreements": [
            {
                "passage_id": one.passage_id,
                "about": one.about,
                "first": one.first,
                "second": one.second,
            }
            for one in given.disagreements
        ],
    }


def _agreement(of: Agreement) -> Json:
    measures = {"agreement": of.raw, "kappa": of.kappa, "ac1": of.ac1}
    return {"n": of.n} | {
        key: value
        for name, measure in measures.items()
        for key, value in (
            (name, _rounded(measure.value) if measure else None),
            (f"{name}_interval", interval(measure) if measure else None),
        )
    }


def label(given: Label) -> Json:
    """What a person wrote, for `kb log`."""
    return {
        "type": given.kind,
        "passage_id": given.passage_id,
        "by": given.by,
        "at": given.at.isoformat(),
        "about": given.about or None,
        "said": given.said or None,
        "criteria": list(given.criteria) if given.kind == "tags" else None,
        "claim": given.claim or None,
        "sure": given.sure or None,
        "why": given.why or None,
        "framework": given.framework or None,
        "model": given.model or None,
        "scores": given.scores,
        "takes_back": given.takes_back.isoformat() if given.takes_back else None,
        "status": given.status or None,
        "line": given.line,
    }


def own_report(given: OwnReport) -> Json:
    tags = given.tags
    return {
        "people": list(given.people),
        "tags": {
            "n": tags.n,
            "tagger": tags.tagger,
            "disputed": tags.disputed,
            "trained_on": tags.trained,
            "macro_f1": _rounded(tags.macro_f1),
            "criteria": {
                name: {"labelled": tags.labelled[name], **_criterion(of)}
                for name, of in tags.criteria.items()
            },
            "ece": _rounded(tags.ece),
        },
        "stance": stance_report(given.stance) if given.stance else None,
        "disputed_verdicts": given.disputed,
    }


def interval(of: Measure) -> list[float]:
    """A 95 % interval."""
    return [round(end, 4) for end in of.interval]


def locator(where: Locator) -> Json:
    return {
        "section": where.section or None,
        "page_label": where.page_label or None,
        "page": where.page,
    }


def study(about: Study) -> Json:
    return {
        "design": about.design or None,
        "setting": about.setting or None,
        "country": about.country or None,
        "sample": about.sample or None,
    }


def verdict(given: Verdict) -> Json:
    return {
        "circumstance": given.circumstance,
        "claim": given.claim,
        "stance": given.stance,
        "by": given.by,
        "sure": given.sure or None,
        "quote": given.quote or None,
        "why": given.why or None,
        "probability": None,  # of a person; models' are in "opinions"
    }


def opinion(given: Opinion, text: str) -> Json:
    return {
        "by": given.by,
        "stance": given.stance,
        "sure": given.sure,
        "probability": round(given.probability, 4),
        "probabilities": {stance.value: round(given.of(stance), 4) for stance in Stance},
        "calibrated": given.calibrated,
        "sentence": text[given.start : given.end],
    }


def index(searched: Index) -> Json:
    return {
        "passages": searched.passages,
        "documents": searched.documents,
        "recipe": searched.recipe,
        "unusable": [problem(p) for p in searched.unusable],
        "changed_since_build": list(searched.stale),
    }


def outcome(done: FileOutcome) -> Json:
    """What became of a document in a build."""
    return {
        "path": done.path,
        "citekey": done.citekey,
        "status": done.status,
        "passages": done.passages,
        "pages": done.pages,
        "reason": done.reason,
    }


def problem(found: Problem) -> Json:
    return {"where": found.where, "what": found.what, "next_step": found.next_step}


def hits(found: Iterable[Hit]) -> list[Json]:
    return [
        {
            "passage_id": hit.passage.id,
            "citekey": hit.passage.citekey,
            "text": hit.passage.text,
            "flags": kinds(hit.passage.text),
            "kind": hit.passage.kind,
            "locator": locator(hit.passage.locator),
            "score": round(hit.score, 4),
            "meaning": None if hit.meaning is None else round(hit.meaning, 4),
            "words": None if hit.words is None else round(hit.words, 4),
            "from_meaning": round(hit.from_meaning, 4),
            "from_words": round(hit.from_words, 4),
        }
        for hit in found
    ]


def sources(summaries: Iterable[SourceSummary]) -> list[Json]:
    return [
        {
            "citekey": s.source.citekey,
            "citation": s.source.citation,
            "reference": s.source.reference,
            "title": s.source.title,
            "year": s.source.year or None,
            "doi": s.source.doi or None,
            "url": s.source.url or None,
            "note": s.source.note or None,
            "check": s.source.check or None,
            "file": s.file.path if s.file else None,
            "kind": s.file.kind if s.file else None,
            "read": s.file.read if s.file else None,
            "study": study(s.file.study) if s.file else None,
            "passages": s.passages,
            "criteria": list(s.criteria),
        }
        for s in summaries
    ]


def details(shown: Iterable[PassageDetails], why: Iterable[Reason] = ()) -> list[Json]:
    """`why`: the reasons of the one passage shown."""
    reasons = [_reason(reason) for reason in why]
    return [
        {
            "passage_id": d.passage.id,
            "citekey": d.passage.citekey,
            "citation": d.source.citation,
            "text": d.passage.text,
            "kind": d.file.kind,
            "read": d.file.read,
            "file": d.file.path,
            "start": d.passage.start,
            "end": d.passage.end,
            "locator": locator(d.passage.locator),
            "tags": [
                {"criterion": t.criterion, "score": round(t.score, 4), "by": t.by, "counts": counts}
                for t, counts in d.tags
            ],
            "verdicts": [verdict(v) for v in d.verdicts],
            **({"why": reasons} if reasons else {}),
        }
        for d in shown
    ]


def _reason(given: Reason) -> Json:
    return {
        "criterion": given.criterion,
        "score": _rounded(given.score),
        "threshold": given.threshold,
        "tag": given.score >= given.threshold,
        "method": given.method,
        "words": [{"word": word, "adds": _rounded(adds)} for word, adds in given.words],
        "wordings": [{"text": text, "cosine": _rounded(near)} for text, near in given.wordings],
        "passages": [{"passage_id": name, "cosine": _rounded(c)} for name, c in given.passages],
    }


def tags_report(given: TagsReport) -> Json:
    return {
        "n": given.n,
        "tagger": given.tagger,
        "macro_f1": _rounded(given.macro_f1.value),
        "macro_f1_interval": interval(given.macro_f1),
        "macro_average_precision": _rounded(given.macro_average_precision.value),
        "macro_average_precision_interval": interval(given.macro_average_precision),
        "criteria": {name: _criterion(of) for name, of in given.criteria.items()},
        "ece": _rounded(given.ece),
    }


def _criterion(of: CriterionMeasures) -> Json:
    measures = ("precision", "recall", "f1", "average_precision")
    return {
        "n": of.n,
        "found": of.found,
        **{
            key: value
            for measure in measures
            for key, value in _measured(measure, getattr(of, measure))
        },
        "threshold": of.threshold,
        "method": of.method,
    }


def _measured(name: str, of: Measure) -> tuple[tuple[str, Any], ...]:
    return (name, _rounded(of.value)), (f"{name}_interval", interval(of))


def lessons(given: Iterable[Lesson]) -> Json:
    return {
        "criteria": {
            one.criterion: {
                "method": one.method,
                "tagged": one.tagged,
                "fresh": one.fresh,
                "f1_before": None if one.before is None else _rounded(one.before),
                "f1_after": None if one.after is None else _rounded(one.after),
                "kept": one.kept,
            }
            for one in given
        }
    }


def retrieval_report(given: RetrievalReport) -> Json:
    """`interval` is that of nDCG@10."""
    return {
        "collection": given.collection,
        "documents": given.documents,
        "queries": given.queries,
        "modes": {
            mode: {
                "ndcg@10": round(of.ndcg.value, 4),
                "recall@100": round(of.recall.value, 4),
                "mrr": round(of.mrr.value, 4),
                "interval": interval(of.ndcg),
                "recall@100_interval": interval(of.recall),
                "mrr_interval": interval(of.mrr),
            }
            for mode, of in given.modes.items()
        },
    }


def sides_report(given: SidesReport) -> Json:
    return {
        "depth": given.depth,
        "sides": {
            side.value: {
                "passages": of.passages,
                "circumstances": of.circumstances,
                "recall": round(of.recall.value, 4),
                "interval": interval(of.recall),
                "statement_alone": round(of.plain.value, 4),
            }
            for side, of in given.sides.items()
        },
    }


def framework(given: "Framework") -> Json:
    return {
        "title": given.title,
        "criteria": [
            {
                "id": criterion.id,
                "name": criterion.name,
                "definition": criterion.definition,
                "indicators": list(criterion.indicators),
                "circumstances": [
                    {
                        "id": c.id,
                        "statement": c.statement,
                        "aliases": list(c.aliases),
                        "opposites": list(c.opposites),
                        "questions": list(c.questions),
                    }
                    for c in given.circumstances
                    if c.criterion == criterion.id
                ],
            }
            for criterion in given.criteria
        ],
        "elsewhere": list(given.elsewhere),
    }
