//! Where to listen, and which function is wanted.

use function_core::{ConfigError, Env, Settings};

/// What a function takes and gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// A request in, a response out.
    Http,
    /// An event in, an outcome out. The contract calls it `cloudevent`; `event` means the same.
    CloudEvent,
    /// JSON in, JSON out.
    Typed,
}

/// The contract's settings, for a binary that holds one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `PORT`: the TCP port to listen on, up to 65535; 0 lets the system choose. Default 8080.
    pub port: u16,
}

impl Config {
    /// Reads `PORT`, and checks that `FUNCTION_TARGET` and `FUNCTION_SIGNATURE_TYPE`, where they
    /// are set, ask for the function that the binary holds: `name` with `signature`.
    ///
    /// # Errors
    /// A port that is none, or a request for another function.
    pub fn from_env(env: &Env, name: &str, signature: Signature) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(env);
        let port = settings.parsed_or("PORT", 8080, "a port is 0 to 65535");
        if settings
            .optional("FUNCTION_TARGET")
            .is_some_and(|target| target != name)
        {
            settings.refuse(
                "FUNCTION_TARGET",
                &format!("this program holds only `{name}`"),
            );
        }
        let wanted = settings.optional("FUNCTION_SIGNATURE_TYPE");
        if wanted.is_some_and(|wanted| !signature.names().contains(&wanted)) {
            let rule = format!("`{name}` is a function of type `{}`", signature.names()[0]);
            settings.refuse("FUNCTION_SIGNATURE_TYPE", &rule);
        }
        settings.finish()?;
        Ok(Self { port })
    }
}

impl Signature {
    /// The names that the contract gives it, the usual one first.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Http => &["http"],
            Self::CloudEvent => &["cloudevent", "event"],
            Self::Typed => &["typed"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let env = pairs.iter().copied().collect();
        Config::from_env(&env, "kintone-export", Signature::CloudEvent)
    }

    #[test]
    fn nothing_set_means_port_8080() {
        assert_eq!(read(&[]).unwrap().port, 8080);
    }

    #[test]
    fn a_request_for_this_function_is_served() {
        let env = [
            ("PORT", "9000"),
            ("FUNCTION_TARGET", "kintone-export"),
            ("FUNCTION_SIGNATURE_TYPE", "event"),
        ];
        assert_eq!(read(&env).unwrap().port, 9000);
    }

    #[test]
    fn every_fault_is_named() {
        let env = [
            ("PORT", "70000"),
            ("FUNCTION_TARGET", "other"),
            ("FUNCTION_SIGNATURE_TYPE", "http"),
        ];
        assert_eq!(
            read(&env).unwrap_err().to_string(),
            "PORT is `70000`: a port is 0 to 65535; \
             FUNCTION_TARGET is `other`: this program holds only `kintone-export`; \
             FUNCTION_SIGNATURE_TYPE is `http`: `kintone-export` is a function of type `cloudevent`"
        );
    }
}
