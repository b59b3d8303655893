//! The page over the wire, with a double behind it.

mod approving;
mod contrast;
mod double;
mod escaping;
mod language;
mod looking;
mod refusing;
mod sample;
mod ticking;
mod visitor;
