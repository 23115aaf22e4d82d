//! Places in words, and words as places.

use super::{reference::Reference, words::error};
use crate::api::ApiError;
use beehive_core::{
    model::Place,
    reference::{Building, PastBuilding},
    text::folded,
};

/// The unit as people say it: `1` is `1 单元`.
fn unit_words(unit: &str) -> String {
    if unit.ends_with("单元") { unit.to_owned() } else { format!("{unit} 单元") }
}

fn joined(parts: [Option<String>; 4]) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect();
    parts.join(" ")
}

/// A place as screens show it, e.g. `3 栋 1 单元 402`.
pub fn words(reference: &Reference, place: &Place) -> String {
    let building = place.building.as_ref().map(|id| reference.building_name(id));
    joined([building, place.unit.as_deref().map(unit_words), place.door.clone(), place.text.clone()])
}

/// Building and unit as one key to group and narrow by: the building's id, a tab, the unit; empty if it names no building.
pub fn spot(place: &Place) -> String {
    match (&place.building, &place.unit) {
        (Some(building), Some(unit)) => format!("{building}\t{unit}"),
        (Some(building), None) => building.to_string(),
        (None, _) => String::new(),
    }
}

/// The heading it is grouped under, e.g. `3 栋 1 单元`; empty if it names no building.
pub fn group(reference: &Reference, place: &Place) -> String {
    let building = place.building.as_ref().map(|id| reference.building_name(id));
    if building.is_none() {
        return String::new();
    }
    joined([building, place.unit.as_deref().map(unit_words), None, None])
}

/// Why a building could not be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoBuilding {
    /// None has this id or name.
    Unknown,
    /// Several have this name: the micro-grids they are in.
    Several(Vec<String>),
}

/// Finds a building by its id or its name.
pub fn building<'a>(reference: &'a Reference, text: &str) -> Result<&'a Building, NoBuilding> {
    if let Some(building) = reference.building(&text.into()) {
        return Ok(building);
    }
    let wanted = folded(text);
    let found: Vec<&Building> = reference.buildings().iter().filter(|b| folded(&b.name) == wanted).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(NoBuilding::Unknown),
        _ => Err(NoBuilding::Several(found.iter().map(|b| reference.node_name(&b.node).to_owned()).collect())),
    }
}

/// The building that a form names, by its id or its name.
///
/// # Errors
/// What to tell who named it.
pub fn choosable<'a>(reference: &'a Reference, text: &str) -> Result<&'a Building, ApiError> {
    building(reference, text).map_err(|e| match e {
        NoBuilding::Unknown => past(reference, text).map_or_else(unknown, removed),
        NoBuilding::Several(grids) => {
            error("ambiguous_building", format!("有几栋楼都叫这个名字（{}）。", grids.join("、")), "请从名单里选是哪一栋。")
        }
    })
}

fn unknown() -> ApiError {
    error("unknown_building", "您负责的网格里没有这栋楼。", "请从名单里选楼栋，或者不选楼栋、用文字写明地点。")
}

/// A building that is no longer offered, by its id or its name.
fn past<'a>(reference: &'a Reference, text: &str) -> Option<&'a PastBuilding> {
    let wanted = folded(text);
    let is = |b: &&PastBuilding| b.id.as_str() == text || folded(&b.name) == wanted || folded(&b.shown()) == wanted;
    reference.past_buildings().find(is)
}

fn removed(gone: &PastBuilding) -> ApiError {
    error("building_removed", format!("“{}”已经不在您的楼栋名单上，不能再选。还没有存。", gone.name), "请重新选楼栋，或者用文字写明地点。")
}

/// Whether a place may be written where `present` stands: a building that is no longer offered stays where it is, and is chosen nowhere
/// else.
///
/// # Errors
/// `building_removed`.
pub fn may_stand(reference: &Reference, place: &Place, present: &[Place]) -> Result<(), ApiError> {
    let Some(id) = &place.building else { return Ok(()) };
    let gone = reference.past_buildings().find(|b| b.id == *id);
    let kept = present.iter().any(|p| p.building.as_ref() == Some(id));
    gone.filter(|_| !kept).map_or(Ok(()), |gone| Err(removed(gone)))
}

/// Understands what somebody typed as a place: the stored form, a building's name with unit and door behind it, or plain words.
pub fn parse(reference: &Reference, text: &str) -> Place {
    let text = text.trim();
    if text.starts_with('{')
        && let Ok(place) = serde_json::from_str(text)
    {
        return place;
    }
    if let Ok(found) = building(reference, text) {
        return Place { building: Some(found.id.clone()), ..Place::default() };
    }
    let wanted = folded(text);
    // The longest name wins, so that `13 栋` is not taken for `1`; a name several buildings share says too little.
    let prefixes = reference.buildings().iter().filter(|b| !b.name.is_empty() && wanted.starts_with(&folded(&b.name)));
    let longest = prefixes.clone().map(|b| folded(&b.name).len()).max().unwrap_or(0);
    let mut candidates = prefixes.filter(|b| folded(&b.name).len() == longest);
    match (candidates.next(), candidates.next()) {
        (Some(found), None) => inside(found, &wanted[longest..]),
        _ => Place { text: (!text.is_empty()).then(|| text.to_owned()), ..Place::default() },
    }
}

/// What stands behind a building's name: unit, door, words.
fn inside(building: &Building, rest: &str) -> Place {
    let mut place = Place { building: Some(building.id.clone()), ..Place::default() };
    let mut rest = rest;
    let by_length = |unit: &&beehive_core::reference::Unit| std::cmp::Reverse(unit.name.len());
    let mut units: Vec<_> = building.units.iter().collect();
    units.sort_by_key(by_length);
    for unit in units {
        let after = rest.strip_prefix(&folded(&unit_words(&unit.name)));
        if let Some(after) = after {
            place.unit = Some(unit.name.clone());
            rest = after;
            break;
        }
    }
    let rest = rest.trim_matches(['-', '、', '，', ',']);
    let doors = building.units.iter().filter(|u| place.unit.as_ref().is_none_or(|name| *name == u.name)).flat_map(|u| &u.doors);
    let door = doors.into_iter().find(|d| rest == folded(d) || rest == format!("{}室", folded(d)) || rest == format!("{}号", folded(d)));
    match door {
        Some(door) => place.door = Some(door.clone()),
        None if !rest.is_empty() => place.text = Some(rest.to_owned()),
        None => {}
    }
    place
}
