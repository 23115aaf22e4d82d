//! What one record costs at most: `cargo bench -p beehive-core --bench record`.
//!
//! Records as full as `gate::limits` lets them become, in the shapes that are dearest to somebody, and what it takes to
//! let them in and judge them (a server that is sent all of it), to fold them, to read them from the disk, and to take
//! their snapshot apart (a phone). Processor time in milliseconds; the goal is 200 for a server core.

use beehive_core::{
    ActorId, Document, EventBody, History, MemberId, NodeId, Scalar, Write,
    author::{create, write},
    document::NewRecord,
    fold,
    gate::{
        limits::{SHARE, STORED, Size},
        unpack_snapshot,
    },
    model::{Grant, Path, RecordKind, Role},
    policy::{Standing, judge_change},
    reference::{Level, Member, OrgNode, OrgTree},
};
use std::time::Instant;

const T0: i64 = 1_795_000_000;

fn actor(n: usize) -> ActorId {
    let mut id = [7; ActorId::LEN];
    id[..4].copy_from_slice(&(n as u32).to_be_bytes());
    ActorId(id)
}

fn begin() -> (History, Vec<Vec<u8>>) {
    let record = NewRecord { kind: RecordKind::Demand, scope: NodeId::from("mg-1"), created_by: MemberId::from("m-1") };
    let title = Write::Fact { field: "title".into(), value: "门禁坏了".into() };
    let (history, change) = create(actor(0), T0, &record, &[title]).expect("a record");
    (history, vec![change.bytes])
}

fn fact(n: usize) -> Write {
    Write::Fact { field: "detail".into(), value: Scalar::from(format!("第{n}次修改")) }
}

fn step(n: usize) -> Write {
    Write::Event(EventBody::Step { note: format!("第{n}步") })
}

/// Events of every group that the fold tells apart.
fn mixed(n: usize) -> Write {
    let note = format!("第{n}次");
    Write::Event(match n % 6 {
        0 => EventBody::Accept { path: Path::Now, note },
        1 => EventBody::Resolve { by: None, note },
        2 => EventBody::Reopen { note },
        3 => EventBody::Assign { to: MemberId::from("m-7"), help: vec![], due: None, note },
        4 => EventBody::Urge { note },
        _ => EventBody::Step { note },
    })
}

/// One after the other, `devices` in turn, each change with `each` of what is to be written, until the record is full.
fn in_turn(devices: usize, each: usize, what: impl Fn(usize) -> Write) -> Vec<Vec<u8>> {
    let (mut history, mut all) = begin();
    for n in 0.. {
        let writes: Vec<Write> = (0..each).map(|i| what(n * each + i)).collect();
        match write(&mut history, actor(n % devices), T0 + n as i64, &writes) {
            Ok(Some(change)) => all.push(change.bytes),
            Ok(None) => {}
            Err(_) => return all,
        }
    }
    all
}

/// In waves: everybody writes without having seen the others of the wave, and has seen all before.
fn in_waves(devices: usize, what: impl Fn(usize) -> Vec<Write>) -> Vec<Vec<u8>> {
    let (mut history, mut all) = begin();
    for wave in 0.. {
        let wrote = |n: usize| {
            let mut own = history.clone();
            let change = write(&mut own, actor(n), T0 + wave, &what(n)).ok()??;
            Some(change.bytes)
        };
        let changes: Vec<Vec<u8>> = (0..devices).filter_map(wrote).collect();
        let room = history.size().and(&Size { changes: changes.len(), ..Size::default() });
        if changes.is_empty() || !room.fits(&STORED) || changes.iter().any(|bytes| history.admit(bytes).is_err()) {
            return all;
        }
        all.extend(changes);
    }
    all
}

