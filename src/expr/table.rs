//! How the rows of `ops.rs` and `compound.rs` become enumerations with their values.

/// The cases of an operation, with their rows.
macro_rules! cases {
    ($(#[$doc:meta])* $kind:ident: $($case:ident $row:expr),+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $kind {
            $($case),+
        }

        impl $kind {
            /// Every one, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$case),+];

            /// What is known of it.
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$case => {
                        const ROW: Row = $row;
                        &ROW
                    })+
                }
            }
        }
    };
}

/// Operations of one argument: name in Rust, value, the value in primitive operations for other machines (where they
/// have none that is exact) in `f32` and `f64`, and for angles both values of large ones; then the row.
macro_rules! unary_operations {
    ($(
        $case:ident($value:path $(, kernel $kernel:path, $wide:path)? $(, large $large:path, $large_kernel:path, $large_wide:path)?)
        = $row:expr;
    )+) => {
        cases! {
            /// Operations of one argument.
            Unary: $($case $row),+
        }

        impl Unary {
            /// As [`Unary::value`], where the argument is no large angle: without a branch, so that a loop vectorises.
            #[inline(always)]
            fn near<T: Real>(self, a: T) -> T {
                match self {
                    $(Self::$case => $value(a),)+
                }
            }

            #[inline(always)]
            fn fill_near<T: Real>(self, out: &mut [T], a: &[T]) {
                match self {
                    $(Self::$case => for (out, a) in out.iter_mut().zip(a) {
                        *out = $value(*a);
                    },)+
                }
            }

            /// For a function of an angle, its value where [`Real::is_large_angle`] holds.
            #[inline(always)]
            fn large<T: Real>(self) -> Option<fn(T) -> T> {
                match self {
                    $($(Self::$case => Some($large),)?)+
                    _ => None,
                }
            }

            /// Its value as primitive operations; where arguments may be large angles, for all others.
            pub fn kernel(self, machine: Machine) -> Option<Traced> {
                match self {
                    $($(Self::$case => Some(match machine {
                        Machine::Shader | Machine::Single => traced(machine, |x| $kernel(x)),
                        Machine::Double => traced(machine, |x| $wide(x)),
                    }),)?)+
                    _ => None,
                }
            }

            /// Likewise for large angles.
            pub fn large_kernel(self, machine: Machine) -> Option<Traced> {
                match self {
                    $($(Self::$case => Some(match machine {
                        Machine::Shader | Machine::Single => traced(machine, |x| $large_kernel(x)),
                        Machine::Double => traced(machine, |x| $large_wide(x)),
                    }),)?)+
                    _ => None,
                }
            }
        }
    };
}

/// Operations of two arguments: name in Rust, value, the value in primitive operations in `f32` and `f64`; then the row.
macro_rules! binary_operations {
    ($($case:ident($value:path $(, kernel $kernel:path, $wide:path)?) = $row:expr;)+) => {
        cases! {
            /// Operations of two arguments.
            Binary: $($case $row),+
        }

        impl Binary {
            /// Its value.
            #[inline(always)]
            pub fn value<T: Real>(self, a: T, b: T) -> T {
                match self {
                    $(Self::$case => $value(a, b),)+
                }
            }

            /// Values over slices: a loop for each operation, for the compiler to vectorise.
            #[inline(always)]
            pub fn fill<T: Real>(self, out: &mut [T], a: &[T], b: &[T]) {
                match self {
                    $(Self::$case => for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                        *out = $value(*a, *b);
                    },)+
                }
            }

            /// Its value as primitive operations.
            pub fn kernel(self, machine: Machine) -> Option<Traced> {
                match self {
                    $($(Self::$case => Some(match machine {
                        Machine::Shader | Machine::Single => traced_of_two(machine, |a, b| $kernel(a, b)),
                        Machine::Double => traced_of_two(machine, |a, b| $wide(a, b)),
                    }),)?)+
                    _ => None,
                }
            }
        }
    };
}

/// Functions made of other operations: name in Rust, what it is made of, number of arguments; then name, meaning as a
/// formula over x and d, and edges.
macro_rules! compound_functions {
    ($($case:ident($build:path, $arity:literal) = $name:literal, $meaning:literal, $edges:expr;)+) => {
        /// Functions made of other operations, whose slopes and code are those of what they are made of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Compound {
            $($case),+
        }

        impl Compound {
            /// Every one, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$case),+];

            /// Name, number of arguments, meaning.
            pub const fn row(self) -> (&'static str, usize, &'static str) {
                match self {
                    $(Self::$case => ($name, $arity, $meaning),)+
                }
            }

            /// What it gives at the edges of its domain, as `Row::edges` has it.
            pub const fn edges(self) -> &'static [(&'static [f64], f64)] {
                match self {
                    $(Self::$case => $edges,)+
                }
            }

            /// What it is made of.
            ///
            /// # Panics
            /// If there are fewer arguments than the function has.
            pub fn build<A: Algebra>(self, g: &mut A, arguments: &[A::Value]) -> A::Value {
                match self {
                    $(Self::$case => $build(g, arguments),)+
                }
            }
        }
    };
}

pub(super) use {binary_operations, cases, compound_functions, unary_operations};
