//! A client of AWS against a server that answers as told.

#![cfg(test)]
