//! Why a task took a result of another, waits for one, or did not.

use crate::Core;
use crate::limits::{EXPLAINED_WORKFLOWS_MAX, SENTENCES_MAX};
use crate::memo::{Combined, Feed, Makers, Recipe, Stage, gather};
use crate::state::{Brief, Group, How};
use godwit_common::duration::Human;
use godwit_common::ids::TaskId;
use godwit_common::memo::{ContentDigest, Reuse};
use godwit_common::task::CachePolicy;
use std::collections::BTreeMap;

impl Core {
    /// What a task waits for before it is queued.
    pub(crate) fn why_prepared(&self, task: TaskId) -> Option<String> {
        if self.desk.is_incoming(task) {
            let hold = self.hold().map(|hold| format!(", but {hold}"));
            return Some(format!(
                "it is to be looked whether an earlier result serves{}",
                hold.unwrap_or_default()
            ));
        }
        Some(match self.desk.stage(task)? {
            Stage::Check { slot, asked, .. } => {
                let found = self.state.result_at(*slot);
                let origin =
                    found.map_or("a task".to_owned(), |found| self.origin_of(task, &found.result.origin));
                let worker = asked.and_then(|number| self.desk.checks.worker(number));
                let who = match worker {
                    Some(worker) => {
                        format!("{} looks whether its outputs are still there", self.worker_name(worker))
                    }
                    None if self.fleet.is_empty() => {
                        "no worker is connected that could look whether its outputs are still there"
                            .to_owned()
                    }
                    None => "a worker will look whether its outputs are still there".to_owned(),
                };
                format!("{origin} computed the same, and {who}")
            }
            Stage::Follow(key) => {
                let leader = self.desk.flights.leader(key);
                let leader = leader.map_or("another task".to_owned(), |leader| self.full_name(leader));
                format!("it waits for {leader}, which computes the same")
            }
            Stage::Fetch(missing) => match missing.len() {
                1 => "it waits for a value that it asks for, which is read from the store".to_owned(),
                count => {
                    format!("it waits for {count} values that it asks for, which are read from the store")
                }
            },
        })
    }

    /// Whether a task took a result, and why not if it did not.
    pub(crate) fn why_reused(&self, group: &Group, task: TaskId) -> Vec<String> {
        if let Some(How::Reused(origin)) = group.brief(task.position).map(|brief| brief.how) {
            let name = Self::origin_name(group, &origin);
            let ago = Human(self.now.since(origin.at));
            return vec![format!(
                "it did not run: {name} had computed the same {ago} before, and nothing that counts differs"
            )];
        }
        if !group.spec.task.is_memoized() {
            // While it is on its way, people want to know what it waits for.
            let ended = !self.state.is_pending(task);
            return Vec::from_iter(unmemoized(group).filter(|_| ended));
        }
        if let Some(note) = self.desk.note_of(task) {
            let ended = group.brief(task.position).and_then(Brief::ran).is_some();
            let unkept = ended
                && group
                    .brief(task.position)
                    .is_none_or(|brief| brief.made.is_none_or(|made| made.memo.key.is_none()));
            return vec![if unkept {
                format!("its result is not kept for others: {note}")
            } else {
                format!("it was not reused: {note}")
            }];
        }
        let recipe = match self.recipe(task) {
            Ok(recipe) => recipe,
            Err(reason) => {
                return vec![format!("its result can neither be reused nor kept for others: {reason}")];
            }
        };
        let reuse = self.state.workflow(task.workflow()).map(|workflow| &workflow.reuse);
        if reuse == Some(&Reuse::Nothing) {
            return vec!["no earlier result was asked for, since the workflow wants none".to_owned()];
        }
        if !self.looks_up(task) {
            return vec!["no earlier result was asked for, since it is to run again".to_owned()];
        }
        let mut reasons = vec!["no earlier result that may serve has its key".to_owned()];
        reasons.extend(self.differences(group, task, &recipe));
        reasons
    }

    fn recipe(&self, task: TaskId) -> Result<Recipe, String> {
        let mut made = Makers::default();
        let built = self.desk.shelves.get(&task.workflow()).map(|shelf| &shelf.makers);
        let makers = match (built.filter(|makers| makers.is_complete()), self.state.workflow(task.workflow()))
        {
            (Some(makers), _) => makers,
            (None, Some(workflow)) => {
                made.build(workflow, &mut usize::MAX.clone());
                &made
            }
            (None, None) => &made,
        };
        let gathered = gather(&self.state, makers, &mut Combined::new(), task)?;
        Ok(gathered.recipe)
    }

