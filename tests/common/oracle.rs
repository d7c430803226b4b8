//! An evaluator of formulas as text, over any kind of number that `num-dual` knows: plain, dual, hyper-dual. It walks the
//! text by recursive descent and computes as it goes; there is no tree, no graph and no rewriting to go wrong.

use num_dual::{Dual64, DualNum, HyperDual64};
use std::collections::HashMap;

/// A formula as text over the names of its parameters and constants.
pub struct Oracle<'a> {
    pub text: &'a str,
    pub parameters: &'a [String],
    pub constants: &'a [(&'a str, f64)],
}

impl Oracle<'_> {
    pub fn value(&self, at: &[f64]) -> f64 {
        self.evaluate(at.to_vec())
    }

    /// ∂/∂(parameter `by`), by dual numbers.
    pub fn slope(&self, at: &[f64], by: usize) -> f64 {
        let seed = |(number, x): (usize, &f64)| Dual64::new(*x, if number == by { 1.0 } else { 0.0 });
        self.evaluate(at.iter().enumerate().map(seed).collect()).eps
    }

    /// ∂²/∂(parameter `a`)∂(parameter `b`), by hyper-dual numbers.
    pub fn curvature(&self, at: &[f64], a: usize, b: usize) -> f64 {
        let unit = |number, of| if number == of { 1.0 } else { 0.0 };
        let seed = |(number, x): (usize, &f64)| HyperDual64::new(*x, unit(number, a), unit(number, b), 0.0);
        self.evaluate(at.iter().enumerate().map(seed).collect()).eps1eps2
    }

    fn evaluate<D: DualNum<Primitive = f64> + Copy>(&self, at: Vec<D>) -> D {
        let mut names: HashMap<String, D> = self.parameters.iter().cloned().zip(at).collect();
        names.extend(self.constants.iter().map(|(name, value)| ((*name).to_owned(), D::from(*value))));
        names.entry("pi".to_owned()).or_insert(D::from(std::f64::consts::PI));
        names.entry("e".to_owned()).or_insert(D::from(std::f64::consts::E));
        let mut value = D::from(f64::NAN);
        for statement in self.text.split(';').filter(|statement| !statement.trim().is_empty()) {
            let parts: Vec<&str> = statement.splitn(2, '=').collect();
            let assigned = parts.len() == 2 && parts[0].trim().chars().all(char::is_alphanumeric);
            let text: Vec<char> = if assigned { parts[1] } else { statement }.chars().filter(|c| *c != ' ').collect();
            value = Reader { text, at: 0, names: &names }.sum();
            if assigned {
                names.insert(parts[0].trim().to_owned(), value);
            }
        }
        value
    }
}

struct Reader<'a, D> {
    text: Vec<char>,
    at: usize,
    names: &'a HashMap<String, D>,
}

impl<D: DualNum<Primitive = f64> + Copy> Reader<'_, D> {
    fn peek(&self) -> char {
        self.text.get(self.at).copied().unwrap_or('\0')
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == expected;
        self.at += usize::from(found);
        found
    }

    fn sum(&mut self) -> D {
        let mut value = self.product();
        loop {
            match self.peek() {
                '+' => {
                    self.at += 1;
                    value += self.product();
                }
                '-' => {
                    self.at += 1;
                    value -= self.product();
                }
                _ => return value,
            }
        }
    }

    fn product(&mut self) -> D {
        let mut value = self.signed();
        loop {
            match self.peek() {
                '*' => {
                    self.at += 1;
                    value *= self.signed();
                }
                '/' => {
                    self.at += 1;
                    value /= self.signed();
                }
                _ => return value,
            }
        }
    }

    fn signed(&mut self) -> D {
        if self.take('-') { -self.signed() } else { self.power() }
    }

    fn power(&mut self) -> D {
        let base = self.primary();
        if !self.take('^') {
            return base;
        }
        let from = self.at;
        let exponent = self.signed();
        let moves = self.text[from..self.at].iter().any(|c| c.is_alphabetic());
        match exponent.re() {
            whole if !moves && whole.fract() == 0.0 => base.powi(whole as i32),
            fixed if !moves => base.powf(fixed),
            _ => base.powd(exponent),
        }
    }

    fn primary(&mut self) -> D {
        if self.take('(') {
            let inner = self.sum();
            assert!(self.take(')'), "a parenthesis is open");
            return inner;
        }
        let from = self.at;
        if self.peek().is_ascii_digit() || self.peek() == '.' {
            while self.peek().is_ascii_digit() || matches!(self.peek(), '.' | 'e') {
                self.at += if self.peek() == 'e' { 2 } else { 1 };
            }
            let number: String = self.text[from..self.at].iter().collect();
            return D::from(number.parse::<f64>().expect("a number"));
        }
        while self.peek().is_alphanumeric() || self.peek() == '_' {
            self.at += 1;
        }
        let name: String = self.text[from..self.at].iter().collect();
        if self.take('(') { self.call(&name) } else { self.names[&name] }
    }

    fn call(&mut self, name: &str) -> D {
        let x = self.sum();
        if name == "select" {
            return self.select(x);
        }
        let second = self.take(',').then(|| self.sum());
        assert!(self.take(')'), "the call of {name} is open");
        let step = |below: f64, above: f64| D::from(if x.re() < 0.0 { below } else { above });
        match (name, second) {
            ("exp", _) => x.exp(),
            ("ln", _) => x.ln(),
            ("log2", _) => x.log2(),
            ("sqrt", _) => x.sqrt(),
            ("sin", _) => x.sin(),
            ("cos", _) => x.cos(),
            ("tan", _) => x.tan(),
            ("tanh", _) => x.tanh(),
            ("sigmoid", _) => ((-x).exp() + 1.0).recip(),
            ("softplus", _) => x.exp().ln_1p(),
            ("abs", _) => x * step(-1.0, 1.0),
            ("sign", _) => step(-1.0, 1.0),
            ("relu", _) => x * step(0.0, 1.0),
            ("floor", _) => D::from(x.re().floor()),
            ("min", Some(y)) => {
                if y.re() < x.re() {
                    y
                } else {
                    x
                }
            }
            ("max", Some(y)) => {
                if y.re() > x.re() {
                    y
                } else {
                    x
                }
            }
            _ => panic!("no function {name}"),
        }
    }

    fn select(&mut self, left: D) -> D {
        let symbol: String =
            std::iter::from_fn(|| "<>=".contains(self.peek()).then(|| self.text[self.at]).inspect(|_| self.at += 1))
                .collect();
        let (left, right) = (left.re(), self.sum().re());
        let holds = match symbol.as_str() {
            "<" => left < right,
            "<=" => left <= right,
            ">" => left > right,
            ">=" => left >= right,
            _ => left == right,
        };
        assert!(self.take(','));
        let a = self.sum();
        assert!(self.take(','));
        let b = self.sum();
        assert!(self.take(')'));
        if holds { a } else { b }
    }
}
