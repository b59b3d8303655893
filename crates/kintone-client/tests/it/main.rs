//! The client against the simulator, over the wire.

mod access;
mod busy;
mod cursor;
mod faults;
mod file;
mod form;
mod seek;
mod trust;
mod values;
mod windows;
mod world;
