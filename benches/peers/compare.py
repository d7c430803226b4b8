"""The tables of `run.sh`: alphasweep and the fastest form of each peer in turns, the best of the rounds, ratios, whether the
answers agree, and how quiet the machine was."""

import argparse
import filecmp
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

import network_recipe as recipe
from outcomes import DIVERGED
from measure import FIRST, OURS, Peer, in_turns, process, ratio, seconds, subprocess, sweep
from quiet import Quiet, Watched

ALPHA, START = "log:1e-10:10", "lin:-10:10"
# Of benches/RESULTS.md, first landed version, lavapipe: steps per second.
RECORDED = {
    ("lecture", "f32"): 0.98e9,
    ("lecture", "compensated"): 0.82e9,
    ("lecture", "f64"): 0.67e9,
    ("rosenbrock", "f32"): 0.79e9,
    ("rosenbrock", "compensated"): 0.58e9,
    ("rosenbrock", "f64"): 0.53e9,
}


# All rows of formulas stop at the same slope on both sides.
GTOL = ["--gtol", "1e-5"]
# So many forms of a peer, the fastest in one run each, take part in the rounds.
KEPT = 2


class Table:
    def __init__(self):
        print("| comparison | alphasweep | other | ratio (rounds) | target | outcomes equal; difference | machine |")
        print("|---|---|---|---|---|---|---|")

    def row(self, what, ours, other, result, target, agree="", holds=None, machine=""):
        mark = "" if holds is None else (" ✓" if holds else " ✗")
        print(f"| {what} | {ours} | {other} | {result} | {target}{mark} | {agree} | {machine} |", flush=True)

    def ratio(self, what, ours, other, target=None, agree="", machine=""):
        """`ours` and `other`: times of the rounds."""
        value, least, most = ratio(other, ours)
        text = f"**{value:.2f}×** ({least:.2f}–{most:.2f})"
        aim = f"≥ {target}×" if target else "—"
        self.row(what, seconds(ours), seconds(other), text, aim, agree, value >= target if target else None, machine)


class Contender:
    """A peer in all its forms, which are (name of the form, script, arguments…). Of the fastest ones a process stays."""

    def __init__(self, label, forms, target=None):
        self.label, self.forms, self.target = label, forms, target
        self.trials, self.kept, self.agreement = {}, [], {}

    def begin(self, folder, agreement):
        for form, script, *arguments in self.forms:
            out = folder / "peer.npz"
            peer = Peer(form, script, *(out if part == "OUT" else part for part in arguments))
            self.trials[form], self.agreement[form] = peer.trial, agreement(out)
            self.kept = sorted([*self.kept, peer], key=lambda peer: peer.trial)
            for slow in self.kept[KEPT:]:
                slow.close()
            self.kept = self.kept[:KEPT]

    def fastest(self, times):
        """Form and times of the one whose best round is the best; `times` are those of the forms that were kept."""
        form, best = min(zip(self.kept, times), key=lambda pair: min(pair[1]))
        return form.label, best

    def close(self):
        for peer in self.kept:
            peer.close()


