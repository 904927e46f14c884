"""What Python needs of a model that `audiozoo export --input waveform` wrote, beside its config.json:

    audiozoo export --model DIR --out model.onnx --input waveform
    python scripts/classify-with-onnxruntime.py model.onnx DIR/config.json A.wav

The clip is of one channel at the model's rate. Needs onnxruntime and soundfile. For checking by hand; no test runs it.
"""

import json
import sys

import numpy
import onnxruntime
import soundfile

graph, config, file = sys.argv[1:]
sound, _ = soundfile.read(file, dtype="float32")
session = onnxruntime.InferenceSession(graph)
width = session.get_inputs()[0].shape[1]
row = numpy.zeros((1, len(sound) if isinstance(width, str) else width), "float32")
row[0, : len(sound)] = sound[: row.shape[1]]
(logits,) = session.run(["logits"], {"samples": row, "lengths": numpy.float32([min(len(sound), row.shape[1])])})
print(json.load(open(config))["id2label"][str(logits.argmax())])
