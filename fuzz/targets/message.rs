//! Any octets as a message: reading it never fails late, and what it prints reads back.
#![no_main]

use dnsproof::canon::Rrset;
use dnsproof::wire::rdata::{self, Dnskey, Nsec, Nsec3, Rrsig, Svcb, TypeBitmap};
use dnsproof::wire::{Message, Record, Section};
use dnsproof::zonefile;
use libfuzzer_sys::fuzz_target;

/// Reads the record as each view, and prints what could be read.
macro_rules! views {
    ($record:expr, $($view:ident)+) => {
        $(let _text = $record.view::<rdata::$view>().map(|view| format!("{view:?}"));)+
    };
}

fuzz_target!(|octets: &[u8]| {
    let Ok(message) = Message::parse(octets) else { return };
    assert_eq!(message.octets(), octets);
    let _text = format!("{message:?} {:?} {}", message.header(), message.rcode());
    message.questions().for_each(|question| drop(question.to_string()));
    if let Some(opt) = message.opt() {
        let octets: usize = opt.options().map(|option| option.data.len() + 4).sum();
        assert!(octets <= usize::from(u16::MAX));
    }
    for section in [Section::Answer, Section::Authority, Section::Additional] {
        let records = message.records(section);
        let announced = records.len();
        assert_eq!(records.inspect(look_at).count(), announced, "reading on cannot fail");
        for record in message.records(section).take(16) {
            let set = Rrset::find(&message, section, &record.owner, record.rtype, record.class).unwrap();
            assert!(set.ttl() <= record.ttl);
            assert!(set.records().count() > 0);
            let _tag = set.signatures().filter_map(|signature| Some(signature.ok()?.0.key_tag)).max();
        }
    }
});

fn look_at(record: &Record<'_>) {
    let text = record.to_string();
    let read = zonefile::parse(&text, None).unwrap_or_else(|error| panic!("{text}: {error}"));
    let [read] = &read[..] else { panic!("{text}: {} records", read.len()) };
    assert_eq!((read.rtype, read.class, read.ttl), (record.rtype, record.class, record.ttl), "{text}");
    assert!(read.owner == record.owner, "{text}");
    // Names in the RDATA may have been compressed, so the octets can differ, but not the text.
    assert_eq!(read.as_record().to_string(), text);

    views!(record, A Aaaa Caa Cname Dname Ds Mx Naptr Ns Nsec3param Openpgpkey Ptr Soa Srv Sshfp Tlsa Txt Uri Zonemd);
    let _bitmap = record.view::<Nsec>().map(|nsec| look_at_types(&nsec.types));
    let _bitmap = record.view::<Nsec3>().map(|nsec3| look_at_types(&nsec3.types));
    if let Ok(svcb) = record.view::<Svcb>() {
        assert!(svcb.params().is_sorted_by(|a, b| a.key < b.key));
        assert!(svcb.params().all(|param| svcb.param(param.key) == Some(param.value)));
    }
    if let Ok(key) = record.view::<Dnskey>() {
        assert!(!key.is_usable() || key.is_zone_key() && !key.is_revoked());
        assert_eq!(key.rdata(), record.rdata.octets());
        let _tag = key.key_tag();
    }
    if let Ok(rrsig) = record.view::<Rrsig>() {
        assert!(rrsig.signature.len() < record.rdata.octets().len());
        let _text = format!("{} {}", rrsig.signer, rrsig.expiration);
    }
}

fn look_at_types(types: &TypeBitmap<'_>) {
    assert!(types.iter().is_sorted_by(|a, b| a.0 < b.0));
    assert!(types.iter().all(|rtype| types.contains(rtype)));
}
