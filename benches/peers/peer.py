"""How a peer is timed: it compiles, runs once, saves its answers and says `ready`; then, for every line on its standard
input, it runs again and prints the seconds of that run alone. So `compare.py` can take turns with a program that is
compiled only once. By hand: `yes | head -5 | python jax_sweep.py lecture 512 512 1000 out.npz`.
"""

import sys
import time


def serve(run):
    print("ready", flush=True)
    for line in sys.stdin:
        begun = time.perf_counter()
        run()
        print(f"{time.perf_counter() - begun:.6f}", flush=True)
