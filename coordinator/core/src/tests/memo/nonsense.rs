//! What workers say may be wrong or made up: nothing of it is kept, nothing of it ends the process.

use super::Lab;
use crate::event::{Event, LinkId};
use crate::record::Record;
use godwit_common::ids::{GroupId, WorkflowId};
use godwit_common::memo::{Checked, ContentDigest, OutputState, Produced, Stamp};
use godwit_common::message::worker::FromWorker;
use godwit_common::outcome::End;
use proptest::prelude::*;
use std::sync::Arc;

/// What is kept of a task that says this of itself: whether under a key, how many outputs, and whether a value.
fn check(change: impl Fn(&mut Produced), expected: (bool, usize, bool)) {
    let mut lab = Lab::new(&[1]);
    lab.disk.write("/w/a", "a");
    lab.submit("t ~ in=a out=x,y capture=stdout");
    lab.world.talk();
    let id = lab.world.running(0)[0];
    lab.world.workers[0].end(id, End::Succeeded);
    let ended = lab.world.workers[0].outbox.get_mut(&id).expect("it ended");
    change(ended.produced.as_mut().expect("it made something"));
    lab.world.talk();
    assert_eq!(lab.world.counts(WorkflowId(1))[3], 1);
    let memo = lab.world.log.iter().find_map(|record| match record {
        Record::Done { memo, ended, .. } => {
            assert_eq!(ended.produced, None, "it is no part of a record");
            memo.clone()
        }
        _ => None,
    });
    let memo = memo.unwrap_or_default();
    assert_eq!((memo.key.is_some(), memo.outputs.len(), memo.value.is_some()), expected);
}

#[test]
fn what_cannot_be_is_not_kept() {
    let state = OutputState { digest: ContentDigest([0; 32]), stamp: Stamp { size: 0, modified: 0 } };
    check(|_| (), (true, 2, true));
    check(|produced| produced.outputs.clear(), (false, 0, true));
    check(|produced| produced.outputs.push(state), (false, 0, true));
    check(|produced| produced.value = None, (false, 2, false));
    check(|produced| produced.value = Some(Arc::from("x".repeat((1 << 20) + 1))), (false, 2, false));
    check(|produced| produced.read.clear(), (false, 2, true));
    check(|produced| produced.read[0].1.size += 1, (false, 2, true));
    check(|produced| produced.disturbed = Some("y".repeat(100_000)), (false, 2, true));
    let strange = |path: &str| (path.to_owned(), Stamp { size: 0, modified: 0 });
    check(|produced| produced.read.push(strange("/w/b")), (false, 2, true));
    check(|produced| produced.read.push(strange("/w/x")), (true, 2, true));
    check(|produced| produced.read.insert(0, strange("/z")), (false, 2, true));
}

fn answer() -> impl Strategy<Value = Checked> {
    let fault = proptest::option::of("[a-z]{0,3}");
    (0u32..3, 0u32..2, 0u32..3, 0u64..6, fault).prop_map(|(workflow, group, position, number, fault)| {
        Checked { task: GroupId { workflow: WorkflowId(workflow), group }.task(position), number, fault }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn answers_that_nobody_asked_for_do_no_harm(
        answers in prop::collection::vec(prop::collection::vec(answer(), 0..4), 1..20), digests in prop::collection::vec(any::<[u8; 32]>(), 0..4),
    ) {
        let mut lab = Lab::new(&[2, 2]);
        lab.run("x:3 ~ out=x{index}");
        let id = lab.submit("x:3 ~ out=x{index}");
        for (link, answers) in (1..).zip(answers) {
            let link = LinkId(link % 4);
            lab.world.tell(Event::WorkerMessage { link, message: FromWorker::Checked(answers) });
        }
        for digest in digests {
            lab.world.tell(Event::BlobRead { digest: ContentDigest(digest), result: Ok("x".into()) });
        }
        lab.world.run_well();
        prop_assert_eq!(lab.world.counts(id)[3], 3);
        lab.world.check_replay();
    }
}
