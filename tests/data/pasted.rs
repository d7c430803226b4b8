//! What people paste: each row is what somebody has in a notebook, a book or another program, and beside it the formula that
//! it is here, or what is said about it.

use alphasweep::expr::{Graph, canonical_name, number, parse};
use alphasweep::problem::Data;
use alphasweep::problem::catalog::{OBJECTIVES, RULES};
use alphasweep::sweep::{Axis, Request};
use assert_cmd::Command;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The formula as it is shown.
fn shown(text: &str) -> Result<String, String> {
    parse(text).map(|ast| ast.into_value().text().to_owned()).map_err(|error| error.to_string())
}

fn read(rows: &[(&str, &str)]) {
    for (pasted, expected) in rows {
        assert_eq!(shown(pasted).as_deref(), Ok(*expected), "for `{pasted}`");
        assert_eq!(
            shown(expected).as_deref(),
            Ok(*expected),
            "`{expected}` is what is shown, and must be read as such"
        );
    }
}

/// The message begins so, and the spot is marked.
fn refused(rows: &[(&str, &str, &str)]) {
    for (pasted, expected, spot) in rows {
        let complaint = shown(pasted).expect_err(pasted);
        let lines: Vec<&str> = complaint.lines().collect();
        assert!(lines[0].starts_with(expected), "`{pasted}`:\n{complaint}\nis to begin with\n{expected}");
        let marked: String =
            lines[1].chars().skip(lines[2].find('^').unwrap()).take(lines[2].matches('^').count()).collect();
        assert_eq!(marked, *spot, "the spot of\n{complaint}");
    }
}

#[test]
fn what_the_language_has_stays_as_it_was_typed() {
    read(&[
        ("(x-1)^2", "(x-1)^2"),
        ("  x ^2+  1", "  x ^2+  1"),
        ("u = x-1; u*u", "u = x-1; u*u"),
        ("select(x<0, -x, x)", "select(x<0, -x, x)"),
        ("log2(x)", "log2(x)"),
        ("sin2x", "sin2x"),
        ("lambda*x^2", "lambda*x^2"),
    ]);
}

#[test]
fn python_and_its_libraries() {
    read(&[
        ("x**2", "x^2"),
        ("(x - 1)**2 + 3*(y + 2)**2", "(x-1)^2 + 3*(y+2)^2"),
        ("x**-1", "x^-1"),
        ("-x**2", "-x^2"),
        ("np.sin(x)", "sin(x)"),
        ("numpy.exp(-x**2)", "exp(-x^2)"),
        ("math.exp(x)", "exp(x)"),
        ("torch.sigmoid(x)", "sigmoid(x)"),
        ("torch.nn.functional.softplus(w)", "softplus(w)"),
        ("tf.math.log(x)", "ln(x)"),
        ("jnp.where(x < 0, -x, x)", "select(x < 0, -x, x)"),
        ("np.mean((w*x + b - y)**2)", "mean((w*x+b-y)^2)"),
        ("2*np.pi*x", "2*pi*x"),
        ("np.e**x", "e^x"),
        ("np.maximum(0, x)", "max(0, x)"),
        ("np.abs(x) + math.fabs(y)", "abs(x) + abs(y)"),
        ("np.square(x - 3)", "(x-3)^2"),
        ("pow(x, 2)", "x^2"),
        ("pow(x+1, -y)", "(x+1)^-y"),
        ("np.power(x, 0.5)", "x^0.5"),
        ("log(x)^2", "ln(x)^2"),
        ("log10(x)", "log10(x)"),
        ("np.log10(x)", "log10(x)"),
        ("np.arctan(x) + math.asin(x)", "atan(x) + asin(x)"),
        ("np.arcsin(x)*np.arccos(x)", "asin(x)*acos(x)"),
        ("np.arctan2(y, x)", "atan2(y, x)"),
        ("torch.erf(x) + scipy.special.erfc(x)", "erf(x) + erfc(x)"),
        ("np.logaddexp(x, y)", "logsumexp(x, y)"),
        ("np.hypot(x, y) + np.cbrt(x)", "hypot(x, y) + cbrt(x)"),
        ("torch.nn.functional.gelu(x) + F.gelu(x)", "gelu(x) + gelu(x)"),
        ("special.expit(x)", "sigmoid(x)"),
        ("math.sinh(x) - torch.cosh(x)", "sinh(x) - cosh(x)"),
        ("np.log1p(x) + np.expm1(x)", "log1p(x) + expm1(x)"),
        ("np.amax(np.abs(w*x - y))", "max(abs(w*x-y))"),
        ("1_000*x", "1000*x"),
        ("lambda x: x**2", "x^2"),
        ("lambda w, b: (w - b)**2", "(w-b)^2"),
        ("f = lambda x: x**2", "x^2"),
        ("def f(x): return x**2", "x^2"),
        ("Math.sqrt(x)", "sqrt(x)"),
    ]);
}

