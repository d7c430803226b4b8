//! Running the command, ending it in the middle, and writing down what was typed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A command that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(300);
/// After a first signal a command ends in two seconds; with room for a loaded machine.
const LONGEST_GOODBYE: Duration = Duration::from_secs(10);

/// How a command is ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Kill,
    Term,
    Interrupt,
}

impl End {
    fn signal(self) -> &'static str {
        match self {
            Self::Kill => "KILL",
            Self::Term => "TERM",
            Self::Interrupt => "INT",
        }
    }
}

/// What was typed in a folder so far.
pub struct Shell {
    pub folder: PathBuf,
    typed: Vec<String>,
}

/// How a command ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stderr: String,
    pub took: Duration,
    /// Whether it was still at work when its time was up.
    pub early: bool,
}

impl Shell {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), typed: Vec::new() }
    }

    /// Every line, to be typed again.
    pub fn history(&self) -> String {
        let lines = self.typed.iter().map(|line| format!("  {line}\n"));
        format!("  cd {}\n{}", self.folder.display(), lines.collect::<String>())
    }

    /// Something that is done to the files between two commands.
    pub fn note(&mut self, what: &str) {
        self.typed.push(format!("# {what}"));
    }

    /// Runs `alphasweep` to its end.
    pub fn run(&mut self, arguments: &[String]) -> Result<Ended, String> {
        self.typed.push(line(arguments));
        self.finish(start(&self.folder, arguments), None)
    }

    /// Runs `alphasweep` to its end, and refuses any but the code 0.
    pub fn succeed(&mut self, arguments: &[String]) -> Result<Ended, String> {
        let ended = self.run(arguments)?;
        match ended.code {
            Some(0) => Ok(ended),
            code => Err(format!("`{}` ended with {code:?}: {}", line(arguments), ended.stderr)),
        }
    }

    /// Runs `alphasweep` for so long.
    pub fn end_early(&mut self, arguments: &[String], after: Duration, end: End) -> Result<Ended, String> {
        self.typed.push(format!("timeout -s {} {:.4} {}", end.signal(), after.as_secs_f64(), line(arguments)));
        self.finish(start(&self.folder, arguments), Some((after, end)))
    }

    /// Runs `alphasweep` where no file may be larger than so many KiB, as on a disk that fills up.
    pub fn on_full_disk(&mut self, arguments: &[String], most: usize) -> Result<Ended, String> {
        let script = format!("trap '' XFSZ; ulimit -f {most}; exec {}", line(arguments));
        self.typed.push(format!("({script})"));
        self.finish(spawned(&mut scripted(&script), &self.folder), None)
    }

    /// Runs `alphasweep` with a stderr that takes nothing.
    pub fn unheard(&mut self, arguments: &[String]) -> Result<Ended, String> {
        let script = format!("exec {} 2>/dev/full", line(arguments));
        self.typed.push(format!("({script})"));
        self.finish(spawned(&mut scripted(&script), &self.folder), None)
    }

    /// Runs `alphasweep` twice at once; gives both ends.
    pub fn twice(&mut self, arguments: &[String]) -> Result<[Ended; 2], String> {
        let script = format!("{0} & exec {0}", line(arguments));
        self.typed.push(format!("({script})"));
        let (one, other) = (start(&self.folder, arguments), start(&self.folder, arguments));
        Ok([self.finish(one, None)?, self.finish(other, None)?])
    }

    fn finish(&self, mut child: Child, early: Option<(Duration, End)>) -> Result<Ended, String> {
        let begun = Instant::now();
        let most = early.map_or(LONGEST, |(after, _)| after);
        let mut running = wait(&mut child, begun, most);
        if running {
            let Some((_, end)) = early else {
                child.kill().expect("a kill");
                child.wait().expect("an end");
                return Err(format!("it was still at work after {LONGEST:?}"));
            };
            let mut kill = Command::new("kill");
            // It may have come to its end by now.
            let _ = kill.args(["-s", end.signal(), &child.id().to_string()]).stderr(Stdio::null()).status();
            if wait(&mut child, Instant::now(), LONGEST_GOODBYE) {
                child.kill().expect("a kill");
                child.wait().expect("an end");
                return Err(format!("it was still at work {LONGEST_GOODBYE:?} after {end:?}"));
            }
        }
        let status = child.wait().expect("an end");
        let took = begun.elapsed();
        running &= status.code() != Some(0);
        let stderr = fs::read(self.folder.join(STDERR)).expect("a file");
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        Ok(Ended { code: status.code(), stderr, took, early: running })
    }
}

/// Whether it still runs when the time is up.
fn wait(child: &mut Child, begun: Instant, most: Duration) -> bool {
    while child.try_wait().expect("a state").is_none() {
        if begun.elapsed() >= most {
            return true;
        }
        sleep(Duration::from_millis(1));
    }
    false
}

/// A line of a shell.
fn scripted(script: &str) -> Command {
    let script = script.replacen("exec alphasweep", &format!("exec '{}'", binary().display()), 1);
    let mut command = Command::new("bash");
    command.args(["-c", &script]);
    command
}

/// A file: a full pipe would stop the command.
const STDERR: &str = "stderr.txt";

fn start(folder: &Path, arguments: &[String]) -> Child {
    spawned(Command::new(binary()).args(arguments), folder)
}

fn spawned(command: &mut Command, folder: &Path) -> Child {
    let stderr = File::create(folder.join(STDERR)).expect("a file");
    let command = command.current_dir(folder).env("NODEVICE_SELECT", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr).spawn().expect("the binary runs")
}

fn binary() -> PathBuf {
    assert_cmd::cargo::cargo_bin("alphasweep")
}

/// The command as a shell reads it.
fn line(arguments: &[String]) -> String {
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_=.:,/".contains(c));
    let quoted = |text: &String| if plain(text) { text.clone() } else { format!("'{text}'") };
    format!("alphasweep {}", arguments.iter().map(quoted).collect::<Vec<_>>().join(" "))
}
