//! The client against the simulator, over the wire.

#[cfg(test)]
mod access;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod busy;
#[cfg(test)]
mod cursor;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod file;
#[cfg(test)]
mod form;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod seek;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod upload;
#[cfg(test)]
mod values;
#[cfg(test)]
mod windows;
#[cfg(test)]
mod world;
