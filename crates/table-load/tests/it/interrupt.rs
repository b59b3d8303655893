//! A load that is dropped at any moment has changed everything or nothing.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use table_load::{LoadPlan, Mode};
use tokio::time::timeout;

use crate::place::Place;
use crate::tables::{Row, customers, load, orders, plan, rows};

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_load_into_postgres_dropped_at_any_await_changes_everything_or_nothing() {
    hold(&Place::postgres().await).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_load_into_sqlite_dropped_at_any_await_changes_everything_or_nothing() {
    hold(&Place::sqlite()).await;
}

async fn hold(place: &Place) {
    let plan = plan(Mode::Replace, vec![customers(), orders()]);
    let old = [rows(&[["1", "old", "1"]]), rows(&[["10", "1", "old"]])];
    let text = "x".repeat(200);
    let id = |id: usize| Some(id.to_string());
    let new = [
        (1..9).map(|row| vec![id(row), id(row), id(row)]).collect(),
        (1..3000)
            .map(|row| vec![id(row), id(row), Some(text.clone())])
            .collect(),
    ];
    load(&place.database(), &plan, &old).await.unwrap();
    let begun = Instant::now();
    load(&place.database(), &plan, &new).await.unwrap();
    let step = begun.elapsed() / MOMENTS;
    load(&place.database(), &plan, &old).await.unwrap();
    for drop_at in [Drop::AtWait, Drop::After(step)] {
        let mut moment = 0;
        while !ends_before(drop_at, moment, place, &plan, &new).await {
            let found = contents(place).await;
            // Not assert_eq: it would print thousands of rows.
            assert!(found == old || found == new, "{drop_at:?} {moment}");
            moment += 1;
            if found == new {
                load(&place.database(), &plan, &old).await.unwrap();
            }
        }
        assert!(contents(place).await == new);
        assert!(moment > 0, "the load never waited");
        load(&place.database(), &plan, &old).await.unwrap();
    }
}

/// How many moments a load is dropped at, one after the other, if it takes as long each time.
const MOMENTS: u32 = 40;

#[derive(Clone, Copy, Debug)]
enum Drop {
    AtWait,
    /// After so many times this.
    After(Duration),
}

/// Drops a load at a moment; whether it had ended by then.
async fn ends_before(
    drop_at: Drop,
    moment: u32,
    place: &Place,
    plan: &LoadPlan,
    tables: &[Vec<Row>],
) -> bool {
    let database = place.database();
    let future = Box::pin(load(&database, plan, tables));
    let ended = match drop_at {
        Drop::AtWait => {
            Dropped {
                future,
                waits: moment,
            }
            .await
        }
        Drop::After(step) => timeout(moment * step, future).await.ok(),
    };
    place.settle().await;
    ended.map(Result::unwrap).is_some()
}

async fn contents(place: &Place) -> [Vec<Row>; 2] {
    [
        place.query(r#"SELECT * FROM "customers" ORDER BY 1"#).await,
        place
            .query(r#"SELECT * FROM "customers__orders" ORDER BY 1"#)
            .await,
    ]
}

/// A future that gives up after some waits.
struct Dropped<F> {
    future: Pin<Box<F>>,
    waits: u32,
}

impl<F: Future> Future for Dropped<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.waits == 0 => Poll::Ready(None),
            Poll::Pending => {
                self.waits -= 1;
                Poll::Pending
            }
        }
    }
}
