//! What was written on a picture, and where: for whoever checks that it can be read.

use std::cell::RefCell;

/// A text and its box on the picture, in the picture's own measure at a scale of 1.
#[derive(Debug, Clone, PartialEq)]
pub struct TextBox {
    pub text: String,
    /// Height of a line.
    pub size: u32,
    /// Left, top, right, bottom of what has ink.
    pub sides: [f64; 4],
}

/// All texts of a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// Width and height, at a scale of 1.
    pub size: (u32, u32),
    pub texts: Vec<TextBox>,
    /// Labels at the marks of each axis.
    pub axes: Vec<Vec<String>>,
}

thread_local! {
    static KEPT: RefCell<Option<Vec<Written>>> = const { RefCell::new(None) };
}

/// Calls `draw`, and gives what is written on all pictures and frames that this thread finishes meanwhile, in order.
pub fn written_by<T>(draw: impl FnOnce() -> T) -> (T, Vec<Written>) {
    KEPT.set(Some(Vec::new()));
    let drawn = draw();
    (drawn, KEPT.take().unwrap_or_default())
}

/// Whether anybody asks what is written. To find out what of it has ink takes a tenth of a small picture's time.
pub fn is_asked() -> bool {
    KEPT.with_borrow(Option::is_some)
}

/// Keeps what is written on a picture that is finished, where anybody asks.
pub fn keep(written: &Written) {
    KEPT.with_borrow_mut(|kept| kept.iter_mut().for_each(|kept| kept.push(written.clone())));
}
