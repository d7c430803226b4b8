//! Axes as texts and as numbers, and which adapter is taken.
//!
//! The truths are decimal literals, read by Rust's own parser, and arithmetic that is exact in f64. The adapters are made
//! up: the choice is a pure function of a list.

use crate::common::{Random, along, asked, list, read};
use alphasweep::engine::gpu::{AdapterSummary, Choice, choose};
use alphasweep::problem::catalog::OBJECTIVES;
use alphasweep::problem::{NETWORKS, Rule};
use alphasweep::sweep::{Axis, Fixed, NetworkRecipe, Recipe, Request, RequestError, Scale};

fn values(text: &str) -> Vec<f64> {
    let axis = Axis::parse(text).unwrap_or_else(|message| panic!("`{text}` is an axis: {message}"));
    assert_eq!(axis.text(), text);
    (0..axis.len()).map(|at| axis.value(at)).collect()
}

#[test]
fn decades_are_the_numbers_their_text_reads_as() {
    let expected = [1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0];
    assert_eq!(values("log:1e-10:10:12"), expected);
    assert_eq!(values("log:1e-3:1e3:7"), [1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0]);
    assert_eq!(values("log:1e-300:1e300:3"), [1e-300, 1.0, 1e300]);
}

#[test]
fn a_log_axis_has_equal_ratios() {
    let values = values("log:0.02:50:1001");
    let ratio = (50.0_f64 / 0.02).ln() / 1000.0;
    for (at, pair) in values.windows(2).enumerate() {
        assert!(((pair[1] / pair[0]).ln() - ratio).abs() < 1e-13, "after index {at}: {} then {}", pair[0], pair[1]);
    }
}

#[test]
fn a_symmetric_axis_has_an_exact_zero_and_mirrored_values() {
    for text in ["lin:-10:10:5", "lin:-0.3:0.3:7", "lin:-5.12:5.12:513", "lin:-1e300:1e300:3"] {
        let values = values(text);
        let last = values.len() - 1;
        assert_eq!(values[last / 2].to_bits(), 0.0_f64.to_bits(), "{text} in the middle");
        for at in 0..=last {
            assert_eq!(values[at], -values[last - at], "{text} at {at} and its mirror");
        }
    }
    assert_eq!(values("lin:-10:10:5"), [-10.0, -5.0, 0.0, 5.0, 10.0]);
}

#[test]
fn end_points_are_exact_and_values_ascend() {
    let mut random = Random(8);
    for _ in 0..500 {
        let (lo, width) = (random.log_uniform(1e-12, 1e3), random.log_uniform(1e-6, 1e6));
        let (hi, n) = (lo + width, random.uniform(2.0, 3000.0) as usize);
        for form in ["lin", "log"] {
            let text = format!("{form}:{lo:e}:{hi:e}:{n}");
            let values = values(&text);
            assert_eq!((values.len(), values[0].to_bits()), (n, lo.to_bits()), "{text}");
            assert_eq!(values[n - 1].to_bits(), hi.to_bits(), "{text}");
            let falls = values.windows(2).position(|pair| pair[0] > pair[1]);
            assert!(falls.is_none(), "{text} falls after index {falls:?}");
        }
        let text = format!("x3:{lo:e}:{hi:e}");
        let values = values(&text);
        assert_eq!(values[0].to_bits(), lo.to_bits(), "{text}");
        assert_eq!(values[values.len() - 1].to_bits(), hi.to_bits(), "{text}");
    }
}

#[test]
fn tripling_goes_on_until_the_end() {
    assert_eq!(values("x3:1:10"), [1.0, 3.0, 9.0, 10.0]);
    assert_eq!(values("x3:1:81"), [1.0, 3.0, 9.0, 27.0, 81.0]);
    assert_eq!(values("x3:0.1:0.3"), [0.1, 0.3]);
    assert_eq!(values("x3:2:2"), [2.0]);
}

#[test]
fn a_list_is_taken_as_it_stands() {
    assert_eq!(values("0.1,1,3.9,4.05"), [0.1, 1.0, 3.9, 4.05]);
    assert_eq!(values("3,-1, 3"), [3.0, -1.0, 3.0]);
    assert_eq!(values("7"), [7.0]);
    let mut random = Random(9);
    let drawn: Vec<f64> = (0..100).map(|_| random.either_sign(1e-300, 1e300)).collect();
    assert_eq!(list(drawn.clone()).values().collect::<Vec<_>>(), drawn);
    assert_eq!(values(list(drawn.clone()).text()), drawn);
}

