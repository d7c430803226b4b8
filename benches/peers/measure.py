"""Both sides of a comparison: runs of alphasweep, and peers that wait for their turn."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "target"
OURS = TARGET / "release" / "alphasweep"
FIRST = TARGET / "first" / "alphasweep"


def sweep(arguments, binary=OURS, files=("--no-csv", "--no-png")):
    """The summary of a run, and what the run took. Its `seconds` are taken in the process, from the start of the engine to the last outcome and
    output fed, as the peers take theirs: no start of a process, no reading of arguments. A shader or a program that is
    compiled per run is in it; the peers' compilation is not in theirs."""
    command = [binary, "sweep", *arguments, "--json", "--quiet", *files]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    document = json.loads(done.stdout)
    return {**document.get("run", {}), **document["summary"]}


# Run by a Python of its own, with nothing imported: a process begins with the peak of the one that starts it.
WATCH = """
import os, resource, sys, time
begun = time.perf_counter()
status = os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)[1])
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def process(arguments):
    """Wall seconds and peak resident bytes of a whole process."""
    watch = [sys.executable, "-I", "-S", "-c", WATCH, OURS, "sweep", *arguments, "--quiet"]
    done = subprocess.run(watch, check=True, stdout=subprocess.PIPE, text=True)
    taken, peak = done.stdout.split()
    return float(taken), int(peak) * (1 if sys.platform == "darwin" else 1024)


class Peer:
    """A script that has compiled and waits; every call is one timed run."""

    def __init__(self, label, script, *arguments):
        self.label = label
        command = [sys.executable, HERE / script, *map(str, arguments)]
        environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.read("ready")

    def read(self, expected=None):
        line = self.child.stdout.readline().strip()
        if not line or (expected and line != expected):
            sys.exit(f"{self.label} failed: {line!r}")
        return line

    def __call__(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return float(self.read())

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def in_turns(sides, rounds):
    """Seconds of every side, A B C A B C …: what the machine does meanwhile hits all of them."""
    times = [[] for _ in sides]
    for _ in range(rounds):
        for side, taken in zip(sides, times):
            taken.append(side())
    return times


median = statistics.median


def ratio(theirs, ours):
    """How many times as fast as the other: the median over the rounds, and the least and most of any round."""
    rounds = [b / a for a, b in zip(ours, theirs)]
    return median(rounds), min(rounds), max(rounds)


def seconds(times):
    value = median(times)
    return f"{value * 1e3:.1f} ms" if value < 0.1 else f"{value:.3f} s"
