//! `godwit checkpoint list`

use super::contents::checkpoint;
use super::place::find;
use crate::args::{CheckpointList as Arguments, Output};
use crate::commands::Context;
use crate::console::{look, print, print_json};
use crate::errors::{Error, Exit, Outcome};
use crate::render::{Checkpoint, CheckpointList, Contents, Total, checkpoints};
use crate::results::{News, Walk};
use godwit_checkpoint::{Chunk, Kind};
use godwit_store::Store;
use std::collections::VecDeque;

/// Lists the newest base and the log behind it.
pub(super) async fn list(context: &Context, arguments: &Arguments) -> Outcome {
    let form = arguments.output.form;
    let store = find(context, &arguments.place, form).await?.open()?;
    let list = read(&store, arguments.last).await?;
    match form {
        Output::Json => print_json(&list)?,
        Output::Quiet => {
            let numbers = list.checkpoints.iter().filter_map(|checkpoint| checkpoint.sequence);
            print(&numbers.map(|sequence| format!("{sequence}\n")).collect::<String>())?;
        }
        Output::Table => print(&checkpoints(&list, look()))?,
    }
    Ok(Exit::Success)
}

/// Keeps the last ones only, so that a long log needs little memory.
struct Lister<'a> {
    store: &'a Store,
    last: usize,
    shown: VecDeque<Checkpoint>,
    left_out: u64,
    total: Total,
}

async fn read(store: &Store, last: usize) -> Result<CheckpointList, Error> {
    let fresh = || Lister { store, last, shown: VecDeque::new(), left_out: 0, total: Total::default() };
    let mut lister = fresh();
    let mut walk = Walk::new(store);
    loop {
        match walk.next().await.map_err(|stop| stop.error(store))? {
            News::Chunk(chunk) => lister.add(&chunk)?,
            News::Restart => lister = fresh(),
            News::Done(_) => break,
        }
    }
    let Lister { shown, left_out, total, .. } = lister;
    Ok(CheckpointList { store: store.url().to_owned(), checkpoints: shown.into(), left_out, total })
}

impl Lister<'_> {
    fn add(&mut self, chunk: &Chunk) -> Result<(), Error> {
        let found = checkpoint(self.store.url(), chunk)?;
        self.total.objects += 1;
        add(&mut self.total, &found);
        match self.shown.back_mut() {
            // The parts of a base belong to its head, which came before.
            Some(base) if chunk.summary.kind == Kind::Part => join(base, &found),
            _ => self.show(found),
        }
        Ok(())
    }

    fn show(&mut self, found: Checkpoint) {
        self.shown.push_back(found);
        if self.last > 0 && self.shown.len() > self.last {
            self.shown.pop_front();
            self.left_out += 1;
        }
    }
}

fn add(total: &mut Total, found: &Checkpoint) {
    total.records += found.records;
    total.bytes += found.bytes;
    total.stored_bytes += found.stored_bytes;
    total.contents = sum(total.contents, found.contents);
}

fn join(base: &mut Checkpoint, part: &Checkpoint) {
    base.records += part.records;
    base.bytes += part.bytes;
    base.stored_bytes += part.stored_bytes;
    base.contents = sum(base.contents, part.contents);
}

fn sum(one: Contents, other: Contents) -> Contents {
    Contents {
        submissions: one.submissions + other.submissions,
        outcomes: one.outcomes + other.outcomes,
        reused: one.reused + other.reused,
        retries: one.retries + other.retries,
        imported: one.imported + other.imported,
        workers: one.workers + other.workers,
        other: one.other + other.other,
    }
}
