//! Random numbers without a state: every draw is a function of what it is for, so that any engine, in any order and cut
//! in any way, draws the same.
//!
//! The function is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
//! 1, 2, 3"; the Random123 library), which is nothing but u32 additions, rotations and exclusive ors. Its WGSL twin,
//! word for word, is `shaders/random.wgsl`.

use crate::expr::Real;

/// Key, counter and the two words they give, as published with Random123.
pub const KNOWN_ANSWERS: [([u32; 2], [u32; 2], [u32; 2]); 3] = [
    ([0, 0], [0, 0], [0x6b20_0159, 0x99ba_4efe]),
    ([u32::MAX, u32::MAX], [u32::MAX, u32::MAX], [0x1cb9_96fc, 0xbb00_2be7]),
    ([0x1319_8a2e, 0x0370_7344], [0x243f_6a88, 0x85a3_08d3], [0xc492_3a9c, 0x483d_f7a0]),
];

/// What numbers are drawn for. Streams of one seed are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Stream {
    /// The data rows of a step.
    Batch = 0,
    /// The start of a parameter.
    Start = 1,
    /// The values of a data column.
    Column = 2,
    /// The values of an input of drawn samples.
    Feature = 3,
    /// The targets of drawn samples.
    Target = 4,
    /// The strokes and the noise of a drawn numeral.
    Numeral = 5,
    /// The order of rows.
    Order = 6,
    /// The weights of a layer at the start.
    Weight = 7,
    /// The noise of a parameter's steps.
    Noise = 8,
    /// The order of the data rows in a pass.
    Pass = 9,
}

/// Streams that fit beside each other under one number of a parameter or column.
pub(crate) const STREAMS: u32 = 16;

/// Rotations of four rounds, and of the next four, by turns.
pub(crate) const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];

/// Makes the third word of the key, which is injected after every four rounds.
pub(crate) const PARITY: u32 = 0x1bd1_1bda;

/// A number of 64 bits that looks drawn, a different one for every number: SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable
/// pseudorandom number generators"). For choosing cells on the host; what a descent draws is Threefry's.
pub fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Threefry-2x32, 20 rounds: two words that look random, different for every `counter` of a `key`.
#[inline(always)]
pub fn threefry2x32(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    let keys = [key[0], key[1], PARITY ^ key[0] ^ key[1]];
    let [mut x, mut y] = [counter[0].wrapping_add(keys[0]), counter[1].wrapping_add(keys[1])];
    for injection in 1..=5 {
        for rotation in ROTATIONS[(injection - 1) % 2] {
            x = x.wrapping_add(y);
            y = y.rotate_left(rotation) ^ x;
        }
        x = x.wrapping_add(keys[injection % 3]);
        y = y.wrapping_add(keys[(injection + 1) % 3]).wrapping_add(injection as u32);
    }
    [x, y]
}

/// The key of a stream. `which` is the number of the parameter or column it is for, below 2²⁸ (beyond, keys repeat).
pub fn key(seed: u32, stream: Stream, which: u32) -> [u32; 2] {
    [seed, (stream as u32).wrapping_add(STREAMS.wrapping_mul(which))]
}

/// The data row in place `slot` of the batch of step `step`, below `rows`. Rows are drawn with replacement, and every
/// cell of a sweep sees the same ones. By the remainder of a word, so that a row's chance is off by at most `rows`/2³²
/// of itself.
///
/// # Panics
/// If `rows` is 0.
pub fn batch_row(seed: u32, step: u32, slot: u32, rows: u32) -> u32 {
    threefry2x32(key(seed, Stream::Batch, 0), [step, slot])[0] % rows
}

/// The data row in place `slot` of the `size` rows of step `step`, below `rows`: every pass of ⌈rows/size⌉ steps takes all
/// rows, in an order of its own. What its last step has room for beyond them is taken from the beginning of that order.
///
/// No order is kept: a row is found by itself, by a Feistel network on the bits of a row's number,
/// applied until the result is a row (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
///
/// # Panics
/// If `rows` or `size` is 0.
pub fn shuffled_row(seed: u32, step: u32, (slot, size): (u32, u32), rows: u32) -> u32 {
    let period = rows.div_ceil(size);
    let keys = threefry2x32(key(seed, Stream::Pass, 0), [step / period, 0]);
    let half = (33 - (rows - 1).leading_zeros()).max(FEWEST_BITS) / 2;
    let mut row = (step % period * size + slot) % rows;
    loop {
        row = feistel(row, keys, half);
        if row < rows {
            return row;
        }
    }
}

