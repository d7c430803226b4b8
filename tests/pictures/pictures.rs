//! Pictures, by their decoded pixels: known cells have their outcome's colour, and theory stands where it belongs.

use crate::common::pixels::Picture;
use crate::common::{along, asked};
use alphasweep::analysis::Tally;
use alphasweep::analysis::theory::Known;
use alphasweep::draw::{Heatmap, LinePlot, PALETTES, Style, TickScale, Ticks, figure, share, ticks};
use alphasweep::engine::Output;
use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::sweep::{FormulaSweep, OUTCOMES, Outcome, Request, Sweep, TileOutcomes};
use std::time::Duration;

/// The outcome on whose ramp a pixel's colour lies, if it lies on one.
fn outcome_at(picture: &Picture, x: usize, y: usize) -> Option<Outcome> {
    let here = picture.at(x, y);
    let near = |outcome: &Outcome| {
        (0..=100).any(|shade| {
            let ramp = PALETTES[0].colour(*outcome, shade as f32 / 100.0);
            ramp.iter().zip(here).all(|(a, b)| a.abs_diff(b) <= 2)
        })
    };
    OUTCOMES.into_iter().find(near)
}

fn sweep(request: &Request) -> (FormulaSweep, TileOutcomes) {
    let spec = request.resolve().expect("a sweep");
    let map = collect(&CpuEngine::new(None).expect("an engine"), &Sweep::from(&spec)).expect("a map");
    (spec, map)
}

fn heatmap(request: &Request) -> (FormulaSweep, TileOutcomes, Picture) {
    let (spec, map) = sweep(request);
    let (mut heatmap, mut tally) = (Heatmap::new(&spec, Style::default()), Tally::new(&spec));
    heatmap.tile(&map).expect("a map");
    tally.tile(&map).expect("a tally");
    let bytes = heatmap.png(&tally.finish(Duration::ZERO), &Known::of(&spec, None), "footer").expect("a picture");
    (spec, map, Picture::png(&bytes))
}

/// The frame begins here, and its cells are blocks of a whole number of pixels.
const LEFT: usize = 112;
const TOP: usize = 96;

#[test]
fn every_cell_has_the_colour_of_its_outcome() {
    let request = asked("lecture").vary("alpha", along("log:1e-3:10:50")).vary_start(along("lin:-10:10:40"));
    let (spec, map, picture) = heatmap(&request);
    let (wide, high) = (1100 / spec.nx(), 680 / spec.ny());
    let mut seen = 0;
    for cell in 0..spec.cells() {
        let (column, row) = (cell % spec.nx(), cell / spec.nx());
        // Away from the middle of the block, where the dashed line of theory may run.
        let (x, y) = (LEFT + column * wide + 2, TOP + (spec.ny() - 1 - row) * high + 2);
        assert_eq!(outcome_at(&picture, x, y), Some(map.outcome[cell]), "cell {cell} at pixel ({x}, {y})");
        seen += 1;
    }
    assert_eq!(seen, 2000);
}

#[test]
fn the_line_of_theory_stands_at_the_critical_learning_rate() {
    let request = asked("lecture").vary("alpha", along("lin:2:6:100")).vary_start(along("lin:-10:10:40"));
    let (_, _, picture) = heatmap(&request);
    // α = 4 is half way between the first and the last cell's middle, so half way across the frame of 1100.
    let expected = LEFT + 550;
    let dark = |x: usize| (TOP..TOP + 600).filter(|y| picture.at(x, *y).iter().all(|c| *c < 60)).count();
    let darkest = (LEFT + 5..LEFT + 1095).max_by_key(|x| dark(*x)).expect("a column");
    assert!(darkest.abs_diff(expected) <= 1, "the dashed line is at {darkest}, expected at {expected}");
    assert!(dark(darkest) > 200, "it runs all the way");
}

#[test]
fn more_cells_than_pixels_are_reduced_to_the_majority() {
    let request =
        asked("lecture").vary("alpha", along("log:1e-3:10:3000")).vary_start(along("lin:-10:10:60")).steps(300);
    let (spec, map, picture) = heatmap(&request);
    assert_eq!(picture.width, LEFT + 1100 + 340);
    let mut agree = 0;
    for column in 0..1100 {
        let cell = column * spec.nx() / 1100 + 30 * spec.nx();
        let y = TOP + (spec.ny() - 1 - 30) * (680 / 60) + 2;
        agree += usize::from(outcome_at(&picture, LEFT + column, y) == Some(map.outcome[cell]));
    }
    // All but the few columns in which the outcome changes within a pixel, and the dashed line.
    assert!(agree > 1090, "{agree} of 1100 pixels have the outcome of their first cell");
}

