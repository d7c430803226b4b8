"""Makes random.csv and draws.csv: what `alphasweep::problem::random` must give, from JAX's Threefry and Python's math.

    pip install jax==0.10.2 && python tests/reference/make_random.py

Neither shares code with the project: JAX has an implementation of its own, and the draws are put together here from
its words as the project's documentation says.
"""

import math
import pathlib
import random

import jax
import numpy as np
from jax.extend.random import threefry_2x32

HERE = pathlib.Path(__file__).parent
STREAMS = {"batch": 0, "start": 1, "column": 2}


def words(key, counter):
    """The two words of one key and one counter."""
    drawn = threefry_2x32(np.array(key, np.uint32), np.array(counter, np.uint32))
    return [int(word) for word in drawn]


def fraction(key, counter):
    """53 bits in [0, 1), exactly."""
    high, low = words(key, counter)
    return ((high << 32 | low) >> 11) / 2**53


def blocks():
    """64 keys and counters: the small ones that sweeps use, then any bits."""
    for at in range(32):
        yield [at % 4, at // 4 % 3 + 16 * (at % 5)], [at * at, at % 7]
    bits = random.Random(20)
    for _ in range(32):
        yield [bits.getrandbits(32), bits.getrandbits(32)], [bits.getrandbits(32), bits.getrandbits(32)]


def write(name, header, rows):
    made_by = f"# made by make_random.py with JAX {jax.__version__}, numpy {np.__version__}"
    (HERE / name).write_text("\n".join([made_by, header, *rows]) + "\n", encoding="utf-8")


def draws():
    """seed, stream, which, index; the uniform and the normal draw."""
    for at in range(64):
        seed, stream, which, index = at // 2, ["start", "column"][at % 2], at % 5, at * 97 % 1000
        key = [seed, STREAMS[stream] + 16 * which]
        u, v = fraction(key, [index, 0]), fraction(key, [index, 1])
        normal = math.sqrt(-2 * math.log(1 - u)) * math.cos(2 * math.pi * v)
        yield f"{seed},{stream},{which},{index},{u!r},{normal!r}"


def main():
    lines = [",".join(f"{word:08x}" for word in [*key, *counter, *words(key, counter)]) for key, counter in blocks()]
    write("random.csv", "key0,key1,counter0,counter1,word0,word1", lines)
    write("draws.csv", "seed,stream,which,index,uniform,normal", draws())


if __name__ == "__main__":
    main()
