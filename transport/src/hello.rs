//! The handshake: who speaks which version of the protocol, in which role.
//!
//! These messages are what two versions of Godwit can always say to each other, so their layout is frozen for ever.
//! Which role a peer really has is proven by its certificate, not by what it says here.

use godwit_common::frame::Message;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Goes up whenever a message changes. Peers of different versions refuse each other.
pub const PROTOCOL_VERSION: u32 = 1;

/// The version of this software, for people.
pub const SOFTWARE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a process is in the cluster. It stands in the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Takes workflows and places their tasks.
    Coordinator,
    /// Runs tasks.
    Worker,
    /// Submits workflows and asks about them.
    Client,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 3] = [Role::Coordinator, Role::Worker, Role::Client];

    /// The role's name, as it stands in certificates and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Role::Coordinator => "coordinator",
            Role::Worker => "worker",
            Role::Client => "client",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Role::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| format!("'{text}' is not a role; the roles are coordinator, worker and client"))
    }
}

/// The first message on a connection, from the side that connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol that the sender speaks.
    pub protocol: u32,
    /// The sender's software, for people.
    pub software: String,
    /// What the sender is.
    pub role: Role,
}

impl Hello {
    /// What this software says in `role`.
    pub fn new(role: Role) -> Hello {
        Hello { protocol: PROTOCOL_VERSION, software: SOFTWARE_VERSION.to_owned(), role }
    }
}

/// The coordinator's answer to a [`Hello`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// Both sides speak the same protocol.
    Welcome {
        /// The protocol that the coordinator speaks.
        protocol: u32,
        /// The coordinator's software, for people.
        software: String,
    },
    /// The coordinator will not have this peer.
    Refused {
        /// Why not, and what to do.
        reason: String,
        /// Whether trying again later is useless.
        is_final: bool,
    },
}

impl Message for Hello {
    const KIND: u8 = 1;
    const VERSION: u8 = 1;
    const NAME: &'static str = "hello";
}

impl Message for Answer {
    const KIND: u8 = 2;
    const VERSION: u8 = 1;
    const NAME: &'static str = "answer to hello";
}

/// The coordinator's answer to `hello` from a peer whose certificate says `proven`.
pub(crate) fn judge(hello: &Hello, proven: Role) -> Answer {
    let refused = |reason| Answer::Refused { reason, is_final: true };
    if hello.protocol != PROTOCOL_VERSION {
        return refused(version_sentence(hello.role, hello.protocol, &hello.software));
    }
    if hello.role != proven {
        let said = hello.role;
        return refused(format!(
            "a {proven}'s credential cannot be used as a {said}; use one made with 'godwit access export --role {said}'"
        ));
    }
    Answer::Welcome { protocol: PROTOCOL_VERSION, software: SOFTWARE_VERSION.to_owned() }
}

/// Says which side is behind. `software` is a peer's word, so it is cut to what a version can look like.
fn version_sentence(role: Role, protocol: u32, software: &str) -> String {
    let software: String = software.chars().filter(|c| !c.is_control()).take(40).collect();
    let behind = if protocol < PROTOCOL_VERSION { role } else { Role::Coordinator };
    format!(
        "the {role} is godwit {software} (protocol {protocol}) but the coordinator is godwit {SOFTWARE_VERSION} \
         (protocol {PROTOCOL_VERSION}); upgrade the {behind}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::frame::{HEADER_BYTES, encode};

    fn body<M: Message>(message: &M) -> Vec<u8> {
        let mut out = Vec::new();
        encode(message, &mut out).expect("a small message fits");
        out.split_off(HEADER_BYTES)
    }

    #[test]
    fn golden_bytes_are_frozen_for_ever() {
        let hello = Hello { protocol: 7, software: "0.1".into(), role: Role::Client };
        assert_eq!(body(&hello), [7, 3, b'0', b'.', b'1', 2]);
        let welcome = Answer::Welcome { protocol: 7, software: "0.1".into() };
        assert_eq!(body(&welcome), [0, 7, 3, b'0', b'.', b'1']);
        let refused = Answer::Refused { reason: "no".into(), is_final: true };
        assert_eq!(body(&refused), [1, 2, b'n', b'o', 1]);
    }

    #[track_caller]
    fn check(protocol: u32, said: Role, proven: Role, expected: &str) {
        let hello = Hello { protocol, software: "9.9.9".into(), role: said };
        match judge(&hello, proven) {
            Answer::Welcome { .. } => assert_eq!(expected, "welcome"),
            Answer::Refused { reason, is_final } => {
                assert!(is_final);
                assert!(reason.contains(expected), "{reason}");
            }
        }
    }

    #[test]
    fn a_hello_is_judged() {
        check(PROTOCOL_VERSION, Role::Worker, Role::Worker, "welcome");
        check(
            PROTOCOL_VERSION,
            Role::Worker,
            Role::Client,
            "a client's credential cannot be used as a worker",
        );
        check(PROTOCOL_VERSION + 1, Role::Worker, Role::Worker, "upgrade the coordinator");
        check(PROTOCOL_VERSION - 1, Role::Client, Role::Client, "upgrade the client");
    }
}
