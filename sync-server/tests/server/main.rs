//! The server as phones meet it: real database, real router, phones that write with the real core.

mod bootstrap;
mod cli;
mod enrolment;
mod harness;
mod hostile;
mod http;
mod narrow;
mod held;
mod pages;
mod rescue;
mod verdicts;
