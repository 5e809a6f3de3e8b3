//! Credentials that are of no use: wrong role, wrong cluster, expired, damaged, open to others.

use crate::check::Scene;
use godwit_integration_tests::{Cluster, Home};
use rcgen::{CertificateParams, KeyPair, SanType, date_time_ymd};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

#[test]
fn another_role() {
    let cluster = Cluster::start();
    let scene = Scene::with(&cluster);
    scene.check("access export --role worker --output worker.access", 0, &[]);
    scene.check("access export --role client --output client.access", 0, &[]);
    scene.refused(
        "access export --role client --output client.access",
        2,
        "cannot write the credential to client.access: there is a file of that name; remove it first",
    );
    let sentence = "cannot use the credential in [HOME]/work/worker.access: it is a worker's but a client's is \
                    needed; make one with 'godwit access export --role client'";
    for line in ["list", "submit -- true", "coordinator stop"] {
        scene.refused(&format!("--access worker.access {line}"), 3, sentence);
    }
    scene.check("--access client.access list", 0, &[]);
    scene.refused(
        "--access client.access worker start",
        3,
        "cannot use the credential in [HOME]/work/client.access: it is a client's but a worker's is needed; make one \
         with 'godwit access export --role worker'",
    );
    assert!(!cluster.home.path("home/default/spool").exists(), "no folder was made for a worker");
    scene.refused(
        "--access client.access coordinator start",
        3,
        "cannot use the credential in [HOME]/work/client.access: it is a client's but a coordinator's is needed; make \
         one with 'godwit access export --role coordinator'",
    );
    assert_eq!(cluster.home.json(&["list"]), serde_json::json!([]));
}

#[test]
fn another_cluster() {
    let (cluster, other) = (Cluster::start(), Cluster::start());
    let scene = Scene::with(&other);
    let announcement = "home/default/coordinator.json";
    std::fs::copy(other.home.path(announcement), cluster.home.path(announcement)).expect("a file");
    let foreign = Scene::of(&cluster.home).masking(port(&other), "[PORT]");
    let sentence = "no connection with 127.0.0.1:[PORT]: its certificate is of another cluster; check the address, \
                    and name the right access directory with --cluster or --access";
    for line in ["list", "submit -- true", "worker start"] {
        foreign.refused(line, 3, sentence);
    }
    scene.check("list", 0, &[]);
    assert_eq!(other.home.json(&["list"]), serde_json::json!([]));
    assert_eq!(other.workers().len(), 0);
}

fn port(cluster: &Cluster) -> String {
    let view = cluster.home.json(&["coordinator", "status"]);
    let address = view["address"].as_str().expect("an address");
    address.rsplit_once(':').expect("a port").1.to_owned()
}

/// A credential that could have come from `godwit access export` seventeen years ago.
fn expired() -> String {
    let cluster = "00000000000000000000000000000abc";
    let certificate = |holder: &str| {
        let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
        parameters.not_before = date_time_ymd(2008, 1, 1);
        parameters.not_after = date_time_ymd(2009, 1, 1);
        let uri = format!("godwit://{cluster}/{holder}").try_into().expect("ASCII");
        parameters.subject_alt_names.push(SanType::URI(uri));
        let key = KeyPair::generate().expect("a key");
        let made = parameters.self_signed(&key).expect("a certificate");
        (made.pem(), key.serialize_pem())
    };
    let (authority, _) = certificate("authority");
    let (credential, key) = certificate("role/client");
    let exported = serde_json::json!({
        "godwit_access": 1,
        "cluster": cluster,
        "role": "client",
        "addresses": ["127.0.0.1:9"],
        "authority": authority,
        "credential": credential + &key,
    });
    exported.to_string()
}

#[track_caller]
fn check_file(text: &str, sentence: &str) {
    let home = Home::new();
    let path = home.write("x.access", text);
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("a mode");
    let sentence = format!("cannot use the credential in [HOME]/work/x.access: {sentence}");
    Scene::of(&home).refused("--access x.access list", 3, &sentence);
}

#[test]
fn expired_credentials() {
    check_file(
        &expired(),
        "it expired at 2009-01-01T00:00:00Z; start the coordinator again, which renews it, and export it again for \
         machines that do not share the access directory",
    );
}

#[test]
fn damaged_credentials() {
    let good = expired();
    let half = &good[..good.len() / 2];
    let unknown = "it is not a whole file that 'godwit access export' of this version wrote; export it again";
    check_file(half, unknown);
    check_file("[[task]]\nname = \"a\"\n", unknown);
    check_file(
        &good.replace("\"godwit_access\":1", "\"godwit_access\":9"),
        "it has format 9 but this version reads format 1; export it again",
    );
    let advice = "export it again, or remove it and start the coordinator again, which makes it anew";
    check_file(&good.replace("MIIB", "QQQQ"), &format!("its certificate is damaged; {advice}"));
    check_file(
        &good.replace("PRIVATE KEY", "PRIVATE MATTER"),
        &format!("its key is damaged or missing; {advice}"),
    );
}

#[test]
fn damaged_directories() {
    let cluster = Cluster::start();
    let scene = Scene::with(&cluster);
    let advice = "export it again, or remove it and start the coordinator again, which makes it anew";
    let file = cluster.home.path("home/default/client.pem");
    let good = std::fs::read(&file).expect("a credential");
    std::fs::write(&file, "rubbish").expect("a file");
    let place = "cannot use the credential in [HOME]/home/default/client.pem";
    scene.refused("list", 3, &format!("{place}: its certificate is damaged or missing; {advice}"));
    std::fs::write(&file, &good).expect("a file");
    let announcement = cluster.home.path("home/default/coordinator.json");
    let told = std::fs::read(&announcement).expect("a file");
    std::fs::write(&announcement, "rubbish").expect("a file");
    scene.refused(
        "list",
        3,
        "cannot tell from [HOME]/home/default/coordinator.json where the coordinator is: it is damaged; start the \
         coordinator again, which writes it anew",
    );
    std::fs::write(&announcement, told).expect("a file");
    scene.check("list", 0, &[]);
}

#[test]
fn credentials_that_others_can_read() {
    let cluster = Cluster::start();
    let scene = Scene::with(&cluster);
    let check = |name: &str, open: u32, private: u32| {
        let path = cluster.home.path(name);
        std::fs::set_permissions(&path, Permissions::from_mode(open)).expect("a mode");
        let sentence = format!(
            "[HOME]/{name} is open to other users (mode {open:o}); run 'chmod {private:o} [HOME]/{name}'"
        );
        scene.refused("list", 3, &sentence);
        std::fs::set_permissions(&path, Permissions::from_mode(private)).expect("a mode");
    };
    check("home/default", 0o755, 0o700);
    check("home/default/client.pem", 0o644, 0o600);
    scene.check("list", 0, &[]);
}
