//! What is said of a map does not depend on the order and the pieces in which its cells come.

use crate::common::{along, asked, cpu, resolved};
use alphasweep::analysis::{Summary, Tally};
use alphasweep::engine::{Output, Watch, run_into};
use alphasweep::sweep::{Outcome, Precision, Request, Sweep, TileOutcomes};
use std::time::Duration;

/// The summary of a map in tiles of at most so many cells, each of which is `changed` before it is counted.
fn summary_of(request: &Request, tile_cells: usize, changed: fn(&mut TileOutcomes)) -> Summary {
    let sweep: Sweep = resolved(&request.clone().precision(Precision::F32)).into();
    let mut tally = Tally::new(&sweep);
    let mut take = |tile: &TileOutcomes| {
        let mut tile = tile.clone();
        changed(&mut tile);
        tally.tile(&tile)
    };
    let ran = run_into(&cpu().with_tile_cells(tile_cells), &sweep, &Watch::silent(), &mut take);
    ran.expect("the sweep runs").expect("a tally takes every tile");
    tally.finish(Duration::ZERO)
}

fn summary(request: &Request, tile_cells: usize) -> Summary {
    summary_of(request, tile_cells, |_| ())
}

/// Descents that converge, settle, creep, cycle, diverge, and some that rest where they start; α is not in order.
fn lecture() -> Request {
    asked("lecture").steps(60)
}

const ALPHAS: &str = "3.9,1e-8,0.5,4,2,-0.1,0.01,4.05,9,0.5001,1";

/// 41 starts, of which the one in the middle rests.
const STARTS: &str = "lin:-10:10:41";

#[test]
fn tiles_of_rows_and_of_parts_of_rows_are_told_alike() {
    let request = lecture().vary("alpha", along(ALPHAS)).vary_start(along(STARTS));
    let whole = summary(&request, 1 << 18);
    let seen = [Outcome::Converged, Outcome::Diverged, Outcome::Descending, Outcome::Rising];
    assert!(seen.iter().all(|outcome| whole.cells_of(*outcome) > 0), "{:?}", whole.outcomes);
    for tile_cells in [22, 11, 4, 1] {
        assert_eq!(summary(&request, tile_cells), whole, "tiles of {tile_cells} cells");
    }
}

#[test]
fn a_map_that_is_turned_says_the_same_of_alpha() {
    let upright = summary(&lecture().vary("alpha", along(ALPHAS)).vary_start(along(STARTS)), 1 << 18);
    let turned = summary(&lecture().vary_start(along(STARTS)).vary("alpha", along(ALPHAS)), 1 << 18);
    assert_eq!(upright.advice, turned.advice);
    assert_eq!(upright.critical, turned.critical);
    assert_eq!((upright.outcomes, upright.descent_steps), (turned.outcomes, turned.descent_steps));
    assert!(upright.advice.is_some_and(|advice| advice.fastest.is_some() && advice.apart > 0));
}

/// Beyond two million cells every second start is looked at.
#[test]
fn of_a_large_map_the_same_starts_are_looked_at_in_whatever_pieces_it_comes() {
    let (alphas, starts) = (along("lin:0.05:4.5:2100"), along("lin:-10:10:1000"));
    let upright = lecture().vary("alpha", alphas.clone()).vary_start(starts.clone());
    let whole = summary(&upright, 1 << 18);
    assert_eq!(whole.advice.as_ref().and_then(|advice| advice.fastest.as_ref()).map(|fastest| fastest.of), Some(500));
    assert_eq!(summary(&upright, 1111), whole);
    assert_eq!(summary(&lecture().vary_start(starts).vary("alpha", alphas), 1 << 18).advice, whole.advice);
}

/// The check of the checks: one cell more that diverges is seen.
#[test]
fn one_cell_that_ends_otherwise_is_noticed() {
    let request = lecture().vary("alpha", along(ALPHAS)).vary_start(along(STARTS));
    let other = summary_of(&request, 1 << 18, |tile| {
        let converged = tile.outcome.iter().position(|outcome| *outcome == Outcome::Converged).expect("some converge");
        tile.outcome[converged] = Outcome::Diverged;
    });
    let whole = summary(&request, 1 << 18);
    assert_ne!(other.outcomes, whole.outcomes);
    assert_ne!(other.advice, whole.advice);
}
