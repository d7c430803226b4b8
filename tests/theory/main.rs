//! What is known of descents, and what is said of them: theorems, closed forms, published numbers, measures.

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, reason = "each test takes what it needs")]
#[path = "../common/oracle.rs"]
mod oracle;
#[path = "../common/sweep_files.rs"]
mod sweep_files;

mod advice;
mod bifurcation;
mod closed_forms;
mod contraction;
mod dimension;
mod edge_of_stability;
mod exact;
mod extremes;
mod invariance;
mod measures;
mod minima;
mod published_numbers;
mod referee;
mod schedules;
mod step_map;
mod stop_rules;
mod summary_of_tiles;
mod test_beds;
mod theory;
mod verdicts;
