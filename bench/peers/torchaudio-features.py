"""Ten seconds to features, or to another rate, with torchaudio in two threads, as the models hear. A line in, which; a line with its milliseconds out."""

import sys
import time

import torch
import torchaudio
from torch.nn.functional import pad
from torchaudio.compliance import kaldi
from torchaudio.transforms import AmplitudeToDB, MelSpectrogram, Resample

torch.set_num_threads(2)

ced = torch.nn.Sequential(MelSpectrogram(16000, n_fft=512, hop_length=160, n_mels=64), AmplitudeToDB(top_db=120))
clap = torch.nn.Sequential(
    MelSpectrogram(
        48000, n_fft=1024, hop_length=480, f_min=50, f_max=14000, n_mels=64, norm="slaney", mel_scale="slaney"
    ),
    AmplitudeToDB(),
)
window = torch.hann_window(800, periodic=False)
bank, _ = kaldi.get_mel_banks(128, 1024, 32000, 0.0, 15000.0, 100.0, -500.0, 1.0)
bank = pad(bank, (0, 1))


def mn(signal: torch.Tensor) -> torch.Tensor:
    signal = signal[:, 1:] - 0.97 * signal[:, :-1]
    spectrum = torch.stft(signal, 1024, 320, 800, window, center=True, normalized=False, return_complex=True)
    return (bank @ torch.view_as_real(spectrum).pow(2).sum(-1) + 1e-5).log()


extractors = {
    "AST": (16000, lambda x: kaldi.fbank(x, htk_compat=True, window_type="hanning", num_mel_bins=128)),
    "CED": (16000, ced),
    "mn": (32000, mn),
    "CLAP": (48000, clap),
    "44100 → 16000": (44100, Resample(44100, 16000)),
    "48000 → 32000": (48000, Resample(48000, 32000)),
}
generator = torch.Generator().manual_seed(1)
samples = {name: torch.rand(1, 10 * rate, generator=generator) - 0.5 for name, (rate, _) in extractors.items()}

print("ready", flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        name = line.strip()
        start = time.perf_counter()
        extractors[name][1](samples[name])
        print((time.perf_counter() - start) * 1000, flush=True)
