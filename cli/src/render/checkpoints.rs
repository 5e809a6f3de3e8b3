//! Checkpoints: the list of them, one of them, and what was found wrong. The types are also the JSON.

use super::paint::Tone;
use super::table::{Cell, Table, one_line};
use super::units::{Count, Plural, Utc};
use crate::console::Look;
use godwit_common::ids::{Epoch, Sequence};
use godwit_common::size::Size;
use godwit_common::time::Time;
use serde::Serialize;
use std::fmt::Write;

/// The checkpoints of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CheckpointList {
    /// URL of the store.
    pub(crate) store: String,
    /// The newest last.
    pub(crate) checkpoints: Vec<Checkpoint>,
    /// How many older ones are not shown.
    pub(crate) left_out: u64,
    /// Of all, shown or not.
    pub(crate) total: Total,
}

/// Sums over objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Total {
    pub(crate) objects: u64,
    pub(crate) records: u64,
    /// Of records, before compression.
    pub(crate) bytes: u64,
    pub(crate) stored_bytes: u64,
    pub(crate) contents: Contents,
}

/// One object of the log, or a base with its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Checkpoint {
    /// Its key.
    pub(crate) key: String,
    /// `increment`, `seal`, `base` or `cut`.
    pub(crate) kind: &'static str,
    /// Its position in the log; of a base, that of the newest increment that it covers.
    pub(crate) sequence: Option<Sequence>,
    /// Whose epoch it belongs to.
    pub(crate) epoch: Option<Epoch>,
    /// When it was made.
    pub(crate) time: Option<Time>,
    pub(crate) records: u64,
    /// Of its records, before compression.
    pub(crate) bytes: u64,
    pub(crate) stored_bytes: u64,
    pub(crate) contents: Contents,
}

/// What records say, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Contents {
    /// Workflows accepted.
    pub(crate) submissions: u64,
    /// Outcomes of tasks.
    pub(crate) outcomes: u64,
    /// Those of them that were taken from earlier results.
    pub(crate) reused: u64,
    /// Attempts that failed or were lost, and were tried again.
    pub(crate) retries: u64,
    /// Results imported.
    pub(crate) imported: u64,
    /// Workers that came.
    pub(crate) workers: u64,
    /// Records of other kinds.
    pub(crate) other: u64,
}

/// One checkpoint in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CheckpointDetails {
    /// URL of the store.
    pub(crate) store: String,
    pub(crate) checkpoint: Checkpoint,
    /// BLAKE3 of the object, in hexadecimal.
    pub(crate) digest: String,
    /// The object before it in the log.
    pub(crate) previous: Option<Previous>,
    /// Who made it.
    pub(crate) maker: Option<Maker>,
    /// Its records in words, in order.
    pub(crate) record_list: Vec<String>,
    /// How many records before them are not shown.
    pub(crate) left_out: u64,
}

/// The object before another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Previous {
    /// Its key.
    pub(crate) key: String,
    /// Its digest, as the later one names it.
    pub(crate) digest: String,
}

/// A coordinator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Maker {
    pub(crate) host: String,
    pub(crate) address: String,
    pub(crate) version: String,
}

/// What was found in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verification {
    /// URL of the store.
    pub(crate) store: String,
    /// Whether nothing is wrong.
    pub(crate) whole: bool,
    /// Objects that were read.
    pub(crate) objects: u64,
    pub(crate) stored_bytes: u64,
    /// The sequence number up to which the log is good; none if there is no log.
    pub(crate) usable: Option<Sequence>,
    /// The number for --accept-loss-after, if that is a way out.
    pub(crate) accept_loss_after: Option<Sequence>,
    /// Everything that is wrong, by key.
    pub(crate) faults: Vec<Finding>,
    /// Objects that are not Godwit's. They do no harm.
    pub(crate) strays: Vec<String>,
}

/// Something wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Its key.
    pub(crate) key: String,
    /// What is wrong, as the end of a sentence.
    pub(crate) fault: String,
}

impl Contents {
    /// `2 submissions, 120 outcomes (40 reused)`
    fn words(self) -> String {
        let mut parts = Vec::new();
        let mut part = |count: u64, noun: &'static str| {
            if count > 0 {
                parts.push(Plural(count, noun).to_string());
            }
        };
        part(self.submissions, "submission");
        part(self.outcomes, "outcome");
        part(self.retries, "failed try");
        part(self.imported, "imported result");
        part(self.workers, "worker");
        part(self.other, "other record");
        let words = parts.join(", ").replace("failed trys", "failed tries");
        match self.reused {
            0 => words,
            reused => words.replacen(
                &Plural(self.outcomes, "outcome").to_string(),
                &format!("{} ({} reused)", Plural(self.outcomes, "outcome"), Count(reused)),
                1,
            ),
        }
    }
}

