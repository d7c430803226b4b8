//! The graph, and functions as their primitive operations, as lists of what instructions compute.

use super::flat::{At, Entry, Flat, Function, Operation, RowStage, Stage};
use super::machine::Isa;
use super::operations::{Arithmetic, LITERALS, Literal, Relation};
use super::table::Tables;
use crate::engine::classes::{Class, Classes};
use crate::expr::{Binary, Comparison, Machine, Node, NodeId, Real, Unary};
use crate::sweep::{FormulaSweep, Program, Stage as NodeStage};

/// The lists of all functions of the machine code.
#[derive(Debug, Clone)]
pub struct Flats {
    /// Of what knobs decide: for each node of the classes' `setup`, what it adds.
    pub setup: Flat,
    pub prepared: Vec<Vec<At>>,
    /// Of a step: what judges, and what advances.
    pub step: Flat,
    pub judge: Vec<Stage>,
    pub advance: Vec<Stage>,
    /// Of a step that is not judged, where not all are; then no step that is judged advances.
    pub unjudged: Option<(Flat, Vec<Stage>)>,
    /// Bits of every constant: first those of [`LITERALS`].
    pub constants: Vec<u64>,
    pub tables: Tables,
    /// Whether anything leaves for a function outside.
    pub calls: bool,
}

impl Flats {
    /// None where some operation cannot be expressed.
    pub fn new(spec: &FormulaSweep, classes: &Classes, isa: Isa) -> Option<Self> {
        let program = &spec.program;
        let is_wide = program.precision.is_wide();
        let constants = LITERALS.iter().map(|literal| literal.bits(is_wide)).collect();
        let mut setup = Expander::new(program, classes, isa, (constants, Tables::new(spec)));
        let mut prepared = Vec::new();
        for id in &classes.setup {
            setup.node(*id)?;
            prepared.push(std::mem::take(&mut setup.list));
        }
        let kept: Vec<At> = classes.setup.iter().map(|id| setup.of(*id)).collect();
        let needed = setup.flat.needed(kept);
        for list in &mut prepared {
            list.retain(|at| needed[*at]);
        }
        let mut step = setup.another();
        let mut judge = step.stages(&classes.judge)?;
        let next = program.carried.iter().zip(&classes.is_uniform).filter(|(_, uniform)| !**uniform);
        let next: Vec<NodeId> = next.map(|(carried, _)| carried.next).collect();
        let (mut advance, mut unjudged, mut constants_and_tables) = (Vec::new(), None, None);
        if program.batch.is_some() {
            step.only_needed(&program.judged(), judge.iter_mut());
            let mut others = step.another();
            let mut stages = others.stages(&moving(program, classes))?;
            others.only_needed(&next, stages.iter_mut());
            constants_and_tables = Some((std::mem::take(&mut others.constants), std::mem::take(&mut others.tables)));
            unjudged = Some((others.flat, stages));
        } else {
            advance = step.stages(&classes.advance)?;
            step.only_needed(&[program.judged(), next].concat(), judge.iter_mut().chain(&mut advance));
        }
        let Expander { flat, constants, tables, .. } = step;
        let (constants, tables) = constants_and_tables.unwrap_or((constants, tables));
        let all =
            Self { setup: setup.flat, prepared, step: flat, judge, advance, unjudged, constants, tables, calls: false };
        let calls = |entry: &Entry| matches!(entry, Entry::Operation(op) if op.calls());
        let calls = all.flats().any(|flat| flat.entries.iter().any(calls));
        Some(Self { calls, ..all })
    }

    fn flats(&self) -> impl Iterator<Item = &Flat> {
        [&self.setup, &self.step].into_iter().chain(self.unjudged.as_ref().map(|(flat, _)| flat))
    }

    /// How many operations there are.
    pub fn len(&self) -> usize {
        self.flats().map(|flat| flat.entries.len()).sum()
    }

    /// The list that most steps are made of.
    pub fn most_steps(&self) -> &Flat {
        self.unjudged.as_ref().map_or(&self.step, |(flat, _)| flat)
    }

