//! Roles, which belong to a server and not to a database: `GRANT … TO app` needs the role `app`.

use postgres_client::{Session, quote_identifier};

use crate::check::CheckError;

/// Makes the database's roles at a server of our own, where nobody can log in as one.
pub(super) async fn copy(session: &Session, stage: &Session) -> Result<(), CheckError> {
    let there = names(stage).await?;
    let create: Vec<_> = names(session)
        .await?
        .into_iter()
        .filter(|role| !there.contains(role))
        .map(|role| format!("CREATE ROLE {};\n", quote_identifier(&role)))
        .collect();
    stage
        .batch_execute(&create.concat())
        .await
        .map_err(CheckError::query("making roles"))
}

async fn names(session: &Session) -> Result<Vec<String>, CheckError> {
    const ROLES: &str = "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'";
    let failed = CheckError::query("reading roles");
    let rows = session.query_typed(ROLES, &[]).await.map_err(&failed)?;
    rows.iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()
        .map_err(failed)
}
