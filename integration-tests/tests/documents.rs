//! What the documents show is true: their workflow files are workflow files, their commands exist.

use godwit_common::ids::Token;
use godwit_common::workflow_file::{Format, Source, parse};
use godwit_integration_tests::{Home, source_root};

/// The contents of a document's code blocks that are fenced with exactly this word.
fn blocks(document: &str, fence: &str) -> Vec<String> {
    let text = std::fs::read_to_string(source_root().join(document)).expect("the document is there");
    let opening = format!("```{fence}\n");
    let parts = text.split(&opening).skip(1);
    parts.map(|part| part.split("```").next().unwrap_or_default().to_owned()).collect()
}

fn check_workflow(document: &str, text: &str, format: Format) {
    let source = Source { path: document, format, folder: "/project" };
    let mut read = |_: &str| Ok("one\ntwo\n".to_owned());
    if let Err(error) = parse(text, &source, &mut read, Token(1)) {
        panic!("{document}: {error}\n{text}");
    }
}

#[test]
fn every_workflow_in_the_documents_is_one() {
    let mut count = 0;
    for document in ["README.md", "docs/workflow-file.md", "docs/checkpointing.md"] {
        for (fence, format) in [("toml", Format::Toml), ("json", Format::Json)] {
            for text in blocks(document, fence) {
                check_workflow(document, &text, format);
                count += 1;
            }
        }
    }
    assert!(count >= 10, "only {count} workflows were found");
}

/// Every `godwit` command line of the README and of the page about checkpoints names commands and flags that exist. Asking for help stops each before it
/// does anything; an unknown command or flag is refused before that.
#[test]
fn every_command_in_the_documents_exists() {
    let home = Home::new();
    let documents = ["README.md", "docs/checkpointing.md"];
    let lines: Vec<String> = documents
        .iter()
        .flat_map(|document| blocks(document, "console"))
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| Some(line.strip_prefix("$ godwit ")?.to_owned()))
        .collect();
    assert!(lines.len() >= 20, "only {} commands were found", lines.len());
    for line in lines {
        let command = line.split(['#', '&']).next().unwrap_or_default();
        let words: Vec<&str> = command.split_whitespace().take_while(|word| *word != "--").collect();
        let arguments: Vec<&str> =
            words.iter().map(|word| word.trim_matches('\'')).chain(["--help"]).collect();
        let answer = home.run(&arguments);
        assert_eq!(answer.code, 0, "{line}: {answer:?}");
    }
}

/// The three examples and both scripts that the README names are there.
#[test]
fn what_the_readme_points_to_is_there() {
    let root = source_root();
    for path in [
        "scripts/demo",
        "scripts/check",
        "docs/workflow-file.md",
        "docs/guarantees.md",
        "docs/checkpointing.md",
    ] {
        assert!(root.join(path).is_file(), "{path}");
    }
    for example in ["quickstart", "parameter-sweep", "variant-calling"] {
        assert!(root.join("examples").join(example).join("workflow.toml").is_file(), "{example}");
    }
}

/// A page that names a file or folder of the source tree that is not there sends its reader nowhere.
#[test]
fn every_place_that_the_documents_name_is_there() {
    let root = source_root();
    let mut count = 0;
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "docs/guarantees.md",
        "docs/testing.md",
        "docs/performance.md",
        "docs/checkpointing.md",
    ] {
        let text = std::fs::read_to_string(root.join(document)).expect("the document is there");
        let rooms =
            ["integration-tests/", "coordinator/", "worker/", "common/", "checkpoint/", "cli/", "scripts/"];
        for word in
            text.split('`').skip(1).step_by(2).filter(|word| rooms.iter().any(|room| word.starts_with(room)))
        {
            let path = word.split_whitespace().next().unwrap_or_default();
            assert!(root.join(path).exists(), "{document} names {path}, which is not there");
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} places were found");
}
