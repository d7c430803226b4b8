//! A fingerprint of numbers: FNV-1a of 64 bits. It tells data apart and is no protection against forgery.

/// The state of FNV-1a.
pub(super) struct Fnv(u64);

const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Fnv {
    pub(super) fn new() -> Self {
        Self(START)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    /// A count, as 8 bytes, the lowest first.
    pub(super) fn count(&mut self, count: usize) {
        self.bytes(&(count as u64).to_le_bytes());
    }

    /// Numbers or their bits, 4 bytes each, the lowest first.
    pub(super) fn words(&mut self, words: impl Iterator<Item = u32>) {
        for word in words {
            self.bytes(&word.to_le_bytes());
        }
    }

    /// 16 hexadecimal digits.
    pub(super) fn finish(self) -> String {
        format!("{:016x}", self.0)
    }
}
