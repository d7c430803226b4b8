//! The table of rules.

use super::rows::RuleRow;

/// Every built-in rule.
///
/// Defaults and order of operations are those of PyTorch's optimiser of the same name, where it has one. A correction of
/// a moving average by 1 - beta^t is the same average taken of 1 (`c = beta*c + (1 - beta)`, from 0): it needs no power,
/// and the rounding of 1 - beta, a thousand times that of beta = 0.999 in f32, cancels in the quotient.
///
/// Corrections are multiplied by their reciprocals, which all parameters share.
///
/// Limits of preconditioned rules: Cohen et al. 2022, Adaptive gradient methods at the edge of stability.
pub const RULES: &[RuleRow] = &[
    RuleRow {
        name: "gd",
        formula: "delta = -alpha*g",
        hyperparameters: &[("alpha", 1e-3)],
        limit: "2/lambda",
        precondition: "",
        source: "Cauchy 1847, Méthode générale pour la résolution des systèmes d'équations simultanées; SGD in PyTorch",
    },
    RuleRow {
        name: "sgd",
        formula: "delta = -alpha*g",
        hyperparameters: &[("alpha", 1e-3)],
        limit: "2/lambda",
        precondition: "",
        source: "Robbins and Monro 1951; SGD in PyTorch: gd by its other name, and stochastic with --batch each or N",
    },
    RuleRow {
        name: "sign",
        formula: "delta = -alpha*sign(g)",
        hyperparameters: &[],
        limit: "",
        precondition: "",
        source: "lecture note: a fixed step down the slope; signSGD of Bernstein et al. 2018",
    },
    RuleRow {
        name: "normalized-gd",
        // Where the gradient is 0 it has no direction.
        formula: "delta = select(gnorm > 0, -alpha*(g/gnorm), 0)",
        hyperparameters: &[],
        limit: "",
        precondition: "",
        source: "Nesterov 1984, Minimization methods for nonsmooth convex and quasiconvex functions: a step of length alpha \
                 down the whole gradient; not in PyTorch",
    },
    RuleRow {
        name: "clipped-gd",
        formula: "delta = -alpha*(min(1, max_norm/(gnorm + 1e-6))*g)",
        hyperparameters: &[("alpha", 1e-3), ("max_norm", 1.0)],
        limit: "2/lambda",
        precondition: "",
        source: "Pascanu, Mikolov and Bengio 2013; SGD after clip_grad_norm_ in PyTorch, which has no default for max_norm",
    },
    RuleRow {
        name: "polyak",
        // Neither loss nor gradient is squared, so that small ones do not vanish.
        formula: "delta = select(gnorm > 0, -alpha*(loss/gnorm)*(g/gnorm), 0)",
        hyperparameters: &[("alpha", 1.0)],
        limit: "",
        precondition: "",
        source: "Polyak 1987, Introduction to Optimization: the step (loss - least)/gnorm^2, for a least loss of 0. \
                 alpha is the relaxation factor, between 0 and 2; not in PyTorch",
    },
    RuleRow {
        name: "momentum",
        formula: "v = momentum*v + g; delta = -alpha*v",
        hyperparameters: &[("alpha", 1e-3), ("momentum", 0.9)],
        limit: "(2 + 2*momentum)/lambda",
        precondition: "",
        source: "heavy ball, Polyak 1964; SGD(momentum) in PyTorch, whose default is no momentum. Textbooks with \
                 v = m*v - alpha*g take the same path while alpha is constant",
    },
    RuleRow {
        name: "averaged-momentum",
        formula: "v = momentum*v + (1 - momentum)*g; delta = -alpha*v",
        hyperparameters: &[("alpha", 1e-3), ("momentum", 0.9)],
        limit: "(2 + 2*momentum)/((1 - momentum)*lambda)",
        precondition: "",
        source: "heavy ball as a moving average of gradients, as in many courses. PyTorch's SGD with dampening = momentum \
                 begins with v = g instead of (1 - m)*g",
    },
    RuleRow {
        name: "nesterov",
        formula: "v = momentum*v + g; delta = -alpha*(g + momentum*v)",
        hyperparameters: &[("alpha", 1e-3), ("momentum", 0.9)],
        limit: "(2 + 2*momentum)/((1 + 2*momentum)*lambda)",
        precondition: "",
        source: "Nesterov 1983 with constant momentum; SGD(nesterov=True) in PyTorch. The parameter is the point looked \
                 ahead to; Sutskever et al. 2013 report the point before it",
    },
    RuleRow {
        name: "adagrad",
        formula: "s = s + g*g; delta = -alpha/(1 + (t - 1)*lr_decay)*g/(sqrt(s) + eps)",
        hyperparameters: &[("alpha", 1e-2), ("lr_decay", 0.0), ("eps", 1e-10)],
        limit: "2*(1 + (t - 1)*lr_decay)/lambda",
        precondition: "sqrt(s) + eps",
        source: "Duchi, Hazan and Singer 2011; Adagrad in PyTorch, which adds lr_decay. Some texts put eps under the root",
    },
    RuleRow {
        name: "rmsprop",
        formula: "s = rho*s + (1 - rho)*g*g; delta = -alpha*g/(sqrt(s) + eps)",
        hyperparameters: &[("alpha", 1e-2), ("rho", 0.99), ("eps", 1e-8)],
        limit: "2/lambda",
        precondition: "sqrt(s) + eps",
        source: "Hinton 2012, lecture 6e, with rho = 0.9; RMSprop in PyTorch, which calls rho alpha. TensorFlow puts eps \
                 under the root",
    },
    RuleRow {
        name: "adadelta",
        formula: "s = rho*s + (1 - rho)*g*g; d = sqrt(u + eps)/sqrt(s + eps)*g; u = rho*u + (1 - rho)*d*d; \
                  delta = -alpha*d",
        hyperparameters: &[("alpha", 1.0), ("rho", 0.9), ("eps", 1e-6)],
        limit: "2/lambda",
        precondition: "sqrt(s + eps)/sqrt(u + eps)",
        source: "Zeiler 2012, without alpha and with rho = 0.95; Adadelta in PyTorch",
    },
    RuleRow {
        name: "adam",
        formula: "m = beta1*m + (1 - beta1)*g; v = beta2*v + (1 - beta2)*g*g; \
                  c1 = beta1*c1 + (1 - beta1); c2 = beta2*c2 + (1 - beta2); \
                  delta = -alpha*(m*(1/c1))/(sqrt(v*(1/c2)) + eps)",
        hyperparameters: &[("alpha", 1e-3), ("beta1", 0.9), ("beta2", 0.999), ("eps", 1e-8)],
        limit: "(2 + 2*beta1)/((1 - beta1)*lambda)",
        precondition: "sqrt(v/c2) + eps",
        source: "Kingma and Ba 2015; Adam in PyTorch. eps comes after the bias correction; TensorFlow adds it before, \
                 as in the paper's faster variant",
    },
    RuleRow {
        name: "adamw",
        formula: "m = beta1*m + (1 - beta1)*g; v = beta2*v + (1 - beta2)*g*g; \
                  c1 = beta1*c1 + (1 - beta1); c2 = beta2*c2 + (1 - beta2); \
                  delta = -alpha*(weight_decay*p + m*(1/c1)/(sqrt(v*(1/c2)) + eps))",
        hyperparameters: &[("alpha", 1e-3), ("beta1", 0.9), ("beta2", 0.999), ("eps", 1e-8), ("weight_decay", 1e-2)],
        limit: "",
        precondition: "",
        source: "Loshchilov and Hutter 2019; AdamW in PyTorch, where the decay is times alpha. The paper's is not",
    },
    RuleRow {
        name: "amsgrad",
        formula: "m = beta1*m + (1 - beta1)*g; v = beta2*v + (1 - beta2)*g*g; top = max(top, v); \
                  c1 = beta1*c1 + (1 - beta1); c2 = beta2*c2 + (1 - beta2); \
                  delta = -alpha*(m*(1/c1))/(sqrt(top*(1/c2)) + eps)",
        hyperparameters: &[("alpha", 1e-3), ("beta1", 0.9), ("beta2", 0.999), ("eps", 1e-8)],
        limit: "(2 + 2*beta1)/((1 - beta1)*lambda)",
        precondition: "sqrt(top/c2) + eps",
        source: "Reddi, Kale and Kumar 2018; Adam(amsgrad=True) in PyTorch. The paper corrects no bias",
    },
    RuleRow {
        name: "nadam",
        // q is 1 minus the product of all mu so far.
        formula: "mu = beta1*(1 - 0.5*0.96^(t*momentum_decay)); next = beta1*(1 - 0.5*0.96^((t + 1)*momentum_decay)); \
                  q = mu*q + (1 - mu); m = beta1*m + (1 - beta1)*g; \
                  v = beta2*v + (1 - beta2)*g*g; c2 = beta2*c2 + (1 - beta2); \
                  delta = -alpha*((1 - mu)/q*g + next/(next*q + (1 - next))*m)/(sqrt(v*(1/c2)) + eps)",
        hyperparameters: &[("alpha", 2e-3), ("beta1", 0.9), ("beta2", 0.999), ("eps", 1e-8), ("momentum_decay", 4e-3)],
        limit: "",
        precondition: "",
        source: "Dozat 2016; NAdam in PyTorch. Other texts leave out the schedule of mu (momentum_decay = 0 halves mu)",
    },
    RuleRow {
        name: "lion",
        formula: "c = beta1*m + (1 - beta1)*g; m = beta2*m + (1 - beta2)*g; \
                  delta = -alpha*(sign(c) + weight_decay*p)",
        hyperparameters: &[("alpha", 1e-4), ("beta1", 0.9), ("beta2", 0.99), ("weight_decay", 0.0)],
        limit: "",
        precondition: "",
        source: "Chen et al. 2023, Symbolic Discovery of Optimization Algorithms; not in PyTorch",
    },
    RuleRow {
        name: "langevin",
        formula: "delta = -alpha*g + sqrt(2*alpha*temperature)*noise",
        hyperparameters: &[("alpha", 1e-3), ("temperature", 1.0)],
        limit: "2/lambda",
        precondition: "",
        source: "unadjusted Langevin: Parisi 1981; with --batch N stochastic gradient Langevin dynamics of Welling and Teh \
                 2011, whose step is 2*alpha. Ends spread like exp(-loss/temperature); not in PyTorch",
    },
];
