//! Advice on a file's statements, through squawk's rules.

use squawk_linter::{Linter, LinterSettings, Rule, Version, Violation};
use squawk_syntax::SourceFile;

use crate::{Mode, Position, SqlError, mode, part, split};

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct LintOptions {
    excluded: Vec<Rule>,
    is_down: bool,
    server_version: Option<u32>,
}

impl LintOptions {
    /// Everything but the rules in `names`, such as `prefer-text-field`.
    ///
    /// # Errors
    /// No rule has such a name.
    pub fn excluding<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownRule> {
        let rule = |name: &str| {
            Rule::try_from(name).map_err(|_| UnknownRule {
                name: name.to_owned(),
            })
        };
        let excluded = names.into_iter().map(rule).collect::<Result<_, _>>()?;
        Ok(Self {
            excluded,
            ..Self::default()
        })
    }

    /// Whether the file takes a migration back: then that it drops things is what it is for.
    #[must_use]
    pub fn for_down(self, is_down: bool) -> Self {
        Self { is_down, ..self }
    }

    /// The server's major version; 15 without.
    #[must_use]
    pub fn for_server(self, major: u32) -> Self {
        let server_version = Some(major);
        Self {
            server_version,
            ..self
        }
    }
}

/// A name that is no rule's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rule is called `{name}`: the rules are listed at https://squawkhq.com/docs/rules")]
pub struct UnknownRule {
    /// The name.
    pub name: String,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a thought.
    Advice,
    /// Blocks an application, breaks one that is running, or loses data.
    Danger,
    /// Will not be run.
    Refused,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, such as `require-concurrent-index-creation`.
    pub rule: String,
    /// Where it begins.
    pub position: Position,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do instead.
    pub help: Option<String>,
}

/// Rules that ask for what the runner does itself: it sets both timeouts, wraps a file in a transaction, and goes on at
/// the statement that failed in one without.
const DONE_BY_RUNNER: [Rule; 6] = [
    Rule::RequireLockTimeout,
    Rule::RequireStatementTimeout,
    Rule::RequireTimeoutSettings,
    Rule::PreferRobustStmts,
    Rule::TransactionNesting,
    Rule::BanUncommittedTransaction,
];

/// Rules against what a file that takes a migration back is for.
const PURPOSE_OF_DOWN: [Rule; 12] = [
    Rule::BanDropColumn,
    Rule::BanDropTable,
    Rule::BanDropConstraint,
    Rule::BanDropDefault,
    Rule::BanDropDomain,
    Rule::BanDropFunction,
    Rule::BanDropNotNull,
    Rule::BanDropSchema,
    Rule::BanDropSequence,
    Rule::BanDropTrigger,
    Rule::BanDropType,
    Rule::BanDropView,
];

/// Looks `text` over. `-- squawk-ignore RULE` above a statement and `-- squawk-ignore-file RULE` are heeded.
pub fn lint(text: &str, options: &LintOptions) -> Vec<Finding> {
    let mode = match mode(text) {
        Ok(mode) => mode,
        Err(error) => return vec![refused(&error)],
    };
    if let (Mode::NoTransaction(_), Some(error)) = (&mode, first_refused(text)) {
        return vec![refused(&error)];
    }
    let parse = SourceFile::parse(text);
    let mut findings: Vec<Finding> = parse
        .errors()
        .iter()
        .map(|error| unread(text, error))
        .collect();
    let mut excluded = [DONE_BY_RUNNER.as_slice(), &options.excluded].concat();
    if options.is_down {
        excluded.extend(PURPOSE_OF_DOWN);
    }
    let mut linter = Linter::with_rules(&[], &excluded);
    linter.settings = LinterSettings {
        pg_version: version(options.server_version),
        assume_in_transaction: matches!(mode, Mode::Transaction | Mode::Enclosed),
    };
    findings.extend(
        linter
            .lint(&parse, text)
            .into_iter()
            .map(|violation| finding(text, violation, options)),
    );
    findings.sort_by_key(|finding| finding.position);
    findings
}

fn version(major: Option<u32>) -> Version {
    major
        .and_then(|major| major.to_string().parse().ok())
        .unwrap_or_default()
}

fn finding(text: &str, violation: Violation, options: &LintOptions) -> Finding {
    Finding {
        rule: violation.code.to_string(),
        position: Position::of_byte(text, violation.text_range.start().into()),
        severity: severity(violation.code, options),
        message: violation.message,
        help: violation.help,
    }
}

fn severity(rule: Rule, options: &LintOptions) -> Severity {
    match rule {
        // Its table may well go with it: the text does not tell whose index it is.
        Rule::RequireConcurrentIndexDeletion if options.is_down => Severity::Advice,
        Rule::RequireConcurrentIndexCreation
        | Rule::RequireConcurrentIndexDeletion
        | Rule::RequireConcurrentPartitionDetach
        | Rule::RequireConcurrentReindex
        | Rule::ConstraintMissingNotValid
        | Rule::AddingFieldWithDefault
        | Rule::AddingForeignKeyConstraint
        | Rule::AddingNotNullableField
        | Rule::AddingRequiredField
        | Rule::AddingSerialPrimaryKeyField
        | Rule::ChangingColumnType
        | Rule::DisallowedUniqueConstraint
        | Rule::RenamingColumn
        | Rule::RenamingTable
        | Rule::RenamingObject
        | Rule::BanConcurrentIndexCreationInTransaction
        | Rule::BanDropColumn
        | Rule::BanDropDatabase
        | Rule::BanDropSchema
        | Rule::BanDropTable
        | Rule::BanTruncateCascade => Severity::Danger,
        _ => Severity::Advice,
    }
}

/// Squawk's grammar is not the server's: where it stumbles the server may not.
fn unread(text: &str, error: &squawk_syntax::syntax_error::SyntaxError) -> Finding {
    Finding {
        rule: "syntax-error".to_owned(),
        position: Position::of_byte(text, error.range().start().into()),
        severity: Severity::Advice,
        message: format!(
            "not understood here, though the server may: {}",
            error.message()
        ),
        help: None,
    }
}

/// What a file without a transaction may not hold.
fn first_refused(text: &str) -> Option<SqlError> {
    let statements = split(text).ok()?;
    statements
        .iter()
        .find_map(|statement| part(statement).err())
}

fn refused(error: &SqlError) -> Finding {
    let rule = match error {
        SqlError::MetaCommand { .. } => "psql-command",
        SqlError::CopyToClient { .. } => "copy-to-client",
        SqlError::Unterminated { .. } => "unterminated",
        SqlError::OwnTransaction { .. } => "own-transaction",
        SqlError::UnnamedIndex { .. } => "unnamed-concurrent-index",
        SqlError::DiscardAll { .. } => "discard-all",
    };
    Finding {
        rule: rule.to_owned(),
        position: Position {
            line: error.line(),
            column: 1,
        },
        severity: Severity::Refused,
        message: error.to_string(),
        help: None,
    }
}