#[test]
fn one_value_is_an_axis_too() {
    assert_eq!(values("lin:3:3:1"), [3.0]);
    assert_eq!(values("log:3:3:1"), [3.0]);
}

#[test]
fn an_axis_knows_its_scale_and_bounds() {
    let axis = |text| Axis::parse(text).unwrap();
    assert_eq!(axis("lin:0:1:3").scale(), Scale::Linear);
    assert_eq!(axis("log:1:10:3").scale(), Scale::Log);
    for listed in ["1,2,4", "x3:1:9", "lin:2:2:1", "5"] {
        assert_eq!(axis(listed).scale(), Scale::Listed, "{listed}");
    }
    assert_eq!(axis("3,-7,5").bounds(), (-7.0, 5.0));
    assert_eq!(axis("log:1e-3:2:9").bounds(), (1e-3, 2.0));
    assert_eq!(axis("lin:-10:10:5").nearest_to_zero().map(f64::abs), Some(5.0));
    assert_eq!(axis("0,0").nearest_to_zero(), None);
    assert_eq!(axis("3,0,-0.5").nearest_to_zero(), Some(-0.5));
}

#[test]
fn a_malformed_axis_says_what_to_write() {
    let table = [
        ("", "write log:LO:HI:N, lin:LO:HI:N, x3:LO:HI or a list"),
        ("fast", "`fast` is not a number; write log:LO:HI:N"),
        ("1,,2", "`` is not a number; write log:LO:HI:N"),
        ("log:1:10", "`log` takes LO:HI:N"),
        ("lin:1:10:5:6", "`lin` takes LO:HI:N"),
        ("x3:1:10:5", "`x3` takes LO:HI"),
        ("geo:1:10:5", "no axis is written so; write log:LO:HI:N"),
        ("0.01..2", "no axis is written so; write log:0.01:2:200 or lin:0.01:2:200"),
        ("-1..=2", "no axis is written so; write lin:-1:2:200"),
        ("log:0:10:5", "LO = 0 must be above 0 on a log axis; use a positive LO or lin:0:10:5"),
        ("log:-1:10:5", "must be above 0 on a log axis"),
        ("lin:10:1:5", "LO = 10 is above HI = 1; swap them"),
        ("lin:1:10:0", "N = `0` must be a whole number of values, at least 1"),
        ("lin:1:10:2.5", "N = `2.5` must be a whole number"),
        ("lin:1:10:-3", "N = `-3` must be a whole number"),
        ("lin:1:10:many", "`many` is not a number"),
        ("lin:1:10:1", "one value (N = 1) cannot be both 1 and 10"),
        ("lin:1:1:9", "LO and HI are both 1; write `1` for one value"),
        ("lin:1:10:2e9", "above the limit of 1e9 cells"),
        ("lin:nan:1:5", "`nan` is not a finite number"),
        ("1,inf", "`inf` is not a finite number"),
        ("1e999", "not a finite number"),
        ("x3:0:9", "it needs 0 < LO ≤ HI"),
        ("x3:9:1", "it needs 0 < LO ≤ HI"),
    ];
    for (text, expected) in table {
        let message = Axis::parse(text).expect_err(text);
        assert!(message.contains(expected), "`{text}` says: {message}\nexpected: {expected}");
    }
}

#[test]
fn a_bad_request_names_the_flag_the_value_and_the_way_out() {
    let lecture = || asked("lecture");
    let table = [
        (
            lecture().vary("alhpa", along("1,2")),
            "--vary alhpa=1,2: `alhpa` is nothing in this problem: did you mean `alpha`?",
        ),
        (lecture().vary("alpha", along("1,2")).vary("alpha", Axis::one(3.0)), "`alpha` is an axis already"),
        (lecture().set("alpha", f64::NAN), "--set alpha=NaN: expected NAME=VALUE with a finite number"),
        (lecture().set("alpha", 1.0).set("alpha", 2.0), "`alpha` is set twice"),
        (lecture().vary("alpha", along("1,2")).set("alpha", 1.0), "`alpha` is an axis; set it or vary it, not both"),
        (lecture().set("alpha", 1.0).set("beta_start", 1.0), "leave one name free"),
        (lecture().vary("alpha", along("1e-50,1")), "does not fit f32"),
        (lecture().gtol(-1.0), "--gtol -1: must be a finite number, at least 0"),
        (lecture().steps(2_000_000_000), "--steps 2000000000: at most 1000000000 steps"),
        (lecture().diverge(0.0), "--diverge 0: must be above 0"),
        (lecture().vary("alpha", along("lin:1:2:100000")).vary_start(along("lin:1:2:100000")), "more than 1e9 cells"),
    ];
    for (request, expected) in table {
        let message = request.resolve().expect_err(expected).to_string();
        assert!(message.contains(expected), "says: {message}\nexpected: {expected}");
    }
}

