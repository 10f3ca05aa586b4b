#!/usr/bin/env python3
"""Decoding and augmentation by this program and by torchvision with Pillow, alternating, on the same cores: the ratios of
their medians.

    benchmarks/data_vs_torchvision.py DIR [--threads 2] [--rounds 5] [--seconds 5] [--python python3]

DIR holds images. Both make 2 global crops of 224 and 6 local ones of 96 pixels with DINO's augmentation, the transforms
of the published presets; this program in threads, torchvision in as many processes, each for itself: the results are
dropped where they are made, so torchvision is spared what a DataLoader's workers pay to hand theirs over. Each round runs
first one program, then the other, in processes of their own, so that what else the machine does meets both. Prints
rows for benchmarks/results: images/s by the clock, and processor time an image, which what else the machine does hardly
changes. Needs torch, torchvision and Pillow.
"""
import argparse
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import time

JAR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "target", "attmask-jcuda.jar")
MEASURES = {"decode": "decode_", "augment": "augment_", "both": ""}


def pipeline():
    """DataAugmentationDINO, with the scales of the published presets."""
    from PIL import ImageFilter, ImageOps
    from torchvision import transforms
    from torchvision.transforms import InterpolationMode

    def blur(probability):
        def apply(image):
            if random.random() > probability:
                return image
            return image.filter(ImageFilter.GaussianBlur(radius=random.uniform(0.1, 2.0)))
        return apply

    def solarize(probability):
        return lambda image: ImageOps.solarize(image) if random.random() < probability else image

    def view(size, scale, *rest):
        return transforms.Compose([
            transforms.RandomResizedCrop(size, scale=scale, interpolation=InterpolationMode.BICUBIC),
            transforms.RandomHorizontalFlip(p=0.5),
            transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.2, 0.1)], p=0.8),
            transforms.RandomGrayscale(p=0.2),
            *rest,
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])

    views = [view(224, (0.25, 1.0), blur(1.0)), view(224, (0.25, 1.0), blur(0.1), solarize(0.2))]
    views += [view(96, (0.05, 0.25), blur(0.5))] * 6
    return lambda image: [make(image) for make in views]


def decode(path):
    from PIL import Image
    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


def loop(measure, files, seconds, warmup, first, results):
    """One worker process: as many images as it manages in the time."""
    import torch
    torch.set_num_threads(1)
    random.seed(first)
    torch.manual_seed(first)
    augment = pipeline()
    images = [decode(file) for file in files] if measure == "augment" else files
    work = {"decode": decode, "augment": augment, "both": lambda file: augment(decode(file))}[measure]
    for limit in (warmup, seconds):
        start, busy, done = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() - start < limit:
            work(images[(first + done) % len(images)])
            done += 1
    results.put((done / (time.perf_counter() - start), (time.process_time() - busy) * 1e3 / done))


def torchvision_rates(folder, processes, seconds, warmup):
    import PIL
    import torch
    import torchvision
    files = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names
                   if name.lower().endswith((".jpg", ".jpeg", ".png")))
    line = {"torchvision": torchvision.__version__, "torch": torch.__version__, "pillow": PIL.__version__}
    for measure, prefix in MEASURES.items():
        results = multiprocessing.Queue()
        workers = [multiprocessing.Process(
            target=loop, args=(measure, files, seconds, warmup, i * len(files) // processes, results))
            for i in range(processes)]
        for worker in workers:
            worker.start()
        rates, cpu = zip(*(results.get() for _ in workers))
        line[prefix + "images_per_s"] = sum(rates)
        line[prefix + "cpu_ms"] = statistics.mean(cpu)
        for worker in workers:
            worker.join()
    print(json.dumps(line))


def run(command):
    done = subprocess.run(command, env=dict(os.environ, OMP_NUM_THREADS="1"), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--warmup", type=float, default=5, help="of this program; torchvision needs a second")
    parser.add_argument("--python", default=sys.executable, help="with torch, torchvision and Pillow")
    parser.add_argument("--java", default="java")
    parser.add_argument("--peer", action="store_true", help="measure torchvision only, once; one JSON line")
    asked = parser.parse_args()
    if asked.peer:
        torchvision_rates(asked.folder, asked.threads, asked.seconds, 1)
        return
    both = ["--threads", str(asked.threads), "--seconds", str(asked.seconds)]
    own = [asked.java, "-jar", JAR, "bench", "data", "--data", asked.folder, "--preset", "imagenet-100ep-high",
           "--set", "augmentation.localCrops=6", "--warmup", str(asked.warmup), *both]
    peer = [asked.python, os.path.abspath(__file__), asked.folder, "--peer", *both]
    ours, theirs = [], []
    for i in range(asked.rounds):
        ours.append(run(own))
        theirs.append(run(peer))
        print(f"round {i + 1}: " + ", ".join(
            f"{measure} {ours[-1][prefix + 'images_per_s']:.1f} against {theirs[-1][prefix + 'images_per_s']:.1f}"
            for measure, prefix in MEASURES.items()) + " images/s", file=sys.stderr)
    versions = (f"Java {ours[0]['java']}; torchvision {theirs[0]['torchvision']}, Pillow {theirs[0]['pillow']}; "
                f"{asked.rounds} rounds")
    for unit, digits in (("images_per_s", 1), ("cpu_ms", 2)):
        cells = []
        for prefix in MEASURES.values():
            mine, other = (statistics.median(line[prefix + unit] for line in lines) for lines in (ours, theirs))
            ratio = other / mine if unit == "cpu_ms" else mine / other
            cells.append(f"{mine:.{digits}f} | {other:.{digits}f} | **{ratio:.2f}**")
        print(f"| {asked.threads} | {unit} | " + " | ".join(cells) + f" | {versions} |")


main()
