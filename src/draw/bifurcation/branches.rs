//! Cycles as lines along the axis: from value to value, and to the place where they fork.

use crate::analysis::bifurcation::{Bifurcation, Change, ChangeKind, Orbit};

/// Values of the knob and of the parameter, along one line.
pub type Branch = Vec<(f64, f64)>;

/// So near to a fork orbits may settle too slowly to be told.
const SLOW: usize = 8;

/// The lines of one start.
pub fn branches(found: &Bifurcation, start: usize, of: usize) -> Vec<Branch> {
    let orbits = found.of_start(start);
    let (mut done, mut open): (Vec<Branch>, Vec<Branch>) = (Vec::new(), Vec::new());
    for (at, orbit) in orbits.iter().enumerate() {
        let values = sorted(found, orbit, of);
        let before = at.checked_sub(1).map(|before| &orbits[before]);
        let goes_on = before.is_some_and(|before| before.period() == orbit.period() && orbit.period().is_some());
        let known = |orbit: &&Orbit| orbit.period().is_some();
        let before = orbits[at.saturating_sub(SLOW)..at].iter().rev().find(known).or(before);
        if !goes_on {
            done.append(&mut open);
            open = values.iter().map(|value| begun(found, before, orbit, (*value, of))).collect();
            continue;
        }
        for (branch, value) in open.iter_mut().zip(&values) {
            branch.push((found.value(orbit), *value));
        }
        let next = orbits.get(at + 1);
        if next.is_none_or(|next| next.period() != orbit.period()) {
            let next = orbits[at + 1..].iter().take(SLOW).find(known).or(next);
            for branch in &mut open {
                ended(found, orbit, next, (branch, of));
            }
        }
    }
    done.append(&mut open);
    done.into_iter().flat_map(|branch| without_jumps(branch, extent(found, of))).collect()
}

/// The values of a cycle, ascending.
fn sorted(found: &Bifurcation, orbit: &Orbit, of: usize) -> Vec<f64> {
    if orbit.period().is_none() {
        return Vec::new();
    }
    let mut values: Vec<f64> = orbit.distinct(&found.spec).map(|point| point[of]).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// A line that begins at an orbit: at the fork before it, where there is one, else half way to the orbit before.
fn begun(found: &Bifurcation, before: Option<&Orbit>, orbit: &Orbit, (value, of): (f64, usize)) -> Branch {
    let here = found.value(orbit);
    let from = before.map_or(here, |before| found.value(before));
    let fork = before.and_then(|_| fork(found, orbit, (from, here)));
    let first = match fork {
        Some(change) => (change.at, nearest(found, change, value, of)),
        None => (half_way(found, orbit, from), value),
    };
    vec![first, (here, value)]
}

fn ended(found: &Bifurcation, orbit: &Orbit, next: Option<&Orbit>, (branch, of): (&mut Branch, usize)) {
    let (Some(next), Some((here, value))) = (next, branch.last().copied()) else { return };
    let to = found.value(next);
    branch.push(match fork(found, orbit, (here, to)) {
        Some(change) => (change.at, nearest(found, change, value, of)),
        None => (half_way(found, orbit, to), value),
    });
}

/// Half of a cell from an orbit, towards another value.
fn half_way(found: &Bifurcation, orbit: &Orbit, towards: f64) -> f64 {
    let axis = &found.spec.x.axis;
    let (here, at) = (found.value(orbit), orbit.cell.0);
    let beside =
        if (towards > here) == (axis.value(axis.len() - 1) > axis.value(0)) { at + 1 } else { at.saturating_sub(1) };
    if towards == here { here } else { f64::midpoint(here, axis.value(beside.min(axis.len() - 1))) }
}

/// The change between two values of the knob at which a cycle of this period ends, or a doubling begins it.
fn fork<'a>(found: &'a Bifurcation, orbit: &Orbit, (from, to): (f64, f64)) -> Option<&'a Change> {
    let period = orbit.period()?;
    let between = |change: &&Change| change.at >= from.min(to) && change.at <= from.max(to);
    let fits = |change: &&Change| {
        change.period == period || change.kind == ChangeKind::Doubling && 2 * change.period == period
    };
    found.changes.iter().filter(between).find(fits)
}

/// The point of a change's cycle that is nearest to a value.
fn nearest(found: &Bifurcation, change: &Change, value: f64, of: usize) -> f64 {
    let at = found.spec.program.parameters[of].hi;
    let points = change.points.iter().chain(&change.elsewhere).map(|point| point[at]);
    points.min_by(|a, b| (a - value).abs().total_cmp(&(b - value).abs())).unwrap_or(value)
}

/// From the least to the largest that was visited.
fn extent(found: &Bifurcation, of: usize) -> f64 {
    let parameters = found.spec.program.parameters.len();
    let values = found.orbits.iter().flat_map(|orbit| orbit.visited.iter().skip(of).step_by(parameters));
    let (lo, hi) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    hi - lo
}

/// Cycles of one period that are not one cycle: where a line would jump, it is two.
fn without_jumps(branch: Branch, extent: f64) -> Vec<Branch> {
    const JUMP: f64 = 0.15;
    branch.chunk_by(|a, b| (a.1 - b.1).abs() <= JUMP * extent).map(<[_]>::to_vec).collect()
}
