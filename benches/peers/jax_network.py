"""Networks in JAX, each in several forms, of which the fastest counts.

Usage: jax_network.py two-layer FORM FOLDER STEPS OUT.npz ALPHA...
       jax_network.py trainability FORM N STEPS OUT.npz
See peer.py for what it answers. Forms of `two-layer` are `vmap` (jit, vmap over the trainings, `lax.scan` on the device) and any
of these, in this order:

    -onehot    the loss of the right class by a product with its one-hot row, instead of a gather
    -pass      the rows of a pass are gathered at once, instead of a step's in every step
    -donated   a pass is one call that gets the buffers of the last to work in, instead of all passes in one call
    -each      a device for each processor, with its share of the trainings

Forms of `trainability` are `N` trainings at a time (all where N is 0) and any of these:

    -early     every 25 steps it is asked whether all of them have diverged
    -each      a device for each processor
"""

import os
import re
import sys

# Read when JAX starts.
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={os.cpu_count()}"

import jax
import jax.numpy as jnp
import numpy as np

import network_recipe as recipe
import peer
from outcomes import DIVERGED, OUT_OF_STEPS

DIVERGE = np.float32(1e8)
LOOK_EVERY = 25


def parsed(form, pattern):
    found = re.fullmatch(pattern, form)
    if not found:
        raise SystemExit(f"no form {form}")
    return found.groups()


def shared_out(values, each):
    """An array for every device that takes part, and what makes of its answers those of all."""
    devices = max(n for n in range(1, jax.device_count() + 1) if len(values) % n == 0) if each else 1
    joined = lambda answers: jax.tree.map(lambda part: part.reshape(-1, *part.shape[2:]), answers)
    return values.reshape(devices, -1, *values.shape[1:]), joined


def two_layer(form, folder, steps, alphas, size=100):
    onehot, by_pass, donated, each = parsed(form, "vmap(-onehot)?(-pass)?(-donated)?(-each)?")
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
        if onehot:
            own = jnp.sum(z * jax.nn.one_hot(y, z.shape[1], dtype=z.dtype), axis=1)
        else:
            own = jnp.take_along_axis(z, y[:, None], axis=1)[:, 0]
        return jnp.mean(jax.nn.logsumexp(z, axis=1) - own)

    def look(p):
        z = outputs(p, x)
        return losses(z, y), jnp.mean(jnp.argmax(z, axis=1) == y)

    slopes = jax.grad(lambda p, x, y: losses(outputs(p, x), y))

    def one_pass(alpha, carry, lists):
        def step(p, rows):
            of = rows if by_pass else (x[rows], y[rows])
            return jax.tree.map(lambda p, g: p - alpha * g, p, slopes(p, *of)), None

        p, best = carry
        loss, _ = look(p)
        scanned = (x[lists], y[lists]) if by_pass else lists
        return jax.lax.scan(step, p, scanned)[0], jnp.minimum(best, loss)

    # Outside, or it is computed once more by the compiler.
    first = jax.jit(look)(start)[0]

    def begin(alpha):
        return jax.tree.map(lambda part: jnp.asarray(part) + 0 * alpha, start), first + 0 * alpha

    def answers(carry):
        p, best = carry
        last, train_accuracy = look(p)
        test_accuracy = jnp.mean(jnp.argmax(outputs(p, tx), axis=1) == ty)
        finite = jnp.isfinite(last) & (jnp.abs(last) <= DIVERGE * (1 + jnp.abs(first)))
        outcome = jnp.where(finite, OUT_OF_STEPS, DIVERGED)
        return first, last, jnp.minimum(best, last), train_accuracy, test_accuracy, outcome

    def train(alpha):
        return answers(jax.lax.scan(lambda carry, lists: (one_pass(alpha, carry, lists), None), begin(alpha), lists)[0])

    alphas, joined = shared_out(jnp.asarray(alphas, jnp.float32), each)
    if not donated:
        run = jax.pmap(jax.vmap(train))
        return lambda: joined(run(alphas))
    starts, ends = jax.pmap(jax.vmap(begin)), jax.pmap(jax.vmap(answers))
    advance = jax.pmap(jax.vmap(one_pass, (0, 0, None)), in_axes=(0, 0, None), donate_argnums=(1,))

    def run():
        carry = starts(alphas)
        for of_pass in lists:
            carry = advance(alphas, carry, of_pass)
        return joined(ends(carry))

    return run


