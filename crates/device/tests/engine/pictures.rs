//! Pictures of all kinds: a copy takes a file's place only if a reader sees the same in it, and everything else stays the file it was.
//!
//! The files in `tests/pictures` were written by other programs (libjpeg-turbo, libpng, libwebp, libheif), all of the same scene.

use crate::support::{Phone, file_bytes as bytes, kept, matter};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_device::api::KeptView;
use image::{DynamicImage, GenericImageView, GrayImage, Rgb, RgbImage};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What all the files show.
fn scene(x: u32, y: u32) -> [u8; 3] {
    if (30..60).contains(&x) && (20..50).contains(&y) {
        return [235, 60, 40];
    }
    [(x * 2 + 20).min(255) as u8, (y * 2 + 30).min(255) as u8, 220_u32.saturating_sub(x + y / 2) as u8]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn keep(phone: &Phone, bytes: &[u8]) -> KeptView {
    kept(phone, json!({ "base64": BASE64_STANDARD.encode(bytes) }))
}

/// How far a picture is from the scene, 0 to 255 on average. Points between others are the nearest one of the scene.
fn distance(picture: &DynamicImage, grey: bool) -> f64 {
    let (width, height) = picture.dimensions();
    let shown = picture.to_rgb8();
    let sum: f64 = shown
        .enumerate_pixels()
        .map(|(x, y, shown)| {
            let [r, g, b] = scene(x * 97 / width, y * 83 / height);
            let brightness = (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)) / 1_000;
            let meant = if grey { [brightness as u8; 3] } else { [r, g, b] };
            meant.iter().zip(shown.0).map(|(a, b)| f64::from(a.abs_diff(b))).sum::<f64>() / 3.0
        })
        .sum();
    sum / f64::from(width * height)
}

#[test]
fn whatever_is_kept_shows_what_came_in() {
    let phone = Phone::of("wang");
    let mut names: Vec<String> = std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() > 30);
    for name in &names {
        let came = file(name);
        let kept = keep(&phone, &came);
        let now = bytes(&phone, &kept.hash);
        let common = name.starts_with("plain") || name == "grey.jpg";
        let whole = now == came;
        assert!(whole || (common && kept.media == "image/jpeg" && now.len() < came.len()) || name == "any.heic", "{name}");
        if common && name != "plain-optimized.jpg" && name.ends_with(".jpg") {
            assert!(!whole, "{name}: a common file is written anew, unless that saves nothing");
        }
        if !whole && name != "any.heic" {
            let distance = distance(&image::load_from_memory(&now).unwrap(), name == "grey.jpg");
            assert!(distance < 4.0, "{name}: {distance}");
        }
        match kept.thumb {
            Some(small) if name != "rare-animated.png" && name != "rare-gamma.png" && name != "rare-transparent.png" => {
                let small = image::load_from_memory(&bytes(&phone, &small)).unwrap();
                let distance = distance(&small, name == "grey.jpg");
                // Two of the files are as coarse as they can be.
                assert!(distance < if name == "rare-deep-tables.jpg" { 40.0 } else { 6.0 }, "{name}, small: {distance}");
            }
            Some(_) => {}
            None => assert!(name.starts_with("rare") || name.starts_with("any"), "{name}"),
        }
    }
}

/// Cut off, with something in the middle, with a mark that is not the next: each is kept to the last byte.
#[test]
fn what_is_not_quite_in_order_is_kept_as_it_is() {
    let phone = Phone::of("wang");
    for name in ["plain-420.jpg", "plain-restart.jpg", "rare-progressive.jpg", "plain.png"] {
        let good = file(name);
        let mut odd: Vec<(&str, Vec<u8>)> = vec![
            ("cut", good[..good.len() * 3 / 4].to_vec()),
            ("cut at the end", good[..good.len() - 2].to_vec()),
            ("a byte too many", [&good[..good.len() - 2], &[0x55], &good[good.len() - 2..]].concat()),
        ];
        if name.ends_with(".jpg") {
            let middle = good.len() * 2 / 3;
            odd.push(("filled up", [&good[..middle], &[0; 40], &good[middle..]].concat()));
        }
        for (what, bytes_) in odd {
            let kept = keep(&phone, &bytes_);
            assert!(bytes(&phone, &kept.hash) == bytes_, "{name}, {what}");
        }
        // Behind its end anything may come: a film, a brighter copy.
        if name.starts_with("plain") && name.ends_with(".jpg") {
            let kept = keep(&phone, &[&good[..], b"\0\0\0\x18ftypmp42"].concat());
            assert!(bytes(&phone, &kept.hash).len() < good.len(), "{name}");
        }
    }
}

