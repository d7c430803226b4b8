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
from outcomes import DIVERGED, OF_WORDS
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

    def __init__(self, label, forms, target=None, platform="cpu"):
        self.label, self.forms, self.target, self.platform = label, forms, target, platform
        self.trials, self.kept, self.agreement = {}, [], {}

    def begin(self, folder, agreement):
        for form, script, *arguments in self.forms:
            out = folder / "peer.npz"
            arguments = (out if part == "OUT" else part for part in arguments)
            peer = Peer(form, script, *arguments, platform=self.platform)
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
        self.engine = ["--engine", options.engine, *(["--adapter", options.adapter] if options.adapter else [])]
        # On a GPU all descents go through at once: chunks are for the caches of processors.
        self.platform, self.on_cpu = options.platform, options.engine == "cpu"
        self.large = options.large
        self.tried = []

    def grid(self, nx, ny):
        """Sizes of the full run, an eighth of the cells in a quick one."""
        return (nx // 4, ny // 2) if self.quick else (nx, ny)

    def against(self, what, arguments, contenders, precision="f32"):
        """alphasweep and peers, a row for each."""
        arguments = [*arguments, *self.engine, "--precision", precision]
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
            names = ["carried", "frozen", *(form for form in forms if self.on_cpu or "chunk" not in form)]
            jax = [(form, "jax_sweep.py", case, form, *tail) for form in names]
            contenders = [Contender("JAX", jax, target if precision == "f32" else None, self.platform)]
            contenders += [other(precision, tail) for other in others if self.on_cpu]
            contenders = [contender for contender in contenders if contender]
            self.against(f"{what}, {precision}", [*arguments, *GTOL], contenders, precision)

    @staticmethod
    def numba(_, tail):
        return Contender("Numba", [(form, "numba_sweep.py", "lecture", form, *tail) for form in ("cells", "lanes", "frozen")])

    def loop_in_c(self, precision, tail):
        """The limit: whole outputs, and no more than a compiler gives by itself."""
        if shutil.which("gcc") is None:
            self.table.row(f"lecture, {precision}, loop in C", "", "", "SKIPPED: no gcc here", "—")
            return None
        forms = [(f"{bits} bits", "c_lecture.py", bits, *tail) for bits in (256, 512)]
        return Contender("loop in C", forms, 0.85 if precision == "f32" else None)

    def lecture(self):
        nx, ny = self.grid(2048, 1024)
        arguments = ["lecture", "--alpha", f"{ALPHA}:{nx}", "--start", f"{START}:{ny}", "--steps", "1000"]
        forms = ["hand", "hand-rows", "frozen-early", *chunks(1024, 4096, 16384)]
        size, others = (nx, ny, 1000), (self.numba, self.loop_in_c)
        self.formula(f"lecture {nx}×{ny} × 1000", arguments, "lecture", size, 5, forms, others=others)

    def rosenbrock(self):
        nx, ny = self.grid(1024, 512)
        arguments = ["rosenbrock", "--rule", "adam", "--alpha", f"log:1e-5:1:{nx}", "--start", f"lin:-2:2:{ny}"]
        arguments += ["--set", "x1_start=1", "--steps", "1000"]
        forms = ["frozen-early", *chunks(1024, 4096)]
        forms = ["frozen-rule", *forms, *(form.replace("frozen", "frozen-rule") for form in forms)]
        self.formula(f"rosenbrock adam {nx}×{ny} × 1000", arguments, "rosenbrock-adam", (nx, ny, 1000), 4, forms)

    def line(self):
        nx, ny = self.grid(512, 512)
        data = self.folder / "line.csv"
        data.write_bytes(subprocess.run([OURS, "list", "line", "--data"], check=True, stdout=subprocess.PIPE).stdout)
        arguments = ["normal", "--data", data, "--alpha", f"log:1e-4:10:{nx}", "--start", f"{START}:{ny}"]
        arguments += ["--set", "b_start=-1", "--steps", "200"]
        what, forms = f"normal, 100 rows, {nx}×{ny} × 200", ["frozen-early", *chunks(128, 256, 512)]
        self.formula(what, arguments, "line", (nx, ny, 200), 6, forms, data=[data])

    def waves(self):
        nx, ny = self.grid(1024, 512)
        arguments = ["10*sin(x)+exp(x/10)+x^2/10", "--alpha", f"log:1e-4:10:{nx}", "--start", f"{START}:{ny}"]
        arguments += ["--steps", "1000"]
        forms = ["frozen-early", *chunks(256, 1024, 4096)]
        self.formula(f"waves {nx}×{ny} × 1000", arguments, "waves", (nx, ny, 1000), 8, forms)

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
        forms = ["vmap", "vmap-onehot", "vmap-pass", "vmap-onehot-pass", "vmap-onehot-pass-donated"]
        # More devices are for the processors of a CPU.
        each = ["vmap-each", "vmap-onehot-pass-each"] if self.on_cpu else []
        tail = ("jax_network.py", "two-layer")
        jax = [(form, *tail, form, mnist, steps, "OUT", *alphas) for form in [*forms, *each]]
        peers = [Contender("JAX", jax, 2.5, self.platform)]
        if self.on_cpu:
            peers.append(Contender("numpy", [("whole", "numpy_network.py", mnist, steps, "OUT", *alphas)], 2))
        self.against(f"two-layer 784-50-10, {count} α × {steps}", arguments, peers)
        n, steps = (16, 100) if self.quick else (64, 500)
        axis = f"log:1e-3:1e6:{n}"
        arguments = ["trainability", "--vary", f"alpha_1={axis}", "--vary", f"alpha_2={axis}", "--steps", str(steps)]
        forms = ["0", "64", "64-early", "64-early-each", "16-early-each"] if self.on_cpu else ["0", "0-early", "1024-early"]
        if self.quick:
            forms = [form for form in forms if form[0] in "06"]
        jax = [(form, "jax_network.py", "trainability", form, n, steps, "OUT") for form in forms]
        self.against(f"trainability {n}×{n} × {steps}", arguments, [Contender("JAX", jax, 4, self.platform)])

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
        self.file("csv", "polars", "polars_csv.py", ("text", "enum"), 1.5)

    def parquet(self):
        self.file("parquet", "pyarrow", "pyarrow_parquet.py", ("plain", "dictionary"), 1)

    def file(self, kind, library, script, forms, target):
        """alphasweep: the wall time of the whole command, computing included; others: writing of a ready frame. Every run
        writes a new file: alphasweep keeps an old one until the new one is whole, and would need memory for both."""
        n = 512 if self.quick else 2048
        arguments = ["lecture", "--alpha", f"{ALPHA}:{n}", "--start", f"{START}:{n}", "--steps", "1", "--engine", "cpu"]
        columns, path = self.folder / f"{kind}-npy", self.folder / f"ours.{kind}"
        arguments += ["--out", self.folder / kind, "--no-png"]
        flags = [f"--{kind}", path] if kind == "csv" else ["--no-csv", f"--{kind}", path]
        sweep([*arguments, "--npy", columns], files=flags)
        files = {form: self.folder / f"{form}.{kind}" for form in forms}
        peers = [Peer(form, script, form, columns, file) for form, file in files.items()]
        equal = self.same_rows(path, files[forms[0]], kind)

        def anew(file, run):
            return lambda: (file.unlink(missing_ok=True), run())[1]

        whole = anew(path, lambda: process([*arguments, *flags])[0])
        bare = lambda: process([*arguments, "--no-csv"])[0]
        others = [anew(files[peer.label], peer) for peer in peers]
        ours, without, *theirs = in_turns([whole, bare, *others], max(self.rounds, 2))
        alone = [max(a - b, 1e-6) for a, b in zip(ours, without)]
        for peer, times in zip(peers, theirs):
            peer.close()
            what = f"losses.{kind}, {n * n / 2**20:g} Mi rows, {library} ({peer.label})"
            self.table.ratio(f"{what}, whole command", ours, times, target, equal)
            self.table.ratio(f"{what}, less the command without a file", alone, times)

    @staticmethod
    def same_rows(ours, theirs, kind):
        """Share of rows that read back to the same numbers and words."""
        if filecmp.cmp(ours, theirs, shallow=False):
            return "100 %, to the byte"
        import polars as pl

        read = {"csv": lambda path: pl.read_csv(path, infer_schema_length=None), "parquet": pl.read_parquet}[kind]
        frames = [read(path) for path in (ours, theirs)]
        same = np.ones(frames[0].height, bool)
        for name in frames[0].columns:
            left, right = (frame[name] for frame in frames)
            kind = pl.String if name == "outcome" else pl.Float64
            left, right = (column.cast(kind) for column in (left, right))
            same &= (left == right).fill_null(False).to_numpy() | (left.is_null() & right.is_null()).to_numpy()
        return f"{same.mean() * 100:.4f} %"

    def memory(self):
        """Peak resident memory with every column written. Two maps of columns lie on the disk at the same time: 42 bytes for
        every cell."""
        peaks = []
        for n in (316, 1000) if self.quick else (3163, 10000, *([31622] if self.large else [])):
            arguments = ["lecture", "--alpha", f"log:1e-3:10:{n}", "--start", f"{START}:{n}", "--steps", "10"]
            columns = self.folder / "memory"
            arguments += ["--engine", "cpu", "--npy", columns, "--out", self.folder / "memory-out"]
            peaks.append(process(arguments)[1])
            shutil.rmtree(columns)
            text, limit = f"{peaks[-1] / 2**20:.0f} MiB", "≤ 200 MiB"
            holds = peaks[-1] <= 200 * 2**20
            grows = f"{peaks[-1] / peaks[0]:.2f}× the first" if len(peaks) > 1 else ""
            self.table.row(f"peak memory, {n * n:.0e} cells", text, "", grows, limit, "", holds)

    def growth(self):
        """Seconds by the steps of the descents, in process and in turns. No descent ends early: where they do, a finer map
        is faster by the step, because neighbours, which share a vector, end together. The largest takes part in two
        rounds."""
        sides, steps = ((316, 1000), 500) if self.quick else ((316, 1000, 3162, 10000), 5000)
        sides = (*sides, 31622) if self.large else sides

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
    outcome = OF_WORDS[ours["outcome"]]
    other = theirs["loss" if "loss" in theirs else "loss_final"].reshape(outcome.shape).astype(np.float64)
    same = theirs["outcome"].reshape(outcome.shape) == outcome
    share = f"{same.mean() * 100:.4f} %"
    counts = same & np.isfinite(other) & (outcome != DIVERGED)
    if not counts.any():
        return share
    mine, other, first = (values[counts] for values in (ours["loss_final"], other, ours["loss_start"]))
    scale = np.maximum(np.maximum(np.abs(mine), np.abs(other)), np.maximum(np.abs(first), np.finfo(np.float64).tiny))
    return f"{share}; {np.max(np.abs(mine - other) / scale):.0e}"


FORMULAS = ["lecture", "rosenbrock", "line", "waves"]
PARTS = [*FORMULAS, "networks", "compensated", "gpu", "fixed", "csv", "parquet", "memory", "growth"]


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
    parser.add_argument("--large", action="store_true", help="memory and growth up to 10⁹ cells: 42 GB on the disk, half an hour")
    parser.add_argument("--engine", choices=["cpu", "gpu"], default="cpu", help="of formulas and networks [default: cpu]")
    parser.add_argument("--adapter", help="the GPU of that engine")
    parser.add_argument("--platform", default="cpu", help="where JAX computes, as in JAX_PLATFORMS [default: cpu]")
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
