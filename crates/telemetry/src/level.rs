//! Which events are logged.

use function_core::{ConfigError, Env, Settings};
use tracing_subscriber::filter::{LevelFilter, Targets};

const RULE: &str =
    "a level is error, warn, info, debug, trace or off; by module it is info,module=debug";

/// The filter that the environment asks for.
pub(crate) fn from_env(env: &Env) -> Result<Targets, ConfigError> {
    let mut settings = Settings::new(env);
    let usual = Targets::new().with_default(LevelFilter::INFO);
    let wanted = ["AWS_LAMBDA_LOG_LEVEL", "LOG_LEVEL", "RUST_LOG"]
        .into_iter()
        .find_map(|name| Some((name, settings.optional(name)?)));
    let level = match wanted {
        None => usual,
        // Lambda's highest level, which tracing does not know.
        Some((_, "FATAL")) => Targets::new().with_default(LevelFilter::ERROR),
        Some((name, text)) => text.parse().unwrap_or_else(|_| {
            settings.refuse(name, RULE);
            usual
        }),
    };
    settings.finish()?;
    Ok(level)
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
    fn a_word_that_is_no_level_is_refused() {
        let env = Env::default().with("LOG_LEVEL", "info,x=loud");
        let words = from_env(&env).unwrap_err().to_string();
        assert!(
            words.starts_with("LOG_LEVEL is `info,x=loud`: a level is"),
            "{words}"
        );
    }
}
