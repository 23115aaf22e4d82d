//! Fields that are bounded more tightly than a message as a whole.

use super::limits::MAX_TIME;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};
use std::{fmt, marker::PhantomData};

/// A moment: clocks and deadlines count with it, and none of their sums may overflow.
pub(crate) fn moment<'de, D: Deserializer<'de>>(d: D) -> Result<i64, D::Error> {
    within(i64::deserialize(d)?)
}

/// The same, if there is one.
pub(crate) fn some_moment<'de, D: Deserializer<'de>>(d: D) -> Result<Option<i64>, D::Error> {
    Option::deserialize(d)?.map(within).transpose()
}

fn within<E: serde::de::Error>(at: i64) -> Result<i64, E> {
    if (0..MAX_TIME).contains(&at) { Ok(at) } else { Err(E::custom("no moment that clocks can say")) }
}

/// A list of at most `N`, refused at the one too many.
pub(crate) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>, const N: usize>(d: D) -> Result<Vec<T>, D::Error> {
    struct Few<T, const N: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Few<T, N> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {N}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut out = Vec::new();
            while let Some(item) = items.next_element()? {
                if out.len() >= N {
                    return Err(A::Error::custom("the list is longer than is accepted"));
                }
                out.push(item);
            }
            Ok(out)
        }
    }

    d.deserialize_seq(Few::<T, N>(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Both {
        #[serde(deserialize_with = "some_moment", default)]
        at: Option<i64>,
        #[serde(deserialize_with = "list::<_, _, 2>", default)]
        few: Vec<u8>,
    }

    #[test]
    fn what_is_beyond_the_bounds_is_refused() {
        let read = |text: &str| serde_json::from_str::<Both>(text);
        let good = read(r#"{"at":4398046511103,"few":[1,2]}"#).unwrap();
        assert_eq!((good.at, good.few), (Some(MAX_TIME - 1), vec![1, 2]));
        assert_eq!(read("{}").unwrap().at, None);
        assert_eq!(read(r#"{"at":null}"#).unwrap().at, None);
        for bad in [r#"{"at":-1}"#, r#"{"at":4398046511104}"#, r#"{"at":-9223372036854775808}"#, r#"{"few":[1,2,3]}"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
