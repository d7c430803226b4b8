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

    /// Numbers or their bits, 4 bytes each, the lowest first. Many at a time: the hash of a large set takes longer to be called than to
    /// be made.
    pub(super) fn words(&mut self, mut words: impl Iterator<Item = u32>) {
        let mut together = [[0; 4]; 1024];
        loop {
            let count = together.iter_mut().zip(&mut words).map(|(to, word)| *to = word.to_le_bytes()).count();
            self.bytes(together[..count].as_flattened());
            if count < together.len() {
                return;
            }
        }
    }

    /// 16 hexadecimal digits.
    pub(super) fn finish(self) -> String {
        format!("{:016x}", self.0.digest())
    }
}
