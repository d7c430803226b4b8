//! Texts in CSV files that a spreadsheet opens: none is taken for a formula, whatever was typed.
//!
//! What a user can get into a CSV as text are names (parameters, columns, constants, hyperparameters), which formulas and
//! data files only have as letters, digits and `_`, and the text of a rule, in `trace.csv`.

use crate::common::{along, asked, cpu, read, resolved};
use alphasweep::analysis::Landscape;
use alphasweep::csv_text::plain_text;
use alphasweep::draw::Trace;
use alphasweep::engine::{Watch, trace};
use alphasweep::files::{CsvOutput, write_landscape_csv, write_trace_csv};
use alphasweep::problem::{parse_csv, write_csv};
use alphasweep::sweep::Axis;

/// Fields that a spreadsheet would run: they begin like a formula and are no number.
fn formulas(csv: &[u8]) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv);
    let fields: Vec<String> =
        reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    let begins = |field: &String| field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    fields.into_iter().filter(|field| begins(field) && field.parse::<f64>().is_err()).collect()
}

#[test]
fn a_text_that_begins_like_a_formula_is_no_longer_one() {
    for text in ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =cmd|' /C calc'!A0", "\u{a0}=1"] {
        let safe = plain_text(text);
        assert!(safe.starts_with('\''), "{text:?} became {safe:?}");
        let mut line = csv::Writer::from_writer(Vec::new());
        line.write_record([&safe]).unwrap();
        assert_eq!(formulas(&line.into_inner().unwrap()), [""; 0], "{text:?}");
        // The check sees what it is there for.
        assert_eq!(
            formulas(format!("\"{text}\",1\n").as_bytes()).len(),
            usize::from(!text.starts_with([' ', '\u{a0}']))
        );
    }
    assert_eq!(plain_text(" v = g; delta = -alpha*v\n"), "v = g; delta = -alpha*v");
    assert_eq!(plain_text("converged"), "converged");
}

#[test]
fn no_rule_gets_a_formula_into_a_trace() {
    let rules = ["gd", "\tdelta = -alpha*g", "\r\n v = g;\n delta = -alpha*v"].map(read);
    let request = asked("lecture").vary("alpha", Axis::one(0.1)).steps(2).gtol(0.0);
    let descents = request.descents(&rules, 64).expect("three rules");
    let traced = trace(&cpu(), &descents, &Watch::silent()).expect("they run");
    let mut written = Vec::new();
    write_trace_csv(&Trace::new(descents, traced), &mut written).unwrap();
    let text = String::from_utf8(written.clone()).unwrap();
    assert!(text.contains("delta = -alpha*g"), "the rules are named: {text}");
    assert_eq!(formulas(&written), [""; 0], "{text}");
}

#[test]
fn no_name_begins_like_a_formula() {
    let spec = resolved(
        &asked("(_x1 - E2)^2").vary("alpha", along("0.1,1")).vary("_x1_start", along("-1,1")).set("E2_start", 3.0),
    );
    let sweep = CsvOutput::new(Vec::new(), &spec).unwrap().finish().unwrap();
    assert!(String::from_utf8_lossy(&sweep).starts_with("alpha,_x1_start,loss_start"));
    assert_eq!(formulas(&sweep), [""; 0]);
    let landscape = asked("(x-1)^2").vary("x_start", along("-1,1")).set("alpha", 1.0).steps(0);
    let mut written = Vec::new();
    write_landscape_csv(&Landscape::new(&resolved(&landscape)), &mut written).unwrap();
    assert_eq!(formulas(&written), [""; 0]);
    for name in ["=x", "-x", "@x", "+x", "\"=x\"", "x=1", "\"\t=x\""] {
        assert!(parse_csv(format!("{name},y\n1,2\n").as_bytes(), "d.csv").is_err(), "a column called {name:?}");
        assert!(asked("x^2").vary(name, along("1,2")).resolve().is_err(), "an axis called {name:?}");
    }
    let mut table = Vec::new();
    write_csv(&parse_csv(b" x ,y\n-1,2\n", "d.csv").unwrap(), &mut table).unwrap();
    assert_eq!(formulas(&table), [""; 0]);
}
