//! `godwit run`: a coordinator, its workers and its client in one process.

mod possible;
mod session;
pub(super) mod state_folder;
mod supervise;
mod workers;

use super::submission::{self, Digested};
use super::{Context, workflow_file};
use crate::args::{Output, ReuseArgs, RunArgs};
use crate::client::{Client, watch};
use crate::console::{look, print, print_json};
use crate::display::{Display, Show};
use crate::errors::{Error, Exit, Outcome};
use crate::log;
use crate::render::{Again, Count, Plural, summary};
use crate::signals::Signals;
use godwit_common::ids::WorkflowId;
use godwit_common::memo::Reuse;
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
    let mut signals = Signals::new()?;
    let mut loaded = workflow_file::load(&arguments.file)?;
    let sources = submission::apply(&mut loaded.workflow, &arguments.reuse)?;
    let settings = session::settings(context, arguments)?;
    let store = settings.store.clone();
    let state = StateFolder::lock(&loaded.folder)?;
    let starting = async {
        let imports = submission::imports(&sources, &store).await?;
        let digested = submission::digested(loaded.workflow, state.digests()).await?;
        Session::start(context, arguments, settings, &state).await.map(|session| (session, digested, imports))
    };
    let (mut session, digested, imports) = tokio::select! {
        started = starting => started?,
        _ = signals.next() => return Ok(Exit::Interrupted),
    };
    let client = session.client();
    let mut display = Display::new(show(arguments.output));
    let Digested { workflow, warnings } = digested;
    warnings.iter().for_each(|warning| display.say(&format!("warning: {warning}")));
    let start = Start { client: &client, reuse: &arguments.reuse, imports };
    let outcome = supervised(start, &mut session, &mut display, &mut signals, workflow).await;
    display.clear();
    client.close().await;
    let ended = session.end(&mut signals).await;
    let (end, view) = outcome?;
    ended?;
    report(arguments, &end, &view, display.elapsed())
}

/// What a workflow is handed in with.
struct Start<'a> {
    client: &'a Client,
    reuse: &'a ReuseArgs,
    /// Results that come before it.
    imports: Vec<Request>,
}

async fn supervised(
    start: Start<'_>,
    session: &mut Session,
    display: &mut Display,
    signals: &mut Signals,
    workflow: Workflow,
) -> Result<(End, WorkflowView), Error> {
    let wishes = wishes(&workflow);
    let client = start.client.clone();
    // Before there are workers: then what is said of an earlier run is exact.
    let number = start.submit(display, workflow).await?;
    let workers = session.start_workers().await?;
    let possible = Possible::new(&wishes, &workers, session.others());
    let news = watch(client, None, number);
    let supervisor = Supervisor::new(news, possible, session, display, signals);
    supervisor.run().await
}

fn show(output: Output) -> Show {
    match output {
        Output::Table | Output::Json => Show::Progress,
        Output::Quiet => Show::Nothing,
    }
}

impl Start<'_> {
    /// Goes on with what there is of this workflow, or begins it.
    async fn submit(mut self, display: &Display, workflow: Workflow) -> Result<WorkflowId, Error> {
        submission::import(self.client, &mut self.imports).await?;
        // Whoever wants something to run again does not want to go on with what has run.
        let anew = workflow.reuse == Reuse::Nothing || !workflow.rerun.is_empty();
        let workflow = Box::new(workflow);
        let request = if anew { Request::Submit(workflow) } else { Request::Resume(workflow) };
        let (number, resumed) = self.client.submit(&request).await?;
        if resumed {
            self.tell_resumed(display, &self.client.workflow(number).await?);
        }
        Ok(number)
    }

    fn tell_resumed(&self, display: &Display, view: &WorkflowView) {
        let (number, counts) = (view.workflow, view.counts);
        let left = counts.waiting + counts.ready + counts.running;
        let done = counts.succeeded + counts.failed + counts.cancelled + counts.skipped;
        display.say(&format!(
            "going on with workflow {number}: {} of {} are done",
            Count(done),
            Plural(done + left, "task")
        ));
        if let Some(mode) = self.reuse.checkpoint.filter(|mode| *mode != view.checkpoint) {
            display.say(&format!(
                "warning: workflow {number} was begun with checkpoint = \"{}\" and keeps it; --checkpoint {mode} holds \
                 for new ones",
                view.checkpoint
            ));
        }
    }
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
