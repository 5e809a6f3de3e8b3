//! The resource keys: of a task, of `[defaults]`, and of each variant in `[[task.request]]`.

use super::error::Fault;
use super::node::{Entry, Node};
use super::read;
use super::table::{Key, Kind, find, names, unknown};
use crate::resources::Request;

/// The keys that make up a request.
pub(super) static RESOURCES: &[Key<Request>] = &[
    Key {
        name: "cpus",
        kind: Kind::Amount,
        about: "Cpus that the task needs; fractions share a cpu.",
        default: "1",
        read: |request, node| read::amount(node).map(|cpus| request.cpus = cpus),
    },
    Key {
        name: "memory",
        kind: Kind::Size,
        about: "Memory that the task needs, such as \"512MiB\".",
        default: "",
        read: |request, node| read::size(node).map(|bytes| request.memory = bytes),
    },
    Key {
        name: "gpus",
        kind: Kind::Amount,
        about: "Gpus that the task needs: whole ones, or a fraction of one that it shares.",
        default: "0",
        read: |request, node| read::amount(node).map(|gpus| request.gpus = gpus),
    },
    Key {
        name: "disk",
        kind: Kind::Size,
        about: "Disk space that the task needs in the worker's scratch folder, such as \"20GB\".",
        default: "",
        read: |request, node| read::size(node).map(|bytes| request.disk = bytes),
    },
    Key {
        name: "resources",
        kind: Kind::CountTable,
        about: "Other resources that the task needs, by the names that workers were started with.",
        default: "",
        read: named,
    },
];

/// The variants of a request, in order of preference.
pub(super) fn variants(node: &Node<'_>) -> Result<Vec<Request>, Fault> {
    let variants = read::each(node, "a list of tables, written [[task.request]]", variant)?;
    if variants.is_empty() {
        return Err(node.unexpected("at least one variant"));
    }
    Ok(variants)
}

fn variant(node: &Node<'_>) -> Result<Request, Fault> {
    let mut request = Request::default();
    for entry in node.entries("a table of resources")? {
        match find(RESOURCES, &entry.key) {
            Some(key) => {
                (key.read)(&mut request, &entry.node).map_err(|fault| fault.at_key(key.name))?;
            }
            None => return Err(unknown(entry, names(RESOURCES))),
        }
    }
    Ok(request)
}

/// Adds to what was there, so that a task can add to `[defaults]`; 0 takes a resource away.
fn named(request: &mut Request, node: &Node<'_>) -> Result<(), Fault> {
    for entry in node.entries("a table such as { licence = 2 }")? {
        let amount = count(entry).map_err(|fault| fault.at_key(&entry.key))?;
        request.named.retain(|(name, _)| *name != entry.key);
        if amount > 0 {
            request.named.push((entry.key.to_string(), amount));
        }
    }
    request.named.sort();
    Ok(())
}

fn count(entry: &Entry<'_>) -> Result<u64, Fault> {
    if find(RESOURCES, &entry.key).is_some() {
        let fault = format!("'{}' is a key of its own; write it outside of 'resources'", entry.key);
        return Err(Fault::new(&entry.node, fault));
    }
    read::integer(&entry.node, 0, i64::MAX)
}
