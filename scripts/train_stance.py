#!/usr/bin/env python
"""Train the cross-encoder that judges stance: (claim, passage) -> supports, challenges, neutral.

    scripts/train_stance.py public --out runs/public --base FOLDER
    scripts/train_stance.py field  --out runs/field  --base runs/public/model
    scripts/train_stance.py average --out runs/mean  runs/a/model runs/b/model …

`public` trains on inference and stance collections (--datasets, the layout of shared/datasets),
`field` on data/stance: written passages with the claims of their writers, and the same passages
read against every circumstance of the framework. A run is killed and called again at will: it goes
on from its last checkpoint, and the same seed gives the same order of pairs. OUT/log.jsonl keeps
the loss and the results on the development sets; OUT/model is the mean of the weights over the last
steps (EMA).

Needs the extra [models]. A base is any BERT folder; the shipped model began from all-MiniLM-L6-v2.
"""

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from stance_pairs import LABELS, Pair, field_pairs, negated, public_pairs, strangers
from torch.nn.functional import cross_entropy
from transformers import AutoModelForSequenceClassification, AutoTokenizer

SMOOTHING = 0.05
WEIGHT_DECAY = 0.01
WARM_UP = 0.06
EMA_DECAY, EMA_EVERY = 0.995, 5
# A step without dropout takes half as long on a CPU; words hidden at random stand in for it.
HIDDEN = 0.08
CHECKPOINT_EVERY = 400


@dataclass(frozen=True)
class Stage:
    """What one stage of training sees, and how."""

    pairs: tuple[Pair, ...]
    development: dict[str, tuple[Pair, ...]]
    max_tokens: int
    negate: float  # share of claims replaced by their negation, with the label turned round
    estrange: float  # share of pairs replaced by the claim and a passage about something else


def batches(stage: Stage, epochs: int, size: int, seed: int) -> Iterator[list[Pair]]:
    """Batches of like length, in an order that follows from the seed alone."""
    for epoch in range(epochs):
        chance = random.Random(f"{seed}/{epoch}")
        order = list(stage.pairs)
        chance.shuffle(order)
        order = [varied(pair, stage, chance) for pair in order]
        pools = [order[at : at + size * 50] for at in range(0, len(order), size * 50)]
        for pool in pools:
            pool.sort(key=lambda pair: len(pair.passage) + len(pair.claim))
            cuts = [pool[at : at + size] for at in range(0, len(pool), size)]
            chance.shuffle(cuts)
            yield from cuts


def varied(pair: Pair, stage: Stage, chance: random.Random) -> Pair:
    if pair.wordings:
        pair = replace(pair, claim=chance.choice(pair.wordings))
    draw = chance.random()
    if draw < stage.estrange and pair.theme:
        return strangers(pair, stage.pairs, chance)
    if draw < stage.estrange + stage.negate:
        return negated(pair) or pair
    return pair


def encode(tokenizer: Any, pairs: Sequence[Pair], max_tokens: int) -> Any:
    return tokenizer(
        [pair.passage for pair in pairs],
        [pair.claim for pair in pairs],
        truncation="longest_first",
        max_length=max_tokens,
        padding=True,
        return_tensors="pt",
    )


def hidden(encoded: Any, tokenizer: Any) -> Any:
    """The same with some word pieces masked, never [CLS] or [SEP]."""
    ids = encoded["input_ids"]
    special = torch.tensor(tokenizer.all_special_ids)
    drawn = (torch.rand(ids.shape) < HIDDEN) & ~torch.isin(ids, special)
    encoded["input_ids"] = ids.masked_fill(drawn, tokenizer.mask_token_id)
    return encoded


def loss_of(logits: torch.Tensor, pairs: list[Pair]) -> torch.Tensor:
    """Cross entropy; where the claim alone gives the label away, only for what is left to explain.

    Product of experts (Clark, Yatskar and Zettlemoyer 2019, "Don't Take the Easy Way Out"): the
    log-probabilities of a guesser that sees only the claim are added while training, not after.
    """
    logits = logits.float() + torch.tensor([pair.guess for pair in pairs])
    return cross_entropy(
        logits, torch.tensor([pair.label for pair in pairs]), label_smoothing=SMOOTHING
    )


@torch.inference_mode()  # type: ignore[untyped-decorator]
def predictions(model: Any, tokenizer: Any, pairs: Sequence[Pair], max_tokens: int) -> list[int]:
    model.eval()
    order = sorted(range(len(pairs)), key=lambda at: len(pairs[at].passage))
    found = [0] * len(pairs)
    for at in range(0, len(order), 64):
        part = order[at : at + 64]
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(**encode(tokenizer, [pairs[n] for n in part], max_tokens)).logits
        for n, label in zip(part, logits.argmax(-1).tolist(), strict=True):
            found[n] = label
    model.train()
    return found


def macro_f1(gold: list[int], found: list[int]) -> float:
    """Mean F1 of the labels that the gold has; without neutrals, of the two sides."""
    scores = []
    for label in sorted(set(gold)):
        right = sum(a == b == label for a, b in zip(gold, found, strict=True))
        scores.append(2 * right / max(gold.count(label) + found.count(label), 1))
    return sum(scores) / len(scores)


