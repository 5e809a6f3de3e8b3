//! `godwit run`: a coordinator, its workers and its client in one process.

mod possible;
mod session;
pub(super) mod state_folder;
mod supervise;
mod workers;

use super::{Context, workflow_file};
use crate::args::{Output, RunArgs};
use crate::client::{Client, watch};
use crate::console::{look, print, print_json};
use crate::display::{Display, Show};
use crate::errors::{Error, Exit, Outcome};
use crate::log;
use crate::render::{Again, Count, Plural, summary};
use crate::signals::Signals;
use godwit_common::ids::WorkflowId;
use godwit_common::message::Request;
use godwit_common::message::view::{WorkflowState, WorkflowView};
use godwit_common::workflow::Workflow;
use possible::{Possible, wishes};
use session::Session;
use state_folder::StateFolder;
use std::time::Duration;
use supervise::{End, Supervisor};

/// Runs a workflow to its end, or as far as it can go.
pub(super) async fn run(context: &Context, arguments: &RunArgs) -> Outcome {
    log::begin(log::Amount::Nothing);
    // Before anything is started that a signal has to stop in good order.
    let signals = Signals::new()?;
    let loaded = workflow_file::load(&arguments.file)?;
    let settings = session::settings(context, arguments)?;
    let state = StateFolder::lock(&loaded.folder)?;
    let mut session = Session::start(context, arguments, settings, &state).await?;
    let client = session.client();
    let mut display = Display::new(show(arguments.output));
    let outcome = supervised(&client, &mut session, &mut display, signals, loaded.workflow).await;
    display.clear();
    client.close().await;
    let ended = session.end().await;
    let (end, view) = outcome?;
    ended?;
    report(arguments, &end, &view, display.elapsed())
}

async fn supervised(
    client: &Client,
    session: &mut Session,
    display: &mut Display,
    signals: Signals,
    workflow: Workflow,
) -> Result<(End, WorkflowView), Error> {
    let wishes = wishes(&workflow);
    // Before there are workers: then what is said of an earlier run is exact.
    let number = submit(client, display, workflow).await?;
    let workers = session.start_workers().await?;
    let possible = Possible::new(&wishes, &workers, session.others());
    let news = watch(client.clone(), None, number);
    let supervisor = Supervisor::new(news, possible, session, display, signals);
    supervisor.run().await
}

fn show(output: Output) -> Show {
    match output {
        Output::Table | Output::Json => Show::Progress,
        Output::Quiet => Show::Nothing,
    }
}

/// Goes on with what there is of this workflow, or begins it.
async fn submit(client: &Client, display: &Display, workflow: Workflow) -> Result<WorkflowId, Error> {
    let (number, resumed) = client.submit(&Request::Resume(Box::new(workflow))).await?;
    if resumed {
        let counts = client.workflow(number).await?.counts;
        let left = counts.waiting + counts.ready + counts.running;
        let done = counts.succeeded + counts.failed + counts.cancelled + counts.skipped;
        display.say(&format!(
            "going on with workflow {number}: {} of {} are done",
            Count(done),
            Plural(done + left, "task")
        ));
    }
    Ok(number)
}

fn report(arguments: &RunArgs, end: &End, view: &WorkflowView, elapsed: Duration) -> Outcome {
    match arguments.output {
        Output::Json => print_json(view)?,
        Output::Table => {
            let file = place(arguments);
            print(&summary(view, elapsed, Again::Run { file: &file }, look()))?;
        }
        Output::Quiet => {}
    }
    match (end, view.state) {
        (_, WorkflowState::Succeeded) => Ok(Exit::Success),
        (End::Interrupted, WorkflowState::Open | WorkflowState::Running) => Ok(Exit::Interrupted),
        (End::Impossible(sentence), WorkflowState::Open | WorkflowState::Running) => {
            Err(Error { exit: Exit::Unsuccessful, sentence: sentence.clone() })
        }
        _ if arguments.output == Output::Quiet => Err(Error {
            exit: Exit::Unsuccessful,
            sentence: format!("{} of workflow '{}' did not succeed", unsuccessful(view), view.name),
        }),
        _ => Ok(Exit::Unsuccessful),
    }
}

fn unsuccessful(view: &WorkflowView) -> Plural {
    Plural(view.counts.failed + view.counts.cancelled + view.counts.skipped, "task")
}

/// The file, and the store if it is not the usual one, as a shell wants them.
fn place(arguments: &RunArgs) -> String {
    let file = quoted(&arguments.file.display().to_string());
    match &arguments.store {
        Some(store) => format!("{file} --store {}", quoted(store)),
        None => file,
    }
}

fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+=:@%".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
