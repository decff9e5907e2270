//! Parts of a URI, by RFC 2396 with the deviations of Java's `java.net.URI`, so that the same texts are URIs as in ksqlDB.
//!
//! Characters outside ASCII are allowed wherever an escape is. A host with other than letters, digits and dashes, such as
//! `my_host`, makes the authority a registry's name: then there is no host and no port.

use std::net::Ipv6Addr;

use crate::Error;

/// The parts of a URI as they were written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Uri<'a> {
    pub(crate) scheme: Option<&'a str>,
    pub(crate) host: Option<&'a str>,
    pub(crate) port: Option<i32>,
    /// None for a URI such as `mailto:a@b`, but it may be empty.
    pub(crate) path: Option<&'a str>,
    pub(crate) query: Option<&'a str>,
    pub(crate) fragment: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Errors: [`Error::Data`] for a text that is no URI.
    pub(crate) fn read(text: &'a str) -> Result<Self, Error> {
        Self::parse(text).ok_or_else(|| Error::Data(format!("URL input has invalid syntax: {text}")))
    }

    fn parse(text: &'a str) -> Option<Self> {
        let mut uri = Self::default();
        let (before, fragment) = split_once(text, '#');
        uri.fragment = fragment;
        let mut rest = before;
        if let Some((scheme, after)) = before.split_once(':').filter(|(s, _)| !s.contains(['/', '?'])) {
            let first = scheme.bytes().next()?;
            let valid = first.is_ascii_alphabetic() && scheme.bytes().all(is_scheme);
            uri.scheme = valid.then_some(scheme);
            uri.scheme?;
            rest = after;
        }
        if uri.scheme.is_some() && !rest.starts_with('/') {
            // Opaque: nothing in it has a meaning, but it must not be empty.
            return (!rest.is_empty() && all(rest, is_uric) && all(fragment.unwrap_or_default(), is_uric))
                .then_some(uri);
        }
        if let Some(after) = rest.strip_prefix("//") {
            let end = after.find(['/', '?']).unwrap_or(after.len());
            let (authority, after) = after.split_at(end);
            if authority.is_empty() && after.is_empty() && fragment.is_none() {
                return None;
            }
            if !authority.is_empty() {
                (uri.host, uri.port) = read_authority(authority)?;
            }
            rest = after;
        }
        let (path, query) = split_once(rest, '?');
        (uri.path, uri.query) = (Some(path), query);
        let valid = all(path, is_path) && all(query.unwrap_or_default(), is_uric);
        (valid && all(fragment.unwrap_or_default(), is_uric)).then_some(uri)
    }
}

fn split_once(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// Host and port of `[user@]host[:port]`; neither when it is the name of a registry. `None` when it is neither.
fn read_authority(authority: &str) -> Option<(Option<&str>, Option<i32>)> {
    // Between brackets, where an IPv6 address may have a zone after `%`, nothing is an escape.
    let server = match authority.contains(']') {
        true => authority.bytes().all(|b| !b.is_ascii() || is_server(b) || b == b'%'),
        false => all(authority, is_server),
    };
    let registry = all(authority, is_registry);
    match server.then(|| read_server(authority)).flatten() {
        Some((host, port)) => Some((Some(host), port)),
        None => registry.then_some((None, None)),
    }
}

fn read_server(authority: &str) -> Option<(&str, Option<i32>)> {
    let (user, rest) = authority.split_once('@').unwrap_or(("", authority));
    if !all(user, is_user) {
        return None;
    }
    let (host, port) = match rest.strip_prefix('[') {
        Some(inside) => {
            let (address, _) = inside.split_once(']')?;
            let (number, zone) = split_once(address, '%');
            number.parse::<Ipv6Addr>().ok()?;
            if zone.is_some_and(|z| {
                z.is_empty() || !z.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
            }) {
                return None;
            }
            rest.split_at(address.len() + 2)
        }
        None => {
            let (host, port) = rest.split_at(rest.find(':').unwrap_or(rest.len()));
            (is_ipv4(host) || is_hostname(host)).then_some((host, port))?
        }
    };
    match port.strip_prefix(':') {
        Some("") => Some((host, None)),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some((host, Some(digits.parse().ok()?))),
        Some(_) => None,
        None => port.is_empty().then_some((host, None)),
    }
}

fn is_ipv4(host: &str) -> bool {
    let byte = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) && part.parse::<u8>().is_ok();
    host.split('.').count() == 4 && host.split('.').all(byte)
}

