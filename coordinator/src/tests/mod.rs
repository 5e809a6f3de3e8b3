//! Tests of the shell: the store driver on a real disk, and a whole coordinator with peers in this process.

mod embedded;
mod store;
