"""How quiet the machine is while something is timed: a loop that always does the same, on every processor at once."""

import os
import subprocess
import sys
from pathlib import Path

# In a Python of its own, which stays on its processor and waits for its turn.
LOOP = """
import os, sys, time
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, [int(sys.argv[1])])
for _ in sys.stdin:
    begun = time.perf_counter()
    for _ in range(1_000_000):
        pass
    print(time.perf_counter() - begun, flush=True)
"""
# Beyond either of them a figure is not one of a quiet machine.
SLOWER, OTHERS = 1.10, 0.05


class Quiet:
    def __init__(self):
        self.processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count())
        self.loops = [self.start(processor) for processor in self.processors]
        self.best = [float("inf")] * len(self.loops)
        self.load = os.getloadavg()[0]
        for _ in range(5):
            self.look()

    @staticmethod
    def start(processor):
        command = [sys.executable, "-I", "-S", "-c", LOOP, str(processor)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def look(self):
        """How many times as long as ever before the loop takes on the slowest processor."""
        for loop in self.loops:
            loop.stdin.write("\n")
            loop.stdin.flush()
        times = [float(loop.stdout.readline()) for loop in self.loops]
        self.best = [min(pair) for pair in zip(self.best, times)]
        return max(now / best for now, best in zip(times, self.best))

    def said(self):
        """What is known before anything is timed."""
        loop = max(self.best) * 1e3
        return f"{len(self.loops)} processors, load average {self.load:.2f} before, the loop takes {loop:.1f} ms at its best"

    def close(self):
        for loop in self.loops:
            loop.stdin.close()
            loop.wait()


class Watched:
    """What happened to the machine during the rounds of a row."""

    def __init__(self, quiet, peers):
        self.quiet, self.peers, self.slowest = quiet, peers, 0.0
        self.before = self.spent()

    def round(self):
        self.slowest = max(self.slowest, self.quiet.look())

    def text(self):
        """For a table. To be asked before the peers are closed."""
        others = self.others()
        busy = self.slowest > SLOWER or (others or 0) > OTHERS
        share = "" if others is None else f", others {others * 100:.0f} %"
        return f"{'**busy** ' if busy else ''}loop ≤ {self.slowest:.2f}×{share}"

    def others(self):
        """The share of all processors that went to programs that are not ours, and to other guests of the host."""
        now = self.spent()
        if now is None or self.before is None or now[1] == self.before[1]:
            return None
        ours, everything, busy = (after - before for after, before in zip(now, self.before))
        return max(0.0, busy - ours) / everything

    def spent(self):
        """Seconds of processors: ours, all there are, and those in which they worked. Linux alone counts them."""
        try:
            ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
            children = [peer.child.pid for peer in self.peers] + [loop.pid for loop in self.quiet.loops]
            own = sum(self.of_process(pid) for pid in children)
        except OSError:
            return None
        second = os.sysconf("SC_CLK_TCK")
        return sum(os.times()[:4]) + own / second, sum(ticks) / second, (sum(ticks) - ticks[3] - ticks[4]) / second

    @staticmethod
    def of_process(pid):
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(words[11]) + int(words[12])
