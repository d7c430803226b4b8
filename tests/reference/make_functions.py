"""Coefficients of src/expr/functions/ and the table tests/reference/functions.csv. Needs mpmath.

    python3 tests/reference/make_functions.py          prints the coefficients
    python3 tests/reference/make_functions.py 160      writes functions.csv with about so many rows for a function, and
                                                       functions_of_two.csv

Each polynomial is the best in the weighted largest error, found by Remez' exchange in 50 digits. A row of the table is
a function and three doubles by their bits: an argument, the true value, and what that value's rounding left out, so
that errors far below an ulp can be seen. Half of the arguments are drawn, the others sit where the reductions change
and, for angles, where a multiple of π/2 is nearest.
"""

import math
import pathlib
import random
import struct
import sys

from mpmath import acos, asin, atan, atan2, cbrt, cos, cosh, erf, erfc, exp, expm1, floor, hypot, log, log1p, lu_solve
from mpmath import matrix, mp, mpf, pi, sin, sinh, sqrt, tan, tanh

mp.dps = 400


def remez(wanted, weight, lo, hi, count):
    """The `count` coefficients c with the least max |weight(t)·(Σ c_k t^k − wanted(t))| over lo..hi, and that error."""
    points = [(lo + hi) / 2 - (hi - lo) / 2 * cos(pi * (2 * k + 1) / (2 * count + 2)) for k in range(count + 1)]
    grid = [(lo + hi) / 2 - (hi - lo) / 2 * cos(pi * (k + mpf("0.5")) / 400) for k in range(400)]
    for _ in range(8):
        rows = [[p**k for k in range(count)] + [(-1) ** at / weight(p)] for at, p in enumerate(points)]
        solution = lu_solve(matrix(rows), matrix([wanted(p) for p in points]))
        c = list(solution)[:count]
        errors = [weight(t) * (sum(a * t**k for k, a in enumerate(c)) - wanted(t)) for t in grid]
        extrema = []
        for at, error in enumerate(errors):
            if extrema and (errors[extrema[-1]] > 0) == (error > 0):
                if abs(error) > abs(errors[extrema[-1]]):
                    extrema[-1] = at
            else:
                extrema.append(at)
        while len(extrema) > count + 1:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < count + 1:
            break
        points = [grid[at] for at in extrema]
    return c, max(abs(e) for e in errors)


def series(terms):
    """A function from its power series: the quotients below lose all digits near 0 when computed as they are written."""
    terms = list(terms)
    return lambda t: mp.polyval(terms[::-1], t)


def factorials(first, step, count, sign=1):
    return [mpf(sign) ** k / mp.factorial(first + step * k) for k in range(count)]


def scaled_tail(middle, q):
    """(1 + 2z)·exp(z²)·erfc(z) for q = (z − middle)/(z + middle), which maps 0..∞ to −1..1 (Shepherd and Laframboise 1981)."""
    z = middle * (1 + q) / (1 - q)
    return (1 + 2 * z) * exp(z * z) * erfc(z)


def tail(middle, lo, hi, count):
    """A row of `wanted` for [`scaled_tail`] over lo ≤ z ≤ hi, best in the largest relative error."""
    q = lambda z: (mpf(z) - middle) / (mpf(z) + middle)
    return lambda t: scaled_tail(middle, t), lambda t: 1 / scaled_tail(middle, t), q(lo), q(hi), count


