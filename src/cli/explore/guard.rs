//! Who may ask. Whatever runs in a browser on this machine can reach the port; only a page that knows the token, and was served
//! from here, is answered. As of local notebook servers and profilers.

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyper::{Method, StatusCode};

/// Random bytes of the token.
const TOKEN_BYTES: usize = 24;

/// What makes an address one of ours.
#[derive(Debug)]
pub struct Guard {
    token: String,
    port: u16,
}

impl Guard {
    /// A guard with a new token.
    ///
    /// # Errors
    /// A system without random numbers.
    pub fn new(port: u16) -> anyhow::Result<Self> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("{error}")).context("drawing a token")?;
        Ok(Self { token: URL_SAFE_NO_PAD.encode(bytes), port })
    }

    /// What is opened in a browser.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/{}/", self.port, self.token)
    }

    /// The path behind the token, if whoever asks may.
    ///
    /// # Errors
    /// The status that is answered instead.
    pub fn admit<'a>(&self, method: &Method, path: &'a str, headers: &HeaderMap) -> Result<&'a str, StatusCode> {
        // Another name that leads here belongs to another page, which its browser takes for ours.
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        if !self.hosts().iter().any(|known| known == host) {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
        if origin.is_some_and(|origin| origin != format!("http://{host}")) {
            return Err(StatusCode::FORBIDDEN);
        }
        let site = headers.get("sec-fetch-site").map(|site| site.to_str().unwrap_or_default());
        if site.is_some_and(|site| !["same-origin", "none"].contains(&site)) {
            return Err(StatusCode::FORBIDDEN);
        }
        if ![Method::GET, Method::POST, Method::DELETE].contains(method) {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        let rest = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        rest.filter(|(token, _)| *token == self.token).map(|(_, rest)| rest).ok_or(StatusCode::NOT_FOUND)
    }

    fn hosts(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port))
    }
}

/// What goes with every answer: it is for this page alone, is kept nowhere, and asks for nothing from elsewhere.
pub const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cache-control"), HeaderValue::from_static("no-store")),
    (HeaderName::from_static("x-frame-options"), HeaderValue::from_static("SAMEORIGIN")),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in of {
            headers.insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        headers
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let [one, other] = [0, 1].map(|_| Guard::new(80).expect("random numbers").token);
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }

    #[test]
    fn only_our_own_page_is_answered() {
        let guard = Guard { token: "secret".to_owned(), port: 8000 };
        let ours = [("host", "127.0.0.1:8000")];
        let admit = |path, of: &[(&'static str, &str)]| guard.admit(&Method::GET, path, &headers(of));
        assert_eq!(admit("/secret/map/1", &ours), Ok("map/1"));
        assert_eq!(admit("/secret/", &[("host", "localhost:8000"), ("sec-fetch-site", "none")]), Ok(""));
        assert_eq!(admit("/secret/", &[ours[0], ("origin", "http://127.0.0.1:8000")]), Ok(""));
        for path in ["/", "/secret", "/Secret/", "//secret/", "/secre/", "secret/", "/secrett/"] {
            assert_eq!(admit(path, &ours), Err(StatusCode::NOT_FOUND), "{path}");
        }
        for host in ["evil.example", "127.0.0.1", "127.0.0.1:8001", "127.0.0.1:8000.evil.example", ""] {
            assert_eq!(admit("/secret/", &[("host", host)]), Err(StatusCode::MISDIRECTED_REQUEST), "{host}");
        }
        assert_eq!(admit("/secret/", &[]), Err(StatusCode::MISDIRECTED_REQUEST));
        for (name, value) in [("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
            assert_eq!(admit("/secret/", &[ours[0], (name, value)]), Err(StatusCode::FORBIDDEN), "{value}");
        }
        let put = guard.admit(&Method::PUT, "/secret/", &headers(&ours));
        assert_eq!(put, Err(StatusCode::METHOD_NOT_ALLOWED));
    }
}
