//! What a statement does to columns and domains, told by its words.

use migration_sql::Name;
use squawk_syntax::ast::{
    AddColumn, AlterColumn, AlterColumnOption, AlterDomain, AlterDomainAction, AlterTable,
    AlterTableAction, AstNode, Constraint, GeneratedAs, NameLike as _, Path, PathRef, PathSegment,
    PathSegmentRef, Stmt,
};
use squawk_syntax::{SourceFile, SyntaxNode};

/// A change after which a column or a table is not what it was, or that asks something of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// A column has another name.
    Renamed {
        table: Name,
        from: String,
        to: String,
    },
    /// A column is gone.
    Dropped { table: Name, column: String },
    /// A column has other values: another type, another expression.
    Changed { table: Name, column: String },
    /// A column's values are computed from the row, which may fail.
    Generated {
        table: Name,
        column: String,
        data_type: String,
        expression: String,
    },
    /// A table is made with rows in it.
    Filled { table: Name },
    /// A domain is made.
    DomainMade { domain: Name },
    /// A domain asks something of every value.
    DomainAsks { domain: Name, rule: DomainRule },
}

/// What a domain asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DomainRule {
    NotNull,
    /// Of `VALUE`, as SQL.
    Check(String),
    /// A constraint that was made without looking at the rows.
    Validate,
}

/// What the statement `text` changes, in order.
pub(super) fn changes(text: &str) -> Vec<Change> {
    let file = SourceFile::parse(text).tree();
    match file.stmts().next() {
        Some(Stmt::AlterTable(alter)) => of_table(&alter),
        Some(Stmt::AlterDomain(alter)) => of_domain(&alter).into_iter().collect(),
        Some(Stmt::CreateDomain(create)) => name(create.syntax())
            .map(|domain| Change::DomainMade { domain })
            .into_iter()
            .collect(),
        Some(Stmt::CreateTableAs(create)) => filled(create.syntax()),
        Some(Stmt::SelectInto(select)) => select
            .syntax()
            .descendants()
            .find_map(squawk_syntax::ast::IntoClause::cast)
            .map(|into| filled(into.syntax()))
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn filled(node: &SyntaxNode) -> Vec<Change> {
    let table = name(node).map(|table| Change::Filled { table });
    table.into_iter().collect()
}

fn of_table(alter: &AlterTable) -> Vec<Change> {
    let relation = alter.table_relation_name();
    let Some(table) = relation.and_then(|relation| name(relation.syntax())) else {
        return Vec::new();
    };
    let actions = alter.actions();
    actions
        .filter_map(|action| of_action(&table, &action))
        .collect()
}

fn of_action(table: &Name, action: &AlterTableAction) -> Option<Change> {
    let table = table.clone();
    match action {
        AlterTableAction::RenameColumn(rename) => Some(Change::Renamed {
            table,
            from: rename.column_name_ref()?.text(),
            to: rename.column_name()?.text(),
        }),
        AlterTableAction::DropColumn(drop) => Some(Change::Dropped {
            table,
            column: drop.column_name_ref()?.text(),
        }),
        AlterTableAction::AlterColumn(alter) => changed(table, alter),
        AlterTableAction::AddColumn(add) => generated(table, add),
        _ => None,
    }
}

fn changed(table: Name, alter: &AlterColumn) -> Option<Change> {
    let changes = matches!(
        alter.option()?,
        AlterColumnOption::SetType(_) | AlterColumnOption::SetExpression(_)
    );
    let column = alter.column_name_ref()?.text();
    changes.then_some(Change::Changed { table, column })
}

/// A `VIRTUAL` column is computed when it is read, so adding it reads no row.
fn generated(table: Name, add: &AddColumn) -> Option<Change> {
    let stored = add.constraints().find_map(|constraint| match constraint {
        Constraint::GeneratedConstraint(generated) => match generated.generated_as()? {
            GeneratedAs::GeneratedStored(stored) => Some(stored),
            GeneratedAs::GeneratedIdentity(_) => None,
        },
        _ => None,
    })?;
    let is_virtual = sql(stored.syntax())
        .to_ascii_uppercase()
        .ends_with("VIRTUAL");
    let change = Change::Generated {
        table,
        column: add.column_name()?.text(),
        data_type: sql(add.ty()?.syntax()),
        expression: sql(stored.expr()?.syntax()),
    };
    (!is_virtual).then_some(change)
}

fn of_domain(alter: &AlterDomain) -> Option<Change> {
    let domain = name(alter.domain_ref()?.syntax())?;
    let rule = match alter.action()? {
        AlterDomainAction::SetNotNull(_) => DomainRule::NotNull,
        AlterDomainAction::ValidateConstraint(_) => DomainRule::Validate,
        AlterDomainAction::AddConstraint(add) => match add.constraint()? {
            constraint if constraint.is_not_valid() => return None,
            Constraint::CheckConstraint(check) => DomainRule::Check(sql(check.expr()?.syntax())),
            Constraint::NotNullConstraint(_) => DomainRule::NotNull,
            _ => return None,
        },
        _ => return None,
    };
    Some(Change::DomainAsks { domain, rule })
}

/// The first name in `node`; of one with a database before the schema the last two parts count.
fn name(node: &SyntaxNode) -> Option<Name> {
    let is_path = |node: &SyntaxNode| Path::can_cast(node.kind()) || PathRef::can_cast(node.kind());
    let path = node.descendants().find(is_path)?;
    let mut parts: Vec<String> = path.descendants().filter_map(part).collect();
    let name = parts.pop()?;
    let schema = parts.pop();
    Some(Name { schema, name })
}

fn part(node: SyntaxNode) -> Option<String> {
    let of_name = PathSegment::cast(node.clone()).map(|segment| segment.text());
    of_name.or_else(|| PathSegmentRef::cast(node).map(|segment| segment.text()))
}

fn sql(node: &SyntaxNode) -> String {
    node.text().to_string().trim().to_owned()
}
