#!/usr/bin/env python3
"""The same training step by this program and by a PyTorch one, alternating, on the same cores: the ratio of their medians.

    benchmarks/step_vs_torch.py PEER [--config tiny32-2+4] [--batch 64] [--rounds 5] [--threads 2] [--python python3]

PEER is a script that answers `step --config NAME --batch N` with one JSON line like that of `bench step`. Each round runs
first one program, then the other, in processes of their own, so that what else the machine does meets both. Prints
a row for benchmarks/results.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

JAR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "target", "attmask-jcuda.jar")


def measure(command, threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer")
    parser.add_argument("--config", default="tiny32-2+4")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--python", default="python3")
    parser.add_argument("--java", default="java")
    parser.add_argument("--precision", default="fp32", help="of both programs; bf16x3 beside float32")
    asked = parser.parse_args()
    step = ["step", "--config", asked.config, "--batch", str(asked.batch), "--device", asked.device,
            "--warmup", str(asked.warmup), "--runs", str(asked.runs)]
    own = ["--threads", str(asked.threads), "--precision", asked.precision]
    amp = ["--amp", asked.precision if asked.precision == "bf16" else "none"]
    ours, theirs = [], []
    for i in range(asked.rounds):
        ours.append(measure([asked.java, "-jar", JAR, "bench", *step, *own], asked.threads))
        theirs.append(measure([asked.python, asked.peer, *step, *amp], asked.threads))
        print(f"round {i + 1}: {ours[-1]['images_per_s']:.2f} against {theirs[-1]['images_per_s']:.2f} images/s",
              file=sys.stderr)
    mine, other = (statistics.median(line["images_per_s"] for line in lines) for lines in (ours, theirs))
    print(f"| {asked.config} | {asked.batch} | {asked.threads} | {asked.precision} | {mine:.2f} | {other:.2f} | **{mine / other:.2f}** | "
          f"{ours[0]['backend']}, Java {ours[0]['java']}; PyTorch {theirs[0]['torch']}; {asked.rounds} rounds |")


main()
