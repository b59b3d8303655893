//! Which events are logged.

use function_core::{ConfigError, Env, METRIC_TARGET, Settings};
use tracing_subscriber::filter::{LevelFilter, Targets};

const RULE: &str =
    "a level is error, warn, info, debug, trace or off; by module it is info,module=debug";

/// The filter that the environment asks for.
pub(crate) fn from_env(env: &Env) -> Result<Targets, ConfigError> {
    let mut settings = Settings::new(env);
    let wanted = ["AWS_LAMBDA_LOG_LEVEL", "LOG_LEVEL", "RUST_LOG"]
        .into_iter()
        .find_map(|name| Some((name, settings.optional(name)?)));
    let usual = Targets::new().with_default(LevelFilter::INFO);
    let mut levels = usual.clone();
    if let Some((name, text)) = wanted {
        levels = text.split(',').try_fold(usual, add).unwrap_or_else(|| {
            settings.refuse(name, RULE);
            levels
        });
    }
    settings.finish()?;
    // Lambda's runtime repeats each failure that function-runtime logs, in Debug form.
    Ok(levels.with_target("lambda_runtime::layers::panic", LevelFilter::OFF))
}

/// The same filter, and always the gauges: an alarm takes their absence for a function that is dead.
pub(crate) fn with_gauges(levels: Targets) -> Targets {
    levels.with_target(METRIC_TARGET, LevelFilter::INFO)
}

/// Adds `level` or `module=level`; `None` when it is neither. Unlike in tracing's own parser, a
/// word alone is never a module: it is a misspelt level.
fn add(levels: Targets, directive: &str) -> Option<Targets> {
    match directive.trim().split_once('=') {
        Some((module, level)) => Some(levels.with_target(module, parse(level)?)),
        None => Some(levels.with_default(parse(directive)?)),
    }
}

fn parse(level: &str) -> Option<LevelFilter> {
    match level.trim() {
        // Lambda's highest level, which tracing does not know.
        "FATAL" => Some(LevelFilter::ERROR),
        // Tracing reads nothing as ERROR.
        "" => None,
        level => level.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    fn most(pairs: &[(&str, &str)]) -> Option<LevelFilter> {
        let env = pairs.iter().copied().collect();
        from_env(&env).unwrap().default_level()
    }

    #[test]
    fn the_usual_level_is_info() {
        assert_eq!(most(&[]), Some(LevelFilter::INFO));
    }

    #[test]
    fn lambdas_setting_comes_first() {
        let mut env = vec![("RUST_LOG", "trace"), ("LOG_LEVEL", "warn")];
        assert_eq!(most(&env), Some(LevelFilter::WARN));
        env.push(("AWS_LAMBDA_LOG_LEVEL", "FATAL"));
        assert_eq!(most(&env), Some(LevelFilter::ERROR));
    }

    #[test]
    fn a_module_may_have_its_own_level() {
        let env = Env::default().with("LOG_LEVEL", "warn,kintone_client=debug");
        let level = from_env(&env).unwrap();
        assert!(level.would_enable("kintone_client::page", &Level::DEBUG));
        assert!(!level.would_enable("hyper", &Level::INFO));
    }

    #[test]
    fn other_modules_keep_the_usual_level() {
        assert_eq!(
            most(&[("RUST_LOG", "hyper=error")]),
            Some(LevelFilter::INFO)
        );
    }

    #[test]
    fn no_level_silences_the_gauges() {
        for text in ["off", "error", "metric=off"] {
            let env = Env::default().with("LOG_LEVEL", text);
            let levels = with_gauges(from_env(&env).unwrap());
            assert!(levels.would_enable(METRIC_TARGET, &Level::INFO), "{text}");
        }
        let quiet = with_gauges(from_env(&Env::default().with("LOG_LEVEL", "off")).unwrap());
        assert!(!quiet.would_enable("reconcile", &Level::ERROR));
    }

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for text in ["loud", "info,x=loud", "info,,warn"] {
            let env = Env::default().with("LOG_LEVEL", text);
            let words = from_env(&env).unwrap_err().to_string();
            let start = format!("LOG_LEVEL is `{text}`: a level is");
            assert!(words.starts_with(&start), "{words}");
        }
    }
}