def rate(step: int, steps: int, peak: float) -> float:
    warm = max(1, int(steps * WARM_UP))
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm))))


def train(stage: Stage, options: argparse.Namespace) -> None:
    torch.manual_seed(options.seed)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(options.base)
    names = dict(enumerate(LABELS))
    model = AutoModelForSequenceClassification.from_pretrained(
        options.base,
        num_labels=len(LABELS),
        id2label=names,
        label2id={name: n for n, name in names.items()},
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=options.rate, weight_decay=WEIGHT_DECAY, fused=True
    )
    mean = {name: value.clone() for name, value in model.state_dict().items()}
    done = restore(out / "checkpoint.pt", model, optimiser, mean)
    steps = options.epochs * math.ceil(len(stage.pairs) / options.batch)
    report(out, step=done, steps=steps, pairs=len(stage.pairs))
    started, losses = time.monotonic(), []
    model.train()
    order = batches(stage, options.epochs, options.batch, options.seed)
    for step, pairs in enumerate(order):
        if step < done:
            continue
        for group in optimiser.param_groups:
            group["lr"] = rate(step, steps, options.rate)
        with torch.autocast("cpu", torch.bfloat16):
            encoded = hidden(encode(tokenizer, pairs, stage.max_tokens), tokenizer)
            logits = model(**encoded).logits
        loss = loss_of(logits, pairs)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
        if step % EMA_EVERY == 0:
            decay = min(EMA_DECAY**EMA_EVERY, (step + 1) / (step + 50))
            for name, value in model.state_dict().items():
                if value.is_floating_point():
                    mean[name].lerp_(value, 1 - decay)
        if (step + 1) % 50 == 0:
            speed = (step + 1 - done) * options.batch / (time.monotonic() - started)
            report(out, step=step + 1, loss=round(sum(losses) / len(losses), 4), speed=round(speed))
            losses = []
        if (step + 1) % CHECKPOINT_EVERY == 0:
            save(out / "checkpoint.pt", step + 1, model, optimiser, mean)
        if (step + 1) % options.look_every == 0:
            look(out, step + 1, model, tokenizer, stage, mean)
    save(out / "checkpoint.pt", steps, model, optimiser, mean)
    model.load_state_dict(mean)
    look(out, steps, model, tokenizer, stage, mean)
    model.save_pretrained(out / "model")
    tokenizer.save_pretrained(out / "model")


def look(
    out: Path, step: int, model: Any, tokenizer: Any, stage: Stage, mean: dict[str, Any]
) -> None:
    """Write the macro-F1 of the averaged weights on each development set to the log."""
    own = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(mean)
    scores = {}
    for name, pairs in stage.development.items():
        found = predictions(model, tokenizer, pairs, stage.max_tokens)
        scores[name] = round(macro_f1([pair.label for pair in pairs], found), 4)
    model.load_state_dict(own)
    report(out, step=step, **scores)


def save(path: Path, step: int, model: Any, optimiser: Any, mean: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    state = {"step": step, "model": model.state_dict(), "mean": mean}
    torch.save(state | {"optimiser": optimiser.state_dict()}, part)
    part.replace(path)


def restore(path: Path, model: Any, optimiser: Any, mean: dict[str, Any]) -> int:
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    mean.update(state["mean"])
    return int(state["step"])


def report(out: Path, **values: Any) -> None:
    line = json.dumps({"at": time.strftime("%H:%M:%S")} | values)
    print(line, file=sys.stderr, flush=True)
    with (out / "log.jsonl").open("a") as log:
        log.write(line + "\n")


def average(out: Path, folders: list[Path]) -> None:
    """Write the mean of the weights of several runs from one base."""
    models = [AutoModelForSequenceClassification.from_pretrained(folder) for folder in folders]
    states = [model.state_dict() for model in models]
    for name, value in models[0].state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.stack([state[name] for state in states]).mean(0))
    models[0].save_pretrained(out / "model")
    AutoTokenizer.from_pretrained(folders[0]).save_pretrained(out / "model")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stage", choices=("public", "field", "average"))
    parser.add_argument("models", nargs="*", type=Path, help="for average: folders of models")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path)
    parser.add_argument("--datasets", type=Path, default=Path("../shared/datasets/stance"))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--look-every", type=int, default=2_000)
    parser.add_argument("--replay", type=float, default=0.15, help="public pairs in field training")
    parser.add_argument("--minimal", type=int, default=1, help="times that minimal pairs count")
    options = parser.parse_intermixed_args()
    if options.stage == "average":
        average(options.out, options.models)
        return
    public, public_dev = public_pairs(options.datasets)
    if options.stage == "public":
        train(Stage(public, public_dev, 160, 0.1, 0.0), options)
        return
    field, field_dev = field_pairs()
    field += tuple(pair for pair in field if pair.theme == "minimal") * (options.minimal - 1)
    chance = random.Random(options.seed)
    again = tuple(chance.sample(public, int(len(field) * options.replay)))
    train(Stage(field + again, public_dev | field_dev, 256, 0.15, 0.08), options)


if __name__ == "__main__":
    main()
