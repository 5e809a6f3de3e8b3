//! Tests of the shell: a whole coordinator with peers in this process.

mod embedded;
mod leadership;
