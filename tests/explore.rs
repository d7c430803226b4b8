//! `alphasweep explore`: what its server answers, to whom, and that it is what `sweep` makes.
#![cfg(unix)]

mod common;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server of a test, ended with it.
struct Server {
    child: Child,
    folder: TempDir,
    host: String,
    /// The path with the token, with a slash at both ends.
    home: String,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn error(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["error"].as_str().expect("an error").to_owned()
    }
}

impl Server {
    fn new(arguments: &[&str]) -> Self {
        Self::within(tempfile::tempdir().expect("a folder"), arguments)
    }

    fn within(folder: TempDir, arguments: &[&str]) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("alphasweep"));
        command.args(["explore", "--no-open"]).args(arguments).current_dir(folder.path());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary runs");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut address).expect("an address");
        let (host, path) =
            address.trim().strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
        let (host, home) = (host.to_owned(), format!("/{path}"));
        Self { child, folder, host, home }
    }

    fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.host).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        // Whoever is refused early may not read all of it.
        let _ = stream.write_all(request);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let more = headers.iter().fold(String::new(), |text, (name, value)| text + name + ": " + value + "\r\n");
        let host = if headers.iter().any(|(name, _)| *name == "Host") {
            String::new()
        } else {
            format!("Host: {}\r\n", self.host)
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{host}{more}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        self.raw(&[head.as_bytes(), body].concat())
    }

    fn get(&self, place: &str) -> Answer {
        self.ask("GET", &format!("{}{place}", self.home), &[], b"")
    }

    fn post(&self, place: &str, document: &Value) -> Answer {
        self.ask("POST", &format!("{}{place}", self.home), &[], document.to_string().as_bytes())
    }

    /// The page of a whole sweep.
    fn whole(&self, asked: &Value) -> String {
        let number = self.post("whole", asked).json()["whole"].as_u64().expect("a number");
        let begun = Instant::now();
        loop {
            let now = self.get(&format!("whole/{number}")).json();
            if now["ended"] == true {
                let map = now["map"].as_u64().unwrap_or_else(|| panic!("{now}"));
                return self.get(&format!("map/{map}")).body;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "{now}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The page that `sweep` writes.
fn page_of_sweep(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("alphasweep"));
    command.args(["sweep"]).args(arguments).args(["--engine", "cpu", "--quiet", "--html", "page.html", "--no-csv"]);
    assert!(command.current_dir(folder).status().expect("the binary runs").success());
    fs::read_to_string(folder.join("page.html")).expect("a page")
}

#[test]
fn a_whole_sweep_is_the_page_that_sweep_writes() {
    let server = Server::new(&[]);
    let asked = json!({"asked": {
        "objective": "(b/2-1)^2 + 0.01*cos(b)", "alpha": "log:0.01:9:40", "start": "lin:-5:5:30", "steps": "200", "rule": "momentum",
    }});
    let arguments = [
        "(b/2-1)^2 + 0.01*cos(b)",
        "--alpha",
        "log:0.01:9:40",
        "--start",
        "lin:-5:5:30",
        "--steps",
        "200",
        "--rule",
        "momentum",
    ];
    let expected = page_of_sweep(server.folder.path(), &arguments);
    assert!(expected.len() > 10_000);
    assert!(server.whole(&asked) == expected, "the pages differ");
    // And another sweep is another page.
    let other = json!({"asked": {"objective": "(b/2-1)^2", "alpha": "log:0.01:9:40", "start": "lin:-5:5:30"}});
    assert!(server.whole(&other) != expected);
}

#[test]
fn a_map_at_once_is_the_same_sweep_with_fewer_values() {
    let server = Server::new(&[]);
    let made = server.post("map", &json!({"asked": {"objective": "lecture"}})).json();
    assert_eq!((made["cells"].as_u64(), made["of"].as_u64()), (Some(320 * 200), Some(1024 * 512)));
    let page = server.get(&format!("map/{}", made["map"])).body;
    let arguments = ["lecture", "--vary", "alpha=log:1e-10:10:320", "--vary", "beta_start=lin:-10:10:200"];
    assert!(page == page_of_sweep(server.folder.path(), &arguments), "the pages differ");
}

#[test]
fn the_engine_says_how_a_descent_goes() {
    let server = Server::new(&[]);
    let asked = json!({"asked": {"objective": "(b/2-1)^2", "alpha": "lin:0.5:3:6", "start": "-10,4"}, "cell": {"x": 1.0, "y": 4.0}});
    let found = server.post("follow", &asked).json();
    // x ← x − α·x/2 about 2: the distance halves in every step, exactly.
    assert_eq!(found["outcome"], "converged");
    let steps = i32::try_from(found["steps"].as_u64().expect("steps")).expect("few");
    assert_eq!(found["loss"].as_f64().expect("a loss"), 0.25_f64.powi(steps));
    assert_eq!(found["ends"][0], json!(["b", 2.0 + 2.0 * 0.5_f64.powi(steps)]));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let server = Server::new(&[]);
    let error = server.post("check", &json!({"asked": {"objective": "x^2 + foo(x)"}})).error();
    assert!(error.contains("foo") && error.contains('^') && error.contains('\n'), "{error}");
    let good = server.post("check", &json!({"asked": {"objective": "x^2 + y^2"}})).json();
    assert_eq!(good["parameters"], json!(["x", "y"]));
    for (asked, why) in [
        (json!({"asked": {"objective": "two-layer"}}), "`alphasweep sweep two-layer --html map.html` trains it"),
        (json!({"asked": {"objective": "x^2", "out": "elsewhere"}}), "not for a page to set"),
        (json!({"asked": {"objective": "x^2", "data": "/etc/passwd"}}), "data of the catalog only"),
        (json!({"asked": {"objective": "x^2", "alpha": "log:0:1:5"}}), "--alpha"),
        (json!({"objective": "x^2"}), "expected"),
        (json!({"asked": {"objective": "x^2"}, "table": 5}), "no longer here"),
    ] {
        let error = server.post("check", &asked).error();
        assert!(error.contains(why), "{asked}: {error}");
    }
}

/// A CSV that is dropped stays in memory; its columns are names.
#[test]
fn dropped_data_is_used_and_nothing_is_written() {
    let server = Server::new(&[]);
    let csv = b"size,price\n1,2\n2,4\n3,6\n";
    let path = format!("{}table", server.home);
    let number = server.ask("POST", &path, &[("X-File-Name", "../houses.csv")], csv).json()["table"].clone();
    let asked = json!({"asked": {"objective": "mean((w*size-price)^2)", "alpha": "0.05", "start": "0"}, "table": number, "cell": {"x": 0.05, "y": 0.0}});
    let found = server.post("follow", &asked).json();
    assert_eq!((&found["outcome"], &found["ends"][0][0]), (&json!("converged"), &json!("w")));
    assert!((found["ends"][0][1].as_f64().expect("a number") - 2.0).abs() < 1e-6, "{found}");
    let made = server.post("map", &asked).json();
    assert!(made["map"].is_u64(), "{made}");
    assert_eq!(fs::read_dir(server.folder.path()).expect("a folder").count(), 0);
}

/// What the command line named may be named by the page; other files may not.
#[test]
fn the_command_lines_data_can_be_named() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("mine.csv"), "x,y\n1,3\n2,6\n").expect("a file");
    fs::write(folder.path().join("other.csv"), "x,y\n1,3\n2,6\n").expect("a file");
    let server = Server::within(folder, &["mean((w*x-y)^2)", "--data", "mine.csv", "--steps", "50"]);
    let begins = server.get("menus").json()["begins"].clone();
    assert_eq!(begins, json!({"objective": "mean((w*x-y)^2)", "data": "mine.csv", "steps": "50"}));
    assert_eq!(server.post("check", &json!({"asked": begins})).json()["parameters"], json!(["w"]));
    let mut other = begins;
    other["data"] = json!("other.csv");
    assert!(server.post("check", &json!({"asked": other})).error().contains("data of the catalog only"));
}

