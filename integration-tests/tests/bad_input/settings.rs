//! Settings that cannot be, from a file, a variable or an option.

use crate::check::Scene;
use godwit_integration_tests::Home;

#[track_caller]
fn check_file(text: &str, sentence: &str) {
    let home = Home::new();
    home.write("c.toml", text);
    Scene::of(&home).refused("--config c.toml config show", 2, sentence);
    Scene::of(&home).refused("--config c.toml coordinator start", 2, sentence);
    assert!(!home.path("home").exists(), "nothing was made");
}

#[track_caller]
fn check_variable(name: &'static str, value: &str, sentence: &str) {
    let home = Home::new();
    Scene::of(&home).variable(name, value).refused("config show", 2, sentence);
}

#[test]
fn files() {
    check_file(
        "[coordinator]\nheartbeat_perod = \"2s\"\n",
        "unknown setting 'coordinator.heartbeat_perod' in c.toml; did you mean 'coordinator.heartbeat_period'?",
    );
    check_file(
        "[coordinator]\nheartbeat_period = \"fast\"\n",
        "cannot use the settings in c.toml: coordinator.heartbeat_period: 'fast' is not a duration; write it like \
         10s, 5m, 1h30m, 250ms or 00:10:00",
    );
    check_file(
        "[coordinator\n",
        "cannot use the settings in c.toml: not valid TOML at line 1, column 13: unclosed table, expected `]`",
    );
    let home = Home::new();
    let scene = Scene::of(&home);
    scene.refused(
        "--config no.toml config show",
        2,
        "cannot read the settings in no.toml: no such file or directory",
    );
    std::fs::create_dir(home.path("home")).expect("a folder");
    std::fs::write(home.path("home/godwit.toml"), "colour = 1\n").expect("a file");
    scene.refused("list", 3, "no coordinator is running for cluster 'default' (there is no access directory [HOME]/home/default); start one with 'godwit coordinator start'");
    scene.refused("config show", 2, "unknown setting 'colour' in [HOME]/home/godwit.toml");
}

#[test]
fn variables() {
    check_variable(
        "GODWIT__COORDINATOR__LISTN",
        "x",
        "unknown setting 'coordinator.listn' of the variable GODWIT__COORDINATOR__LISTN; did you mean \
         'coordinator.listen'?",
    );
    check_variable(
        "GODWIT__WORKER__CPUS",
        "many",
        "cannot use the settings of the variable GODWIT__WORKER__CPUS: worker.cpus: found string \"many\", \
         expected a number",
    );
    check_variable(
        "GODWIT__COORDINATOR__HEARTBEAT_PERIOD",
        "0s",
        "cannot use the settings of the variable GODWIT__COORDINATOR__HEARTBEAT_PERIOD: \
         coordinator.heartbeat_period: found 0s, expected at least 10ms",
    );
    check_variable(
        "GODWIT__COORDINATOR__HEARTBEAT_PERIOD",
        "20s",
        "cannot use the settings from all places together: coordinator.heartbeat_timeout: found 10s, expected at \
         least twice coordinator.heartbeat_period, which is 20s",
    );
}

#[test]
fn options() {
    let home = Home::new();
    Scene::of(&home).refused(
        "coordinator start --listen nonsense",
        2,
        "cannot use the settings of --listen: coordinator.listen: found \"nonsense\", expected HOST:PORT such as \
         \"0.0.0.0:7077\"",
    );
}
