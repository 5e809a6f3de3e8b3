//! Sets of positions as sorted ranges: what is ready of an array of ten million tasks costs a few bytes as long as it
//! is a stretch.

use std::collections::BTreeMap;
use std::ops::Range;

/// Positions as disjoint, non-adjacent ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges {
    /// First position to the one after the last.
    ends: BTreeMap<u32, u32>,
    count: u64,
}

impl Ranges {
    /// Number of positions.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn contains(&self, position: u32) -> bool {
        let before = self.ends.range(..=position).next_back();
        before.is_some_and(|(_, end)| position < *end)
    }

    /// Number of stretches, which is what it costs.
    #[cfg(test)]
    pub(crate) fn stretch_count(&self) -> usize {
        self.ends.len()
    }

    /// The ranges, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.ends.iter().map(|(start, end)| *start..*end)
    }

    /// The ranges that have something in common with `range`, ascending.
    pub(crate) fn overlapping(&self, range: Range<u32>) -> impl Iterator<Item = Range<u32>> + '_ {
        let before = self.ends.range(..=range.start).next_back().map_or(range.start, |(start, _)| *start);
        let near = self.ends.range(before..range.end.max(before)).map(|(start, end)| *start..*end);
        near.filter(move |near| near.end > range.start)
    }

    /// Adds the positions that are not there yet.
    pub(crate) fn insert(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        let Range { mut start, mut end } = range;
        if let Some((&before, &until)) = self.ends.range(..=start).next_back()
            && until >= start
        {
            start = before;
            end = end.max(until);
        }
        while let Some((&next, &until)) = self.ends.range(start..=end).next() {
            self.ends.remove(&next);
            self.count -= u64::from(until - next);
            end = end.max(until);
        }
        self.count += u64::from(end - start);
        self.ends.insert(start, end);
    }

    /// Takes away the positions that are there, and says how many that were.
    pub(crate) fn remove(&mut self, range: Range<u32>) -> u64 {
        let before = self.count;
        while let Some((&start, &end)) = self.ends.range(..range.end).next_back()
            && end > range.start
            && !range.is_empty()
        {
            self.ends.remove(&start);
            self.count -= u64::from(end - start);
            if end > range.end {
                self.put(range.end..end);
            }
            if start < range.start {
                self.put(start..range.start);
            }
        }
        before - self.count
    }

    /// Takes the first stretch of at most `most` positions.
    pub(crate) fn take(&mut self, most: u32) -> Option<Range<u32>> {
        if most == 0 {
            return None;
        }
        let (start, end) = self.ends.pop_first()?;
        let split = end.min(start.saturating_add(most));
        self.count -= u64::from(end - start);
        if split < end {
            self.put(split..end);
        }
        Some(start..split)
    }

    /// Adds a range that touches no other.
    fn put(&mut self, range: Range<u32>) {
        self.count += u64::from(range.end - range.start);
        self.ends.insert(range.start, range.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(Range<u32>),
        Remove(Range<u32>),
        Take(u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        let range = (0u32..40, 0u32..9).prop_map(|(start, width)| start..start + width);
        prop_oneof![
            range.clone().prop_map(Step::Insert),
            range.prop_map(Step::Remove),
            (0u32..5).prop_map(Step::Take),
        ]
    }

    fn apply(step: Step, ranges: &mut Ranges, model: &mut BTreeSet<u32>) {
        match step {
            Step::Insert(range) => {
                model.extend(range.clone());
                ranges.insert(range);
            }
            Step::Remove(range) => {
                let gone = range.clone().filter(|position| model.remove(position)).count();
                assert_eq!(ranges.remove(range), gone as u64);
            }
            Step::Take(most) => {
                let taken: Vec<u32> = ranges.take(most).into_iter().flatten().collect();
                let expected: Vec<u32> = model.iter().copied().take(taken.len()).collect();
                assert_eq!(taken, expected);
                assert_eq!(taken.is_empty(), most == 0 || model.is_empty());
                model.retain(|position| !taken.contains(position));
            }
        }
    }

    proptest! {
        #[test]
        fn it_is_a_set(steps in proptest::collection::vec(step(), 0..60)) {
            let (mut ranges, mut model) = (Ranges::default(), BTreeSet::new());
            for step in steps {
                apply(step, &mut ranges, &mut model);
                prop_assert_eq!(ranges.iter().flatten().collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(ranges.count(), model.len() as u64);
                prop_assert!((0..50).all(|position| ranges.contains(position) == model.contains(&position)));
                let separate = ranges.iter().zip(ranges.iter().skip(1)).all(|(a, b)| a.end < b.start);
                prop_assert!(separate, "ranges that touch are one");
            }
        }
    }
}
