//! How the request of a formula becomes a [`FormulaSweep`].

use super::batch::Batch;
use super::columns::{self, ColumnRow};
use super::common::{Limits, SweepAxis, SweepCommon, Title};
use super::draws::{Draws, Starts};
use super::error::RequestError;
use super::formula::{DataTables, FormulaSweep, Standardized};
use super::knob_ref::{KnobRef, of_one_parameter};
use super::knobs::Resolver;
use super::measure::Measure;
use super::note::Note;
use super::precision::Precision;
use super::program::{Parts, Program};
use super::recipe::Recipe;
use super::remarks::{common_notes, forgotten_data};
use super::request::{Request, RequestCommon};
use super::resolution;
use super::rule_inputs::RuleParts;
use super::tolerance::Tolerance;
use super::usual_slopes::tolerances;
use crate::expr::nearest;
use crate::problem::{Data, DataNote, Gradient, Objective, ProblemError, Rule, Stop};

/// What a loss is made of.
struct Modelled {
    objective: Objective,
    data: Option<DataTables>,
    standardized: Option<Standardized>,
}

impl Request {
    /// The same in f64, with the tolerances of `spec`, which is the request's own: what that should have said. Values of axes
    /// are not rounded.
    ///
    /// # Panics
    /// Where the request is not that of `spec`.
    pub fn in_f64(&self, spec: &FormulaSweep) -> FormulaSweep {
        let wide = self.clone().precision(Precision::F64).resolve();
        wide.unwrap_or_else(|error| unreachable!("what f32 can hold, f64 can: {error}")).held_to(spec)
    }

    /// Checks everything and fills in the defaults.
    ///
    /// # Errors
    /// The first thing that is wrong: the flag, the value, and the way out.
    pub fn resolve(&self) -> Result<FormulaSweep, RequestError> {
        let recipe = Recipe::of(self.formula.row());
        let draws = Draws::of(&self.common)?;
        let wrong_formula = about("OBJECTIVE", self.formula.text());
        self.check_constants()?;
        let Modelled { objective, data, standardized } = self.modelled(draws.tables(self)?)?;
        let own = own_hyperparameters(&self.common, &objective)?;
        let measures = self.measures_in_order();
        let parts = self.parts(&recipe, &objective, (data.as_ref(), &own, &measures))?;
        let program = Program::new(&parts).map_err(&wrong_formula)?;
        let found =
            Resolver { request: self, recipe: &recipe, objective: &objective, program: &program, draws: &draws };
        let mut common = self.filled_in(&found, data.as_ref())?;
        common.notes.extend(standardized.as_ref().map(|data| Note::Standardized(data.before().to_vec())));
        let (gradient, stop) = (parts.gradient.clone(), parts.stop.cloned());
        let tolerances = tolerances(&common, &program, data.as_ref());
        let sweep = FormulaSweep {
            common,
            objective,
            program,
            gradient,
            stop,
            data,
            standardized,
            measures: measures.clone(),
            same_class: self.same_class,
            tolerances,
        };
        sweep.check_size()?;
        sweep.check_data()?;
        sweep.check_grain()?;
        Ok(sweep)
    }

    /// The objective over its data, standardised where that was asked for.
    fn modelled(&self, data: Option<DataTables>) -> Result<Modelled, RequestError> {
        let over = |data: Option<&DataTables>| {
            let tables = data.map_or(&[][..], |data| &data.tables);
            let objective = Objective::over(&self.formula, &self.constants, tables.first());
            let objective = objective.map_err(about("OBJECTIVE", self.formula.text()))?;
            Ok(if tables.len() > 1 { objective.over_many_tables() } else { objective })
        };
        let objective = over(data.as_ref())?;
        let Some(which) = &self.standardize else { return Ok(Modelled { objective, data, standardized: None }) };
        let Some(DataTables { tables }) = data else {
            let message = "there are no columns to standardise; give --data FILE.csv";
            return Err(RequestError::new("--standardize", which, message));
        };
        let columns = which.columns(&objective).map_err(about("--standardize", &which.to_string()))?;
        let before = tables[0].clone();
        let (tables, moments): (Vec<Data>, Vec<_>) =
            tables.into_iter().map(|table| table.standardized(&columns)).unzip();
        let standardized = Standardized { moments, objective, data: before };
        let data = Some(DataTables { tables });
        Ok(Modelled { objective: over(data.as_ref())?, data, standardized: Some(standardized) })
    }