#[test]
fn a_name_before_the_whole() {
    read(&[
        ("y=(x-1)^2", "(x-1)^2"),
        ("y = x^2 + 1", "x^2 + 1"),
        ("f(x) = x^2", "x^2"),
        ("f(x, y) = x^2 + y^2", "x^2 + y^2"),
        ("L(w,b) := (w-b)^2", "(w-b)^2"),
        ("loss = (x-1)**2", "(x-1)^2"),
        ("u = x-1; loss = u^2", "u = x - 1; u^2"),
        ("c = 2; f(x) = c*x^2", "c = 2; c*x^2"),
        ("J(θ) = θ²", "theta^2"),
    ]);
}

#[test]
fn products_without_a_sign() {
    read(&[
        ("2x", "2*x"),
        ("2 x", "2*x"),
        ("2x^2", "2*x^2"),
        ("-2x", "-2*x"),
        ("3(x-1)", "3*(x-1)"),
        ("(x-1)(x+2)", "(x-1)*(x+2)"),
        ("(x-1)(x+2)(x-3)", "(x-1)*(x+2)*(x-3)"),
        ("(x+1)y", "(x+1)*y"),
        ("2sin(x)cos(x)", "2*sin(x)*cos(x)"),
        ("0.5x^2 - 3x + 1", "0.5*x^2 - 3*x + 1"),
        ("2x/3", "2*x/3"),
        ("(1/2)x", "1/2*x"),
        ("2e", "2*e"),
        ("2e3x", "2000*x"),
        ("x^(2)y", "x^2*y"),
        ("cos(2πx)", "cos(2*pi*x)"),
        ("2|x|", "2*abs(x)"),
    ]);
}

#[test]
fn bars() {
    read(&[
        ("|x-1|", "abs(x-1)"),
        ("|x|+|y|", "abs(x) + abs(y)"),
        ("||x|-1|", "abs(abs(x)-1)"),
        ("|x||y|", "abs(x)*abs(y)"),
        ("|(|x|-1)*y|", "abs((abs(x)-1)*y)"),
        ("|x|^3", "abs(x)^3"),
        ("|x - y|²", "abs(x-y)^2"),
        ("max(|x|, |y|)", "max(abs(x), abs(y))"),
    ]);
}

#[test]
fn signs_of_books() {
    read(&[
        ("β²", "beta^2"),
        ("(β/2−1)²", "(beta/2-1)^2"),
        ("x₀² + x₁²", "x0^2 + x1^2"),
        ("0.5·x²", "0.5*x^2"),
        ("3×x ÷ 2", "3*x/2"),
        ("√(x²+1)", "sqrt(x^2+1)"),
        ("√x + 1", "sqrt(x) + 1"),
        ("2√3", "2*sqrt(3)"),
        ("x⁻¹", "x^-1"),
        ("2ⁿ", "2^n"),
        ("eˣ", "e^x"),
        ("x²y", "x^2*y"),
        ("x¹⁰", "x^10"),
        ("½x²", "0.5*x^2"),
        ("x − 1", "x - 1"),
        ("x – 1", "x - 1"),
        ("（ｘ－１）＾２", "(x-1)^2"),
        ("select(x ≤ 1, x², 2x−1)", "select(x <= 1, x^2, 2*x-1)"),
        ("σ₁·λ + μ", "sigma1*lambda + mu"),
        ("Δx²", "Deltax^2"),
        ("ϵ + ε", "epsilon + epsilon"),
        ("µ", "mu"),
        ("π r²", "pi*r^2"),
        ("x\u{a0}+\u{200b}1.5", "x + 1.5"),
    ]);
}