/// The texts of the catalog are read when a row is taken; all of them can be.
#[test]
fn every_row_of_the_catalog_can_be_read() {
    for row in OBJECTIVES {
        let recipe = Recipe::of(Some(row));
        assert_eq!((recipe.alpha.text(), recipe.start.text()), (row.alpha, row.start), "{}", row.name);
        assert_eq!((recipe.starts.len(), recipe.stop.is_some()), (row.starts.len(), !row.stop.is_empty()));
        let shorter = recipe.start.with_len(3).expect(row.name);
        assert_eq!(shorter.text(), format!("{}:3", row.start.rsplit_once(':').expect(row.name).0));
    }
    for row in NETWORKS {
        let recipe = NetworkRecipe::of(row);
        assert_eq!(
            recipe.axes.map(|(name, axis)| (name, axis.text().to_owned())),
            row.axes.map(|(n, a)| (n, a.to_owned()))
        );
    }
}

/// An axis that is made of numbers is the one that its text says, bit for bit.
#[test]
fn an_axis_of_numbers_is_the_axis_of_its_text() {
    let mut random = Random(10);
    for _ in 0..200 {
        let (lo, n) = (random.log_uniform(1e-12, 1e6), random.uniform(2.0, 50.0) as usize);
        let hi = lo * random.log_uniform(1.01, 1e6);
        let drawn: Vec<f64> = (0..n).map(|_| random.either_sign(1e-300, 1e300)).collect();
        let made = [Axis::lin(-lo, hi, n), Axis::log(lo, hi, n), Axis::tripled(lo, hi), Axis::list(drawn)];
        for axis in made {
            let axis = axis.expect("an axis");
            assert_eq!(Axis::parse(axis.text()), Ok(axis));
        }
    }
    assert_eq!(Axis::log(1e-10, 10.0, 1024).expect("an axis").text(), "log:1e-10:10:1024");
    for wrong in [Axis::lin(1.0, 0.0, 3), Axis::log(0.0, 1.0, 3), Axis::lin(0.0, f64::INFINITY, 2), Axis::list([])] {
        assert!(wrong.is_err(), "{wrong:?}");
    }
    assert!(Axis::lin(0.0, 1.0, 0).is_err() && Axis::list([1.0, f64::NAN]).is_err());
}

/// What cannot be read is refused where it is read, by the same names.
#[test]
fn a_text_that_is_no_value_is_refused_as_such() {
    let refused = |error: RequestError| error.to_string();
    let fixed = |name: &str, text: &str| Fixed::parse(name.into(), text).map(|_| ()).map_err(refused);
    let table = [
        (fixed("alpha", "fast"), "--set alpha=fast: expected NAME=VALUE with a finite number, such as --set alpha=0.1"),
        (fixed("x_start", "fast"), "--set x_start=fast: expected NAME=VALUE with a finite number or uniform:LO:HI"),
        (fixed("x_start", "uniform:1"), "--set x_start=uniform:1: expected uniform:LO:HI or normal:MEAN:STD"),
        (fixed("seed", "one"), "--set seed=one: a seed is a whole number from 0 to 16777215"),
        (
            Request::parse("lectrue").map(|_| ()).map_err(refused),
            "no objective is called `lectrue`: did you mean `lecture`?",
        ),
        (
            Rule::new("sgdm").map(|_| ()).map_err(|error| error.to_string()),
            "no rule is called `sgdm`: did you mean `sgd`?",
        ),
        (Axis::parse("1:2").map(|_| ()), "no axis is written so"),
    ];
    for (read, expected) in table {
        let message = read.expect_err(expected);
        assert!(message.contains(expected), "says: {message}\nexpected: {expected}");
    }
}

