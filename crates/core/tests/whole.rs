//! All tests of this crate in one program: a mutation run builds it anew for every mutant, and linking twenty would take most of its time.
//! Never part of the gate, which runs each by itself.

#[path = "address.rs"]
mod address;
#[path = "decoders.rs"]
mod decoders;
#[path = "duty.rs"]
mod duty;
#[path = "gate.rs"]
mod gate;
#[path = "gate_rules.rs"]
mod gate_rules;
#[path = "golden.rs"]
mod golden;
#[path = "histories.rs"]
mod histories;
#[path = "life.rs"]
mod life;
#[path = "limits.rs"]
mod limits;
#[path = "matter.rs"]
mod matter;
#[path = "media.rs"]
mod media;
#[path = "own.rs"]
mod own;
#[path = "rescue.rs"]
mod rescue;
#[path = "restore.rs"]
mod restore;
#[path = "roles.rs"]
mod roles;
#[path = "rules.rs"]
mod rules;
#[path = "stand_in.rs"]
mod stand_in;
#[path = "visible.rs"]
mod visible;
