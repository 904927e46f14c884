"""Gives transformers.js its graphs of a model directory, as its own conversion makes them.

Usage: python export-peer.py DIRECTORY

Writes into DIRECTORY/onnx:
  model.onnx            float32, straight out of PyTorch's exporter: opset 14, LayerNorm and GELU decomposed
  model_int8.onnx       8-bit weights by onnxruntime's dynamic quantization with the settings of
  model_uint8.onnx      transformers.js' convert and quantize scripts: per channel, reduced range, a constant
  model_quantized.onnx  second operand only. `quantized` (its dtype "q8", its default elsewhere) is unsigned
                        where the graph has a convolution, as AST's patch embedding is.
"""

import sys
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import ASTForAudioClassification

OPSET = 14


class Logits(torch.nn.Module):
    """The exporter wants a tensor out, not transformers' output record."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_values):
        return self.model(input_values).logits


def export_float32(directory: Path, target: Path) -> None:
    model, loading = ASTForAudioClassification.from_pretrained(
        directory, attn_implementation="eager", output_loading_info=True
    )
    if any(loading.values()):
        raise SystemExit(f"The weights do not fit transformers' AST: {loading}")
    config = model.config
    with torch.inference_mode():
        torch.onnx.export(
            Logits(model.eval()),
            (torch.zeros(1, config.max_length, config.num_mel_bins),),
            target,
            dynamo=False,
            opset_version=OPSET,
            do_constant_folding=True,
            input_names=["input_values"],
            output_names=["logits"],
            dynamic_axes={"input_values": {0: "batch_size"}, "logits": {0: "batch_size"}},
        )


def quantize(source: Path, target: Path, weight_type: QuantType) -> None:
    quantize_dynamic(
        source,
        target,
        per_channel=True,
        reduce_range=True,
        weight_type=weight_type,
        extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True},
    )


def write(target: Path, make) -> None:
    """Whole or not at all, and once: what is there already stays."""
    if target.exists():
        return
    unfinished = target.with_suffix(".unfinished")
    make(unfinished)
    unfinished.rename(target)
    print(f"{target}: {target.stat().st_size / 2**20:.0f} MiB")


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    directory = Path(sys.argv[1])
    folder = directory / "onnx"
    folder.mkdir(exist_ok=True)
    float32 = folder / "model.onnx"
    write(float32, lambda target: export_float32(directory, target))
    operators = {node.op_type for node in onnx.load(float32).graph.node}
    automatic = QuantType.QUInt8 if "Conv" in operators else QuantType.QInt8
    for suffix, weight_type in [("int8", QuantType.QInt8), ("uint8", QuantType.QUInt8), ("quantized", automatic)]:
        write(folder / f"model_{suffix}.onnx", lambda target: quantize(float32, target, weight_type))


if __name__ == "__main__":
    main()