    /// Refuses constants that are numbers of the rule, or starts.
    fn check_constants(&self) -> Result<(), RequestError> {
        let row = self.formula.row().map(|row| row.constants).unwrap_or_default();
        for (name, value) in &self.constants {
            let known = row.iter().any(|(known, _)| known == name) || self.formula.mentions(name);
            let of_rule = self.common.rule.hyperparameters().iter().any(|(known, _)| known == name);
            if !known && (of_rule || KnobRef::from(name).is_start()) {
                let whose = if of_rule { "a number of the rule" } else { "a start" };
                let message = format!("`{name}` is {whose}, and no part of the formula; write --set {name}={value}");
                return Err(RequestError::new("--const", format!("{name}={value}"), message));
            }
        }
        Ok(())
    }

    /// What the program is made of, checked against the objective.
    fn parts<'a>(
        &'a self,
        recipe: &'a Recipe,
        objective: &'a Objective,
        (data, own, measures): (Option<&DataTables>, &'a [String], &'a [Measure]),
    ) -> Result<Parts<'a>, RequestError> {
        let (common, first) = (&self.common, data.map(|data| &data.tables[0]));
        let (gradient, stop) = (self.gradient_of(recipe), self.stop_of(recipe));
        gradient.check(objective).map_err(about("--gradient", &gradient.to_string()))?;
        if let Some(stop) = stop {
            stop.check(objective).map_err(about("--stop", stop.text()))?;
        }
        check_states(&common.rule, objective)?;
        let batch = common.batch_or(recipe.batch)?;
        batch.fits(first.map(Data::rows)).map_err(|message| RequestError::new("--batch", batch, message))?;
        let steps = common.steps_of(first.map(|data| batch.pass(data.rows())))?;
        let starts = Starts { request: common, recipe };
        Ok(Parts {
            objective,
            rule: RuleParts { rule: &common.rule, schedule: common.schedule.as_ref(), own, steps: steps as u32 },
            gradient,
            stop,
            batch,
            precision: common.precision,
            draws: starts.are_drawn(objective) || first.is_some_and(|data| data.seeded),
            tables: data.is_some_and(|data| data.tables.len() > 1),
            measures,
        })
    }

    /// Axes and knobs, limits, and what is to be said about them.
    fn filled_in(&self, found: &Resolver<'_>, data: Option<&DataTables>) -> Result<SweepCommon, RequestError> {
        let Resolver { objective, program, .. } = *found;
        let common = &self.common;
        let batch = common.batch_or(found.recipe.batch)?;
        let pass = data.map(|data| batch.pass(data.tables[0].rows()));
        let limits = common.limits(Tolerance::usual(common.precision.is_wide()), pass)?;
        check_tolerances(&limits.gtol, objective.parameters())?;
        let (x, y) = found.axes()?;
        let mut notes = data_notes(objective, data, &self.found);
        let lines = found.knobs(&x, y.as_ref(), &mut notes)?;
        notes.extend(forgotten_data(objective, &notes));
        for axis in std::iter::once(&x).chain(&y) {
            let knob = knob_ref(objective, program, axis);
            notes.extend(resolution::check(axis, knob.clone(), common.precision)?);
            if !program.depends_on(axis.knob) {
                notes.push(Note::NothingReads(knob));
            }
        }
        // Without slopes nobody descends: the loss alone is asked for.
        if *self.gradient_of(found.recipe) != Gradient::Zero {
            notes.extend(common_notes(&x, y.as_ref(), &lines.knobs, &limits));
        }
        let rows: Vec<ColumnRow> = self.measures_in_order().iter().map(|measure| measure.row().column).collect();
        let (name, text) = (self.formula.row().map(|row| row.name), objective.text().to_owned());
        Ok(SweepCommon {
            title: Title { name, text, is_formula: true },
            rule: common.rule.clone(),
            schedule: common.schedule.clone(),
            x,
            y,
            knobs: lines.knobs,
            x_lines: lines.x,
            y_lines: lines.y,
            limits,
            batch,
            batched: program.is_noisy(),
            precision: common.precision,
            columns: columns::columns(program.parameter_columns(), &rows, common.precision.is_wide()),
            derived: Vec::new(),
            history: None,
            notes,
        }
        .with_all_derived())
    }

    /// What is measured, each once and in the order of files.
    fn measures_in_order(&self) -> Vec<Measure> {
        let mut measures = self.measures.clone();
        measures.sort_unstable();
        measures.dedup();
        measures
    }

    fn gradient_of<'a>(&'a self, recipe: &'a Recipe) -> &'a Gradient {
        self.gradient.as_ref().unwrap_or(&recipe.gradient)
    }

    /// The stop rule that was given, or the row's where nothing else was said about stopping.
    fn stop_of<'a>(&'a self, recipe: &'a Recipe) -> Option<&'a Stop> {
        let of_row = || recipe.stop.as_ref().filter(|_| self.common.gtol.is_none());
        self.stop.as_ref().or_else(of_row)
    }

    /// The name of the first parameter; none where the request cannot be resolved, which will say why.
    pub fn first_parameter(&self) -> Option<String> {
        let data = Draws::of(&self.common).ok()?.tables(self).ok()?;
        let data = data.as_ref().map(|data| &data.tables[0]);
        Objective::over(&self.formula, &self.constants, data).ok()?.parameters().first().cloned()
    }
}

