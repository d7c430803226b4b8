"""A script as users write it, for the checkers of types."""

from __future__ import annotations

import numpy as np

import alphasweep as asw


def report(m: asw.Map) -> str:
    advice = m.advice
    if advice is None or advice.fastest is None:
        return "no advice"
    fastest: asw.Pick = advice.fastest
    steps: int | None = fastest.median_steps
    return f"{fastest.alpha:.3g} in {steps}"


m = asw.sweep("(beta/2-1)^2", alpha=asw.log(1e-3, 10, 20), start=np.linspace(-10, 10, 5), steps=50, momentum=0.9, rule="momentum")
print(report(m), m.outcome == asw.Outcome.CONVERGED, m["beta_final"].mean(), m.beta_final.shape)
limits: tuple[asw.Limit, ...] = m.theory.limits
fitted = asw.sweep(lambda w: w**2, alpha=[0.1, 0.2], vary={"w_start": range(3)}, progress=lambda done, of: None)
t = asw.trace("hours", alpha=[0.1, 0.2], w_start=1, rule=["gd", "momentum"], show={"mae": "mean(abs(w*x-y))"})
losses = [float(descent.loss[-1]) for descent in t]
film: asw.Film = t.animate(fps=10)
valley = asw.landscape("himmelblau", x0=asw.lin(-5, 5, 11), x1=asw.lin(-5, 5, 11))
print(valley.loss.min(), asw.devices().auto, asw.verify(engine="cpu").ok, asw.list("adam"), limits, fitted.shape, losses, film)
