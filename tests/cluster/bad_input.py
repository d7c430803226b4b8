"""What `sweep_hq.py` makes of folders that are not its own, and of requests that are wrong: bad_input.py ALPHASWEEP

Nothing that it did not make is removed. Every bad input is one line on stderr and exit code 2, and changes nothing. Prints a
line per check; exit code 1 at the first that fails.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPT = HERE.parent.parent / "cluster/sweep_hq.py"
sys.path.insert(0, str(SCRIPT.parent))
import parts_folder  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
ASKED = {"objective": "lecture", "alpha": "log:0.01:9:20", "start": "lin:-10:10:10"}
TILES = "tiles-0123456789abcdef-1-of-2"


def command(*flags, spec="spec.json", out="out", shards="2"):
    line = [sys.executable, str(SCRIPT), spec, "--shards", shards, "--out", out]
    return [*line, "--alphasweep", PROGRAM, "--local", "1", *flags]


def run(line, **changes):
    return subprocess.run(line, capture_output=True, timeout=60, **changes)


def refused(line, *words, **changes):
    """One line, exit code 2, and no file more or less."""
    before = everything(".")
    done = run(line, **changes)
    said = done.stderr.decode()
    assert done.returncode == 2, f"{line[2:]}: {done.returncode} instead of 2: {said}"
    assert said.startswith("error: ") and said.count("\n") == 1 and said.endswith("\n"), f"{line[2:]}: {said}"
    assert all(word in said for word in words), f"{words} are not in: {said}"
    assert not done.stdout, f"standard output is for data: {done.stdout}"
    assert everything(".") == before, f"{line[2:]} changed {everything('.') ^ before}"


def everything(folder):
    """Every name below a folder, links not followed, and what files hold."""
    found = set()
    for path in Path(folder).rglob("*"):
        plain = path.is_file() and not path.is_symlink() and path.stat().st_size < 2**20
        found.add((str(path), path.read_bytes() if plain else b""))
    return found


def a_folder_of_parts(name="out"):
    """As it is left in the middle."""
    parts = Path(name, "parts")
    parts_folder.claim(parts, {"asked": ASKED, "shards": 2, "gpu": False}).close()
    (parts / TILES).mkdir()
    for made in ("logs/1-of-2.stderr", f"{TILES}/plan.json", f"{TILES}/lock", f"{TILES}/0000000000-0000000100.tile"):
        (parts / made).touch()
    return parts


def foreign_folders_are_refused():
    foreign = Path("foreign/parts")
    foreign.mkdir(parents=True)
    refused(command(out="foreign"), "foreign/parts was not made by this program")
    (foreign / "thesis.txt").write_text("years of work")
    refused(command(out="foreign"), "foreign/parts was not made by this program")
    for make in (lambda path: path.mkdir(), os.mkfifo, lambda path: path.symlink_to("thesis.txt")):
        make(foreign / "request.json")
        refused(command(out="foreign"), "foreign/parts was not made by this program")
        (foreign / "request.json").rename(foreign / f"earlier-{time.monotonic_ns()}")
    for there in (b"", b"\xff", b"[" * 200_000, b'{"asked": {}}'):
        (foreign / "request.json").write_bytes(there)
        refused(command(out="foreign"), "has parts of another request")
    Path("file").mkdir()
    Path("file/parts").write_text("parts")
    refused(command(out="file"), "file/parts was not made by this program")
    ours = a_folder_of_parts("elsewhere")
    Path("linked").mkdir()
    for target in (ours.absolute(), "nowhere"):
        Path("linked/parts").unlink(missing_ok=True)
        Path("linked/parts").symlink_to(target)
        refused(command(out="linked"), "linked/parts is a link")
    shutil.rmtree(ours / "logs")
    (ours / "logs").symlink_to(foreign.absolute())
    refused(command(out="elsewhere"), "elsewhere/parts/logs is a link")
    return "a foreign `parts`, a link and a file there are refused, and nothing in them changes"


def only_one_works_there():
    parts = Path("busy/parts")
    with parts_folder.claim(parts, {"asked": ASKED, "shards": 2, "gpu": False}):
        refused(command(out="busy"), "another sweep_hq.py is working in", "busy/parts")
    assert run(command("--quiet", out="busy")).returncode == 0
    return "a second one is refused while the first works"


def what_others_put_there_stays(remove=parts_folder.remove):
    """Files beside ours, folders that are named like ours, and what links lead to."""
    shutil.rmtree("mixed", ignore_errors=True)
    parts = a_folder_of_parts("mixed")
    away = Path("mixed/away")
    away.mkdir()
    (away / "0000000000-0000000100.tile").write_text("not a tile of this sweep")
    others = ["notes.txt", "logs/notes.txt", f"{TILES}/notes.txt", "tiles-of-a-house/0-1.tile", "tiles-0/plan.json"]
    for name in others:
        (parts / name).parent.mkdir(exist_ok=True)
        (parts / name).write_text("years of work")
    links = ["tiles-00000000deadbeef-2-of-2", f"{TILES}/0000000100-0000000200.tile"]
    for name in links:
        (parts / name).symlink_to(away.absolute())
    stays = remove(parts)
    assert all((parts / name).exists() for name in others), "foreign files are gone"
    assert all((parts / name).read_text() == "years of work" for name in others), "foreign files are changed"
    assert all((parts / name).is_symlink() for name in links), "links are gone"
    assert (away / "0000000000-0000000100.tile").exists(), "a link was followed"
    assert not list(parts.rglob("*.stderr")) and not list(parts.rglob("*/lock")), "what was made is removed"
    assert not (parts / "request.json").exists() and not (parts / f"{TILES}/plan.json").exists()
    expected = [*(name for name in others if not name.startswith("tiles-of") and name != "tiles-0/plan.json"), *links]
    assert sorted(stays) == sorted([*expected, "tiles-of-a-house", "tiles-0"]), stays
    return "only what was made is removed: foreign files, folders and links stay"


def a_whole_run_leaves_what_is_foreign():
    assert run(command("--keep-parts", "--quiet", out="whole")).returncode == 0
    Path("whole/parts/notes.txt").write_text("years of work")
    done = run(command(out="whole"))
    assert done.returncode == 0 and b"parts stays: notes.txt in it" in done.stderr, done.stderr
    assert os.listdir("whole/parts") == ["notes.txt"], os.listdir("whole/parts")
    assert Path("whole/losses.csv").exists()
    refused(command(out="whole"), "whole/parts was not made by this program")
    Path("led").symlink_to("led-to")
    Path("led-to").mkdir()
    assert run(command("--quiet", out="led")).returncode == 0, "a link to --out itself is followed"
    assert not Path("led-to/parts").exists() and Path("led-to/losses.csv").exists()
    return "a whole run removes its parts and leaves a foreign file, and --out may be a link"


def specs_are_wrong():
    def spec(name, content):
        Path(name).write_bytes(content)
        return name

    nested = b"[" * 300 + b"]" * 300
    wrong = {
        "nothing.json": None, "a-folder": None, "a-pipe": None,
        "empty.json": b"", "latin.json": b'{"asked": {"objective": "\xe9"}}', "utf16.json": '{"asked": {}}'.encode("utf-16"),
        "list.json": b"[]", "number.json": b"3", "null.json": b"null", "none.json": b"{}", "text.json": b'{"asked": "x"}',
        "deep.json": b"[" * 200_000, "deep-object.json": b'{"asked":' * 100_000, "cut.json": b'{"asked": {',
        "inner.json": b'{"asked": {"steps": ' + nested + b"}}", "object.json": b'{"asked": {"steps": {}}}',
        "null-value.json": b'{"asked": {"steps": null}}', "nan.json": b'{"asked": {"steps": NaN}}',
        "infinite.json": b'{"asked": {"steps": 1e999}}', "engine.json": b'{"asked": {"engine": ["\\u001b[2J"]}}',
        "digits.json": b'{"asked": {"steps": ' + b"1" * 10_000 + b"}}",
    }
    Path("a-folder").mkdir()
    os.mkfifo("a-pipe")
    for name, content in wrong.items():
        refused(command(spec=name if content is None else spec(name, content)), name)
    with open("huge.json", "wb") as file:
        file.truncate(10 << 30)
    begun = time.monotonic()
    refused(command(spec="huge.json"), "huge.json", "larger than")
    assert time.monotonic() - begun < 10
    Path("huge.json").unlink()
    return f"{len(wrong) + 1} documents that are none: each is a line"


def flags_are_wrong():
    for pattern in ("%{JOB_ID}", "a%{FOO}", "%{CWD}/b"):
        refused(command(out=pattern), "HyperQueue takes %{…} for a pattern")
    Path("in%{TASK_ID}").mkdir()
    spec = os.path.abspath("spec.json")
    refused(command(spec=spec, out=os.path.abspath("o")), "for a pattern", cwd="in%{TASK_ID}")
    refused(command(out="spec.json"), "--out", "cannot be written")
    refused(command(out="spec.json/below"), "--out", "cannot be written")
    refused(command(out="/proc/nowhere"), "--out", "cannot be written")
    refused(command(out="x" * 300), "--out", "cannot be written")
    Path("leads-nowhere").symlink_to("nowhere/at/all")
    refused(command(out="leads-nowhere"), "--out")
    refused(command(out=""), "--out", "empty")
    refused(command(out="a\nb"), "--out", "control character")
    refused(command(out=b"a\xff"), "--out", "UTF-8")
    refused(command(spec=b"a\xff"), "SPEC", "UTF-8")
    for flags in (["--cpus", "0"], ["--cpus", "1e3"], ["--cpus", "٣"], ["--retries", "-1"], ["--local", "100000"], ["--what"]):
        refused(command(*flags), flags[0])
    for shards in ("0", "-1", "1.5", "1000001", "9" * 5000, ""):
        refused(command(shards=shards), "--shards")
    refused([sys.executable, str(SCRIPT)], "SPEC.json")
    refused(command("--gpu"), "--gpu")
    for program in ("nowhere", "a-folder", "spec.json", ""):
        refused(command("--alphasweep", program), "--alphasweep")
    refused(command("--what\never"), "--what")
    return "flags, names and folders that are wrong: each is a line"


def streams_are_closed():
    for closed in ("2>&-", "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"):
        for code, out in ((0, f"closed{len(closed)}"), (2, "%{JOB_ID}")):
            done = run(["bash", "-c", f'"$@" {closed}', "bash", *command(out=out)])
            assert (done.returncode, done.stdout) == (code, b""), f"{closed}: {done}"
    gone = 'mkdir gone; cd gone; rmdir ../gone; "$@"'
    done = run(["bash", "-c", gone, "bash", *command(spec="s", out="o")])
    assert done.returncode == 2 and b"is gone" in done.stderr and done.stderr.count(b"\n") == 1, done
    return "exit codes do not depend on who reads stderr; a folder that is gone is told"


def faults_are_seen():
    """These checks can fail."""
    def must_fail(check, *arguments):
        try:
            check(*arguments)
        except AssertionError:
            return
        raise SystemExit(f"{check.__name__} does not see a fault")

    must_fail(what_others_put_there_stays, shutil.rmtree)
    must_fail(what_others_put_there_stays, lambda parts: [])
    python = [sys.executable, "-c"]
    must_fail(refused, [*python, "raise RecursionError"])
    must_fail(refused, [*python, "import sys; sys.exit('error: a line, and another code')"])
    must_fail(refused, [*python, "import os; print('error: a line', file=os.sys.stderr); open('new', 'w'); os._exit(2)"])
    return "a program that removes everything, one that keeps everything, and a traceback are seen"


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["TMPDIR"] = tempfile.mkdtemp(dir="/tmp" if os.path.isdir("/tmp") else None)
        Path("spec.json").write_text(json.dumps({"asked": ASKED}))
        checks = (
            foreign_folders_are_refused, only_one_works_there, what_others_put_there_stays, a_whole_run_leaves_what_is_foreign,
            specs_are_wrong, flags_are_wrong, streams_are_closed, faults_are_seen,
        )
        for check in checks:
            begun = time.monotonic()
            print(f"ok  {check()} ({time.monotonic() - begun:.1f} s)", flush=True)
        shutil.rmtree(os.environ["TMPDIR"])


main()
