//! Where in a record a fault is.

use std::cell::{Cell, RefCell};

use serde::de;
use serde_json::error::Category;

use crate::{AttributeFault, FormatError};

/// Collects a fault and the way to it while an error goes up. The messages of `serde_json` quote
/// values, so nothing of them is kept.
#[derive(Debug, Default)]
pub(super) struct Trace {
    fault: Cell<Option<AttributeFault>>,
    /// From the innermost part out.
    path: RefCell<Vec<Step>>,
}

#[derive(Debug)]
enum Step {
    Name(String),
    Index(usize),
}

impl Trace {
    /// An error that stands for `fault`.
    pub(super) fn fault<E: de::Error>(&self, fault: AttributeFault) -> E {
        self.fault.set(Some(fault));
        E::custom("")
    }

    /// Notes that `result` is of the part `name`.
    pub(super) fn at_name<T, E>(&self, name: &str, result: Result<T, E>) -> Result<T, E> {
        result.inspect_err(|_| self.path.borrow_mut().push(Step::Name(name.to_owned())))
    }

    /// Notes that `result` is of the element `index`, from 0.
    pub(super) fn at_index<T, E>(&self, index: usize, result: Result<T, E>) -> Result<T, E> {
        result.inspect_err(|_| self.path.borrow_mut().push(Step::Index(index)))
    }

    /// What `error` means, now that it came out.
    pub(super) fn explain(self, error: &serde_json::Error) -> FormatError {
        match (self.fault.get(), error.classify()) {
            (Some(fault), _) => FormatError::Attribute {
                path: self.path(),
                fault,
            },
            (None, Category::Data) => FormatError::Attribute {
                path: self.path(),
                fault: AttributeFault::Shape,
            },
            (None, _) => FormatError::Json {
                column: error.column(),
            },
        }
    }

    fn path(self) -> String {
        let mut path = String::new();
        for step in self.path.into_inner().into_iter().rev() {
            match step {
                Step::Name(name) if path.is_empty() => path = name,
                Step::Name(name) => path = format!("{path}.{name}"),
                Step::Index(index) => path = format!("{path}[{index}]"),
            }
        }
        if path.is_empty() {
            path.push_str("the record");
        }
        path
    }
}