    /// How a task differs from the newest earlier one of the same name that could have served.
    fn differences(&self, group: &Group, task: TaskId, recipe: &Recipe) -> Option<String> {
        let index = group.spec.shape.index(task.position);
        let earlier = self.state.workflows.range(..task.workflow()).rev().take(EXPLAINED_WORKFLOWS_MAX);
        let mut others = earlier.filter_map(|(_, workflow)| {
            let other = &workflow.groups[workflow.group_named(&group.spec.name)? as usize];
            let position = other.spec.shape.position(index).filter(|position| *position < other.tasks())?;
            let made = other.brief(position)?.made?;
            made.memo.key.map(|_| other.spec.id.task(position))
        });
        let other = others.next()?;
        let name = self.full_name(other);
        let differences = match self.recipe(other) {
            Ok(before) => differences(&before, recipe),
            Err(_) => return None,
        };
        if differences.is_empty() {
            return Some(format!("{name} is made like it, but its result may not serve here"));
        }
        Some(format!("compared with {name}, what differs is {}", differences.join(", ")))
    }
}

fn unmemoized(group: &Group) -> Option<String> {
    match group.spec.task.caching.policy {
        CachePolicy::Never => Some("it is not reused, since cache = false".to_owned()),
        CachePolicy::Auto => Some(
            "it is not reused, since it declares neither inputs nor outputs; cache = true says that it depends on \
             nothing else"
                .to_owned(),
        ),
        CachePolicy::Always => None,
    }
}

/// What differs between two tasks of one name, in words.
fn differences(before: &Recipe, now: &Recipe) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |differs: bool, what: &str| {
        if differs {
            found.push(what.to_owned());
        }
    };
    compare((before.form, &before.words) != (now.form, &now.words), "the command");
    compare(before.version != now.version, "cache_version");
    compare(before.element != now.element, "its item or its place in the array");
    compare(before.cwd != now.cwd, "the folder in which it starts");
    compare(before.outputs != now.outputs, "the names of its outputs");
    compare(before.capture != now.capture, "capture");
    compare(stdin(before, now), "standard input");
    compare(before.needs != now.needs, "what it needs");
    found.extend(environment(before, now));
    found.extend(contents("input", &before.inputs, &now.inputs));
    found.extend(contents("file", &before.files, &now.files));
    let more = found.len().saturating_sub(SENTENCES_MAX);
    found.truncate(SENTENCES_MAX);
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    found
}

fn stdin(before: &Recipe, now: &Recipe) -> bool {
    match (&before.stdin, &now.stdin) {
        (Feed::File(old, a), Feed::File(new, b)) => (old, a) != (new, b),
        (old, new) => old != new,
    }
}

fn environment(before: &Recipe, now: &Recipe) -> Vec<String> {
    let before: BTreeMap<&String, &String> = before.env.iter().map(|(name, value)| (name, value)).collect();
    let now: BTreeMap<&String, &String> = now.env.iter().map(|(name, value)| (name, value)).collect();
    let differ = before.keys().chain(now.keys()).filter(|name| before.get(*name) != now.get(*name));
    let mut names: Vec<String> = differ.map(|name| format!("the variable {name}")).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Files whose content differs, or that are read by one of the two only.
fn contents(kind: &str, before: &[(String, ContentDigest)], now: &[(String, ContentDigest)]) -> Vec<String> {
    let before: BTreeMap<&String, &ContentDigest> =
        before.iter().map(|(name, digest)| (name, digest)).collect();
    let now: BTreeMap<&String, &ContentDigest> = now.iter().map(|(name, digest)| (name, digest)).collect();
    let mut found = Vec::new();
    for (name, digest) in &now {
        match before.get(name) {
            Some(old) if old == digest => {}
            Some(_) => found.push(format!("the content of {kind} {name}")),
            None => found.push(format!("{kind} {name}, which it did not read before")),
        }
    }
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    found.extend(gone.map(|name| format!("{kind} {name}, which it read before")));
    found
}
