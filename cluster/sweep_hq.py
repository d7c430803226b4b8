#!/usr/bin/env python3
"""Runs one sweep on many machines: a HyperQueue task for every part of it, then the merge.

    sweep_hq.py SPEC.json --shards 64 --cpus 16 --out DIR     on the server that `hq server start` started
    sweep_hq.py SPEC.json --shards 64 --gpu --out DIR         one NVIDIA GPU for every part
    sweep_hq.py SPEC.json --shards 8 --local 2 --out DIR      on this machine alone, with two workers

SPEC.json is what `alphasweep sweep --spec` takes: {"asked": {"objective": "rosenbrock", "steps": "1e6"}} or a sweep.json.
All machines see the same files under the same names: SPEC.json, its data, DIR and alphasweep itself.

Finished tiles are kept in DIR/parts. A part whose worker was lost is started again by HyperQueue, one that failed by this
program, and both go on from these tiles; so does the same command after an interruption. Exit codes are those of
alphasweep: 0 done, 2 wrong request, 3 a part failed too often, 130 interrupted.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WRONG_REQUEST, FAILED, INTERRUPTED = 2, 3, 130
POLL_SECONDS = 1.0
# So long nothing at all has happened until the reader is asked whether there are workers.
PATIENCE_SECONDS = 30.0

# A task that HyperQueue starts again (instance 1, 2, ...) may find the one before still at work: it loses its worker, gets
# SIGTERM and has two seconds to end. `exec`, so that this signal reaches alphasweep and not a shell.
START = '[ "${HQ_INSTANCE_ID:-0}" = 0 ] || sleep 2.5\nexec "$@"\n'
# Vulkan does not heed CUDA_VISIBLE_DEVICES, so the GPU that HyperQueue chose is named by its PCI address. What HyperQueue
# calls it, an index in the order of the bus or a UUID, is what nvidia-smi takes. That prints a domain of eight digits,
# 00000000:3B:00.0, where Vulkan has four.
FIND_GPU = """\
gpu="$HQ_RESOURCE_VALUES_gpus_nvidia"
address=$(nvidia-smi --id="$gpu" --query-gpu=pci.bus_id --format=csv,noheader) && [ -n "$address" ] || {
    echo "error: nvidia-smi does not know the GPU '$gpu' that HyperQueue gave: $address" >&2
    exit 3
}
set -- "$@" --adapter "pci:${address#0000}"
"""


class Trouble(Exception):
    """What is said in one line, and the exit code."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


class Seen(Exception):
    """Carries the states of jobs out of a call that would otherwise wait for their end."""


def arguments():
    summary, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("spec", metavar="SPEC.json", type=Path, help="the request, as for `alphasweep sweep --spec`")
    parser.add_argument("--shards", metavar="N", type=positive, required=True, help="number of parts")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the files")
    parser.add_argument("--cpus", metavar="K", type=positive, default=1, help="processors, and threads, of each part [1]")
    parser.add_argument("--gpu", action="store_true", help="one NVIDIA GPU for each part, else the CPU engine")
    parser.add_argument("--retries", metavar="R", type=natural, default=3, help="so often a failed part is run again [3]")
    parser.add_argument("--local", metavar="WORKERS", type=positive, help="no server: so many workers on this machine")
    parser.add_argument("--server-dir", metavar="DIR", type=Path, help="of the server [~/.hq-server]")
    parser.add_argument("--alphasweep", metavar="PATH", help="the program, if it is not in PATH or was built beside this")
    parser.add_argument("--keep-parts", action="store_true", help="keep DIR/parts when all files are written")
    parser.add_argument("--quiet", action="store_true", help="only errors on stderr")
    return parser.parse_args()


def natural(text):
    if not text.isascii() or not text.isdigit() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text}: is no whole number below 2^32")
    return int(text)


def positive(text):
    if natural(text) == 0:
        raise argparse.ArgumentTypeError("0: must be at least 1")
    return natural(text)


