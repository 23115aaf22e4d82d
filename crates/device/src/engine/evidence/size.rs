//! How large a kept photo is: as small as can be, and large enough for a person to read what is in it.

/// The longer side of a photo of usual shape, in pixels: the number on a meter and the face of a crack can be read.
const LONG: f64 = 1600.0;
/// The shorter side of one: text on a sheet of paper stays readable, whatever the shape.
const SHORT: f64 = 1200.0;
/// The shorter side of a picture longer than twice its width (a screenshot of a whole conversation, a panorama): it is looked at in
/// pieces, so its length says nothing about how large the letters are.
const SHORT_OF_LONG: f64 = 1600.0;
/// The most pixels of a copy. A picture that would have more keeps its own file.
const AREA: u64 = 40_000_000;
/// The longer side of a small picture.
const SMALL: f64 = 320.0;

/// Width and height of the copy of a picture; `None` if there is no copy that could be read.
pub fn copy(width: u32, height: u32) -> Option<(u32, u32)> {
    let (short, long) = (f64::from(width.min(height)), f64::from(width.max(height)));
    let least = if long > 2.0 * short { SHORT_OF_LONG } else { SHORT };
    let size = scaled(width, height, (LONG / long).max(least / short));
    (u64::from(size.0) * u64::from(size.1) <= AREA).then_some(size)
}

/// Of a picture: what the small one shows of it (from the beginning, when it is long), and how large that is then.
pub fn small(width: u32, height: u32) -> ((u32, u32), (u32, u32)) {
    let part = (width.min(height.saturating_mul(2)), height.min(width.saturating_mul(2)));
    (part, scaled(part.0, part.1, SMALL / f64::from(part.0.max(part.1))))
}

fn scaled(width: u32, height: u32, by: f64) -> (u32, u32) {
    let side = |n: u32| (f64::from(n) * by.min(1.0)).round().max(1.0) as u32;
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::{copy, small};

    #[test]
    fn what_can_be_read_stays_readable() {
        for (from, to) in [
            ((4000, 3000), Some((1600, 1200))),
            ((3000, 4000), Some((1200, 1600))),
            ((3000, 3000), Some((1600, 1600))),
            ((4000, 2250), Some((2133, 1200))),
            ((9248, 6936), Some((1600, 1200))),
            ((800, 600), Some((800, 600))),
            // Screenshots keep their width, however long.
            ((1080, 2400), Some((1080, 2400))),
            ((1080, 29_000), Some((1080, 29_000))),
            ((1440, 20_000), Some((1440, 20_000))),
            ((29_000, 1080), Some((29_000, 1080))),
            ((12_000, 4000), Some((4800, 1600))),
            ((1080, 60_000), None),
            ((1, 1), Some((1, 1))),
        ] {
            assert_eq!(copy(from.0, from.1), to, "{from:?}");
        }
        assert_eq!(small(1600, 1200), ((1600, 1200), (320, 240)));
        assert_eq!(small(1080, 29_000), ((1080, 2160), (160, 320)));
        assert_eq!(small(200, 100), ((200, 100), (200, 100)));
    }
}
