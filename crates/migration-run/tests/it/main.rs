//! Running migrations on real servers.
#![cfg(test)]

mod broken_line;
mod gate;
mod interoperation;
mod jobs;
mod opaque;
mod order;
mod own_session;
mod place;
mod proxy;
mod server_faults;
mod stepwise;
mod stopping;
mod text;
mod up;