#[test]
fn names_of_any_script() {
    read(&[
        ("값^2", "값^2"),
        ("(größe - 1)²", "(größe-1)^2"),
        ("вес*2", "вес*2"),
        ("τιμή**2", "τιμή^2"),
        ("重さ + 幅", "重さ + 幅"),
        ("ﬁt²", "fit^2"),
        ("e\u{301}²", "é^2"),
    ]);
    for (one, other) in [("β", "beta"), ("β₁", "beta1"), ("λ_start", "lambda_start"), ("Ω", "Omega"), ("ｘ", "x")]
    {
        assert_eq!(canonical_name(one), other);
    }
}

#[test]
fn two_readings_are_two_too_many() {
    refused(&[
        ("1/2x", "this can be `(1/2)*x` or `1/(2*x)`; write one of them", "x"),
        ("1/2(x-1)", "this can be `(1/2)*(x-1)` or `1/(2*(x-1))`", "("),
        ("x/2y", "this can be `(x/2)*y` or `x/(2*y)`", "y"),
        ("1/2π", "this can be `(1/2)*π` or `1/(2*π)`", "π"),
        ("x^2y", "this can be `(x^2)*y` or `x^(2*y)`", "y"),
        ("e^-2x", "this can be `(e^-2)*x` or `e^(-2*x)`", "x"),
        ("x^2(y+1)", "this can be `(x^2)*(y+1)` or `x^(2*(y+1))`", "("),
        ("√2x", "this can be `(√2)*x` or `√(2*x)`", "x"),
        ("√x²", "write `sqrt(x)^2` or `sqrt((x)^2)`", "²"),
        ("x²^3", "`x²` has a second exponent: write `(x²)^...` or `...^(...)`", "^"),
        ("lg(x)", "no function `lg`: write `log10(x)` or `log2(x)`", "lg"),
        ("2.0f*x", "numbers have no type here: write `2.0`, or `2.0*f` for a product", "2.0f"),
    ]);
}

#[test]
fn brackets_and_signs_that_are_missing() {
    refused(&[
        ("sin x", "`sin` needs brackets: write `sin(x)`", "sin"),
        ("2*sin 2x", "`sin` needs brackets: write `sin(2)`", "sin"),
        ("√sin x", "`sin` needs brackets: write `sin(x)`", "sin"),
        ("sin^2(x)", "`sin` needs its brackets first: write `sin(x)^2`", "sin"),
        ("sin²(x)", "`sin` needs its brackets first: write `sin(x)^2`", "sin"),
        ("x y", "expected an operator or the end of the formula, found `y`: for a product write `*`", "y"),
        ("2 3", "expected an operator or the end of the formula, found the number 3: for a product write `*`", "3"),
        (
            "u = x-1\nu^2",
            "expected an operator or the end of the formula, found `u`: a line that is done ends with `;`",
            "u",
        ),
        ("x(x-1)", "no function `x`: for a product write `x*(...)`", "x"),
        ("(x-1", "expected an operator or `)`, found the end", ""),
        ("x-1)", "expected an operator or the end of the formula, found `)`", ")"),
        ("|x-1", "expected an operator or `|`, found the end", ""),
        ("select(x = 1, 2, 3)", "expected an operator or `)`, found `=`: to compare write `==`", "="),
    ]);
}

