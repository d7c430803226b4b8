"""HyperQueue: a server that runs, or workers that are started on this machine."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

from telling import FAILED, WRONG_REQUEST, Trouble, no_stdout


class Seen(Exception):
    """Carries the states of jobs out of a call that would otherwise wait for their end."""


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
            self.start(given)
            return
        try:
            self.client = hyperqueue.Client(given.server_dir)
        except Exception as error:  # The binding has no type of its own.
            where = given.server_dir or "~/.hq-server"
            raise Trouble(
                f"--server-dir {where}: no HyperQueue server answers there ({first_line(error)}); `hq server start` "
                "starts one, --local WORKERS does without",
                WRONG_REQUEST,
            ) from None

    def start(self, given):
        """A server and its workers, as threads of this process."""
        try:
            # Its workers leave a socket each in the folder for passing files.
            self.folder = tempfile.TemporaryDirectory(prefix="hq-")
            with no_stdout(), passing_files_in(self.folder.name):
                self.local = self.hq.LocalCluster(self.folder.name)
                for _ in range(given.local):
                    self.local.start_worker(self.hq.cluster.WorkerConfig(cores=given.cpus))
            self.client = self.local.client()
        except Exception as error:  # The binding has no type of its own.
            raise Trouble(f"--local {given.local}: HyperQueue does not start here ({first_line(error)})", FAILED) from None

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
def passing_files_in(folder):
    """Sets TMPDIR for what is started within, not for the tasks."""
    saved = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = folder
    try:
        yield
    finally:
        os.environ.pop("TMPDIR") if saved is None else os.environ.update(TMPDIR=saved)


def first_line(error):
    """What an exception says, or what it is."""
    return (str(error) or repr(error)).splitlines()[0]
