"""A folder with a model that ships, or one like it: model.json, model.onnx, tokenizer.json.

model.json has name, max_tokens and the SHA-256 of the others, which are checked before any of them
is used, and whatever else the part that runs the model wants to know. `pad_to_multiple_of` is the
padding with which a text's result is the same, to the bit, whatever else is in its batch.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.errors import ModelError

SHIPPED = Path(__file__).parent / "models"


class ModelFolder:
    """`model` is the name of a shipped model or a folder; weights and tokenizer load on first use.
    Raises ModelError when the folder has no usable model.json."""

    def __init__(self, model: str) -> None:
        shipped = SHIPPED / model
        ships = model.isidentifier() and (shipped / "model.json").is_file()
        self.path = shipped if ships else Path(model).expanduser()
        try:
            self.about: dict[str, Any] = json.loads((self.path / "model.json").read_text("utf-8"))
            self._hashes: dict[str, str] = dict(self.about["sha256"])
            self.name = str(self.about["name"])
            self.max_tokens = int(self.about["max_tokens"])
            self._pad_to = max(1, int(self.about.get("pad_to_multiple_of", 1)))
        except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
            raise self.unusable(error) from None

    def unusable(self, error: Exception) -> ModelError:
        """The error that model.json does not say what it must."""
        shipped = ", ".join(sorted(path.parent.name for path in SHIPPED.glob("*/model.json")))
        return ModelError(
            f"model '{self.path.name}': no usable model.json in {self.path} ({error}); shipped "
            f"models are: {shipped}"
        )

    @property
    def identity(self) -> str:
        """Name and hashes: changes whenever the results could."""
        names = ("model.onnx", "tokenizer.json", *sorted(self._hashes))
        hashes = (self._hashes.get(name, "")[:12] for name in dict.fromkeys(names))
        return f"onnx:{self.name}@{'-'.join(hashes)}"

    @property
    def files(self) -> list[str]:
        """Names of those that have a hash."""
        return sorted(self._hashes)

    @cached_property
    def tokenizer(self) -> Any:
        """The model's tokenizer; it neither cuts nor pads."""
        from tokenizers import Tokenizer

        content = self.content("tokenizer.json")
        try:
            tokenizer = Tokenizer.from_str(content.decode())
        except Exception as error:  # of a class of its own
            raise self._no_model("tokenizer.json", error) from None
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def session(self) -> Any:
        """An onnxruntime session on the processor."""
        # Since 1.25 or so its official builds report usage to Microsoft unless told not to before
        # they start: by these variables on Linux and macOS, by the call on Windows.
        os.environ["ORT_DISABLE_TELEMETRY"] = os.environ["ORT_TELEMETRY_DISABLED"] = "1"
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        onnxruntime.set_default_logger_severity(3)  # warnings on stderr are not for users
        content = self.content("model.onnx")
        try:
            return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        except Exception as error:  # of a class of its own
            raise self._no_model("model.onnx", error) from None

    def content(self, name: str) -> bytes:
        """One of its files. Raises ModelError unless it has the hash that model.json gives."""
        try:
            content = (self.path / name).read_bytes()
        except OSError as error:
            raise ModelError(
                f"{self.path / name}: cannot be read ({error.strerror}); install kb again"
            ) from None
        if hashlib.sha256(content).hexdigest() != self._hashes.get(name):
            raise ModelError(
                f"{self.path / name}: not the file it should be (its SHA-256 differs from "
                "model.json); install kb again"
            )
        return content

    def _no_model(self, name: str, error: Exception) -> ModelError:
        reason = " ".join(str(error).split())[:120]
        return ModelError(
            f"{self.path / name}: is no model that can be run ({reason}); install kb again, or "
            "name another model in kb.toml"
        )

    def padded(self, rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        """(n, width) with zeros after each row, the width a multiple of `pad_to_multiple_of`."""
        width = -(-max(map(len, rows)) // self._pad_to) * self._pad_to
        table = np.zeros((len(rows), width), np.int64)
        for place, row in enumerate(rows):
            table[place, : len(row)] = row
        return table


def batches(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Positions of texts in batches of `size`, texts of like length together: less padding."""
    order = sorted(range(len(lengths)), key=lambda position: (lengths[position], position))
    return [order[start : start + size] for start in range(0, len(order), size)]
