"""What `sweep_hq.py` says and ends with, and its standard streams."""

import contextlib
import os
import sys
import unicodedata

WRONG_REQUEST, FAILED, INTERRUPTED = 2, 3, 130


class Trouble(Exception):
    """What is said in one line, and the exit code."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def tell(text):
    """Writes to stderr, which may be gone: then nobody wants to know, and the work goes on."""
    with contextlib.suppress(OSError):
        os.write(2, text.encode(errors="backslashreplace"))


def printable(text):
    """Text that quotes names and messages from elsewhere, without what a terminal takes for commands."""
    return "".join("\ufffd" if c != "\n" and unicodedata.category(c) in ("Cc", "Cf") else c for c in text)


def three_streams():
    """A stream that was closed at the start would be the next file that is opened, and be written to."""
    for stream in range(3):
        try:
            os.fstat(stream)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdout = sys.stdout or open(os.devnull, "w")


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
