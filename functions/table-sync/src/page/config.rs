//! The settings of the page.

use function_core::{Secret, Settings};
use table_diff::Language;

use crate::login::LoginConfig;
use crate::page::language;

/// What signs forms is at least as hard to guess as this many characters.
const SECRET_CHARACTERS_MIN: usize = 16;

/// The settings of the page.
#[derive(Clone, Debug)]
pub struct PageConfig {
    /// How it is known who looks at the page.
    pub login: LoginConfig,
    /// `APPROVERS`: the e-mails of the people who may compare, tick, approve and undo, with commas between them. Default all who log in.
    pub approvers: Approvers,
    /// `PAGE_SECRET_FILE` or `PAGE_SECRET`: what signs forms, at least 16 characters, the same on all instances. Default a key of the process, which
    /// is enough for one instance.
    pub secret: Option<Secret>,
    /// `PAGE_LANGUAGE`: `ja` or `en`, where a visitor has not chosen. Default what the browser would like.
    pub language: Option<Language>,
}

/// Who may do more than look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvers(Vec<String>);

impl Approvers {
    /// Whether `person` may do more than look.
    pub fn has(&self, person: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|approver| approver == person)
    }
}

impl PageConfig {
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            login: LoginConfig::read(settings),
            approvers: approvers(settings),
            secret: secret(settings),
            language: language(settings),
        }
    }
}

fn approvers(settings: &mut Settings<'_>) -> Approvers {
    let people = settings.list("APPROVERS");
    if people.iter().any(|person| !person.contains('@')) {
        settings.refuse("APPROVERS", "e-mails with commas between them");
    }
    Approvers(people.iter().map(|person| person.to_lowercase()).collect())
}

fn secret(settings: &mut Settings<'_>) -> Option<Secret> {
    let secret = settings.secret("PAGE_SECRET")?;
    if secret.expose().chars().count() < SECRET_CHARACTERS_MIN {
        settings.refuse_secret("PAGE_SECRET", "it has at least 16 characters");
    }
    Some(secret)
}

fn language(settings: &mut Settings<'_>) -> Option<Language> {
    let language = language::parse(settings.optional("PAGE_LANGUAGE")?);
    if language.is_none() {
        settings.refuse("PAGE_LANGUAGE", "ja or en");
    }
    language
}

#[cfg(test)]
mod tests {
    use function_core::{ConfigError, Env};

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<PageConfig, ConfigError> {
        let env: Env = pairs.iter().copied().collect();
        let mut settings = Settings::new(&env);
        let config = PageConfig::read(&mut settings);
        settings.finish().map(|()| config)
    }

    #[test]
    fn nothing_set_is_a_page_to_look_at() {
        let config = read(&[]).unwrap();
        assert!(matches!(config.login, LoginConfig::Nobody));
        assert_eq!(config.language, None);
    }

    #[test]
    fn approvers_are_known_in_lower_case() {
        let config = read(&[("APPROVERS", "Hana@Example.jp, ken@example.jp")]).unwrap();
        assert!(config.approvers.has("hana@example.jp"));
        assert!(!config.approvers.has("eve@example.jp"));
        assert!(Approvers::default().has("eve@example.jp"));
    }

    #[test]
    fn every_fault_is_named_and_no_secret_is_shown() {
        let words = read(&[
            ("LOGIN_HEADER", "x-email"),
            ("LOGIN_SECRET", "s3cr3t"),
            ("APPROVERS", "hana"),
            ("PAGE_SECRET", "s3cr3t"),
            ("PAGE_LANGUAGE", "fr"),
        ])
        .unwrap_err()
        .to_string();
        assert_eq!(
            words,
            "LOGIN_SECRET is `(hidden)`: it has at least 16 characters; \
             APPROVERS is `hana`: e-mails with commas between them; \
             PAGE_SECRET is `(hidden)`: it has at least 16 characters; \
             PAGE_LANGUAGE is `fr`: ja or en"
        );
    }

    #[test]
    fn a_login_without_its_proof_and_two_logins_are_refused() {
        let words = |pairs: &[(&str, &str)]| read(pairs).unwrap_err().to_string();
        assert!(
            words(&[("LOGIN_HEADER", "x-email")]).starts_with("LOGIN_SECRET is not set"),
            "without it anybody could be anybody"
        );
        let both = [
            ("LOGIN_HEADER", "x-email"),
            ("IAP_AUDIENCE", "/projects/1/x"),
        ];
        assert!(words(&both).contains("there is one login"));
        assert!(words(&[("IAP_AUDIENCE", "page")]).contains("/projects/NUMBER/"));
        assert!(words(&[("LOGIN_HEADER", "x e")]).contains("the name of a header"));
    }
}
