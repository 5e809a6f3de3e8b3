//! The side that connects: tries every address, the next beside the last, and says its hello.
//!
//! It tries once. Trying again, and when, is for whoever knows what the connection is for; see [`Error::is_final`].

use crate::access::Access;
use crate::connection::{Connection, Remote};
use crate::error::Error;
use crate::hello::{Answer, Hello, PROTOCOL_VERSION, Role};
use crate::limits::{ADDRESS_STAGGER, ADDRESSES_MAX, HELLO_BYTES_MAX, LOOK_UP_AFTER, Timing};
use crate::{quic, refusal, tls};
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::pin::pin;
use tokio::time::{sleep, timeout};

/// Connects to the coordinator at `address`, a `host:port` that may resolve to several addresses.
///
/// # Errors
/// As [`connect_any`].
pub async fn connect(
    address: &str,
    access: &Access,
    hello: &Hello,
    timing: &Timing,
) -> Result<Connection, Error> {
    connect_any(&[address.to_owned()], access, hello, timing).await
}

/// Connects to the coordinator that is at one of `addresses`; the first that lets us in wins.
///
/// # Errors
/// [`Error::Credential`] if the credential is out of date by this machine's clock; [`Error::Unreachable`] or
/// [`Error::Ended`] if nobody answers (yet); [`Error::Refused`] if one side will not have the other. Of several
/// addresses' errors one that may pass with time is told first.
pub async fn connect_any(
    addresses: &[String],
    access: &Access,
    hello: &Hello,
    timing: &Timing,
) -> Result<Connection, Error> {
    access.require_valid(Timestamp::now())?;
    let all = || addresses.join(", ");
    let config =
        quic::client_config(access, timing).map_err(|problem| Error::unreachable(&all(), problem))?;
    let attempts = addresses.iter().take(ADDRESSES_MAX).map(|address| connect_name(address, &config, hello));
    let limit = timing.handshake_timeout;
    match timeout(limit, race(attempts)).await {
        Ok(Some(result)) => result,
        Ok(None) => Err(Error::unreachable(&"no address", "none was given")),
        Err(_) => {
            let problem = format!(
                "no answer within {limit:?}; see whether it runs, and whether the network lets UDP through to it"
            );
            Err(Error::unreachable(&all(), problem))
        }
    }
}

/// As [`connect_any`], and when none of `addresses` has let us in after a moment, also at those that `later` finds: a
/// look-up that costs more, or that knows more.
///
/// # Errors
/// As [`connect_any`]; those of the addresses that were known first are told, unless there were none.
pub async fn connect_or_look_up(
    addresses: &[String],
    later: impl Future<Output = Result<Vec<String>, Error>>,
    access: &Access,
    hello: &Hello,
    timing: &Timing,
) -> Result<Connection, Error> {
    let mut first = pin!(connect_any(addresses, access, hello, timing));
    let mut failure = None;
    if let Ok(result) = timeout(LOOK_UP_AFTER, &mut first).await {
        match result {
            Ok(connection) => return Ok(connection),
            Err(error) => failure = Some(error),
        }
    }
    let mut second = pin!(async {
        let mut found = later.await?;
        found.retain(|address| !addresses.contains(address));
        connect_any(&found, access, hello, timing).await
    });
    if failure.is_none() {
        tokio::select! {
            result = &mut first => match result {
                Ok(connection) => return Ok(connection),
                Err(error) => failure = Some(error),
            },
            result = &mut second => return match result {
                Ok(connection) => Ok(connection),
                Err(_) => first.await,
            },
        }
    }
    second.await.map_err(|error| failure.filter(|_| !addresses.is_empty()).unwrap_or(error))
}

/// The first success, else a failure; `None` without attempts. Each attempt begins a little after the one before.
async fn race(
    attempts: impl Iterator<Item = impl Future<Output = Result<Connection, Error>>>,
) -> Option<Result<Connection, Error>> {
    let mut running: FuturesUnordered<_> = (0u32..)
        .zip(attempts)
        .map(|(place, attempt)| async move {
            // Even a sleep of nothing takes a timer's tick.
            if place > 0 {
                sleep(ADDRESS_STAGGER * place).await;
            }
            attempt.await
        })
        .collect();
    let mut failure: Option<Error> = None;
    while let Some(result) = running.next().await {
        match result {
            Ok(connection) => return Some(Ok(connection)),
            Err(error) => failure = Some(failure.filter(|earlier| !earlier.is_final()).unwrap_or(error)),
        }
    }
    failure.map(Err)
}

async fn connect_name(
    address: &str,
    config: &quinn::ClientConfig,
    hello: &Hello,
) -> Result<Connection, Error> {
    let unresolved = |problem: String| Error::unreachable(&address, problem);
    let mut found: Vec<SocketAddr> = tokio::net::lookup_host(address)
        .await
        .map_err(|error| unresolved(format!("the name cannot be resolved: {error}")))?
        .collect();
    found.dedup();
    found.truncate(ADDRESSES_MAX);
    let attempts = found.into_iter().map(|address| connect_one(address, config, hello));
    race(attempts).await.unwrap_or_else(|| Err(unresolved("the name has no address".to_owned())))
}

async fn connect_one(
    address: SocketAddr,
    config: &quinn::ClientConfig,
    hello: &Hello,
) -> Result<Connection, Error> {
    let unreachable = |problem: String| Error::unreachable(&address, problem);
    let endpoint = quinn::Endpoint::client(refusal::unspecified(address))
        .map_err(|error| unreachable(format!("no socket could be opened: {error}")))?;
    let connecting = endpoint
        .connect_with(config.clone(), address, tls::SERVER_NAME)
        .map_err(|error| unreachable(error.to_string()))?;
    let remote = Remote::Address(address);
    let connection = tokio::select! {
        connected = connecting => connected.map_err(|error| tls::refusal(remote, error))?,
        problem = refusal::certain(address) => return Err(unreachable(problem.to_owned())),
    };
    // A refusal of our certificate comes only now: in TLS 1.3 the connecting side is done first.
    let quic = connection.clone();
    let connection = Connection::quic(connection, Role::Coordinator);
    match greet(&connection, hello).await {
        Err(Error::Ended { .. }) if let Some(error) = quic.close_reason() => Err(tls::refusal(remote, error)),
        Err(error) => Err(error),
        Ok(()) => Ok(connection),
    }
}

async fn greet(connection: &Connection, hello: &Hello) -> Result<(), Error> {
    let remote = connection.remote();
    let (mut sender, receiver) = connection.open().await?;
    sender.send(hello).await?;
    sender.finish().await?;
    let refused = |reason, is_final| Err(Error::Refused { remote, reason, is_final });
    match receiver.with_limit(HELLO_BYTES_MAX).recv::<Answer>().await? {
        Some(Answer::Welcome { protocol, .. }) if protocol == PROTOCOL_VERSION => Ok(()),
        Some(Answer::Welcome { software, .. }) => {
            let software = software.escape_debug();
            refused(
                format!("it runs godwit {software}, which speaks another protocol; upgrade the older side"),
                true,
            )
        }
        Some(Answer::Refused { reason, is_final }) => refused(reason, is_final),
        None => Err(Error::Stream { remote, problem: "there was no answer to the hello in it" }),
    }
}