/// Labels of letters, digits and inner dashes; the last of several begins with a letter, and a dot may follow it.
fn is_hostname(host: &str) -> bool {
    let label = |label: &str| {
        let bytes = label.as_bytes();
        let edges = [bytes.first(), bytes.last()].into_iter().all(|b| b.is_some_and(u8::is_ascii_alphanumeric));
        edges && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
    };
    let mut labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let first = labels.next().unwrap_or_default();
    let last = labels.clone().next_back().is_none_or(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()));
    label(first) && labels.all(label) && last
}

/// Whether all characters are of the class, escapes of two digits, or visible ones outside ASCII.
fn all(text: &str, class: fn(u8) -> bool) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let fits = match u8::try_from(c) {
            Ok(b'%') => [chars.next(), chars.next()].iter().all(|c| c.is_some_and(|c| c.is_ascii_hexdigit())),
            Ok(byte) if byte.is_ascii() => class(byte),
            _ => c > '\u{80}' && !c.is_whitespace() && !c.is_control(),
        };
        if !fits {
            return false;
        }
    }
    true
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-!.~'()*".contains(&byte)
}

fn is_uric(byte: u8) -> bool {
    is_unreserved(byte) || b";/?:@&=+$,[]".contains(&byte)
}

fn is_path(byte: u8) -> bool {
    is_unreserved(byte) || b":@&=+$,;/".contains(&byte)
}

fn is_user(byte: u8) -> bool {
    is_unreserved(byte) || b";:&=+$,".contains(&byte)
}

fn is_registry(byte: u8) -> bool {
    is_unreserved(byte) || b"$,;:@&=+".contains(&byte)
}

fn is_server(byte: u8) -> bool {
    is_user(byte) || b".:@[]".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> String {
        let show = |part: Option<&str>| part.unwrap_or("-").to_owned();
        match Uri::read(text) {
            Err(e) => e.to_string().split(':').next().unwrap_or_default().to_owned(),
            Ok(uri) => {
                let port = uri.port.map(|p| p.to_string());
                [uri.scheme, uri.host, port.as_deref(), uri.path, uri.query, uri.fragment].map(show).join(" ")
            }
        }
    }

    #[test]
    fn parts_are_found() {
        for (text, expected) in [
            ("http://example.com/?query#fragment", "http example.com - / query fragment"),
            ("http://example.com?query", "http example.com -  query -"),
            ("ftp://test@confluent.io:8080/nested/path?q&r=%20", "ftp confluent.io 8080 /nested/path q&r=%20 -"),
            ("X+Y-Z.0://a.b-c.d./", "X+Y-Z.0 a.b-c.d. - / - -"),
            ("http://h:/p", "http h - /p - -"),
            ("ftp://127.0.0.1:80", "ftp 127.0.0.1 80  - -"),
            ("ftp://[::1%eth0]:80/p", "ftp [::1%eth0] 80 /p - -"),
            ("ftp://u:p@[2001:db8::1]", "ftp [2001:db8::1] -  - -"),
            ("ftp://my_host:80/p", "ftp - - /p - -"),
            ("ftp://1.2.3/p", "ftp - - /p - -"),
            ("ftp://300.1.1.1/p", "ftp - - /p - -"),
            ("http://localhost", "http localhost -  - -"),
            ("ftp://123", "ftp 123 -  - -"),
            ("file:///tmp/é", "file - - /tmp/é - -"),
            ("mailto:a@b.c?x#f", "mailto - - - - f"),
            ("a/b:c?d=[1]#", "- - - a/b:c d=[1] "),
            ("?a", "- - -  a -"),
            ("", "- - -  - -"),
            ("//host/p", "- host - /p - -"),
            ("urn:a:b", "urn - - - - -"),
            ("http://h/p#a?b", "http h - /p - a?b"),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for text in [
            "ftp://",
            "http:",
            ":a",
            "1a:b",
            "h t:b",
            "http://h/a b",
            "http://h/%",
            "http://h/%4",
            "http://h/%zz",
            "http://h/a|b",
            "http://h/[a]",
            "http://h?a^b",
            "http://h#a#b",
            "ftp://[::1",
            "ftp://[::g]",
            "ftp://a]b",
            "http://h:8x80]",
            "ftp://h h/",
            "http://h/\u{a0}",
            "http://h/\u{85}",
            "mailto:a b",
            "ftp://[::1%]",
            "://a",
        ] {
            assert_eq!(parts(text), "URL input has invalid syntax", "{text}");
        }
    }
}
