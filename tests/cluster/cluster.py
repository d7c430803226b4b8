"""Sweeps through HyperQueue, on this machine: cluster.py ALPHASWEEP

The truth is the same sweep by one process. Prints a line per check; exit code 1 at the first that fails.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPT = HERE.parent.parent / "cluster/sweep_hq.py"
sys.path.insert(0, str(SCRIPT.parent))
import sweep_hq  # noqa: E402
import telling  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
# Seconds of work: descents along the valley that do not come to an end. A tile of them takes a fraction of a second.
LONG = {"objective": "rosenbrock", "alpha": "log:1e-5:0.003:200", "start": "lin:-1.5:1.5:200", "steps": "2e5", "gtol": "0"}
SHORT = {"objective": "lecture", "alpha": "log:0.01:9:40", "start": "lin:-10:10:30"}


def command(folder, *flags, spec="spec.json"):
    return [sys.executable, str(SCRIPT), spec, "--out", folder, "--alphasweep", PROGRAM, *flags]


def sweep_hq_says(code, *line, **changes):
    """Runs the script to its end, which must be `code`; what it said."""
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, **changes)
    assert done.returncode == code, f"{done.returncode} instead of {code}: {done.stderr}"
    assert done.stdout == "", f"standard output is for data: {done.stdout}"
    return done.stderr


def request(name, asked):
    Path(name).write_text(json.dumps({"asked": {**asked, "npy": "columns"}}))


def one_process(folder, spec="spec.json"):
    line = [PROGRAM, "sweep", "--spec", spec, "--engine", "cpu", "--threads", "1", "--out", folder, "--quiet"]
    subprocess.run(line, check=True)


def files(folder):
    """Every file that a sweep writes, of sweep.json without what says how it was run."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not name.startswith("parts"):
            found[name] = path.read_bytes()
    document = json.loads(found["sweep.json"])
    del document["run"]
    return {**found, "sweep.json": json.dumps(document).encode()}


def same(one, other):
    return files(one) == files(other)


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"nothing for {seconds} s"
        time.sleep(0.01)
    return found


def tiles(part):
    """The tiles of a part, each with what changes when it is written anew."""
    found = Path().glob(f"{part}/*.tile")
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def running(holder):
    """The part that a worker's process is at, where some tiles of it are there, and others are not."""
    for path in Path(f"/proc/{holder.pid}/task").glob("*/children"):
        for child in path.read_text().split():
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
                number, _, of = words[words.index("--shard") + 1].partition("/") if "--shard" in words else ("", "", "")
                folder = next(Path().glob(f"killed/parts/tiles-*-{number}-of-{of}"), None)
                if folder and 1 <= len(tiles(folder)) <= 3:
                    return folder
    return None


