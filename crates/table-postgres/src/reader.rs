//! One session of a snapshot.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use postgres_client::Session;
use table_diff::{
    Cascade, Change, DatabaseError, ForeignKey, MarkStream, Reader, Reading, ShownRow,
};

use crate::fault::Place;
use crate::marks::Marks;
use crate::rows::Rows;

type Answer<'a, T> = BoxFuture<'a, Result<T, DatabaseError>>;

/// A session that sees the moment of its snapshot.
pub(crate) struct MomentReader {
    pub(crate) session: Session,
    pub(crate) place: Place,
}

impl MomentReader {
    fn rows<'a>(&'a self, reading: &'a Reading) -> Rows<'a> {
        Rows {
            session: &self.session,
            place: &self.place,
            reading,
        }
    }
}

impl Reader for MomentReader {
    fn marks<'a>(&'a mut self, reading: &'a Reading) -> Answer<'a, Box<dyn MarkStream + 'a>> {
        async {
            let marks = Marks::begin(&self.session, &self.place, reading).await?;
            Ok(Box::new(marks) as Box<dyn MarkStream + 'a>)
        }
        .boxed()
    }

    fn shown<'a>(
        &'a mut self,
        reading: &'a Reading,
        keys: &'a [Vec<u8>],
    ) -> Answer<'a, Vec<ShownRow>> {
        async move { self.rows(reading).shown(keys).await }.boxed()
    }

    fn whole<'a>(
        &'a mut self,
        reading: &'a Reading,
        keys: &'a [Vec<String>],
    ) -> Answer<'a, Vec<Change>> {
        async move { self.rows(reading).whole(keys).await }.boxed()
    }

    fn pointing<'a>(
        &'a mut self,
        reading: &'a Reading,
        key: &'a ForeignKey,
        keys: &'a [Vec<u8>],
    ) -> Answer<'a, u64> {
        async move { self.rows(reading).pointing(key, keys).await }.boxed()
    }

    fn below<'a>(
        &'a mut self,
        reading: &'a Reading,
        cascade: &'a Cascade,
        keys: &'a [Vec<u8>],
    ) -> Answer<'a, Vec<u64>> {
        async move { self.rows(reading).below(cascade, keys).await }.boxed()
    }
}
