"""The fixed words that stand beside evidence, the same on the screen and in every export."""

from kb.orders import SAYS, kinds
from kb.records import Evidence, Judgement, Locator, Opinion, Stance


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def kind_of(kind: str, read: str, *, superseded: bool = False) -> str:
    if kind == "digest":
        beside = "; the original is here too" if superseded else ""
        return f"paraphrase in a digest ({read} read){beside}"
    return "quoted from the original"


def place(where: Locator) -> str:
    page = f"p. {where.page_label}" if where.page_label else ""
    if where.page and str(where.page) != where.page_label:
        page = f"{page} (PDF {where.page})".strip()
    return ", ".join(filter(None, [where.section, page]))


def judged(judgement: Judgement) -> str:
    """Who judged and how sure; for a model, the probability; a model that is sure of something
    else than people."""
    if judgement.stance is None and judgement.verdicts:
        said = ", ".join(f"{v.by} {v.stance}" for v in judgement.verdicts)
        return f"{judgement.judge}: {said}"
    if judgement.unsure:
        return "model, not sure"
    stance = "neutral, " if judgement.stance is Stance.NEUTRAL else ""
    chance = f", {judgement.probability:.0%}" if judgement.probability is not None else ""
    sure = f", {judgement.sure}" if judgement.sure and judgement.settled else ""
    earlier = "; people judged an earlier wording" if chance and judgement.verdicts else ""
    other = judgement.contested_by
    contested = f"; the model disagrees: {_said(other)}" if other else ""
    return f"{stance}{judgement.judge}{sure}{chance}{earlier}{contested}"


def _said(opinion: Opinion) -> str:
    return f"{opinion.stance}, {opinion.probability:.0%}"


def stance_and_judge(item: Evidence) -> str:
    """ "supports: two readers, clear"; without the stance where there is no side."""
    sided = item.stance in (Stance.SUPPORTS, Stance.CHALLENGES)
    said = judged(item.judgement)
    return f"{item.stance}: {said}" if sided else said


def flagged(text: str) -> str:
    """What is odd about a text that is shown, "" for most: orders to whoever judges it, or what
    looks like our own words. No model that judges is given it."""
    said = " and ".join(SAYS[kind] for kind in kinds(text))
    return f"flagged: {said}" if said else ""


def of_passage(item: Evidence) -> str:
    """Kind, whether told by another, place, and what is odd about a passage."""
    told = "told by another source" if item.second_hand else ""
    kind = kind_of(item.kind, item.read, superseded=item.superseded)
    odd = flagged(item.passage.text)
    return " · ".join(filter(None, [kind, told, place(item.passage.locator), odd]))