def find_program(given):
    """The absolute path of alphasweep."""
    built = Path(__file__).resolve().parent.parent / "target/release/alphasweep"
    found = shutil.which(given) if given else shutil.which("alphasweep") or shutil.which(built)
    if found is None:
        what = f"--alphasweep {given}: is no program" if given else "alphasweep is not in PATH"
        raise Trouble(f"{what}; `cargo install --path .` installs it, --alphasweep PATH names it", WRONG_REQUEST)
    return os.path.abspath(found)


def read_request(path, gpu):
    """What SPEC.json asks for. Its flags are checked by alphasweep itself."""
    try:
        asked = json.loads(path.read_bytes())["asked"]
        engine = asked.get("engine", "auto")
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Trouble(f"SPEC {path}: is no document with the member `asked` ({error!r})", WRONG_REQUEST) from None
    if engine not in ("auto", "gpu" if gpu else "cpu"):
        way_out = "leave --gpu out" if gpu else "--gpu gives each part one"
        raise Trouble(f"SPEC {path}: asks for the engine {engine}; {way_out}, or leave `engine` out", WRONG_REQUEST)
    return asked


def claim(parts, request):
    """Makes the folder of the parts, or makes sure that it is of the same request: then its tiles are taken up."""
    document = parts / "request.json"
    if document.exists():
        try:
            there = json.loads(document.read_bytes())
        except ValueError:
            there = None
        if there != request:
            raise Trouble(
                f"--out {parts.parent}: {parts} has parts of another request (--shards, --gpu or SPEC differ); "
                "choose another --out, or remove that folder",
                WRONG_REQUEST,
            )
        return
    (parts / "logs").mkdir(parents=True, exist_ok=True)
    passing = document.with_suffix(".unfinished")
    passing.write_text(json.dumps(request, indent=2))
    passing.replace(document)


def kept(parts):
    """Cells in finished tiles, whose names say which, and the cells of the whole sweep, or None where no plan is yet."""
    cells, of = 0, None
    for folder in filter(lambda entry: entry.name.startswith("tiles-"), os.scandir(parts)):
        for entry in os.scandir(folder):
            if found := re.fullmatch(r"(\d+)-(\d+)\.tile", entry.name):
                cells += int(found[2]) - int(found[1])
        if of is None:
            with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
                spec = json.loads(Path(folder, "plan.json").read_bytes())["spec"]
                of = spec["x"]["values"] * (spec["y"]["values"] if spec["y"] else 1)
    return cells, of


class Cluster:
    """A running server, or workers on this machine; and what of it is ours."""

    def __init__(self, given):
        try:
            import hyperqueue
        except ImportError as error:
            way_out = f"`{sys.executable} -m pip install hyperqueue`"
            raise Trouble(f"hyperqueue is not installed here ({error}); {way_out}", WRONG_REQUEST) from None
        self.hq, self.server_dir, self.local = hyperqueue, given.server_dir, None
        if given.local:
            # Its workers leave a socket each in the folder for passing files.
            self.folder = tempfile.TemporaryDirectory(prefix="hq-")
            with no_stdout(), passing_files_in(self.folder.name):
                self.local = hyperqueue.LocalCluster(self.folder.name)
                for _ in range(given.local):
                    self.local.start_worker(hyperqueue.cluster.WorkerConfig(cores=given.cpus))
            self.client = self.local.client()
            return
        try:
            self.client = hyperqueue.Client(given.server_dir)
        except Exception as error:  # The binding has no type of its own.
            where = given.server_dir or "~/.hq-server"
            raise Trouble(
                f"--server-dir {where}: no HyperQueue server answers there ({str(error).splitlines()[0]}); `hq server start` "
                "starts one, --local WORKERS does without",
                WRONG_REQUEST,
            ) from None

    def states(self, jobs):
        """Tasks of each job: `total`, `finished`, `failed`, and whether all of it is `completed`."""

        def look(states):
            raise Seen(states)

        try:
            self.client.connection.wait_for_jobs(tuple(jobs), look)
        except Seen as seen:
            return seen.args[0]
        return {}

    def cancel(self, jobs):
        """Ends jobs, and says what it could not do. The Python API cannot cancel, the program `hq` can."""
        if self.local:
            self.stop()
            return ""
        names = ",".join(map(str, jobs))
        program = shutil.which("hq")
        place = ["--server-dir", str(self.server_dir)] if self.server_dir else []
        if program and subprocess.run([program, *place, "job", "cancel", names], capture_output=True).returncode == 0:
            return ""
        return f"; what was submitted goes on until `hq job cancel {names}`"

    def stop(self):
        """Stops what was started here. Tasks get SIGTERM with their worker and keep what they have finished."""
        if self.local is None:
            return
        local, self.local = self.local, None
        local.stop()
        until = time.monotonic() + 2.5
        with contextlib.suppress(ChildProcessError):
            while time.monotonic() < until:
                os.waitpid(-1, os.WNOHANG)
                time.sleep(0.05)
        self.folder.cleanup()


