//! A fingerprint of numbers: XXH3 of 64 bits. It tells data apart and is no protection against forgery.

use xxhash_rust::xxh3::Xxh3;

/// A fingerprint on its way.
pub(super) struct Fingerprint(Xxh3);

impl Fingerprint {
    pub(super) fn new() -> Self {
        Self(Xxh3::new())
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// A count, as 8 bytes, the lowest first.
    pub(super) fn count(&mut self, count: usize) {
        self.bytes(&(count as u64).to_le_bytes());
    }

    /// Numbers or their bits, 4 bytes each, the lowest first.
    pub(super) fn words(&mut self, words: impl Iterator<Item = u32>) {
        words.for_each(|word| self.bytes(&word.to_le_bytes()));
    }

    /// 16 hexadecimal digits.
    pub(super) fn finish(self) -> String {
        format!("{:016x}", self.0.digest())
    }
}
