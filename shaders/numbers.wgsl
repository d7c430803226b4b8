// Operations at and beyond the edges of their domain. Shaders may take for granted that infinity and not-a-number never
// occur, and drivers differ in what they then give: so whatever depends on them is decided on the bits. `src/expr/ops.rs`
// says what each operation gives there; the CPU's arithmetic gives the same by itself.
//
// Conditions are joined by & and |, not by && and ||: those are branches, and SwiftShader's compiler needed more than 40 s
// for Adam on Rosenbrock, and half a second without them.

// The bits of |x|, which are ordered as numbers are; infinity lies above those, and not-a-number above that.
fn magnitude(x: real) -> bits {
    return bitcast<bits>(x) & MAGNITUDE_MASK;
}

// x itself, through a zero that the compiler cannot know: what a sum is made of stays hidden from those that reassociate
// or fuse.
fn opaque(x: real) -> real {
    return bitcast<real>(bitcast<bits>(x) ^ bits(job.zero));
}

fn not_a_number() -> real {
    return bitcast<real>(NAN_BITS ^ bits(job.zero));
}

// Infinity, with the sign of a word's highest bit.
fn infinity(sign: bits) -> real {
    return bitcast<real>((INFINITY_BITS | (sign & SIGN_BIT)) ^ bits(job.zero));
}

fn is_nan(x: real) -> bool {
    return magnitude(x) > INFINITY_BITS;
}

// A whole number that is ordered as x is; 0 and -0 are one.
fn order(x: real) -> bits {
    let size = magnitude(x);
    return select(SIGN_BIT + size, SIGN_BIT - size, (bitcast<bits>(x) & SIGN_BIT) != bits(0));
}

// Comparisons do not hold where a number is none.
fn is_less(a: real, b: real) -> bool {
    return (order(a) < order(b)) & (max(magnitude(a), magnitude(b)) <= INFINITY_BITS);
}

fn is_at_most(a: real, b: real) -> bool {
    return (order(a) <= order(b)) & (max(magnitude(a), magnitude(b)) <= INFINITY_BITS);
}

fn is_equal(a: real, b: real) -> bool {
    return (order(a) == order(b)) & (max(magnitude(a), magnitude(b)) <= INFINITY_BITS);
}

// The second where it is smaller, else the first; of no number there is no smaller one.
fn smaller(a: real, b: real) -> real {
    let one = select(a, b, order(b) < order(a));
    return select(one, not_a_number(), max(magnitude(a), magnitude(b)) > INFINITY_BITS);
}

fn larger(a: real, b: real) -> real {
    let one = select(a, b, order(a) < order(b));
    return select(one, not_a_number(), max(magnitude(a), magnitude(b)) > INFINITY_BITS);
}

fn size_of(x: real) -> real {
    return bitcast<real>(magnitude(x));
}

// 0, -0 and not-a-number are their own signs.
fn sign_of(x: real) -> real {
    let one = bitcast<real>(bitcast<bits>(real(1)) | (bitcast<bits>(x) & SIGN_BIT));
    let size = magnitude(x);
    return select(one, x, (size == bits(0)) | (size > INFINITY_BITS));
}

// From WHOLE_BITS on every number is whole, or none.
fn floor_of(x: real) -> real {
    return select(floor(x), x, magnitude(x) >= WHOLE_BITS);
}

fn root_of(x: real) -> real {
    let size = magnitude(x);
    let is_negative = ((bitcast<bits>(x) & SIGN_BIT) != bits(0)) & (size != bits(0));
    let root = select(sqrt(x), x, (size == bits(0)) | (size == INFINITY_BITS));
    return select(root, not_a_number(), is_negative | (size > INFINITY_BITS));
}

// 1/0 is infinite and 0/0 no number; a quotient by infinity is 0, but for that of infinity. Compilers take (a*b)/a for b and
// (a/b)*b for a, whatever was rounded, unless they cannot see it.
fn quotient(a: real, b: real) -> real {
    let above = magnitude(a);
    let below = magnitude(b);
    let signs = bitcast<bits>(a) ^ bitcast<bits>(b);
    let by_nothing = select(infinity(signs), not_a_number(), (above == bits(0)) | (above > INFINITY_BITS));
    return select(opaque(opaque(a) / opaque(b)), by_nothing, below == bits(0));
}
