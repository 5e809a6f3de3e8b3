//! A server on loopback that does what a test tells it, for what real servers do not do on demand.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a client asked.
pub(crate) struct Request {
    pub(crate) method: String,
    /// With bucket, folder and query.
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    /// Whether it is to be done only if there is no such object.
    pub(crate) conditional: bool,
}

/// What the server does about it.
pub(crate) enum Reply {
    /// Answers with this status and body.
    Status(u16, Vec<u8>),
    /// Closes the connection.
    Close,
    /// Never answers.
    Hang,
}

/// How the objects of a server are created.
#[derive(Clone, Copy)]
pub(crate) enum Creation {
    /// As it should be.
    Atomic,
    /// As if no condition had been given.
    Overwriting,
    /// By looking first and writing a moment later.
    Late,
}

/// What a server keeps.
#[derive(Default)]
pub(crate) struct Objects(Mutex<BTreeMap<String, Vec<u8>>>);

impl Objects {
    pub(crate) fn serve(&self, request: &Request, creation: Creation) -> Reply {
        let there = |path: &str| self.0.lock().expect("no panic").get(path).cloned();
        match request.method.as_str() {
            "GET" => match there(&request.path) {
                Some(body) => Reply::Status(200, body),
                None => fault(404, "NoSuchKey"),
            },
            "PUT" => {
                let refused = request.conditional && there(&request.path).is_some();
                if refused && !matches!(creation, Creation::Overwriting) {
                    return fault(412, "PreconditionFailed");
                }
                if matches!(creation, Creation::Late) {
                    thread::sleep(Duration::from_millis(50));
                }
                self.write(request, creation)
            }
            _ => {
                self.0.lock().expect("no panic").remove(&request.path);
                Reply::Status(204, Vec::new())
            }
        }
    }

    fn write(&self, request: &Request, creation: Creation) -> Reply {
        let mut objects = self.0.lock().expect("no panic");
        let taken = request.conditional && objects.contains_key(&request.path);
        if taken && matches!(creation, Creation::Atomic) {
            return fault(412, "PreconditionFailed");
        }
        objects.insert(request.path.clone(), request.body.clone());
        Reply::Status(200, Vec::new())
    }
}

/// An error as S3 writes it. The rest of the body stands for what servers tell and nobody should repeat.
pub(crate) fn fault(status: u16, code: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>Because of {code}.</Message>\
         <StringToSign>hush</StringToSign></Error>"
    );
    Reply::Status(status, body.into_bytes())
}

/// Starts a server and says its `HOST:PORT`. The handler is told how many requests there were before.
pub(crate) fn start(handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> String {
    start_with(handler, |stream| Some(Box::new(stream)))
}

/// What a connection is, when it is encrypted or not.
pub(crate) trait Connection: Read + Write + Send {}
impl<T: Read + Write + Send> Connection for T {}

/// Starts a server whose connections are made into something else first.
pub(crate) fn start_with(
    handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    wrap: impl Fn(TcpStream) -> Option<Box<dyn Connection>> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("a port").to_string();
    let shared = Arc::new((handler, wrap, Mutex::new(0)));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = shared.clone();
            thread::spawn(move || {
                let (handler, wrap, count) = &*shared;
                let Some(connection) = wrap(stream) else { return };
                let mut connection = BufReader::new(connection);
                while let Some(request) = read(&mut connection) {
                    let before = {
                        let mut count = count.lock().expect("no panic");
                        *count += 1;
                        *count - 1
                    };
                    if !answer(connection.get_mut(), handler(&request, before)) {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn read(connection: &mut impl BufRead) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if connection.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut words = lines.first()?.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let header = |name: &str| {
        lines.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let size = header("content-length").and_then(|size| size.parse().ok()).unwrap_or(0);
    let mut body = vec![0; size];
    connection.read_exact(&mut body).ok()?;
    Some(Request { method, path, body, conditional: header("if-none-match").is_some() })
}

/// Whether the connection goes on.
fn answer(connection: &mut impl Write, reply: Reply) -> bool {
    match reply {
        Reply::Close => false,
        Reply::Hang => loop {
            thread::park();
        },
        Reply::Status(status, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\netag: \"1\"\r\n\
                 last-modified: Sun, 22 Nov 2026 00:00:00 GMT\r\n\r\n",
                body.len()
            );
            connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&body)).is_ok()
                && connection.flush().is_ok()
        }
    }
}
