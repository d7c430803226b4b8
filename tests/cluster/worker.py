"""A HyperQueue worker in a process of its own, which a test can kill: worker.py SERVER_DIR

`LocalCluster` has its workers as threads of the process that has the server, and the wheel has no `hq worker`. A worker
finds its server in SERVER_DIR/hq-current; so this makes a cluster without work, and points its worker to the other one.
"""

import os
import sys
import tempfile
import threading

from hyperqueue.cluster import LocalCluster, WorkerConfig

with tempfile.TemporaryDirectory() as own:
    cluster = LocalCluster(own)
    current = os.path.join(own, "hq-current")
    os.remove(current)
    os.symlink(os.path.realpath(os.path.join(sys.argv[1], "hq-current")), current)
    cluster.start_worker(WorkerConfig(cores=1))
    threading.Event().wait()
