//! Texts from anywhere: no formula, rule or axis that someone may type or generate makes a parser panic, overflow its
//! stack or think for long.
//!
//! Token soup finds what almost is a formula, bytes find what is none, and towers of one construct find recursion. All
//! runs on threads with a small stack, as of a program that embeds this one.

use alphasweep::expr::{CONSTANTS, functions, parse};
use alphasweep::problem::{Objective, Rule, Schedule};
use alphasweep::sweep::Axis;
use proptest::prelude::*;
use std::thread;
use std::time::{Duration, Instant};

/// Bytes; a main thread has 1 MiB on Windows and 8 MiB elsewhere.
const SMALL_STACK: usize = 1 << 20;

/// More than any text below may take, with room for a loaded machine.
const LONG: Duration = Duration::from_secs(20);

/// Runs on a small stack and within bounded time. A stack overflow ends the whole test program.
fn confined<T: Send>(what: &str, work: impl FnOnce() -> T + Send) -> T {
    let began = Instant::now();
    let result = thread::scope(|scope| {
        let spawned = thread::Builder::new().stack_size(SMALL_STACK).spawn_scoped(scope, work);
        spawned.expect("a thread").join().unwrap_or_else(|_| panic!("panicked on {what}"))
    });
    assert!(began.elapsed() < LONG, "{what} took {:?}", began.elapsed());
    result
}

/// Everything that reads a text reads this one; an error must have words.
fn read_by_all(text: &str) {
    let constants = [("c".to_owned(), 2.0)];
    let complaints = [
        parse(text).err().map(|error| error.to_string()),
        Objective::new(text, &[]).err().map(|error| error.to_string()),
        Objective::new(text, &constants).err().map(|error| error.to_string()),
        Rule::new(text).err().map(|error| error.to_string()),
        text.parse::<Schedule>().err().map(|error| error.to_string()),
    ];
    assert!(complaints.into_iter().flatten().all(|complaint| !complaint.trim().is_empty()), "{text:?}");
    read_as_axis(text);
}

/// An axis that can be read has a first, a middle and a last value, all numbers.
fn read_as_axis(text: &str) {
    match Axis::parse(text) {
        Ok(axis) => {
            let values = [0, axis.len() / 2, axis.len() - 1].map(|at| axis.value(at));
            let (lo, hi) = axis.bounds();
            assert!(values.iter().chain([&lo, &hi]).all(|value| value.is_finite()), "{text:?}: {values:?}");
            assert!(axis.nearest_to_zero().is_none_or(f64::is_finite), "{text:?}");
        }
        Err(complaint) => assert!(!complaint.trim().is_empty(), "{text:?}"),
    }
}

/// One token of the language, or of no language.
fn token() -> impl Strategy<Value = String> {
    let functions: Vec<&str> = functions().map(|function| function.name).collect();
    let constants = CONSTANTS.map(|(name, _)| name).to_vec();
    let operators = vec!["+", "-", "*", "/", "^", "<", "<=", ">", ">=", "=="];
    let numbers =
        vec!["0", "1", "2", "0.5", ".5", "2.", "1e-10", "1e308", "1e", "1e999", "1..2", "0x1", "1024", "1025"];
    let names = vec!["x", "y", "x0", "c", "p", "g", "t", "v", "alpha", "delta", "mean", "sum", "_", "x_start", "gd"];
    let strangers = vec!["β", "²", "×", "−", "\u{feff}", "\u{301}", "😀", "\0", "\n", "\t", " ", "$", "\"", "'", "\\"];
    let foreign = vec!["**", "!=", "&&", "||", "?", "[", "]", "!", "&", "|", ":", "{", "}", "%"];
    let plain = prop::sample::select;
    prop_oneof![
        4 => plain(names),
        3 => plain(operators),
        3 => plain(vec!["(", ")", ",", "=", ";"]),
        2 => plain(numbers),
        2 => plain(functions),
        1 => plain(constants),
        1 => plain(vec!["v = ", "; delta = -alpha*g", "select(x < y, ", "max(", "log:", "lin:", "x3:", ","]),
        1 => plain(strangers),
        1 => plain(foreign),
    ]
    .prop_map(str::to_owned)
}

/// Mostly good formulas, so that what comes after the parser is reached too.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["x", "y", "0", "1", "2", "0.5", "-3", "1e200", "1e-200", "pi", "c"]);
    leaf.prop_map(str::to_owned).prop_recursive(8, 64, 3, |inner| {
        let operator = prop::sample::select(vec!["+", "-", "*", "/", "^", "^-"]);
        let comparison = prop::sample::select(vec!["<", "<=", ">", ">=", "=="]);
        let function =
            prop::sample::select(functions().map(|function| (function.name, function.arity)).collect::<Vec<_>>());
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a}{op}{b})")),
            (inner.clone(), comparison, inner.clone(), inner.clone())
                .prop_map(|(a, op, b, c)| format!("select({a}{op}{b}, {b}, {c})")),
            (function, inner.clone(), inner).prop_map(|((name, arity), a, b)| match arity {
                1 => format!("{name}({a})"),
                2 => format!("{name}({a}, {b})"),
                _ => format!("-({a})"),
            }),
        ]
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(4096))]

    #[test]
    fn no_token_soup_makes_a_parser_panic(tokens in prop::collection::vec(token(), 0..40)) {
        let text = tokens.concat();
        confined(&text, || read_by_all(&text));
        let spaced = tokens.join(" ");
        confined(&spaced, || read_by_all(&spaced));
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        confined(&text, || read_by_all(&text));
    }

    #[test]
    fn no_characters_make_a_parser_panic(text in "\\PC{0,80}") {
        confined(&text, || read_by_all(&text));
    }

    #[test]
    fn no_formula_makes_a_parser_panic(formula in formula()) {
        confined(&formula, || read_by_all(&formula));
        let rule = format!("v = {formula}; delta = -alpha*v");
        confined(&rule, || read_by_all(&rule));
    }

    #[test]
    fn no_axis_makes_its_parser_panic(
        kind in prop::sample::select(vec!["lin", "log", "x3", ""]),
        bits in prop::collection::vec(any::<u64>(), 0..4),
        count in any::<u64>(),
    ) {
        let numbers = bits.iter().map(|bits| f64::from_bits(*bits));
        let colons: Vec<String> = numbers.clone().map(|number| format!(":{number:e}")).collect();
        let list: Vec<String> = numbers.map(|number| format!("{number:e}")).collect();
        for text in [
            format!("{kind}{}", colons.concat()),
            format!("{kind}{}:{count}", colons.concat()),
            format!("{kind}{}:{}", colons.concat(), count % 5),
            list.join(","),
        ] {
            confined(&text, || read_as_axis(&text));
        }
    }
}