    /// Whether any step goes through rows.
    pub fn has_rows(&self) -> bool {
        let unjudged = self.unjudged.iter().flat_map(|(_, stages)| stages);
        self.judge.iter().chain(&self.advance).chain(unjudged).any(|stage| matches!(stage, Stage::Rows(_)))
    }
}

/// Writes the list of one function.
pub struct Expander<'a> {
    program: &'a Program,
    classes: &'a Classes,
    pub isa: Isa,
    pub is_wide: bool,
    pub flat: Flat,
    pub constants: Vec<u64>,
    tables: Tables,
    in_setup: bool,
    /// Operations of the node at hand, and those of them that are the same in all rows.
    list: Vec<At>,
    before: Vec<At>,
}

impl<'a> Expander<'a> {
    fn new(program: &'a Program, classes: &'a Classes, isa: Isa, (constants, tables): (Vec<u64>, Tables)) -> Self {
        Self {
            program,
            classes,
            isa,
            is_wide: program.precision.is_wide(),
            flat: Flat::new(program.graph.nodes().len()),
            constants,
            tables,
            in_setup: true,
            list: Vec::new(),
            before: Vec::new(),
        }
    }

    /// For another list, of steps, with the constants and tables that there are.
    fn another(&mut self) -> Self {
        let taken = (std::mem::take(&mut self.constants), std::mem::take(&mut self.tables));
        Self { in_setup: false, ..Self::new(self.program, self.classes, self.isa, taken) }
    }