/// Rounds of the Feistel network. With 8, and on so many bits, even the orders of few rows are equally likely; on 4 bits some orders
/// of five rows stay rarer than others, however many rounds there are.
pub(crate) const FEISTEL_ROUNDS: u32 = 8;
pub(crate) const FEWEST_BITS: u32 = 6;

/// A permutation of the numbers of `2·half` bits.
fn feistel(number: u32, keys: [u32; 2], half: u32) -> u32 {
    let mask = (1 << half) - 1;
    let (mut left, mut right) = (number >> half, number & mask);
    for round in 0..FEISTEL_ROUNDS {
        let word = mixed(right.wrapping_add(keys[(round % 2) as usize]).wrapping_add(round.wrapping_mul(GOLDEN)));
        (left, right) = (right, left ^ (word & mask));
    }
    left << half | right
}

/// 2³² by the golden ratio: makes rounds differ.
pub(crate) const GOLDEN: u32 = 0x9e37_79b9;

/// Of [`mixed`] the shift of each round, and what the word is multiplied by.
pub(crate) const MIXERS: [(u32, Option<u32>); 3] = [(16, Some(0x7feb_352d)), (15, Some(0x846c_a68b)), (16, None)];

/// A word of which every bit depends on all bits of another (Wellons 2018, "Prospecting for hash functions").
fn mixed(word: u32) -> u32 {
    MIXERS.into_iter().fold(word, |word, (shift, factor)| (word ^ (word >> shift)).wrapping_mul(factor.unwrap_or(1)))
}

/// Draw number `index` of a stream, uniform in [0, 1), with all 53 bits that a double has there.
pub fn uniform(seed: u32, stream: Stream, which: u32, index: u32) -> f64 {
    fraction(threefry2x32(key(seed, stream, which), [index, 0]))
}

/// Draw number `index` of a stream from the normal distribution of mean 0 and standard deviation 1, by Box and Muller
/// (1958). It shares words with [`uniform`] of the same index: a stream is for one of the two.
///
/// Through `libm`, not the functions of formulas: draws keep their bits when those gain or lose an ulp.
pub fn normal(seed: u32, stream: Stream, which: u32, index: u32) -> f64 {
    let key = key(seed, stream, which);
    let [u, v] = [0, 1].map(|half| fraction(threefry2x32(key, [index, half])));
    // 1 − u is never 0, which has no logarithm.
    (-2.0 * libm::log(1.0 - u)).sqrt() * libm::cos(std::f64::consts::TAU * v)
}

/// A draw of the noise of a rule: for which cell of the grid, parameter and step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoiseAt {
    pub seed: u32,
    /// The cell's column and row.
    pub cell: [u32; 2],
    /// The parameter's number.
    pub parameter: u32,
    /// Steps made.
    pub step: u32,
    /// Which of the two numbers of a normal draw.
    pub half: u32,
}

/// One of the two numbers that a rule's noise is made of, uniform in [0, 1) with all the bits that a number of this width
/// has there: those of f32 are the first 24 of f64's. WGSL twin: `drawn` in `shaders/noise.wgsl`.
pub fn noise_half<T: Real>(at: NoiseAt) -> T {
    noise_number(noise_key(at.seed, at.cell, at.parameter), at.step, at.half)
}

/// The key of the noise of a parameter in a cell: what is the same in all steps.
pub fn noise_key(seed: u32, cell: [u32; 2], parameter: u32) -> [u32; 2] {
    threefry2x32(key(seed, Stream::Noise, parameter), cell)
}

/// One of the two numbers of the noise with this key. Inlined, so that a loop over cells becomes one over vectors.
#[inline(always)]
pub fn noise_number<T: Real>(key: [u32; 2], step: u32, half: u32) -> T {
    let words = threefry2x32(key, [step, half]);
    let is_narrow = size_of::<T>() == size_of::<f32>();
    T::from_f64(if is_narrow { f64::from(words[0] >> 8) / f64::from(1 << 24) } else { fraction(words) })
}

/// 53 bits of two words as a number in [0, 1).
#[inline(always)]
fn fraction(words: [u32; 2]) -> f64 {
    let bits = u64::from(words[0]) << 32 | u64::from(words[1]);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
