//! One rule for who prints invitations and who takes them.

use beehive_core::address::{AddressError::*, server_url};

#[test]
fn an_address_is_taken_only_where_a_phone_can_use_it() {
    for (text, url) in [
        ("https://fengchao.example.cn/", "https://fengchao.example.cn"),
        ("https://8.8.8.8:8443/bee/", "https://8.8.8.8:8443/bee"),
        ("http://192.168.1.5:8787", "http://192.168.1.5:8787"),
        ("http://[::1]:8787", "http://[::1]:8787"),
        ("http://server", "http://server"),
        ("http://bee.local:65535", "http://bee.local:65535"),
    ] {
        assert_eq!(server_url(text).as_deref(), Ok(url));
    }
    for text in ["http://8.8.8.8:80", "http://bee.example.cn", "http://[2001:db8::1]", "http://172.32.0.1", "http://100.64.0.1"] {
        assert_eq!(server_url(text), Err(Insecure), "{text}");
    }
    for text in [
        "",
        "server",
        "ftp://a",
        "http://",
        "http://:80",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "https://a:0",
        "http://0.0.0.0:8787",
        "https://0.0.0.0",
        "http://[::]:8787",
        "http://[::ffff:0.0.0.0]:8787",
        "https://224.0.0.1",
        "https://255.255.255.255",
        "https://a?x=1",
        "https://a#b",
        "https://me@a",
        "http://300.1.1.1",
    ] {
        assert_eq!(server_url(text), Err(Malformed), "{text}");
    }
}
