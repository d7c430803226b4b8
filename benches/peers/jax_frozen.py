"""Descents in JAX that stand still once they have ended; loss and parameters are read at the end.

So a step carries one copy of the parameters, and tests nothing but the two limits, which XLA turns into vector instructions.
A descent whose loss is no longer finite reports that loss, where alphasweep reports the last finite one. The former is less
work, to the peer's advantage.

A form is `frozen` and any of these, in this order:

    -rule     the state of the rule runs on after the end, which saves selections
    -early    every 25 steps it is asked whether all descents of a chunk have ended
    -chunkN   N descents after N descents, on a device for each processor. Neighbours along the starts are together, which
              end at about the same time. Without it all descents make one step, then the next.
"""

import re

import jax
import jax.numpy as jnp
import numpy as np

from outcomes import CONVERGED, DIVERGED, DIVERGE, GTOL, OUT_OF_STEPS, RUNNING

LOOK_EVERY = 25


class Frozen:
    """`number` is the type of all numbers; the rest is what is computed, and the form."""

    def __init__(self, number, form, loss, rule, state, steps, data):
        found = re.fullmatch(r"frozen(-rule)?(-early)?(?:-chunk(\d+))?", form)
        if not found:
            raise SystemExit(f"no form {form}")
        self.rule_runs_on, self.early, self.chunk = bool(found[1]), bool(found[2]), int(found[3] or 0)
        self.number, self.rule, self.state, self.steps = number, rule, state, steps
        if self.early and steps % LOOK_EVERY:
            raise SystemExit(f"{steps} steps are no multiple of {LOOK_EVERY}")
        one = jax.value_and_grad(lambda p: loss(p, data))
        # Who leaves early asks all descents of an array; else the array is made around the whole loop.
        self.of_arrays = self.early or self.chunk > 0
        self.value_and_slope = jax.vmap(one) if self.of_arrays else one

    def judged(self, p, bar):
        """Loss, slope, and whether a descent that is here has ended."""
        f, g = self.value_and_slope(p)
        small = jnp.abs(g[0]) < self.number(GTOL)
        for slope in g[1:]:
            small &= jnp.abs(slope) < self.number(GTOL)
        return f, g, jnp.where(jnp.abs(f) <= bar, jnp.where(small, CONVERGED, RUNNING), DIVERGED)

    def step(self, k, carry, alpha, bar):
        p, state, word, ended = carry
        _, g, now = self.judged(p, bar)
        word = jnp.where(word == RUNNING, now, word)
        goes_on = word == RUNNING
        moved, then = self.rule(g, state, alpha, (k + 1).astype(self.number))
        p = tuple(jnp.where(goes_on, here + by, here) for here, by in zip(p, moved))
        if not self.rule_runs_on:
            then = jax.tree.map(lambda new, old: jnp.where(goes_on, new, old), then, state)
        return p, then, word, ended + goes_on

    def descend(self, alpha, start):
        """All steps of one descent, or of an array of them."""
        f0 = self.value_and_slope(start)[0]
        bar = self.number(DIVERGE) * (1 + jnp.abs(f0))
        word = jnp.full(jnp.shape(alpha), RUNNING, jnp.int32)
        state = jax.tree.map(lambda value: jnp.full_like(alpha, value), self.state)
        carry = (start, state, word, jnp.zeros_like(word))
        step = lambda k, carry: self.step(k, carry, alpha, bar)
        p, _, word, ended = self.loop(step, carry)
        f, _, now = self.judged(p, bar)
        word = jnp.where(word == RUNNING, now, word)
        return f, p, ended, jnp.where(word == RUNNING, OUT_OF_STEPS, word).astype(jnp.int8)

    def loop(self, step, carry):
        if not self.early:
            return jax.lax.fori_loop(0, self.steps, step, carry)
        some = lambda at: (at[0] + LOOK_EVERY, jax.lax.fori_loop(at[0], at[0] + LOOK_EVERY, step, at[1]))
        goes_on = lambda at: (at[0] < self.steps) & jnp.any(at[1][2] == RUNNING)
        return jax.lax.while_loop(goes_on, some, (jnp.int32(0), carry))[1]

    def prepare(self, alpha, starts):
        """A compiled run, and what makes an array of (ny, nx) of each of its answers."""
        nx, ny = len(alpha), len(starts[0])
        if self.chunk:
            return self.in_chunks(np.repeat(alpha, ny), tuple(np.tile(start, nx) for start in starts), (nx, ny))
        if self.of_arrays:
            run, given = self.descend, (np.tile(alpha, ny), tuple(np.repeat(start, nx) for start in starts))
        else:
            run, given = jax.vmap(jax.vmap(self.descend, (0, None)), (None, 0)), (alpha, starts)
        compiled = jax.jit(run).lower(*given).compile()
        given = jax.tree.map(jnp.asarray, given)
        shaped = lambda answers: jax.tree.map(lambda values: np.asarray(values).reshape(ny, nx), answers)
        return lambda: jax.block_until_ready(compiled(*given)), shaped

    def in_chunks(self, alpha, starts, shape):
        """Of cells in the order of the axes; what does not fill the last chunk is filled with cells once more."""
        devices, cells = jax.device_count(), alpha.size
        chunk = min(self.chunk, cells // devices)
        cut = lambda values: np.resize(values, (devices, -(-cells // (devices * chunk)), chunk))
        given = (cut(alpha), tuple(cut(start) for start in starts))
        compiled = jax.pmap(lambda *given: jax.lax.map(lambda one: self.descend(*one), given)).lower(*given).compile()
        shaped = lambda answers: jax.tree.map(lambda values: np.asarray(values).ravel()[:cells].reshape(shape).T, answers)
        return lambda: jax.block_until_ready(compiled(*given)), shaped
