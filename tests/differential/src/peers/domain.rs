//! `domain`: its validation context, on top of a transport that asks the scene.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use domain::base::Message;
use domain::base::name::ToName;
use domain::dnssec::validator::anchor::TrustAnchors;
use domain::dnssec::validator::context::{Config, ValidationContext, ValidationState};
use domain::net::client::request::{ComposeRequest, Error, GetResponse, RequestMessage, SendRequest};

use super::hickory::{lower, runtime};
use crate::scene::Scene;
use crate::verdict::{Verdict, content};
use crate::world::Question;

struct Upstream(Arc<Scene>);

struct Pending(Option<Result<Message<Bytes>, Error>>);

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

impl GetResponse for Pending {
    fn get_response(&mut self) -> Pin<Box<dyn Future<Output = Result<Message<Bytes>, Error>> + Send + Sync + '_>> {
        Box::pin(async { self.0.take().unwrap_or(Err(Error::ConnectionClosed)) })
    }
}

impl SendRequest<RequestMessage<Bytes>> for Upstream {
    fn send_request(&self, request: RequestMessage<Bytes>) -> Box<dyn GetResponse + Send + Sync> {
        let response = request.to_message().and_then(|message| {
            let question = message.sole_question().map_err(|_| Error::MessageParseError)?;
            let name = lower(question.qname().to_vec().as_octets());
            let mut octets = self.0.resolved(&Question { name, rtype: question.qtype().to_int() }).encode();
            octets[..2].copy_from_slice(&message.header().id().to_be_bytes());
            Message::from_octets(Bytes::from(octets)).map_err(|_| Error::ShortMessage)
        });
        Box::new(Pending(Some(response)))
    }
}

pub fn judge(scene: &Arc<Scene>) -> Verdict {
    explain(scene).0
}

pub fn explain(scene: &Arc<Scene>) -> (Verdict, String) {
    let anchors = TrustAnchors::from_u8(scene.anchor_text().as_bytes()).unwrap();
    let mut config = Config::new();
    config.set_nsec3_iter_insecure(50);
    config.set_nsec3_iter_bogus(500);
    let context = ValidationContext::with_config(anchors, Upstream(Arc::clone(scene)), config);
    let response = scene.resolved(&scene.question);
    let said = content(&response, &scene.question);
    let mut message = Message::from_octets(response.encode()).unwrap();
    match runtime().block_on(context.validate_msg::<Vec<u8>, Bytes>(&mut message)) {
        Ok((state, why)) => {
            let why = why.map(|why| format!("{why:?}")).unwrap_or_default();
            let verdict = match state {
                ValidationState::Secure => Verdict::Secure(said),
                ValidationState::Insecure => Verdict::Insecure,
                ValidationState::Bogus => Verdict::Bogus,
                ValidationState::Indeterminate => Verdict::Indeterminate,
            };
            (verdict, why)
        }
        Err(error) => (Verdict::Failed, format!("{error:?}")),
    }
}
