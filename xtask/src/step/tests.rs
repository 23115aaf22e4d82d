//! Nothing that a step does can keep a run waiting.

use super::*;

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn run_for(script: &str, budget: u64) -> (End, Vec<String>) {
    let mut heard = Vec::new();
    let end = run(sh(script), Duration::from_secs(budget), &mut |line| heard.push(line.to_owned())).unwrap();
    (end, heard)
}

#[test]
fn a_step_is_heard_on_both_outputs_and_ends_well() {
    let (end, heard) = run_for("echo one; echo two >&2; printf three", 60);
    assert!(end.ok, "{end:?}");
    assert_eq!(heard, ["one", "two", "three"]);
}

#[test]
fn a_step_that_fails_says_how() {
    let (end, _) = run_for("exit 3", 60);
    assert!(!end.ok);
    assert!(end.complaints[0].contains("exit status: 3"), "{end:?}");
}

#[test]
fn an_endless_loop_is_ended_within_its_budget_and_named() {
    let (end, heard) = run_for("echo begun; while :; do :; done # the endless loop", 1);
    assert!(!end.ok && end.took < Duration::from_secs(30), "{end:?}");
    assert!(end.complaints[0].contains("over its budget of 1 s") && end.complaints[0].contains("the endless loop"), "{end:?}");
    assert_eq!(heard, ["begun"]);
}

#[test]
fn a_step_that_does_not_want_to_stop_is_ended_with_all_that_it_started() {
    let (end, _) = run_for("trap '' TERM; setsid sleep 9871 & sleep 9872", 1);
    assert!(end.complaints[0].contains("sleep 9871") && end.complaints[0].contains("sleep 9872"), "{end:?}");
    assert!(!still_there("sleep 9871") && !still_there("sleep 9872"));
}

#[test]
fn what_holds_the_output_open_is_named_and_ended() {
    let (end, heard) = run_for("sleep 9873 & echo done", 60);
    assert!(!end.ok && end.took < Duration::from_secs(30), "{end:?}");
    assert!(end.complaints[0].contains("it left behind") && end.complaints[0].contains("sleep 9873"), "{end:?}");
    assert_eq!(heard, ["done"]);
    assert!(!still_there("sleep 9873"));
}

#[test]
fn what_hides_in_a_group_of_its_own_is_found_too() {
    let (end, _) = run_for("setsid sleep 9874 >/dev/null 2>&1 </dev/null & sleep 0.3", 60);
    assert!(!end.ok && end.complaints[0].contains("sleep 9874"), "{end:?}");
    assert!(!still_there("sleep 9874"));
}

#[test]
fn helpers_may_take_a_moment_to_end() {
    let (end, heard) = run_for("(sleep 1; echo helper) & echo done", 60);
    assert!(end.ok, "{end:?}");
    assert_eq!(heard, ["done", "helper"]);
}

fn still_there(line: &str) -> bool {
    let all = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|e| std::fs::read(e.path().join("cmdline")).ok());
    all.into_iter().any(|c| String::from_utf8_lossy(&c).replace('\0', " ").trim() == line)
}
