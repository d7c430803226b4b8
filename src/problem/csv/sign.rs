//! The decimal sign of a file: by what all of its numbers say.

use super::error::{DataProblem, Place, shown};
use super::scan::Delimiter;
use super::table::{Chosen, Table};
use super::values::{Decimal, Evidence, evidence, readings};

/// The decimal sign of the chosen columns. Other columns are asked where those leave it open.
///
/// # Errors
/// Numbers of both kinds; only numbers that can be read both ways.
pub(super) fn decimal_sign(table: &Table<'_>, chosen: &[Chosen]) -> Result<Decimal, DataProblem> {
    // Without quotes no field of such a file can hold a comma.
    if table.delimiter == Delimiter::Comma && !table.text.contains('"') {
        return Ok(Decimal::Point);
    }
    let numbers: Vec<usize> = chosen.iter().filter(|column| column.classes.is_none()).map(|column| column.at).collect();
    let seen = Seen::in_columns(table, &numbers)?;
    match seen {
        Seen { comma: Some((place, comma)), point: Some((other, point)), .. } => {
            Err(DataProblem::TwoDecimalSigns { place: place.into(), comma, other: other.into(), point })
        }
        Seen { comma: Some(_), .. } => Ok(Decimal::Comma),
        Seen { point: Some(_), .. } | Seen { either: None, .. } => Ok(Decimal::Point),
        // Who writes decimal commas between commas quotes all fractions, not only those of three digits.
        Seen { .. } if table.delimiter == Delimiter::Comma => Ok(Decimal::Point),
        Seen { either: Some((place, text)), .. } => by_others(table, &numbers).ok_or_else(|| {
            let (decimal, whole) = readings(&text);
            DataProblem::EitherComma { place: place.into(), text, decimal, whole }
        }),
    }
}

/// What the columns say that are not read.
fn by_others(table: &Table<'_>, chosen: &[usize]) -> Option<Decimal> {
    let others: Vec<usize> = (0..table.columns.len()).filter(|at| !chosen.contains(at)).collect();
    let seen = Seen::in_columns(table, &others).ok()?;
    match (seen.comma, seen.point) {
        (Some(_), None) => Some(Decimal::Comma),
        (None, Some(_)) => Some(Decimal::Point),
        _ => None,
    }
}

/// The first number of each kind.
#[derive(Default)]
struct Seen {
    comma: Option<(Place, String)>,
    point: Option<(Place, String)>,
    either: Option<(Place, String)>,
}

impl Seen {
    fn in_columns(table: &Table<'_>, columns: &[usize]) -> Result<Self, DataProblem> {
        let mut seen = Self::default();
        let mut records = table.rows()?;
        while (seen.comma.is_none() || seen.point.is_none()) && records.next(false)? {
            for at in columns {
                let text = records.field(*at);
                // Most numbers have a point: one of them is enough.
                if seen.point.is_some() && !text.contains(',') && text.matches('.').count() < 2 {
                    continue;
                }
                let first = match evidence(text) {
                    Evidence::Nothing => continue,
                    Evidence::Comma => &mut seen.comma,
                    Evidence::Point => &mut seen.point,
                    Evidence::Either => &mut seen.either,
                };
                if first.is_none() {
                    *first = Some((table.place(&records, *at), shown(text)));
                }
            }
        }
        Ok(seen)
    }
}
