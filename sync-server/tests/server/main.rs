//! The server as phones meet it: real database, real router, phones that write with the real core.

mod bootstrap;
mod cli;
mod duty;
mod enrolment;
mod files;
mod harness;
mod held;
mod hostile;
mod http;
mod life;
mod narrow;
mod pages;
mod rescue;
mod room;
mod stand_in;
mod verdicts;
