//! Where the process runs.

use function_core::Env;
use telemetry::Format;

/// What starts the process and hands it events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    CommandLine,
    Lambda,
    Job,
    Service,
}

impl Platform {
    /// Arguments are a person's: no platform gives any. Without them the variables decide.
    pub(crate) fn of(env: &Env, has_arguments: bool) -> Self {
        let is_set = |name| env.get(name).is_some();
        if has_arguments {
            Self::CommandLine
        } else if is_set("AWS_LAMBDA_RUNTIME_API") {
            Self::Lambda
        } else if is_set("CLOUD_RUN_JOB") {
            Self::Job
        } else if is_set("K_SERVICE") || is_set("PORT") {
            Self::Service
        } else {
            Self::CommandLine
        }
    }

    pub(crate) fn log_format(self) -> Format {
        match self {
            Self::CommandLine => Format::Terminal,
            Self::Lambda => Format::Lambda,
            Self::Job | Self::Service => Format::GoogleCloud,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Platform {
        Platform::of(&Env::default().with(name, "set"), false)
    }

    #[test]
    fn the_variables_decide() {
        assert_eq!(of("HOME"), Platform::CommandLine);
        assert_eq!(of("AWS_LAMBDA_RUNTIME_API"), Platform::Lambda);
        assert_eq!(of("CLOUD_RUN_JOB"), Platform::Job);
        assert_eq!(of("K_SERVICE"), Platform::Service);
        assert_eq!(of("PORT"), Platform::Service);
    }

    #[test]
    fn arguments_are_a_persons() {
        let env = Env::default().with("PORT", "8080");
        assert_eq!(Platform::of(&env, true), Platform::CommandLine);
    }
}
