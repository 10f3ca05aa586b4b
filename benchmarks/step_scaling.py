#!/usr/bin/env python3
"""How the training step's cost grows: images/s and peak memory over tokens, batch sizes and threads, as a Markdown table.

    benchmarks/step_scaling.py [--precisions fp32,bf16] [--threads 1,2] [--cells tiny32-2+4:8,64,256 small-2+6:4]

A cell is a configuration of `bench step` and batch sizes. Each run is a process of its own; memory is the largest that
the process held, the Java heap and all libraries included.
"""
import argparse
import json
import os
import subprocess
import sys

JAR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "target", "attmask-jcuda.jar")
TOKENS = {"tiny32-2+4": 65, "tiny384-2+0": 577}


def measure(command):
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        out = process.stdout.read()
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        return None, error.strip().splitlines()[-1]
    return json.loads(out.strip().splitlines()[-1]), usage.ru_maxrss / 1024 / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", nargs="+", default=[
        "tiny32-2+4:8,32,64,128,256", "tiny-2+0:8,32", "tiny384-2+0:2,8", "small-2+6:4,8"])
    parser.add_argument("--precisions", default="fp32,bf16")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--java", default="java")
    asked = parser.parse_args()
    print("| configuration | tokens | batch | threads | precision | images/s | ms a step | peak memory, GiB |")
    print("|---|--:|--:|--:|---|--:|--:|--:|")
    for cell in asked.cells:
        config, batches = cell.split(":")
        for batch in batches.split(","):
            for threads in asked.threads.split(","):
                for precision in asked.precisions.split(","):
                    line, memory = measure([
                        asked.java, "-jar", JAR, "bench", "step", "--config", config, "--batch", batch,
                        "--threads", threads, "--precision", precision, "--device", asked.device,
                        "--warmup", str(asked.warmup), "--runs", str(asked.runs)])
                    if line is None:
                        sys.exit(f"error: {config}, batch {batch}: {memory}")
                    print(f"| {config} | {TOKENS.get(config, 197)} | {batch} | {threads} | {precision} | "
                          f"{line['images_per_s']:.2f} | {line['ms']:.0f} | {memory:.2f} |", flush=True)


main()
