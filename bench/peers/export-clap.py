"""Gives transformers.js its graph of a CLAP's tower of sound, straight out of PyTorch's exporter, as export-peer.py does.

Usage: python export-clap.py DIRECTORY    writes DIRECTORY/onnx/audio_model.onnx
"""

import sys
from pathlib import Path

import torch
from transformers import ClapAudioModelWithProjection

OPSET = 14


class Embeddings(torch.nn.Module):
    """The exporter wants a tensor out, not transformers' output record."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_features):
        return self.model(input_features=input_features).audio_embeds


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    directory = Path(sys.argv[1])
    target = directory / "onnx/audio_model.onnx"
    target.parent.mkdir(exist_ok=True)
    unfinished = target.with_suffix(".unfinished")
    model = ClapAudioModelWithProjection.from_pretrained(directory, attn_implementation="eager")
    with torch.inference_mode():
        torch.onnx.export(
            Embeddings(model.eval()),
            (torch.zeros(1, 1, 1001, 64),),
            unfinished,
            dynamo=False,
            opset_version=OPSET,
            do_constant_folding=True,
            input_names=["input_features"],
            output_names=["audio_embeds"],
        )
    unfinished.rename(target)


if __name__ == "__main__":
    main()
