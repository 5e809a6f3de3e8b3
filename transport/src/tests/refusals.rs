//! Who is not let in, and whether both sides are told why in words that help.

use super::access::replace;
use super::{Cluster, Server, hasty};
use crate::{Error, Hello, Listener, PROTOCOL_VERSION, Role, Timing, access::Access, connect, connect_any};

/// Connects with `access` and expects both sides to say the given things, finally.
async fn check(server: &mut Server, access: &Access, hello: &Hello, here: &str, there: &str) {
    let error =
        connect(&server.address, access, hello, &Timing::default()).await.expect_err("this must be refused");
    assert!(error.is_final() && error.to_string().contains(here), "{error}");
    let error = server.next().await.expect_err("this must be refused");
    assert!(error.to_string().contains(there), "{error}");
}

#[tokio::test]
async fn each_role_is_told_by_its_certificate() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    for role in Role::ALL {
        let access = cluster.access(role);
        let connection =
            connect(&server.address, &access, &Hello::new(role), &Timing::default()).await.expect("let in");
        assert_eq!(connection.role(), Role::Coordinator);
        let peer = server.next().await.expect("a peer");
        assert_eq!((peer.role, peer.connection.role(), peer.hello), (role, role, Hello::new(role)));
    }
}

#[tokio::test]
async fn nobody_acts_in_another_role_than_their_own() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    for (own, other) in
        [(Role::Client, Role::Worker), (Role::Worker, Role::Client), (Role::Worker, Role::Coordinator)]
    {
        let sentence = format!("a {own}'s credential cannot be used as a {other}; use one made with");
        check(&mut server, &cluster.access(own), &Hello::new(other), &sentence, &sentence).await;
    }
}

#[tokio::test]
async fn versions_must_match_and_the_older_side_is_named() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    let worker = cluster.access(Role::Worker);
    let newer = Hello { protocol: PROTOCOL_VERSION + 1, software: "9.0.0".into(), role: Role::Worker };
    let sentence = "the worker is godwit 9.0.0 (protocol 2) but the coordinator is godwit 0.1.0 (protocol 1); \
                    upgrade the coordinator";
    check(&mut server, &worker, &newer, sentence, sentence).await;
    let older = Hello { protocol: PROTOCOL_VERSION - 1, ..newer };
    check(&mut server, &worker, &older, "upgrade the worker", "upgrade the worker").await;
}

#[tokio::test]
async fn a_foreign_cluster_is_refused() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    let here =
        "its certificate is of another cluster; check the address, and name the right access directory";
    check(&mut server, &other.access(Role::Worker), &Hello::new(Role::Worker), here, "is of another cluster")
        .await;
}

#[tokio::test]
async fn a_credential_of_a_foreign_authority_is_refused_by_the_coordinator_too() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    // Trusts the right authority, but shows a certificate of the wrong one.
    let mut access = other.access(Role::Worker);
    access.authority = cluster.access(Role::Worker).authority;
    let here = "it says that this side's certificate is of another cluster";
    check(&mut server, &access, &Hello::new(Role::Worker), here, "its certificate is of another cluster")
        .await;
}

#[tokio::test]
async fn out_of_date_credentials_are_refused_by_the_other_side_too() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    for days in [-1, 60] {
        replace(&cluster, Role::Worker, days);
        let access = cluster.access(Role::Worker).pretend(Role::Worker);
        let here = "it says that this side's certificate has expired or is not yet valid; compare the clocks";
        let there = "its certificate has expired or is not yet valid by the clock here";
        check(&mut server, &access, &Hello::new(Role::Worker), here, there).await;
        let error =
            connect(&server.address, &cluster.access(Role::Worker), &Hello::new(Role::Worker), &hasty())
                .await
                .expect_err("the own clock says so first");
        assert!(matches!(error, Error::Credential { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_out_of_date_coordinator_is_refused() {
    let cluster = Cluster::new();
    replace(&cluster, Role::Coordinator, -1);
    let expired = cluster.access(Role::Coordinator);
    let error = Listener::bind(([127, 0, 0, 1], 0).into(), &expired, &hasty()).expect_err("refused at once");
    assert!(error.is_final() && error.to_string().contains("it expired at"), "{error}");
    let mut server = Server::start(&expired.pretend(Role::Coordinator), &Timing::default());
    let here = "its certificate has expired or is not yet valid by the clock here";
    check(
        &mut server,
        &cluster.access(Role::Client),
        &Hello::new(Role::Client),
        here,
        "says that this side's",
    )
    .await;
}

#[tokio::test]
async fn a_worker_cannot_pose_as_the_coordinator() {
    let cluster = Cluster::new();
    let error = Listener::bind(([127, 0, 0, 1], 0).into(), &cluster.access(Role::Worker), &hasty());
    assert!(
        error.expect_err("refused").to_string().contains("it is a worker's but a coordinator's is needed")
    );
    let posing = cluster.access(Role::Worker).pretend(Role::Coordinator);
    let mut server = Server::start(&posing, &Timing::default());
    let here = "what answers there is of this cluster but not its coordinator";
    check(&mut server, &cluster.access(Role::Client), &Hello::new(Role::Client), here, "").await;
}

#[tokio::test]
async fn a_port_in_use_is_said() {
    let cluster = Cluster::new();
    let server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    let second = Listener::bind(server.listener.local_addr(), &cluster.access(Role::Coordinator), &hasty());
    let sentence = second.expect_err("taken").to_string();
    let address = &server.address;
    assert!(
        sentence.starts_with(&format!("cannot listen on {address}: another program has this port;")),
        "{sentence}"
    );
}

#[tokio::test]
async fn nobody_there_is_known_at_once_and_worth_another_try() {
    let cluster = Cluster::new();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("an address").to_string();
    let access = cluster.access(Role::Client);
    let hello = Hello::new(Role::Client);
    let error = connect(&address, &access, &hello, &hasty()).await.expect_err("it is deaf");
    assert!(!error.is_final() && error.to_string().contains("no answer within 400ms; see"), "{error}");
    drop(socket);
    let patient = Timing::default();
    let error = connect(&address, &access, &hello, &patient).await.expect_err("nobody is there");
    assert!(!error.is_final() && error.to_string().ends_with(": nothing listens there"), "{error}");
    for (address, expected) in [("no such host:1", "cannot be resolved"), ("nonsense", "cannot be resolved")]
    {
        let error = connect(address, &access, &hello, &patient).await.expect_err("it is no address");
        assert!(!error.is_final() && error.to_string().contains(expected), "{error}");
    }
    let error = connect_any(&[], &access, &hello, &patient).await.expect_err("no address");
    assert!(error.to_string().contains("none was given"), "{error}");
}

#[tokio::test]
async fn the_address_that_answers_wins() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let stranger = Server::start(&other.access(Role::Coordinator), &Timing::default());
    let server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    let addresses = ["127.0.0.1:1".to_owned(), stranger.address.clone(), server.address.clone()];
    let access = cluster.access(Role::Worker);
    let hello = Hello::new(Role::Worker);
    let connection = connect_any(&addresses, &access, &hello, &Timing::default()).await.expect("one of them");
    assert_eq!(connection.remote().to_string(), server.address);
    let error =
        connect_any(&addresses[..2], &access, &hello, &Timing::default()).await.expect_err("none of them");
    assert!(!error.is_final(), "as long as one address may come back, it is worth another try: {error}");
}