/// A decoder that shows stripes is not believed. Every part of the coded picture is damaged in turn; what results is either the same to
/// a reader, or the file itself.
#[test]
fn damage_never_takes_the_place_of_the_file() {
    let phone = Phone::of("wang");
    let good = file("plain-restart-blocks.jpg");
    let begin = good.windows(2).position(|w| w == b"\xff\xda").unwrap() + 14;
    for at in (begin..good.len() - 2).step_by(37) {
        let mut hurt = good.clone();
        hurt[at] ^= 0x41;
        let now = bytes(&phone, &keep(&phone, &hurt).hash);
        if now != hurt {
            let before = image::load_from_memory(&hurt).unwrap().to_rgb8();
            let after = image::load_from_memory(&now).unwrap().to_rgb8();
            let sum: f64 = before.as_raw().iter().zip(after.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
            assert!(sum / (before.as_raw().len() as f64) < 6.0, "at {at}");
        }
    }
}

fn jpeg(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90)).unwrap();
    bytes
}

/// A conversation as one long screenshot: letters stay as large as they were.
#[test]
fn a_long_screenshot_keeps_its_width() {
    let phone = Phone::of("wang");
    let ink = |x: u32, y: u32| if y % 20 < 12 && (x / 3 + y / 3).is_multiple_of(2) { 20 } else { 245 };
    // Drawn once and repeated: a test's own loops are slow.
    let part: Vec<u8> = (0..60).flat_map(|y| (0..720).map(move |x| ink(x, y))).collect();
    let long = DynamicImage::ImageLuma8(GrayImage::from_raw(720, 6000, part.repeat(100)).unwrap());
    let kept = keep(&phone, &jpeg(&long));
    let now = image::load_from_memory(&bytes(&phone, &kept.hash)).unwrap();
    assert_eq!(now.dimensions(), (720, 6000));
    let some = |of: &[u8]| of.iter().copied().step_by(101).map(i64::from).collect::<Vec<_>>();
    let (now, meant) = (some(now.to_luma8().as_raw()), some(long.as_bytes()));
    let far: i64 = now.iter().zip(&meant).map(|(a, b)| (a - b).abs()).sum();
    assert!(far / (meant.len() as i64) < 10, "{far}");
    let small = image::load_from_memory(&bytes(&phone, &kept.thumb.unwrap())).unwrap();
    assert_eq!(small.dimensions(), (160, 320), "its beginning");
}

/// A grey picture of any size: even, and from the middle on brighter by 32 times the step of its table.
fn large(width: u16, height: u16) -> Vec<u8> {
    let small = file("grey.jpg");
    let at = |mark: &[u8]| small.windows(2).position(|w| w == mark).unwrap();
    let (frame, scan) = (at(b"\xff\xc0"), at(b"\xff\xda"));
    let mut bytes = small[..scan + 10].to_vec();
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    // By the tables of the standard's annex K, four blocks that change nothing are 4 x 001010.
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8);
    bytes.extend(b"\x28\xa2\x8a".repeat(blocks / 8));
    // 1110 100000 1010, and three that change nothing.
    bytes.extend(0b1110_1000_0010_1000_1010_0010_1000_1010_u32.to_be_bytes());
    bytes.extend(b"\x28\xa2\x8a".repeat(blocks.div_ceil(4) - blocks / 8 - 1));
    bytes.extend(b"\xff\xd9");
    bytes
}

/// A phone's 64 megapixels are slightly over 64,000,000 pixels; newer ones have 108 and 200 million.
#[test]
fn todays_cameras_are_within_the_limits() {
    let phone = Phone::of("wang");
    for (width, height) in [(9248, 6936), (16_320, 12_240)] {
        let now = image::load_from_memory(&bytes(&phone, &keep(&phone, &large(width, height)).hash)).unwrap().to_luma8();
        assert_eq!(now.dimensions(), (1600, 1200));
        let shade = |y: u32| now.get_pixel(800, y).0[0];
        assert!(shade(0) == shade(580) && shade(620) == shade(1199), "{width}");
        assert!(shade(620) > shade(580), "{width}: {} {}", shade(580), shade(620));
    }
}

/// Notes of a camera: how it was held (in both byte orders it is the same number), and something that concerns nobody.
fn noted(jpeg: &[u8], held: u8) -> Vec<u8> {
    let notes = [
        &b"II*\0\x08\0\0\0\x02\0"[..],
        b"\x12\x01\x03\0\x01\0\0\0",
        &[held, 0, 0, 0],
        b"\x3b\x01\x02\0\x0a\0\0\0\x26\0\0\0\0\0\0\0Owner Name",
    ]
    .concat();
    let length = u16::try_from(notes.len() + 8).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, b"Exif\0\0", &notes, &jpeg[2..]].concat()
}

