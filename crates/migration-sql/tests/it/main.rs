//! Statements of migrations, told apart as a real server tells them apart.
#![cfg(test)]

mod facts;
mod lint;
mod locks;
mod mode;
mod place;
mod split;
mod split_server;
