//! Workflow files: TOML or JSON text in, a [`Workflow`](crate::workflow::Workflow) out.
