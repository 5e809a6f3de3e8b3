//! Streams and endings, which must not differ between QUIC and the in-process transport.

use super::{Note, note, on_both};
use crate::limits::MEMORY_STREAM_BYTES;
use crate::{Connection, Ending, Error, Receiver, Sender};
use godwit_common::frame::{FrameError, Message};
use godwit_common::limits::FRAME_BYTES_MAX;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Many bytes, which serde would else take one by one.
#[derive(Debug)]
struct Bulk(Vec<u8>);

impl Message for Bulk {
    const KIND: u8 = 251;
    const VERSION: u8 = 1;
    const NAME: &'static str = "bulk";
}

impl Serialize for Bulk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bulk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bulk, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Bulk;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bulk, E> {
                Ok(Bulk(bytes.to_owned()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// Opens a stream from `from` to `to`, with its first note already read.
async fn stream(from: &Connection, to: &Connection) -> ((Sender, Receiver), (Sender, Receiver)) {
    let mut opened = from.open().await.expect("open");
    opened.0.send(&note(0)).await.expect("sent");
    let mut accepted = to.accept().await.expect("a stream");
    assert_eq!(accepted.1.recv().await.expect("received"), Some(note(0)));
    (opened, accepted)
}

#[tokio::test]
async fn messages_go_both_ways_and_end_cleanly() {
    on_both(async |coordinator, worker| {
        for (from, to) in [(&worker, &coordinator), (&coordinator, &worker)] {
            let ((mut a, mut from_b), (mut b, mut from_a)) = stream(from, to).await;
            a.send(&note(1)).await.expect("sent");
            a.finish().await.expect("finished");
            b.send_all(&[note(2), note(3)]).await.expect("sent");
            drop(b);
            assert_eq!(from_a.recv().await.expect("received"), Some(note(1)));
            assert_eq!(from_a.recv::<Note>().await.expect("a clean end"), None);
            assert_eq!(from_b.recv().await.expect("received"), Some(note(2)));
            assert_eq!(from_b.recv().await.expect("received"), Some(note(3)));
            assert_eq!(from_b.recv::<Note>().await.expect("a clean end"), None);
        }
    })
    .await;
}

#[tokio::test]
async fn a_hundred_thousand_small_messages_arrive_in_order() {
    on_both(async |coordinator, worker| {
        let ((mut sender, _), (_, mut receiver)) = stream(&worker, &coordinator).await;
        let notes: Vec<Note> = (0..100_000).map(note).collect();
        let (sent, ()) = tokio::join!(sender.send_all(&notes), async {
            for number in 0..100_000 {
                let received: Note = receiver.recv().await.expect("received").expect("one more");
                assert_eq!(received.number, number);
            }
        });
        sent.expect("sent");
        assert_eq!(sender.unsent_bytes(), 0);
    })
    .await;
}

#[tokio::test]
async fn large_messages_pass_up_to_the_limit_and_no_further() {
    on_both(async |coordinator, worker| {
        let ((mut sender, _), (_, mut receiver)) = stream(&worker, &coordinator).await;
        // The length of the bytes takes four bytes of the body.
        for bytes in [1 << 20, FRAME_BYTES_MAX - 4] {
            let bulk = Bulk(vec![0xa5; bytes]);
            let (sent, received) = tokio::join!(sender.send(&bulk), receiver.recv::<Bulk>());
            sent.expect("sent");
            assert!(received.expect("received").expect("one").0 == bulk.0);
        }
        let error = sender.send(&Bulk(vec![0; FRAME_BYTES_MAX])).await.expect_err("too long");
        assert!(matches!(error, Error::Frame { source: FrameError::TooLong { .. }, .. }), "{error}");
        sender.send(&note(7)).await.expect("the stream is as it was");
        assert_eq!(receiver.recv().await.expect("received"), Some(note(7)));
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_receive_or_flush_loses_nothing() {
    on_both(async |coordinator, worker| {
        let ((mut sender, _), (_, mut receiver)) = stream(&worker, &coordinator).await;
        sender.feed(&Bulk(vec![7; 16 << 20])).expect("fed");
        sender.feed(&note(1)).expect("fed");
        let mut cancelled = 0;
        let bulk = loop {
            // Whichever is slower is dropped in the middle of what it did, again and again.
            tokio::select! {
                bulk = receiver.recv::<Bulk>() => break bulk,
                flushed = sender.flush(), if sender.unsent_bytes() > 0 => flushed.expect("flushed"),
                () = tokio::task::yield_now() => cancelled += 1,
            }
        };
        assert!(cancelled > 0);
        assert_eq!(bulk.expect("received").expect("one").0.len(), 16 << 20);
        let (flushed, received) = tokio::join!(sender.flush(), receiver.recv());
        flushed.expect("flushed");
        assert_eq!(received.expect("received"), Some(note(1)));
    })
    .await;
}

#[tokio::test]
async fn a_slow_reader_makes_the_writer_wait() {
    on_both(async |coordinator, worker| {
        let ((mut sender, _), (_, mut receiver)) = stream(&worker, &coordinator).await;
        sender.feed(&Bulk(vec![0; 32 << 20])).expect("fed");
        let waited = tokio::time::timeout(std::time::Duration::from_millis(200), sender.flush()).await;
        assert!(waited.is_err(), "nobody reads");
        assert!(sender.unsent_bytes() > (32 << 20) - (8 << 20) - MEMORY_STREAM_BYTES);
        let (flushed, received) = tokio::join!(sender.flush(), receiver.recv::<Bulk>());
        flushed.expect("flushed");
        assert!(received.expect("received").is_some());
    })
    .await;
}

#[tokio::test]
async fn a_close_reaches_everything_with_its_reason() {
    on_both(async |coordinator, worker| {
        let ((mut sender, mut receiver), _accepted) = stream(&worker, &coordinator).await;
        coordinator.close("the coordinator is being stopped").await;
        let ending = worker.closed().await;
        assert_eq!(ending, Ending::ClosedByPeer("the coordinator is being stopped".into()));
        assert_eq!(coordinator.closed().await, Ending::ClosedHere);
        for error in [
            receiver.recv::<Note>().await.expect_err("closed"),
            sender.send(&note(1)).await.expect_err("closed"),
            worker.open().await.expect_err("closed"),
        ] {
            assert!(
                error.to_string().ends_with("the peer closed it: the coordinator is being stopped"),
                "{error}"
            );
            assert!(!error.is_final());
        }
        assert!(worker.accept().await.is_none());
        assert!(coordinator.accept().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn what_arrived_before_a_close_can_still_be_read() {
    on_both(async |coordinator, worker| {
        let ((sender, _), (_, mut receiver)) = stream(&worker, &coordinator).await;
        let mut sender = sender;
        sender.feed(&note(1)).expect("fed");
        sender.delivered().await.expect("delivered");
        worker.close(&"x".repeat(5000)).await;
        let Ending::ClosedByPeer(reason) = coordinator.closed().await else { panic!("it was closed") };
        assert_eq!(reason.len(), 900, "a reason is cut to what fits");
        assert_eq!(receiver.recv().await.expect("received"), Some(note(1)));
        assert_eq!(receiver.recv::<Note>().await.expect("a clean end"), None);
    })
    .await;
}

#[tokio::test]
async fn whoever_drops_everything_has_left() {
    on_both(async |coordinator, worker| {
        let (_, accepted) = stream(&worker, &coordinator).await;
        drop(worker);
        assert_eq!(coordinator.closed().await, Ending::ClosedByPeer(String::new()));
        drop(accepted);
    })
    .await;
}

#[tokio::test]
async fn a_dropped_receiver_stops_the_sender() {
    on_both(async |coordinator, worker| {
        let ((mut sender, _receiver), (_sender, receiver)) = stream(&worker, &coordinator).await;
        drop(receiver);
        let error = loop {
            // Over a network it takes a while until this is known.
            if let Err(error) = sender.send(&note(1)).await {
                break error;
            }
            tokio::task::yield_now().await;
        };
        assert!(matches!(error, Error::Stream { problem: "the peer wants no more of it", .. }), "{error}");
        stream(&worker, &coordinator).await;
    })
    .await;
}

#[tokio::test]
async fn another_message_than_expected_is_an_error() {
    on_both(async |coordinator, worker| {
        let ((mut sender, _), (_, mut receiver)) = stream(&worker, &coordinator).await;
        sender.send(&note(1)).await.expect("sent");
        let error = receiver.recv::<Bulk>().await.expect_err("it is a note");
        assert!(error.to_string().contains("expected bulk version 1 but met kind 250 version 1"), "{error}");
    })
    .await;
}
