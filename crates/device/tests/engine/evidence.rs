//! Photos and voice notes on the phone they were made with: small enough, without what nobody meant to tell, and never given up too soon.

use crate::support::{NOW, Phone, file_bytes as bytes, kept, matter, photo_of};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_device::api::{FileState, Response, StorageView};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

fn storage(phone: &Phone, request: Value) -> StorageView {
    match phone.ask(request) {
        Response::Storage { storage } => storage,
        other => panic!("{other:?}"),
    }
}

/// A photo as a camera writes it: with the place it was taken at in its notes, 30°39'36" N, 104°3'36" E.
fn with_position() -> String {
    fn entry(tag: u16, kind: u16, count: u32, value: [u8; 4]) -> Vec<u8> {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    }
    let degrees = |parts: [u32; 3]| parts.iter().flat_map(|n| [n.to_le_bytes(), 1_u32.to_le_bytes()].concat()).collect::<Vec<u8>>();
    // Offsets count from the "II": one entry that leads to the position's own four, whose numbers follow them.
    let notes = [
        b"II*\0\x08\0\0\0\x01\0".to_vec(),
        entry(0x8825, 4, 1, 26_u32.to_le_bytes()),
        b"\0\0\0\0\x04\0".to_vec(),
        entry(1, 2, 2, *b"N\0\0\0"),
        entry(2, 5, 3, 80_u32.to_le_bytes()),
        entry(3, 2, 2, *b"E\0\0\0"),
        entry(4, 5, 3, 104_u32.to_le_bytes()),
        b"\0\0\0\0".to_vec(),
        degrees([30, 39, 36]),
        degrees([104, 3, 36]),
    ]
    .concat();
    let picture = image::RgbImage::from_fn(2_000, 1_500, |x, y| image::Rgb([(x / 8) as u8, (y / 8) as u8, 90]));
    let mut jpeg = Vec::new();
    picture.write_with_encoder(image::codecs::jpeg::JpegEncoder::new(&mut jpeg)).unwrap();
    let length = u16::try_from(notes.len() + 8).unwrap().to_be_bytes();
    let whole = [&jpeg[..2], b"\xff\xe1", &length, b"Exif\0\0", &notes, &jpeg[2..]].concat();
    BASE64_STANDARD.encode(whole)
}

#[test]
fn a_photo_is_scaled_and_says_where_it_was_taken_only_on_purpose() {
    let phone = Phone::of("wang");
    let plain = kept(&phone, json!({ "media": "image/jpeg", "base64": with_position() }));
    assert_eq!(plain.pos, None);
    let (large, small) = (bytes(&phone, &plain.hash), bytes(&phone, &plain.thumb.unwrap()));
    for (bytes, width, height) in [(&large, 1_600, 1_200), (&small, 320, 240)] {
        let picture = image::load_from_memory(bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (width, height));
        assert!(!bytes.windows(4).any(|w| w == b"Exif"), "the camera's notes are gone");
    }
    let told = kept(&phone, json!({ "media": "image/jpeg", "base64": with_position(), "keep_position": true }));
    assert_eq!((told.pos.as_deref(), told.hash), (Some("30.6600,104.0600"), plain.hash), "told beside the picture, not in it");
    let id = phone.record_with(json!({ "title": "墙砖松动", "photos": [{ "hash": told.hash, "pair": "before" }] }));
    assert_eq!(phone.show(&id).attachments[0].pos.as_deref(), Some("30.6600,104.0600"));
}

#[test]
fn what_is_neither_photo_nor_sound_is_turned_away_with_a_way_out() {
    let phone = Phone::of("wang");
    let heic = BASE64_STANDARD.encode(b"\0\0\0\x18ftypheic\0\0\0\0");
    let half = BASE64_STANDARD.encode(&BASE64_STANDARD.decode(photo_of(200, 1)).unwrap()[..33]);
    let long = BASE64_STANDARD.encode([&b"OggS"[..], &vec![0; 5 << 20]].concat());
    for (media, base64, code) in [
        ("image/heic", heic.as_str(), "bad_file"),
        ("image/png", half.as_str(), "bad_file"),
        ("image/jpeg", "not base64!", "bad_file"),
        ("text/html", "AAAA", "bad_media"),
        ("audio/webm", "AAAA", "bad_media"),
        ("audio/ogg", long.as_str(), "sound_too_large"),
    ] {
        let request = json!({ "do": "keep_photo", "photo": { "media": media, "base64": base64 } });
        assert_eq!(phone.error(request).code, code, "{media}");
    }
    assert_eq!(storage(&phone, json!({ "do": "storage" })).files, 0, "nothing is half kept");
}

