//! Resolvers, anchors, policy and cache in one hand.

use core::fmt;
use std::sync::Arc;
use std::vec::Vec;

use tokio::task::JoinSet;

use super::{Client, Gathered, Keep};
use crate::anchor::Anchors;
use crate::budget::{Budget, Limits};
use crate::canon::Scratch;
use crate::chain::{ReasonCode, Terms};
use crate::codes::Type;
use crate::crypto::Ring;
use crate::dane::{Discovery, Plan, Progress};
use crate::lookup::{Answered, Cache, Context, Lookup, Memory};
use crate::name::NameBuf;
use crate::policy::Policy;
use crate::time::Clock;

/// Validates answers over the network with `Ring`. A clone costs next to nothing, and uses the same connections and
/// the same cache.
///
/// ```no_run
/// use dnsproof::anchor::{Anchors, IANA};
/// use dnsproof::codes::Type;
/// use dnsproof::net::{Client, Setup, Validator};
/// use dnsproof::policy::Policy;
/// use dnsproof::time::Time;
///
/// # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new(Setup::new(vec!["udp://192.0.2.53".parse()?]))?;
/// let validator = Validator::new(client, Anchors::parse(IANA)?, Policy::standard());
/// let (answered, _) = validator.lookup("example.com".parse()?, Type::A, Time(1_795_435_200).into()).await;
/// println!("{}: {} records", answered.security.as_str(), answered.records.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Validator {
    client: Client,
    anchors: Anchors,
    policy: Policy,
    limits: Limits,
    context: Option<Context>,
    cache: Arc<dyn Cache + Send + Sync>,
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator")
            .field("client", &self.client)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

impl Validator {
    /// With a cache of 16 MiB in memory, and the standard limits.
    #[must_use]
    pub fn new(client: Client, anchors: Anchors, policy: Policy) -> Self {
        let context = Context::new(&anchors, &policy, &Ring);
        Self { client, anchors, policy, limits: Limits::default(), context, cache: Arc::new(Memory::new(16 << 20)) }
    }

    /// With these limits for each lookup.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With this cache.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<dyn Cache + Send + Sync>) -> Self {
        self.cache = cache;
        self
    }

    /// Who is asked.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The anchors.
    #[must_use]
    pub const fn anchors(&self) -> &Anchors {
        &self.anchors
    }

    /// What counts.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How much may be done for one lookup.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Where things are kept; `None` if there is no SHA-256, which with `Ring` cannot be.
    #[must_use]
    pub fn keep(&self) -> Option<Keep<'_>> {
        self.context.map(|context| Keep { context, cache: &*self.cache })
    }

    //= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
    //# Clients that validate the DNSSEC signatures themselves MUST use standard DNSSEC validation procedures.
    /// Asks and judges. Where there is no anchor the question is asked all the same, and the records are there unproved.
    pub async fn lookup(&self, name: NameBuf, rtype: Type, clock: Clock) -> (Answered, Gathered) {
        let Some(keep) = self.keep() else {
            return (Answered::nothing(&name, "there is no SHA-256".into()), Gathered::default());
        };
        let mut lookup = Lookup::new(name, rtype, &self.anchors);
        let (mut budget, mut scratch) = (Budget::new(self.limits), Scratch::new());
        let mut terms =
            Terms { clock, policy: &self.policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        let mut gathered = self.client.gather(&mut lookup, &mut terms, keep).await;
        let answered = lookup.answered(&mut terms);
        if answered.code != Some(ReasonCode::NoAnchor) {
            return (answered, gathered);
        }
        // Nothing was asked, since nothing can be proved. Perhaps it is wanted all the same.
        gathered.asked = gathered.asked.saturating_add(1);
        match self.client.ask(&name, rtype, 0).await {
            Ok(reply) => {
                gathered.blames.extend(reply.blames);
                // What cannot be taken is no answer.
                let _not_taken = lookup.answer(&reply.octets);
                (lookup.answered(&mut terms), gathered)
            }
            Err(blames) => {
                gathered.blames.extend(blames);
                (Answered::nothing(&name, "no server answers".into()), gathered)
            }
        }
    }

    /// Asks and judges several things at the same time.
    pub async fn lookups(
        &self,
        questions: Vec<(NameBuf, Type)>,
        clock: Clock,
    ) -> Vec<((NameBuf, Type), Answered, Gathered)> {
        let mut tasks = JoinSet::new();
        for (name, rtype) in questions {
            let own = self.clone();
            tasks.spawn(async move {
                let (answered, gathered) = own.lookup(name, rtype, clock).await;
                ((name, rtype), answered, gathered)
            });
        }
        let mut done = Vec::new();
        while let Some(one) = tasks.join_next().await {
            // A task ends without a result only if the runtime is shut down.
            done.extend(one.ok());
        }
        done
    }

    /// Finds the endpoints of a service, and what DANE says of each.
    pub async fn discover(&self, mut discovery: Discovery, clock: Clock) -> (Plan, Gathered) {
        let mut all = Gathered::default();
        loop {
            let open = match discovery.progress() {
                Progress::Ask(open) => open,
                Progress::Done(plan) => return (plan, all),
            };
            let mut missing = open.clone();
            for ((name, rtype), answered, gathered) in self.lookups(open, clock).await {
                missing.retain(|question| *question != (name, rtype));
                discovery.answer(name, rtype, answered);
                all.extend(gathered);
            }
            for (name, rtype) in missing {
                discovery.answer(name, rtype, Answered::nothing(&name, "the runtime is shut down".into()));
            }
        }
    }
}