#[test]
fn a_photo_is_upright_however_the_camera_was_held() {
    let phone = Phone::of("wang");
    for name in ["plain-444.jpg", "rare-progressive.jpg", "rare-440.jpg", "rare-arithmetic.jpg"] {
        for held in 1..=8 {
            let now = bytes(&phone, &keep(&phone, &noted(&file(name), held)).hash);
            assert!(!now.windows(10).any(|w| w == b"Owner Name"), "{name}: the camera's notes are gone");
            if name.starts_with("rare") {
                // As it was, and still with a note of how it is turned.
                let exif = exif::Reader::new().read_from_container(&mut std::io::Cursor::new(&now));
                let told = exif.ok().and_then(|e| e.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?.value.get_uint(0));
                assert_eq!(told.unwrap_or(1), u32::from(held), "{name}");
                assert!(now.ends_with(&file(name)[20..]), "{name}: not a byte of the picture has changed");
                continue;
            }
            let mut meant = DynamicImage::ImageRgb8(RgbImage::from_fn(97, 83, |x, y| Rgb(scene(x, y))));
            meant.apply_orientation(image::metadata::Orientation::from_exif(held).unwrap());
            let shown = image::load_from_memory(&now).unwrap().to_rgb8();
            assert_eq!(shown.dimensions(), meant.dimensions(), "{name} {held}");
            let sum: f64 = shown.as_raw().iter().zip(meant.as_bytes()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
            assert!(sum / f64::from(97 * 83 * 3) < 4.0, "{name} {held}");
        }
    }
}

/// What the page could decode is kept in the place of a file that this program cannot look into; what it could not is kept whole, and in
/// neither is more than was meant to be told.
#[test]
fn a_heic_photo_is_kept_as_the_page_sees_it_or_whole() {
    let phone = Phone::of("wang");
    let heic = file("any.heic");
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|w| w == what);
    assert!(has(&heic, b"Owner Name"));
    let whole = keep(&phone, &heic);
    let now = bytes(&phone, &whole.hash);
    assert_eq!((whole.media.as_str(), whole.thumb, now.len()), ("image/heic", None, heic.len()));
    assert!(!has(&now, b"Owner Name") && !has(&now, b"SomeCamera"));
    let id = phone.record_with(json!({ "title": "一张", "photos": [{ "hash": whole.hash }] }));
    assert_eq!(phone.show(&id).attachments[0].media, "image/heic");

    let page = BASE64_STANDARD.encode(file("plain-444.jpg"));
    let photo = json!({ "media": "", "base64": BASE64_STANDARD.encode(&heic), "copy": page, "keep_position": true });
    let id = phone.record_with(json!({ "title": "页面看得懂", "photos": [photo] }));
    let shown = phone.show(&id).attachments.remove(0);
    assert_eq!((shown.media.as_str(), shown.pos.as_deref()), ("image/jpeg", Some("30.6600,104.0600")));
    assert!(shown.thumb.is_some());
    // A copy that is none is not believed.
    let photo = json!({ "base64": BASE64_STANDARD.encode(&heic), "copy": BASE64_STANDARD.encode(b"\xff\xd8\xff\xda nothing") });
    let id = phone.record_with(json!({ "title": "页面弄错了", "photos": [photo] }));
    assert_eq!(phone.show(&id).attachments[0].media, "image/heic");
}

/// Every sound that any door takes, this one takes, whatever somebody says it is.
#[test]
fn a_sound_is_known_by_what_it_is() {
    let phone = Phone::of("wang");
    let id = phone.record_with(json!({ "title": "录音" }));
    for (begin, media) in [
        (&b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42isom"[..], "audio/mp4"),
        (b"ID3\x04\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x44", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"#!AMR\n\x3c", "audio/amr"),
        (b"OggS\0\x02", "audio/ogg"),
        (b"\x1a\x45\xdf\xa3", "audio/webm"),
    ] {
        let sound = BASE64_STANDARD.encode([begin, &[1; 900]].concat());
        let photo = json!({ "media": "image/jpeg", "base64": sound, "secs": 3 });
        let view = matter(phone.ask(json!({ "do": "attach", "id": id, "photo": photo })));
        assert_eq!(view.attachments.last().unwrap().media, media);
    }
}
