"""Encoders and a slide model written plainly in PyTorch, under timm's names: `torch_reference.py FOLDER`.

FOLDER holds cases.json; for each case NAME.ours.pt (weights) and NAME.x.pt (input). NAME.answer.pt gets what the weights give, and
weights of PyTorch's own with what they give. Nothing here knows how Slidestream computes.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F


class Basic(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        after = width
        self.downsample = None
        if stride != 1 or before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        after = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, after, 1, bias=False), nn.BatchNorm2d(after)
        self.downsample = None
        if stride != 1 or before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x)))


class ResNetBody(nn.Module):
    def __init__(self, stages, bottleneck):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        before = 64
        for i, blocks in enumerate(stages):
            layers = []
            for j in range(blocks):
                width, stride = 64 * 2**i, 2 if i > 0 and j == 0 else 1
                layers.append((Bottleneck if bottleneck else Basic)(before, width, stride))
                before = width * (4 if bottleneck else 1)
            self.add_module(f"layer{i + 1}", nn.Sequential(*layers))
        self.stages = len(stages)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return x.mean((2, 3))


class ResNet(nn.Module):
    def __init__(self, stages, bottleneck):
        super().__init__()
        self.model = ResNetBody(stages, bottleneck)

    def forward(self, x):
        return self.model(x)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c))


class Mlp(nn.Module):
    def __init__(self, width, hidden, kind="mlp"):
        super().__init__()
        self.packed = kind == "swiglu-packed"
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden // 2 if self.packed else hidden, width)

    def forward(self, x):
        x = self.fc1(x)
        if not self.packed:
            return self.fc2(F.gelu(x))
        gate, value = x.chunk(2, -1)
        return self.fc2(F.silu(gate) * value)


class Scale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * self.gamma


class VitBlock(nn.Module):
    def __init__(self, width, heads, hidden, kind, scaled):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width, eps=1e-6), Attention(width, heads)
        self.norm2, self.mlp = nn.LayerNorm(width, eps=1e-6), Mlp(width, hidden, kind)
        self.ls1, self.ls2 = (Scale(width), Scale(width)) if scaled else (nn.Identity(), nn.Identity())

    def forward(self, x):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class Patches(nn.Module):
    def __init__(self, patch, width):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, patch)

    def forward(self, x):
        return self.proj(x)


class Vit(nn.Module):
    def __init__(self, width, depth, heads, patch, grid, hidden, kind="mlp", scaled=False, registers=0, token=True, all_placed=True):
        super().__init__()
        prefix = registers + (1 if token else 0)
        self.grid, self.prefix, self.token, self.all_placed = grid, prefix, token, all_placed
        self.patch_embed = Patches(patch, width)
        if token:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        if registers:
            self.reg_token = nn.Parameter(torch.zeros(1, registers, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, grid * grid + (prefix if all_placed else 0), width))
        self.blocks = nn.Sequential(*[VitBlock(width, heads, hidden, kind, scaled) for _ in range(depth)])
        self.add_module("norm" if token else "fc_norm", nn.LayerNorm(width, eps=1e-6))

    def forward(self, x):
        x = self.patch_embed(x)
        rows, columns = x.shape[2:]
        x = x.flatten(2).transpose(1, 2)
        placed = self.prefix if self.all_placed else 0
        front, own = self.pos_embed[:, :placed], self.pos_embed[:, placed:]
        if (rows, columns) != (self.grid, self.grid):
            square = own.reshape(1, self.grid, self.grid, -1).permute(0, 3, 1, 2)
            own = F.interpolate(square, (rows, columns), mode="bicubic", antialias=True).flatten(2).transpose(1, 2)
        tokens = [t for t in (getattr(self, "cls_token", None), getattr(self, "reg_token", None)) if t is not None]
        x = x + own
        if tokens:
            tokens = torch.cat(tokens, 1)
            x = torch.cat([(tokens + front if placed else tokens).expand(len(x), -1, -1), x], 1)
        x = self.blocks(x)
        return self.norm(x)[:, 0] if self.token else self.fc_norm(x[:, self.prefix :].mean(1))


class ConvNeXtBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))
        self.conv_dw, self.norm, self.mlp = nn.Conv2d(width, width, 7, 1, 3, groups=width), nn.LayerNorm(width, eps=1e-6), Mlp(width, 4 * width)

    def forward(self, x):
        y = self.mlp(self.norm(self.conv_dw(x).permute(0, 2, 3, 1)))
        return x + (y * self.gamma).permute(0, 3, 1, 2)


class ChannelNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtStage(nn.Module):
    def __init__(self, before, width, depth):
        super().__init__()
        if before is not None:
            self.downsample = nn.Sequential(ChannelNorm(before, eps=1e-6), nn.Conv2d(before, width, 2, 2))
        self.blocks = nn.Sequential(*[ConvNeXtBlock(width) for _ in range(depth)])

    def forward(self, x):
        return self.blocks(self.downsample(x) if hasattr(self, "downsample") else x)


class ConvNeXt(nn.Module):
    def __init__(self, depths, widths):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, widths[0], 4, 4), ChannelNorm(widths[0], eps=1e-6))
        self.stages = nn.Sequential(*[ConvNeXtStage(widths[i - 1] if i else None, widths[i], depth) for i, depth in enumerate(depths)])
        self.head = nn.Module()
        self.head.norm = nn.LayerNorm(widths[-1], eps=1e-6)

    def forward(self, x):
        return self.head.norm(self.stages(self.stem(x)).mean((2, 3)))


class Abmilx(nn.Module):
    """Attention pooling by heads with refined scores, GELU, no biases: the paper's defaults."""

    def __init__(self, inputs, width, heads, classes, pad_values=False):
        super().__init__()
        self.pad_values = pad_values
        self.heads, d = heads, width // heads
        self.feature = nn.Sequential(nn.Linear(inputs, width, bias=False))
        self.attention = nn.Module()
        self.attention.fc1, self.attention.fc2 = nn.Linear(d, d, bias=False), nn.Linear(d, 1, bias=False)
        self.attn_plus_fn = nn.Module()
        self.attn_plus_fn.norm_x = nn.LayerNorm(d)
        self.attn_plus_fn.qk, self.attn_plus_fn.v = nn.Linear(d, 2 * d, bias=False), nn.Linear(1, 1, bias=False)
        self.proj, self.classifier = nn.Linear(width, width, bias=False), nn.Linear(width, classes, bias=False)

    def forward(self, x):
        h = F.gelu(self.feature(x))
        b, n, e = h.shape
        x = h.reshape(b, n, self.heads, e // self.heads).transpose(1, 2)
        s = self.attention.fc2(F.gelu(self.attention.fc1(x)))
        plus = self.attn_plus_fn
        q, k = plus.qk(plus.norm_x(x)).chunk(2, -1)
        v = plus.v(s)
        if self.pad_values:  # only values as wide as keys reach the fused kernel
            v = F.pad(v, (0, q.shape[-1] - 1))
        s = s + F.scaled_dot_product_attention(q, k, v)[..., :1]
        z = (torch.softmax(s, 2) * x).sum(2).reshape(b, e)
        return self.classifier(self.proj(z))


class Slide(nn.Module):
    """Encoder and head under the reference's names; one slide's tiles in, logits out."""

    def __init__(self, stages, bottleneck, features, width, heads, classes):
        super().__init__()
        self.encoder = ResNet(stages, bottleneck)
        self.mil = Abmilx(features, width, heads, classes)

    def forward(self, x):
        return self.mil(self.encoder(x)[None])


KINDS = {"resnet": ResNet, "vit": Vit, "convnext": ConvNeXt, "slide": Slide}


def draw(model):
    """Weights in which nothing is trivially 0 or 1."""
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        if value.ndim == 1 and name.endswith(("weight", "running_var", "gamma")):
            value.uniform_(0.5, 1.5)
        elif value.ndim == 1 or "token" in name or name == "pos_embed":
            value.normal_(0, 0.3)
        else:
            value.normal_(0, (2 / value[0].numel()) ** 0.5)


@torch.inference_mode()
def main(folder):
    torch.manual_seed(0)
    for case in json.loads((folder / "cases.json").read_text()):
        model = KINDS[case["kind"]](**case["options"]).eval()
        x = torch.load(folder / f"{case['name']}.x.pt", weights_only=True)
        model.load_state_dict(torch.load(folder / f"{case['name']}.ours.pt", weights_only=True), strict=True)
        answer = {"ours": model(x)}
        draw(model)
        answer["theirs"] = model(x)
        torch.save(answer, folder / f"{case['name']}.answer.pt")
        torch.save({"state_dict": model.state_dict(), "epoch": 3}, folder / f"{case['name']}.theirs.pth")
    print("strict")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
