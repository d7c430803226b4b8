//! The table of objectives.

use super::rows::{DEFAULT_ALPHA, DEFAULT_START, ObjectiveRow, PLAIN};

/// The learning rate falls away from 2/λmax: λmax is the largest curvature at the minimum.
const NEAR_MINIMUM: &str = "near a minimum: 0 < α < 2/λmax";

/// Every built-in objective.
pub const OBJECTIVES: &[ObjectiveRow] = &[
    ObjectiveRow {
        name: "lecture",
        formula: "(beta/2-1)^2",
        alpha: DEFAULT_ALPHA,
        start: DEFAULT_START,
        starts: &["-10"],
        minima: &[&[2.0]],
        law: "converges iff 0 < α < 4",
        source: "lecture note on learning rates: why 3.9 is slow, 4.05 deadly, 1e-10 useless",
        ..PLAIN
    },
    ObjectiveRow {
        name: "square",
        formula: "(x-1)^2",
        alpha: "log:1e-4:10:512",
        start: "lin:-10:10:512",
        starts: &["10"],
        minima: &[&[1.0]],
        law: "converges iff 0 < α < 1",
        source: "homework of the same lecture",
        ..PLAIN
    },
    ObjectiveRow {
        name: "gentle",
        formula: "(x-1)^2/10",
        alpha: "log:1e-10:100:1024",
        start: "lin:-10:10:512",
        starts: &["10"],
        minima: &[&[1.0]],
        law: "converges iff 0 < α < 10",
        source: "deep-learning post: a slope so gentle that α = 1 is timid",
        ..PLAIN
    },
    ObjectiveRow {
        name: "bowl",
        formula: "x0^2 + x1^2",
        alpha: "log:1e-10:10:1024",
        start: "lin:-10:10:512",
        starts: &["-3", "4"],
        minima: &[&[0.0, 0.0]],
        law: "converges iff 0 < α < 1",
        source: "optimisation post on numerical gradients, from (-3, 4)",
        ..PLAIN
    },
    ObjectiveRow {
        name: "quartic",
        formula: "x^4/4",
        alpha: "log:0.01:10:512",
        start: "lin:-8:8:512",
        starts: &["1"],
        minima: &[&[0.0]],
        law: "bounded iff αx₀² < 2 (flat bottom: no single critical α)",
        boundaries: &[("αx₀² = 2", "alpha*x_start^2 - 2", "1")],
        source: "textbook example of a boundary that depends on the start",
        ..PLAIN
    },
    ObjectiveRow {
        name: "double-well",
        formula: "(x^2-1)^2/4",
        alpha: "lin:0.01:2:512",
        start: "lin:-4:4:512",
        starts: &["2"],
        minima: &[&[-1.0], &[1.0]],
        law: "α ≤ 2: bounded iff |x₀| < √(1+2/α); converges to ±1 iff α < 1",
        boundaries: &[("|x₀| = √(1 + 2/α)", "x_start^2 - 1 - 2/alpha", "2 - alpha")],
        source: "textbook double well",
        ..PLAIN
    },
    ObjectiveRow {
        name: "logistic-map",
        formula: "x^2/2 - x^3/3",
        alpha: "lin:0.1:3:512",
        start: "lin:-2:1.5:512",
        starts: &["0.5"],
        minima: &[&[0.0]],
        law: "bounded iff -1/α < x₀ < 1 (α ≤ 3); converges to 0 iff α < 2; period doublings at 2, 2.449490, 2.544090",
        boundaries: &[("x₀ = −1/α", "x_start + 1/alpha", "3 - alpha"), ("x₀ = 1", "x_start - 1", "3 - alpha")],
        source: "May 1976, Simple mathematical models with very complicated dynamics (r = 1+α)",
        ..PLAIN
    },
    ObjectiveRow {
        name: "xy",
        formula: "(x*y-c)^2/2",
        constants: &[("c", 1.0)],
        alpha: "lin:0.01:1:512",
        start: "lin:-6:6:512",
        starts: &["2", "0.5"],
        minima: &[&[1.0, 1.0], &[-1.0, -1.0]],
        law: "α < 1/|c|: converges iff (x+y)²/(4(2/α+c)) + (x-y)²/(4(2/α-c)) < 1",
        boundaries: &[(
            "(x₀+y₀)²/(4(2/α+c)) + (x₀−y₀)²/(4(2/α−c)) = 1",
            "(x_start + y_start)^2/(4*(2/alpha + c)) + (x_start - y_start)^2/(4*(2/alpha - c)) - 1",
            "1 - alpha*abs(c)",
        )],
        source: "two-factor matrix factorisation, the smallest edge-of-stability model",
        ..PLAIN
    },
    ObjectiveRow {
        name: "rosenbrock",
        formula: "(1-x0)^2 + 100*(x1-x0^2)^2",
        alpha: "log:1e-5:1e-1:512",
        start: "lin:-2:2:512",
        starts: &["-1.2", "1"],
        minima: &[&[1.0, 1.0]],
        law: NEAR_MINIMUM,
        source: "Rosenbrock 1960",
        ..PLAIN
    },
    ObjectiveRow {
        name: "rastrigin",
        formula: "20 + x0^2 - 10*cos(2*pi*x0) + x1^2 - 10*cos(2*pi*x1)",
        alpha: "log:1e-5:1e-1:512",
        start: "lin:-5.12:5.12:512",
        starts: &["0.3", "0.2"],
        minima: &[&[0.0, 0.0]],
        law: NEAR_MINIMUM,
        source: "Rastrigin 1974, in two dimensions",
        ..PLAIN
    },
    ObjectiveRow {
        name: "beale",
        formula: "(1.5-x0+x0*x1)^2 + (2.25-x0+x0*x1^2)^2 + (2.625-x0+x0*x1^3)^2",
        alpha: "log:1e-4:1:512",
        start: "lin:-4.5:4.5:512",
        starts: &["2.5", "0.5"],
        minima: &[&[3.0, 0.5]],
        law: NEAR_MINIMUM,
        source: "Beale 1958",
        ..PLAIN
    },
    ObjectiveRow {
        name: "booth",
        formula: "(x0+2*x1-7)^2 + (2*x0+x1-5)^2",
        alpha: "log:1e-4:1:512",
        start: "lin:-10:10:512",
        starts: &["-5", "5"],
        minima: &[&[1.0, 3.0]],
        law: "converges iff 0 < α < 1/9",
        source: "Booth function, a quadratic with curvatures 2 and 18",
        ..PLAIN
    },
    ObjectiveRow {
        name: "matyas",
        formula: "0.26*(x0^2+x1^2) - 0.48*x0*x1",
        alpha: "log:1e-3:10:512",
        start: "lin:-10:10:512",
        starts: &["5", "-5"],
        minima: &[&[0.0, 0.0]],
        law: "converges iff 0 < α < 2",
        source: "Matyas 1965, a quadratic with curvatures 0.04 and 1",
        ..PLAIN
    },
    ObjectiveRow {
        name: "mccormick",
        formula: "sin(x0+x1) + (x0-x1)^2 - 1.5*x0 + 2.5*x1 + 1",
        alpha: "log:1e-3:10:512",
        start: "lin:-1.5:4:512",
        starts: &["0", "0"],
        minima: &[&[-0.547_197_551_196_597_6, -1.547_197_551_196_597_6]],
        law: NEAR_MINIMUM,
        source: "McCormick 1976",
        ..PLAIN
    },
    ObjectiveRow {
        name: "three-hump-camel",
        formula: "2*x0^2 - 1.05*x0^4 + x0^6/6 + x0*x1 + x1^2",
        alpha: "log:1e-3:10:512",
        start: "lin:-5:5:512",
        starts: &["0.5", "0.5"],
        minima: &[&[0.0, 0.0]],
        law: NEAR_MINIMUM,
        source: "three-hump camel, Dixon and Szegö 1978",
        ..PLAIN
    },
    ObjectiveRow {
        name: "six-hump-camel",
        formula: "(4 - 2.1*x0^2 + x0^4/3)*x0^2 + x0*x1 + (-4 + 4*x1^2)*x1^2",
        alpha: "log:1e-3:10:512",
        start: "lin:-3:3:512",
        starts: &["0.5", "-0.5"],
        minima: &[&[0.089_842_013_0, -0.712_656_403_0], &[-0.089_842_013_0, 0.712_656_403_0]],
        law: NEAR_MINIMUM,
        source: "six-hump camel, Dixon and Szegö 1978",
        ..PLAIN
    },
    ObjectiveRow {
        name: "styblinski-tang",
        formula: "(x0^4 - 16*x0^2 + 5*x0 + x1^4 - 16*x1^2 + 5*x1)/2",
        alpha: "log:1e-4:1:512",
        start: "lin:-5:5:512",
        starts: &["-1", "-1"],
        minima: &[&[-2.903_534_027_771_177, -2.903_534_027_771_177]],
        law: NEAR_MINIMUM,
        source: "Styblinski and Tang 1990",
        ..PLAIN
    },
    ObjectiveRow {
        name: "goldstein-price",
        formula: "(1 + (x0+x1+1)^2*(19 - 14*x0 + 3*x0^2 - 14*x1 + 6*x0*x1 + 3*x1^2))\
                  *(30 + (2*x0-3*x1)^2*(18 - 32*x0 + 12*x0^2 + 48*x1 - 36*x0*x1 + 27*x1^2))",
        alpha: "log:1e-7:1e-1:512",
        start: "lin:-2:2:512",
        starts: &["0.2", "-0.8"],
        minima: &[&[0.0, -1.0]],
        law: NEAR_MINIMUM,
        source: "Goldstein and Price 1971",
        ..PLAIN
    },
    ObjectiveRow {
        name: "himmelblau",
        formula: "(x0^2+x1-11)^2 + (x0+x1^2-7)^2",
        alpha: "log:1e-4:1:512",
        start: "lin:-5:5:512",
        starts: &["0", "0"],
        minima: &[
            &[3.0, 2.0],
            &[-2.805_118_086_952_745, 3.131_312_518_250_573],
            &[-3.779_310_253_377_747, -3.283_185_991_286_17],
            &[3.584_428_340_330_492, -1.848_126_526_964_404],
        ],
        law: NEAR_MINIMUM,
        source: "Himmelblau 1972",
        ..PLAIN
    },
    ObjectiveRow {
        name: "hours",
        formula: "mean((w*x-y)^2)",
        data: "hours",
        alpha: "log:1e-4:1:512",
        start: "lin:-10:10:512",
        starts: &["1"],
        minima: &[&[2.0]],
        law: "full batch: converges iff 0 < α < 3/14",
        source: "PyTorch post: hours of study against points, x = 1, 2, 3",
        ..PLAIN
    },
    ObjectiveRow {
        name: "line",
        formula: "mean((a*x+b-y)^2)",
        data: "line",
        batch: "each",
        alpha: "log:1e-5:1:256",
        start: "lin:-10:10:128",
        starts: &["-2", "-1"],
        law: "ends near the least-squares answer, and circles it by an amount that grows with α",
        source: "deep-learning post: one sample per step",
        ..PLAIN
    },
    ObjectiveRow {
        name: "normal",
        formula: "mean((a*x+b-y)^2)",
        data: "line",
        alpha: "log:1e-4:10:256",
        start: "lin:-10:10:128",
        starts: &["-2", "-1"],
        law: NEAR_MINIMUM,
        source: "optimisation post: least squares, which the normal equations solve exactly",
        ..PLAIN
    },
    ObjectiveRow {
        name: "line-mae",
        formula: "mean((W*x+b-y)^2)/2",
        data: "line-mae",
        stop: "mean(abs(W*x+b-y)) < 0.001",
        alpha: "log:1e-3:10:256",
        start: "lin:-1:1:128",
        starts: &["uniform:-1:1", "uniform:-1:1"],
        minima: &[&[0.2, 0.5]],
        law: NEAR_MINIMUM,
        source: "regression post: stops at a mean absolute error of 0.001",
        ..PLAIN
    },
    ObjectiveRow {
        name: "sine",
        formula: "mean((W*sin(x)+b-y)^2)/2",
        data: "sine",
        stop: "mean(abs(W*sin(x)+b-y)) < 0.001",
        alpha: "log:1e-3:10:256",
        start: "lin:-20:20:128",
        starts: &["uniform:-1:1", "uniform:-1:1"],
        minima: &[&[10.0, 1.5]],
        law: NEAR_MINIMUM,
        source: "regression post, with the true gradient; its data with noise: --data sine-noisy",
        ..PLAIN
    },
    ObjectiveRow {
        name: "sine-as-posted",
        formula: "mean((W*sin(x)+b-y)^2)/2",
        data: "sine",
        gradient: "W = mean((W*sin(x)+b-y)*x); b = mean(W*sin(x)+b-y)",
        stop: "mean(abs(W*sin(x)+b-y)) < 0.001",
        alpha: "log:1e-3:10:256",
        start: "lin:-20:20:128",
        starts: &["uniform:-1:1", "uniform:-1:1"],
        minima: &[&[10.0, 1.5]],
        law: "its slope for W is taken times x instead of sin(x): α = 0.7 fails where the true gradient works",
        source: "regression post, with the gradient as it was posted",
        ..PLAIN
    },
    ObjectiveRow {
        name: "sigmoid-mse",
        formula: "(y-sigmoid(w*x+b))^2/2",
        constants: &[("x", 1.0), ("y", 1.0)],
        alpha: "log:1e-2:1e4:512",
        start: "lin:-10:10:512",
        starts: &["0", "0"],
        law: "slope by w·x+b: -(y-σ)σ(1-σ), which vanishes where σ is wrong but sure: no α helps there",
        source: "optimisation post: one sigmoid neuron with squared error",
        ..PLAIN
    },
    ObjectiveRow {
        name: "cross-entropy",
        formula: "softplus(w*x+b) - y*(w*x+b)",
        constants: &[("x", 1.0), ("y", 1.0)],
        alpha: "log:1e-2:1e4:512",
        start: "lin:-10:10:512",
        starts: &["0", "0"],
        law: "slope by z = w·x+b: σ(z)-y; -y·ln σ(z) - (1-y)·ln(1-σ(z)), written so that no logarithm of 0 occurs",
        source: "optimisation post: the same neuron with cross-entropy",
        ..PLAIN
    },
    ObjectiveRow {
        name: "added-cosine",
        // Not eps: that is a hyperparameter of many rules.
        formula: "x^2 + epsilon*cos(2*pi*x/lam)",
        constants: &[("epsilon", 0.2), ("lam", 1.0)],
        alpha: "lin:0.01:1.5:512",
        start: "lin:-6:6:512",
        starts: &["2"],
        minima: &[&[-0.392_586_127_984_197_7], &[0.392_586_127_984_197_7]],
        law: "α < 1: bounded from every start; α > 1: diverges where |x₀| > πεα/(λ(α-1)); not convex where ε/λ² > 1/(2π²)",
        source: "Liu 2024, Complex fractal trainability boundary can arise from trivial non-convexity (arXiv:2406.13971); \
                 lam is its λ",
        ..PLAIN
    },
    ObjectiveRow {
        name: "scaled-cosine",
        formula: "x^2*(1 + epsilon*cos(2*pi*x/lam))",
        constants: &[("epsilon", 0.2), ("lam", 1.0)],
        alpha: "lin:0.01:1.5:512",
        start: "lin:-6:6:512",
        starts: &["2"],
        minima: &[&[0.0]],
        law: "near 0: 0 < α < 1/(1+ε)",
        source: "Liu 2024, Complex fractal trainability boundary can arise from trivial non-convexity (arXiv:2406.13971); \
                 lam is its λ, which only sets the scale of x",
        ..PLAIN
    },
    ObjectiveRow {
        name: "four-factors",
        formula: "(1 - x^2*y^2)^2/2",
        alpha: "lin:0.005:0.5:512",
        start: "lin:-4:4:512",
        starts: &["2", "0.3"],
        minima: &[&[1.0, 1.0], &[1.0, -1.0], &[-1.0, 1.0], &[-1.0, -1.0]],
        law: "at a minimum, |xy| = 1, the curvature is 4(x²+y²) ≥ 8: stable only where x²+y² < 1/(2α), and nowhere for α > 1/4",
        source: "after Zhu et al. 2023, Understanding edge-of-stability training dynamics with a minimalist example",
        ..PLAIN
    },
    ObjectiveRow {
        name: "three-factors",
        formula: "(x*y*z - 1)^2/4",
        alpha: "lin:0.02:2:512",
        start: "lin:-6:6:512",
        starts: &["3", "0.5", "0.5"],
        minima: &[&[1.0, 1.0, 1.0], &[1.0, -1.0, -1.0], &[-1.0, 1.0, -1.0], &[-1.0, -1.0, 1.0]],
        law: "at a minimum, xyz = 1, the curvature is (1/x²+1/y²+1/z²)/2 ≥ 3/2: none is stable for α > 4/3",
        source: "a deep linear network of single weights, as in Kreisler et al. 2023, Gradient descent monotonically decreases \
                 the sharpness of gradient flow solutions in scalar networks and beyond",
        ..PLAIN
    },
    ObjectiveRow {
        name: "decayed-factors",
        formula: "(u*v-1/2)^2/2 + (u^2+v^2)/10",
        alpha: "lin:0.01:4:512",
        start: "lin:-6:6:512",
        starts: &["4", "0.5"],
        // √(3/10) each.
        minima: &[
            &[0.547_722_557_505_166_1, 0.547_722_557_505_166_1],
            &[-0.547_722_557_505_166_1, -0.547_722_557_505_166_1],
        ],
        law: "near the minima u = v = ±√(3/10), of curvatures 2/5 and 3/5: 0 < α < 10/3; 0 is a saddle",
        source: "two factors with weight decay, after Liang and Montúfar 2025, Gradient descent with large step sizes: chaos and \
                 fractal convergence region (arXiv:2509.25351)",
        ..PLAIN
    },
];
