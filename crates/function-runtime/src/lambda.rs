//! As a Lambda function: the Runtime API hands events out and takes the outcomes.

#[cfg(feature = "lambda")]
mod invocation;
#[cfg(feature = "lambda")]
mod trigger;

#[cfg(feature = "lambda")]
pub(crate) use invocation::run;

/// Says that the program can't run here.
#[cfg(not(feature = "lambda"))]
pub(crate) fn run<F: crate::Function>(
    _name: &'static str,
    _function: F,
    _clock: function_core::Clock,
) -> impl Future<Output = Result<(), crate::RuntimeError>> {
    std::future::ready(Err(crate::RuntimeError::WithoutLambda))
}
