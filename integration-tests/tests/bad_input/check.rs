//! The one way in which a case of the table is judged.

use godwit_integration_tests::{Answer, Cluster, Home};
use std::process::Command;

/// Where the commands of some cases run, and what stands for what in the sentences.
pub(crate) struct Scene<'a> {
    home: &'a Home,
    masks: Vec<(String, &'static str)>,
    environment: Vec<(&'static str, String)>,
}

impl<'a> Scene<'a> {
    /// Commands in a folder, without a coordinator.
    pub(crate) fn of(home: &'a Home) -> Scene<'a> {
        let folder = home.as_ref().display().to_string();
        Scene { home, masks: vec![(folder, "[HOME]")], environment: Vec::new() }
    }

    /// Commands that meet a coordinator.
    pub(crate) fn with(cluster: &'a Cluster) -> Scene<'a> {
        let view = cluster.home.json(&["coordinator", "status"]);
        let address = view["address"].as_str().expect("an address");
        let port = address.rsplit_once(':').expect("a port").1.to_owned();
        Scene::of(&cluster.home).masking(port, "[PORT]").masking(view["pid"].to_string(), "[PID]")
    }

    /// The same with one more word that differs from run to run.
    pub(crate) fn masking(mut self, word: String, mask: &'static str) -> Scene<'a> {
        self.masks.push((word, mask));
        self
    }

    /// The same with a variable in the environment.
    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Scene<'a> {
        self.environment.push((name, value.to_owned()));
        self
    }

    fn command(&self, line: &str) -> Command {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = self.home.godwit(&words);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs `godwit` with the words of `line`: it has to exit with `code` and say exactly `sentences`, one a line.
    #[track_caller]
    pub(crate) fn check(&self, line: &str, code: i32, sentences: &[&str]) -> Answer {
        let answer = Answer::of(self.command(line).output().expect("the binary can be started"));
        let said = self.mask(&answer.stderr);
        let expected: String = sentences.iter().map(|sentence| format!("godwit: {sentence}\n")).collect();
        assert_eq!(said, expected, "godwit {line}: {answer:?}");
        assert_eq!(answer.code, code, "godwit {line}: {answer:?}");
        for forbidden in ["\u{1b}", "(os error", "Some(", "Err(", "{ "] {
            assert!(!answer.stderr.contains(forbidden), "godwit {line}: {answer:?}");
        }
        answer
    }

    /// As [`check`](Self::check), for what is refused at once: with exit code 2 or 3 and nothing on standard output.
    #[track_caller]
    pub(crate) fn refused(&self, line: &str, code: i32, sentence: &str) {
        let answer = self.check(line, code, &[sentence]);
        assert_eq!(answer.stdout, "", "godwit {line}");
    }

    /// What was said, without the lines that depend on time.
    fn mask(&self, text: &str) -> String {
        let lines = text.lines().filter(|line| !is_progress(line));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        self.masks.iter().fold(text, |text, (word, mask)| text.replace(word, mask))
    }
}

/// Lines of progress, and of the log of a long-running command.
fn is_progress(line: &str) -> bool {
    !line.starts_with("godwit: ")
        && (line.contains(" of ") && line.contains(" done (") || line.contains(" INFO "))
}

/// A workflow file with one task `a` that has these further lines.
pub(crate) fn task(lines: &str) -> String {
    format!("[[task]]\nname = \"a\"\n{lines}\n")
}
