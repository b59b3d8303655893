//! Up to which line all is done, whatever the order in which the lines end.

use std::collections::{BTreeSet, HashMap};

use super::Place;

/// The lines under way of each file.
#[derive(Debug, Default)]
pub(super) struct Settled(HashMap<u32, Lines>);

#[derive(Debug, Default)]
struct Lines {
    last: u64,
    open: BTreeSet<u64>,
}

impl Settled {
    pub(super) fn sent(&mut self, place: Place) {
        let lines = self.0.entry(place.file).or_default();
        lines.last = lines.last.max(place.line);
        lines.open.insert(place.line);
    }

    pub(super) fn done(&mut self, place: Place) {
        if let Some(lines) = self.0.get_mut(&place.file) {
            lines.open.remove(&place.line);
        }
    }

    pub(super) fn of(&self, file: u32) -> u64 {
        self.0
            .get(&file)
            .map_or(0, |lines| match lines.open.first() {
                Some(first) => first.saturating_sub(1),
                None => lines.last,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: u64) -> Place {
        Place { file: 7, line }
    }

    #[test]
    fn nothing_is_settled_before_it_is_sent() {
        assert_eq!(Settled::default().of(7), 0);
    }

    #[test]
    fn a_line_under_way_holds_the_later_ones_back() {
        let mut settled = Settled::default();
        (1..=4).for_each(|line| settled.sent(place(line)));
        settled.done(place(2));
        settled.done(place(4));
        assert_eq!(settled.of(7), 0);
        settled.done(place(1));
        assert_eq!(settled.of(7), 2);
        settled.done(place(3));
        assert_eq!(settled.of(7), 4);
    }

    #[test]
    fn lines_left_out_and_other_files_do_not_matter() {
        let mut settled = Settled::default();
        settled.sent(Place { file: 1, line: 1 });
        settled.sent(place(500));
        settled.sent(place(900));
        settled.done(place(500));
        assert_eq!(settled.of(7), 899);
        settled.done(place(900));
        assert_eq!((settled.of(7), settled.of(1)), (900, 0));
    }

    /// The truth, the slow way: the highest line such that all sent lines up to it are done.
    fn truth(sent: &[u64], done: &[u64]) -> u64 {
        let open: Vec<_> = sent.iter().filter(|line| !done.contains(line)).collect();
        let last = sent.iter().max().copied().unwrap_or(0);
        open.into_iter().min().map_or(last, |first| first - 1)
    }

    #[test]
    fn it_is_exact_in_any_order_of_ends() {
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..200 {
            let mut settled = Settled::default();
            let (mut sent, mut done, mut line) = (Vec::new(), Vec::new(), 0);
            for _ in 0..60 {
                if random.bool() {
                    line += random.u64(1..4);
                    settled.sent(place(line));
                    sent.push(line);
                } else if let Some(line) = random.choice(sent.clone()) {
                    settled.done(place(line));
                    done.push(line);
                }
                assert_eq!(settled.of(7), truth(&sent, &done));
            }
        }
    }
}
