"""The pairs that the stance model is trained on: public collections, and pairs of this field.

`public_pairs(folder)` and `field_pairs()` give (training pairs, development sets). Splits that are
reported as results are never trained on. `negated` and `strangers` make a pair into another, while
training.
"""

import gzip
import hashlib
import json
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

LABELS = ("supports", "challenges", "neutral")
SUPPORTS, CHALLENGES, NEUTRAL = range(3)
UNCLEAR = -1  # readers differ
FOLDER = Path(__file__).resolve().parent.parent / "data" / "stance"
OPEN_MINDED = (0.0, 0.0, 0.0)
DEVELOPMENT_SHARE = 12  # one written passage in twelve

# Which splits train. evidence_inference is left out: its claims are templates. HealthVer and the
# GLUE diagnostic may not train a model that ships.
TRAINING = {
    "mnli_subset": ("train",),
    "snli_subset": ("train",),
    "cad_snli_revised": ("train",),
    "sanli_wiki": ("train",),
    "scifact_abstract": ("train",),
    "scifact_rationale": ("train",),
    "fever_dev_sr": ("dev",),
    "fever_symmetric": ("dev", "test"),
    "perspectrum": ("train",),
    "ibm_claim_stance": ("train",),
    "pubmedqa_l": ("train",),
    "wice_claim": ("dev",),
}
DEVELOPMENT = {"mnli_subset": "dev", "scifact_abstract": "dev", "perspectrum": "dev"}


@dataclass(frozen=True)
class Pair:
    """A claim and a passage, with the number of the label in LABELS.

    `theme` is what a written passage is about ("" for public pairs); `guess` the log-probabilities
    of the labels as guessed from the claim alone (zeros: no guess); `wordings` other claims that
    the passage does the same to.
    """

    claim: str
    passage: str
    label: int
    theme: str = ""
    guess: tuple[float, ...] = OPEN_MINDED
    wordings: tuple[str, ...] = ()


def public_pairs(folder: Path) -> tuple[tuple[Pair, ...], dict[str, tuple[Pair, ...]]]:
    """Read the public collections in `folder`: all training pairs, and development sets by name."""
    pairs: list[Pair] = []
    development = {}
    for name, splits in TRAINING.items():
        rows = collection(folder / f"{name}.jsonl.gz")
        pairs += [pair(row) for row in rows if row["split"] in splits]
        held = [
            pair(r) for r in rows if r["split"] == DEVELOPMENT.get(name) and not r.get("derived")
        ]
        if held:
            development[name] = tuple(held[:2_000])
    return tuple(pairs), development


