//! Taking results of other stores into the memo table, and dropping results from it.

use super::{Refused, wrong};
use crate::Core;
use crate::action::Action;
use crate::record::Record;
use godwit_common::limits::{
    IMPORTED_AT_ONCE_MAX, NAME_CHARACTERS_MAX, PATH_BYTES_MAX, VALUE_BYTES_MAX, VALUE_INLINE_BYTES_MAX,
};
use godwit_common::memo::{Exported, MemoKey, PruneFilter, Value};
use std::collections::BTreeSet;

impl Core {
    /// Takes in those results that are new, and says how many that were.
    pub(crate) fn import(
        &mut self,
        source: &str,
        results: Vec<Exported>,
        out: &mut Vec<Action>,
    ) -> Result<u64, Refused> {
        if results.len() > IMPORTED_AT_ONCE_MAX {
            let count = results.len();
            return Err(wrong(format!(
                "{count} results in one request are more than {IMPORTED_AT_ONCE_MAX}; send them in several"
            )));
        }
        if source.is_empty() || source.len() > PATH_BYTES_MAX {
            return Err(wrong(format!("the source of results has between 1 and {PATH_BYTES_MAX} bytes")));
        }
        if let Some(fault) = results.iter().find_map(fault) {
            return Err(wrong(format!("a result of {source} cannot be taken in: {fault}")));
        }
        let mut seen: BTreeSet<(MemoKey, String)> = BTreeSet::new();
        let mut new: Vec<Exported> = Vec::new();
        for mut result in results {
            result.origin.source = Some(source.to_owned());
            let identity = (result.memo.key.unwrap_or(MemoKey([0; 32])), format!("{:?}", result.origin));
            if seen.insert(identity) && !self.state.has_result(&result) {
                new.push(self.with_blob(result, out));
            }
        }
        let count = new.len() as u64;
        if count > 0 {
            self.decide(Record::Imported { results: new, at: self.now }, out);
        }
        Ok(count)
    }

    /// A large value becomes an object of its own.
    fn with_blob(&mut self, mut result: Exported, out: &mut Vec<Action>) -> Exported {
        if let Some(Value::Inline(text)) = &result.memo.value
            && text.len() > VALUE_INLINE_BYTES_MAX
        {
            let text = text.clone();
            result.memo.value = Some(self.keep_blob(text, out));
        }
        result
    }

    /// Drops results, and says how many that were.
    pub(crate) fn prune(&mut self, filter: PruneFilter, dry_run: bool, out: &mut Vec<Action>) -> u64 {
        let count = self.state.count_results(&filter);
        if count > 0 && !dry_run {
            self.decide(Record::Pruned { filter, at: self.now }, out);
        }
        count
    }
}

/// What is wrong with a result of another store.
fn fault(result: &Exported) -> Option<String> {
    let Exported { memo, origin } = result;
    let long = |name: &str| name.chars().count() > NAME_CHARACTERS_MAX;
    if memo.key.is_none() {
        return Some(format!("that of {origin} has no key"));
    }
    if long(&origin.group) || long(&origin.workflow_name) {
        return Some("the name of who made it is too long".to_owned());
    }
    match &memo.value {
        Some(Value::Inline(text)) if text.len() > VALUE_BYTES_MAX => {
            Some(format!("the value of {origin} is longer than {VALUE_BYTES_MAX} bytes"))
        }
        _ => None,
    }
}
