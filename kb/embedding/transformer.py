"""Any sentence-transformers model, by local folder or public name; needs the extra `[models]`.

Nothing is downloaded unless kb.toml says `allow_download = true`, and no code that comes with a
model is run.
"""

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from kb.embedding import Vectors
from kb.errors import ModelError

# What older models have for weights, .bin, is a pickle: such a file is not opened.
_NO_PICKLE = {"use_safetensors": True}


class TransformerEmbedder:
    """Wraps `sentence_transformers.SentenceTransformer` on the CPU."""

    def __init__(self, model: str, allow_download: bool) -> None:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise ModelError(
                "embedder 'transformer' needs sentence-transformers; install it with "
                "pip install 'evidence-kb[models]', or set embedder = \"onnx\" in kb.toml"
            )
        self._name = model
        self._allow_download = allow_download

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(
                self._name,
                device="cpu",
                local_files_only=not self._allow_download,
                trust_remote_code=False,
                model_kwargs=_NO_PICKLE,
            )
        except Exception as error:  # its loaders raise a dozen kinds
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise ModelError(
                f"model '{self._name}' cannot be loaded ({reason}); give the folder of a "
                "sentence-transformers model, or set allow_download = true in kb.toml"
            ) from None

    @cached_property
    def identity(self) -> str:
        """Name and a digest of the weights, so that a retrained model is another model."""
        digest = hashlib.sha256()
        for name, weights in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(weights.contiguous().numpy().tobytes())
        return f"transformer:{self._name}@{digest.hexdigest()[:12]}"

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        return int(self._model.max_seq_length)

    def count_tokens(self, text: str) -> int:
        encoded = self._model.tokenizer(text, truncation=False, verbose=False)
        return len(encoded["input_ids"])

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)
