//! As a Lambda function: the Runtime API hands events out and takes the outcomes.

#[cfg(feature = "lambda")]
mod diagnostic;
#[cfg(feature = "lambda")]
mod initialization;
#[cfg(feature = "lambda")]
mod invocation;

#[cfg(feature = "lambda")]
pub(crate) use {initialization::tell_not_started, invocation::run};

/// Says that the program can't run here.
#[cfg(not(feature = "lambda"))]
pub(crate) fn run<F: crate::Function>(
    _name: &'static str,
    _function: F,
    _clock: function_core::Clock,
) -> impl Future<Output = Result<(), crate::RuntimeError>> {
    std::future::ready(Err(crate::RuntimeError::WithoutLambda))
}

/// Without Lambda there is nobody to tell.
#[cfg(not(feature = "lambda"))]
pub(crate) fn tell_not_started(
    _name: &str,
    _words: String,
    _exit: function_core::Exit,
) -> impl Future<Output = ()> {
    std::future::ready(())
}
