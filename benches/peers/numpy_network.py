"""The two-layer network in numpy, one learning rate after the other.

Usage: numpy_network.py FOLDER STEPS OUT.npz ALPHA...; see peer.py for what it answers.
"""

import sys

import numpy as np

import network_recipe as recipe
import peer
from outcomes import DIVERGED, OUT_OF_STEPS


def head(z, y):
    """Mean loss, share of correct rows, and the slopes along z."""
    rows = np.arange(len(z))
    e = np.exp(z - z.max(axis=1, keepdims=True))
    share = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(np.maximum(share[rows, y], np.float32(1e-38))).mean()
    correct = (z.argmax(axis=1) == y).mean()
    share[rows, y] -= 1
    return loss, correct, share / np.float32(len(z))


def train(alpha, start, lists, sets, period):
    (x, y), (tx, ty) = sets
    w1, b1, w2, b2 = [part.copy() for part in start]

    def forward(x):
        hidden = 1 / (1 + np.exp(-(x @ w1 + b1)))
        return hidden, hidden @ w2 + b2

    first = best = head(forward(x)[1], y)[0]
    for k, rows in enumerate(lists):
        if k % period == 0 and k > 0:
            best = min(best, head(forward(x)[1], y)[0])
        batch = x[rows]
        hidden, z = forward(batch)
        slope = head(z, y[rows])[2]
        below = slope @ w2.T * hidden * (1 - hidden)
        w2 -= alpha * (hidden.T @ slope)
        b2 -= alpha * slope.sum(axis=0)
        w1 -= alpha * (batch.T @ below)
        b1 -= alpha * below.sum(axis=0)
    last, accuracy, _ = head(forward(x)[1], y)
    return first, last, min(best, last), accuracy, (forward(tx)[1].argmax(axis=1) == ty).mean()


def main():
    folder, steps, out, *alphas = sys.argv[1:]
    sets = recipe.digits(folder)
    rows = len(sets[0][0])
    w1, w2 = recipe.weights(1, (sets[0][0].shape[1], 50, 10), 0.01)
    start = (w1, np.zeros(50, np.float32), w2, np.zeros(10, np.float32))
    lists = recipe.batches(1, int(steps), 100, rows)
    run = lambda: np.array([train(np.float32(alpha), start, lists, sets, -(-rows // 100)) for alpha in alphas])
    answers = run().T
    names = ("loss_start", "loss_final", "loss_best", "train_accuracy", "test_accuracy")
    last = answers[1]
    np.savez(out, **dict(zip(names, answers)), outcome=np.where(np.isfinite(last), OUT_OF_STEPS, DIVERGED))
    peer.serve(run)


main()
