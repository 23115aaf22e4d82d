//! Shared parts of the checks across components.
