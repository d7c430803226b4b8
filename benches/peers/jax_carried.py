"""Descents in JAX that carry their last finite loss and parameters along, as a first program would.

Forms: `carried` takes any loss and rule, tests everything that can be no longer finite, and keeps a copy of what was;
`hand` and `hand-rows` are `lecture` alone, written by hand, all at once or a row of starts after which the loop is left.
"""

import jax
import jax.numpy as jnp
import numpy as np

from outcomes import CONVERGED, DIVERGED, DIVERGE, GTOL, OUT_OF_STEPS, RUNNING


def carried(number, loss, rule, state0, steps, data):
    value_and_grad = jax.value_and_grad(loss)

    def one(alpha, start):
        f0, _ = value_and_grad(start, data)
        bar = number(DIVERGE) * (1 + jnp.abs(f0))

        def body(k, carry):
            p, state, last, last_p, outcome, ended = carry
            f, g = value_and_grad(p, data)
            finite = jnp.isfinite(f)
            for s in p:
                finite &= jnp.isfinite(s)
            running = outcome == RUNNING
            keep = running & finite
            last = jnp.where(keep, f, last)
            last_p = tuple(jnp.where(keep, s, o) for s, o in zip(p, last_p))
            small = jnp.abs(g[0]) < number(GTOL)
            for s in g[1:]:
                small &= jnp.abs(s) < number(GTOL)
            bad = ~finite | (jnp.abs(f) > bar)
            now = jnp.where(bad, DIVERGED, jnp.where(small, CONVERGED, RUNNING)).astype(jnp.int8)
            ended = jnp.where(running & (now != RUNNING), k, ended)
            outcome = jnp.where(running, now, outcome)
            moved, state = rule(g, state, alpha, (k + 1).astype(number))
            return tuple(s + d for s, d in zip(p, moved)), state, last, last_p, outcome, ended

        carry = (start, state0, f0, start, jnp.int8(RUNNING), jnp.int32(steps))
        _, _, last, last_p, outcome, ended = jax.lax.fori_loop(0, steps + 1, body, carry)
        return last, last_p, ended, worded(outcome)

    return one


def worded(outcome):
    return jnp.where(outcome == RUNNING, OUT_OF_STEPS, outcome).astype(jnp.int8)


def hand(number, early, steps):
    """`lecture`: the leanest body that still keeps the last finite parameter. Of one descent, or of a row that is left
    as soon as all of it has ended."""

    def run(alpha, start):
        f0 = (start / 2 - 1) ** 2
        bar = number(DIVERGE) * (1 + f0)

        def body(k, carry):
            b, last_b, outcome, ended = carry
            h = b / 2 - 1
            f = h * h
            running = outcome == RUNNING
            now = jnp.where(~(f <= bar), DIVERGED, jnp.where(jnp.abs(h) < number(GTOL), CONVERGED, RUNNING))
            ended = jnp.where(running & (now != RUNNING), k, ended)
            last_b = jnp.where(running & jnp.isfinite(f), b, last_b)
            outcome = jnp.where(running, now, outcome)
            return b - alpha * h, last_b, outcome, ended

        filled = lambda value: jnp.full(jnp.shape(start), value, jnp.int32)
        carry = (start, start, filled(RUNNING), filled(steps))
        if early:
            goes_on = lambda at: (at[0] <= steps) & jnp.any(at[1][2] == RUNNING)
            carry = jax.lax.while_loop(goes_on, lambda at: (at[0] + 1, body(*at)), (jnp.int32(0), carry))[1]
        else:
            carry = jax.lax.fori_loop(0, steps + 1, body, carry)
        _, b, outcome, ended = carry
        last = (b / 2 - 1) ** 2
        return last, (b,), ended, worded(outcome)

    return run


def prepare(number, form, loss, rule, state, steps, data, alpha, starts):
    """A compiled run, and what makes an array of (ny, nx) of each of its answers."""
    if form == "hand-rows":
        run, order = jax.vmap(hand(number, True, steps), (0, None)), np.transpose
        given = (alpha, starts[0])
    else:
        one = carried(number, loss, rule, state, steps, data)
        if form == "hand":
            scalar = hand(number, False, steps)
            one = lambda alpha, start: scalar(alpha, start[0])
        run, order = jax.vmap(jax.vmap(one, (0, None)), (None, 0)), np.asarray
        given = (alpha, starts)
    compiled = jax.jit(run).lower(*given).compile()
    given = jax.tree.map(jnp.asarray, given)
    return lambda: jax.block_until_ready(compiled(*given)), lambda answers: jax.tree.map(order, answers)