#[test]
fn only_our_own_page_is_answered() {
    let server = Server::new(&[]);
    let home = server.home.clone();
    assert_eq!(server.get("").status, 200);
    assert_eq!(server.ask("GET", "/", &[], b"").status, 404);
    assert_eq!(server.ask("GET", &home.to_uppercase(), &[], b"").status, 404);
    assert_eq!(server.ask("GET", &home, &[("Host", "evil.example")], b"").status, 421);
    assert_eq!(server.ask("GET", &home, &[("Origin", "http://evil.example")], b"").status, 403);
    assert_eq!(server.ask("GET", &home, &[("Sec-Fetch-Site", "cross-site")], b"").status, 403);
    assert_eq!(server.ask("PUT", &home, &[], b"").status, 405);
    assert_eq!(server.ask("OPTIONS", &home, &[("Origin", "http://evil.example")], b"").status, 403);
    assert_eq!(server.get("map/1").status, 404);
    assert_eq!(server.get("../../etc/passwd").status, 404);
    let head = server.get("").head;
    for wanted in
        ["cross-origin-resource-policy: same-origin", "nosniff", "no-referrer", "default-src 'none'", "no-store"]
    {
        assert!(head.contains(wanted), "{wanted}: {head}");
    }
    assert!(!head.contains("access-control"), "{head}");
}

