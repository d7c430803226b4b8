"""What both sides of a comparison of networks begin with: data, starting weights, and the rows of each step.

An implementation of its own of the counter-based draws (Threefry-2x32, Salmon et al. 2011; Box and Muller 1958), so that
agreement of the losses also says that alphasweep draws and derives what it says.
"""

import gzip
from pathlib import Path

import numpy as np

BATCH, FEATURE, TARGET, WEIGHT = 0, 3, 4, 7
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry(seed, stream, which, x, y):
    """Two words for every pair of counters."""
    with np.errstate(over="ignore"):
        k0, k1 = np.uint32(seed), np.uint32(stream + 16 * which)
        keys = (k0, k1, np.uint32(0x1BD11BDA) ^ k0 ^ k1)
        x, y = np.broadcast_arrays(np.asarray(x, np.uint32), np.asarray(y, np.uint32))
        x, y = x + keys[0], y + keys[1]
        for injection in range(1, 6):
            for by in ROTATIONS[(injection - 1) % 2]:
                x = x + y
                y = (y << np.uint32(by) | y >> np.uint32(32 - by)) ^ x
            x = x + keys[injection % 3]
            y = y + keys[(injection + 1) % 3] + np.uint32(injection)
    return x, y


def normal(seed, stream, which, count):
    def fraction(half):
        high, low = threefry(seed, stream, which, np.arange(count), half)
        return ((high.astype(np.uint64) << np.uint64(32) | low) >> np.uint64(11)) / 2.0**53

    return np.sqrt(-2 * np.log(1 - fraction(0))) * np.cos(2 * np.pi * fraction(1))


def batches(seed, steps, size, rows):
    """The rows of every step: steps × size."""
    return threefry(seed, BATCH, 0, np.arange(steps)[:, None], np.arange(size)[None, :])[0] % np.uint32(rows)


def weights(seed, sizes, std):
    """Weights of every layer, inputs × outputs, in f32."""
    pairs = list(zip(sizes, sizes[1:]))
    return [(std * normal(seed, WEIGHT, at, a * b)).astype(np.float32).reshape(a, b) for at, (a, b) in enumerate(pairs)]


def gaussian(seed, rows, inputs):
    """Inputs and targets of `gaussian:ROWS:INPUTS`."""
    features = np.stack([normal(seed, FEATURE, at, rows) for at in range(inputs)], axis=1)
    return features.astype(np.float32), normal(seed, TARGET, 0, rows).astype(np.float32)


def idx(folder, name):
    folder = Path(folder)
    path = folder / name
    data = path.read_bytes() if path.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    dimensions = data[3]
    shape = np.frombuffer(data, ">u4", dimensions, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def digits(folder):
    """((inputs, labels) to learn from, (inputs, labels) to test on)."""
    sets = []
    for part in ("train", "t10k"):
        images, labels = idx(folder, f"{part}-images-idx3-ubyte"), idx(folder, f"{part}-labels-idx1-ubyte")
        sets.append((images.reshape(len(images), -1).astype(np.float32) / np.float32(255), labels.astype(np.int32)))
    return sets


def write_digits(folder, train=8000, test=2000):
    """Files of the form and the size of MNIST's where these are not at hand: a fifth of the pixels is not black, and the
    class is in a few strokes of its own."""
    random = np.random.default_rng(0)
    strokes = random.random((10, 784)) < 0.12
    for part, rows in (("train", train), ("t10k", test)):
        labels = random.integers(0, 10, rows)
        ink = (strokes[labels] & (random.random((rows, 784)) < 0.8)) | (random.random((rows, 784)) < 0.09)
        images = np.where(ink, random.integers(1, 256, (rows, 784)), 0).astype(np.uint8)
        header = np.array([0x803, rows, 28, 28], ">u4").tobytes()
        (Path(folder) / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        header = np.array([0x801, rows], ">u4").tobytes()
        (Path(folder) / f"{part}-labels-idx1-ubyte").write_bytes(header + labels.astype(np.uint8).tobytes())