impl RequestCommon {
    /// The rows per step that were asked for, else the `usual` ones; in a new order every pass where that was asked for.
    ///
    /// # Errors
    /// An order of rows where every step takes all.
    pub(super) fn batch_or(&self, usual: Batch) -> Result<Batch, RequestError> {
        let batch = self.batch.unwrap_or(usual);
        let message = "every step takes all rows here, and their order changes nothing; add --batch each or --batch N";
        let shuffled = || batch.shuffled().ok_or_else(|| RequestError::new("--shuffle", "", message));
        if self.shuffle { shuffled() } else { Ok(batch) }
    }

    /// When descents end; `gtol` unless one was given. `pass`: steps of a pass over the data, where there are some.
    pub(super) fn limits(&self, gtol: Tolerance, pass: Option<u64>) -> Result<Limits, RequestError> {
        let steps = self.steps_of(pass)?;
        let gtol = self.gtol.clone().unwrap_or(gtol);
        if !gtol.numbers().iter().all(|number| *number >= 0.0 && number.is_finite()) {
            return Err(RequestError::new(
                "--gtol",
                gtol,
                "must be a finite number, at least 0 (0 = never stop early)",
            ));
        }
        if self.diverge.is_nan() || self.diverge <= 0.0 {
            return Err(RequestError::new(
                "--diverge",
                self.diverge,
                "must be above 0 (inf = only when no longer finite)",
            ));
        }
        Ok(Limits { steps: steps as u32, gtol, diverge: self.diverge })
    }

    /// Steps of a descent, at most a number that fits.
    pub(super) fn steps_of(&self, pass: Option<u64>) -> Result<u64, RequestError> {
        const MAX_STEPS: u64 = 1_000_000_000;
        let too_many = |flag: &str, asked: u64| RequestError::new(flag, asked, format!("at most {MAX_STEPS} steps"));
        let Some(epochs) = self.epochs else {
            return if self.steps > MAX_STEPS { Err(too_many("--steps", self.steps)) } else { Ok(self.steps) };
        };
        let Some(pass) = pass else {
            let message = "there are no data to pass over; give --steps N, or --data FILE.csv";
            return Err(RequestError::new("--epochs", epochs, message));
        };
        let steps = epochs.checked_mul(pass).filter(|steps| *steps <= MAX_STEPS);
        steps.ok_or_else(|| too_many("--epochs", epochs))
    }
}

