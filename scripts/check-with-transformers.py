"""Opens a converted model directory in Python's transformers, and compares its logits with ours on the same features:

    audiozoo classify A.wav B.wav --model DIR --logits logits.npy
    audiozoo features A.wav --model DIR --out A.npy      # and so on
    python scripts/check-with-transformers.py DIR logits.npy A.npy B.npy

Needs torch and transformers. For checking by hand; no test runs it.
"""

import sys

import numpy as np
import torch
from transformers import ASTFeatureExtractor, ASTForAudioClassification

directory, ours, *features = sys.argv[1:]
model, report = ASTForAudioClassification.from_pretrained(directory, output_loading_info=True, dtype=torch.float32)
assert not any(report.values()), report
extractor = ASTFeatureExtractor.from_pretrained(directory)
assert (extractor.max_length, extractor.num_mel_bins) == (model.config.max_length, model.config.num_mel_bins)

# transformers gives the head's norm the encoder's epsilon; official checkpoints have another there.
model.eval().classifier.layernorm.eps = getattr(model.config, "head_layer_norm_eps", model.config.layer_norm_eps)

inputs = torch.from_numpy(np.stack([np.load(file) for file in features]))
with torch.no_grad():
    logits = model(inputs).logits.numpy()
difference = np.abs(logits - np.load(ours)).max()
print(f"largest difference of {logits.shape[0]} × {logits.shape[1]} logits: {difference:.2e}")
sys.exit(0 if difference < 1e-4 else 1)
