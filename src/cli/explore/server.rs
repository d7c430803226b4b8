//! Requests of the page → answers. One thread reads and answers; what takes longer runs on others.

use super::guard::{Guard, HEADERS};
use super::menus;
use super::shelf::Shelf;
use super::whole::Whole;
use super::workshop::{Size, Workshop, check};
use crate::cli::flags::problem::HeldFile;
use crate::engine::Watch;
use crate::problem::MAX_BYTES;
use crate::store::RecordedFlags;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::spawn_blocking;

/// Longest document that asks for something (bytes). Formulas are a hundredth of that.
const MAX_ASKED: usize = 4 << 20;
/// Whole sweeps that are known at once.
const MOST_WHOLE: usize = 8;

const SHELL: &str = include_str!("shell.html");
const SHEET: &str = include_str!("shell.css");
const PROGRAM: &str = include_str!("shell.js");
/// The page around the map has files of its own, and frames maps; nothing else is loaded from anywhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
);

type Answer = Response<Full<Bytes>>;

/// Everything that answers come from.
#[derive(Debug)]
pub struct Server {
    pub guard: Guard,
    workshop: Workshop,
    whole: Shelf<Whole>,
    /// What was typed: the page begins with it.
    begins: RecordedFlags,
}

/// Stops work whose page no longer waits for it.
struct StopsWith(Arc<AtomicBool>);

impl Drop for StopsWith {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Server {
    pub fn new(guard: Guard, workshop: Workshop, begins: RecordedFlags) -> Self {
        Self { guard, workshop, whole: Shelf::new(MOST_WHOLE), begins }
    }

    /// Stops whatever still runs.
    pub fn stop(&self) {
        self.whole.all().iter().for_each(|whole| whole.stop());
    }

    /// Answers a request; what is not for us is told by its status alone.
    ///
    /// # Errors
    /// None.
    pub async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Answer, Infallible> {
        let (head, body) = request.into_parts();
        let path = match self.guard.admit(&head.method, head.uri.path(), &head.headers) {
            Ok(path) => path.to_owned(),
            Err(status) => return Ok(bare(status)),
        };
        let (place, number) = path.split_once('/').unwrap_or((&path, ""));
        let number = number.parse::<u64>().ok();
        Ok(match (&head.method, place, number) {
            (&Method::GET, "", None) => text("text/html", SHELL, StatusCode::OK),
            (&Method::GET, "shell.css", None) => text("text/css", SHEET, StatusCode::OK),
            (&Method::GET, "shell.js", None) => text("text/javascript", PROGRAM, StatusCode::OK),
            (&Method::GET, "menus", None) => json(&menus::menus(&self.begins)),
            (&Method::GET, "map", Some(number)) => match self.workshop.maps.get(number) {
                Some(page) => framed(&page),
                None => bare(StatusCode::NOT_FOUND),
            },
            (&Method::GET, "whole", Some(number)) => self.of_whole(number, |whole| json(&whole.progress())),
            (&Method::DELETE, "whole", Some(number)) => self.of_whole(number, |whole| {
                whole.stop();
                json(&whole.progress())
            }),
            (&Method::POST, "table", None) => {
                let name = head.headers.get("x-file-name").and_then(|name| name.to_str().ok()).unwrap_or("data.csv");
                match read(body, MAX_BYTES as usize).await {
                    Ok(bytes) => self.table(name, bytes),
                    Err(answer) => answer,
                }
            }
            (&Method::POST, "map" | "check" | "follow" | "whole", None) => match read(body, MAX_ASKED).await {
                Ok(bytes) => self.work(place, bytes).await,
                Err(answer) => answer,
            },
            _ => bare(StatusCode::NOT_FOUND),
        })
    }

    fn of_whole(&self, number: u64, answer: impl FnOnce(&Whole) -> Answer) -> Answer {
        self.whole.get(number).map_or_else(|| bare(StatusCode::NOT_FOUND), |whole| answer(&whole))
    }

    /// Keeps a file that was dropped on the page, in memory.
    fn table(&self, name: &str, bytes: Bytes) -> Answer {
        // Its name is only shown.
        let name = name.chars().filter(|c| !c.is_control() && !"/\\".contains(*c)).take(100).collect();
        json(&serde_json::json!({ "table": self.workshop.tables.put(HeldFile { name, bytes }) }))
    }

    /// What takes a moment, on a thread of its own. It stops when its connection is closed.
    async fn work(self: Arc<Self>, place: &str, bytes: Bytes) -> Answer {
        let cancel = Arc::new(AtomicBool::new(false));
        let _stops = StopsWith(Arc::clone(&cancel));
        let place = place.to_owned();
        let work = spawn_blocking(move || self.worked(&place, &bytes, &cancel));
        work.await.unwrap_or_else(|_| bare(StatusCode::INTERNAL_SERVER_ERROR))
    }

    fn worked(self: &Arc<Self>, place: &str, bytes: &[u8], cancel: &AtomicBool) -> Answer {
        let asked = match self.workshop.asked(bytes) {
            Ok(asked) => asked,
            Err(error) => return refused(&error.into()),
        };
        let watch = Watch::new(&|_| (), cancel);
        match place {
            "check" => answered(check(&asked.arguments)),
            "follow" => answered(self.workshop.follow(&asked, &watch)),
            "map" => answered(self.workshop.map(&asked.arguments, Size::AtOnce, &watch)),
            _ => {
                if let Err(error) = check(&asked.arguments) {
                    return refused(&error);
                }
                let number = self.whole.put(Whole::default());
                let server = Arc::clone(self);
                spawn_blocking(move || {
                    if let Some(whole) = server.whole.get(number) {
                        whole.run(&server.workshop, &asked);
                    }
                });
                json(&serde_json::json!({ "whole": number }))
            }
        }
    }
}

/// A body of at most so many bytes.
async fn read(body: Incoming, most: usize) -> Result<Bytes, Answer> {
    let read = Limited::new(body, most).collect().await;
    read.map(http_body_util::Collected::to_bytes).map_err(|_| bare(StatusCode::PAYLOAD_TOO_LARGE))
}

fn answered<T: Serialize>(result: anyhow::Result<T>) -> Answer {
    match result {
        Ok(value) => json(&value),
        Err(error) => refused(&error),
    }
}

/// What is wrong, as the command would say it. No failure of the server: browsers would say so for every letter that is missing yet.
fn refused(error: &anyhow::Error) -> Answer {
    json(&serde_json::json!({ "error": format!("{error:#}") }))
}

fn json(value: &impl Serialize) -> Answer {
    let document = serde_json::to_string(value).unwrap_or_default();
    text("application/json", &document, StatusCode::OK)
}

fn text(kind: &str, body: &str, status: StatusCode) -> Answer {
    let mut answer = framed(body);
    *answer.status_mut() = status;
    let kind = HeaderValue::from_str(&format!("{kind}; charset=utf-8"));
    answer.headers_mut().insert(CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("text/plain")));
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    answer
}

/// The page of a map, which says itself what it may load.
fn framed(page: &str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::copy_from_slice(page.as_bytes())));
    answer.headers_mut().extend(HEADERS);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}

fn bare(status: StatusCode) -> Answer {
    text("text/plain", status.canonical_reason().unwrap_or_default(), status)
}
