//! From where a proof may be fetched.

use dnsproof::dna::{ProofUrl, UrlError, UrlRules};
use dnsproof::name::NameBuf;

fn check(text: &str, hosts: &[&str], rules: &UrlRules) -> Result<ProofUrl, UrlError> {
    let hosts: Vec<NameBuf> = hosts.iter().map(|host| host.parse().unwrap()).collect();
    let names: Vec<_> = hosts.iter().map(NameBuf::as_name).collect();
    rules.check(text, &names)
}

const HOSTS: [&str; 2] = ["example.net", "xmpp.example.org"];

#[test]
fn hosts_and_ports_that_will_do() {
    for (text, port) in [
        ("http://example.net/example.com.cert", 80),
        ("https://example.net/example.com.cert", 443),
        ("HTTP://EXAMPLE.net/", 80),
        ("http://example.net", 80),
        ("http://example.net:80/", 80),
        ("http://example.net:443/", 443),
        ("https://example.net:80/", 80),
        ("http://certs.example.net/a?b=c@d", 80),
        ("http://a.b.example.net/", 80),
        ("http://xmpp.example.org/", 80),
        ("http://example.net./", 80),
    ] {
        let url = check(text, &HOSTS, &UrlRules::standard()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(url.port(), port, "{text}");
    }
    let more = UrlRules { ports: vec![80, 443, 8080] };
    assert_eq!(check("http://example.net:8080/", &HOSTS, &more).unwrap().port(), 8080);
}

#[test]
fn everything_else_is_refused() {
    let long = format!("http://example.net/{}", "x".repeat(2048));
    for (text, code) in [
        ("http://example.com/", "url-host"),
        ("http://net/", "url-host"),
        ("http://badexample.net/", "url-host"),
        ("http://example.net.evil.example/", "url-host"),
        // Below the provider, but not below a target.
        ("http://a.xmpp.example.org/", "url-host"),
        ("http://127.0.0.1/", "url-host"),
        ("http://2130706433/", "url-host"),
        ("http://0x7f.1/", "url-host"),
        ("http://[::1]/", "url-host"),
        ("http://localhost/", "url-host"),
        ("http://example.net:81/", "url-port"),
        ("http://example.net:0/", "url-port"),
        ("http://example.net:65536/", "url-malformed"),
        ("http://example.net:/", "url-malformed"),
        ("http://user@example.net/", "url-user"),
        ("http://user:password@example.net/", "url-user"),
        ("http://@example.net/", "url-user"),
        ("http://example.net@evil.example/", "url-user"),
        ("ftp://example.net/", "url-scheme"),
        ("file://example.net/etc/passwd", "url-scheme"),
        ("gopher://example.net/", "url-scheme"),
        ("//example.net/", "url-malformed"),
        ("/etc/passwd", "url-malformed"),
        ("example.net", "url-malformed"),
        ("", "url-malformed"),
        ("http://", "url-malformed"),
        ("http:///x", "url-malformed"),
        ("http:\\\\example.net\\", "url-malformed"),
        ("http://example.net\\@evil.example/", "url-malformed"),
        ("http://exam\nple.net/", "url-malformed"),
        ("http://example.net/ x", "url-malformed"),
        ("http://ex%61mple.net/", "url-malformed"),
        ("javascript:alert(1)", "url-malformed"),
        (long.as_str(), "url-too-long"),
    ] {
        let error = check(text, &HOSTS, &UrlRules::standard()).map(|url| panic!("{text}: {url}")).unwrap_err();
        assert_eq!(error.as_str(), code, "{text}: {error}");
        assert!(!error.to_string().is_empty());
    }
    // Nobody is below the root, and no hosts are no hosts.
    assert!(check("http://example.net/", &["."], &UrlRules::standard()).is_err());
    assert!(check("http://example.net/", &[], &UrlRules::standard()).is_err());
}

#[test]
fn a_url_has_up_to_2048_octets() {
    let url = |octets: usize| format!("http://example.net/{}", "x".repeat(octets - 19));
    assert_eq!(check(&url(2048), &HOSTS, &UrlRules::standard()).unwrap().as_str(), url(2048));
    assert_eq!(check(&url(2049), &HOSTS, &UrlRules::standard()), Err(UrlError::TooLong(2048)));
}

#[test]
fn a_refusal_names_the_hosts_that_would_do() {
    let error = check("http://evil.example/", &HOSTS, &UrlRules::standard()).unwrap_err();
    let wanted = "example.net. xmpp.example.org.".to_string();
    assert_eq!(error, UrlError::Host { found: "evil.example".to_string(), wanted });
}

#[test]
fn redirects_stay_on_the_host() {
    let rules = UrlRules::standard();
    let url = check("http://certs.example.net/a", &HOSTS, &rules).unwrap();
    for (location, expected) in [
        ("/b", "http://certs.example.net/b"),
        ("https://certs.example.net/c", "https://certs.example.net/c"),
        ("https://CERTS.example.net/c", "https://CERTS.example.net/c"),
    ] {
        assert_eq!(url.redirected(location, &rules).unwrap().as_str(), expected);
    }
    for (location, code) in [
        ("http://example.net/", "url-host"),
        ("http://a.certs.example.net/", "url-host"),
        ("http://evil.example/", "url-host"),
        ("//evil.example/", "url-malformed"),
        ("http://127.0.0.1/", "url-host"),
        ("http://certs.example.net:8080/", "url-port"),
        ("http://x@certs.example.net/", "url-user"),
        ("ftp://certs.example.net/", "url-scheme"),
        ("b", "url-malformed"),
        ("", "url-malformed"),
    ] {
        assert_eq!(url.redirected(location, &rules).unwrap_err().as_str(), code, "{location}");
    }
}
