"""Writes checkpoints as the PyTorch programs do, and computes with what is exported.

    torch_models.py write YARDSTICK FOLDER [--small]   checkpoints, images and what the model makes of them
    torch_models.py read YARDSTICK FOLDER              features of exported.safetensors and timm.safetensors

YARDSTICK is the folder of attmask_torch.py, whose parameters have timm's names. With --small the files that are
committed beside this script are written: full.pth (zip), legacy.pth and expected.safetensors.
"""
import argparse
import json
import os
import struct
import sys

import numpy as np
import torch


def read_safetensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = bytearray(f.read())
    header.pop("__metadata__", None)
    types = {"F32": torch.float32, "F64": torch.float64}
    out = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        out[name] = torch.frombuffer(data[begin:end], dtype=types[t["dtype"]]).reshape(t["shape"])
    return out


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, t in tensors.items():
        raw = t.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def config(y, small):
    if small:
        return y.Config(image=8, patch=4, dim=8, depth=2, heads=2, mlp_ratio=2, head_hidden=6, head_bottleneck=4,
                        out_dim=5, patch_out_dim=5)
    return y.Config(image=32, patch=8, dim=128, depth=3, heads=2, head_hidden=48, head_bottleneck=16,
                    out_dim=40, patch_out_dim=24, shared_head=False)


def parameters(y, c, seed):
    """Random enough that every tensor matters: the biases, norms and gains too."""
    g = torch.Generator().manual_seed(seed)
    return {k: v + 0.1 * torch.randn(v.shape, generator=g) for k, v in y.init_params(c, seed).items()}


def original_names(p, prefix, shared, mask_token):
    """The names of AttMask's and iBOT's MultiCropWrapper; a shared last layer has two names, one storage."""
    out = {}
    for k, v in p.items():
        if k == "masked_embed" and not mask_token:
            continue
        out[prefix + (k if k.startswith("head.") else "backbone." + k)] = v
        if shared and k.startswith("head.last_layer."):
            out[prefix + k.replace("last_layer", "last_layer2")] = v
    return out


def full_checkpoint(c, student, teacher):
    live = [torch.nn.Parameter(v.clone()) for v in student.values()]
    optimizer = torch.optim.AdamW([{"params": live}])
    sum((v ** 2).sum() for v in live).backward()
    optimizer.step()
    for group in optimizer.param_groups:
        group["lr"] = np.linspace(1e-3, 1e-6, 7)[3]  # a numpy.float64, as from the program's schedules
    return {
        "student": original_names(student, "module.", c.shared_head, True),
        "teacher": original_names(teacher, "", c.shared_head, False),
        "optimizer": optimizer.state_dict(),
        "epoch": 3,
        "args": argparse.Namespace(arch="vit_small", lr=5e-4, pred_ratio=[0.0, 0.3], use_fp16=True, load_from=None),
        "ibot_loss": {"center": torch.linspace(-1, 1, c.out_dim)[None],
                      "center2": torch.linspace(-2, 2, c.patch_out_dim)[None, None]},
    }


def outputs(y, c, p, images):
    tokens, attention = y.backbone(c, p, images, need_attention=True)
    return {"features": tokens[:, 0], "scores": y.cls_attention(attention), "attention": attention}


def write(y, folder, small):
    c = config(y, small)
    student, teacher = parameters(y, c, 1), parameters(y, c, 2)
    images = torch.randn(2, 3, c.image, c.image, generator=torch.Generator().manual_seed(3))
    full = full_checkpoint(c, student, teacher)
    save = lambda name, what, **how: torch.save(what, os.path.join(folder, name), **how)
    save("full.pth", full)
    save("legacy.pth", full if not small else {k: full[k] for k in ("teacher", "args", "epoch")},
         _use_new_zipfile_serialization=False)
    write_safetensors(os.path.join(folder, "expected.safetensors"),
                      {"images": images, **outputs(y, c, teacher, images),
                       **{"student_" + k: v for k, v in outputs(y, c, student, images).items() if k == "features"},
                       **({} if small else {"weight/" + k: v for k, v in teacher.items()})})
    if not small:
        backbone = {k: v for k, v in teacher.items() if not k.startswith("head.") and k != "masked_embed"}
        save("backbone.pth", {"state_dict": {"module.backbone." + k: v for k, v in backbone.items()}})
        save("backbone-doubles.pth", {k: v.double() for k, v in backbone.items()})
        save("backbone-protocol4.pth", {"model": backbone}, pickle_protocol=4)
        save("backbone-parameters.pth", {k: torch.nn.Parameter(v) for k, v in backbone.items()})
        save("backbone-transposed.pth", {k: v.t().contiguous().t() if v.dim() == 2 else v for k, v in backbone.items()})
        flat = torch.cat([v.reshape(-1) for v in backbone.values()])  # one storage for all
        views, at = {}, 0
        for k, v in backbone.items():
            views[k] = flat[at:at + v.numel()].reshape(v.shape)
            at += v.numel()
        save("backbone-views.pth", views, _use_new_zipfile_serialization=False)
        for name, dtype in [("half", torch.float16), ("bfloat16", torch.bfloat16)]:
            rounded = {k: v.to(dtype) for k, v in backbone.items()}
            save(f"backbone-{name}.pth", rounded)
            write_safetensors(os.path.join(folder, f"expected-{name}.safetensors"),
                              {"images": images, **outputs(y, c, {k: v.float() for k, v in rounded.items()}, images)})
        write_safetensors(os.path.join(folder, "backbone-timm.safetensors"), backbone)


def read(y, folder):
    c = config(y, False)
    expected = read_safetensors(os.path.join(folder, "expected.safetensors"))
    images = expected["images"]
    timm = read_safetensors(os.path.join(folder, "timm.safetensors"))
    exported = read_safetensors(os.path.join(folder, "original.safetensors"))
    teacher = {k[len("teacher."):]: v for k, v in exported.items() if k.startswith("teacher.")}
    teacher = {k.replace("backbone.", ""): v for k, v in teacher.items()}
    out = {"timm": outputs(y, c, timm, images)["features"]}
    tokens, _ = y.backbone(c, teacher, images)
    cls, patch = y.head(c, teacher, tokens)
    out.update({"original": tokens[:, 0], "original_cls_logits": cls, "original_patch_logits": patch})
    own = {k[len("weight/"):]: v for k, v in expected.items() if k.startswith("weight/")}
    own_cls, own_patch = y.head(c, own, y.backbone(c, own, images)[0])
    out.update({"expected_cls_logits": own_cls, "expected_patch_logits": own_patch})
    write_safetensors(os.path.join(folder, "computed.safetensors"), out)


def main():
    command, yardstick, folder = sys.argv[1:4]
    sys.path.insert(0, yardstick)
    import attmask_torch as y
    torch.set_num_threads(1)
    with torch.no_grad() if command == "read" else torch.enable_grad():
        write(y, folder, "--small" in sys.argv) if command == "write" else read(y, folder)


if __name__ == "__main__":
    main()
