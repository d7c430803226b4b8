"""The command: ``alphasweep`` and ``python -m alphasweep``."""

import sys

from ._core import main as _main


def main() -> int:
    """Does what the arguments of the process say, and gives the exit code of the command."""
    sys.stdout.flush()
    return _main(["alphasweep", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
