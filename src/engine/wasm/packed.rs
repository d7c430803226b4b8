//! Instructions over vectors of one width.

use wasm_encoder::InstructionSink;

/// Vectors of f32, or of f64.
#[derive(Debug, Clone, Copy)]
pub struct Packed {
    pub wide: bool,
}

/// One method per operation: of four f32, of two f64.
macro_rules! operations {
    ($($name:ident: $narrow:ident, $wide:ident;)+) => {
        impl Packed {
            $(pub fn $name(self, out: &mut InstructionSink<'_>) {
                if self.wide { out.$wide(); } else { out.$narrow(); }
            })+
        }
    };
}

operations! {
    add: f32x4_add, f64x2_add;
    sub: f32x4_sub, f64x2_sub;
    mul: f32x4_mul, f64x2_mul;
    div: f32x4_div, f64x2_div;
    sqrt: f32x4_sqrt, f64x2_sqrt;
    neg: f32x4_neg, f64x2_neg;
    abs: f32x4_abs, f64x2_abs;
    floor: f32x4_floor, f64x2_floor;
    // The second where it is below (or above) the first, else the first.
    lower: f32x4_pmin, f64x2_pmin;
    higher: f32x4_pmax, f64x2_pmax;
    lt: f32x4_lt, f64x2_lt;
    le: f32x4_le, f64x2_le;
    eq: f32x4_eq, f64x2_eq;
    ne: f32x4_ne, f64x2_ne;
    // Of counts and other words, which wrap around.
    plus: i32x4_add, i64x2_add;
    minus: i32x4_sub, i64x2_sub;
    times: i32x4_mul, i64x2_mul;
    left: i32x4_shl, i64x2_shl;
    right: i32x4_shr_u, i64x2_shr_u;
    // Of one lane.
    left_of_lane: i32_shl, i64_shl;
    right_of_lane: i32_shr_u, i64_shr_u;
    // With signs.
    below: i32x4_lt_s, i64x2_lt_s;
    same: i32x4_eq, i64x2_eq;
}

impl Packed {
    /// Lanes of a vector.
    pub fn lanes(self) -> u8 {
        if self.wide { 2 } else { 4 }
    }

    /// The word of a lane of the vector on the stack.
    pub fn lane(self, out: &mut InstructionSink<'_>, lane: u8) {
        if self.wide {
            out.i64x2_extract_lane(lane)
        } else {
            out.i32x4_extract_lane(lane)
        };
    }

    /// The vector below the word on the stack, with this in a lane.
    pub fn with_lane(self, out: &mut InstructionSink<'_>, lane: u8) {
        if self.wide {
            out.i64x2_replace_lane(lane)
        } else {
            out.i32x4_replace_lane(lane)
        };
    }

    /// A number in all lanes.
    pub fn constant(self, value: f64) -> i128 {
        if self.wide { lanes(u128::from(value.to_bits()), 64) } else { lanes(u128::from((value as f32).to_bits()), 32) }
    }

    /// A count in all lanes.
    pub fn count(self, value: u32) -> i128 {
        lanes(u128::from(value), if self.wide { 64 } else { 32 })
    }

    /// Bits in all lanes.
    pub fn word(self, bits: u64) -> i128 {
        if self.wide { lanes(u128::from(bits), 64) } else { lanes(u128::from(bits as u32), 32) }
    }

    /// The sign alone, in all lanes.
    pub fn sign(self) -> i128 {
        self.word(if self.wide { 1 << 63 } else { 1 << 31 })
    }

    /// The count on the stack, in all lanes.
    pub fn spread_count(self, out: &mut InstructionSink<'_>) {
        if self.wide {
            out.i64_extend_i32_u().i64x2_splat()
        } else {
            out.i32x4_splat()
        };
    }

    /// The count on the stack as a number in all lanes.
    pub fn spread_number(self, out: &mut InstructionSink<'_>) {
        if self.wide {
            out.f64_convert_i32_u().f64x2_splat()
        } else {
            out.f32_convert_i32_u().f32x4_splat()
        };
    }
}

fn lanes(bits: u128, width: u32) -> i128 {
    (0..128 / width).fold(0, |all, lane| all | bits << (lane * width)) as i128
}
