"""The shipped stance model, or any folder laid out like it, on onnxruntime.

Of a model folder (kb/model_folder.py) it wants an ONNX file with the inputs `input_ids`,
`attention_mask` and `token_type_ids` and the output `logits`, and in model.json the `labels` in the
order of the logits, the `temperature` and `bias` that calibrate them, the `threshold` for showing a
side, and `canaries`: pairs with the label they must get, judged before anything else is.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from kb.errors import ModelError
from kb.judging import STANCES, Pair, Probabilities, softmax
from kb.model_folder import ModelFolder, batches
from kb.records import Stance

BATCH = 16


class OnnxJudge:
    """`model` is the name of a shipped model or a folder; the weights load on first use."""

    calibrated = True

    def __init__(self, model: str) -> None:
        self._folder = ModelFolder(model)
        try:
            about = self._folder.about
            labels = [str(label) for label in about["labels"]]
            self._columns = [labels.index(stance) for stance in STANCES]
            self._temperature = float(about["temperature"])
            self._bias = np.array([float(about["bias"][stance]) for stance in STANCES])
            self._threshold = float(about["threshold"])
            self._canaries = [
                (str(canary["claim"]), str(canary["passage"]), Stance(canary["label"]))
                for canary in about["canaries"]
            ]
            if not self._temperature > 0:
                raise ValueError(f"temperature {self._temperature}")
        except (ValueError, KeyError, TypeError) as error:
            raise self._folder.unusable(error) from None

    @cached_property
    def identity(self) -> str:
        """Name and hashes of the files, and what calibrates them."""
        fitted = [self._temperature, *self._bias.tolist(), *self._columns, self._folder.max_tokens]
        return f"{self._folder.identity}/{','.join(f'{value:g}' for value in fitted)}"

    @property
    def threshold(self) -> float:
        return self._threshold

    @cached_property
    def _session(self) -> Any:
        """The session, once its canaries were judged rightly."""
        session = self._folder.session
        found = self._run(session, [(claim, passage) for claim, passage, _ in self._canaries])
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

    def probabilities(self, pairs: Sequence[Pair]) -> Probabilities:
        return self._run(self._session, pairs)

    def _run(self, session: Any, pairs: Sequence[Pair]) -> Probabilities:
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
        return softmax((logits[:, self._columns] + self._bias) / self._temperature)

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
