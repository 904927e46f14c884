"""Hugging Face's AST in PyTorch on the CPU, as pytorch.mjs drives it: a line in, what to do; a line of JSON out.

Usage: python pytorch.py DIRECTORY THREADS SAMPLES, the samples as float32 on the standard input first.
"""

import json
import resource
import sys

import numpy
import torch
from transformers import ASTFeatureExtractor, ASTForAudioClassification


def main() -> None:
    directory, threads, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    samples = numpy.frombuffer(sys.stdin.buffer.read(4 * count), dtype=numpy.float32)
    extractor = ASTFeatureExtractor.from_pretrained(directory)
    model = ASTForAudioClassification.from_pretrained(directory, attn_implementation="sdpa").eval()

    def features(batch: int = 1) -> torch.Tensor:
        return extractor([samples] * batch, sampling_rate=16000, return_tensors="pt").input_values

    def classify(batch: int) -> None:
        model(features(batch)).logits.sigmoid().topk(5)

    tasks = {
        "features": lambda batch: features() is None,
        "classify": classify,
        "logits": lambda batch: model(features()).logits[0].tolist(),
        "peakBytes": lambda batch: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print("true", flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            task, batch = line.split()
            print(json.dumps(tasks[task](int(batch))), flush=True)


if __name__ == "__main__":
    main()
