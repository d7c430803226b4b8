"""Networks in JAX: jit, vmap over the trainings, loops on the device.

Usage: jax_network.py two-layer FOLDER STEPS OUT.npz ALPHA...
       jax_network.py trainability N STEPS CHUNK OUT.npz
See peer.py for what it answers. CHUNK trainings at a time go through vmap (0: all at once).
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np

import network_recipe as recipe
import peer

CONVERGED, DESCENDING, LEVEL, RISING, DIVERGED = range(5)
DIVERGE = np.float32(1e8)


def unfinished(first, last):
    eps = np.float32(1e-6) * jnp.abs(first)
    return jnp.where(last < first - eps, DESCENDING, jnp.where(last > first + eps, RISING, LEVEL))


def two_layer(folder, steps, alphas, size=100):
    (x, y), (tx, ty) = [tuple(map(jnp.asarray, part)) for part in recipe.digits(folder)]
    rows = len(x)
    w1, w2 = recipe.weights(1, (x.shape[1], 50, 10), 0.01)
    start = (w1, np.zeros(50, np.float32), w2, np.zeros(10, np.float32))
    period = -(-rows // size)
    assert steps % period == 0, "whole passes"
    lists = jnp.asarray(recipe.batches(1, steps, size, rows).astype(np.int32)).reshape(-1, period, size)

    def outputs(p, x):
        return jax.nn.sigmoid(x @ p[0] + p[1]) @ p[2] + p[3]

    def losses(z, y):
        return jnp.mean(jax.nn.logsumexp(z, axis=1) - jnp.take_along_axis(z, y[:, None], axis=1)[:, 0])

    def look(p):
        z = outputs(p, x)
        return losses(z, y), jnp.mean(jnp.argmax(z, axis=1) == y)

    slopes = jax.grad(lambda p, rows: losses(outputs(p, x[rows]), y[rows]))

    def train(alpha):
        def step(p, rows):
            return jax.tree.map(lambda p, g: p - alpha * g, p, slopes(p, rows)), None

        def one_pass(carry, lists):
            p, best = carry
            loss, _ = look(p)
            return (jax.lax.scan(step, p, lists)[0], jnp.minimum(best, loss)), None

        first, _ = look(start)
        (p, best), _ = jax.lax.scan(one_pass, (start, first), lists)
        last, train_accuracy = look(p)
        test_accuracy = jnp.mean(jnp.argmax(outputs(p, tx), axis=1) == ty)
        finite = jnp.isfinite(last) & (jnp.abs(last) <= DIVERGE * (1 + jnp.abs(first)))
        outcome = jnp.where(finite, unfinished(first, last), DIVERGED)
        return first, last, jnp.minimum(best, last), train_accuracy, test_accuracy, outcome

    run = jax.jit(jax.vmap(train))
    alphas = jnp.asarray(alphas, jnp.float32)
    return lambda: run(alphas)


def trainability(n, steps, chunk):
    features, targets = map(jnp.asarray, recipe.gaussian(0, 272, 16))
    w0, w1 = map(jnp.asarray, recipe.weights(0, (16, 16, 1), 1.0))
    inner, outer = np.float32(np.sqrt(2 / 16)), np.float32(1 / 16)

    def loss(p):
        z = jnp.tanh(inner * (features @ p[0])) @ p[1] * outer
        return jnp.mean((z[:, 0] - targets) ** 2)

    value_and_grad = jax.value_and_grad(loss)

    def train(pair):
        first = loss((w0, w1))
        bar = DIVERGE * (1 + jnp.abs(first))

        def step(k, carry):
            p, last, best, total, inverse, recent, outcome, ended = carry
            f, g = value_and_grad(p)
            bad = ~jnp.isfinite(f) | (jnp.abs(f) > bar)
            running = outcome < 0
            keep = running & ~bad
            last, best = jnp.where(keep, f, last), jnp.where(keep, jnp.minimum(best, f), best)
            v = jnp.where(keep & (f / first <= 1e6), f / first, np.float32(1e6))
            counts = k < steps
            total, inverse = total + jnp.where(counts, v, 0), inverse + jnp.where(counts, 1 / v, 0)
            recent = recent + jnp.where(counts & (k >= steps - 20), v, 0)
            ended = jnp.where(running & bad, k, ended)
            outcome = jnp.where(running & bad, DIVERGED, outcome)
            p = (p[0] - pair[0] * g[0], p[1] - pair[1] * g[1])
            return p, last, best, total, inverse, recent, outcome, ended

        zero = jnp.float32(0)
        carry = ((w0, w1), first, first, zero, zero, zero, jnp.int32(-1), jnp.int32(steps))
        _, last, best, total, inverse, recent, outcome, ended = jax.lax.fori_loop(0, steps + 1, step, carry)
        measure = jnp.where(recent / 20 < 1, -total, inverse)
        outcome = jnp.where(outcome < 0, unfinished(first, last), outcome)
        return jnp.broadcast_to(first, ()), last, best, measure, ended, outcome

    alphas = np.geomspace(1e-3, 1e6, n).astype(np.float32)
    grid = jnp.asarray(np.stack(np.meshgrid(alphas, alphas), axis=-1).reshape(-1, 2))
    if chunk:
        run = jax.jit(lambda grid: jax.lax.map(train, grid, batch_size=chunk))
    else:
        run = jax.jit(jax.vmap(train))
    return lambda: run(grid)


def main():
    case, *rest = sys.argv[1:]
    if case == "two-layer":
        folder, steps, out, *alphas = rest
        run = two_layer(folder, int(steps), [float(alpha) for alpha in alphas])
        names = ("loss_start", "loss_final", "loss_best", "train_accuracy", "test_accuracy", "outcome")
    else:
        n, steps, chunk, out = rest
        run = trainability(int(n), int(steps), int(chunk))
        names = ("loss_start", "loss_final", "loss_best", "measure", "steps", "outcome")
    answers = jax.block_until_ready(run())
    np.savez(out, **{name: np.asarray(answer) for name, answer in zip(names, answers)})
    peer.serve(lambda: jax.block_until_ready(run()))


main()
