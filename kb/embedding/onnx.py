"""The shipped MiniLM, or any folder laid out like it, on onnxruntime.

Of a model folder (kb/model_folder.py) it wants an ONNX file with the inputs `input_ids` and
`attention_mask` and the output `embedding`, already pooled and of length 1, and in model.json its
`dimension`.
"""

from collections.abc import Sequence

import numpy as np

from kb.embedding import Vectors
from kb.errors import ModelError
from kb.model_folder import ModelFolder, batches

# Vectors do not depend on it, memory does: 32 long passages at a time take 130 MB more and are no
# quicker.
BATCH = 8


class OnnxEmbedder:
    """`model` is the name of a shipped model or a folder; the weights load on first use."""

    def __init__(self, model: str, allow_download: bool = False) -> None:
        self._folder = ModelFolder(model)
        try:
            self._dimension = int(self._folder.about["dimension"])
        except (ValueError, KeyError, TypeError) as error:
            raise self._folder.unusable(error) from None

    @property
    def identity(self) -> str:
        return self._folder.identity

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._folder.max_tokens

    def count_tokens(self, text: str) -> int:
        return len(self._folder.tokenizer.encode(text).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        encoded = [encoding.ids for encoding in self._folder.tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(texts), self._dimension), np.float32)
        for positions in batches([len(ids) for ids in encoded], BATCH):
            rows = [encoded[position] for position in positions]
            longest = max(map(len, rows))
            if longest > self.max_tokens:
                raise ModelError(
                    f"a text of {longest} word pieces is longer than the {self.max_tokens} that "
                    f"{self._folder.name} reads; cut it first"
                )
            ids = self._folder.padded(rows)
            mask = self._folder.padded([[1] * len(row) for row in rows])
            (vectors[positions],) = self._folder.session.run(
                ["embedding"], {"input_ids": ids, "attention_mask": mask}
            )
        return vectors
