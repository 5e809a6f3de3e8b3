//! What comes over the network and is no good: another protocol, another role, half a submission, noise. Good clients
//! notice nothing of it.

use crate::check::Scene;
use godwit_integration_tests::{Cluster, eventually};
use godwit_transport::{Access, Connection, Error, Hello, Role, Timing, connect};
use std::net::UdpSocket;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// Datagrams that mean nothing; more than the coordinator has queues for.
const DATAGRAMS: u32 = 20_000;

fn address(cluster: &Cluster) -> String {
    cluster.home.json(&["coordinator", "status"])["address"].as_str().expect("an address").to_owned()
}

/// Says `hello` to the coordinator with the credential of `role`.
fn greet(cluster: &Cluster, role: Role, hello: &Hello) -> Result<(), String> {
    let access = Access::load(&cluster.home.path("home/default"), role).expect("a credential");
    let address = address(cluster);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let timing = Timing::default();
    let connected: Result<Connection, Error> = runtime.block_on(connect(&address, &access, hello, &timing));
    connected.map(drop).map_err(|error| error.to_string().replace(&address, "[ADDRESS]"))
}

#[test]
fn another_version_or_role() {
    let cluster = Cluster::start();
    let good = Hello::new(Role::Client);
    let check = |hello: &Hello, sentence: &str| {
        assert_eq!(greet(&cluster, Role::Client, hello), Err(sentence.to_owned()), "{hello:?}");
        assert_eq!(greet(&cluster, Role::Client, &good), Ok(()));
    };
    let newer = Hello { protocol: good.protocol + 1, software: "9.9.9".to_owned(), ..good.clone() };
    check(
        &newer,
        "no connection with [ADDRESS]: the client is godwit 9.9.9 (protocol 2) but the coordinator is godwit 0.1.0 \
         (protocol 1); upgrade the coordinator",
    );
    let older = Hello { protocol: 0, software: "0.0.1".to_owned(), ..good.clone() };
    check(
        &older,
        "no connection with [ADDRESS]: the client is godwit 0.0.1 (protocol 0) but the coordinator is godwit 0.1.0 \
         (protocol 1); upgrade the client",
    );
    check(
        &Hello::new(Role::Worker),
        "no connection with [ADDRESS]: a client's credential cannot be used as a worker; use one made with 'godwit \
         access export --role worker'",
    );
    let strange = Hello { protocol: u32::MAX, software: "\u{1b}[31m\n".repeat(20), ..good.clone() };
    let refused = greet(&cluster, Role::Client, &strange).expect_err("another protocol");
    assert!(!refused.contains('\u{1b}') && !refused.contains('\n'), "{refused}");
    assert_eq!(cluster.workers().len(), 0);
}

/// The same numbers in every run.
fn noise(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

fn send_noise(address: &str) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let mut seed = 0x9e37_79b9_7f4a_7c15;
    for round in 0..DATAGRAMS {
        let length = usize::try_from(noise(&mut seed) % 1400).expect("small");
        let mut datagram: Vec<u8> = (0..length).map(|_| noise(&mut seed).to_le_bytes()[0]).collect();
        if let (0 | 1, [first, one, two, three, four, ..]) = (round % 4, datagram.as_mut_slice()) {
            // The first bytes of a connection that somebody begins in QUIC version 1.
            (*first, [*one, *two, *three, *four]) = (0xc3, [0, 0, 0, 1]);
        }
        // A full buffer of the system loses some, which is as good.
        let _ = socket.send_to(&datagram, address);
    }
}

#[test]
fn noise_on_the_port() {
    let mut cluster = Cluster::start();
    let _worker = cluster.start_worker("w1", &["--cpus", "4"]);
    let workflow = cluster.submit(&["--array", "0-199", "--", "sleep", "0.01"]);
    let address = address(&cluster);
    let sending = std::thread::spawn(move || send_noise(&address));
    let answer = cluster.wait(&workflow);
    assert_eq!(answer.code, 0, "{answer:?}");
    sending.join().expect("the noise ends");
    Scene::with(&cluster).check("submit --wait -- true", 0, &["submitted workflow 2: 1 task"]);
    assert_eq!(cluster.status(&workflow)["attempts"], 200, "no worker was lost");
    let printed = cluster.coordinator().printed();
    assert!(printed.lines().count() < 20, "the console is not flooded:\n{printed}");
}

#[test]
fn clients_that_leave_in_the_middle() {
    let cluster = Cluster::start();
    let access = Access::load(&cluster.home.path("home/default"), Role::Client).expect("a credential");
    let address = address(&cluster);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for round in 0..20u32 {
            let hello = Hello::new(Role::Client);
            let connection =
                connect(&address, &access, &hello, &Timing::default()).await.expect("a connection");
            let (mut sender, receiver) = connection.open().await.expect("a stream");
            // A hello where a request belongs, a request that never ends, a stream that is dropped: in turn.
            if round % 2 == 0 {
                sender.send(&hello).await.expect("it is sent");
            }
            if round % 3 == 0 {
                drop(receiver);
                drop(sender);
            }
            if round % 5 != 0 {
                connection.close("gone").await;
            }
        }
    });
    eventually(LIMIT, "a good answer", || (cluster.home.run(&["list"]).code == 0).then_some(()));
    assert_eq!(cluster.home.json(&["list"]), serde_json::json!([]));
}
