//! What may happen, drawn at random.

use proptest::collection::vec;
use proptest::prelude::*;

/// An app, its settings, and what happens in each night.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) records: u64,
    pub(super) windows: u32,
    pub(super) written: Written,
    pub(super) nights: Vec<Vec<Delivery>>,
}

/// What a run writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    CsvAlone,
    Both { incremental: bool, load: bool },
}

/// One delivery of the night's message.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    /// Seconds since the delivery before; a lease lasts 90.
    pub(super) after_seconds: i64,
    /// Whether those who stand still go on now.
    pub(super) wakes_sleepers: bool,
    pub(super) edits: Vec<Edit>,
    /// Edits before the n-th request for records.
    pub(super) meanwhile: Vec<(usize, Edit)>,
    /// What is wrong with the n-th request to Kintone.
    pub(super) kintone: Vec<(usize, Trouble)>,
    /// What is wrong with the n-th step of the store.
    pub(super) store: Vec<(usize, Mishap)>,
    pub(super) end: End,
}

/// A change of the app's records; a number picks one of those that are there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edit {
    Update(usize),
    Delete(usize),
    Insert,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    Throttled,
    Gateway,
    Locked,
    Html,
    NotJson,
    Cut,
    CutAfter(usize),
    /// All requests from here on.
    Away,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Mishap {
    /// The line is cut; after a publication that is the loss of the answer.
    Cut,
    DiskFull,
    /// Somebody else wrote the object first, as the service says.
    Lost,
}

/// How the process ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    ByItself,
    /// It is killed before the n-th step of the store.
    Killed(usize),
    /// Its work is dropped after so many wake-ups, which gives the lease back.
    Cancelled(usize),
    /// It stands still before the n-th step of the store, or soon after.
    StandsStill(usize),
}

/// Steps of the store in a whole run, and some.
const STEPS: usize = 64;

/// Requests in a whole run, and some.
const REQUESTS: usize = 16;

pub(super) fn scripts() -> impl Strategy<Value = Script> {
    let records = prop_oneof![6 => 200..500_u64, 1 => 500..1_500_u64];
    let written = prop_oneof![
        1 => Just(Written::CsvAlone),
        5 => any::<(bool, bool)>().prop_map(|(incremental, load)| Written::Both { incremental, load }),
    ];
    let nights = vec(vec(delivery(), 0..4), 1..3);
    (records, 1..=4_u32, written, nights).prop_map(|(records, windows, written, nights)| Script {
        records,
        windows,
        written,
        nights,
    })
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let after = prop_oneof![Just(0), Just(60), Just(100)];
    let edits = vec(edit(), 0..4);
    let meanwhile = vec((1..REQUESTS, edit()), 0..3);
    let kintone = vec((1..REQUESTS, trouble()), 0..3);
    let store = vec((1..STEPS, mishap()), 0..2);
    let parts = (
        after,
        any::<bool>(),
        edits,
        meanwhile,
        kintone,
        store,
        end(),
    );
    parts.prop_map(
        |(after_seconds, wakes_sleepers, edits, meanwhile, kintone, store, end)| Delivery {
            after_seconds,
            wakes_sleepers,
            edits,
            meanwhile,
            kintone,
            store,
            end,
        },
    )
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => any::<u16>().prop_map(|pick| Edit::Update(pick.into())),
        2 => any::<u16>().prop_map(|pick| Edit::Delete(pick.into())),
        2 => Just(Edit::Insert),
    ]
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        Just(Trouble::Throttled),
        Just(Trouble::Gateway),
        Just(Trouble::Locked),
        Just(Trouble::Html),
        Just(Trouble::NotJson),
        Just(Trouble::Cut),
        (1..2_000_usize).prop_map(Trouble::CutAfter),
        Just(Trouble::Away),
    ]
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        4 => Just(Mishap::Cut),
        1 => Just(Mishap::DiskFull),
        2 => Just(Mishap::Lost),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        2 => Just(End::ByItself),
        2 => (1..STEPS).prop_map(End::Killed),
        1 => (1..60_usize).prop_map(End::Cancelled),
        3 => (1..STEPS).prop_map(End::StandsStill),
    ]
}
