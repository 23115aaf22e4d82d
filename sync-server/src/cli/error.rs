//! Errors of the command line: a code, a Chinese sentence with the next step, an exit code.

use crate::{enroll::InviteError, secret::RandomError, serve::ServeError, storage::StorageError};
use beehive_machine::export::ExportError;
use std::fmt;

/// Exit codes.
pub mod exit {
    /// Done.
    pub const OK: u8 = 0;
    /// Not done; or `doctor` found something wrong.
    pub const FAILED: u8 = 1;
    // 2 is the argument parser's: the command line is wrong.
    /// The data folder cannot be used: no database, one already there, in use, newer, damaged, not writable.
    pub const DATA: u8 = 3;
}

/// Why a command was not done.
#[derive(Debug)]
pub struct CliError {
    /// The stable code.
    pub code: &'static str,
    /// What is the matter and what to do.
    pub sentence: String,
    /// The exit code.
    pub exit: u8,
}

impl CliError {
    pub(super) fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), exit: exit::FAILED }
    }

    /// It was done, but what it said was lost: whoever reads the answer must not take an empty one
    /// for it.
    pub fn unwritten(e: std::io::Error) -> Self {
        Self::new("output_unwritten", format!("命令做完了，但结果没有完整写出来（{e}）。请不要重做，先查看现在的情况。"))
    }

    pub(super) fn signals(e: std::io::Error) -> Self {
        Self::new("signals_unavailable", format!("不能接收停止信号（{e}）。请换一个运行环境。"))
    }

    pub(super) fn bad_url() -> Self {
        Self::new(
            "bad_url",
            "这个服务器地址手机用不了。请用 --url 写成 https://主机[:端口]；不加密的 http:// 只能用本机或内网地址，例如 http://192.168.1.5:8787。",
        )
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.sentence, self.code)
    }
}

impl std::error::Error for CliError {}

impl From<StorageError> for CliError {
    fn from(e: StorageError) -> Self {
        let exit = match e {
            StorageError::Full | StorageError::Busy | StorageError::Stopped | StorageError::Exists => exit::FAILED,
            _ => exit::DATA,
        };
        Self { code: e.code(), sentence: e.sentence().to_owned(), exit }
    }
}

impl From<ExportError> for CliError {
    fn from(e: ExportError) -> Self {
        Self::new(e.code(), format!("{}{}", e.message(), e.hint()))
    }
}

impl From<RandomError> for CliError {
    fn from(_: RandomError) -> Self {
        Self::new("no_randomness", "系统没有提供随机数，不能生成密钥。请检查运行环境。")
    }
}

impl From<ServeError> for CliError {
    fn from(e: ServeError) -> Self {
        match e {
            ServeError::Listen(addr, e) => Self::new("cannot_listen", format!("不能在 {addr} 上监听（{e}）。请换一个端口或地址。")),
            ServeError::ReadyFile(ExportError::Io(path, e)) => {
                Self::new("cannot_write_ready_file", format!("写不了就绪文件 {}（{e}）。请检查路径和权限。", path.display()))
            }
            ServeError::ReadyFile(e) => Self::new(e.code(), format!("{}请换一个就绪文件。", e.message())),
            ServeError::Storage(e) => e.into(),
            ServeError::Ended(e) => Self::new("server_ended", format!("服务器意外停止（{e}）。请查看日志。")),
        }
    }
}

impl From<InviteError> for CliError {
    fn from(e: InviteError) -> Self {
        match e {
            InviteError::UnknownMember => Self::new("unknown_member", "没有这个成员。请用 members 查看编号。"),
            InviteError::BadUrl => Self::bad_url(),
            InviteError::BadDays => Self::new("bad_days", "有效天数要在 1 到 90 之间。"),
            InviteError::Random(e) => e.into(),
            InviteError::Storage(e) => e.into(),
        }
    }
}
