//! Where the descents of a map came to rest, each place once: what it is, how many came, and how large α may be there.

use super::rest::{Found, RestClass, Rests};
use super::settled::{NoLimit, Rest};
use super::stability::{Limit, Stability};
use crate::analysis::ends::End;
use serde::Serialize;

/// A place where descents came to rest, or are known to be able to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RestPoint {
    pub class: RestClass,
    /// One of its points, where it is a valley or a plateau: the one that was found first.
    pub point: Vec<f64>,
    pub loss: f64,
    /// λmax, the largest curvature there.
    pub sharpness: f64,
    /// The least curvature.
    pub least: f64,
    /// Of the cells that came to rest; 0 where it is only known to be there, and absent where nobody looked.
    pub share: Option<f64>,
    /// The largest stable α; of a valley the least and the largest of what was reached.
    pub limits: Vec<Limit>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Most places that are listed.
pub const MOST_LISTED: usize = 16;
/// Most places that are told apart.
const MOST_PLACES: usize = 256;
/// Points of a valley at which its limits are looked at.
const OF_A_VALLEY: usize = 9;

/// All points that were found at one place; of a valley and of a plateau all of it.
struct Place {
    points: Vec<Found>,
    count: usize,
}

/// Places of rest, with the cells that ended there.
pub struct Places<'a> {
    rests: &'a Rests<'a, 'a>,
    /// Whether the curvature is the same everywhere: then there is one place.
    constant: bool,
    found: Vec<Place>,
    /// Points that may still be looked at: it takes the cube of the number of parameters.
    looks: usize,
    ends: usize,
}

impl<'a> Places<'a> {
    /// No places yet.
    pub fn new(rests: &'a Rests<'a, 'a>, constant: bool, parameters: usize) -> Self {
        let looks = ((1 << 18) / parameters.pow(3).max(1)).clamp(1, 4096);
        Self { rests, constant, found: Vec::new(), looks, ends: 0 }
    }

    /// Adds a point that is said to be a minimum, if it is one: a gradient that is given need not vanish there, or may lead
    /// away.
    pub fn know(&mut self, point: &[f64]) {
        if let Some(found) = self.rests.found(point).filter(|found| found.class.is_minimum()) {
            self.put(found, 0);
        }
    }

    /// Adds where the best descent ended; or, where nothing rests there, what `polished` makes of it, if that is a minimum.
    pub fn best(&mut self, point: &[f64], polished: &dyn Fn() -> Vec<f64>) {
        match self.rests.found(point).filter(|found| found.class != RestClass::Plateau) {
            Some(found) => self.put(found, 0),
            None => self.know(&polished()),
        }
    }

    /// Adds ends of descents.
    pub fn reach(&mut self, ends: &[End]) {
        for end in ends {
            self.ends += 1;
            if let Some(place) = self.place_of(&end.point) {
                self.found[place].count += 1;
            } else if self.looks > 0 && self.found.len() < MOST_PLACES {
                self.looks -= 1;
                if let Some(found) = self.rests.found(&end.point) {
                    self.put(found, 1);
                }
            }
        }
    }

    /// The place that a point belongs to, as far as that is seen without looking what it is.
    fn place_of(&self, point: &[f64]) -> Option<usize> {
        const NEAR: f64 = 1e-3;
        if self.constant && !self.found.is_empty() {
            return Some(0);
        }
        self.found.iter().position(|place| {
            let single = !matches!(place.points[0].class, RestClass::Valley | RestClass::Plateau);
            single && is_near(&place.points[0].point, point, NEAR)
        })
    }

    fn put(&mut self, found: Found, count: usize) {
        const SAME: f64 = 1e-5;
        let wide = |class| matches!(class, RestClass::Valley | RestClass::Plateau);
        let same = |place: &Place| {
            let first = &place.points[0];
            first.class == found.class
                && if wide(found.class) {
                    // Two valleys at different heights are two.
                    (first.loss - found.loss).abs() <= 1e-6 * (first.loss.abs() + found.loss.abs()) + 1e-12
                } else {
                    is_near(&first.point, &found.point, SAME)
                }
        };
        match self.found.iter_mut().find(|place| same(place)) {
            Some(place) => {
                place.count += count;
                if wide(found.class) {
                    place.points.push(found);
                }
            }
            None => self.found.push(Place { points: vec![found], count }),
        }
    }

    /// All minima that were found.
    pub fn minima(&self) -> Vec<Found> {
        let places = self.found.iter().map(|place| &place.points[0]);
        places.filter(|found| found.class.is_minimum() && found.sharpness > 0.0).cloned().collect()
    }

    /// The places, lowest loss first, with the limits of the minima among them; and how many were left out.
    pub fn listed(self, stability: Option<&Stability<'_>>) -> (Vec<RestPoint>, usize) {
        let ends = self.ends;
        let mut places = self.found;
        places.sort_by(|a, b| a.points[0].loss.total_cmp(&b.points[0].loss));
        let left_out = places.len().saturating_sub(MOST_LISTED);
        places.truncate(MOST_LISTED);
        (places.into_iter().map(|place| listed(place, ends, stability)).collect(), left_out)
    }
}

fn listed(place: Place, ends: usize, stability: Option<&Stability<'_>>) -> RestPoint {
    let first = &place.points[0];
    let (limits, why) = match limits(&place, stability) {
        Ok(limits) => (limits, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    RestPoint {
        class: first.class,
        point: first.point.clone(),
        loss: first.loss,
        sharpness: first.sharpness,
        least: first.least,
        share: (ends > 0).then(|| place.count as f64 / ends as f64),
        limits,
        why,
    }
}

/// The least and the largest limit of a place, once where they are the same; or why there is none.
fn limits(place: &Place, stability: Option<&Stability<'_>>) -> Result<Vec<Limit>, String> {
    const FLAT: &str =
        "no curvature at the minimum (it is flat, or a kink): where descent stops converging depends on the start";
    const SAME: f64 = 1e-9;
    if !place.points[0].class.is_minimum() {
        return Ok(Vec::new());
    }
    let stability = stability.ok_or_else(|| NoLimit::Unknown.why().to_owned())?;
    let mut points: Vec<&Found> = place.points.iter().collect();
    points.sort_by(|a, b| a.sharpness.total_cmp(&b.sharpness));
    let last = points.len() - 1;
    let mut at: Vec<usize> = (0..OF_A_VALLEY).map(|part| last * part / (OF_A_VALLEY - 1)).collect();
    at.dedup();
    let mut limits = Vec::new();
    for found in at.into_iter().map(|at| points[at]) {
        if found.sharpness == 0.0 {
            return Err(FLAT.to_owned());
        }
        let rest = Rest { point: &found.point, k: &found.k, sharpness: found.sharpness };
        let alpha = stability.limit(rest).map_err(|why| why.why().to_owned())?;
        limits.push(Limit { alpha, sharpness: found.sharpness, minimum: found.point.clone() });
    }
    limits.sort_by(|a, b| a.alpha.total_cmp(&b.alpha));
    let middle = 1..limits.len().saturating_sub(1).max(1);
    limits.drain(middle);
    limits.dedup_by(|a, b| (a.alpha / b.alpha - 1.0).abs() < SAME);
    Ok(limits)
}

/// Whether two points are one: each coordinate as near as this share of 1 more than the largest of the first.
pub(in crate::analysis) fn is_near(a: &[f64], b: &[f64], near: f64) -> bool {
    let size = 1.0 + a.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= near * size)
}
