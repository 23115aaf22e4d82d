//! Which micro-grid something belongs to that names no building. A record stays where it is begun, and who reads it follows from that:
//! so nobody's first grid is taken for the one that was meant. With one grid nothing is asked; with several the reader says which.

use super::{
    reference::Reference,
    words::{error, refusal},
};
use crate::api::{ApiError, GridView};
use beehive_core::{
    NodeId, Refusal,
    model::RecordKind,
    policy::{self, Standing},
    reference::Level,
    text::folded,
};

/// Names in the sentence that asks which grid: more are not read.
const MAX_NAMED: usize = 8;

/// The micro-grids in which the reader may begin a record at a moment, in the order of lists, with the kinds that may be begun there.
pub fn recordable(reference: &Reference, now: i64) -> Vec<GridView> {
    let view = |node: &NodeId| {
        let kinds = policy::recordable(&reference.standing(node, now)?);
        (!kinds.is_empty()).then(|| GridView {
            id: node.clone(),
            name: shown(reference, node),
            within: reference.parent(node).map(|above| reference.node_name(above).to_owned()).unwrap_or_default(),
            kinds: kinds.to_vec(),
        })
    };
    reference.grids().filter_map(view).collect()
}

/// A grid's name; before the org tree has come only its id is known.
fn shown(reference: &Reference, node: &NodeId) -> String {
    let name = reference.node_name(node);
    if name.is_empty() { node.to_string() } else { name.to_owned() }
}

/// The micro-grid of a record of a kind. `wanted` is a grid's id or name; `building` the grid of the building that was chosen, which
/// says where by itself.
///
/// # Errors
/// `unknown_grid`, `ambiguous_grid`, `other_grid` (the building is in another than the one named), `which_grid` (several may be meant),
/// `place_needed` (the grids are not known here yet), or what policy refuses.
pub fn of_record(
    reference: &Reference,
    kind: RecordKind,
    building: Option<&NodeId>,
    wanted: Option<&str>,
    now: i64,
) -> Result<NodeId, ApiError> {
    if let Some(wanted) = wanted {
        // A building of somebody else's grid is policy's to refuse, with its own reason.
        let named = named(reference, wanted, now)?;
        return match building {
            Some(node) if *node != named => Err(other_grid(reference, node, &named)),
            _ => Ok(named),
        };
    }
    if let Some(node) = building {
        return Ok(node.clone());
    }
    let all = recordable(reference, now);
    let of_kind: Vec<&GridView> = all.iter().filter(|g| g.kinds.contains(&kind)).collect();
    match of_kind[..] {
        [one] => Ok(one.id.clone()),
        // Not this kind, but others: policy says why.
        [] => all.first().map(|any| any.id.clone()).ok_or_else(|| none(reference, now)),
        _ if of_kind.iter().all(|g| own_buildings_only(reference, &g.id, now)) => Err(refusal(Refusal::NotYourBuilding)),
        _ => Err(which(&of_kind)),
    }
}

/// The grid that somebody named.
fn named(reference: &Reference, wanted: &str, now: i64) -> Result<NodeId, ApiError> {
    let all = recordable(reference, now);
    if let Some(found) = all.iter().find(|g| g.id.as_str() == wanted) {
        return Ok(found.id.clone());
    }
    let said = folded(wanted);
    let found: Vec<&GridView> =
        all.iter().filter(|g| folded(&g.name) == said || folded(&format!("{}{}", g.within, g.name)) == said).collect();
    match found[..] {
        [one] => Ok(one.id.clone()),
        [] => Err(error("unknown_grid", format!("您可以记录的网格里没有这个（{}）。", list(&all)), "请从名单里选是哪个网格，再存一次。")),
        _ => {
            let names = list(found.iter().copied());
            Err(error("ambiguous_grid", format!("有几个网格都叫这个名字（{names}）。"), "请从名单里选是哪一个，再存一次。"))
        }
    }
}

fn own_buildings_only(reference: &Reference, node: &NodeId, now: i64) -> bool {
    reference.standing(node, now).is_some_and(|s| policy::records_own_buildings_only(&s) && !s.own_buildings().is_empty())
}

fn which(grids: &[&GridView]) -> ApiError {
    let message = format!("您在不止一个网格有职责（{}），要说明这是哪个网格的事。还没有存。", list(grids.iter().copied()));
    error("which_grid", message, "请选是哪个网格，或者选一栋楼，再存一次。")
}

fn other_grid(reference: &Reference, building: &NodeId, named: &NodeId) -> ApiError {
    let (there, said) = (shown(reference, building), shown(reference, named));
    error("other_grid", format!("这栋楼在{there}，不在{said}。"), "请只选楼栋，或者改选网格，再存一次。")
}

/// The reader may begin nothing anywhere, or may, but does not know the grids yet.
fn none(reference: &Reference, now: i64) -> ApiError {
    let may = |s: &Standing| !policy::recordable(s).is_empty();
    let mut grants = reference.me().into_iter().flat_map(|me| &me.grants).filter(|g| g.holds_at(now));
    if grants.any(|g| reference.standing(&g.node, now).as_ref().is_some_and(may)) {
        return error("place_needed", "网格的资料还没有到这台手机，不知道这是哪里的事。还没有存。", "请同步一次，再选楼栋或网格。");
    }
    refusal(Refusal::NotYourRole)
}

fn list<'a>(grids: impl IntoIterator<Item = &'a GridView>) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut more = 0;
    for grid in grids {
        match names.len() {
            MAX_NAMED => more += 1,
            _ => names.push([grid.within.as_str(), grid.name.as_str()].join(" ").trim().to_owned()),
        }
    }
    let names = names.join("、");
    if more > 0 { format!("{names}，还有 {more} 个") } else { names }
}

/// Whether records are kept at a level by their place.
pub fn is_grid(level: Level) -> bool {
    matches!(level, Level::MicroGrid | Level::DedicatedGrid)
}
