//! The rescue file: everything on a phone that the server has not acknowledged, in one file that only the street's server can read.
//!
//! A phone that will never have signal again, or whose work the server refuses, can still hand it over: by cable, by chat, on a card.
//! So the file is sealed for the server's rescue key (whoever finds it learns nothing), and bears the mark of the device that made it
//! (nobody else can pass work off as its). Layout, after [`MAGIC`], a version byte and the name of the key: one sealed box. In it
//! sections, each a kind, a length and a body; sections of a newer program are skipped. The last one is the mark over all before it.

mod content;
mod seal;
mod sections;

pub use content::{Head, MAX_CHANGES, MAX_DOCS, MAX_FILES, Rescue, RescueDoc, RescueDraft, RescueFile, RescueRefused};
pub use seal::{RescueKey, RescueSecret, key_name, seal};
pub use sections::{Marked, pack};

use crate::sync::FrameError;
use thiserror::Error;

/// How a rescue file begins.
pub const MAGIC: &[u8; 15] = b"BEEHIVE-RESCUE\n";
/// The version of the format.
pub const VERSION: u8 = 1;
/// The largest rescue file, in bytes.
pub const MAX_RESCUE: usize = 192 * 1024 * 1024;

/// Why a rescue file cannot be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RescueError {
    /// It does not begin like one.
    #[error("not a rescue file")]
    NotRescue,
    /// A newer program made it.
    #[error("a newer program made it (version {0})")]
    Newer(u8),
    /// Larger than is read, or it declares more than is kept.
    #[error("too large")]
    TooLarge,
    /// It ends early, or its bytes were changed.
    #[error("damaged")]
    Damaged,
    /// It was sealed for another server, or for a key that is gone.
    #[error("sealed for another key")]
    OtherKey,
    /// It does not bear the mark of the device it names.
    #[error("not made by the device it names")]
    NotFromDevice,
    /// The system gives no random numbers, or what is to be written cannot be.
    #[error("cannot be written")]
    Unwritable,
}

impl RescueError {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotRescue => "not_a_rescue_file",
            Self::Newer(_) => "rescue_newer",
            Self::TooLarge => "rescue_too_large",
            Self::Damaged => "rescue_damaged",
            Self::OtherKey => "rescue_other_key",
            Self::NotFromDevice => "rescue_not_from_device",
            Self::Unwritable => "rescue_unwritable",
        }
    }

    /// What a person reads: what is the matter and what to do.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotRescue => "这不是手机存下的“没送出去”的文件。请核对是不是选错了文件。",
            Self::Newer(_) => "这个文件是新版本的应用存的。请先更新服务器程序，再收一次。",
            Self::TooLarge => "这个文件太大了，没有收。请在手机上分几次存。",
            Self::Damaged => "这个文件坏了或者没有传完，什么也没有收。请从手机上重新传一次。",
            Self::OtherKey => "这个文件不是给这台服务器的，或者对应的保险钥匙已经丢了。请核对街道，或找回数据目录里的 rescue.key。",
            Self::NotFromDevice => "文件里写的手机和存文件的手机对不上，没有收。请到那台手机上重新存一次。",
            Self::Unwritable => "文件没有做成，记录都还在手机里。请再试一次。",
        }
    }
}

impl From<FrameError> for RescueError {
    fn from(e: FrameError) -> Self {
        match e {
            FrameError::TooLarge => Self::TooLarge,
            FrameError::Zstd | FrameError::Cbor => Self::Damaged,
        }
    }
}
