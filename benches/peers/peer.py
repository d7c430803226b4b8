"""How a peer is timed: it compiles, runs once, saves its answers and says `ready` and the seconds of that run; then, for
every line on its standard input, it runs again and prints the seconds of that run alone. So `compare.py` can take turns with
a program that is compiled only once. By hand: `yes | head -5 | python jax_sweep.py lecture frozen f32 512 512 1000 out.npz`.
"""

import sys
import time


def compiled(run, save):
    """Serves a run that is compiled already; `save` gets what it answers."""
    begun = time.perf_counter()
    answers = run()
    first = time.perf_counter() - begun
    save(answers)
    del answers
    serve(run, first)


def serve(run, first=0.0):
    print(f"ready {first:.6f}", flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        run()
        print(f"{time.perf_counter() - begun:.6f}", flush=True)
