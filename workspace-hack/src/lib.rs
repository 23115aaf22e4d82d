//! No code: this crate only names dependencies with the features that the whole workspace needs of them (docs/development.md).
