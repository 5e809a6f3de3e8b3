//! Credentials and when they expire.

use super::table::Table;
use super::units::Span;
use crate::console::Look;
use godwit_common::time::Time;
use serde::Serialize;

/// One credential of an access directory, without its key.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Credential {
    /// What its owner can be.
    pub(crate) role: String,
    /// The cluster that it is for.
    pub(crate) cluster: String,
    /// When it expires.
    pub(crate) expires: Time,
}

/// The table of `godwit access list`.
pub(crate) fn credentials(list: &[Credential], now: Time, look: Look) -> String {
    let mut table = Table::new().text("ROLE").text("CLUSTER").text("EXPIRES");
    for Credential { role, cluster, expires } in list {
        let left = expires.since(now);
        let expires = if left.is_zero() { "expired".to_owned() } else { format!("in {}", Span(left)) };
        table.row([role.as_str().into(), cluster.as_str().into(), expires.into()]);
    }
    table.render(look)
}
