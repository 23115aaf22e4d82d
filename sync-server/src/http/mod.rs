//! The server's face: the table of routes with who may call them, authentication, and thin handlers.

mod auth;
mod body;
mod files;
mod handlers;
mod range;
mod routes;
mod street;
mod tus;

pub use routes::{Operation, ROUTES, Route, Who, router};
