"""Writes plain_rules.csv beside this file: the first steps of rules that see more than a slope, in plain Python.

    python tests/reference/make_plain_rules.py

Nothing but Python's own floats and `math`: gradients are derived by hand, and noise is Threefry-2x32 (Salmon et al. 2011,
whose published answers are checked here) and the formula of Box and Muller, put together as the project's documentation
says. Clipping is what the documentation of torch.nn.utils.clip_grad_norm_ says.
"""

import csv
import math
import platform
from pathlib import Path

STEPS = 20
WORD = 2**32


# objective: its start, its loss, its gradient
PARABOLA = ("3*(x0-1)^2/2", [-2.3], lambda x: 3 * (x[0] - 1) ** 2 / 2, lambda x: [3 * (x[0] - 1)])
ROSENBROCK = (
    "(1-x0)^2 + 100*(x1-x0^2)^2",
    [-1.2, 1.0],
    lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2,
    lambda x: [-2 * (1 - x[0]) - 400 * x[0] * (x[1] - x[0] ** 2), 200 * (x[1] - x[0] ** 2)],
)
TILTED = (
    "(x0-1)^2 + x0*x1/2 + (x1+2)^2",
    [-3.0, 1.0],
    lambda x: (x[0] - 1) ** 2 + x[0] * x[1] / 2 + (x[1] + 2) ** 2,
    lambda x: [2 * (x[0] - 1) + x[1] / 2, x[0] / 2 + 2 * (x[1] + 2)],
)


def rotated(word, by):
    return (word << by | word >> (32 - by)) % WORD


def threefry(key, counter):
    """Threefry-2x32 with 20 rounds."""
    keys = [*key, 0x1BD11BDA ^ key[0] ^ key[1]]
    x, y = (counter[0] + keys[0]) % WORD, (counter[1] + keys[1]) % WORD
    for done in range(20):
        x = (x + y) % WORD
        y = rotated(y, [13, 15, 26, 6, 17, 29, 16, 24][done % 8]) ^ x
        if done % 4 == 3:
            part = done // 4 + 1
            x = (x + keys[part % 3]) % WORD
            y = (y + keys[(part + 1) % 3] + part) % WORD
    return [x, y]


assert threefry([0, 0], [0, 0]) == [0x6B200159, 0x99BA4EFE]
assert threefry([0x13198A2E, 0x03707344], [0x243F6A88, 0x85A308D3]) == [0xC4923A9C, 0x483DF7A0]


def noise(parameter, step, seed=0, cell=(0, 0)):
    """The draw of a cell, parameter and step; steps are counted from 0."""
    of_cell = threefry([seed, 8 + 16 * parameter], list(cell))
    words = [threefry(of_cell, [step, half]) for half in (0, 1)]
    u, v = [((high << 32 | low) >> 11) / 2**53 for high, low in words]
    return math.sqrt(-2 * math.log(1 - u)) * math.cos(2 * math.pi * v)


def norm(gradient):
    return math.sqrt(math.fsum(slope * slope for slope in gradient))


def sgd(g, loss, step, alpha=1e-3):
    return [-alpha * slope for slope in g]


def normalized(g, loss, step, alpha):
    return [-alpha * slope / norm(g) for slope in g]


def clipped(g, loss, step, alpha=1e-3, max_norm=1.0):
    coefficient = min(max_norm / (norm(g) + 1e-6), 1.0)
    return [-alpha * (slope * coefficient) for slope in g]


def polyak(g, loss, step, alpha=1.0):
    return [-alpha * loss * slope / norm(g) ** 2 for slope in g]


def langevin(g, loss, step, alpha=1e-3, temperature=1.0):
    spread = math.sqrt(2 * alpha * temperature)
    return [-alpha * slope + spread * noise(at, step) for at, slope in enumerate(g)]


# rule: (what it is, alpha for the parabola, alpha for Rosenbrock, settings off the defaults, settings for the defaults)
RULES = {
    "sgd": (sgd, 0.1, 1e-3, {"alpha": 0.2}, {}),
    "normalized-gd": (normalized, 0.04, 3e-3, {"alpha": 0.3}, {"alpha": 0.01}),
    "clipped-gd": (clipped, 0.1, 1e-2, {"alpha": 0.2, "max_norm": 2.5}, {}),
    "polyak": (polyak, 0.7, 0.05, {"alpha": 0.3}, {}),
    "langevin": (langevin, 0.1, 1e-3, {"alpha": 0.2, "temperature": 0.3}, {}),
}


def path(rule, start, loss, gradient, settings):
    """The parameters before step 1 and after each step."""
    at = list(start)
    for step in range(STEPS):
        yield list(at)
        at = [x + delta for x, delta in zip(at, rule(gradient(at), loss(at), step, **settings))]
    yield at


def main():
    with (Path(__file__).parent / "plain_rules.csv").open("w", newline="") as file:
        file.write(f"# tests/reference/make_plain_rules.py with Python {platform.python_version()}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["rule", "source", "objective", "settings", "step", "x0", "x1"])
        for name, (rule, parabola, rosenbrock, unusual, usual) in RULES.items():
            cases = [(PARABOLA, {"alpha": parabola}), (ROSENBROCK, {"alpha": rosenbrock}), (TILTED, unusual), (TILTED, usual)]
            for (objective, start, loss, gradient), settings in cases:
                written = " ".join(f"{name}={value}" for name, value in settings.items())
                for step, at in enumerate(path(rule, start, loss, gradient, settings)):
                    assert all(math.isfinite(value) for value in at), (name, objective, step)
                    numbers = [f"{value:.17g}" for value in at] + [""] * (2 - len(at))
                    table.writerow([name, "Python's math", objective, written, step, *numbers])


if __name__ == "__main__":
    main()
