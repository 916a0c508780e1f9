//! Which addresses a stranger may send us to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of the IANA IPv4 Special-Purpose Address Registry (RFC 6890) and of multicast that are not public.
const V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Of IPv6, only 2000::/3 is public (RFC 4291 section 2.4), but for these.
const V6: [([u16; 2], u8); 4] = [
    // Special purposes (RFC 2928), Teredo among them.
    ([0x2001, 0], 23),
    // Documentation (RFC 3849, RFC 9637).
    ([0x2001, 0x0DB8], 32),
    ([0x3FFF, 0], 20),
    // 6to4 has an address of IPv4 in it (RFC 3056).
    ([0x2002, 0], 16),
];

/// Whether an address is one of the public Internet: not loopback, private, link-local, multicast, for
/// documentation, or a translation of such a one.
///
/// ```
/// use dnsproof::net::is_public;
/// assert!(is_public("192.0.43.8".parse().unwrap()) && is_public("2606:2800::1".parse().unwrap()));
/// for address in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "224.0.0.1", "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1"] {
///     assert!(!is_public(address.parse().unwrap()), "{address}");
/// }
/// ```
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    !V4.iter().any(|(block, len)| same(bits, u32::from_be_bytes(*block), *len))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let bits = u32::from(a) << 16 | u32::from(b);
    same(bits, 0x2000 << 16, 3)
        && !V6.iter().any(|([high, low], len)| same(bits, u32::from(*high) << 16 | u32::from(*low), *len))
}

/// Whether the first `len` bits are the same.
fn same(one: u32, other: u32, len: u8) -> bool {
    (one ^ other).leading_zeros() >= u32::from(len)
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn the_borders_of_the_blocks() {
        for (address, public) in [
            ("0.255.255.255", false),
            ("1.0.0.0", true),
            ("9.255.255.255", true),
            ("10.0.0.0", false),
            ("11.0.0.0", true),
            ("100.63.255.255", true),
            ("100.64.0.0", false),
            ("100.127.255.255", false),
            ("100.128.0.0", true),
            ("126.255.255.255", true),
            ("127.255.255.255", false),
            ("128.0.0.0", true),
            ("172.15.255.255", true),
            ("172.31.255.255", false),
            ("172.32.0.0", true),
            ("192.167.255.255", true),
            ("192.168.255.255", false),
            ("198.17.255.255", true),
            ("198.19.255.255", false),
            ("223.255.255.255", true),
            ("239.255.255.255", false),
            ("255.255.255.255", false),
            ("::", false),
            ("1fff:ffff::", false),
            ("2001:1ff::", false),
            ("2001:200::", true),
            ("2001:db7::", true),
            ("2001:db8:ffff::", false),
            ("2001:db9::", true),
            ("2002:7f00:1::", false),
            ("2003::", true),
            ("3fff:fff::", false),
            ("3fff:1000::", true),
            ("4000::", false),
            ("64:ff9b::7f00:1", false),
            ("fc00::", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
