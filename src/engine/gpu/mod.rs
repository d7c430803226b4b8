//! gpu
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Probe {}
