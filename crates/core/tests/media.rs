//! The one recogniser of files: every kind by its first bytes, and nothing else taken for one.

use beehive_core::Media;

/// A file of boxes with one track of a kind.
fn boxes(brands: &[u8; 12], track: &[u8; 4]) -> Vec<u8> {
    fn part(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], name, content].concat()
    }
    let handler = part(b"hdlr", &[&[0; 8][..], track, &[0; 13]].concat());
    let track = part(b"trak", &part(b"mdia", &handler));
    [part(b"ftyp", brands), part(b"mdat", &[7; 90]), part(b"moov", &track)].concat()
}

#[test]
fn every_kind_is_known_by_its_first_bytes() {
    for (bytes, media) in [
        (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], Media::Jpeg),
        (b"\x89PNG\r\n\x1a\n\0\0", Media::Png),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Media::WebP),
        (b"GIF89a", Media::Gif),
        (b"GIF87a", Media::Gif),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Media::Heic),
        (b"\0\0\0\x18ftypheix\0\0\0\0mif1heix", Media::Heic),
        (b"\0\0\0\x18ftyphevc\0\0\0\0msf1hevc", Media::Heic),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafheic", Media::Heic),
        (b"\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc", Media::Heic),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", Media::Avif),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", Media::Avif),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0A_OPUS", Media::WebmSound),
        (b"OggS\0\x02OpusHead", Media::Ogg),
        (b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42isom", Media::Mp4Sound),
        (b"\0\0\0\x18ftyp3gp4\0\0\0\0isom3gp4", Media::Mp4Sound),
        (b"ID3\x04\0\0", Media::Mpeg),
        (b"\xff\xfb\x90\x44", Media::Mpeg),
        (b"\xff\xf3\x40\xc4", Media::Mpeg),
        (b"\xff\xe3\x40\xc4", Media::Mpeg),
        (b"\xff\xf1\x50\x80", Media::Aac),
        (b"\xff\xf9\x50\x80", Media::Aac),
        (b"#!AMR\n\x3c", Media::Amr),
        (b"#!AMR-WB\n", Media::Amr),
        (b"RIFF\x24\0\0\0WAVEfmt ", Media::Wav),
        (b"fLaC\0\0\0\x22", Media::Flac),
    ] {
        assert_eq!(Media::of(bytes), Some(media), "{}", bytes.escape_ascii());
    }
    for media in Media::ALL {
        assert_eq!(Media::named(&format!("{}; codecs=x", media.mime().to_uppercase())), Some(media));
    }
}

#[test]
fn films_and_everything_else_are_nothing_of_it() {
    for other in [
        &b""[..],
        b"\xff\xd8",
        b"\xff\xff\xff\xff",
        b"\xff\xfe\0\0text in two bytes",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"II*\0\x08\0\0\0",
        b"BM\x36\0\0\0",
        b"PK\x03\x04",
        b"\0\0\0\x18ftyp",
        b"RIFF\x10\0\0\0AVI LIST",
        b"\x1a\x45\xdf\xa3\x01\0\0\0V_VP9",
        b"OggS\0\x02\x80theora",
    ] {
        assert_eq!(Media::of(other), None, "{}", other.escape_ascii());
    }
    assert_eq!(Media::of(&boxes(b"isom\0\0\0\0mp42", b"soun")), Some(Media::Mp4Sound));
    assert_eq!(Media::of(&boxes(b"isom\0\0\0\0mp42", b"vide")), None);
    // Lengths that lie lead nowhere.
    for lie in [0, 1, 7, u32::MAX] {
        let mut film = boxes(b"isom\0\0\0\0mp42", b"vide");
        film[20..24].copy_from_slice(&lie.to_be_bytes());
        let _ = Media::of(&film);
    }
}