/// One error of every reader of formulas, without the caret lines.
fn complaints(text: &str) -> Vec<String> {
    let first_line = |error: String| error.lines().next().unwrap_or_default().to_owned();
    confined(&text[..text.len().min(40)], || {
        let errors = [
            parse(text).err().map(|error| error.to_string()),
            Objective::new(text, &[]).err().map(|error| error.to_string()),
            Rule::new(&format!("delta = {text}")).err().map(|error| error.to_string()),
        ];
        errors.map(|error| first_line(error.expect("too much is refused"))).to_vec()
    })
}

/// `open` n times, x, and `close` as often.
fn tower(open: &str, close: &str, n: usize) -> String {
    format!("{}x{}", open.repeat(n), close.repeat(n))
}

/// Everything that can nest: what opens and closes it, and how many levels it is.
const TOWERS: [(&str, &str, usize); 10] = [
    ("(", ")", 1),
    ("-", "", 1),
    ("+", "", 1),
    ("x^", "", 1),
    ("2^-", "", 2),
    ("exp(", ")", 1),
    ("max(1, ", ")", 1),
    ("select(x < 1, x, ", ")", 1),
    ("(1 + ", ")", 1),
    ("-(", ")^2", 2),
];

#[test]
fn a_hundred_thousand_levels_are_refused_by_their_length() {
    for (open, close, _) in TOWERS {
        for complaint in complaints(&tower(open, close, 100_000)) {
            assert!(complaint.starts_with("a formula may have at most 65536 bytes"), "{open}: {complaint}");
        }
    }
}

#[test]
fn as_many_levels_as_a_text_can_hold_are_refused_with_the_limit_and_a_way_out() {
    for (open, close, _) in TOWERS {
        let most = 65_000 / (open.len() + close.len());
        for parts in [201, 1000, most] {
            for complaint in complaints(&tower(open, close, parts)) {
                let expected = "nested deeper than 200 levels; name inner parts with `name = expr;`";
                assert_eq!(complaint, expected, "{parts} of `{open}`");
            }
        }
    }
}

#[test]
fn the_deepest_nesting_that_is_allowed_is_read_on_a_small_stack() {
    for (open, close, levels) in TOWERS {
        let deep = tower(open, close, 200 / levels);
        confined(open, || {
            Objective::new(&deep, &[]).unwrap_or_else(|error| panic!("`{open}`: {error}"));
            Rule::new(&format!("delta = {deep}")).unwrap_or_else(|error| panic!("`{open}`: {error}"));
        });
    }
}

#[test]
fn unclosed_towers_are_refused() {
    for open in ["(", "exp(", "max(1,", "select(", ")", ",", "x y ", "=", ";", "x=", "^"] {
        let text = open.repeat(60_000 / open.len());
        assert!(complaints(&text).iter().all(|complaint| !complaint.is_empty()));
        confined(open, || read_as_axis(&text));
    }
}

/// About 60 KiB of parts that are all different.
fn numbered(part: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    let mut at = 0;
    while text.len() < 60_000 {
        text.push_str(&part(at));
        at += 1;
    }
    text
}

/// Long without being deep: 60 KiB of one construct. What a chain of operators may not be is slow.
#[test]
fn the_longest_texts_are_read_in_bounded_time() {
    let repeated = |part: &str| part.repeat(60_000 / part.len());
    let names = numbered(|at| format!("x{at}+"));
    let locals = numbered(|at| format!("u{at}=x;"));
    let states = numbered(|at| format!("u{at}=u{at}+1;"));
    let texts = [
        format!("{}x", repeated("x+")),
        format!("{}x", repeated("x*")),
        format!("{}x", repeated("x/3-")),
        format!("{}x", repeated("x^1023*")),
        format!("{}x", repeated("1e-300*x+")),
        format!("{names}x"),
        format!("{locals}x"),
        format!("{states}delta = 1"),
        format!("{}x", repeated("(x+1)^2/(x-1)+")),
        repeated("0.1,"),
        repeated("9"),
        format!("x{}", repeated("é")),
    ];
    for text in &texts {
        let what: String = text.chars().take(20).collect();
        let began = Instant::now();
        confined(&what, || read_by_all(text));
        println!("{:>8.1} ms  {what}…", began.elapsed().as_secs_f64() * 1e3);
    }
}
