//! Memoization, apart from the memo table itself: tasks whose needs are met come here before they are queued, and leave
//! as reused, as queued, or to wait for an equal task that runs already.
//!
//! Nothing of this is durable. After a restart the same tasks come here again, and whatever was found out is found out
//! again. A group that is not memoized and asks for no values never comes here.

mod blobs;
mod check;
mod checks;
mod desk;
mod flights;
mod gather;
mod key;
mod makers;
mod prepare;
mod read;
mod success;
mod supply;

pub(crate) use desk::{Desk, Stage};
#[cfg(test)]
pub(crate) use gather::result_names;
pub(crate) use gather::{Combined, gather};
#[cfg(test)]
pub(crate) use key::digest;
pub(crate) use key::{Feed, Recipe};
pub(crate) use makers::Makers;
