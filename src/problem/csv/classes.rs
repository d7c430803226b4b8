//! Texts that stand for classes.

use super::error::DataProblem;
use super::table::Table;
use super::values::{Decimal, is_missing, looks_like_a_number, number};
use std::collections::BTreeSet;

/// The texts of a column in alphabetical order, if they are classes: most of them are no numbers, there are at least two, and
/// no more than `most`. One text among numbers is a slip.
pub(in crate::problem) fn classes(
    table: &Table<'_>,
    at: usize,
    most: usize,
) -> Result<Option<Vec<String>>, DataProblem> {
    let mut records = table.rows()?;
    let (mut texts, mut numbers) = (0_usize, 0_usize);
    let mut found = BTreeSet::new();
    while records.next(false)? {
        let text = records.field(at);
        if is_missing(text) {
            continue;
        }
        let is_number = looks_like_a_number(text) || number(text, Decimal::Point).is_some();
        numbers += usize::from(is_number);
        texts += usize::from(!is_number);
        if found.len() <= most && !found.contains(text) {
            found.insert(text.to_owned());
        }
    }
    let are_classes = texts > numbers && (2..=most).contains(&found.len());
    Ok(are_classes.then(|| found.into_iter().collect()))
}