@contextlib.contextmanager
def no_stdout():
    """The engine prints a table of its addresses when it starts; our standard output is for data."""
    sys.stdout.flush()
    saved, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nowhere)


@contextlib.contextmanager
def passing_files_in(folder):
    """Sets TMPDIR for what is started within, not for the tasks."""
    saved = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = folder
    try:
        yield
    finally:
        os.environ.pop("TMPDIR") if saved is None else os.environ.update(TMPDIR=saved)


class Parts:
    """All parts of a sweep, on their way."""

    def __init__(self, given, cluster, program, folder):
        self.given, self.cluster, self.program, self.folder = given, cluster, program, folder
        self.jobs = {}  # id: the numbers of the parts, in the order of the tasks
        self.failed = {}  # id: tasks whose failure was seen
        self.failures = dict.fromkeys(range(1, given.shards + 1), 0)
        self.waiting = []  # (when, part): to be submitted again
        self.told, self.begun, self.line = None, time.monotonic(), False
        self.look_again = 0.0

    def task(self, number):
        """Program and arguments of one part."""
        shard = f"{number}/{self.given.shards}"
        sweep = [self.program, "sweep", "--spec", str(self.given.spec), "--shard", shard, "--out", str(self.folder), "--quiet"]
        if self.given.gpu:
            return ["sh", "-c", FIND_GPU + START, "shard", *sweep, "--engine", "gpu"]
        return ["sh", "-c", START, "shard", *sweep, "--engine", "cpu", "--threads", str(self.given.cpus)]

    def submit(self, numbers):
        from hyperqueue.ffi.protocol import ResourceRequest

        resources = {"gpus/nvidia": 1} if self.given.gpu else {}
        job = self.cluster.hq.Job(name=f"alphasweep {self.given.spec.name}", max_fails=None)
        for number in numbers:
            log = str(self.folder / "logs" / f"{number}-of-{self.given.shards}")
            request = ResourceRequest(cpus=self.given.cpus, resources=dict(resources))
            job.program(
                self.task(number), cwd=os.getcwd(), stdout=log + ".stdout", stderr=log + ".stderr",
                name=f"{number}/{self.given.shards}", resources=request,
            )
        submitted = self.cluster.client.submit(job)
        self.jobs[submitted.id] = (submitted, list(numbers))
        self.failed[submitted.id] = set()
        return submitted.id

    def run(self):
        """Comes back when all parts are finished."""
        first = self.submit(self.failures)
        each = f"{self.given.cpus} cpu{'s'[:self.given.cpus > 1]}" + (" and a GPU" if self.given.gpu else "")
        self.say(f"job {first}: {self.given.shards} parts, {each} each; tiles and logs are in {self.folder}")
        while True:
            states = self.cluster.states(self.jobs)
            for job, state in states.items():
                self.look_at(job, state)
            done = sum(state["finished"] for state in states.values())
            self.progress(done)
            if done == self.given.shards:
                return
            due = [number for when, number in self.waiting if when <= time.monotonic()]
            self.waiting = [(when, number) for when, number in self.waiting if number not in due]
            if due:
                self.submit(due)
            time.sleep(POLL_SECONDS)

    def look_at(self, job, state):
        """Takes note of tasks that failed since."""
        submitted, numbers = self.jobs[job]
        if state["failed"] > len(self.failed[job]):
            for task, context in self.cluster.client.get_failed_tasks(submitted).items():
                if task not in self.failed[job]:
                    self.failed[job].add(task)
                    self.again(numbers[task], context)
        if state["completed"] and state["finished"] + state["failed"] < state["total"]:
            raise Trouble(f"job {job} was cancelled; the same command goes on from the tiles in {self.folder}", FAILED)

    def again(self, number, context):
        """Has a part that failed run once more, unless that is of no use."""
        wrong = re.search(rf"exit code {WRONG_REQUEST}\b", context.error) is not None
        times = self.failures[number] = self.failures[number] + 1
        said = last_lines(context.stderr) or context.error
        if wrong or times > self.given.retries:
            often = "" if times == 1 else f" {times} times"
            raise Trouble(f"part {number}/{self.given.shards} failed{often}:\n{said}", WRONG_REQUEST if wrong else FAILED)
        self.say(f"part {number}/{self.given.shards} failed and is run again ({times} of {self.given.retries}): {said}")
        # A machine that fails at once would otherwise use up all tries of all parts before anybody looks.
        self.waiting.append((time.monotonic() + 2.0**times, number))

    def progress(self, done):
        """On a terminal a line that changes, elsewhere one for every change."""
        if self.given.quiet:
            return
        terminal, now = sys.stderr.isatty(), time.monotonic()
        if now < self.look_again or not terminal and done == self.told:
            return
        cells, of = kept(self.folder)
        # Millions of tiles on a busy file system: looking must not cost more than a twentieth of the time.
        self.look_again = now + 20 * (time.monotonic() - now)
        if self.told is None and cells == 0 and now < self.begun + PATIENCE_SECONDS:
            return
        share = f" of {of:,} ({100 * cells / of:.0f} %)" if of else ""
        text = f"{done} of {self.given.shards} parts done, {cells:,}{share} cells kept"
        if cells == 0 and not self.given.local:
            text += "; nothing yet: has the server a worker with room for a part? `hq worker list`"
        self.told = done
        if not terminal:
            return self.say(text)
        self.line = True
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def say(self, text):
        if not self.given.quiet:
            self.end_line()
            print(text, file=sys.stderr, flush=True)

    def end_line(self):
        if self.line:
            sys.stderr.write("\n")
            self.line = False