def coefficients():
    half_ln2, s = log(2) / 2 * mpf("1.0001"), ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * mpf("1.0001")
    quarter, eighth = (pi / 2) ** 2 * mpf("1.0001"), (pi / 4) ** 2 * mpf("1.0001")
    exp_tail = series(factorials(2, 1, 40))
    ln_tail = series([mpf(2) / (2 * k + 3) for k in range(36)])
    sin_tail = series([-f for f in factorials(3, 2, 24, -1)])
    cos_tail = series(factorials(4, 2, 24, -1))
    # Of atan(q)/q − 1 over q², and of erf(z)/z − 1, at the squares of q and z.
    atan_tail = lambda z: (atan(sqrt(z)) / sqrt(z) - 1) / z if z > mpf("1e-12") else z / 5 - mpf(1) / 3
    erf_tail = lambda z: erf(sqrt(z)) / sqrt(z) - 1 if z > mpf("1e-30") else 2 / sqrt(pi) - 1
    exp2 = series([log(2) ** k * f for k, f in enumerate(factorials(0, 1, 40))])
    wanted = {
        "exp single": (exp_tail, lambda t: t * t + mpf("1e-4"), -half_ln2, half_ln2, 5),
        "exp double": (exp_tail, lambda t: t * t + mpf("1e-4"), -half_ln2, half_ln2, 10),
        "exp2 single": (exp2, lambda t: 1, -mpf("0.50001"), mpf("0.50001"), 7),
        "ln single": (ln_tail, lambda z: z + mpf("1e-4"), mpf(0), s, 3),
        "ln double": (ln_tail, lambda z: z + mpf("1e-4"), mpf(0), s, 7),
        "ln double, its terms from the third over 2s": (
            series([mpf(1) / (2 * k + 7) for k in range(36)]), lambda z: z**3 + mpf("1e-9"), mpf(0), s, 8),
        "ln single, over 2s": (series([mpf(1) / (2 * k + 3) for k in range(36)]), lambda z: z + mpf("1e-4"), mpf(0), s, 4),
        "sin single": (sin_tail, lambda z: z + mpf("1e-4"), mpf(0), eighth, 4),
        "sin double": (sin_tail, lambda z: z + mpf("1e-4"), mpf(0), quarter, 8),
        "cos single": (cos_tail, lambda z: z * z + mpf("1e-4"), mpf(0), eighth, 3),
        "cos double": (cos_tail, lambda z: z * z + mpf("1e-4"), mpf(0), eighth, 6),
        "atan single": (atan_tail, lambda z: z + mpf("1e-4"), mpf(0), mpf("1.0001"), 8),
        "atan double": (atan_tail, lambda z: z + mpf("1e-4"), mpf(0), mpf("1.0001"), 20),
        "erf single": (erf_tail, lambda z: 1, mpf(0), mpf("1.0001"), 7),
        "erf double": (erf_tail, lambda z: 1, mpf(0), mpf("1.0001"), 12),
        "erfc single, scaled": tail(2, "0.4999", "10.2", 9),
        "erfc double, scaled": tail(4, "0.4999", "27.5", 22),
    }
    for name, (function, weight, lo, hi, count) in wanted.items():
        c, error = remez(function, weight, lo, hi, count)
        if name.startswith("log2"):
            c = [a / log(2) for a in c]
        print(f"{name}: error 2^{float(log(error, 2)):.1f}")
        for a in c:
            print(f"    {float(a)!r},")
    print("numbers in pieces of so many bits, the last of all that fit")
    for name, value, widths in [
        ("pi/2 single", pi / 2, [12, 12, 12, 24]),
        ("pi/2 single, after large angles", pi / 2, [12, 12, 24]),
        ("pi/2 double", pi / 2, [27, 27, 27, 53]),
        ("ln 2 single", log(2), [15, 24]),
        ("ln 2 double", log(2), [32, 53]),
        ("1/ln 2 single", 1 / log(2), [12, 24]),
        ("2/ln 2 single", 2 / log(2), [12, 12, 24]),
        ("1/ln 2 double", 1 / log(2), [21, 53]),
        ("2/ln 2 double", 2 / log(2), [53, 53]),
        ("ln 2 double, whole", log(2), [53, 53]),
        ("1/3 double", mpf(1) / 3, [53, 53]),
        ("1/5 double", mpf(1) / 5, [53, 53]),
    ]:
        print(name)
        for width in widths:
            unit = mpf(2) ** (int(floor(log(abs(value), 2))) + 1 - width)
            piece = mp.nint(value / unit) * unit
            value -= piece
            print(f"    {float(piece)!r}")
    print("2/pi in words of 64 bits")
    digits = int(floor(2 / pi * mpf(2) ** 1216))
    print("    " + ", ".join(f"0x{(digits >> 64 * word) & (2**64 - 1):016x}" for word in reversed(range(19))))


