"""AST in PyTorch as fast as PyTorch runs it: scaled_dot_product_attention, torch.compile, bfloat16.

Random weights in the sizes that a model directory's config.json says. Prints JSON for ../gpu.mjs: for each batch
the milliseconds from features in the host's memory to logits there, and those of computing alone.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import gelu, scaled_dot_product_attention


class Block(nn.Module):
    def __init__(self, width: int, heads: int, hidden: int):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.projection = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # [3, B, heads, N, headDim]
        mixed = scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(batch, tokens, width)
        x = x + self.projection(mixed)
        return x + self.down(gelu(self.up(self.norm2(x))))


class Ast(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        width, patch = config["hidden_size"], config["patch_size"]
        strides = (config["frequency_stride"], config["time_stride"])
        self.patches = nn.Conv2d(1, width, patch, strides)
        sizes = (config["num_mel_bins"], config["max_length"])
        patches = 1
        for size, stride in zip(sizes, strides):
            patches *= (size - patch) // stride + 1
        self.special = nn.Parameter(torch.randn(1, 2, width) * 0.02)
        self.positions = nn.Parameter(torch.randn(1, patches + 2, width) * 0.02)
        self.blocks = nn.Sequential(
            *(
                Block(width, config["num_attention_heads"], config["intermediate_size"])
                for _ in range(config["num_hidden_layers"])
            )
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, len(config["id2label"])))

    def forward(self, features: torch.Tensor) -> torch.Tensor:  # [B, frames, melBins]
        patches = self.patches(features.transpose(1, 2)[:, None]).flatten(2).transpose(1, 2)  # [B, N - 2, D]
        tokens = torch.cat([self.special.expand(len(features), -1, -1), patches], dim=1) + self.positions
        return self.head(self.norm(self.blocks(tokens))[:, :2].mean(1))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--batches", default="1,8,32,128")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float16", "float32"])
    parser.add_argument("--eager", action="store_true")
    options = parser.parse_args()

    config = json.loads((options.model / "config.json").read_text())
    device, dtype = torch.device(options.device), getattr(torch, options.dtype)
    torch.manual_seed(1)
    model = Ast(config).eval().to(device, dtype)
    run = model if options.eager else torch.compile(model)

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    def measure(step) -> list[float]:
        times: list[float] = []
        for count in range(-3, 1_000_000):
            start = time.perf_counter()
            step()
            wait()
            if count >= 0:
                times.append((time.perf_counter() - start) * 1000)
            if len(times) >= 3 and sum(times) > 1000 * options.seconds:
                break
        return times

    rows = []
    with torch.inference_mode():
        for batch in map(int, options.batches.split(",")):
            shape = (batch, config["max_length"], config["num_mel_bins"])
            on_host = torch.randn(shape)
            on_device = on_host.to(device, dtype)
            rows.append(
                {
                    "batch": batch,
                    "milliseconds": measure(lambda: run(on_host.to(device).to(dtype)).float().cpu()),
                    "computing": measure(lambda: run(on_device)),
                }
            )
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or "CPU"
    how = "eager" if options.eager else "torch.compile"
    print(json.dumps({"device": f"{name}, PyTorch {torch.__version__}, {options.dtype}, {how}, SDPA", "rows": rows}))


if __name__ == "__main__":
    main()
