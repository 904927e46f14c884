"""Steps of training an AST in PyTorch: forward, cross-entropy, backward, Adam.

Usage: python training.py CONFIG.json CASE.json THREADS. Each line on the standard input is a step to make; a line of JSON answers: CPU
seconds and the most memory that the process ever held. The model is that of torch-ast.py, of random weights.
"""

import importlib.util
import json
import resource
import sys
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

specification = importlib.util.spec_from_file_location("torch_ast", Path(__file__).with_name("torch-ast.py"))
torch_ast = importlib.util.module_from_spec(specification)
specification.loader.exec_module(torch_ast)

config, case, threads = json.loads(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(1)
model = torch_ast.Ast(config)
parts = {
    "all": [model],
    "last:2": [*list(model.blocks)[-2:], model.norm, model.head],
    "head": [model.head],
}[case["trainable"]]
model.requires_grad_(False)
trained = [parameter.requires_grad_() for part in parts for parameter in part.parameters()]
optimizer = torch.optim.Adam(trained, lr=1e-5)
at_once = case.get("microBatch", case["batch"])
features = torch.randn(case["batch"], config["max_length"], config["num_mel_bins"])
targets = torch.softmax(torch.randn(case["batch"], len(config["id2label"])), 1)

for _ in sys.stdin:
    before = resource.getrusage(resource.RUSAGE_SELF)
    optimizer.zero_grad()
    for part in range(0, case["batch"], at_once):
        some = slice(part, part + at_once)
        (cross_entropy(model(features[some]), targets[some]) * at_once / case["batch"]).backward()
    optimizer.step()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpuSeconds": cpu, "peakBytes": after.ru_maxrss * 1024}), flush=True)