def nearest_to_quarters(top):
    """Doubles up to 2^top that are nearer to a multiple of π/2 than their neighbours in size: fractions m/n near π/2."""
    found = []
    for e in range(-52, top - 50):
        rest, m, n = pi / 2 / mpf(2) ** e, (0, 1), (1, 0)
        for _ in range(60):
            whole = int(floor(rest))
            m, n = (m[1], whole * m[1] + m[0]), (n[1], whole * n[1] + n[0])
            if m[1] >= 2**53 or rest == whole:
                break
            if m[1] > 2**51 and mpf(m[1]) * mpf(2) ** e <= 2**top:
                found.append(float(mpf(m[1]) * mpf(2) ** e))
            rest = 1 / (rest - whole)
    return found


def large_angles(count):
    """Angles beyond those that are reduced by pieces of π/2, of all sizes; and the nearest of all doubles to a multiple of π/2."""
    draw = random.Random(2)
    nearest = [x for x in nearest_to_quarters(1024) if x > 2**26]
    nearest.sort(key=lambda x: abs(mpf(x) * 2 / pi - mp.nint(mpf(x) * 2 / pi)))
    drawn = [draw.choice([-1, 1]) * draw.uniform(1, 2) * 2.0 ** draw.randint(26, 1023) for _ in range(count)]
    turns = [float(k * pi / 4) for k in (2**27, 2**27 + 1, 2**52 + 3, 3**40, 3**600)]
    return nearest[:40] + drawn + turns + [math.nextafter(2.0**26, math.inf), sys.float_info.max]


def powers(count):
    """Bases and exponents: of all sizes, bases near 1, results near the ends of doubles, and exponents that are common."""
    draw = random.Random(3)
    size = lambda lo, hi: draw.uniform(1, 2) * 2.0 ** draw.randint(lo, hi)
    # The exponent that makes a power of this size, in powers of two.
    of_size = lambda a, to: (a, float(mpf(to) * log(2) / log(a)))
    apart = [of_size(size(-1070, 1022), draw.uniform(-1021, 1023)) for _ in range(2 * count)]
    near = [1 + draw.choice([-1, 1]) * size(-50, -2) for _ in range(2 * count)]
    roots = [math.nextafter(2**0.5, math.inf), 2**0.5, 0.5**0.5, math.nextafter(1, 2), math.nextafter(1, 0)]
    near = [of_size(a, draw.choice([-1, 1]) * draw.uniform(0, 1020)) for a in near + 4 * roots]
    ends = [of_size(size(-9, 9), draw.choice([-1021.9, 1023.9, -0.5, 0.5, 1e-9])) for _ in range(count)]
    plain = [(draw.uniform(0, 9), draw.choice([-2.5, -1 / 3, 0.1, 1 / 3, 0.75, 1.0, 1.5, 2.0, 3.0, 7.0])) for _ in range(count)]
    return apart + near + ends + plain


def neighbours(x):
    return [math.nextafter(float(x), -math.inf), float(x), math.nextafter(float(x), math.inf)]


