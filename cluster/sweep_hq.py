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
import errno
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import parts_folder
from parts_folder import kept
from started_cluster import Cluster, first_line
from telling import FAILED, INTERRUPTED, WRONG_REQUEST, Trouble, printable, tell, three_streams

POLL_SECONDS = 1.0
# So long nothing at all has happened until the reader is asked whether there are workers.
PATIENCE_SECONDS = 30.0
# As many as `sweep --shard` takes.
MOST_PARTS = 1_000_000

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


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else does."""

    def error(self, message):
        line = message.replace("\n", "\ufffd")
        raise Trouble(f"{line}; --help shows what there is", WRONG_REQUEST)


def arguments():
    summary, _, rest = __doc__.partition("\n\n")
    parser = Parser(
        description=summary, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("spec", metavar="SPEC.json", type=path, help="the request, as for `alphasweep sweep --spec`")
    parser.add_argument("--shards", metavar="N", type=parts, required=True, help="number of parts")
    parser.add_argument("--out", metavar="DIR", type=path, required=True, help="folder for the files")
    parser.add_argument("--cpus", metavar="K", type=positive, default=1, help="processors, and threads, of each part [1]")
    parser.add_argument("--gpu", action="store_true", help="one NVIDIA GPU for each part, else the CPU engine")
    parser.add_argument("--retries", metavar="R", type=natural, default=3, help="so often a failed part is run again [3]")
    parser.add_argument("--local", metavar="WORKERS", type=workers, help="no server: so many workers on this machine")
    parser.add_argument("--server-dir", metavar="DIR", type=path, help="of the server [~/.hq-server]")
    parser.add_argument("--alphasweep", metavar="PATH", help="the program, if it is not in PATH or was built beside this")
    parser.add_argument("--keep-parts", action="store_true", help="keep DIR/parts when all files are written")
    parser.add_argument("--quiet", action="store_true", help="only errors on stderr")
    return parser.parse_args()


def path(text):
    """An absolute path, which HyperQueue can be given: it knows UTF-8 alone."""
    if not text:
        raise argparse.ArgumentTypeError("an empty path")
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise argparse.ArgumentTypeError(f"{text}: has a control character")
    try:
        os.fsencode(text).decode()
        return Path(text).absolute()
    except UnicodeDecodeError:
        raise argparse.ArgumentTypeError(f"{text}: is no UTF-8, and HyperQueue takes no other names") from None
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text}: the folder that this is run in is gone ({error})") from None


def natural(text, most=2**32 - 1):
    digits = text.isascii() and text.isdigit() and len(text) <= 20
    if not digits or int(text) > most:
        raise argparse.ArgumentTypeError(f"{text}: is no whole number up to {most}")
    return int(text)


def positive(text, most=2**32 - 1):
    if natural(text, most) == 0:
        raise argparse.ArgumentTypeError("0: must be at least 1")
    return natural(text)


def parts(text):
    return positive(text, MOST_PARTS)


def workers(text):
    return positive(text, 4 * (os.cpu_count() or 1))


def find_program(given):
    """The absolute path of alphasweep."""
    built = Path(__file__).resolve().parent.parent / "target/release/alphasweep"
    found = shutil.which(given) if given is not None else shutil.which("alphasweep") or shutil.which(built)
    if found is None:
        what = f"--alphasweep {given}: is no program" if given is not None else "alphasweep is not in PATH"
        raise Trouble(f"{what}; `cargo install --path .` installs it, --alphasweep PATH names it", WRONG_REQUEST)
    return os.path.abspath(found)


def read_request(spec, gpu):
    """What SPEC.json asks for. Its flags are checked by alphasweep itself."""
    try:
        document = parts_folder.read_document(spec)
    except (OSError, ValueError) as error:
        raise Trouble(f"SPEC {spec}: is no document with the member `asked` ({error})", WRONG_REQUEST) from None
    asked = document.get("asked") if isinstance(document, dict) else None
    if not isinstance(asked, dict):
        raise Trouble(f'SPEC {spec}: is no document with the member `asked`; expected {{"asked": {{…}}}}', WRONG_REQUEST)
    for name, value in asked.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(value, str | int | float) for value in values):
            raise Trouble(f"SPEC {spec}: the value of `{name}` is none that a flag can have", WRONG_REQUEST)
    engine = asked.get("engine", "auto")
    if engine not in ("auto", "gpu" if gpu else "cpu"):
        way_out = "leave --gpu out" if gpu else "--gpu gives each part one"
        raise Trouble(f"SPEC {spec}: asks for the engine {engine}; {way_out}, or leave `engine` out", WRONG_REQUEST)
    return asked


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
        terminal, now = os.isatty(2), time.monotonic()
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
        tell(f"\r\033[K{text}")

    def say(self, text):
        if not self.given.quiet:
            self.end_line()
            tell(f"{printable(text)}\n")

    def end_line(self):
        if self.line:
            tell("\n")
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
    except Exception as error:  # The binding has no type of its own.
        parts.end_line()
        message = f"HyperQueue failed ({first_line(error)}); the same command goes on from the tiles in {folder}"
        raise Trouble(message, FAILED) from None
    finally:
        cluster.stop()


def working_folder():
    """Where the parts run, so that relative names in SPEC.json mean the same there."""
    try:
        return Path.cwd()
    except OSError as error:
        raise Trouble(f"the folder that this is run in is gone ({error}); run it elsewhere", WRONG_REQUEST) from None


def refuse_patterns(**places):
    """HyperQueue puts something else in place of %{JOB_ID} and the like in names of logs and folders."""
    for what, place in places.items():
        if "%{" in str(place):
            name = "--out" if what == "out" else "the folder that this is run in"
            raise Trouble(f"{name} {place}: HyperQueue takes %{{…}} for a pattern; choose another name", WRONG_REQUEST)


def claim(given, asked):
    """The folder of the parts, and what keeps others out of it."""
    folder = given.out / "parts"
    try:
        return folder, parts_folder.claim(folder, {"asked": asked, "shards": given.shards, "gpu": given.gpu})
    except parts_folder.Refused as error:
        raise Trouble(f"--out {given.out}: {error}", WRONG_REQUEST) from None
    except OSError as error:
        code = FAILED if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO) else WRONG_REQUEST
        raise Trouble(f"--out {given.out}: cannot be written ({error})", code) from None


def merge(given, program, folder):
    line = [program, "merge", str(folder), "--out", str(given.out)] + ["--quiet"] * given.quiet
    try:
        code = subprocess.run(line).returncode
    except OSError as error:
        raise Trouble(f"the parts are in {folder}, and {program} cannot be run ({error})", FAILED) from None
    if code != 0:
        raise Trouble(f"the parts are in {folder}, and `{shlex.join(line)}` failed", code if code > 0 else FAILED)


def tidy(given, folder):
    """Removes what was made for the parts; what else lies there stays."""
    try:
        stays = parts_folder.remove(folder)
    except OSError as error:
        raise Trouble(f"all files are written; {folder} cannot be removed ({error})", FAILED) from None
    if stays and not given.quiet:
        more = f" and {len(stays) - 1} more" if len(stays) > 1 else ""
        tell(printable(f"{folder} stays: {stays[0]}{more} in it was not made by this program\n"))


def run(given):
    if given.local and given.gpu:
        raise Trouble("--gpu: workers of --local have no GPUs to give; start `hq server` and `hq worker`", WRONG_REQUEST)
    refuse_patterns(out=given.out, here=working_folder())
    program = find_program(given.alphasweep)
    asked = read_request(given.spec, given.gpu)
    folder, held = claim(given, asked)
    with held:
        compute(given, program, folder)
        merge(given, program, folder)
        if not given.keep_parts:
            tidy(given, folder)


def main():
    three_streams()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(arguments())
    except Trouble as trouble:
        tell(printable(f"error: {trouble}\n"))
        return trouble.code
    except KeyboardInterrupt:
        tell("error: interrupted\n")
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
