//! What the phone and the server ask of the machine they run on, in one place because both must do
//! it alike: files that only their owner may read ([`private`]), and files that a person asked to
//! have written somewhere ([`export`]), and what is printed ([`terminal`]). Nothing here knows what
//! is in a file.
#![warn(missing_docs)]

pub mod export;
pub mod private;
pub mod terminal;
