"""Writes rules.csv beside this file: the first steps of every optimiser, by PyTorch in float64 on the CPU.

How to run it (the numbers in the repository come from the versions named in the first line of rules.csv):

    python -m venv venv && venv/bin/pip install torch==2.15.0 lion-pytorch==0.2.5 numpy
    venv/bin/python tests/reference/make_rules.py

Gradients are torch's autograd. PyTorch has neither Lion nor a sign rule: both come from the package lion-pytorch, the
sign rule as a Lion without memory (both betas 0). The moving-average form of momentum is a loop over numpy arrays.
"""

import csv
import math
import platform
from importlib.metadata import version
from pathlib import Path

import lion_pytorch
import numpy
import torch

STEPS = 20

# NAdam keeps its product of momenta in the default type.
torch.set_default_dtype(torch.float64)

# Written so that Python (with ** for ^) and alphasweep read the same formula.
PARABOLA = ("3*(x0-1)^2/2", [-2.3])
ROSENBROCK = ("(1-x0)^2 + 100*(x1-x0^2)^2", [-1.2, 1.0])
TILTED = ("(x0-1)^2 + x0*x1/2 + (x1+2)^2", [-3.0, 1.0])


class AveragedMomentum:
    """v = m v + (1 - m) g; p = p - lr v, in numpy."""

    def __init__(self, parameters, lr, momentum):
        self.parameters, self.lr, self.momentum = parameters, lr, momentum
        self.velocity = [numpy.zeros(()) for _ in parameters]

    def zero_grad(self):
        for parameter in self.parameters:
            parameter.grad = None

    def step(self):
        for at, parameter in enumerate(self.parameters):
            gradient = parameter.grad.numpy()
            self.velocity[at] = self.momentum * self.velocity[at] + (1 - self.momentum) * gradient
            parameter.data = torch.from_numpy(numpy.asarray(parameter.data.numpy() - self.lr * self.velocity[at]))


def optimiser(make, **fixed):
    """A function (parameters, settings) -> optimiser, from alphasweep's names of the settings.

    What is not set is left to the optimiser's own defaults.
    """

    def build(parameters, settings):
        names = {"alpha": "lr"} | ({"rho": "alpha"} if make is torch.optim.RMSprop else {})
        options = {names.get(name, name): value for name, value in settings.items()}
        if "beta1" in options:
            options["betas"] = (options.pop("beta1"), options.pop("beta2"))
        return make(parameters, **(fixed | options))

    return build


def averaged(parameters, settings):
    return AveragedMomentum(parameters, settings.get("alpha", 1e-3), settings.get("momentum", 0.9))


def sign(parameters, settings):
    return lion_pytorch.Lion(parameters, lr=settings["alpha"], betas=(0.0, 0.0))


# rule: (where it comes from, how it is made, alpha for the parabola, alpha for Rosenbrock, settings off the defaults)
# PyTorch's momentum is 0 unless it is set.
RULES = {
    "gd": ("torch SGD", optimiser(torch.optim.SGD), 0.1, 1e-3, {"alpha": 0.2}),
    "sign": ("lion-pytorch (betas 0)", sign, 0.04, 3e-3, {"alpha": 0.3}),
    "momentum": ("torch SGD", optimiser(torch.optim.SGD, momentum=0.9), 0.1, 2e-4, {"alpha": 0.3, "momentum": 0.5}),
    "averaged-momentum": ("numpy", averaged, 0.5, 2e-3, {"alpha": 0.3, "momentum": 0.5}),
    "nesterov": (
        "torch SGD",
        optimiser(torch.optim.SGD, momentum=0.9, nesterov=True),
        0.1,
        2e-4,
        {"alpha": 0.3, "momentum": 0.5},
    ),
    "adagrad": (
        "torch Adagrad",
        optimiser(torch.optim.Adagrad),
        0.5,
        0.1,
        {"alpha": 0.7, "lr_decay": 0.3, "eps": 0.25},
    ),
    "rmsprop": ("torch RMSprop", optimiser(torch.optim.RMSprop), 0.05, 0.01, {"alpha": 0.1, "rho": 0.7, "eps": 0.25}),
    "adadelta": ("torch Adadelta", optimiser(torch.optim.Adadelta), 5.0, 2.0, {"alpha": 3.0, "rho": 0.6, "eps": 0.01}),
    "adam": (
        "torch Adam",
        optimiser(torch.optim.Adam),
        0.2,
        0.05,
        {"alpha": 0.3, "beta1": 0.6, "beta2": 0.8, "eps": 0.25},
    ),
    "adamw": (
        "torch AdamW",
        optimiser(torch.optim.AdamW),
        0.2,
        0.05,
        {"alpha": 0.3, "beta1": 0.6, "beta2": 0.8, "eps": 0.25, "weight_decay": 0.2},
    ),
    "amsgrad": (
        "torch Adam(amsgrad)",
        optimiser(torch.optim.Adam, amsgrad=True),
        0.2,
        0.05,
        {"alpha": 0.3, "beta1": 0.6, "beta2": 0.8, "eps": 0.25},
    ),
    "nadam": (
        "torch NAdam",
        optimiser(torch.optim.NAdam),
        0.2,
        0.05,
        {"alpha": 0.3, "beta1": 0.6, "beta2": 0.8, "eps": 0.25, "momentum_decay": 0.5},
    ),
    "lion": (
        "lion-pytorch",
        optimiser(lion_pytorch.Lion),
        0.47,
        3e-3,
        {"alpha": 0.3, "beta1": 0.6, "beta2": 0.8, "weight_decay": 0.2},
    ),
}


def path(build, objective, start, settings):
    """The parameters before step 1 and after each step."""
    parameters = [torch.tensor(value, requires_grad=True) for value in start]
    descent = build(parameters, settings)
    code = compile(objective.replace("^", "**"), objective, "eval")
    for _ in range(STEPS):
        yield [parameter.item() for parameter in parameters]
        descent.zero_grad()
        eval(code, {f"x{at}": parameter for at, parameter in enumerate(parameters)}).backward()
        descent.step()
    yield [parameter.item() for parameter in parameters]


def main():
    packages = " ".join(f"{name} {version(name)}" for name in ("torch", "lion-pytorch", "numpy"))
    with (Path(__file__).parent / "rules.csv").open("w", newline="") as file:
        file.write(f"# tests/reference/make_rules.py with Python {platform.python_version()}, {packages}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["rule", "source", "objective", "settings", "step", "x0", "x1"])
        for rule, (source, build, parabola, rosenbrock, unusual) in RULES.items():
            cases = [
                (PARABOLA, {"alpha": parabola}),
                (ROSENBROCK, {"alpha": rosenbrock}),
                (TILTED, unusual),
                # Nothing is set: this row is about the defaults. Nobody gives the sign rule one.
                (TILTED, {"alpha": 0.01} if rule == "sign" else {}),
            ]
            for (objective, start), settings in cases:
                written = " ".join(f"{name}={value}" for name, value in settings.items())
                for step, at in enumerate(path(build, objective, start, settings)):
                    assert all(math.isfinite(value) for value in at), (rule, objective, step)
                    numbers = [f"{value:.17g}" for value in at] + [""] * (2 - len(at))
                    table.writerow([rule, source, objective, written, step, *numbers])


if __name__ == "__main__":
    main()