/// Refuses tolerances for another number of parameters.
fn check_tolerances(gtol: &Tolerance, parameters: &[String]) -> Result<(), RequestError> {
    let Tolerance::Each(slopes) = gtol else { return Ok(()) };
    if slopes.len() == parameters.len() {
        return Ok(());
    }
    let (given, names) = (slopes.len(), parameters.join(", "));
    let message =
        format!("has {given} slopes, and the parameters are {names}; give one, or one for each in this order");
    Err(RequestError::new("--gtol", gtol, message))
}

/// The hyperparameters that are given for one parameter, as `alpha@b`, in the order in which they are first named.
fn own_hyperparameters(common: &RequestCommon, objective: &Objective) -> Result<Vec<String>, RequestError> {
    let mut own = Vec::new();
    let known: Vec<&str> = common.rule.hyperparameters().iter().map(|(name, _)| name.as_str()).collect();
    for (flag, shown, name) in common.named() {
        let Some((hyperparameter, parameter)) = of_one_parameter(&name) else { continue };
        let has = |list: &[&str], name: &str| list.contains(&name);
        let parameters: Vec<&str> = objective.parameters().iter().map(String::as_str).collect();
        let missing = match () {
            () if !has(&known, hyperparameter) => Some((hyperparameter, "hyperparameter of the rule", &known)),
            () if !has(&parameters, parameter) => Some((parameter, "parameter", &parameters)),
            () => None,
        };
        if let Some((name, what, known)) = missing {
            let close = nearest(name, known.iter().copied());
            let hint = close.map_or(String::new(), |close| format!("did you mean `{close}`? "));
            let message = format!(
                "NAME@PARAMETER is a hyperparameter for one parameter, and `{name}` is no {what}: {hint}There {} {}",
                if known.len() == 1 { "is" } else { "are" },
                known.join(", ")
            );
            return Err(RequestError::new(flag, shown, message));
        }
        if !own.contains(&name) {
            own.push(name);
        }
    }
    Ok(own)
}

/// Numbers that rules may carry from step to step, of all parameters together. Each takes memory in every descent.
const MAX_STATES: usize = 1 << 14;

fn check_states(rule: &Rule, objective: &Objective) -> Result<(), RequestError> {
    let (states, parameters) = (rule.shared().iter().filter(|shared| !**shared).count(), objective.parameters().len());
    let all = states.saturating_mul(parameters);
    if all <= MAX_STATES {
        return Ok(());
    }
    let message = format!(
        "keeps {states} numbers for each of {parameters} parameters, {all} in all, and at most {MAX_STATES} can be kept; \
         use a rule that reads fewer names before it assigns them, or fewer parameters"
    );
    Err(RequestError::new("--rule", rule.text(), message))
}

/// The errors of a value.
pub(super) fn about<'a>(flag: &'static str, value: &'a str) -> impl Fn(ProblemError) -> RequestError + 'a {
    move |error| RequestError::new(flag, value, error.to_string())
}

/// The knob of an axis.
fn knob_ref(objective: &Objective, program: &Program, axis: &SweepAxis) -> KnobRef {
    match program.start_of(axis.knob) {
        Some(parameter) => KnobRef::Start(objective.parameters()[parameter].clone()),
        None => KnobRef::Named(axis.name.clone()),
    }
}

/// What was assumed about the data.
fn data_notes(objective: &Objective, data: Option<&DataTables>, found: &[DataNote]) -> Vec<Note> {
    let Some(data) = data else { return Vec::new() };
    let first = &data.tables[0];
    let mut notes = vec![Note::Data {
        source: first.source.clone(),
        rows: first.rows(),
        columns: first.names.clone(),
        parameters: objective.parameters().to_vec(),
    }];
    notes.extend(Note::found(&first.source, found));
    if objective.is_by_row() {
        notes.push(Note::Averaged);
    }
    for parameter in objective.parameters() {
        if let Some(column) = first.names.iter().find(|column| column.eq_ignore_ascii_case(parameter)) {
            notes.push(Note::LikeAColumn { parameter: parameter.clone(), column: column.clone() });
        }
    }
    notes
}
