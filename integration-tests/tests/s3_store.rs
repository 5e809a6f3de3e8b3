//! Stores in real S3-compatible servers: that they are told apart from those that would lose what they were given, and
//! what is said and done when they refuse, go away and come back.

use godwit_checkpoint::{Answer, Operation};
use godwit_common::settings::{Fencing, StoreSettings};
use godwit_integration_tests::{ACCESS_KEY_ID, BUCKET, Home, S3Kind, S3Server, SECRET_ACCESS_KEY};
use godwit_store::{Error, Store};
use std::time::{Duration, Instant};

/// More than anybody does at once; what is asked is that one of all wins.
const RACERS: usize = 20;

struct World {
    server: S3Server,
    home: Home,
}

impl World {
    fn new(kind: S3Kind) -> World {
        let home = Home::new();
        World { server: S3Server::start(kind, &home.path("server")), home }
    }

    fn settings(&self) -> StoreSettings {
        self.settings_of(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
    }

    fn settings_of(&self, id: &str, secret: &str) -> StoreSettings {
        let file = self.home.write(&format!("secret-of-{id}"), &format!("{secret}\n"));
        StoreSettings {
            endpoint: Some(self.server.endpoint().to_owned()),
            access_key_id: Some(id.to_owned()),
            secret_access_key_file: Some(file.to_str().expect("UTF-8").to_owned()),
            timeout: Duration::from_secs(5),
            ..StoreSettings::default()
        }
    }

    fn store(&self, prefix: &str) -> Store {
        Store::open(&self.server.url(prefix), &self.settings()).expect("settings that lead there")
    }

    async fn refusal(&self, url: &str, settings: &StoreSettings) -> Error {
        let store = Store::open(url, settings).expect("settings that lead somewhere");
        store.prepare().await.expect_err("it cannot be used")
    }
}

async fn perform(store: &Store, operation: Operation) -> Answer {
    store.perform(operation).await.expect("an answer")
}

fn create(key: &str, body: &[u8]) -> Operation {
    Operation::Create { key: key.to_owned(), body: body.to_vec().into() }
}

fn get(key: &str) -> Operation {
    Operation::Get { key: key.to_owned() }
}

async fn check_semantics(store: &Store) {
    assert_eq!(perform(store, get("log/1/1")).await, Answer::Missing);
    assert_eq!(perform(store, create("log/1/1", b"a")).await, Answer::Created);
    assert_eq!(perform(store, create("log/1/1", b"b")).await, Answer::AlreadyExists);
    assert_eq!(perform(store, get("log/1/1")).await, Answer::Found(b"a".as_slice().into()));
    let replace = Operation::Replace { key: "base/1".to_owned(), body: b"bb".as_slice().into() };
    assert_eq!(perform(store, replace.clone()).await, Answer::Replaced);
    assert_eq!(perform(store, replace).await, Answer::Replaced);
    assert_eq!(perform(store, create("log/1/2", b"")).await, Answer::Created);
    assert_eq!(perform(store, get("log/1/2")).await, Answer::Found(b"".as_slice().into()));
    let list =
        |after: Option<&str>| Operation::List { prefix: "log/".to_owned(), after: after.map(Into::into) };
    let Answer::Listed(mut keys) = perform(store, list(None)).await else { panic!("a listing") };
    keys.sort();
    assert_eq!(keys, ["log/1/1", "log/1/2"]);
    assert_eq!(perform(store, list(Some("log/1/1"))).await, Answer::Listed(vec!["log/1/2".to_owned()]));
    let entries = store.list_all("").await.expect("a listing");
    let shown: Vec<_> = entries.iter().map(|entry| (entry.key.as_str(), entry.size)).collect();
    assert_eq!(shown, [("base/1", 2), ("log/1/1", 1), ("log/1/2", 0)], "the probe left nothing");
    for _ in 0..2 {
        let delete = Operation::Delete { key: "base/1".to_owned() };
        assert_eq!(perform(store, delete).await, Answer::Deleted);
    }
    assert_eq!(perform(store, get("base/1")).await, Answer::Missing);
    assert!(store.get_latest_claim().await.expect("an answer").is_none());
}

/// Many create one key at once, some of them with the same client.
async fn check_races(store: &Store, rounds: u32) {
    for round in 0..rounds {
        let key = format!("race/{round}");
        let racers = (0..RACERS).map(|racer| {
            let (store, operation) = (store.clone(), create(&key, racer.to_string().as_bytes()));
            tokio::spawn(async move { perform(&store, operation).await })
        });
        let mut winners = Vec::new();
        for (racer, task) in racers.collect::<Vec<_>>().into_iter().enumerate() {
            match task.await.expect("no panic") {
                Answer::Created => winners.push(racer),
                // A server that is busy says so; what it says must be true.
                Answer::AlreadyExists | Answer::Failed(_) | Answer::Unknown(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(winners.len() <= 1, "{winners:?} all won {key}");
        let Answer::Found(body) = perform(store, get(&key)).await else { panic!("somebody won {key}") };
        if let Some(winner) = winners.first() {
            assert_eq!(body, winner.to_string().as_bytes(), "{key}");
        }
    }
}

/// What one operation takes, for people who read the output of this test.
async fn measure(store: &Store, kind: &str) {
    let body = vec![7; 1024];
    let (mut puts, mut gets) = (Vec::new(), Vec::new());
    for number in 0..100 {
        let key = format!("measure/{number}");
        let start = Instant::now();
        assert_eq!(perform(store, create(&key, &body)).await, Answer::Created);
        puts.push(start.elapsed());
        let start = Instant::now();
        assert!(matches!(perform(store, get(&key)).await, Answer::Found(_)));
        gets.push(start.elapsed());
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    println!("{kind}: create of 1 KiB {:?}, get {:?} (medians of 100)", median(puts), median(gets));
}

/// One put and one get of the largest object that the log writes.
async fn check_large(store: &Store) {
    let body = vec![1; godwit_checkpoint::limits::OBJECT_BYTES_MAX];
    assert_eq!(perform(store, create("large", &body)).await, Answer::Created);
    let Answer::Found(found) = perform(store, get("large")).await else { panic!("it is there") };
    assert!(found == body, "it came back changed");
}

async fn check_exact(kind: S3Kind, rounds: u32) {
    let world = World::new(kind);
    let store = world.store("a/b");
    let start = Instant::now();
    store.prepare().await.expect("it creates atomically");
    println!("{kind:?}: the start-up check takes {:?}", start.elapsed());
    check_semantics(&store).await;
    check_races(&store, rounds).await;
    measure(&store, &format!("{kind:?}")).await;
    let folder = format!("file://{}", world.home.path("state").display());
    measure(&Store::open(&folder, &StoreSettings::default()).expect("a folder"), "beside it a folder").await;
    check_large(&store).await;
    let other = world.store("a");
    assert_eq!(perform(&other, get("log/1/1")).await, Answer::Missing, "stores have prefixes of their own");
}

#[tokio::test]
async fn moto_can_be_depended_on() {
    check_exact(S3Kind::Moto, 20).await;
}

#[tokio::test]
async fn seaweedfs_can_be_depended_on() {
    check_exact(S3Kind::SeaweedFs, 5).await;
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_named() {
    let world = World::new(S3Kind::Moto);
    let url = "s3://not-there/x";
    let missing = world.refusal(url, &world.settings()).await.to_string();
    let expected = format!("there is no bucket 'not-there' at {}; make it", world.server.endpoint());
    assert!(missing.contains(url) && missing.contains(&expected), "{missing}");
    let lost = Store::open(url, &world.settings()).expect("settings that lead somewhere");
    let answer = perform(&lost, get("log/1/1")).await;
    assert!(matches!(answer, Answer::Failed(_)), "a store that is gone has no missing objects: {answer:?}");
}

#[tokio::test]
async fn rclone_is_refused_and_can_be_used_with_a_lock_file() {
    let world = World::new(S3Kind::Rclone);
    let error = world.refusal(&world.server.url("p"), &world.settings()).await;
    assert!(matches!(error, Error::NotAtomic { .. }), "{error:?}");
    assert!(error.to_string().contains("store.fencing = \"lock-file\""), "{error}");
    let settings = StoreSettings {
        fencing: Fencing::LockFile,
        alive_period: Duration::from_millis(200),
        standby_timeout: Duration::from_secs(1),
        ..world.settings()
    };
    let locked = || Store::open(&world.server.url("q"), &settings).expect("settings that lead there");
    let (first, second) = (locked(), locked());
    first.prepare().await.expect("nobody is there");
    assert_eq!(perform(&first, create("a", b"1")).await, Answer::Created);
    assert_eq!(perform(&first, create("a", b"2")).await, Answer::AlreadyExists);
    assert_eq!(perform(&first, get("a")).await, Answer::Found(b"1".as_slice().into()));
    let error = second.prepare().await.expect_err("the first is there");
    assert!(matches!(error, Error::Locked { .. }), "{error:?}");
    first.release().await;
    second.prepare().await.expect("it was given back");
}

#[tokio::test]
async fn credentials_that_do_not_do_are_named_and_not_printed() {
    let world = World::new(S3Kind::SeaweedFs);
    let url = world.server.url("p");
    for (id, secret, expected) in [
        ("nobody", "hush", "does not know the access key from settings and "),
        (ACCESS_KEY_ID, "hush", "the secret that belongs to the access key from settings and "),
        ("reader", SECRET_ACCESS_KEY, "may not write to the bucket 'godwit'"),
    ] {
        let settings = world.settings_of(id, secret);
        let error = world.refusal(&url, &settings).await;
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected) && text.contains(&url), "{id}: {text}");
        assert!(!text.contains("hush") && !text.contains(SECRET_ACCESS_KEY), "{text}");
    }
}

/// Nothing that was acknowledged is lost when a server is killed, and what was asked meanwhile is not answered wrongly.
#[tokio::test]
async fn a_server_that_was_killed_comes_back_with_everything() {
    let mut world = World::new(S3Kind::SeaweedFs);
    let store = world.store("p");
    for number in 0..50 {
        assert_eq!(perform(&store, create(&format!("log/1/{number}"), b"kept")).await, Answer::Created);
    }
    world.server.kill();
    let start = Instant::now();
    for operation in [get("log/1/1"), create("log/1/50", b"x")] {
        match perform(&store, operation).await {
            Answer::Failed(problem) | Answer::Unknown(problem) => {
                assert!(problem.contains("cannot be reached: connection refused"), "{problem}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let error = world.refusal(&format!("s3://{BUCKET}/p"), &world.settings()).await;
    assert!(matches!(error, Error::Away { .. }), "{error:?}");
    world.server.start_again();
    store.prepare().await.expect("it is back");
    for number in 0..50 {
        assert_eq!(
            perform(&store, get(&format!("log/1/{number}"))).await,
            Answer::Found(b"kept".as_slice().into())
        );
    }
    assert_eq!(perform(&store, create("log/1/50", b"y")).await, Answer::Created);
}
