"""Limits that all peers share, which are alphasweep's defaults, and the outcomes that they tell apart.

Peers say whether a descent arrived, used all its steps, or diverged. alphasweep also says how those that used all their steps
move, which is more work; its words count as one of the three here.
"""

import numpy as np

RUNNING = -1
CONVERGED, OUT_OF_STEPS, DIVERGED = range(3)
GTOL, DIVERGE = 1e-5, 1e8

# In the order of alphasweep's codes. Where the stop rule held on a saddle, it held.
WORDS = ["converged", "settled", "descending", "level", "oscillating", "unstable", "rising", "diverged"]
STOPPED = {"converged": CONVERGED, "unstable": CONVERGED, "diverged": DIVERGED}
OF_WORDS = np.array([STOPPED.get(word, OUT_OF_STEPS) for word in WORDS], np.int8)