def table(count):
    draw = random.Random(1)

    def sizes(lo, hi, n, sign=True):
        return [draw.choice([-1, 1] if sign else [1]) * draw.uniform(1, 2) * 2.0 ** draw.randint(lo, hi) for _ in range(n)]

    def flat(lo, hi, n):
        return [draw.uniform(lo, hi) for _ in range(n)]

    half = count // 2
    halves = [x for k in range(-9, 10) for x in neighbours((k + mpf("0.5")) * log(2))]
    roots = [x for k in (-1000, -2, -1, 0, 1, 2, 999) for x in neighbours(sqrt(mpf("0.5")) * mpf(2) ** k)]
    turns = [x for k in range(1, 30) for x in neighbours(k * pi / 4)] + nearest_to_quarters(26)
    angles = sizes(-30, 25, half) + flat(-10, 10, half) + turns + large_angles(count)
    ones = [1 + s for s in sizes(-52, -2, half // 2)]
    functions = {
        "exp": (exp, flat(-708, 709, half) + flat(-2, 2, half) + sizes(-30, -1, half // 4) + halves),
        "ln": (log, sizes(-1021, 1022, half, False) + flat(0.3, 3, half) + ones + roots),
        "log2": (lambda x: log(x) / log(2), sizes(-1021, 1022, half, False) + flat(0.3, 3, half) + ones + roots),
        "sin": (sin, angles),
        "cos": (cos, angles),
        "tan": (tan, angles),
        "tanh": (tanh, sizes(-30, 4, half) + flat(-3, 3, half) + [x / 2 for x in halves]),
        "sigmoid": (lambda x: 1 / (1 + exp(-x)), sizes(-30, 4, half) + flat(-700, 40, half) + halves),
        "softplus": (lambda x: log(1 + exp(x)), sizes(-30, 4, half) + flat(-700, 40, half) + halves),
    }
    ends = [x for k in (1, 2, 3) for x in neighbours(k * 0.25)]
    functions |= {
        "atan": (atan, sizes(-30, 30, half) + flat(-3, 3, half) + ones),
        "asin": (asin, sizes(-30, -1, half) + flat(-1, 1, half) + [min(1, x) for x in ones]),
        "acos": (acos, sizes(-30, -1, half) + flat(-1, 1, half) + [min(1, x) for x in ones]),
        "sinh": (sinh, sizes(-30, 8, half) + flat(-3, 3, half) + flat(-710, 710, half // 2) + halves),
        "cosh": (cosh, sizes(-30, 8, half) + flat(-3, 3, half) + flat(-710, 710, half // 2) + halves),
        "log1p": (log1p, sizes(-40, -1, half) + sizes(-1, 1000, half, False) + flat(-0.99, 3, half) + roots[3:]),
        "expm1": (expm1, sizes(-40, 5, half) + flat(-40, 709, half // 2) + flat(-1, 1, half) + halves),
        "cbrt": (lambda x: cbrt(abs(x)) * (1 if x > 0 else -1), sizes(-1070, 1022, half) + flat(-9, 9, half) + ones),
        "erf": (erf, sizes(-40, 2, half) + flat(-6, 6, half) + ends),
        "erfc": (erfc, sizes(-40, 2, half) + flat(-6, 27, 2 * half) + ends),
        "gelu": (lambda x: x * erfc(-x / sqrt(mpf(2))) / 2, sizes(-40, 4, half) + flat(-38, 9, 2 * half) + ends),
    }
    pairs = [(x, y * draw.uniform(0.1, 1) ** 3) for x, y in zip(flat(-9, 9, half), flat(-9, 9, half))]
    apart = list(zip(sizes(-500, 500, half), sizes(-500, 500, half)))
    near = [(x, draw.choice([-1, 1]) * x * s) for x, s in zip(sizes(-1000, 1000, half), ones)]
    of_two = {
        "atan2": (atan2, pairs + near + [(y, x) for y, x in apart if abs(y / x) > 1e-300]),
        "hypot": (hypot, pairs + near + apart),
        "logsumexp": (lambda a, b: log(exp(a) + exp(b)), pairs + [(40 * a, 40 * b) for a, b in pairs]),
        "power": (lambda a, b: a**b, powers(half)),
    }
    write("functions.csv", "argument", [(name, f, (x,)) for name, (f, xs) in functions.items() for x in xs])
    write("functions_of_two.csv", "a,b", [(name, f, xy) for name, (f, some) in of_two.items() for xy in some])


def write(file, arguments, rows):
    lines = [f"function,{arguments},value,rest"]
    for name, function, point in rows:
        value = function(*map(mpf, point))
        words = [*point, float(value), float(value - mpf(float(value)))]
        lines.append(",".join([name, *(struct.pack(">d", word).hex() for word in words)]))
    (pathlib.Path(__file__).parent / file).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    table(int(sys.argv[1])) if len(sys.argv) > 1 else coefficients()
