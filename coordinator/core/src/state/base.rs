//! A state as records: taken apart for a base of the log, and put together from one.
//!
//! What follows from the rest – tallies, who depends on whom, which barriers are open – is not written down but found
//! again.

mod load;
mod save;
