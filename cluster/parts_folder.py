"""The folder of the parts of a sweep, DIR/parts: whose it is, what is kept there, and what of it is removed.

Only what `sweep_hq.py` and its parts made is ever removed. No link is followed there.
"""

import contextlib
import fcntl
import json
import math
import os
import re
import secrets
import stat

# As alphasweep reads them.
MOST_BYTES = 64 << 20

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Whoever opens a pipe would otherwise wait for the other end.
FILE = os.O_NONBLOCK | os.O_CLOEXEC

REQUEST = "request.json"
PART = r"\d+-of-\d+"
# What is made in DIR/parts. `request.json` says that the folder is ours, and is removed last.
MADE = {
    r"request\.unfinished": None,
    "logs": {rf"{PART}\.(stdout|stderr)": None},
    rf"tiles-[0-9a-f]{{16}}-{PART}": {r"plan\.json|lock|\d+-\d+\.tile|.+\.unfinished": None},
}


class Refused(Exception):
    """Why a folder is not worked in, in one sentence."""


def read_document(path, follow=True):
    """The JSON of a file. OSError or ValueError say why there is none, whatever is there."""
    with open(os.open(path, os.O_RDONLY | FILE | (0 if follow else os.O_NOFOLLOW)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("is no plain file")
        return parse(file.read(MOST_BYTES + 1))


def parse(content):
    if len(content) > MOST_BYTES:
        raise ValueError(f"is larger than {MOST_BYTES} bytes")
    try:
        return json.loads(content.decode(), parse_float=finite, parse_constant=finite)
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def finite(text):
    if not math.isfinite(float(text)):
        raise ValueError(f"{text} is no number that JSON can hold")
    return float(text)


def claim(folder, request):
    """Makes the folder of the parts, or makes sure that it is of the same request: then its tiles are taken up.

    Nobody else works there as long as the file that is returned is open.
    """
    if folder.is_symlink():
        raise Refused(f"{folder} is a link, and parts are not kept or removed behind one; remove it, or choose another --out")
    if not os.path.lexists(folder):
        make(folder, request)
    document = folder / REQUEST
    try:
        held = open(os.open(document, os.O_RDWR | os.O_NOFOLLOW | FILE), "r+b")
    except OSError:
        held = None
    if held is None or not stat.S_ISREG(os.fstat(held.fileno()).st_mode):
        raise Refused(f"{folder} was not made by this program; move it away, or choose another --out")
    lock(held, folder)
    try:
        there = parse(held.read(MOST_BYTES + 1))
    except ValueError:
        there = None
    if there != request:
        differs = "parts of another request (--shards, --gpu or SPEC differ)"
        raise Refused(f"{folder} has {differs}; choose another --out, or remove that folder")
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    if logs.is_symlink():
        raise Refused(f"{logs} is a link; remove it, or choose another --out")
    return held


def make(folder, request):
    """Under another name until it is whole: a folder without a request is nobody's."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    passing = folder.with_name(f"{folder.name}.{secrets.token_hex(8)}.unfinished")
    logs, document = passing / "logs", passing / REQUEST
    passing.mkdir()
    try:
        logs.mkdir()
        document.write_text(json.dumps(request, indent=2))
        passing.rename(folder)
    except OSError:
        with contextlib.suppress(OSError):
            document.unlink(missing_ok=True)
            logs.rmdir()
            passing.rmdir()
        raise


def lock(held, folder):
    """Some file systems have no locks; two at once then start the same parts, of which alphasweep runs one."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(f"another sweep_hq.py is working in {folder}; wait for it, or choose another --out") from None
    except OSError:
        pass


def remove(folder):
    """Takes away what was made there, then the folder, if nothing else is in it. The names of what stays."""
    top = os.open(folder, FOLDER)
    try:
        stays = clear(top, MADE)
        os.unlink(REQUEST, dir_fd=top)
        stays.remove(REQUEST)
    finally:
        os.close(top)
    if not stays:
        os.rmdir(folder)
    return stays


def clear(folder, made):
    """Empties an open folder of what the table has. The names of what stays."""
    stays = []
    with os.scandir(folder) as entries:
        entries = list(entries)
    for entry in entries:
        known = [inside for name, inside in made.items() if re.fullmatch(name, entry.name)]
        if known == [None] and entry.is_file(follow_symlinks=False):
            os.unlink(entry.name, dir_fd=folder)
        elif known and known != [None] and entry.is_dir(follow_symlinks=False):
            stays += [f"{entry.name}/{name}" for name in clear_below(folder, entry.name, known[0])]
        else:
            stays.append(entry.name)
    return sorted(stays)


def clear_below(folder, name, made):
    below = os.open(name, FOLDER, dir_fd=folder)
    try:
        stays = clear(below, made)
    finally:
        os.close(below)
    if not stays:
        os.rmdir(name, dir_fd=folder)
    return stays


def kept(folder):
    """Cells in finished tiles, whose names say which, and the cells of the whole sweep, or None where no plan is yet."""
    cells, of = 0, None
    for name in names(folder):
        if not re.fullmatch(rf"tiles-[0-9a-f]{{16}}-{PART}", name) or (folder / name).is_symlink():
            continue
        for tile in names(folder / name):
            if found := re.fullmatch(r"(\d+)-(\d+)\.tile", tile):
                cells += int(found[2]) - int(found[1])
        of = of or cells_of(folder / name / "plan.json")
    return cells, of


def names(folder):
    """What is in a folder; parts come and go meanwhile."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def cells_of(plan):
    """The cells of the whole sweep, or None where that is no plan."""
    try:
        spec = read_document(plan, follow=False)["spec"]
        x, y = (len_of(spec[axis]) for axis in "xy")
        return x * y
    except (OSError, ValueError, LookupError, TypeError):
        return None


def len_of(axis):
    """The values of an axis; a sweep over one axis has null for the other."""
    values = axis["values"] if axis else 1
    if type(values) is not int or values < 1:
        raise ValueError("is no number of values")
    return values
