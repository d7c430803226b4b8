//! What a page may do, as browsers enforce it: run its own script and workers, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The text of `Content-Security-Policy` for a page whose only script and style sheet are these. Its workers are made of its own
/// text, and its pictures are data.
pub fn policy(script: &str, sheet: &str) -> String {
    let [script, sheet] = [script, sheet].map(source);
    format!(
        "default-src 'none'; script-src {script} 'wasm-unsafe-eval' blob:; worker-src blob:; style-src {sheet}; \
         img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
}

/// A text as a source that is allowed.
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest of no text is known to everyone (FIPS 180-4's examples).
    #[test]
    fn a_source_is_the_digest_of_its_text() {
        assert_eq!(source(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
        let others = [policy("a", "b"), policy("a", "c"), policy("c", "b")];
        assert!(others[0] != others[1] && others[0] != others[2] && others[1] != others[2]);
    }
}
