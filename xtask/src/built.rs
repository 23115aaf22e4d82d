//! What each step of the gate has built, so that double work is seen: a crate with other features is built again, and again at every
//! run on a cold machine, and nobody notices but the clock.

use std::collections::BTreeMap;

/// Crates of others, by name and version, and the steps that built them.
#[derive(Debug, Default)]
pub struct Built(BTreeMap<String, Vec<&'static str>>);

impl Built {
    /// Reads a line of cargo's, such as `   Compiling serde v1.0.229`. Our own crates, which stand with their folder, do not count: each
    /// step builds what it needs of them.
    pub fn hear(&mut self, step: &'static str, line: &str) {
        let Some(what) = line.trim().strip_prefix("Compiling ").filter(|what| !what.ends_with(')')) else { return };
        let steps = self.0.entry(what.to_owned()).or_default();
        if steps.last() != Some(&step) {
            steps.push(step);
        }
    }

    /// What more than one step has built.
    pub fn twice(&self) -> Vec<(&str, &[&'static str])> {
        self.0.iter().filter(|(_, steps)| steps.len() > 1).map(|(name, steps)| (name.as_str(), steps.as_slice())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_steps_have_built_is_named() {
        let mut built = Built::default();
        built.hear("build", "   Compiling serde v1.0.229");
        built.hear("build", "   Compiling serde v1.0.229");
        built.hear("build", "   Compiling libc v0.2.191");
        built.hear("build", "   Compiling beehive-core v0.1.0 (/somewhere/crates/core)");
        built.hear("window", "   Compiling beehive-core v0.1.0 (/somewhere/crates/core)");
        built.hear("window", "warning: unused variable");
        assert_eq!(built.twice(), []);
        built.hear("window", "   Compiling serde v1.0.229");
        assert_eq!(built.twice(), [("serde v1.0.229", &["build", "window"][..])]);
    }
}
