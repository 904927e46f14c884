"""CED-tiny, mn10 and CLAP's audio tower in eager PyTorch, with the features of torchaudio or of Hugging Face's extractor.

Usage: python zoo.py make NAME FILE       random weights, under the names that the authors' checkpoints have
       python zoo.py NAME FILE THREADS SAMPLES, the samples as float32 on the standard input first

NAME is ced-tiny, mn10 or clap. The second form is driven by pytorch.mjs: a line in, what to do; a line of JSON out.
Where the authors' code does more than the mathematics asks for (mel banks made anew for each clip, squeeze-and-excitation
stacked for a maximum over one), it is left out: so the peer is somewhat faster than theirs.
"""

import json
import resource
import sys

import numpy
import torch
import torchaudio
from torch import nn
from torch.nn.functional import gelu, pad, scaled_dot_product_attention
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

SECONDS = 10


class CedBlock(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "proj": nn.Linear(width, width)})
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # [B, N, D]
        batch, tokens, width = x.shape
        qkv = self.attn["qkv"](self.norm1(x)).view(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(batch, tokens, width)
        x = x + self.attn["proj"](mixed)
        return x + self.mlp["fc2"](gelu(self.mlp["fc1"](self.norm2(x))))


class CedTiny(nn.Module):
    sampling_rate = 16000

    def __init__(self, width: int = 192, heads: int = 3, depth: int = 12, frames: int = 1012, classes: int = 527):
        super().__init__()
        self.init_bn = nn.Sequential(nn.Identity(), nn.BatchNorm2d(64))
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(1, width, 16, 16)})
        self.time_pos_embed = nn.Parameter(torch.randn(1, width, 1, frames // 16) * 0.1)
        self.freq_pos_embed = nn.Parameter(torch.randn(1, width, 4, 1) * 0.1)
        self.blocks = nn.Sequential(*(CedBlock(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.outputlayer = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, classes))
        self.front_end = [
            torchaudio.transforms.MelSpectrogram(16000, n_fft=512, hop_length=160, n_mels=64),
            torchaudio.transforms.AmplitudeToDB(top_db=120),
        ]

    def features(self, samples: numpy.ndarray) -> torch.Tensor:
        mel, decibels = self.front_end
        return decibels(mel(torch.from_numpy(samples)[None]))[:, None]  # [1, 1, 64, frames]

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        normalized = self.init_bn(features.transpose(1, 2)).transpose(1, 2)
        grid = self.patch_embed["proj"](normalized)
        grid = grid + self.time_pos_embed[..., : grid.shape[-1]] + self.freq_pos_embed
        return self.outputlayer(self.norm(self.blocks(grid.flatten(2).transpose(1, 2))).mean(1))


# kernel, expanded, out, squeeze-and-excitation, stride
MN_BLOCKS = [
    (3, 16, 16, False, 1), (3, 64, 24, False, 2), (3, 72, 24, False, 1), (5, 72, 40, True, 2), (5, 120, 40, True, 1),
    (5, 120, 40, True, 1), (3, 240, 80, False, 2), (3, 200, 80, False, 1), (3, 184, 80, False, 1),
    (3, 184, 80, False, 1), (3, 480, 112, True, 1), (3, 672, 112, True, 1), (5, 672, 160, True, 2),
    (5, 960, 160, True, 1), (5, 960, 160, True, 1),
]  # fmt: skip


def convolution(inputs, outputs, kernel, stride=1, groups=1, activation=None):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3),
    ]
    return nn.Sequential(*layers, *([activation()] if activation else []))


class Squeeze(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        squeezed = (channels // 4 + 4) // 8 * 8
        squeezed += 8 if squeezed < 0.9 * (channels // 4) else 0
        layers = nn.ModuleDict({"fc1": nn.Linear(channels, squeezed), "fc2": nn.Linear(squeezed, channels)})
        self.conc_se_layers = nn.ModuleList([layers])

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # [B, C, H, W]
        layers = self.conc_se_layers[0]
        gates = layers["fc2"](layers["fc1"](x.mean((2, 3))).relu()).sigmoid()
        return x * gates[:, :, None, None]


class InvertedResidual(nn.Module):
    def __init__(self, inputs, kernel, expanded, outputs, squeeze, stride, activation):
        super().__init__()
        self.residual = stride == 1 and inputs == outputs
        expand = [convolution(inputs, expanded, 1, activation=activation)] if expanded != inputs else []
        self.block = nn.Sequential(
            *expand,
            convolution(expanded, expanded, kernel, stride, expanded, activation),
            *([Squeeze(expanded)] if squeeze else []),
            convolution(expanded, outputs, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.block(x) if self.residual else self.block(x)


class Mn10(nn.Module):
    sampling_rate = 32000

    def __init__(self, classes: int = 527):
        super().__init__()
        layers, inputs = [convolution(1, 16, 3, 2, activation=nn.Hardswish)], 16
        for index, (kernel, expanded, outputs, squeeze, stride) in enumerate(MN_BLOCKS):
            activation = nn.ReLU if index < 6 else nn.Hardswish
            layers.append(InvertedResidual(inputs, kernel, expanded, outputs, squeeze, stride, activation))
            inputs = outputs
        self.features_ = nn.Sequential(*layers, convolution(inputs, 6 * inputs, 1, activation=nn.Hardswish))
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(960, 1280), nn.Hardswish(), nn.Dropout(), nn.Linear(1280, classes)
        )
        self.window = torch.hann_window(800, periodic=False)
        self.bank, _ = torchaudio.compliance.kaldi.get_mel_banks(128, 1024, 32000, 0.0, 15000.0, 100.0, -500.0, 1.0)
        self.bank = pad(self.bank, (0, 1))

    def features(self, samples: numpy.ndarray) -> torch.Tensor:
        signal = torch.from_numpy(samples)[None]
        signal = signal[:, 1:] - 0.97 * signal[:, :-1]
        spectrum = torch.stft(
            signal, 1024, 320, 800, self.window, center=True, normalized=False, return_complex=True
        )
        power = torch.view_as_real(spectrum).pow(2).sum(-1)
        return (((self.bank @ power + 1e-5).log() + 4.5) / 5)[:, None]  # [1, 1, 128, frames]

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features_(features))


class Clap:
    sampling_rate = 48000

    def __init__(self, directory: str):
        from transformers import ClapFeatureExtractor, ClapModel

        self.model = ClapModel.from_pretrained(directory).eval()
        self.extractor = ClapFeatureExtractor.from_pretrained(directory)

    def features(self, samples: numpy.ndarray) -> torch.Tensor:
        return self.extractor(samples, sampling_rate=48000, return_tensors="pt").input_features

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        return self.model.get_audio_features(features)


def fill(model: nn.Module) -> None:
    """Batch norms as training would leave them, so that what comes out differs from clip to clip."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    model.train()
    generator = numpy.random.default_rng(1)
    with torch.inference_mode():
        for level in (0.01, 0.1, 0.3):
            noise = generator.standard_normal(SECONDS * model.sampling_rate).astype(numpy.float32) * level
            model(model.features(noise).repeat(2, 1, 1, 1))
    model.eval()


def make(name: str, target: str) -> None:
    torch.manual_seed(1)
    if name == "clap":
        from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

        ClapModel(ClapConfig()).save_pretrained(target)
        ClapFeatureExtractor(frequency_min=50, truncation="rand_trunc").save_pretrained(target)
        return
    model = {"ced-tiny": CedTiny, "mn10": Mn10}[name]()
    fill(model)
    weights = {key.replace("features_.", "features."): value for key, value in model.state_dict().items()}
    torch.save(weights, target)


def load(name: str, source: str):
    if name == "clap":
        return Clap(source)
    model = {"ced-tiny": CedTiny, "mn10": Mn10}[name]()
    weights = torch.load(source, weights_only=True)
    model.load_state_dict({key.replace("features.", "features_.", 1): value for key, value in weights.items()})
    return model.eval()


def operations(model, samples: numpy.ndarray) -> int:
    """Multiplications and additions of matrix products and convolutions."""
    features = model.features(samples)
    attention = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    uncounted = {attention: lambda query, key, value, *_, **__: sdpa_flop_count(query, key, value)}
    with FlopCounterMode(display=False, custom_mapping=uncounted) as counter:
        model(features)
    return counter.get_total_flops()


def serve(name: str, source: str, threads: int, count: int) -> None:
    torch.set_num_threads(threads)
    samples = numpy.frombuffer(sys.stdin.buffer.read(4 * count), dtype=numpy.float32).copy()
    model = load(name, source)
    tasks = {
        "features": lambda: model.features(samples) is None,
        "classify": lambda: model(model.features(samples)).sum() is None,
        "logits": lambda: model(model.features(samples))[0].tolist(),
        "operations": lambda: operations(model, samples),
        "peakBytes": lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print("true", flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            print(json.dumps(tasks[line.split()[0]]()), flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "make":
        make(*sys.argv[2:])
    elif len(sys.argv) == 5:
        serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        raise SystemExit(__doc__)
