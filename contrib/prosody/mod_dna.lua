-- Domain name assertions on XMPP streams, the asserting side: tells peers that a hosted domain can be proved,
-- answers their challenges with the URL of the proof, and logs what they say of it.
--
-- See README.md beside this file.

local st = require "util.stanza";

local xmlns = module:get_option_string("dna_namespace", "urn:xmpp:dna:0");
-- Type of proof -> URL, in no order: the peer says which types it prefers.
local proofs = module:get_option("dna_proofs", {});
local host = module.host;

if type(proofs) ~= "table" then
	module:log("error", "dna_proofs has to be a table: type of proof = URL");
	proofs = {};
end
for proof_type, url in pairs(proofs) do
	if type(proof_type) ~= "string" or type(url) ~= "string" or not url:match("^https?://") then
		module:log("error", "dna_proofs[%q]: expected a URL of http or https", tostring(proof_type));
		proofs[proof_type] = nil;
	end
end

-- What was said on one stream of this domain.
local function state_of(session)
	session.dna = session.dna or {};
	session.dna[host] = session.dna[host] or {};
	return session.dna[host];
end

local function send(session, element)
	(session.sends2s or session.send)(element);
end

local function add_assertion(event)
	local session = event.origin;
	-- Nothing before TLS: whoever listens could not be told from the peer.
	if session.secure and next(proofs) then
		event.features:tag("assert", { xmlns = xmlns, from = host }):up();
	end
end

module:hook("stream-features", add_assertion);
module:hook("s2s-stream-features", add_assertion);

module:hook("stanza/" .. xmlns .. ":challenge", function (event)
	local session, challenge = event.origin, event.stanza;
	if not session.secure then
		session.log("warn", "A challenge for %s before TLS is not answered", host);
		return true;
	end
	local state = state_of(session);
	-- One proof is outstanding at a time, and none follows after one that was refused.
	if state.word == "invalid" or state.outstanding then
		return true;
	end
	for wanted in challenge:childtags("proof", xmlns) do
		local url = proofs[wanted.attr.type];
		if url then
			session.log("info", "Challenged for %s: the proof is at %s", host, url);
			state.outstanding = true;
			send(session, st.stanza("proof", { xmlns = xmlns, from = host, type = wanted.attr.type }):text(url));
			return true;
		end
	end
	session.log("info", "Challenged for %s, and there is no proof of a type that would do", host);
	state.word = "impossible";
	send(session, st.stanza("impossible", { xmlns = xmlns, from = host }));
	return true;
end);

local function hear(word, level)
	module:hook("stanza/" .. xmlns .. ":" .. word, function (event)
		local session = event.origin;
		local state = state_of(session);
		state.word, state.outstanding = word, false;
		session.log(level, "The peer says that %s is %s", host, word);
		module:fire_event("dna-" .. word, { session = session, host = host });
		return true;
	end);
end

hear("valid", "info");
hear("invalid", "warn");

-- We assert, and do not judge: what peers assert of themselves is passed over.
for _, name in ipairs { "assert", "proof", "impossible" } do
	module:hook("stanza/" .. xmlns .. ":" .. name, function () return true; end);
end
