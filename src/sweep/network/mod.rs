//! Sweeps of networks: as they are asked for, and as they run.

mod curvature;
mod knobs;
mod request;
mod resolve;
mod sweep;

pub use curvature::Curvature;
pub use request::NetworkRequest;
pub use sweep::NetworkSweep;
