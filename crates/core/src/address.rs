//! Where a server is, as an invitation says it: one rule for who prints invitations and who takes
//! them, so that none is printed that every phone refuses.

use std::net::{IpAddr, Ipv6Addr};
use thiserror::Error;
use url::{Host, Url};

/// A text that is no address a phone can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It is no address, says more than host, port and path, or nobody can be reached there
    /// (port 0, `0.0.0.0`).
    #[error("not an address of a server")]
    Malformed,
    /// What is sent there could be read on the way: plain HTTP outside a private network.
    #[error("not encrypted, and not within a private network")]
    Insecure,
}

/// The address without a slash at its end. A server may live below a path.
///
/// # Errors
/// [`AddressError`].
pub fn server_url(text: &str) -> Result<String, AddressError> {
    let url = Url::parse(text).map_err(|_| AddressError::Malformed)?;
    let host = url.host().ok_or(AddressError::Malformed)?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if !plain || url.port() == Some(0) || is_nobody(&host) {
        return Err(AddressError::Malformed);
    }
    match url.scheme() {
        "https" => {}
        "http" if is_private(&host) => {}
        "http" => return Err(AddressError::Insecure),
        _ => return Err(AddressError::Malformed),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// An address at which a server can listen, but at which no phone finds one.
fn is_nobody(host: &Host<&str>) -> bool {
    let ip = match host {
        Host::Domain(_) => return false,
        Host::Ipv4(a) => IpAddr::V4(*a),
        Host::Ipv6(a) => a.to_canonical(),
    };
    ip.is_unspecified() || ip.is_multicast() || matches!(ip, IpAddr::V4(a) if a.is_broadcast())
}

/// Whether an address is on this machine or within a private network (a demo, a room for training), where plain HTTP is let through.
fn is_private(host: &Host<&str>) -> bool {
    let v6 = |a: &Ipv6Addr| a.is_loopback() || a.is_unique_local() || a.is_unicast_link_local();
    match host {
        // A name without a dot is one of the local network.
        Host::Domain(name) => !name.contains('.') || name.ends_with(".local") || name.ends_with(".internal"),
        Host::Ipv4(a) => a.is_loopback() || a.is_private() || a.is_link_local(),
        Host::Ipv6(a) => match a.to_canonical() {
            IpAddr::V4(a) => a.is_loopback() || a.is_private() || a.is_link_local(),
            IpAddr::V6(a) => v6(&a),
        },
    }
}
