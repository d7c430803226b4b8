"""Both sides of a comparison: runs of alphasweep, and peers that wait for their turn."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "target"
OURS = Path(os.environ.get("ALPHASWEEP_BIN", TARGET / "release" / "alphasweep"))
FIRST = TARGET / "first" / "alphasweep"


def sweep(arguments, binary=OURS, files=("--no-csv", "--no-png")):
    """The summary of a run, and what the run took. Its `seconds` are taken in the process, from the start of the engine to
    the last outcome and output fed, as the peers take theirs: no start of a process, no reading of arguments. A shader or a
    program that is compiled per run is in it; the peers' compilation is not in theirs."""
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

    def __init__(self, label, script, *arguments, platform="cpu"):
        """`platform` is where JAX computes."""
        self.label = label
        command = [sys.executable, HERE / script, *map(str, arguments)]
        environment = {**os.environ, "JAX_PLATFORMS": platform}
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        first = self.read("ready")
        # Of the first run after compiling, where the script says it.
        self.trial = float(first) or self()

    def read(self, before=""):
        line = self.child.stdout.readline().strip()
        if not line.startswith(before) or not line:
            sys.exit(f"{self.label} failed: {line!r}")
        return line.removeprefix(before)

    def __call__(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return float(self.read())

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def in_turns(sides, rounds, watched=None):
    """Seconds of every side, A B C A B C …: what the machine does meanwhile hits all of them."""
    times = [[] for _ in sides]
    for _ in range(rounds):
        if watched:
            watched.round()
        for side, taken in zip(sides, times):
            taken.append(side())
    if watched:
        watched.round()
    return times


def ratio(theirs, ours):
    """How many times as fast as the other: the best run of each side, and the least and most of any round."""
    rounds = [b / a for a, b in zip(ours, theirs)]
    return min(theirs) / min(ours), min(rounds), max(rounds)


def seconds(times):
    """The best of them: what the machine does beside can only add to it. And the longest."""
    best, most = min(times), max(times)
    unit, factor, digits = ("ms", 1e3, 1) if best < 0.1 else ("s", 1, 3)
    longest = "" if len(times) == 1 else f" (to {most * factor:.{digits}f})"
    return f"{best * factor:.{digits}f} {unit}{longest}"