def collection(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def pair(row: dict[str, Any]) -> Pair:
    label = {"refutes": "challenges"}.get(row["label"], row["label"])
    return Pair(row["claim"], row["evidence"], LABELS.index(label))


def written_passages() -> list[dict[str, Any]]:
    """Every written passage of data/stance, with its writer's claims."""
    rows = []
    for path in sorted(FOLDER.glob("*.jsonl")):
        lines = path.read_text("utf-8").splitlines()
        rows += [row for row in map(json.loads, lines) if "claims" in row]
    return rows


def held_out(passage_id: str) -> bool:
    return hashlib.sha256(passage_id.encode()).digest()[0] % DEVELOPMENT_SHARE == 0


def field_pairs() -> tuple[tuple[Pair, ...], dict[str, tuple[Pair, ...]]]:
    """Read data/stance: training pairs, and development sets of passages that no training sees."""
    rows = written_passages()
    statements = {words["statement"]: code for code, words in wordings().items()}
    own = [
        (row["id"], Pair(claim["text"], row["passage"], LABELS.index(claim["label"]), row["theme"]))
        for row in rows
        for claim in row["claims"]
        if claim["text"] not in statements
    ]
    read = circumstance_pairs(rows, statements)
    training = with_guesses([item for item in own if not held_out(item[0])])
    training += [pair for id_, pair in read if not held_out(id_)]
    turned = minimal_pairs()
    training += [pair for id_, pair in turned if not held_out(id_)]
    development = {
        "written": tuple(pair for id_, pair in own if held_out(id_)),
        "circumstances": tuple(pair for id_, pair in read if held_out(id_)),
        "minimal": tuple(pair for id_, pair in turned if held_out(id_)),
    }
    return tuple(training), development


def minimal_pairs() -> list[tuple[str, Pair]]:
    """Two claims and two passages that contradict each other: four pairs, and two neutral ones."""
    pairs = []
    for line in (FOLDER / "minimal.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        label = LABELS.index(item["label"])
        for claim, one, other in (
            (item["claim"], label, TURNED[label]),
            (item["claim_contrary"], TURNED[label], label),
            (item["unrelated"], NEUTRAL, NEUTRAL),
        ):
            pairs.append((item["id"], Pair(claim, item["passage"], one, "minimal")))
            pairs.append((item["id"], Pair(claim, item["passage_contrary"], other, "minimal")))
    return pairs


def wordings() -> dict[str, dict[str, Any]]:
    """Each circumstance's statement, paraphrases ("same") and opposites, by code."""
    found: dict[str, dict[str, Any]] = json.loads((FOLDER / "wordings.json").read_text("utf-8"))
    return found


def readings() -> dict[str, dict[str, int]]:
    """By passage, what it does to each circumstance that a reader named. Where two readers, or the
    reader and the writer, differ, the circumstance is left out."""
    first, second = (_read(name) for name in ("circumstances", "circumstances_second"))
    agreed = {}
    for id_, said in first.items():
        other = second.get(id_)
        agreed[id_] = {
            code: label
            for code, label in said.items()
            if other is None or other.get(code, NEUTRAL) == label
        }
        # What the second reader alone saw is no easy neutral.
        agreed[id_] |= {code: UNCLEAR for code in (other or {}) if code not in agreed[id_]}
        agreed[id_] |= {code: UNCLEAR for code in said if code not in agreed[id_]}
    return agreed


def _read(name: str) -> dict[str, dict[str, int]]:
    lines = (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {
        row["id"]: {code: n for n, label in enumerate(LABELS) for code in row[label]}
        for row in rows
    }


def circumstance_pairs(
    rows: list[dict[str, Any]], statements: dict[str, str]
) -> list[tuple[str, Pair]]:
    """The written passages against the framework's circumstances, in several wordings.

    A circumstance on which the passage takes a side gives three pairs: the framework's words, a
    paraphrase, and an opposite with the sides turned round (which ones, is drawn at every pass).
    One that only looks as if it did gives one pair, in any of these wordings, and so does one that
    nobody named.
    """
    words, read = wordings(), readings()
    pairs = []
    for row in rows:
        chance = random.Random(row["id"])
        said = dict(read.get(row["id"], {}))
        for claim in row["claims"]:
            code = statements.get(claim["text"])
            if code and said.get(code, NEUTRAL) != LABELS.index(claim["label"]):
                said[code] = UNCLEAR
        rest = sorted(set(words) - set(said))
        said |= dict.fromkeys(chance.sample(rest, min(1, len(rest))), NEUTRAL)
        for code, label in said.items():
            if label == UNCLEAR:
                continue
            same = ((words[code]["statement"],), label)
            like = (tuple(words[code]["same"]), label)
            turned = (tuple(words[code]["opposite"]), TURNED[label])
            chosen = [same, like, turned]
            if label == NEUTRAL:
                chosen = [chance.choice([same, same, like, turned])]
            pairs += [
                (row["id"], Pair(chance.choice(c), row["passage"], n, row["theme"], wordings=c))
                for c, n in chosen
            ]
    return pairs


def with_guesses(own: list[tuple[str, Pair]]) -> list[Pair]:
    """Add to each pair what a bag of words guesses from the claim alone (out of fold)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    guesser = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(max_iter=1_000)
    )
    groups = [id_ for id_, _ in own]
    found = cross_val_predict(
        guesser,
        [pair.claim for _, pair in own],
        [pair.label for _, pair in own],
        groups=groups,
        cv=GroupKFold(5),
        method="predict_log_proba",
    )
    return [
        replace(pair, guess=tuple(row)) for (_, pair), row in zip(own, found.tolist(), strict=True)
    ]


def strangers(pair: Pair, pairs: tuple[Pair, ...], chance: random.Random) -> Pair:
    """The claim with a passage of another theme: nothing said, either way."""
    for _ in range(20):
        other = chance.choice(pairs)
        if other.theme and other.theme != pair.theme and other.passage != pair.passage:
            return Pair(pair.claim, other.passage, NEUTRAL, pair.theme)
    return pair


TURNED = {SUPPORTS: CHALLENGES, CHALLENGES: SUPPORTS, NEUTRAL: NEUTRAL}
UNTURNABLE = re.compile(
    r"\b(all|every|each|some|any|only|no|none|nobody|never|always|often|rarely|sometimes|most|many|few|"
    r"both|either|neither|if|and|or|but|because|while|who|which|that)\b",
    re.I,
)
NEGATIVE = re.compile(
    r"\b(is|are|was|were|can|could|should|must|will|may|has|have|had|do|does|did)(?: not|n't)\b"
    r"|\bcannot\b"
)
AUXILIARY = re.compile(r"\b(is|are|was|were|can|could|should|will|has been|have been)\b")
VERBS = {
    "requires": "require", "needs": "need", "takes": "take", "saves": "save", "improves": "improve",
    "works": "work", "reduces": "reduce", "increases": "increase", "obstructs": "obstruct",
    "enables": "enable", "helps": "help", "leads": "lead", "makes": "make", "depends": "depend",
    "costs": "cost", "causes": "cause", "prevents": "prevent", "produces": "produce",
}  # fmt: skip
VERB = re.compile(r"\b(" + "|".join(VERBS) + r")\b")


def negated(pair: Pair) -> Pair | None:
    """The pair with its claim denied and its label turned; None where that is not safely done.

    Only plain statements are turned: "some are" and "all are" are not each other's denial.
    """
    claim = pair.claim
    if UNTURNABLE.search(claim):
        return None
    if found := NEGATIVE.search(claim):
        plain = "can" if found[0] == "cannot" else found[1]
        if plain in ("do", "does", "did"):
            return None
        turned = claim[: found.start()] + plain + claim[found.end() :]
    elif found := AUXILIARY.search(claim):
        first, _, rest = found[0].partition(" ")
        negative = "cannot" if first == "can" else f"{first} not"
        turned = claim[: found.start()] + f"{negative} {rest}".rstrip() + claim[found.end() :]
    elif found := VERB.search(claim):
        turned = claim[: found.start()] + f"does not {VERBS[found[0]]}" + claim[found.end() :]
    else:
        return None
    guess = (pair.guess[CHALLENGES], pair.guess[SUPPORTS], pair.guess[NEUTRAL])
    return replace(pair, claim=turned, label=TURNED[pair.label], guess=guess)
