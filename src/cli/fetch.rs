//! `dnsproof anchor fetch`: IANA's trust anchors over HTTPS, and the signature over them.

use std::format;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::string::{String, ToString};
use std::time::Duration;
use std::vec::Vec;

use clap::Args;

use super::arguments::time;
use super::network::{roots, runtime};
use super::{input, print, store, warn};
use crate::anchor::{self, Anchors, Format, SignatureError, check_signature};
use crate::crypto::Ring;
use crate::net::{Names, Response, Web};
use crate::report;
use crate::time::Time;

/// Neither file has more than a few thousand octets.
const MOST: usize = 1 << 20;

#[derive(Args, Debug)]
pub(super) struct Fetch {
    /// The CA that the signature has to lead to, as PEM: ICANN's icannbundle.pem. There is no default
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    /// Where the anchors are
    #[arg(long, value_name = "URL", default_value = "https://data.iana.org/root-anchors/root-anchors.xml")]
    url: String,
    /// Where the signature is [default: --url with .p7s in the place of .xml]
    #[arg(long, value_name = "URL")]
    signature_url: Option<String>,
    /// Who vouches for the server: a file of CA certificates as PEM, platform or mozilla. The signature is what counts
    #[arg(long, value_name = "FILE|platform|mozilla", default_value = "mozilla")]
    tls_ca: String,
    /// Anchors from this file; nothing is asked of the network
    #[arg(long, value_name = "FILE", requires = "signature")]
    xml: Option<PathBuf>,
    /// The signature from this file, as DER
    #[arg(long, value_name = "FILE", requires = "xml")]
    signature: Option<PathBuf>,
    /// records, bind, unbound, autotrust or xml
    #[arg(long, value_name = "FORM", default_value = "xml")]
    to: Format,
    /// Write the anchors there and not to the standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The time to judge by, as RFC 3339 or Unix seconds [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    now: Option<Time>,
}

pub(super) fn run(arguments: &Fetch) -> Result<ExitCode, String> {
    let now = arguments.now.map_or_else(input::clock, Ok)?;
    let octets = |file: &Path| input::octets(file, input::MOST);
    let ca = octets(&arguments.ca)?;
    let (xml, signature, source, beside) = match (&arguments.xml, &arguments.signature) {
        (Some(xml), Some(signature)) => {
            (octets(xml)?, octets(signature)?, xml.display().to_string(), signature.display().to_string())
        }
        _ => {
            let web = Web {
                octets: MOST,
                timeout: Duration::from_secs(30),
                allow_private: true,
                names: Names::System,
                roots: roots(&arguments.tls_ca)?,
            };
            let signature_url = match (&arguments.signature_url, arguments.url.strip_suffix(".xml")) {
                (Some(url), _) => url.clone(),
                (None, Some(stem)) => format!("{stem}.p7s"),
                (None, None) => return Err("--url does not end with .xml: say --signature-url too".to_string()),
            };
            let both = async { Ok((get(&web, &arguments.url).await?, get(&web, &signature_url).await?)) };
            let got: Result<_, String> = runtime()?.block_on(both);
            match got {
                Ok((xml, signature)) => (xml, signature, arguments.url.clone(), signature_url),
                Err(error) => {
                    warn(&error);
                    return Ok(ExitCode::from(3));
                }
            }
        }
    };
    if let Err(error) = check_signature(&xml, &signature, &ca, now) {
        let at_fault = match &error {
            SignatureError::NoCa(_) => arguments.ca.display().to_string(),
            SignatureError::Digest => source,
            _ => beside,
        };
        warn(&format!("{at_fault}: {}", report::signature_text(&error)));
        return Ok(ExitCode::FAILURE);
    }
    let text = String::from_utf8(xml).map_err(|error| format!("{source}: {error}"))?;
    let anchors = anchor::read(&text, &source).strict().map_err(|broken| broken.to_string())?;
    let written = match arguments.to {
        // As it was signed.
        Format::Xml => text,
        form => {
            // IANA rolls these keys: whoever can follow them should.
            let current = input::holding(&anchors, now);
            let current: Anchors = current.entries().iter().map(|entry| entry.clone().managed(true)).collect();
            let written = current.write(form, &Ring);
            for left_out in &written.left_out {
                warn(left_out);
            }
            written.text
        }
    };
    if written.is_empty() {
        return Err(format!("none of the anchors can be written as {}", arguments.to));
    }
    match &arguments.out {
        Some(file) => store::write(file, written.as_bytes())?,
        None => print(written.trim_end_matches('\n'))?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn get(web: &Web, url: &str) -> Result<Vec<u8>, String> {
    let mut next = url.to_string();
    // Both files are where their URLs say; a mirror may be elsewhere.
    for _ in 0..4 {
        if !next.starts_with("https://") {
            return Err(format!("{next}: it is not fetched but by https"));
        }
        match web.get(&next).await.map_err(|error| format!("{next}: {error}"))? {
            Response::Document(octets) => return Ok(octets),
            Response::Redirect(location) => next = location,
        }
    }
    Err(format!("{url}: more than 3 redirects"))
}
