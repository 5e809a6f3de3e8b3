//! The coordinator: where it is and how it is doing.

use super::paint::Tone;
use super::table::one_line;
use super::units::{Ago, Plural, Span};
use crate::console::Look;
use godwit_common::message::view::CoordinatorView;
use godwit_common::time::Time;
use std::fmt::Write;
use std::time::Duration;

/// Credentials that expire earlier than this are worth a word.
const EXPIRY_SOON: Duration = Duration::from_secs(60 * 86_400);

/// All about the coordinator.
pub(crate) fn coordinator(view: &CoordinatorView, now: Time, look: Look) -> String {
    let title = look.paint(Tone::Strong, "coordinator");
    let mut out = format!(
        "{title} on {} (process {}), godwit {}\n",
        one_line(&view.host),
        view.pid,
        one_line(&view.version)
    );
    let _ = writeln!(out, "  address    {}", one_line(&view.address));
    let _ = writeln!(out, "  store      {}, epoch {}", one_line(&view.store), view.epoch);
    let _ = writeln!(out, "  started    {}", Ago { at: view.since, now });
    let _ = writeln!(
        out,
        "  now        {} connected, {} not ended",
        Plural(u64::from(view.workers), "worker"),
        Plural(u64::from(view.workflows_running), "workflow")
    );
    if view.records_pending > 0 {
        let _ = writeln!(out, "  pending    {} not on storage yet", Plural(view.records_pending, "record"));
    }
    if let Some(trouble) = &view.store_trouble {
        let _ = writeln!(out, "  {} {}", look.paint(Tone::Bad, "trouble:  "), one_line(trouble));
    }
    if let Some(expire) = view.credentials_expire.filter(|expire| expire.since(now) < EXPIRY_SOON) {
        let warning = look.paint(Tone::Warning, "warning:  ");
        let left = Span(expire.since(now));
        let _ = writeln!(
            out,
            "  {warning} the credentials expire in {left}; start the coordinator again to renew them"
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::samples::{LOOK, NOW};
    use super::*;
    use godwit_common::ids::Epoch;

    fn view() -> CoordinatorView {
        CoordinatorView {
            epoch: Epoch(3),
            pid: 4700,
            host: "login1".to_owned(),
            address: "127.0.0.1:7000".to_owned(),
            store: "file:///home/ada/.godwit/default/state".to_owned(),
            version: "0.1.0".to_owned(),
            since: NOW - Duration::from_secs(7300),
            records_pending: 0,
            store_trouble: None,
            workers: 1,
            workflows_running: 2,
            credentials_expire: Some(NOW + Duration::from_secs(300 * 86_400)),
        }
    }

    #[test]
    fn all_is_well() {
        insta::assert_snapshot!(coordinator(&view(), NOW, LOOK));
    }

    #[test]
    fn nothing_is() {
        let view = CoordinatorView {
            records_pending: 12,
            store_trouble: Some("no space left on device; trying again".to_owned()),
            credentials_expire: Some(NOW + Duration::from_secs(5 * 86_400)),
            ..view()
        };
        insta::assert_snapshot!(coordinator(&view, NOW, LOOK));
    }
}
