//! Straight lines through logarithms.

use serde::Serialize;

/// A slope over a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LogFit {
    pub slope: f64,
    /// The least and the largest slope between neighbours in the range.
    pub from: f64,
    pub to: f64,
    /// Points that it goes through.
    pub points: usize,
}

/// The least-squares line through some points in the order of their first numbers; none of fewer than three.
pub fn fit(points: &[(f64, f64)]) -> Option<LogFit> {
    if points.len() < 3 {
        return None;
    }
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let square: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let local = points.windows(2).map(|pair| (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0));
    let (from, to) =
        local.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), slope| (from.min(slope), to.max(slope)));
    Some(LogFit { slope: both / square, from, to, points: points.len() })
}