#[test]
fn large_bodies_and_broken_requests_end_soon() {
    let server = Server::new(&[]);
    let begun = Instant::now();
    let formula = "x+".repeat(1 << 19) + "x";
    let error = server.post("check", &json!({"asked": {"objective": formula}})).error();
    assert!(error.len() < 1000, "{} bytes", error.len());
    assert_eq!(server.post("map", &json!({"asked": {"objective": "x".repeat(5 << 20)}})).status, 413);
    assert_eq!(server.raw(b"nonsense\r\n\r\n").status, 400);
    // A connection that says nothing, and one that breaks off, keep nobody.
    let silent = TcpStream::connect(&server.host).expect("a connection");
    let head =
        format!("POST {}map HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000000\r\n\r\n{{", server.home, server.host);
    TcpStream::connect(&server.host).expect("a connection").write_all(head.as_bytes()).expect("written");
    assert_eq!(server.get("menus").status, 200);
    drop(silent);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn a_long_sweep_tells_how_far_it_is_and_is_stopped() {
    let server = Server::new(&[]);
    let asked = json!({"asked": {"objective": "rosenbrock", "rule": "adam", "steps": "1e6", "alpha": "log:1e-3:1e-2:1000", "gtol": "0"}});
    let number = server.post("whole", &asked).json()["whole"].as_u64().expect("a number");
    let place = format!("whole/{number}");
    std::thread::sleep(Duration::from_millis(300));
    let now = server.get(&place).json();
    assert!(now["ended"] == false && now["share"].as_f64().expect("a share") < 0.5, "{now}");
    server.ask("DELETE", &format!("{}{place}", server.home), &[], b"");
    let begun = Instant::now();
    while server.get(&place).json()["ended"] == false {
        assert!(begun.elapsed() < Duration::from_secs(5), "it is still running");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(server.get(&place).json()["error"].as_str().expect("a word").contains("interrupted"));
}

#[test]
fn ctrl_c_ends_it_within_two_seconds() {
    let mut server = Server::new(&[]);
    // With work on its way, too.
    let asked = json!({"asked": {"objective": "rosenbrock", "rule": "adam", "steps": "1e6", "alpha": "log:1e-3:1e-2:1000", "gtol": "0"}});
    server.post("whole", &asked);
    let begun = Instant::now();
    let sent = Command::new("kill").args(["-INT", &server.child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    let status = server.child.wait().expect("an end");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let server = Server::new(&[]);
    let port = server.host.rsplit(':').next().expect("a port");
    let output = Command::new(assert_cmd::cargo::cargo_bin("alphasweep"))
        .args(["explore", "--no-open", "--port", port])
        .output();
    let output = output.expect("the binary runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.starts_with(&format!("error: --port {port}: ")), "{told}");
}
