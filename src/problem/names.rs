//! Names that no formula may take.

/// Names with a meaning of their own in flags, files and rules.
const RESERVED: [&str; 9] = ["alpha", "loss", "steps", "outcome", "seed", "batch", "p", "g", "t"];

/// Whether a name means something else in flags, files or rules.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || name.ends_with("_start") || name.ends_with("_final")
}