#[test]
fn a_voice_note_is_kept_as_it_was_recorded() {
    let phone = Phone::of("wang");
    let sound = [&b"\x1a\x45\xdf\xa3"[..], &[7; 9_000]].concat();
    let note = json!({ "media": "audio/webm;codecs=opus", "base64": BASE64_STANDARD.encode(&sound), "secs": 17 });
    let id = phone.record_with(json!({ "title": "张阿姨说的话" }));
    let view = matter(phone.ask(json!({ "do": "attach", "id": id, "photo": note, "note": "方言" })));
    let one = &view.attachments[0];
    assert_eq!((one.media.as_str(), one.secs, one.thumb, one.note.as_str()), ("audio/webm", Some(17), None, "方言"));
    assert_eq!(bytes(&phone.reopened(), &one.hash), sound);
}

/// A photo of a form is kept at once: the draft holds its name, and only what no draft and no record names is forgotten.
#[test]
fn a_photo_of_a_form_survives_until_it_is_taken_out() {
    let phone = Phone::of("wang");
    let one = kept(&phone, json!({ "media": "image/png", "base64": photo_of(400, 1) }));
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": { "photos": [{ "hash": one.hash }] } }));
    let phone = phone.reopened();
    storage(&phone, json!({ "do": "drop_photo", "hash": one.hash }));
    assert!(!bytes(&phone, &one.hash).is_empty(), "the draft names it");
    phone.clock.set(NOW + 60 * DAY);
    assert_eq!(storage(&phone, json!({ "do": "clean_files" })).cleaned, 0);

    phone.ask(json!({ "do": "drop_draft", "id": "record" }));
    storage(&phone, json!({ "do": "drop_photo", "hash": one.hash }));
    assert_eq!(phone.error(json!({ "do": "file", "hash": one.hash })).code, "file_missing");
    assert_eq!(phone.error(json!({ "do": "file", "hash": one.thumb })).code, "file_missing");
}

/// Young, unsent, refused: all stay. Only what the server has confirmed goes.
#[test]
fn only_what_the_server_confirmed_is_cleaned_up() {
    let phone = Phone::of("wang");
    let photos: Vec<Value> = (1..=3).map(|n| json!({ "media": "image/png", "base64": photo_of(400, n) })).collect();
    let id = phone.record_with(json!({ "title": "三张", "photos": photos }));
    assert!(phone.engine.next_upload(&Default::default()).unwrap().is_none(), "records first");
    phone.deliver();
    let hashes: Vec<_> = phone.show(&id).attachments.iter().map(|a| a.hash).collect();
    for small in phone.show(&id).attachments.iter().filter_map(|a| a.thumb) {
        phone.engine.file_delivered(&id, &small).unwrap();
    }
    phone.engine.file_delivered(&id, &hashes[0]).unwrap();
    phone.engine.file_refused(&id, &hashes[1], "file_too_large").unwrap();
    phone.engine.file_sent(&id, &hashes[2], Some("0123456789abcdef".into()), 100).unwrap();
    assert_eq!(storage(&phone, json!({ "do": "clean_files" })).cleaned, 0, "it is of today");
    phone.clock.set(NOW + 31 * DAY);
    assert_eq!(storage(&phone, json!({ "do": "clean_files" })).cleaned, 1);
    let states: Vec<_> = phone.show(&id).attachments.iter().map(|a| (a.state, a.here, a.sent)).collect();
    assert_eq!(states, [(FileState::Remote, false, 0), (FileState::Refused, true, 0), (FileState::Local, true, 100)]);
    let problem = phone.show(&id).attachments[1].problem.clone().unwrap();
    assert!(problem.code == "file_too_large" && !problem.hint.is_empty());

    // Asked to try again, it waits again.
    phone.engine.try_files_again().unwrap();
    assert_eq!(phone.show(&id).attachments[1].state, FileState::Local);
    assert_eq!(phone.status().files.unsent, 2);
}

/// A form offers nine; whoever sends more at once is told, and half of it is not recorded.
#[test]
fn ten_photos_at_once_are_refused_as_a_whole() {
    let phone = Phone::of("wang");
    let photos: Vec<_> = (0..10).map(|n| json!({ "media": "image/png", "base64": photo_of(64, n) })).collect();
    let record = json!({ "do": "record", "kind": "demand", "title": "太多", "building": "b-3", "photos": photos });
    assert_eq!(phone.error(record).code, "too_many_photos");
    assert!(phone.titles().is_empty());
}
