//! How alike two short Chinese texts are: the share of neighbouring pairs of signs they have in common. Pure.

use beehive_core::text::folded;
use std::collections::HashSet;

/// Shorter texts than this many pairs are in too many others for being part of one to mean much.
const TELLING: usize = 3;
/// What being wholly part of a longer text counts for: less than being equal to it.
const PART: f32 = 0.8;

/// A text as pairs of neighbouring signs; letters in lower case, without white space and punctuation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(HashSet<(char, char)>);

impl Pairs {
    /// Of a text. One sign alone pairs with nothing.
    pub fn of(text: &str) -> Self {
        let signs: Vec<char> = folded(text).chars().filter(|c| c.is_alphanumeric()).collect();
        Self(signs.windows(2).map(|w| (w[0], w[1])).collect())
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// From 0 (nothing in common) to 1 (the same pairs): Dice's coefficient, or how far one is part of the other if that says more.
    pub fn likeness(&self, other: &Self) -> f32 {
        let (less, more) = (self.0.len().min(other.0.len()), self.0.len().max(other.0.len()));
        if less == 0 {
            return 0.0;
        }
        let common = self.0.intersection(&other.0).count() as f32;
        let dice = 2.0 * common / (less + more) as f32;
        let part = if less >= TELLING { PART * common / less as f32 } else { 0.0 };
        dice.max(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(a: &str, b: &str) -> f32 {
        Pairs::of(a).likeness(&Pairs::of(b))
    }

    #[test]
    fn likeness_is_between_nothing_and_all_and_the_same_both_ways() {
        assert_eq!(like("门禁坏了", "门禁 坏了！"), 1.0);
        assert_eq!(like("门禁坏了", "水管漏水"), 0.0);
        assert_eq!(like("", "门禁坏了"), 0.0);
        assert_eq!(like("门", "门"), 0.0);
        let (a, b) = ("五楼过道堆了旧沙发", "过道里堆着旧沙发和纸箱");
        assert_eq!(like(a, b), like(b, a));
        assert!((0.3..0.9).contains(&like(a, b)), "{}", like(a, b));
    }

    #[test]
    fn being_part_of_a_longer_text_counts_almost_as_much_as_being_it() {
        assert!(like("门禁坏了", "二单元门禁坏了，刷卡没反应，老人进不了门") >= 0.8);
        // One common pair in a long text is chance.
        assert!(like("门禁", "二单元门禁坏了，刷卡没反应，老人进不了门") < 0.2);
    }
}
