//! The session of a snapshot, lent to whoever reads.

use futures_util::future::{BoxFuture, FutureExt as _};
use table_diff::{
    Cascade, Change, DatabaseError, ForeignKey, MarkStream, Reader, Reading, ShownRow,
};
use tokio::sync::OwnedMutexGuard;

use crate::marks::Marks;
use crate::rows::AsOf;
use crate::session::Session;
use crate::{below, pointing, rows};

type Answer<'a, T> = BoxFuture<'a, Result<T, DatabaseError>>;

/// The snapshot's one session; dropping it gives it back.
pub(crate) struct MySqlReader(pub(crate) OwnedMutexGuard<Session>);

impl Reader for MySqlReader {
    fn marks<'a>(&'a mut self, reading: &'a Reading) -> Answer<'a, Box<dyn MarkStream + 'a>> {
        async move {
            let marks = Marks::begin(&mut self.0, reading).await?;
            Ok(Box::new(marks) as Box<dyn MarkStream + 'a>)
        }
        .boxed()
    }

    fn shown<'a>(
        &'a mut self,
        reading: &'a Reading,
        keys: &'a [Vec<u8>],
    ) -> Answer<'a, Vec<ShownRow>> {
        rows::shown(&mut self.0, reading, keys, AsOf::Moment).boxed()
    }

    fn whole<'a>(
        &'a mut self,
        reading: &'a Reading,
        keys: &'a [Vec<String>],
    ) -> Answer<'a, Vec<Change>> {
        rows::whole(&mut self.0, reading, keys).boxed()
    }

    fn pointing<'a>(
        &'a mut self,
        reading: &'a Reading,
        key: &'a ForeignKey,
        keys: &'a [Vec<u8>],
    ) -> Answer<'a, u64> {
        pointing::count(&mut self.0, reading, key, keys).boxed()
    }

    fn below<'a>(
        &'a mut self,
        reading: &'a Reading,
        cascade: &'a Cascade,
        keys: &'a [Vec<u8>],
    ) -> Answer<'a, Vec<u64>> {
        below::count(&mut self.0, reading, cascade, keys).boxed()
    }
}
