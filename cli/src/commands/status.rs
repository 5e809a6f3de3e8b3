//! `godwit status`

use super::asked::Asked;
use super::{Context, list};
use crate::args::{Output, StatusArgs};
use crate::client::{Client, Failure};
use crate::clock;
use crate::console::{look, print, print_json};
use crate::errors::{Error, Exit, Outcome};
use crate::render::{tasks, workflow};
use godwit_common::message::client::{Selector, TASKS_MAX};
use godwit_common::message::view::{TaskView, WorkflowState};
use godwit_common::message::{Request, Response};

/// Shows a workflow, its tasks, or all workflows that have not ended.
pub(super) async fn status(context: &Context, arguments: &StatusArgs) -> Outcome {
    let asked = Asked::new(context, &arguments.place).await?;
    let client = &asked.client;
    let outcome = match &arguments.of {
        None => running(client, arguments.output.form).await,
        Some(of) if arguments.tasks || !arguments.states.is_empty() => {
            task_list(client, &of.0, arguments).await
        }
        Some(of) if of.0.group.is_some() => Err(Error::usage(format!(
            "a workflow is shown as a whole; 'godwit status {} --tasks' shows a part of it task by task",
            of.0.workflow
        ))),
        Some(of) => one(client, &of.0, arguments.output.form).await,
    };
    asked.close().await;
    outcome
}

async fn running(client: &Client, output: Output) -> Outcome {
    let all = list::all(client).await?;
    let going = |state| matches!(state, WorkflowState::Open | WorkflowState::Running);
    let running: Vec<_> = all.into_iter().filter(|view| going(view.state)).collect();
    list::print_list(&running, output)
}

async fn one(client: &Client, of: &Selector, output: Output) -> Outcome {
    let view = client.workflow(of.workflow).await?;
    match output {
        Output::Json => print_json(&view)?,
        Output::Quiet => print(&format!("{}\n", view.workflow))?,
        Output::Table => print(&workflow(&view, clock::now(), look()))?,
    }
    Ok(Exit::Success)
}

/// Tables and ids are printed page by page; JSON is one array.
async fn task_list(client: &Client, of: &Selector, arguments: &StatusArgs) -> Outcome {
    let mut all = Vec::new();
    let mut skip = 0;
    loop {
        let page = page(client, of, arguments, skip).await?;
        let is_last = page.len() < TASKS_MAX;
        skip += page.len() as u64;
        match arguments.output.form {
            Output::Json => all.extend(page),
            Output::Quiet => print(&names(of, &page))?,
            Output::Table => print(&tasks(&page, clock::now(), look()))?,
        }
        if is_last {
            break;
        }
    }
    if arguments.output.form == Output::Json {
        print_json(&all)?;
    }
    Ok(Exit::Success)
}

async fn page(
    client: &Client,
    of: &Selector,
    arguments: &StatusArgs,
    skip: u64,
) -> Result<Vec<TaskView>, Failure> {
    let states = arguments.states.iter().map(|state| (*state).into()).collect();
    let request = Request::Tasks { of: of.clone(), states, skip };
    client
        .expect(&request, |response| match response {
            Response::Tasks(tasks) => Some(tasks),
            _ => None,
        })
        .await
}

fn names(of: &Selector, page: &[TaskView]) -> String {
    page.iter().map(|task| format!("{}/{}\n", of.workflow, task.task)).collect()
}
