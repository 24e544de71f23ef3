"""The shipped stance model, or any folder laid out like it, on onnxruntime.

Of a model folder (kb/model_folder.py) it wants an ONNX file with the inputs `input_ids`,
`attention_mask` and `token_type_ids` and the output `logits`, and in model.json the `labels` in the
order of the logits, the calibrations, the `threshold` for showing a side, and `canaries`: pairs
with the label they must get, judged before anything else is.

wordings.json holds claims that the model knows, each with paraphrases ("same") and denials
("opposite"). A passage is read against all of them and the readings are averaged, those of denials
with the sides turned round: a small model's errors depend much on the words of a claim. Other
claims are read as they stand. `calibration` has a temperature and biases for both kinds, since a
mean over many readings errs less than one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.errors import ModelError
from kb.judging import STANCES, Pair, Probabilities, softmax
from kb.model_folder import ModelFolder, batches
from kb.records import Stance

BATCH = 16
SIDES = {Stance.SUPPORTS: Stance.CHALLENGES, Stance.CHALLENGES: Stance.SUPPORTS}
TURNED = [STANCES.index(SIDES.get(stance, stance)) for stance in STANCES]


@dataclass(frozen=True, slots=True)
class Calibration:
    """From mean log-probabilities to probabilities: (values + bias) / temperature."""

    temperature: float
    bias: tuple[float, ...]

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Calibration":
        """Raises KeyError, TypeError or ValueError when `said` is none."""
        temperature = float(said["temperature"])
        if not temperature > 0:
            raise ValueError(f"temperature {temperature}")
        return cls(temperature, tuple(float(said["bias"][stance]) for stance in STANCES))


class OnnxJudge:
    """`model` is the name of a shipped model or a folder; the weights load on first use."""

    calibrated = True

    def __init__(self, model: str) -> None:
        self._folder = ModelFolder(model)
        try:
            about = self._folder.about
            labels = [str(label) for label in about["labels"]]
            self._columns = [labels.index(stance) for stance in STANCES]
            self._calibrations = tuple(
                Calibration.of(about["calibration"][kind]) for kind in ("other", "known")
            )
            self._threshold = float(about["threshold"])
            self._canaries = [
                (str(canary["claim"]), str(canary["passage"]), Stance(canary["label"]))
                for canary in about["canaries"]
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise self._folder.unusable(error) from None

    @cached_property
    def identity(self) -> str:
        """Name and hashes of the files, and what calibrates them."""
        fitted = [value for c in self._calibrations for value in (c.temperature, *c.bias)]
        fitted += [*self._columns, self._folder.max_tokens]
        return f"{self._folder.identity}/{','.join(f'{value:g}' for value in fitted)}"

    @property
    def threshold(self) -> float:
        return self._threshold

    @cached_property
    def _session(self) -> Any:
        """The session, once its canaries were judged rightly."""
        session = self._folder.session
        found = self._run(session, [(claim, text) for claim, text, _ in self._canaries], {})
        for (_, _, label), row in zip(self._canaries, found, strict=True):
            stance = STANCES[int(row.argmax())]
            if stance is not label:
                raise ModelError(
                    f"{self._folder.path / 'model.onnx'}: judges a passage of known stance as "
                    f"{stance}, not {label}; it does not run rightly on this machine, "
                    'so nothing is judged with it: report this, or set judge = "none" under '
                    "[judging] in kb.toml"
                )
        return session

    @cached_property
    def _wordings(self) -> dict[str, list[tuple[str, bool]]]:
        """By claim in its plainest spelling: how else to read it, and whether that denies it."""
        if "wordings.json" not in self._folder.about["sha256"]:
            return {}
        try:
            said = json.loads(self._folder.content("wordings.json"))
            return {
                _plain(entry["statement"]): [
                    *((str(text), False) for text in entry["same"]),
                    *((str(text), True) for text in entry["opposite"]),
                ]
                for entry in said
            }
        except (ValueError, KeyError, TypeError) as error:
            raise self._folder.unusable(error) from None

    def probabilities(self, pairs: Sequence[Pair], *, thorough: bool = True) -> Probabilities:
        return self._run(self._session, pairs, self._wordings if thorough else {})

    def _run(
        self, session: Any, pairs: Sequence[Pair], wordings: dict[str, list[tuple[str, bool]]]
    ) -> Probabilities:
        if not pairs:
            return np.empty((0, len(STANCES)))
        others = [wordings.get(_plain(claim), []) for claim, _ in pairs]
        read = [
            (wording, passage, denied)
            for (claim, passage), also in zip(pairs, others, strict=True)
            for wording, denied in [(claim, False), *also]
        ]
        said = _log_softmax(self._logits(session, [(claim, text) for claim, text, _ in read]))
        denials = [denied for _, _, denied in read]
        said[denials] = said[denials][:, TURNED]
        counts = [1 + len(also) for also in others]
        starts = [0, *accumulate(counts)][:-1]
        means = np.add.reduceat(said, starts) / np.array(counts)[:, None]
        fits = [self._calibrations[bool(also)] for also in others]
        bias = np.array([fit.bias for fit in fits])
        return softmax((means + bias) / np.array([fit.temperature for fit in fits])[:, None])

    def _logits(self, session: Any, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """(n, 3) in the order of STANCES."""
        encoded = [self._encoded(claim, passage) for claim, passage in pairs]
        logits = np.empty((len(pairs), len(STANCES)), np.float32)
        for positions in batches([len(ids) for ids, _ in encoded], BATCH):
            rows = [encoded[position] for position in positions]
            inputs = {
                "input_ids": self._folder.padded([ids for ids, _ in rows]),
                "attention_mask": self._folder.padded([[1] * len(ids) for ids, _ in rows]),
                "token_type_ids": self._folder.padded([types for _, types in rows]),
            }
            (logits[positions],) = session.run(["logits"], inputs)
        return logits[:, self._columns].astype(np.float64)

    def _encoded(self, claim: str, passage: str) -> tuple[list[int], list[int]]:
        """Word pieces and segments: the passage, as much of it as fits, then the claim."""
        tokenizer = self._folder.tokenizer
        start, *said, end = tokenizer.encode(passage).ids
        _, *asked, _ = tokenizer.encode(claim).ids
        room = self._folder.max_tokens - 3
        asked = asked[: max(room // 2, room - len(said))]
        said = said[: room - len(asked)]
        ids = [start, *said, end, *asked, end]
        return ids, [0] * (len(said) + 2) + [1] * (len(asked) + 1)


def _plain(claim: str) -> str:
    return " ".join(claim.split()).rstrip(".").casefold()


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