def last_lines(path, most=5):
    """The end of what a part said."""
    try:
        return "\n".join(Path(path).read_text(errors="replace").splitlines()[-most:])
    except (OSError, TypeError):
        return ""


def compute(given, program, folder):
    """All parts, whatever happens on the way."""
    cluster = Cluster(given)
    parts = Parts(given, cluster, program, folder)
    try:
        parts.run()
        parts.end_line()
    except (Trouble, KeyboardInterrupt) as end:
        parts.end_line()
        # Whoever presses again does not want to wait.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        goes_on = cluster.cancel(parts.jobs)
        if isinstance(end, Trouble):
            raise Trouble(f"{end}{goes_on}", end.code) from None
        cells, of = kept(folder)
        told = f"{cells:,} of {of:,} cells are" if of else "what is finished is"
        message = f"interrupted: {told} kept in {folder}; the same command goes on from there{goes_on}"
        raise Trouble(message, INTERRUPTED) from None
    finally:
        cluster.stop()


def run(given):
    if given.local and given.gpu:
        raise Trouble("--gpu: workers of --local have no GPUs to give; start `hq server` and `hq worker`", WRONG_REQUEST)
    given.spec, given.out = given.spec.absolute(), given.out.absolute()
    program = find_program(given.alphasweep)
    asked = read_request(given.spec, given.gpu)
    folder = given.out / "parts"
    try:
        claim(folder, {"asked": asked, "shards": given.shards, "gpu": given.gpu})
    except OSError as error:
        raise Trouble(f"--out {given.out}: cannot be written ({error})", WRONG_REQUEST) from None
    compute(given, program, folder)
    merge = [program, "merge", str(folder), "--out", str(given.out)] + ["--quiet"] * given.quiet
    code = subprocess.run(merge).returncode
    if code != 0:
        raise Trouble(f"the parts are in {folder}, and `{' '.join(merge)}` failed", code if code > 0 else FAILED)
    if not given.keep_parts:
        shutil.rmtree(folder)


def main():
    given = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(given)
    except Trouble as trouble:
        print(f"error: {trouble}", file=sys.stderr)
        return trouble.code
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
