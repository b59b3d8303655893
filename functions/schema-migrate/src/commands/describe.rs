//! `describe`: what `\d` shows, without a bastion.

use function_core::Exit;

use crate::context::Context;
use crate::error::CommandError;

/// Tells what `table` looks like.
pub(crate) async fn run(context: &Context, table: &str) -> Result<Exit, CommandError> {
    let session = context.reader().await?;
    let text = schema_catalog::describe(&session, table).await?;
    context.output.say(&text);
    Ok(Exit::Done)
}
