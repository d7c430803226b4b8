//! Whole sweeps by emulated machine code and by the interpreter: the same outcomes, cell by cell. Of this machine's own
//! instructions tests/native.rs shows it, with more of them.

use super::emulated::sets;
use super::kernel::Kernel;
use super::machine::Isa;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Watch, collect};
use crate::problem::catalog::{OBJECTIVES, RULES};
use crate::problem::parse_csv;
use crate::sweep::{Axis, Precision, Request};

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::Compensated, Precision::F64];

fn along(text: &str) -> Axis {
    text.parse().expect("an axis")
}

/// Whether there is machine code of a sweep, whose outcomes must be the same. As text: not-a-number is written as itself.
fn is_equal_by_machine_code(request: &Request) -> bool {
    let spec = request.resolve().expect("a sweep");
    let kernel = |isa| Kernel::<f64>::new(&spec, isa, &Watch::silent()).expect("nobody stops it");
    let has_code = sets().into_iter().all(|isa| kernel(isa).is_some());
    let sweep = spec.into();
    let engine = || CpuEngine::new(Some(1)).expect("the engine starts");
    let interpreted = collect(&engine().interpreted(), &sweep).expect("the sweep runs");
    for isa in sets() {
        let native = collect(&engine().with_instructions(isa), &sweep).expect("the sweep runs");
        let formula = request.formula.text();
        assert_eq!(format!("{native:?}"), format!("{interpreted:?}"), "{formula} in {isa:?}");
    }
    has_code
}

#[test]
#[ignore = "needs an emulator: tests/aarch64/run.sh"]
fn every_objective_with_every_rule_has_the_outcomes_of_the_interpreter() {
    assert_eq!(sets(), [Isa::Neon]);
    let mut by_machine_code = 0;
    let pairs = OBJECTIVES.iter().flat_map(|objective| RULES.iter().map(move |rule| (objective, rule)));
    for ((objective, rule), precision) in pairs.zip(PRECISIONS.into_iter().cycle()) {
        let request = Request::parse(objective.name).expect("a row of the catalog");
        let request = request.rule(rule.name.parse().expect("a rule")).precision(precision).steps(90);
        let request = request.vary("alpha", along("log:1e-5:30:9")).vary_start(along("lin:-3:3:5"));
        by_machine_code += usize::from(is_equal_by_machine_code(&request));
    }
    assert!(by_machine_code > 250, "{by_machine_code} sweeps by machine code");
}

/// Operations with their special cases, functions at the edges of their domains and beyond, large angles, loops over rows, and
/// more values than registers.
#[test]
#[ignore = "needs an emulator: tests/aarch64/run.sh"]
fn every_operation_has_the_outcomes_of_the_interpreter() {
    assert_eq!(sets(), [Isa::Neon]);
    let terms = |term: fn(usize) -> String, by: &str| (1..40).map(term).collect::<Vec<_>>().join(by);
    let long = terms(|n| format!("u{n} = (x - {n})*(y + {n}/3)"), "; ");
    let long = format!("{long}; ({})/1e6", terms(|n| format!("u{n}*u{}", 40 - n), " + "));
    let formulas = [
        "sqrt(abs(x))*y + sqrt(x)",
        "min(x, y) + max(x, 2*y) - min(1/x, y)",
        "max(x*1e30*x*1e30, y) + sign(x)*x + sign(y-1)*y",
        "floor(x)*y + floor(-y) + relu(x) + 1/(x*y) + x^-3",
        "select(x < y, x^2, y^2)*select(x <= y, x, -y)*select(x == y, 1, 2)",
        "exp(x)+ln(y)*log2(abs(x))+exp(-1000*x)",
        "sin(x)*cos(1e5*y)+tan(x*1e9)+sin(1e30*x)",
        "tanh(x)+sigmoid(y)*softplus(x)+sinh(y)/cosh(x)",
        "atan(x/y)+atan2(y,x)*log1p(x)+expm1(y)",
        "cbrt(x)+erf(y)*erfc(x)+gelu(-y)",
        "hypot(x,y)+logsumexp(x,y,1)+abs(x)^1.7*y^0.3",
        &long,
    ];
    let of_rows = [
        "mean((x*u+y-v)^2)",
        "max(abs(x*u+y-v))",
        "m = mean(x*u); s = mean((x*u-m)^2); mean((x*u-m)^2/(1+s)) + y^2*mean(v*exp(-y*u))",
        "mean((tanh(x*u+y)-v/11)^2) + mean(atan2(y, u)*ln(v+1)*x)",
    ];
    let rows: Vec<String> = (0..37).map(|n| format!("{},{}", (n * 29 % 37) as f64 / 9.0 - 2.0, (n * n) % 11)).collect();
    let data = parse_csv(format!("u,v\n{}\n", rows.join("\n")).as_bytes(), "rows.csv").expect("a table");
    let plain = formulas.map(|formula| Request::parse(formula).expect("a formula"));
    let of_rows = of_rows.map(|formula| Request::parse(formula).expect("a formula").data(data.clone()));
    for request in plain.into_iter().chain(of_rows) {
        for precision in PRECISIONS {
            let request = request.clone().set("y_start", 1.0).steps(50).precision(precision);
            let request = request.vary("alpha", along("-1,0,1e-30,1e-3,0.1,0.5,1,2,3.5,1e3,1e30"));
            let request = request.vary("x_start", along("-1e30,-3,-1,-0.5,0,1e-30,0.5,1,2,3,4097,1e15"));
            assert!(is_equal_by_machine_code(&request));
            assert!(is_equal_by_machine_code(&request.rule("adam".parse().expect("a rule"))));
        }
    }
}
