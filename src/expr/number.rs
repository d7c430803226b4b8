//! Numbers as people write them: `0.01/6`, `-pi/2`.

use super::graph::Graph;
use super::parse::parse;

/// The number that a text stands for: one number, or a formula without names. It may be infinite or none where the text says
/// so (`inf`); a formula is finite. None where the text is neither.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let ast = parse(text).ok()?;
    let mut graph = Graph::new();
    let value = ast.lower_value(&mut graph, &mut |_| None).ok()?;
    graph.constant_value(value).filter(|value| value.is_finite() && ast.is_one_value())
}
