"""Make the stance model that ships with `kb` out of a trained one, as a small ONNX file.

    python scripts/export_stance.py MODEL [--target FOLDER] [--calibrated FILE]
    python scripts/export_stance.py --check

In:   a folder as scripts/train_stance.py writes it (model.safetensors, config.json, tokenizer.json)
      what scripts/calibrate_stance.py fitted: calibration, threshold (without it: none), and
      data/stance/wordings.json
Out:  kb/models/stance/model.onnx      input_ids, attention_mask, token_type_ids (int64, n x t)
                                       -> logits (float32, n x 3)
      kb/models/stance/tokenizer.json
      kb/models/stance/wordings.json   claims that are read in several wordings
      kb/models/stance/model.json      label order, calibration, canaries, the hashes of the others

Weights are rounded to int8 on disk and computed in float32, as those of the embedding model are and
for the same reason (scripts/export_models.py, whose graph this extends).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import export_models as base
import numpy as np
from export_models import ExportError, Floats, Graph

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "kb" / "models" / "stance"
SHIPPED = (*base.SHIPPED, "wordings.json")
# Of each claim that the model knows, it reads so many paraphrases and as many denials: the more,
# the better (docs/results.md), and the slower.
WORDINGS = 5

# Pairs on which a broken runtime or a wrong label order would show; judged at every load.
CANARIES = [
    {
        "claim": "Co-production takes more time than conventional approaches.",
        "passage": "All eleven managers said that working jointly with patients took far more time "
        "than the usual way of planning a service.",
        "label": "supports",
    },
    {
        "claim": "Power can be shared between professionals and service users in practice.",
        "passage": "Professionals kept all the power and overruled the patients every time.",
        "label": "challenges",
    },
    {
        "claim": "Reminders increase attendance.",
        "passage": "Reminders did not increase attendance.",
        "label": "challenges",
    },
    {
        "claim": "Co-production takes more time than conventional approaches.",
        "passage": "The library lends out books, films and board games, and it is open on Sundays.",
        "label": "neutral",
    },
]


def embed_segments(graph: Graph) -> str:
    """Look up tokens, positions and segments, add and normalise them."""
    value = base.sum_tokens(graph)
    # Segment 0 is in the positions already: only the difference is left to add.
    types = graph.weights["embeddings.token_type_embeddings.weight"]
    steps = graph.store("segments", np.stack([np.zeros_like(types[0]), types[1] - types[0]]))
    segments = graph.op("Gather", steps, "token_type_ids")
    return str(graph.norm(graph.op("Add", value, segments), "embeddings.LayerNorm"))


def classify(graph: Graph, value: str, head: dict[str, Floats]) -> None:
    """Add BERT's pooler on the first token and the classifier, both small, in float32."""
    first = graph.op("Squeeze", graph.op("Gather", value, graph.ints(0), axis=1), graph.ints(1))
    weight = graph.store("pooler.weight", graph.weights["pooler.dense.weight"].T)
    bias = graph.store("pooler.bias", graph.weights["pooler.dense.bias"])
    pooled = graph.op("Tanh", graph.op("Add", graph.op("MatMul", first, weight), bias))
    weight = graph.store("classifier.weight", head["classifier.weight"].T)
    bias = graph.store("classifier.bias", head["classifier.bias"])
    graph.op("Add", graph.op("MatMul", pooled, weight), bias, output="logits")


def build(tensors: dict[str, Floats]) -> bytes:
    """Turn trained weights into the bytes of model.onnx."""
    from onnx import TensorProto, checker, helper

    head = {name: value for name, value in tensors.items() if not name.startswith("bert.")}
    graph = Graph({n.removeprefix("bert."): v for n, v in tensors.items() if n not in head})
    value, bias = embed_segments(graph), base.padding_bias(graph)
    for number in range(base.LAYERS):
        value = base.encoder_layer(graph, value, bias, f"encoder.layer.{number}")
    classify(graph, value, head)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])
    body = helper.make_graph(
        graph.nodes, "stance", inputs, [output], list(graph.constants.values())
    )
    opset = [helper.make_opsetid("", 20)]
    model = helper.make_model(body, opset_imports=opset, ir_version=9, producer_name="kb")
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def export(source: Path, target: Path, calibrated: Path | None) -> None:
    """Build and write the three files; model.json last, as the seal."""
    from safetensors.numpy import load_file

    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    labels = [config["id2label"][str(n)] for n in range(3)]
    model = build(load_file(source / "model.safetensors"))
    if len(model) > base.MAX_BYTES:
        raise ExportError(f"model.onnx would have {len(model)} bytes, more than {base.MAX_BYTES}")
    target.mkdir(parents=True, exist_ok=True)
    (target / "model.onnx").write_bytes(model)
    (target / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    (target / "wordings.json").write_text(wordings(), encoding="utf-8", newline="\n")
    plain = {"temperature": 1.0, "bias": dict.fromkeys(labels, 0.0)}
    fitted: dict[str, Any] = {
        "calibration": {"known": plain, "other": plain},
        "threshold": 0.9,
    }
    if calibrated:
        fitted |= json.loads(calibrated.read_text(encoding="utf-8"))
    card = {
        "name": "kb-stance",
        "licence": "Apache-2.0",
        "labels": labels,
        "max_tokens": base.MAX_TOKENS,
        "pad_to_multiple_of": base.PAD_TO_MULTIPLE_OF,
        "weights": "int8",
        "compute": "float32",
        **fitted,
        "canaries": CANARIES,
        "sha256": {name: base.sha256_of(target / name) for name in SHIPPED},
    }
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (target / "model.json").write_text(text, encoding="utf-8", newline="\n")


def wordings() -> str:
    """The claims in the wordings that are read, as JSON."""
    written = json.loads((ROOT / "data/stance/wordings.json").read_text(encoding="utf-8"))
    known = [
        {"statement": words["statement"]}
        | {kind: words[kind][:WORDINGS] for kind in ("same", "opposite")}
        for words in written.values()
    ]
    return json.dumps(known, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Export, or check the hashes of what ships; an error is one line and exit code 1."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", help="folder of the trained model")
    parser.add_argument("--target", type=Path, default=TARGET)
    parser.add_argument("--calibrated", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="only verify the shipped hashes")
    options = parser.parse_args()
    try:
        if not options.check:
            if options.model is None:
                raise ExportError("name the folder of a trained model, or say --check")
            export(options.model, options.target, options.calibrated)
        base.check_shipped(options.target, SHIPPED)
    except ExportError as error:
        print(f"export_stance: {error}", file=sys.stderr)
        return 1
    print(f"{options.target}: hashes match model.json", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