class Bench:
    def __init__(self, options, folder, quiet):
        self.quick, self.folder, self.quiet, self.table = options.quick, Path(folder), quiet, Table()
        self.rounds = 2 if self.quick else options.rounds
        self.precisions = options.precision or ["f32", "f64"]
        self.tried = []

    def grid(self, nx, ny):
        """Sizes of the full run, an eighth of the cells in a quick one."""
        return (nx // 4, ny // 2) if self.quick else (nx, ny)

    def against(self, what, arguments, contenders, precision="f32"):
        """alphasweep (CPU engine) and peers, a row for each."""
        arguments = [*arguments, "--engine", "cpu", "--precision", precision]
        columns = self.folder / "npy"
        sweep([*arguments, "--npy", columns])
        ours = {name: np.load(columns / f"{name}.npy") for name in ("outcome", "loss_start", "loss_final")}
        for contender in contenders:
            contender.begin(self.folder, lambda out: agreement(ours, np.load(out)))
        peers = [peer for contender in contenders for peer in contender.kept]
        watched = Watched(self.quiet, peers)
        times, *theirs = in_turns([lambda: sweep(arguments)["seconds"], *peers], self.rounds, watched)
        machine, theirs = watched.text(), iter(theirs)
        for contender in contenders:
            form, taken = contender.fastest([next(theirs) for _ in contender.kept])
            of = f", {form} (fastest of {len(contender.forms)})" if len(contender.forms) > 1 else ""
            label, agree = f"{what}, {contender.label}{of}", contender.agreement[form]
            self.table.ratio(label, times, taken, contender.target, agree, machine)
            self.tried.append((f"{what}, {contender.label}", contender.trials))
            contender.close()

    def formula(self, what, arguments, case, size, target, forms=(), data=(), others=()):
        """A row for each precision and peer. Targets were set for f32."""
        for precision in self.precisions:
            tail = [precision, *size, "OUT", *data]
            jax = [(form, "jax_sweep.py", case, form, *tail) for form in ("carried", "frozen", *forms)]
            numba = [(form, "numba_sweep.py", case, form, *tail) for form in others]
            contenders = [Contender("JAX", jax, target if precision == "f32" else None)]
            contenders += [Contender("Numba", numba)] if numba else []
            self.against(f"{what}, {precision}", [*arguments, *GTOL], contenders, precision)

    def lecture(self):
        nx, ny = self.grid(2048, 1024)
        arguments = ["lecture", "--alpha", f"{ALPHA}:{nx}", "--start", f"{START}:{ny}", "--steps", "1000"]
        forms = ["hand", "hand-rows", "frozen-early", *chunks(1024, 4096, 16384)]
        size, numba = (nx, ny, 1000), ("cells", "lanes", "frozen")
        self.formula(f"lecture {nx}×{ny} × 1000", arguments, "lecture", size, 4, forms, others=numba)

    def rosenbrock(self):
        nx, ny = self.grid(1024, 512)
        arguments = ["rosenbrock", "--rule", "adam", "--alpha", f"log:1e-5:1:{nx}", "--start", f"lin:-2:2:{ny}"]
        arguments += ["--set", "x1_start=1", "--steps", "1000"]
        forms = ["frozen-rule", "frozen-rule-early-chunk4096", *chunks(1024, 4096)]
        self.formula(f"rosenbrock adam {nx}×{ny} × 1000", arguments, "rosenbrock-adam", (nx, ny, 1000), 3, forms)

    def line(self):
        nx, ny = self.grid(512, 512)
        data = self.folder / "line.csv"
        data.write_bytes(subprocess.run([OURS, "list", "line", "--data"], check=True, stdout=subprocess.PIPE).stdout)
        arguments = ["normal", "--data", data, "--alpha", f"log:1e-4:10:{nx}", "--start", f"{START}:{ny}"]
        arguments += ["--set", "b_start=-1", "--steps", "200"]
        what, forms = f"normal, 100 rows, {nx}×{ny} × 200", chunks(128, 256, 512)
        self.formula(what, arguments, "line", (nx, ny, 200), 2, forms, data=[data])

    def waves(self):
        nx, ny = self.grid(1024, 512)
        arguments = ["10*sin(x)+exp(x/10)+x^2/10", "--alpha", f"log:1e-4:10:{nx}", "--start", f"{START}:{ny}"]
        arguments += ["--steps", "1000"]
        self.formula(f"waves {nx}×{ny} × 1000", arguments, "waves", (nx, ny, 1000), 2, chunks(256, 1024, 4096))

    def networks(self):
        """Both sides train from the same weights on the same rows in the same order; see network_recipe.py."""
        count, steps = (4, 160) if self.quick else (16, 2000)
        mnist = os.environ.get("MNIST")
        if not mnist:
            mnist = self.folder / "digits"
            mnist.mkdir()
            recipe.write_digits(mnist)
        alphas = np.geomspace(0.01, 5, count).astype(np.float32)
        arguments = ["two-layer", "--data", mnist, "--vary", f"alpha=log:0.01:5:{count}", "--set", "seed=1"]
        arguments += ["--steps", str(steps)]
        peers = [
            Contender("JAX", [("whole", "jax_network.py", "two-layer", mnist, steps, "OUT", *alphas)], 1),
            Contender("numpy", [("whole", "numpy_network.py", mnist, steps, "OUT", *alphas)], 2),
        ]
        self.against(f"two-layer 784-50-10, {count} α × {steps}", arguments, peers)
        n, steps = (16, 100) if self.quick else (64, 500)
        axis = f"log:1e-3:1e6:{n}"
        arguments = ["trainability", "--vary", f"alpha_1={axis}", "--vary", f"alpha_2={axis}", "--steps", str(steps)]
        sizes = (64,) if self.quick else (16, 64, 256)
        script = ("jax_network.py", "trainability", n, steps)
        forms = [(f"{size} at a time", *script, size, "OUT") for size in sizes]
        self.against(f"trainability {n}×{n} × {steps}", arguments, [Contender("JAX", forms, 1.5)])

    def compensated(self):
        nx, ny = self.grid(2048, 1024)
        arguments = ["lecture", "--alpha", f"{ALPHA}:{nx}", "--start", f"{START}:{ny}", "--engine", "cpu"]
        sides = [lambda p=p: sweep([*arguments, "--precision", p])["seconds"] for p in ("compensated", "f32")]
        ours, other = in_turns(sides, self.rounds)
        self.table.ratio(f"lecture {nx}×{ny} × 1000, compensated and own f32", ours, other, 0.5)

    def gpu(self):
        """On any adapter; the recorded figures and the target are lavapipe's."""
        sizes = {"lecture": (ALPHA, START, 512, 256), "rosenbrock": ("log:1e-5:1e-1", "lin:-2:2", 256, 256)}
        precisions = ("f32",) if self.quick else ("f32", "compensated", "f64")
        for name, (alpha, start, nx, ny) in sizes.items():
            for precision in precisions:
                arguments = [name, "--alpha", f"{alpha}:{nx}", "--start", f"{start}:{ny}", "--engine", "gpu"]
                arguments += ["--precision", precision]
                rates = []
                sides = [lambda: rates.append(sweep(arguments)) or rates[-1]["seconds"]]
                if FIRST.exists():
                    sides.append(lambda: sweep(arguments, FIRST)["seconds"])
                ours, *first = in_turns(sides, self.rounds)
                what = f"{name} {nx}×{ny} × 1000, {precision}, GPU engine"
                if first:
                    self.table.ratio(f"{what}, first version", ours, first[0], 1.4)
                rate, recorded = max(run["steps_per_second"] for run in rates), RECORDED[name, precision]
                texts = [f"{value / 1e9:.2f} G/s" for value in (rate, recorded)]
                self.table.row(f"{what}, as recorded", *texts, f"{rate / recorded:.2f}×", "—")

    def fixed(self):
        """The whole process with all its files."""
        rounds = 5 if self.quick else 21
        arguments = ["lecture", "--alpha", f"{ALPHA}:64", "--start", f"{START}:64", "--steps", "100"]
        arguments += ["--out", self.folder / "fixed"]
        for engine, limit in (("cpu", 0.030), ("gpu", 0.250)):
            times = [process([*arguments, "--engine", engine])[0] for _ in range(rounds)]
            name = "CPU" if engine == "cpu" else "GPU"
            spread = f"{min(times) * 1e3:.1f}–{max(times) * 1e3:.1f} ms"
            what = f"whole process, 64×64 × 100, {name} engine"
            self.table.row(what, seconds(times), "", spread, f"≤ {limit * 1e3:.0f} ms", "", min(times) <= limit)

    def csv(self):
        """alphasweep: the wall time of the whole command, computing included; polars: `write_csv` of a ready frame. Every
        run writes a new file: alphasweep keeps an old one until the new one is whole, and would need memory for both."""
        n = 512 if self.quick else 2048
        arguments = ["lecture", "--alpha", f"{ALPHA}:{n}", "--start", f"{START}:{n}", "--steps", "1", "--engine", "cpu"]
        columns, path = self.folder / "csv-npy", self.folder / "ours.csv"
        arguments += ["--out", self.folder / "csv", "--no-png"]
        sweep([*arguments, "--npy", columns], files=["--csv", path])
        files = {kind: self.folder / f"{kind}.csv" for kind in ("text", "enum")}
        peers = [Peer(kind, "polars_csv.py", kind, columns, file) for kind, file in files.items()]
        equal = self.same_rows(path, files["text"])

        def anew(file, run):
            return lambda: (file.unlink(missing_ok=True), run())[1]

        whole = anew(path, lambda: process([*arguments, "--csv", path])[0])
        bare = lambda: process([*arguments, "--no-csv"])[0]
        others = [anew(files[peer.label], peer) for peer in peers]
        ours, without, *theirs = in_turns([whole, bare, *others], max(self.rounds, 2))
        alone = [max(a - b, 1e-6) for a, b in zip(ours, without)]
        for peer, times in zip(peers, theirs):
            peer.close()
            what = f"losses.csv, {n * n / 2**20:g} Mi rows, polars ({peer.label})"
            self.table.ratio(f"{what}, whole command", ours, times, 1, equal)
            self.table.ratio(f"{what}, less the command without CSV", alone, times)

    @staticmethod
    def same_rows(ours, theirs):
        """Share of rows that read back to the same numbers and words."""
        if filecmp.cmp(ours, theirs, shallow=False):
            return "100 %, to the byte"
        import polars as pl

        frames = [pl.read_csv(path, infer_schema_length=None) for path in (ours, theirs)]
        same = np.ones(frames[0].height, bool)
        for name in frames[0].columns:
            left, right = (frame[name] for frame in frames)
            left, right = (column.cast(pl.Float64) if name not in ("outcome",) else column for column in (left, right))
            same &= (left == right).fill_null(False).to_numpy() | (left.is_null() & right.is_null()).to_numpy()
        return f"{same.mean() * 100:.4f} %"

    def memory(self):
        """Peak resident memory with every column written."""
        peaks = []
        for n in (316, 1000) if self.quick else (3163, 10000):
            arguments = ["lecture", "--alpha", f"log:1e-3:10:{n}", "--start", f"{START}:{n}", "--steps", "10"]
            columns = self.folder / "memory"
            arguments += ["--engine", "cpu", "--npy", columns, "--out", self.folder / "memory-out"]
            peaks.append(process(arguments)[1])
            shutil.rmtree(columns)
            text, limit = f"{peaks[-1] / 2**20:.0f} MiB", "≤ 1.5 GiB"
            holds = peaks[-1] <= 1.5 * 2**30
            grows = f"{peaks[-1] / peaks[0]:.2f}× the first" if len(peaks) > 1 else ""
            self.table.row(f"peak memory, {n * n:.0e} cells", text, "", grows, limit, "", holds)

    def growth(self):
        """Seconds by the steps of the descents, in process and in turns. No descent ends early: where they do, a finer map
        is faster by the step, because neighbours, which share a vector, end together. The largest takes part in two
        rounds."""
        sides, steps = ((316, 1000), 500) if self.quick else ((316, 1000, 3162, 10000), 5000)

        def per_step(n):
            arguments = ["lecture", "--alpha", f"log:1e-3:1e-2:{n}", "--start", f"{START}:{n}", "--gtol", "0"]
            arguments += ["--steps", str(steps)]
            summary = sweep([*arguments, "--engine", "cpu", "--precision", "f32"])
            return summary["seconds"] / summary["descent_steps"]

        times = [[] for _ in sides]
        for at in range(self.rounds):
            for n, taken in zip(sides, times):
                if n < 10000 or at < 2:
                    taken.append(per_step(n))
        largest = min(times[-1])
        for n, taken in zip(sides, times):
            value = min(taken)
            text, off = f"{value * 1e12:.0f} ps per step", value / largest - 1
            what = f"growth, {n * n:.0e} cells × {steps}"
            self.table.row(what, text, "", f"{off * 100:+.0f} % of the largest", "± 10 %", "", abs(off) <= 0.1)


def chunks(*sizes):
    """Forms of JAX that take so many cells at a time; with the smallest number also without leaving early."""
    return [f"frozen-chunk{sizes[0]}", *(f"frozen-early-chunk{size}" for size in sizes)]


def agreement(ours, theirs):
    """The share of cells with the same outcome, and the largest difference of their final losses, of the larger of these
    and the first loss. Diverged cells are left out: where they pass the bar is a matter of one rounding."""
    other = theirs["loss" if "loss" in theirs else "loss_final"].reshape(ours["outcome"].shape).astype(np.float64)
    same = theirs["outcome"].reshape(ours["outcome"].shape) == ours["outcome"]
    share = f"{same.mean() * 100:.4f} %"
    counts = same & np.isfinite(other) & (ours["outcome"] != DIVERGED)
    if not counts.any():
        return share
    mine, other, first = (values[counts] for values in (ours["loss_final"], other, ours["loss_start"]))
    scale = np.maximum(np.maximum(np.abs(mine), np.abs(other)), np.maximum(np.abs(first), np.finfo(np.float64).tiny))
    return f"{share}; {np.max(np.abs(mine - other) / scale):.0e}"


FORMULAS = ["lecture", "rosenbrock", "line", "waves"]
PARTS = [*FORMULAS, "networks", "compensated", "gpu", "fixed", "csv", "memory", "growth"]


def forms(tried):
    """What every form took in its one run before the rounds, from which the fastest were chosen."""
    tried = [(what, trials) for what, trials in tried if len(trials) > 1]
    if tried:
        print("\n| comparison | forms of the peer, in one run each |\n|---|---|")
    for what, trials in tried:
        times = sorted(trials.items(), key=lambda pair: pair[1])
        print(f"| {what} | {', '.join(f'{form} {seconds([taken])}' for form, taken in times)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    names = f"of {', '.join(PARTS)}, or `formulas` for the first {len(FORMULAS)} [default: all]"
    parser.add_argument("parts", nargs="*", metavar="PART", help=names)
    precisions = {"choices": ["f32", "f64"], "action": "append"}
    parser.add_argument("--precision", **precisions, help="of the formulas; may be given twice [default: both]")
    parser.add_argument("--quick", action="store_true", help="small grids, two rounds")
    parser.add_argument("--rounds", type=int, default=5, help="[default: 5]")
    options = parser.parse_args()
    parts = [name for part in options.parts or PARTS for name in (FORMULAS if part == "formulas" else [part])]
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]}; there are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(dir=OURS.parent.parent, prefix="peers-") as folder:
        quiet = Quiet()
        print(f"{quiet.said()}\n")
        bench = Bench(options, folder, quiet)
        for part in parts:
            getattr(bench, part)()
        quiet.close()
    forms(bench.tried)


main()
