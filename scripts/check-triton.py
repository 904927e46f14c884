"""Reads a model of a Triton repository as Triton does, and compares its logits with ours:

    audiozoo classify A.wav B.wav --model DIR --logits logits.npy
    audiozoo export --model DIR --for triton --out REPOSITORY
    python scripts/check-triton.py REPOSITORY/NAME logits.npy A.wav B.wav

The clips are of one channel at the model's rate, as Triton's clients have to make them (`ffmpeg -i IN -ac 1 -ar 16000 A.wav`).
config.pbtxt is parsed by the schema of Triton's client, the graph run by onnxruntime with what the config names, a clip at a time
and, where they are padded to one length, all together. Needs tritonclient[grpc], onnxruntime and soundfile. For checking by hand; no
test runs it, and it starts no server.
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

folder, ours = Path(sys.argv[1]), np.load(sys.argv[2])
clips, rates = zip(*(soundfile.read(file, dtype="float32") for file in sys.argv[3:]))

config = text_format.Parse((folder / "config.pbtxt").read_text(), ModelConfig())
assert config.name == folder.name and config.backend == "onnxruntime" and config.max_batch_size > 0
file = folder / "1" / "model.onnx"
session = onnxruntime.InferenceSession(file / "model.onnx" if file.is_dir() else file)

assert {str(rate) for rate in rates} == {config.parameters["sample_rate"].string_value}

# What Triton's onnxruntime backend compares when it loads a model: names, dtypes, and shapes behind the batch.
dtypes = {"tensor(float)": "TYPE_FP32", "tensor(int64)": "TYPE_INT64"}
tensors = {each.name: each for each in [*session.get_inputs(), *session.get_outputs()]}
assert {each.name for each in config.input} == {each.name for each in session.get_inputs()}
for port in [*config.input, *config.output]:
    tensor = tensors[port.name]
    dims = port.reshape.shape if port.HasField("reshape") else port.dims
    assert isinstance(tensor.shape[0], str), "the batch is open"
    assert list(dims) == [-1 if isinstance(size, str) else size for size in tensor.shape[1:]], port.name
    assert dtypes[tensor.type] == type(config).DESCRIPTOR.file.enum_types_by_name["DataType"].values_by_number[port.data_type].name

width = next(port.dims[0] for port in config.input if port.name == "samples")


def logits(batch):
    row = width if width > 0 else max(map(len, batch))
    samples = np.zeros((len(batch), row), "float32")
    for place, clip in zip(samples, batch):
        place[: len(clip)] = clip[:row]
    lengths = np.float32([min(len(clip), row) for clip in batch])
    return session.run(["logits"], {"samples": samples, "lengths": lengths})[0]


label_file = next(port.label_filename for port in config.output if port.name == "logits")
labels = (folder / label_file).read_text().splitlines()
alone = np.concatenate([logits([clip]) for clip in clips])
assert len(labels) == alone.shape[1]
assert (alone.argmax(axis=1) == ours.argmax(axis=1)).all()
print(f"{config.name}: {', '.join(labels[index] for index in alone.argmax(axis=1))}")
difference = np.abs(alone - ours).max()
print(f"largest difference of {alone.shape[0]} × {alone.shape[1]} logits: {difference:.1e}")
if width > 0:
    print(f"of the clips in one batch: {np.abs(logits(clips) - ours).max():.1e}")
print({each: config.parameters[each].string_value for each in sorted(config.parameters)})
sys.exit(0 if difference < 1e-3 else 1)
