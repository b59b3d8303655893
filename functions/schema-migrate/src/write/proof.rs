//! That new files do what they are for.

use migration_folder::File;
use postgres_client::Session;
use schema_catalog::{Catalog, Difference, Filter};

use super::WriteError;
use super::files::Pair;
use crate::difference;
use crate::replay::replay;

/// Runs every up file in `session`, whose schema is `before`: it has to become `wanted`. Then runs every down file: each
/// has to bring back the schema from before its up file.
pub(super) async fn prove(
    session: &Session,
    filter: &Filter,
    before: Catalog,
    wanted: &Catalog,
    migrations: &[Pair],
) -> Result<(), WriteError> {
    let mut states = vec![before];
    for migration in migrations {
        let up = migration.up();
        run(session, &up).await?;
        states.push(Catalog::read(session, filter).await?);
    }
    if let Some(reached) = states.pop() {
        same(&reached.differences(wanted), || {
            "the up files do not lead to the declared schema".to_owned()
        })?;
    }
    for (migration, before) in migrations.iter().zip(&states).rev() {
        let down = migration.down();
        run(session, &down).await?;
        let reached = Catalog::read(session, filter).await?;
        same(&reached.differences(before), || {
            format!("{} does not lead back", down.name())
        })?;
    }
    Ok(())
}

/// Where nothing is to be written, the two schemas have to be one.
pub(super) fn equal(before: &Catalog, wanted: &Catalog) -> Result<(), WriteError> {
    same(&before.differences(wanted), || {
        "no statement is known for what differs".to_owned()
    })
}

async fn run(session: &Session, file: &File) -> Result<(), WriteError> {
    replay(session, &[file])
        .await
        .map_err(WriteError::Unrunnable)
}

fn same(differences: &[Difference], what: impl FnOnce() -> String) -> Result<(), WriteError> {
    if differences.is_empty() {
        return Ok(());
    }
    Err(WriteError::Unproven {
        what: what(),
        differences: difference::shown(differences),
    })
}
