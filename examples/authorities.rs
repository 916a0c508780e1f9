//! CAs of your own choice: those of a file, those of Mozilla, or both. Nobody is trusted unless named.
//!
//! `cargo run --features cli --example authorities`

use std::error::Error;

use dnsproof::binding::{Authorities, Rules, Wanted, certify};
use dnsproof::name::NameBuf;
use dnsproof::time::{Clock, Time};

const WORLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/dna");

fn main() -> Result<(), Box<dyn Error>> {
    let ours = Authorities::parse(&std::fs::read(format!("{WORLD}/ca/root.pem"))?)?;
    let mozilla = Authorities::from_anchors(webpki_roots::TLS_SERVER_ROOTS);
    let mut both = mozilla.clone();
    both.extend(ours.clone());
    let source: NameBuf = "example.com".parse()?;
    let wanted = Wanted { source: source.as_name(), service: Some(b"_xmpp-server") };
    let document = std::fs::read(format!("{WORLD}/rsa2048/certs/good.pem"))?;
    let clock = Clock::exact(Time(1_795_435_200));
    for (name, authorities) in [("nobody", Authorities::none()), ("Mozilla", mozilla), ("ours", ours), ("both", both)] {
        match certify(&document, &wanted, &authorities, clock, &Rules::standard()) {
            Ok(certified) => println!("{name}: {} vouches by {}", certified.ca(), certified.identity()),
            Err(refusal) => println!("{name}: {refusal}"),
        }
    }
    Ok(())
}