/// One device sends back what another one assigns on and on without having heard of it.
fn apart(helpers: usize) -> Vec<Vec<u8>> {
    let (mut history, mut all) = begin();
    let mut other = history.clone();
    let back = Write::Event(EventBody::Return { note: "请补充".into() });
    if let Ok(Some(change)) = write(&mut other, actor(1), T0, &[back]) {
        all.push(change.bytes);
    }
    let help: Vec<MemberId> = (0..helpers).map(|n| MemberId::from(format!("m-{n}").as_str())).collect();
    for n in 0.. {
        let help = if n == 0 { help.clone() } else { vec![] };
        let assign = EventBody::Assign { to: MemberId::from("m-7"), help, due: None, note: String::new() };
        let Ok(Some(change)) = write(&mut history, actor(0), T0 + n, &[Write::Event(assign)]) else { break };
        all.push(change.bytes);
    }
    let take = all.remove(1);
    all.push(take);
    for n in 0.. {
        if n == 0 {
            history = History::new();
            all.iter().for_each(|bytes| drop(history.admit(bytes).expect("let in")));
        }
        let Ok(Some(change)) = write(&mut history, actor(2), T0 + n, &[Write::Event(EventBody::Urge { note: String::new() })]) else {
            break;
        };
        all.push(change.bytes);
    }
    all
}

fn standing() -> Standing {
    let node = OrgNode { id: "mg-1".into(), parent: None, level: Level::MicroGrid, name: "一格".into() };
    let role = |role| Grant { role, node: "mg-1".into(), buildings: vec![], from: None, until: None, on_behalf: None };
    let grants = vec![role(Role::GridLead), role(Role::MicroWorker)];
    let member = Member { id: "m-1".into(), name: "王秀英".into(), kinds: vec![], grants };
    Standing::of(&member, &OrgTree::new([&node]), &NodeId::from("mg-1"), T0)
}

fn timed<T>(work: impl Fn() -> T) -> (f64, T) {
    let goes: Vec<(f64, T)> = (0..3)
        .map(|_| {
            let start = Instant::now();
            let made = work();
            (start.elapsed().as_secs_f64() * 1_000.0, made)
        })
        .collect();
    goes.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("three goes")
}

fn admit_and_judge(changes: &[Vec<u8>]) -> History {
    let (mut history, standing) = (History::new(), standing());
    for bytes in changes {
        let admitted = history.admit(bytes).expect("it was let in before");
        // What policy says does not matter here: it has looked at everything either way.
        let _ = judge_change(&history, &admitted.hash, &standing);
    }
    history
}

fn main() {
    let shapes: Vec<(&str, Vec<Vec<u8>>)> = vec![
        ("one event a change, 2 devices", in_turn(2, 1, mixed)),
        ("100 events a change, 2 devices", in_turn(2, 100, step)),
        ("one edit a change, 2 devices", in_turn(2, 1, fact)),
        ("waves of 12 with an event and an edit", in_waves(12, |n| vec![mixed(n), fact(n)])),
        ("waves of 100 with an event", in_waves(100, |n| vec![mixed(n)])),
        ("waves of 100 with an edit of the same", in_waves(100, |n| vec![fact(n)])),
        ("sent back while assigned 700 times", apart(0)),
        ("the same, 1,000 helpers at first", apart(1_000)),
    ];
    println!("a device may write {SHARE:?}");
    println!(
        "{:40} {:>7} {:>6} {:>6} {:>8} {:>7} {:>6} {:>8} {:>7}",
        "", "changes", "events", "KB", "judge", "fold", "read", "snapshot", "unpack"
    );
    for (name, changes) in shapes {
        let (judged, history) = timed(|| admit_and_judge(&changes));
        let (folded, _) = timed(|| fold(&history));
        let (read, _) = timed(|| {
            let mut again = History::new();
            changes.iter().for_each(|bytes| again.restore(None, bytes).expect("it was let in before"));
        });
        let (made, snapshot) = timed(|| Document::from_changes(changes.iter().map(Vec::as_slice)).expect("let in").snapshot());
        let (unpacked, _) = timed(|| unpack_snapshot(&snapshot).map(|_| ()).expect("an honest one"));
        let size = history.size();
        println!(
            "{name:40} {:>7} {:>6} {:>6} {judged:>8.1} {folded:>7.2} {read:>6.1} {made:>8.1} {unpacked:>7.1}",
            size.changes,
            size.events,
            size.bytes / 1024
        );
    }
}