#[test]
fn other_languages() {
    refused(&[
        (r"\frac{1}{2}x^2", r"LaTeX is not read: write `(a)/(b)` for `\frac{a}{b}`", r"\frac"),
        (r"\sqrt{x}", r"LaTeX is not read: write `sqrt(x)` for `\sqrt{x}`", r"\sqrt"),
        (r"\beta^2", r"LaTeX is not read: write `beta` for `\beta`", r"\beta"),
        (r"2 \cdot x", r"LaTeX is not read: write `*` for `\cdot`", r"\cdot"),
        ("$x^2$", "LaTeX is not read; leave the `$` out", "$"),
        ("x^{2}", "there are no braces; write `^2` for `^{2}`", "{"),
        ("x_{0}", "there are no braces; write `x0` for `x_{0}`", "{"),
        ("x[0]^2", "there is no indexing; parameters have names of their own: write `x0` for `x[0]`", "["),
        ("[x-1]^2", "brackets are round here; write `(`", "["),
        ("0,5*x^2", "a decimal number has a point, and thousands have no sign: write `0.5` for `0,5`", "0,5"),
        ("exp(0,5)", "`exp` takes 1 argument(s), and 2 are given; a decimal number has a point: `0.5`", "exp(0,5)"),
        ("max(0,5, x)", "`0,5` is one number or two: write `0.5`, or `0, 5`", "0,5"),
        ("x != 1", "there is no `!=`", "!="),
        ("x < 1 || x > 2", "there is no `||`; nest `select(...)`", "||"),
        ("x > 1 ? x : 0", "there is no `? :`; write `select(condition, a, b)`", "?"),
        ("x // 2", "there is no `//`; write `floor(a/b)`", "//"),
        ("x % 2", "there is no `%`", "%"),
        ("x.mean()", "names have no parts here: write `mean(x)` for `x.mean()`", "x.mean"),
        ("(x-1).mean()", "nothing has parts here: write `mean(...)` for `(...).mean()`", ".mean"),
        ("np.linalg", "there is no `linalg` here", "np.linalg"),
        ("atanh(x)", "no function `atanh`: write `log1p(2*x/(1-x))/2`", "atanh"),
        ("special.huber(1, x)", "here the width comes last: write `huber(x, d)` for", "special.huber"),
        ("F.huber_loss(x, y)", "no function `huber_loss`: write `huber(x - y, d)`", "F.huber_loss"),
        ("np.clip(x, 0, 1)", "no function `clip`: write `min(max(x, lo), hi)`", "np.clip"),
        ("0x1F*x", "numbers are decimal here", "0x"),
        ("“x^2”", "quotes are no part of a formula", "“"),
        ("∑x", "there is no `∑`; write `sum(...)`", "∑"),
        ("x + ☃", "unexpected `☃`", "☃"),
    ]);
    assert!(
        alphasweep::problem::Objective::new("exp^x", &[])
            .unwrap_err()
            .to_string()
            .starts_with("`exp` needs brackets: write `exp(x)` or `e^x`\n  exp^x\n  ^^^")
    );
}

#[test]
fn no_logarithm_is_taken_for_another() {
    for text in ["log(x)", "log(x^2+1)", "log1p(x)", "lg(x)", "ln(x)"] {
        let told = shown(text).unwrap_or_else(|error| error.lines().next().unwrap().to_owned());
        assert!(!told.contains("mean `log2`"), "{text}: {told}");
    }
}

/// A column may have a function's name: what has no bracket after it is the column.
#[test]
fn names_of_data_win_where_no_bracket_follows() {
    let data = Data {
        names: vec!["exp".into(), "sign".into()],
        columns: vec![vec![1.0, 2.0], vec![3.0, 6.0]],
        source: "made up".into(),
        seeded: false,
    };
    let loss = |text: &str| {
        let request = Request::parse(text).unwrap().data(data.clone());
        request.resolve().map(|sweep| sweep.objective.parameters().to_vec()).map_err(|error| error.to_string())
    };
    assert_eq!(loss("mean((w*exp - sign)^2)").unwrap(), ["w"]);
    assert_eq!(loss("mean((w*exp(exp) - sign)^2)").unwrap(), ["w"]);
    assert!(loss("mean((w*exp - sin)^2)").unwrap_err().contains("`sin` is a function of 1"));
}

