//! `alphasweep explore`: the live page with a box for the formula, served to this machine alone.

mod asked;
mod guard;
mod menus;
mod server;
mod shelf;
mod whole;
mod workshop;

use crate::cli::call::Call;
use crate::cli::flags::descent::{DescentFlags, PrecisionFlag, RuleFlag};
use crate::cli::flags::machine::ThreadsFlag;
use crate::cli::flags::problem::{ProblemFlags, ShortAxes};
use crate::cli::flags::style::PaletteFlag;
use crate::cli::interrupt::{Interruption, Patience};
use crate::cli::{say, threads};
use crate::store::RecordedFlags;
use crate::sweep::RequestError;
use anyhow::Context;
use clap::Parser;
use guard::Guard;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use server::Server;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use workshop::Workshop;

const EXAMPLES: &str = "\
Examples:
  alphasweep explore                                    the lecture's map, in your browser
  alphasweep explore \"(x-1)^2 + 0.1*sin(9*x)\"           a formula of your own
  alphasweep explore \"mean((w*x+b-y)^2)\" --data houses.csv --standardize
  alphasweep explore rosenbrock --no-open --port 8000   prints the address, for a browser that you open yourself";

/// Open the live map in a browser: type a formula, drag, zoom, click
#[derive(Debug, Parser)]
#[command(name = "explore", after_help = EXAMPLES)]
pub struct ExploreArguments {
    #[command(flatten, next_help_heading = "What to begin with")]
    pub problem: ProblemFlags<ShortAxes>,

    #[command(flatten, next_help_heading = "How to descend")]
    pub rule: RuleFlag,
    #[command(flatten, next_help_heading = "How to descend")]
    pub descent: DescentFlags,
    #[command(flatten)]
    pub arithmetic: PrecisionFlag,

    /// Port on 127.0.0.1 [default: one that is free]
    #[arg(long, value_name = "N", help_heading = "Where to run")]
    pub port: Option<u16>,
    /// Print the address, and open no browser
    #[arg(long, help_heading = "Where to run")]
    pub no_open: bool,
    #[command(flatten, next_help_heading = "Where to run")]
    pub cpu: ThreadsFlag,
    #[command(flatten, next_help_heading = "Where to run")]
    pub colours: PaletteFlag,
}

/// Connections at once; further ones wait.
const MOST_CONNECTIONS: usize = 64;
/// Whoever has not sent the head of a request by then is let go.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Whether to stop is looked at so often.
const LOOK: Duration = Duration::from_millis(50);
/// What is still at work when it is stopped is left after so long.
const LAST_WAIT: Duration = Duration::from_millis(700);

/// Serves until it is interrupted.
///
/// # Errors
/// A port that is taken; a system that gives no threads.
pub fn run(arguments: &ExploreArguments, call: &Call<'_>) -> anyhow::Result<()> {
    threads::start(arguments.cpu.count())?;
    let given = arguments.problem.data.as_deref().map(|data| data.to_string_lossy().into_owned());
    let workshop = Workshop::new(given, arguments.cpu.count());
    let runtime = Builder::new_current_thread().enable_io().enable_time().build().context("starting the server")?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port.unwrap_or(0))));
    let listener = listener.map_err(|error| taken(arguments.port, &error))?;
    let guard = Guard::new(listener.local_addr().context("starting the server")?.port())?;
    let address = guard.address();
    let server = Arc::new(Server::new(guard, workshop, begins(&call.flags)));
    call.interruption.ready(Patience::None);
    say::out(&format!("{address}\n")).context("stdout")?;
    tell(arguments.no_open, &address);
    runtime.block_on(serve(listener, &server, call.interruption));
    server.stop();
    runtime.shutdown_timeout(LAST_WAIT);
    Ok(())
}

/// The flags that the page goes on with.
fn begins(typed: &RecordedFlags) -> RecordedFlags {
    let mut kept = typed.clone();
    kept.flags.retain(|name, _| asked::FLAGS.contains(&name.as_str()));
    kept
}

fn taken(port: Option<u16>, error: &std::io::Error) -> anyhow::Error {
    let message = format!("cannot be listened at ({error}); leave --port out, and one that is free is found");
    RequestError::new("--port", port.map_or(String::new(), |port| port.to_string()), message).into()
}

fn tell(no_open: bool, address: &str) {
    let voice = say::Voice::new(false);
    voice.say(&say::note("serves this machine alone; whoever has the address can use it. Ctrl-C ends it"));
    if !no_open && let Err(error) = open::that_detached(address) {
        voice.say(&say::note(&format!("no browser could be opened ({error}); open the address yourself")));
    }
}

/// Takes connections until it is interrupted.
async fn serve(listener: TcpListener, server: &Arc<Server>, interruption: &Interruption) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    while !interruption.stopping() {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let taken = loop {
            match tokio::time::timeout(LOOK, listener.accept()).await {
                Ok(taken) => break taken,
                Err(_) if interruption.stopping() => return,
                Err(_) => {}
            }
        };
        // A connection that failed before it was taken is nobody's.
        let Ok((stream, _)) = taken else { continue };
        let server = Arc::clone(server);
        tokio::spawn(async move {
            converse(stream, server).await;
            drop(place);
        });
    }
}

async fn converse(stream: TcpStream, server: Arc<Server>) {
    let service = service_fn(move |request| Arc::clone(&server).answer(request));
    let mut connection = http1::Builder::new();
    connection.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    // What a browser breaks off is its own affair.
    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
}
