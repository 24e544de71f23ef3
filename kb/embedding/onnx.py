"""The shipped MiniLM, or any folder laid out like it, on onnxruntime.

A model folder holds model.onnx (inputs `input_ids` and `attention_mask`, output `embedding`,
already pooled and of length 1), tokenizer.json, and model.json with name, dimension, max_tokens and
the SHA-256 of the other two, which are checked before either is used. `pad_to_multiple_of` there
is the padding with which a text's vector is the same, to the bit, whatever else is in its batch.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kb.embedding import Vectors, batches
from kb.errors import ModelError

SHIPPED = Path(__file__).parent.parent / "models"
BATCH = 32


class OnnxEmbedder:
    """`model` is the name of a shipped model or a folder; the weights load on first use."""

    def __init__(self, model: str, allow_download: bool = False) -> None:
        shipped = SHIPPED / model
        self._folder = shipped if (shipped / "model.json").is_file() else Path(model).expanduser()
        try:
            about: dict[str, Any] = json.loads((self._folder / "model.json").read_text("utf-8"))
            self._hashes: dict[str, str] = dict(about["sha256"])
            self._name = str(about["name"])
            self._dimension = int(about["dimension"])
            self._max_tokens = int(about["max_tokens"])
            self._pad_to = int(about.get("pad_to_multiple_of", 1))
        except (OSError, ValueError, KeyError, TypeError) as error:
            shipped_names = ", ".join(sorted(p.parent.name for p in SHIPPED.glob("*/model.json")))
            raise ModelError(
                f"model '{model}': no usable model.json in {self._folder} ({error}); shipped "
                f"models are: {shipped_names}"
            ) from None

    @property
    def identity(self) -> str:
        hashes = (self._hashes.get(name, "")[:12] for name in ("model.onnx", "tokenizer.json"))
        return f"onnx:{self._name}@{'-'.join(hashes)}"

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self._checked("tokenizer.json").decode())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        # Since 1.25 or so its official builds report usage to Microsoft unless told not to before
        # they start: by these variables on Linux and macOS, by the call on Windows.
        os.environ["ORT_DISABLE_TELEMETRY"] = os.environ["ORT_TELEMETRY_DISABLED"] = "1"
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        onnxruntime.set_default_logger_severity(3)  # warnings on stderr are not for users
        return onnxruntime.InferenceSession(
            self._checked("model.onnx"), providers=["CPUExecutionProvider"]
        )

    def _checked(self, name: str) -> bytes:
        try:
            content = (self._folder / name).read_bytes()
        except OSError as error:
            raise ModelError(
                f"{self._folder / name}: cannot be read ({error.strerror}); install kb again"
            ) from None
        if hashlib.sha256(content).hexdigest() != self._hashes.get(name):
            raise ModelError(
                f"{self._folder / name}: not the file it should be (its SHA-256 differs from "
                "model.json); install kb again"
            )
        return content

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(texts), self._dimension), np.float32)
        for positions in batches([len(ids) for ids in encoded], BATCH):
            longest = max(len(encoded[position]) for position in positions)
            if longest > self._max_tokens:
                raise ModelError(
                    f"a text of {longest} word pieces is longer than the {self._max_tokens} that "
                    f"{self._name} reads; cut it first"
                )
            width = -(-longest // self._pad_to) * self._pad_to
            ids = np.zeros((len(positions), width), np.int64)
            mask = np.zeros_like(ids)
            for row, position in enumerate(positions):
                ids[row, : len(encoded[position])] = encoded[position]
                mask[row, : len(encoded[position])] = 1
            (vectors[positions],) = self._session.run(
                ["embedding"], {"input_ids": ids, "attention_mask": mask}
            )
        return vectors