/// Wide characters take two places, and combining ones none.
#[test]
fn the_mark_stands_under_the_character() {
    let caret = |text: &str| shown(text).unwrap_err().lines().nth(2).unwrap().to_owned();
    assert_eq!(caret("값 + ☃"), "       ^");
    assert_eq!(caret("重さ²^2"), "       ^");
    assert_eq!(caret("x\u{302} + ☃"), "      ^");
}

#[test]
fn numbers_may_be_formulas() {
    let rows: [(&str, Option<f64>); 12] = [
        ("0.01/6", Some(0.01 / 6.0)),
        ("2/3", Some(2.0 / 3.0)),
        ("-pi/2", Some(-std::f64::consts::FRAC_PI_2)),
        ("−3", Some(-3.0)),
        ("1e-3", Some(1e-3)),
        ("2π", Some(2.0 * std::f64::consts::PI)),
        ("sqrt(2)", Some(2_f64.sqrt())),
        ("10**-3", Some(libm::pow(10.0, -3.0))),
        ("1_000", Some(1000.0)),
        ("x", None),
        ("1/0", None),
        ("u = 2; u", None),
    ];
    for (text, expected) in rows {
        assert_eq!(number(text), expected, "{text}");
    }
}

#[test]
fn the_catalog_is_shown_as_it_can_be_typed() {
    let formulas = OBJECTIVES.iter().map(|row| row.formula).chain(RULES.iter().map(|row| row.formula));
    for formula in formulas {
        let ast = parse(formula).unwrap();
        assert_eq!(ast.text(), formula);
        let canonical = ast.canonical();
        assert_eq!(parse(&canonical).unwrap().canonical(), canonical, "{formula}");
    }
}

/// A long formula takes time in proportion to its length, whatever it is made of.
#[test]
fn long_formulas_are_read_at_once() {
    for piece in [
        "2x+",
        "x²·",
        "|x|+",
        "β−",
        "np.sin(x)+",
        "(x)(x)+",
        "x-",
        "값·",
        "√x+",
        "½+",
        "f(",
        "||",
        "2(",
        "x,",
        "1/2 x ",
    ] {
        let text = piece.repeat((64 << 10) / piece.len() - 1) + "1";
        let start = std::time::Instant::now();
        let _ = shown(&text);
        let took = start.elapsed().as_secs_f64();
        assert!(took < 1.0, "64 KiB of `{piece}` took {took} s");
    }
    assert!(shown(&"x+".repeat(1 << 19)).unwrap_err().contains("at most 65536 bytes"));
}

/// Trees written in a form in which people write them.
fn formulas() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(&["x", "y0", "2", "0.5", "1e-7", "3e300", "pi", "값", "beta", "12345678"][..]);
    leaf.prop_map(str::to_owned).prop_recursive(6, 60, 3, |inner| {
        let two =
            (inner.clone(), inner.clone(), prop::sample::select(&["+", " - ", "*", "/", "^", "**", "·", "−"][..]));
        prop_oneof![
            two.prop_map(|(a, b, sign)| format!("({a}){sign}({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})({b})")),
            (inner.clone(), prop::sample::select(&["-(", "sin(", "np.log(", "√(", "2(", "--("][..]))
                .prop_map(|(a, head)| format!("{head}{a})")),
            inner.clone().prop_map(|a| format!("|{a}|")),
            inner.clone().prop_map(|a| format!("({a})²")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("select(({a}) ≤ {b}, {c}, pow({a}, {b}))")),
        ]
    })
}