fn adapter(name: &str, kind: &'static str, pci: &str) -> AdapterSummary {
    let (backend, driver) = ("vulkan".to_owned(), String::new());
    AdapterSummary {
        name: name.to_owned(),
        kind,
        backend,
        driver,
        pci: pci.to_owned(),
        f64: true,
        max_binding: 1 << 27,
    }
}

/// A driver's order that a careless choice would fall for.
fn machine() -> Vec<AdapterSummary> {
    vec![
        adapter("llvmpipe (LLVM 15.0.6, 256 bits)", "software", ""),
        adapter("Intel UHD", "integrated", "0000:00:02.0"),
        adapter("GeForce A", "discrete", "0000:01:00.0"),
        adapter("GeForce A", "discrete", "0000:0B:00.0"),
    ]
}

#[test]
fn discrete_comes_before_integrated_and_software_last() {
    let all = machine();
    for choice in [Choice::Hardware, Choice::Any] {
        assert_eq!(choose(&all, choice).unwrap(), 2, "{choice:?}");
        assert_eq!(choose(&all[..2], choice).unwrap(), 1, "{choice:?} without a discrete GPU");
    }
    assert_eq!(choose(&all[..1], Choice::Any).unwrap(), 0);
}

#[test]
fn software_is_never_taken_for_hardware() {
    for adapters in [&machine()[..1], &[adapter("virtio", "virtual", "")], &[]] {
        let refused = choose(adapters, Choice::Hardware).expect_err("there is no hardware").to_string();
        assert!(refused.contains("--engine cpu"), "{refused}");
    }
}

#[test]
fn names_match_in_part_and_addresses_whole() {
    let all = machine();
    let table = [
        ("llvmpipe", 0),
        ("LLVMPIPE", 0),
        ("intel", 1),
        ("geforce", 2),
        ("pci:0000:0b:00.0", 3),
        ("pci:0000:01:00.0", 2),
    ];
    for (text, expected) in table {
        assert_eq!(choose(&all, Choice::Named(text)).unwrap(), expected, "{text}");
    }
}

/// Files tell an adapter as it is shown, and it is found again by that, among others of the same name.
#[test]
fn an_adapter_is_found_as_it_is_shown() {
    let mut all = machine();
    all[2].backend = "dx12".to_owned();
    for (at, adapter) in all.iter().enumerate() {
        let shown = adapter.device_name().to_string();
        assert_eq!(choose(&all, Choice::Named(&shown)).unwrap(), at, "{shown}");
    }
    assert_eq!(all[2].device_name().to_string(), "GeForce A (discrete, dx12)");
    assert!(choose(&all, Choice::Named("GeForce A (discrete, metal)")).is_err(), "not another back end");
}

#[test]
fn an_unknown_adapter_names_what_is_there() {
    for text in ["radeon", "pci:0000:99:00.0", "pci:"] {
        let refused = choose(&machine(), Choice::Named(text)).expect_err(text).to_string();
        assert!(refused.contains(&format!("--adapter {text}")), "{refused}");
        assert!(refused.contains("llvmpipe") && refused.contains("Intel UHD"), "{refused}");
    }
    let refused = choose(&[], Choice::Any).expect_err("there is nothing").to_string();
    assert!(refused.contains("adapters here: none"), "{refused}");
}

#[test]
fn an_axis_that_nothing_reads_is_told() {
    let told = |request: &Request| {
        let notes = request.resolve().expect("a sweep").common.notes;
        let notes = notes.iter().map(ToString::to_string);
        notes.filter(|note| note.starts_with("nothing reads")).collect::<Vec<_>>()
    };
    let request =
        |rule: &str| asked("lecture").rule(read(rule)).vary("alpha", along("log:0.1:1:5")).vary_start(along("-1,1"));
    assert_eq!(told(&request("delta = -0.1*g")), ["nothing reads `alpha`: all its values give the same descents"]);
    assert!(told(&request("gd")).is_empty());
    // A seed draws, and a start is where a descent begins: no step reads them.
    assert!(told(&asked("sine").vary("seed", along("1,2")).vary("alpha", along("1,2"))).is_empty());
}