#[test]
fn a_curve_has_the_colours_of_its_outcomes_and_marks_the_fastest() {
    let (spec, map) = sweep(&asked("lecture").vary("alpha", along("log:0.001:10:200")).set("beta_start", -10.0));
    let (mut plot, mut tally) = (LinePlot::new(&spec, Style::default()), Tally::new(&spec));
    plot.tile(&map).expect("a curve");
    tally.tile(&map).expect("a tally");
    let summary = tally.finish(Duration::ZERO);
    let picture = Picture::png(&plot.png(&summary, &Known::of(&spec, None), "footer").expect("a picture"));
    assert!(picture.height() > 600);
    for outcome in [Outcome::Converged, Outcome::Descending, Outcome::Diverged] {
        let ink = PALETTES[0].colour(outcome, 0.15);
        let pixels = (0..picture.height()).flat_map(|y| (LEFT..LEFT + 1000).map(move |x| (x, y)));
        let drawn = pixels.filter(|(x, y)| picture.at(*x, *y) == ink).count();
        assert!(drawn > 20, "{outcome}: {drawn} pixels");
    }
    let fastest = summary.advice.and_then(|advice| advice.fastest).expect("something converged");
    assert!((fastest.alpha - 2.0).abs() < 0.05, "α = 1/λ is the fastest, found {}", fastest.alpha);
}

#[test]
fn the_eight_hues_stay_apart() {
    for (at, one) in OUTCOMES.into_iter().enumerate() {
        for other in OUTCOMES.into_iter().skip(at + 1) {
            let (a, b) = (PALETTES[0].colour(one, 0.3), PALETTES[0].colour(other, 0.3));
            let distance: u32 = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum();
            assert!(distance > 70, "{one} and {other} are {distance} apart");
        }
    }
}

fn labels(ticks: &Ticks) -> Vec<String> {
    ticks.marks.iter().filter_map(|tick| tick.label.clone()).collect()
}

#[test]
fn ticks_are_decades_or_round_numbers() {
    let decades = labels(&ticks(TickScale::Log, 1e-10, 10.0, 13));
    assert_eq!(decades.first().map(String::as_str), Some("10⁻¹⁰"));
    assert_eq!(decades.last().map(String::as_str), Some("10"));
    assert_eq!(decades.len(), 12);
    assert_eq!(labels(&ticks(TickScale::Log, 1e-10, 10.0, 4)), ["10⁻⁹", "10⁻⁶", "10⁻³", "1"]);
    assert_eq!(labels(&ticks(TickScale::Linear, -10.0, 10.0, 5)), ["-10", "-5", "0", "5", "10"]);
    assert_eq!(labels(&ticks(TickScale::Linear, 0.01, 0.99, 5)), ["0.2", "0.4", "0.6", "0.8"]);
    // Many figures are a power of ten.
    assert_eq!(labels(&ticks(TickScale::Linear, 1e-9, 2e-9, 3)), ["10⁻⁹", "1.5·10⁻⁹", "2·10⁻⁹"]);
    assert_eq!(labels(&ticks(TickScale::Linear, -1e15, 1e15, 3)), ["-10¹⁵", "0", "10¹⁵"]);
    // Less than a decade and a half is read like a linear axis.
    assert_eq!(labels(&ticks(TickScale::Log, 2.0, 6.0, 5)), ["2", "3", "4", "5", "6"]);
}

#[test]
fn figures_and_shares_read_well() {
    let figures = [4.0, 0.001_996_8, 1e-10, 2.5e7, 0.0, -3.75].map(figure);
    assert_eq!(figures, ["4", "0.001997", "10⁻¹⁰", "2.5·10⁷", "0", "-3.75"]);
    assert_eq!(
        [share(0, 10), share(1, 100_000), share(99_999, 100_000), share(1, 3)],
        ["0.0 %", "< 0.1 %", "> 99.9 %", "33.3 %"]
    );
}
