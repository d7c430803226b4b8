"""The command: ``alphasweep`` and ``python -m alphasweep``."""

import os
import sys

from ._core import main as _main


def main() -> int:
    """Does what the arguments of the process say, and gives the exit code of the command."""
    # Without a runtime directory a layer of Mesa prints an error at every look for adapters; this switches the layer off.
    if "XDG_RUNTIME_DIR" not in os.environ:
        os.environ["NODEVICE_SELECT"] = "1"
    sys.stdout.flush()
    return _main(["alphasweep", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
