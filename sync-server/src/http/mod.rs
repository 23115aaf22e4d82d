//! The server's face: the table of routes with who may call them, authentication, and thin handlers.

mod auth;
mod body;
mod handlers;
mod range;
mod routes;

pub use routes::{Operation, ROUTES, Route, Who, router};
