//! The dictionaries every street begins with.

use beehive_core::{model::RecordKind, reference::DictionaryEntry};

const ASKED: [RecordKind; 2] = [RecordKind::Demand, RecordKind::Request];
const FOUND: [RecordKind; 1] = [RecordKind::Finding];

/// Categories and channels.
pub fn dictionary() -> Vec<DictionaryEntry> {
    let categories: [(&str, &str, &str, &[RecordKind]); 15] = [
        ("fire", "消防", "Fire safety", &FOUND),
        ("gas", "燃气", "Gas", &FOUND),
        ("clutter", "堆物", "Clutter", &FOUND),
        ("electric", "用电", "Electricity", &FOUND),
        ("house", "房屋", "Building", &FOUND),
        ("water", "漏水", "Water leak", &FOUND),
        ("hygiene", "卫生", "Hygiene", &FOUND),
        ("care", "照料", "Care", &ASKED),
        ("errand", "代办", "Errand", &ASKED),
        ("dispute", "调解", "Mediation", &ASKED),
        ("repair", "维修", "Repair", &ASKED),
        ("environment", "环境", "Environment", &ASKED),
        ("noise", "噪音", "Noise", &ASKED),
        ("parking", "停车", "Parking", &ASKED),
        ("other", "其他", "Other", &[]),
    ];
    let channels: [(&str, &str, &str); 8] = [
        ("visit", "入户问需", "Home visit"),
        ("courtyard", "坝坝会", "Courtyard meeting"),
        ("chat", "龙门阵", "Chat"),
        ("online", "线上话题", "Online topic"),
        ("patrol", "巡查", "Patrol"),
        ("leader", "楼栋长", "Building leader"),
        ("link", "链接", "Link"),
        ("hotline", "热线", "Hotline"),
    ];
    let entry = |dictionary: &str, code: &str, zh: &str, en: &str, kinds: &[RecordKind]| DictionaryEntry {
        dictionary: dictionary.to_owned(),
        code: code.to_owned(),
        zh: zh.to_owned(),
        en: en.to_owned(),
        kinds: kinds.to_vec(),
    };
    let categories = categories.into_iter().map(|(code, zh, en, kinds)| entry("category", code, zh, en, kinds));
    let channels = channels.into_iter().map(|(code, zh, en)| entry("channel", code, zh, en, &[]));
    categories.chain(channels).collect()
}