/// What a formula comes to, in operations and their order.
fn operations(text: &str) -> Option<String> {
    let mut graph = Graph::new();
    let names: Vec<String> = parse(text).unwrap().free_names();
    for name in &names {
        graph.input(name);
    }
    let mut inputs = graph.clone();
    let value = parse(text)
        .unwrap()
        .lower_value(&mut graph, &mut |name| names.iter().any(|known| known == name).then(|| inputs.input(name)));
    value.ok().map(|value| format!("{:?} {value:?}", graph.nodes()))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000, failure_persistence: None, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default()
    })]

    /// print ∘ parse ∘ print = print, and the same operations.
    #[test]
    fn what_is_shown_is_what_was_read(text in formulas()) {
        let canonical = parse(&text).unwrap().canonical();
        prop_assert_eq!(&parse(&canonical).unwrap().canonical(), &canonical);
        prop_assert_eq!(operations(&canonical), operations(&text));
    }
}

/// The files of a sweep do not depend on how it was asked for.
fn csv(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("points.csv"), "x,y\n1,2\n2,3\n3,5\n4,6\n5,8\n").unwrap();
    let mut command = Command::cargo_bin("alphasweep").unwrap();
    command.current_dir(&folder).args(["sweep", "--csv", "-", "--no-png", "--engine", "cpu"]).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn flags_as_other_programs_have_them() {
    let rows: &[(&[&str], &[&str])] = &[
        (&["x^2", "--lr", "0.1,0.2"], &["x^2", "--alpha", "0.1,0.2"]),
        (&["x^2", "--learning-rate=0.1"], &["x^2", "--alpha", "0.1"]),
        (&["x^2", "--lr", "-0.1"], &["x^2", "--alpha", "-0.1"]),
        (&["x^2", "--optimizer", "Adam"], &["x^2", "--rule", "adam"]),
        (&["x^2", "--rule", "RMSprop"], &["x^2", "--rule", "rmsprop"]),
        (&["x^2", "--rule", "GD", "--iterations", "50"], &["x^2", "--rule", "gd", "--steps", "50"]),
        (&["Lecture", "--start", "1"], &["lecture", "--start", "1"]),
        (&["x^2", "--alpha", "0.01/6"], &["x^2", "--alpha", "0.0016666666666666668"]),
        (&["x^2", "--alpha", "log:1e-3:2/3:50"], &["x^2", "--alpha", "log:1e-3:0.6666666666666666:50"]),
        (&["x^2", "--alpha", "[0.1, 1]"], &["x^2", "--alpha", "0.1,1"]),
        (&["x^2", "--alpha", "max(1/8,0.1),1"], &["x^2", "--alpha", "0.125,1"]),
        (&["x^2", "--set", "x_start=-pi/2"], &["x^2", "--set", "x_start=-1.5707963267948966"]),
        (&["x^2", "--set", "x_start=−3"], &["x^2", "--set", "x_start=-3"]),
        (&["β²", "--set", "β_start=2"], &["beta^2", "--set", "beta_start=2"]),
        (
            &["x₀²+x₁²", "--vary", "α=0.1", "--set", "x₁_start=1/4"],
            &["x0^2 + x1^2", "--alpha", "0.1", "--set", "x1_start=0.25"],
        ),
        (&["x^2", "--threads", "4/2"], &["x^2", "--threads", "2"]),
        (&["x^2", "--palette", "Dark"], &["x^2", "--palette", "dark"]),
        (
            &["mean((w*x-y)^2)", "--data", "points.csv", "--batch", "4/2"],
            &["mean((w*x-y)^2)", "--data", "points.csv", "--batch", "2"],
        ),
        (&["λ*x^2", "--const", "λ=1/4"], &["lambda*x^2", "--const", "lambda=0.25"]),
        (&["x^2", "--steps", "10*20"], &["x^2", "--steps", "200"]),
        (&["x^2", "--gtol", "rel:1e-8/2"], &["x^2", "--gtol", "rel:5e-9"]),
        (&["x^2", "--gradient", "central:1/64"], &["x^2", "--gradient", "central:0.015625"]),
        (&["x^2", "--diverge", "10^3"], &["x^2", "--diverge", "1000"]),
        (&["x^2", "--precision", "F32"], &["x^2", "--precision", "f32"]),
        (
            &["mean((a*x+b-y)^2)", "--data", "points.csv", "--batch", "2", "--epochs", "4"],
            &["mean((a*x+b-y)^2)", "--data", "points.csv", "--batch", "2", "--steps", "12"],
        ),
        (
            &["mean((a*x+b-y)^2)", "--data", "points.csv", "--batch", "each", "--epochs", "3"],
            &["mean((a*x+b-y)^2)", "--data", "points.csv", "--batch", "each", "--steps", "15"],
        ),
        (
            &["mean((a*x+b-y)^2)", "--data", "points.csv", "--epochs", "30"],
            &["mean((a*x+b-y)^2)", "--data", "points.csv", "--steps", "30"],
        ),
    ];
    let small = ["--alpha", "log:0.01:1:8", "--start", "lin:-3:3:5"];
    for (asked, meant) in rows {
        let has = |arguments: &[&str], flag: &str| arguments.iter().any(|word| word.contains(flag));
        let alpha = if has(meant, "--alpha") { &small[..0] } else { &small[..2] };
        let start = if has(meant, "_start") || has(meant, "--start") { &small[..0] } else { &small[2..] };
        let with = |arguments: &[&'static str]| csv(&[arguments, alpha, start].concat());
        assert_eq!(with(asked), with(meant), "{asked:?}");
    }
}

/// What is said, with its exit code.
fn told(arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("points.csv"), "x,y\n1,2\n2,3\n3,5\n").unwrap();
    let mut command = Command::cargo_bin("alphasweep").unwrap();
    let output = command.current_dir(&folder).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn flags_that_are_refused_name_those_that_are_meant() {
    let rows: &[(&str, &str)] = &[
        ("sweep --max-iter 5", "`sweep` has no flag --max-iter: write --steps"),
        ("sweep --batch_size 5", "`sweep` has no flag --batch_size: write --batch"),
        ("sweep --learning_rate 5", "`sweep` has no flag --learning_rate: write --learning-rate"),
        ("sweep --stpes 5", "`sweep` has no flag --stpes: did you mean --steps?"),
        ("sweep --momentum 0.9", "`sweep` has no flag --momentum: it is a number of rules; write --set momentum=VALUE"),
        (
            "sweep --weight-decay=0.1",
            "`sweep` has no flag --weight-decay: it is a number of rules; write --set weight_decay=VALUE",
        ),
        ("sweep --gpu", "`sweep` has no flag --gpu: write --engine gpu"),
        ("sweep --tol 1e-3", "`sweep` has no flag --tol: write --gtol"),
        ("trace --alhpa 1", "`trace` has no flag --alhpa: did you mean --alpha?"),
        ("sweep x^2 + 1", "`+` is one argument too many: put a formula with blanks in quotes"),
        ("sweep --rule heavy-ball", "no rule is called `heavy-ball`: write `momentum`"),
        ("sweep --rule NAG", "no rule is called `NAG`: write `nesterov`"),
        ("sweep --alpha 0.001:1", "write log:0.001:1:200 or lin:0.001:1:200"),
        ("sweep --alpha 0.001:1:50", "write log:0.001:1:50"),
        ("sweep --start -1:0.5:1", "write lin:-1:1:5 for steps of 0.5"),
        ("sweep --alpha np.logspace(-3,0,50)", "write log:1e-3:1e0:50"),
        ("sweep --alpha np.linspace(0,1,5)", "write lin:0:1:5"),
        ("sweep --alpha 2*lr", "`2*lr` is not a number"),
        (
            "sweep --set alpha=1 --lr 1,2",
            "`alpha` is an axis; set it or vary it, not both: leave --alpha out for one value",
        ),
        ("sweep --rule momentum --const momentum=0.5", "write --set momentum=0.5"),
        ("sweep --const alpha=0.5", "write --set alpha=0.5"),
        ("sweep --const beta_start=0.5", "write --set beta_start=0.5"),
        ("sweep --set lr=0.5", "did you mean `alpha`?"),
        ("sweep --epochs 3", "there are no data to pass over; give --steps N"),
        ("sweep --epochs 3 --steps 4", "cannot be used with"),
        ("sweep --steps 2.5", "expected a whole number"),
        ("sweep --threads 0", "expected a whole number from 1 to 65535"),
        ("trace --fps 51", "expected a whole number from 1 to 50"),
        ("trace --width 2*100", "expected a whole number from 480 to 1920"),
    ];
    for (arguments, expected) in rows {
        let (code, said) = told(&arguments.split(' ').collect::<Vec<_>>());
        assert!(
            code == Some(2) && said.contains(expected),
            "{arguments}: exit {code:?}\n{said}\nis to contain\n{expected}"
        );
        assert!(said.starts_with("error: ") && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn what_gets_nowhere_is_noted() {
    let rows = [
        ("--alpha 0,1", "alpha, at 1 of 2 values, is not above 0"),
        ("--alpha -1", "alpha is not above 0"),
        ("--set alpha=0", "alpha is not above 0"),
        ("--alpha 1 --steps 0", "no step is taken"),
    ];
    for (flags, expected) in rows {
        let arguments = ["sweep", "x^2", "--start", "1,2", "--engine", "cpu", "--no-png"];
        let (code, said) = told(&[&arguments[..], &flags.split(' ').collect::<Vec<_>>()].concat());
        assert!(code == Some(0) && said.contains(expected), "{flags}: {said}");
    }
}

/// A line over a column that is called like what it is to be: the loss is missing. Without data, or under another name, it is a name
/// for the whole.
#[test]
fn a_model_that_is_called_like_a_column_is_no_loss() {
    let (code, said) = told(&["sweep", "y = w*x+b", "--data", "points.csv"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`y` is a column of the data, and this would minimise w*x + b"), "{said}");
    assert!(said.contains("did you mean `mean((w*x + b - y)^2)`?"), "{said}");
    let loss = csv(&["loss = (w*x+b-y)**2", "--data", "points.csv", "--alpha", "0.01", "--start", "1"]);
    assert_eq!(loss, csv(&["mean((w*x+b-y)^2)", "--data", "points.csv", "--alpha", "0.01", "--start", "1"]));
    assert_eq!(csv(&["y = (x-1)^2", "--alpha", "0.1"]), csv(&["(x-1)^2", "--alpha", "0.1"]), "no data, no column");
}

/// `x` and `y` that nobody gives a value are parameters; whoever forgot the data is told.
#[test]
fn data_that_may_be_forgotten_are_asked_for() {
    let arguments = |formula| ["sweep", formula, "--alpha", "0.1", "--start", "1,2", "--engine", "cpu", "--no-png"];
    let (_, said) = told(&arguments("(a*x+b-y)^2"));
    let note = "x, b, y are parameters, for there are no data; if some are columns, give --data FILE.csv";
    assert!(said.contains(note), "{said}");
    for formula in ["x^2 + y^2 + z^2", "(a*x-1)^2", "rosenbrock"] {
        let (_, said) = told(&arguments(formula));
        assert!(!said.contains("there are no data"), "{formula}: {said}");
    }
}

#[test]
fn lists_are_cut_at_commas_that_are_no_arguments() {
    let values = |text: &str| Axis::parse(text).unwrap().values().collect::<Vec<f64>>();
    assert_eq!(values("[1, 2/4, max(3, 1)]"), [1.0, 0.5, 3.0]);
    assert_eq!(values("lin:-pi:pi:3"), [-std::f64::consts::PI, 0.0, std::f64::consts::PI]);
    assert_eq!(values("log:10^-2:1:3"), [0.01, 0.1, 1.0]);
}
