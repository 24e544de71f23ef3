"""Any sentence-transformers CrossEncoder with three labels, by local folder; needs `[models]`.

Its probabilities are the softmax of its logits: nobody has calibrated them here. Nothing is
downloaded, and no code that comes with a model is run.
"""

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kb.errors import ModelError
from kb.judging import STANCES, Pair, Probabilities, softmax
from kb.records import Stance

# What older models have for weights, .bin, is a pickle: such a file is not opened.
_NO_PICKLE = {"use_safetensors": True}
_NAMES = {
    "supports": Stance.SUPPORTS,
    "entailment": Stance.SUPPORTS,
    "challenges": Stance.CHALLENGES,
    "refutes": Stance.CHALLENGES,
    "contradiction": Stance.CHALLENGES,
    "neutral": Stance.NEUTRAL,
}


class TransformerJudge:
    """Wraps `sentence_transformers.CrossEncoder` on the CPU. The labels are read from the model's
    own configuration: supports, challenges, neutral or the words of inference models."""

    calibrated = False
    threshold = 0.9

    def __init__(self, model: str) -> None:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise ModelError(
                "judge 'transformer' needs sentence-transformers; install it with "
                "pip install 'evidence-kb[models]', or set judge = \"onnx\" in kb.toml"
            )
        self._path = Path(model).expanduser()

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import CrossEncoder

        try:
            return CrossEncoder(
                str(self._path),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs=_NO_PICKLE,
            )
        except Exception as error:  # its loaders raise a dozen kinds
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise ModelError(
                f"model '{self._path}' cannot be loaded ({reason}); give the folder of a "
                "CrossEncoder under [judging] in kb.toml"
            ) from None

    @cached_property
    def _columns(self) -> list[int]:
        names = {int(n): str(name).lower() for n, name in self._model.config.id2label.items()}
        columns = {_NAMES.get(name): n for n, name in names.items()}
        missing = [stance for stance in STANCES if stance not in columns]
        if missing:
            raise ModelError(
                f"model '{self._path}': its labels are {', '.join(names.values())}; a judge needs "
                "supports, challenges, neutral (or entailment, contradiction, neutral)"
            )
        return [columns[stance] for stance in STANCES]

    @cached_property
    def identity(self) -> str:
        """Name and a digest of the weights, so that a retrained model is another model."""
        digest = hashlib.sha256()
        for name, weights in sorted(self._model.model.state_dict().items()):
            digest.update(name.encode())
            digest.update(weights.contiguous().float().numpy().tobytes())
        return f"transformer:{self._path.name}@{digest.hexdigest()[:12]}"

    def probabilities(self, pairs: Sequence[Pair], *, thorough: bool = True) -> Probabilities:
        if not pairs:
            return np.empty((0, len(STANCES)))
        logits = self._model.predict(
            [(passage, claim) for claim, passage in pairs],
            activation_fn=_as_it_is(),
            show_progress_bar=False,
        )
        return softmax(np.asarray(logits, np.float32)[:, self._columns])


def _as_it_is() -> Any:
    from torch.nn import Identity

    return Identity()
