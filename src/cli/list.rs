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
        if !row.hyperparameters.is_empty() {
            let values: Vec<String> = row.hyperparameters.iter().map(hyperparameter).collect();
            writeln!(out, "{:<17} {}", "", values.join(", "))?;
        }
        writeln!(out, "{:<17} {}\n", "", row.source)?;
    }
    Ok(())
}

/// `eps = 1e-10`: no row of zeros to count.
fn hyperparameter((name, value): &(&str, f64)) -> String {
    if *value != 0.0 && *value < 1e-4 { format!("{name} = {value:e}") } else { format!("{name} = {value}") }
}
