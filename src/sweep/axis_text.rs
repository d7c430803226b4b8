//! Axes as other programs write them.

use crate::expr;

/// Values between the ends, where a text gives none.
const USUAL: usize = 200;

/// The values of a list, as texts: `0.1,1`, `[0.1, 1]`, `max(1,2),3`. The square brackets are those of other languages.
///
/// # Errors
/// A call or a range of another language, with the axis that it is.
pub(super) fn listed(text: &str) -> Result<Vec<&str>, String> {
    if let Some(axis) = called(text) {
        return Err(format!("no axis is written so; write {axis}"));
    }
    if let Some(forms) =
        text.split_once("..").and_then(|(lo, hi)| formless(&[lo.trim(), hi.trim_start_matches('=').trim()]))
    {
        return Err(format!("no axis is written so; {forms}"));
    }
    let inside = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    Ok(at_commas(inside))
}

/// Parts between commas, but for those in brackets.
fn at_commas(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let between = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    text.split(between).collect()
}

/// What to write for parts between colons that begin with no form.
pub(super) fn formless(parts: &[&str]) -> Option<String> {
    let numbers: Vec<f64> = parts.iter().map(|part| expr::number(part)).collect::<Option<_>>()?;
    match numbers[..] {
        [lo, hi] => {
            let linear = format!("lin:{}:{}:{USUAL}", parts[0], parts[1]);
            let log = (lo > 0.0 && hi > lo).then(|| format!("log:{}:{}:{USUAL} or ", parts[0], parts[1]));
            Some(format!("write {}{linear} for {USUAL} values", log.unwrap_or_default()))
        }
        // With a number of values at the end, or as `start:step:end`.
        [lo, second, third] => {
            let by_number = (third >= 2.0 && third.fract() == 0.0 && second > lo).then(|| {
                let form = if lo > 0.0 { "log" } else { "lin" };
                format!("{form}:{}:{}:{third} for {third} values", parts[0], parts[1])
            });
            let by_step = (second > 0.0 && lo + second <= third).then(|| {
                let values = ((third - lo) / second).round() + 1.0;
                format!("lin:{}:{}:{values} for steps of {}", parts[0], parts[2], parts[1])
            });
            let readings: Vec<String> = by_number.into_iter().chain(by_step).collect();
            (!readings.is_empty()).then(|| format!("write {}", readings.join(", or ")))
        }
        _ => None,
    }
}

/// The axis of `np.linspace(0, 1, 5)` and its like.
fn called(text: &str) -> Option<String> {
    let (head, rest) = text.trim().split_once('(')?;
    let arguments = rest.strip_suffix(')')?;
    let name = head.rsplit('.').next()?.trim();
    let parts: Vec<&str> = at_commas(arguments).into_iter().map(str::trim).collect();
    let [lo, hi, n] = parts[..] else { return None };
    match name {
        "linspace" => Some(format!("lin:{lo}:{hi}:{n}")),
        "geomspace" => Some(format!("log:{lo}:{hi}:{n}")),
        "logspace" => {
            let power = |text: &str| expr::number(text).map(|exponent| format!("1e{exponent}"));
            Some(format!("log:{}:{}:{n}", power(lo)?, power(hi)?))
        }
        _ => None,
    }
}
