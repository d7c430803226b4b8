// Random numbers without a state: Threefry-2x32 with 20 rounds (Salmon et al. 2011). No bindings and no entry point: it
// is spliced into kernels that draw. Host twin: src/problem/random.rs, which says more.

// Four rounds and the key that follows them.
fn threefry_rounds(words: vec2<u32>, rotations: vec4<u32>, injected: vec2<u32>) -> vec2<u32> {
    var x = words.x;
    var y = words.y;
    x += y;
    y = ((y << rotations.x) | (y >> (32u - rotations.x))) ^ x;
    x += y;
    y = ((y << rotations.y) | (y >> (32u - rotations.y))) ^ x;
    x += y;
    y = ((y << rotations.z) | (y >> (32u - rotations.z))) ^ x;
    x += y;
    y = ((y << rotations.w) | (y >> (32u - rotations.w))) ^ x;
    return vec2<u32>(x, y) + injected;
}

fn threefry2x32(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
    let third = 0x1bd11bdau ^ key.x ^ key.y;
    let odd = vec4<u32>(13u, 15u, 26u, 6u);
    let even = vec4<u32>(17u, 29u, 16u, 24u);
    var words = counter + key;
    words = threefry_rounds(words, odd, vec2<u32>(key.y, third + 1u));
    words = threefry_rounds(words, even, vec2<u32>(third, key.x + 2u));
    words = threefry_rounds(words, odd, vec2<u32>(key.x, key.y + 3u));
    words = threefry_rounds(words, even, vec2<u32>(key.y, third + 4u));
    return threefry_rounds(words, odd, vec2<u32>(third, key.x + 5u));
}

// The data row in place `slot` of the batch of step `step`; `rows` is at least 1.
fn batch_row(seed: u32, step: u32, slot: u32, rows: u32) -> u32 {
    // Stream 0 of this seed: batches.
    return threefry2x32(vec2<u32>(seed, 0u), vec2<u32>(step, slot)).x % rows;
}

// A word of which every bit depends on all bits of another.
fn mixed(word: u32) -> u32 {
    let once = (word ^ (word >> 16u)) * 0x7feb352du;
    let twice = (once ^ (once >> 15u)) * 0x846ca68bu;
    return twice ^ (twice >> 16u);
}

// The data row in place `slot` of the `size` rows of step `step`, where every pass takes all rows in an order of its own.
fn shuffled_row(seed: u32, step: u32, slot: u32, size: u32, rows: u32) -> u32 {
    let period = (rows + size - 1u) / size;
    // Stream 9 of this seed: passes.
    let keys = threefry2x32(vec2<u32>(seed, 9u), vec2<u32>(step / period, 0u));
    let half = max(33u - countLeadingZeros(rows - 1u), 6u) / 2u;
    let mask = (1u << half) - 1u;
    var row = ((step % period) * size + slot) % rows;
    loop {
        var left = row >> half;
        var right = row & mask;
        for (var round = 0u; round < 8u; round++) {
            let word = mixed(right + select(keys.x, keys.y, (round & 1u) == 1u) + round * 0x9e3779b9u);
            let next = left ^ (word & mask);
            left = right;
            right = next;
        }
        row = (left << half) | right;
        if row < rows {
            break;
        }
    }
    return row;
}
