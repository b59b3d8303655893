//! Errors of types that alarms can filter by, such as `KintoneExport.Retryable`.

use lambda_runtime::Diagnostic;

/// What is to be done about an error.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Trying again helps.
    Retryable,
    /// Somebody has to change something.
    Permanent,
    /// The function is at fault.
    Panicked,
}

/// An error of the function that is called `name`.
pub(crate) fn of(name: &str, kind: Kind, words: String) -> Diagnostic {
    Diagnostic {
        error_type: format!("{}.{kind:?}", pascal_case(name)),
        error_message: words,
    }
}

fn pascal_case(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.split(['-', '_']).map(word).collect()
}