impl Checkpoint {
    fn what(&self) -> String {
        let words = self.contents.words();
        match (self.kind, self.sequence) {
            ("base", Some(sequence)) => format!("base of all up to {sequence}"),
            ("seal", _) => "the next epoch took over".to_owned(),
            ("cut", Some(sequence)) => format!("cut: a loss at {sequence} was accepted"),
            _ if words.is_empty() => "nothing".to_owned(),
            _ => words,
        }
    }
}

/// The text of `godwit checkpoint list`.
pub(crate) fn checkpoints(list: &CheckpointList, look: Look) -> String {
    let mut table = Table::new()
        .number("SEQ")
        .number("EPOCH")
        .text("TIME (UTC)")
        .number("RECORDS")
        .number("STORED")
        .long_text("WHAT");
    for checkpoint in &list.checkpoints {
        table.row([
            optional(checkpoint.sequence),
            optional(checkpoint.epoch),
            optional(checkpoint.time.map(Utc)),
            Count(checkpoint.records).into(),
            Size(checkpoint.stored_bytes).into(),
            checkpoint.what().into(),
        ]);
    }
    let mut out = table.render(look);
    if list.left_out > 0 {
        let _ = writeln!(out, "… and {} before; --last 0 shows all", Count(list.left_out));
    }
    let Total { objects, records, bytes, stored_bytes, contents } = list.total;
    let words = contents.words();
    let words = if words.is_empty() { words } else { format!(": {words}") };
    let _ = writeln!(
        out,
        "{} with {}, {} in the store for {}{words}",
        Plural(objects, "object"),
        Plural(records, "record"),
        Size(stored_bytes),
        Size(bytes),
    );
    out
}

/// The text of `godwit checkpoint show`.
pub(crate) fn checkpoint(details: &CheckpointDetails, look: Look) -> String {
    let Checkpoint { key, kind, epoch, time, records, bytes, stored_bytes, .. } = &details.checkpoint;
    let mut out = format!("{} ({kind})\n", look.paint(Tone::Strong, key));
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "  {name:<9} {}", one_line(&value));
    };
    line("holds", details.checkpoint.what());
    if let Some(time) = time {
        line("made", format!("{} UTC", Utc(*time)));
    }
    if let (Some(maker), Some(epoch)) = (&details.maker, epoch) {
        line("by", format!("{} at {}, epoch {epoch}, godwit {}", maker.host, maker.address, maker.version));
    }
    line(
        "size",
        format!("{}, {} in the store for {}", Plural(*records, "record"), Size(*stored_bytes), Size(*bytes)),
    );
    line("digest", details.digest.clone());
    if let Some(previous) = &details.previous {
        line("after", format!("{}, {}", previous.key, previous.digest));
    }
    if details.left_out > 0 {
        let _ = writeln!(out, "\n… {} before; --last 0 shows all", Plural(details.left_out, "record"));
    } else if !details.record_list.is_empty() {
        out.push('\n');
    }
    for record in &details.record_list {
        let _ = writeln!(out, "{}", one_line(record));
    }
    out
}

/// The text of `godwit checkpoint verify`.
pub(crate) fn verification(found: &Verification, look: Look) -> String {
    let mut out = String::new();
    for Finding { key, fault } in &found.faults {
        let _ = writeln!(out, "{}: {}", look.paint(Tone::Bad, &one_line(key)), one_line(fault));
    }
    for stray in &found.strays {
        let _ = writeln!(out, "{}: it is not godwit's and does no harm", one_line(stray));
    }
    let read = format!("{}, {}", Plural(found.objects, "object"), Size(found.stored_bytes));
    let good = match found.usable {
        Some(sequence) => format!("the log is good up to {sequence}"),
        None => "nothing was recorded".to_owned(),
    };
    if found.whole {
        let _ = writeln!(out, "{}: {read}; {good}", look.paint(Tone::Good, "whole"));
        return out;
    }
    let wrong = Plural(found.faults.len() as u64, "fault");
    let _ = writeln!(out, "{}: {wrong} in {read}; {good}", look.paint(Tone::Bad, "damaged"));
    out.push_str("Restore what is named above from a copy of the store.\n");
    if let Some(sequence) = found.accept_loss_after {
        let _ = writeln!(
            out,
            "Or go on with everything up to {sequence} and lose what came after: start once with \
             --accept-loss-after {sequence}"
        );
    }
    out
}

fn optional(value: Option<impl ToString>) -> Cell {
    value.map(|value| value.to_string()).unwrap_or_default().into()
}

#[cfg(test)]
mod tests;
