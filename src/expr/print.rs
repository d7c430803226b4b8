//! Syntax tree → text, in the form that the product shows and reads.

use super::parse::{Ast, AstId, AstNode};

/// How tightly a part binds; as loose as it gets first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Binding {
    Comparison,
    Sum,
    Product,
    Sign,
    Power,
    #[default]
    Whole,
}

/// What is still to be written.
enum Piece {
    Text(String),
    /// A part that needs brackets where it binds more loosely, and how many brackets are around it.
    Part(AstId, Binding, usize),
}

impl Ast {
    /// The formula in the language's own form: reading it gives the same tree. Blanks stand around `+` and `-` outside of
    /// brackets, and around comparisons.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        for (name, _, value) in &self.locals {
            if !text.is_empty() {
                text += "; ";
            }
            text += name;
            text += " = ";
            self.print(*value, &mut text);
        }
        if let Some(value) = self.value {
            if !text.is_empty() {
                text += "; ";
            }
            self.print(value, &mut text);
        }
        text
    }

    /// With a list of its own in place of recursion: a sum may have thousands of terms, each deeper than the one before.
    fn print(&self, root: AstId, text: &mut String) {
        let mut waiting = vec![Piece::Part(root, Binding::Comparison, 0)];
        while let Some(piece) = waiting.pop() {
            match piece {
                Piece::Text(piece) => *text += &piece,
                Piece::Part(id, least, depth) => {
                    let mut pieces = self.pieces(id, least, depth);
                    pieces.reverse();
                    waiting.append(&mut pieces);
                }
            }
        }
    }

    fn pieces(&self, id: AstId, least: Binding, depth: usize) -> Vec<Piece> {
        let node = &self.nodes[id].0;
        let own = binding(node);
        if own < least {
            let inner = Piece::Part(id, Binding::Comparison, depth + 1);
            return vec![Piece::Text("(".to_owned()), inner, Piece::Text(")".to_owned())];
        }
        match node {
            AstNode::Number(value) => vec![Piece::Text(number(*value))],
            AstNode::Name(name) => vec![Piece::Text(name.clone())],
            AstNode::Negate(a) => vec![Piece::Text("-".to_owned()), Piece::Part(*a, Binding::Sign, depth)],
            AstNode::Infix(symbol, left, right) => {
                let (before, after) = sides(own);
                let spaced = own == Binding::Comparison || own == Binding::Sum && depth == 0;
                let sign = if spaced { format!(" {symbol} ") } else { (*symbol).to_owned() };
                vec![Piece::Part(*left, before, depth), Piece::Text(sign), Piece::Part(*right, after, depth)]
            }
            AstNode::Call(function, arguments) => {
                let mut pieces = vec![Piece::Text(format!("{}(", function.name))];
                for (at, argument) in arguments.iter().enumerate() {
                    if at > 0 {
                        pieces.push(Piece::Text(", ".to_owned()));
                    }
                    pieces.push(Piece::Part(*argument, Binding::Comparison, depth + 1));
                }
                pieces.push(Piece::Text(")".to_owned()));
                pieces
            }
        }
    }
}

fn binding(node: &AstNode) -> Binding {
    match node {
        AstNode::Number(_) | AstNode::Name(_) | AstNode::Call(..) => Binding::Whole,
        AstNode::Negate(_) => Binding::Sign,
        AstNode::Infix("^", ..) => Binding::Power,
        AstNode::Infix("*" | "/", ..) => Binding::Product,
        AstNode::Infix("+" | "-", ..) => Binding::Sum,
        AstNode::Infix(..) => Binding::Comparison,
    }
}

/// How tightly the two sides of an operator must bind at least.
fn sides(own: Binding) -> (Binding, Binding) {
    match own {
        Binding::Power => (Binding::Whole, Binding::Sign),
        Binding::Product => (Binding::Product, Binding::Sign),
        Binding::Sum => (Binding::Sum, Binding::Product),
        _ => (Binding::Sum, Binding::Sum),
    }
}

/// The shortest text that reads back to the number.
pub(super) fn number(value: f64) -> String {
    let plain = value == 0.0 || (1e-4..1e7).contains(&value);
    if plain { value.to_string() } else { format!("{value:e}") }
}