    /// Leaves in some stages, which are all of the list, what their loops and `roots` need.
    fn only_needed<'b>(&mut self, roots: &[NodeId], stages: impl Iterator<Item = &'b mut Stage>) {
        let mut stages: Vec<&mut Stage> = stages.collect();
        let mut roots: Vec<At> = roots.iter().map(|id| self.of(*id)).collect();
        roots.extend(stages.iter().flat_map(|stage| match stage {
            Stage::Rows(rows) => rows.carried.iter().map(|(_, next)| *next).collect(),
            Stage::Straight(_) => Vec::new(),
        }));
        let needed = self.flat.needed(roots);
        for stage in &mut stages {
            let (Stage::Straight(lists) | Stage::Rows(RowStage { body: lists, .. })) = stage;
            for list in lists {
                list.retain(|at| needed[*at]);
            }
        }
    }

    /// Operations of the lanes that are not by row, and the loops that they need.
    fn stages(&mut self, nodes: &[NodeId]) -> Option<Vec<Stage>> {
        let graph = &self.program.graph;
        let nodes: Vec<NodeId> = nodes.iter().copied().filter(|id| !graph.is_by_row(*id)).collect();
        let mut stages = Vec::new();
        for stage in self.program.schedule(&nodes) {
            match stage {
                NodeStage::Straight(nodes) => {
                    let mut lists = Vec::new();
                    for id in nodes {
                        self.node(id)?;
                        lists.push(std::mem::take(&mut self.list));
                    }
                    stages.push(Stage::Straight(lists));
                }
                NodeStage::Rows(rows) => {
                    let table = self.tables.add(graph, &rows);
                    let at = self.tables.count() - 1;
                    self.flat.open = Some(at);
                    for (place, id) in table.into_iter().enumerate() {
                        self.flat.of_node[id.index()] = Some(self.flat.push(Entry::Row { at, place }).0);
                    }
                    let body = self.row_body(&rows.body);
                    let carried = self.carried(at, &rows.results);
                    self.flat.close();
                    let (mut body, carried) = (body?, carried?);
                    body.push(std::mem::take(&mut self.list));
                    stages.push(Stage::Straight(vec![std::mem::take(&mut self.before)]));
                    stages.push(Stage::Rows(RowStage { at, rows: rows.rows, body, carried }));
                    // The next loop has values of its own.
                    rows.body.iter().for_each(|id| self.flat.of_node[id.index()] = None);
                    (0..graph.nodes().len()).filter(|at| matches!(graph.nodes()[*at], Node::Column(_))).for_each(
                        |at| {
                            self.flat.of_node[at] = None;
                        },
                    );
                }
            }
        }
        Some(stages)
    }

    fn row_body(&mut self, nodes: &[NodeId]) -> Option<Vec<Vec<At>>> {
        let mut body = Vec::new();
        for id in nodes {
            // What depends on columns alone is in the table, or read by nothing that is not.
            if !self.tables.is_of_columns(*id) {
                self.node(*id)?;
                body.push(std::mem::take(&mut self.list));
            }
        }
        Some(body)
    }

    /// What goes from row to row for the results of a loop.
    fn carried(&mut self, at: usize, results: &[NodeId]) -> Option<Vec<(At, At)>> {
        let mut carried = Vec::new();
        let zero = self.number(0.0);
        for (result, id) in results.iter().enumerate() {
            let slot = |this: &mut Self, part: usize| {
                this.flat.push(Entry::Carried { at, place: 2 * result + part, first: zero }).0
            };
            match self.program.graph.node(*id) {
                Node::Sum(_, of) => {
                    let (sum, of) = (slot(self, 0), self.of(of));
                    carried.push((sum, self.two(Arithmetic::Add, sum, of)));
                    self.flat.of_node[id.index()] = Some(sum);
                }
                Node::Largest(_, key, value) => {
                    let [kept, best] = [0, 1].map(|part| slot(self, part));
                    let is_first = self.tables.first(at);
                    let is_first = self.flat.push(Entry::Row { at, place: is_first }).0;
                    let (key, value) = (self.of(key), self.of(value));
                    for (kept, new) in [(kept, value), (best, key)] {
                        let below = (Relation::Number(Comparison::Less), [best, key]);
                        let next = self.choose(below.0, below.1, [new, kept]);
                        let next = self.choose(Relation::Number(Comparison::Equal), [key, key], [next, new]);
                        let next = self.choose(Relation::Number(Comparison::Less), [zero, is_first], [new, next]);
                        carried.push((kept, next));
                    }
                    self.flat.of_node[id.index()] = Some(kept);
                }
                _ => return None,
            }
        }
        Some(carried)
    }

    /// The value of a node, which is there before if it is an operation of this function.
    fn of(&mut self, id: NodeId) -> At {
        let known = self.flat.of_node[id.index()];
        let at = known.unwrap_or_else(|| self.flat.push(Entry::Node(id)).0);
        self.flat.of_node[id.index()] = Some(at);
        at
    }

    /// Whether a node is computed in this function.
    fn is_here(&self, id: NodeId) -> bool {
        match self.classes.of(id) {
            Class::Prepared => self.in_setup,
            Class::Moving => true,
            Class::Fixed | Class::Stepwise => false,
        }
    }

    pub fn push(&mut self, operation: Operation) -> At {
        let (at, is_new) = self.flat.push(Entry::Operation(operation));
        if is_new {
            let same_in_all_rows = self.flat.open.is_some() && !self.flat.by_row[at];
            if same_in_all_rows { self.before.push(at) } else { self.list.push(at) }
        }
        at
    }

    pub fn two(&mut self, op: Arithmetic, a: At, b: At) -> At {
        self.push(Operation::Two(op, a, b))
    }

    pub fn constant(&mut self, bits: u64) -> At {
        let known = self.constants.iter().position(|known| *known == bits);
        let at = known.unwrap_or_else(|| {
            self.constants.push(bits);
            self.constants.len() - 1
        });
        self.flat.push(Entry::Constant(at)).0
    }

    fn number(&mut self, value: f64) -> At {
        self.constant(if self.is_wide { value.to_bits() } else { u64::from((value as f32).to_bits()) })
    }

    pub fn literal(&mut self, literal: Literal) -> At {
        self.constant(literal.bits(self.is_wide))
    }

    /// One of two; processors have an instruction for the smaller, the second where they are equal or one is no number, and
    /// for the larger.
    pub fn choose(&mut self, relation: Relation, [a, b]: [At; 2], [yes, no]: [At; 2]) -> At {
        match relation {
            _ if yes == no => yes,
            Relation::Number(Comparison::Less) if (yes, no) == (a, b) => self.two(Arithmetic::Least, a, b),
            Relation::Number(Comparison::Less) if (yes, no) == (b, a) => self.two(Arithmetic::Largest, b, a),
            _ => self.push(Operation::Choose(relation, [a, b], [yes, no])),
        }
    }

    /// A node, whose children are there.
    fn node(&mut self, id: NodeId) -> Option<()> {
        let at = match self.program.graph.node(id) {
            Node::Unary(op, a) => {
                let a = self.of(a);
                self.unary(op, a)?
            }
            Node::Binary(op, a, b) => {
                let (a, b) = (self.of(a), self.of(b));
                self.binary(op, a, b)?
            }
            Node::Compare(op, a, b) => {
                let (a, b) = (self.of(a), self.of(b));
                self.push(Operation::Compare(Relation::Number(op), a, b))
            }
            Node::Select(condition, a, b) => {
                let branches = [self.of(a), self.of(b)];
                match self.program.graph.node(condition) {
                    Node::Compare(op, a, b) if self.is_here(condition) => {
                        let sides = [self.of(a), self.of(b)];
                        self.choose(Relation::Number(op), sides, branches)
                    }
                    _ => {
                        let condition = self.of(condition);
                        self.push(Operation::Select(condition, branches[0], branches[1]))
                    }
                }
            }
            // These come of loops.
            Node::Sum(..) | Node::Largest(..) => return Some(()),
            Node::Constant(_) | Node::Input(_) | Node::Column(_) => return None,
        };
        self.flat.of_node[id.index()] = Some(at);
        Some(())
    }

    fn unary(&mut self, op: Unary, a: At) -> Option<At> {
        let (sign, magnitude) = (self.literal(Literal::Sign), self.literal(Literal::Magnitude));
        Some(match op {
            Unary::Neg => self.two(Arithmetic::Xor, a, sign),
            Unary::Abs => self.two(Arithmetic::And, a, magnitude),
            Unary::Sqrt => self.push(Operation::Root(a)),
            Unary::Floor => self.push(Operation::Floor(a)),
            Unary::Sign => {
                let zero = self.number(0.0);
                let [one, minus_one] = [Literal::One, Literal::MinusOne].map(|literal| self.literal(literal));
                let rest = self.choose(Relation::Number(Comparison::Less), [a, zero], [minus_one, a]);
                self.choose(Relation::Number(Comparison::Less), [zero, a], [one, rest])
            }
            _ => {
                let near = self.kernel(&op.kernel(Machine::processor(self.is_wide))?, &[a])?;
                if !op.is_of_angle() {
                    return Some(near);
                }
                self.constant(reach(self.is_wide));
                self.push(Operation::UnlessLarge(op, a, near))
            }
        })
    }

    fn binary(&mut self, op: Binary, a: At, b: At) -> Option<At> {
        if let Some(arithmetic) = Arithmetic::of(op) {
            return Some(self.two(arithmetic, a, b));
        }
        Some(match op {
            // Not-a-number where one of them is: as in `expr/values.rs`.
            Binary::Min | Binary::Max => {
                let (low, high) = if op == Binary::Min { (a, b) } else { (b, a) };
                let sum = self.two(Arithmetic::Add, a, b);
                let first = self.choose(Relation::Number(Comparison::LessEqual), [low, high], [a, sum]);
                self.choose(Relation::Number(Comparison::Less), [high, low], [b, first])
            }
            _ => match op.kernel(Machine::processor(self.is_wide)) {
                Some(kernel) => self.kernel(&kernel, &[a, b])?,
                None => self.push(Operation::Call(Function::Two(op), a, b)),
            },
        })
    }
}

/// What lanes compute to advance, in node order.
fn moving(program: &Program, classes: &Classes) -> Vec<NodeId> {
    let needed = program.graph.needed_by(&program.advancing());
    let mut nodes = [classes.judge.as_slice(), &classes.advance].concat();
    nodes.retain(|id| needed[id.index()]);
    nodes.sort_unstable();
    nodes
}

/// The bits of the largest angle that is not large.
pub fn reach(is_wide: bool) -> u64 {
    if is_wide { f64::REACH.to_bits() } else { u64::from(f32::REACH.to_bits()) }
}