def no_process_has(text):
    """Whether no process has this word in its command line."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if text in path.read_bytes().decode(errors="replace").split("\0"):
                return False
    return True


def a_worker_is_killed():
    from hyperqueue import LocalCluster

    # Links to what a server writes are as its folder is given.
    server = Path("server").absolute()
    with telling.no_stdout():
        cluster = LocalCluster(str(server))
    start = [sys.executable, str(HERE / "worker.py"), str(server)]
    workers = [subprocess.Popen(start, stdout=subprocess.DEVNULL) for _ in range(2)]
    line = command("killed", "--shards", "4", "--server-dir", str(server), "--keep-parts")
    try:
        sweep = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
        part = until(lambda: running(workers[0]))
        workers[0].kill()
        workers[0].wait()
        kept = tiles(part)
        workers.append(subprocess.Popen(start, stdout=subprocess.DEVNULL))
        said = sweep.communicate(timeout=120)[1]
        assert sweep.returncode == 0, said
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
        cluster.stop()
    now = tiles(part)
    assert same("killed", "whole"), "the files differ"
    assert kept.items() <= now.items() and len(kept) < len(now), f"{kept} were not taken up: {now}"
    assert not kept.items() <= tiles(next(Path("killed/parts").glob(f"tiles-*-{4 if '-1-' in part.name else 1}-of-4"))).items()
    return f"a worker killed after {len(kept)} of {len(now)} tiles of a part: these are used, and all files are the same"


def it_is_interrupted():
    line = command("again", "--shards", "3", "--local", "2")
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        enough = len(list(Path("again").glob("parts/*/*.tile"))) + 2
        sweep = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
        until(lambda enough=enough: len(list(Path("again").glob("parts/*/*.tile"))) >= enough)
        begun = time.monotonic()
        sweep.send_signal(how)
        said = sweep.communicate(timeout=20)[1]
        took = time.monotonic() - begun
        if how != signal.SIGKILL:
            assert sweep.returncode == 130 and "cells are kept in" in said, f"{sweep.returncode}: {said}"
            assert took < 6, f"{how} took {took} s"
        until(lambda: no_process_has(str(Path("again/parts").absolute())), 3)
        assert not Path("again/sweep.json").exists(), "nothing has its final name"
    sweep_hq_says(0, *line, "--quiet")
    assert same("again", "whole"), "the files differ"
    assert not Path("again/parts").exists(), "parts that are merged are removed"
    return "SIGINT, SIGTERM and SIGKILL in the middle: no process stays, the same command goes on to the same files"


def stand_in(name, text):
    """A program in place of alphasweep."""
    path = Path(name).absolute()
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def parts_fail():
    request("short.json", SHORT)
    one_process("short", "short.json")
    line = ("--shards", "3", "--local", "1")
    once = 'case "$*" in *2/3*) [ -e failed ] || { : > failed; echo "error: the disk is full" >&2; exit 3; };; esac\n'
    program = stand_in("once", f'{once}exec "{PROGRAM}" "$@"\n')
    said = sweep_hq_says(0, *command("retried", *line, "--alphasweep", program, spec="short.json"))
    assert "part 2/3 failed and is run again (1 of 3): error: the disk is full" in said, said
    assert same("retried", "short"), "the files differ"
    always = stand_in("always", 'case "$*" in *2/3*) echo "error: the disk is full" >&2; exit 3;; esac\n')
    said = sweep_hq_says(3, *command("full", *line, "--retries", "1", "--alphasweep", always, spec="short.json"))
    assert said.endswith("error: part 2/3 failed 2 times:\nerror: the disk is full\n"), said
    return "a part that fails once is run again; one that fails each time is told with what it said"


def requests_are_wrong():
    line = ("--shards", "2", "--local", "1")
    request("wrong.json", {**SHORT, "steps": "-1"})
    begun = time.monotonic()
    said = sweep_hq_says(2, *command("wrong", *line, spec="wrong.json"))
    assert "--steps" in said and "run again" not in said and time.monotonic() - begun < 5, said
    sweep_hq_says(0, *command("two", *line, "--keep-parts", "--quiet", spec="short.json"))
    said = sweep_hq_says(2, *command("two", "--shards", "3", "--local", "1", spec="short.json"))
    assert "has parts of another request" in said, said
    request("gpu.json", {**SHORT, "engine": "gpu"})
    assert "--gpu gives each part one" in sweep_hq_says(2, *command("gpu", *line, spec="gpu.json"))
    assert "is no document with the member `asked`" in sweep_hq_says(2, *command("none", *line, spec="nothing.json"))
    said = sweep_hq_says(2, *command("none", "--shards", "2", "--server-dir", "nowhere", spec="short.json"))
    assert "no HyperQueue server answers there" in said and "--local" in said, said
    without = [sys.executable, "-S", *command("none", *line, spec="short.json")[1:]]
    said = sweep_hq_says(2, *without)
    assert "hyperqueue is not installed" in said and "-m pip install hyperqueue" in said, said
    assert all(not Path(folder, "sweep.json").exists() for folder in ("wrong", "gpu", "none"))
    return "wrong requests, a missing server and a missing hyperqueue are told in a line"


def jobs_on_a_server_are_cancelled():
    """The wheel has no `hq`; a program in its place tells what it was asked."""
    from hyperqueue import LocalCluster

    server = Path("idle").absolute()
    server.mkdir()
    with telling.no_stdout():
        cluster = LocalCluster(str(server))
    stand_in("bin/hq", f'echo "$*" > "{Path("asked").absolute()}"\n')
    line = command("waits", "--shards", "2", "--gpu", "--server-dir", str(server), spec="short.json")
    path = f"{Path('bin').absolute()}:{os.environ['PATH']}"
    for environment, expected in (({}, "goes on until `hq job cancel 1`\n"), ({"PATH": path}, "goes on from there\n")):
        sweep = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})
        first = sweep.stderr.readline()
        assert first.startswith("job "), first
        sweep.send_signal(signal.SIGINT)
        said = sweep.communicate(timeout=20)[1]
        assert sweep.returncode == 130 and said.endswith(expected), f"{sweep.returncode}: {said}"
    assert Path("asked").read_text() == f"--server-dir {server} job cancel 2\n"
    cluster.stop()
    return "a job on a server is cancelled with `hq`, or it is said how (hq was played)"


# In place of Slurm: runs what it is given, one part after the other.
SBATCH = """\
last=1
for word; do case "$word" in
    --array=1-*) last=${word#--array=1-};;
    --cpus-per-task=*) export SLURM_CPUS_PER_TASK=${word#*=};;
    --wrap=*) body=${word#--wrap=};;
esac; done
k=1
while [ $k -le $last ]; do SLURM_ARRAY_TASK_ID=$k sh -c "$body" >&2 || exit 1; k=$((k+1)); done
echo 17
"""


def the_document_is_right():
    """The lines of docs/clusters.md for Slurm and GNU parallel, as they are."""
    blocks = (HERE.parent.parent / "docs/clusters.md").read_text().split("```")[1::2]
    stand_in("bin/sbatch", SBATCH)
    stand_in("bin/alphasweep", f'exec "{PROGRAM}" "$@"\n')
    path = f"{Path('bin').absolute()}:{os.environ['PATH']}"
    done = []
    for name in ("sbatch", "parallel"):
        block = next(block for block in blocks if name in block).removeprefix("sh\n")
        if name == "parallel" and not shutil.which(name):
            print("SKIPPED the document's lines for GNU parallel: it is not installed", file=sys.stderr)
            continue
        Path(name).mkdir()
        Path(name, "spec.json").write_bytes(Path("short.json").read_bytes())
        ran = subprocess.run(["bash", "-ec", block], cwd=name, env={**os.environ, "PATH": path}, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        # sweep.json names the threads, of which these have others.
        numbers = [{n: c for n, c in files(folder).items() if n != "sweep.json"} for folder in (f"{name}/big", "short")]
        assert numbers[0] == numbers[1], "the files differ"
        done.append(name)
    return f"the document's lines run: {', '.join(done)} (Slurm was played)"


def gpus_are_named():
    """With programs in place of nvidia-smi and alphasweep: how an id of HyperQueue becomes an adapter."""
    known = 'case "$1" in --id=3) echo 00000000:3B:00.0;; *) echo "No devices were found"; exit 6;; esac\n'
    stand_in("bin/nvidia-smi", known)
    path = {"PATH": f"{Path('bin').absolute()}:{os.environ['PATH']}"}

    def given(gpu):
        line = ["sh", "-c", sweep_hq.FIND_GPU + sweep_hq.START, "shard", "echo", "sweep"]
        return subprocess.run(line, capture_output=True, text=True, env={**path, "HQ_RESOURCE_VALUES_gpus_nvidia": gpu})

    assert given("3").stdout == "sweep --adapter pci:0000:3B:00.0\n"
    assert given("4").returncode == 3 and "does not know the GPU '4'" in given("4").stderr
    return "the GPU that HyperQueue gives is named by its PCI address (nvidia-smi was played)"


def differences_are_seen():
    """The comparison of this test can fail."""
    for name, content in files("short").items():
        (Path("broken") / name).parent.mkdir(parents=True, exist_ok=True)
        (Path("broken") / name).write_bytes(content)
    document = json.loads(Path("short/sweep.json").read_bytes())
    Path("broken/sweep.json").write_text(json.dumps({**document, "run": {"command": "another"}}))
    assert same("broken", "short"), "how it was run does not count"
    for name in ("losses.csv", "heatmap.png", "columns/loss_final.npy"):
        path = Path("broken") / name
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert not same("broken", "short"), f"{name} with another bit is not seen"
        path.write_bytes(content)
    return "one bit in one file is seen"


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["TMPDIR"] = folder
        os.mkdir("bin")
        os.mkdir("server")
        request("spec.json", LONG)
        one_process("whole")
        checks = (
            a_worker_is_killed, it_is_interrupted, parts_fail, requests_are_wrong, jobs_on_a_server_are_cancelled,
            the_document_is_right, gpus_are_named, differences_are_seen,
        )
        for check in checks:
            begun = time.monotonic()
            print(f"ok  {check()} ({time.monotonic() - begun:.1f} s)", flush=True)


main()