def trainability(form, n, steps):
    chunk, early, each = parsed(form, r"(\d+)(-early)?(-each)?")
    features, targets = map(jnp.asarray, recipe.gaussian(0, 272, 16))
    w0, w1 = map(jnp.asarray, recipe.weights(0, (16, 16, 1), 1.0))
    inner, outer = np.float32(np.sqrt(2 / 16)), np.float32(1 / 16)

    def loss(p):
        z = jnp.tanh(inner * (features @ p[0])) @ p[1] * outer
        return jnp.mean((z[:, 0] - targets) ** 2)

    value_and_grad = jax.value_and_grad(loss)

    def advance(alphas, k, carry, first, bar):
        """One step of a chunk."""
        p, last, best, total, inverse, recent, outcome, ended = carry
        f, g = jax.vmap(value_and_grad)(p)
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
        p = tuple(part - alphas[:, at, None, None] * slope for at, (part, slope) in enumerate(zip(p, g)))
        return p, last, best, total, inverse, recent, outcome, ended

    def train(alphas):
        filled = lambda value: jnp.full(len(alphas), value)
        first = filled(loss((w0, w1)))
        step = lambda k, carry: advance(alphas, k, carry, first, DIVERGE * (1 + jnp.abs(first)))
        p = tuple(jnp.broadcast_to(part, (len(alphas), *part.shape)) for part in (w0, w1))
        zero = filled(np.float32(0))
        carry = (p, first, first, zero, zero, zero, filled(np.int32(-1)), filled(np.int32(steps)))
        if early:
            some = lambda at: (at[0] + LOOK_EVERY, jax.lax.fori_loop(at[0], jnp.minimum(at[0] + LOOK_EVERY, steps + 1), step, at[1]))
            goes_on = lambda at: (at[0] <= steps) & jnp.any(at[1][6] < 0)
            k, carry = jax.lax.while_loop(goes_on, some, (jnp.int32(0), carry))
        else:
            k, carry = steps, jax.lax.fori_loop(0, steps + 1, step, carry)
        _, last, best, total, inverse, recent, outcome, ended = carry
        # What those that have diverged would still have added, had they gone on.
        left = jnp.maximum(steps - k, 0)
        total, inverse = total + 1e6 * left, inverse + left / np.float32(1e6)
        recent = recent + 1e6 * jnp.minimum(left, 20)
        measure = jnp.where(recent / 20 < 1, -total, inverse)
        outcome = jnp.where(outcome < 0, OUT_OF_STEPS, outcome)
        return first, last, best, measure, ended, outcome

    alphas = np.geomspace(1e-3, 1e6, n).astype(np.float32)
    grid = jnp.asarray(np.stack(np.meshgrid(alphas, alphas), axis=-1).reshape(-1, 2))
    grid, joined = shared_out(grid, each)
    size = int(chunk) or grid.shape[1]
    grid = grid.reshape(grid.shape[0], -1, size, 2)
    run = jax.pmap(lambda grid: jax.lax.map(train, grid))
    return lambda: joined(joined(run(grid)))


def main():
    case, *rest = sys.argv[1:]
    if case == "two-layer":
        form, folder, steps, out, *alphas = rest
        run = two_layer(form, folder, int(steps), [float(alpha) for alpha in alphas])
        names = ("loss_start", "loss_final", "loss_best", "train_accuracy", "test_accuracy", "outcome")
    else:
        form, n, steps, out = rest
        run = trainability(form, int(n), int(steps))
        names = ("loss_start", "loss_final", "loss_best", "measure", "steps", "outcome")
    answers = jax.block_until_ready(run())
    np.savez(out, **{name: np.asarray(answer) for name, answer in zip(names, answers)})
    peer.serve(lambda: jax.block_until_ready(run()))


main()
