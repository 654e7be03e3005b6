"""A model in PyTorch at its best: `model_torch.py r18|r50|vit-b16|abmilx forward|train COUNT SIDE`, one measurement per input line."""

import json
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packages/conformance/src"))
from torch_reference import Abmilx, ResNet, Vit  # noqa: E402

MODELS = {
    "r18": lambda: ResNet([2, 2, 2], bottleneck=False),
    "r50": lambda: ResNet([3, 4, 6], bottleneck=True),
    "vit-b16": lambda: Vit(768, 12, 12, 16, 14, 3072),
}


def fold(model):
    """Puts every batch norm into the convolution in front of it."""
    for module in list(model.modules()):
        for conv, norm in (("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3"), ("0", "1")):
            pair = [module._modules.get(name) for name in (conv, norm)]
            if isinstance(pair[0], nn.Conv2d) and isinstance(pair[1], nn.BatchNorm2d):
                module._modules[conv] = fuse_conv_bn_eval(*pair)
                module._modules[norm] = nn.Identity()
    return model


def encoder_step(name, mode, tiles, side):
    model = MODELS[name]().to(memory_format=torch.channels_last)
    x = torch.randn(tiles, 3, side, side).to(memory_format=torch.channels_last)
    if mode == "forward":
        model = fold(model.eval()).to(memory_format=torch.channels_last)

        def forward():
            with torch.inference_mode():
                model(x).sum().item()

        return forward, 5 if name == "r18" else 1
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-2)

    def train():
        optimiser.zero_grad(set_to_none=True)
        loss = model(x).square().mean()
        loss.backward()
        optimiser.step()
        loss.item()

    return train, 2


def head_step(instances, width):
    head = Abmilx(width, 512, 8, 2, pad_values=True)
    x = torch.randn(1, instances, width)

    def step():
        head.zero_grad(set_to_none=True)
        head(x).square().mean().backward()

    return step, 1


def main():
    name, mode, count, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.manual_seed(0)
    step, repeats = head_step(count, size) if name == "abmilx" else encoder_step(name, mode, count, size)
    step()
    step()
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(repeats):
            step()
        print(json.dumps({"perSecond": repeats * count / (time.perf_counter() - start)}), flush=True)


main()
