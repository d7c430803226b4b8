//! `alphasweep list`

use alphasweep::problem::catalog::{OBJECTIVES, RULES};
use std::io::{self, Write};

/// Prints the catalog.
///
/// # Errors
/// A closed pipe.
pub fn run() -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "OBJECTIVES  (alphasweep sweep NAME)\n")?;
    for row in OBJECTIVES {
        writeln!(out, "{:<17} {}", row.name, row.formula)?;
        for (name, value) in row.constants {
            writeln!(out, "{:<17} constant {name} = {value}", "")?;
        }
        writeln!(out, "{:<17} {}", "", row.law)?;
        writeln!(out, "{:<17} α {}, start {}", "", row.alpha, row.start)?;
        writeln!(out, "{:<17} {}\n", "", row.source)?;
    }
    writeln!(out, "RULES  (alphasweep sweep ... --rule NAME)\n")?;
    for row in RULES {
        writeln!(out, "{:<17} {}", row.name, row.formula)?;
        for (name, value) in row.hyperparameters {
            writeln!(out, "{:<17} {name} = {value}", "")?;
        }
        writeln!(out, "{:<17} {}\n", "", row.source)?;
    }
    Ok(())
}
