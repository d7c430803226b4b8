//! What one sweep goes through.

use crate::Tally;
use crate::case::{Case, below, chance, divides_rounding_by_rounding, pick};
use crate::common::Random;
use crate::files::{Files, all_same, damage, finished, none_differs, nothing_left, tiles};
use crate::outcomes::{as_written, plainly, same_numbers, survives_faults, within_the_boundary_rule};
use crate::process::{End, Ended, Shell};
use alphasweep::engine::gpu::GpuEngine;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A sweep, and what is done to it.
pub struct Story<'a> {
    case: &'a Case,
    gpu: Option<&'a GpuEngine>,
    random: &'a mut Random,
    tally: &'a mut Tally,
    shell: Shell,
    /// Files of the uninterrupted run, and how long it took.
    whole: Files,
    took: Duration,
}

impl<'a> Story<'a> {
    pub fn new(
        case: &'a Case,
        folder: &Path,
        gpu: Option<&'a GpuEngine>,
        random: &'a mut Random,
        tally: &'a mut Tally,
    ) -> Self {
        case.table.iter().for_each(|table| fs::write(folder.join("points.csv"), table).expect("a file"));
        Self { case, gpu, random, tally, shell: Shell::new(folder), whole: Files::new(), took: Duration::ZERO }
    }

    /// All that was typed.
    pub fn history(&self) -> String {
        self.shell.history()
    }

    /// The whole of it; false if one sweep takes longer than this.
    pub fn tell(&mut self, most: Option<Duration>) -> Result<bool, String> {
        if let Some(most) = most
            && self.shell.end_early(&self.case.arguments("soon"), most, End::Kill)?.early
        {
            return Ok(false);
        }
        self.whole()?;
        self.troubled()?;
        self.in_parts()?;
        if chance(self.random, 0.3) {
            self.command(&["rerun".to_owned(), "whole/sweep.json".to_owned()])?;
        }
        let whole = std::mem::take(&mut self.whole);
        self.numbers(&whole).map(|()| true)
    }

    /// The uninterrupted run.
    pub fn whole(&mut self) -> Result<(), String> {
        self.took = self.command(&self.case.arguments("whole"))?.took;
        self.whole = finished(&self.shell.folder.join("whole"));
        self.tally.cells += self.case.spec.cells() as u64;
        nothing_left(&self.shell.folder.join("whole"))
    }

    fn command(&mut self, arguments: &[String]) -> Result<Ended, String> {
        self.tally.commands += 1;
        self.shell.succeed(arguments)
    }

    /// A folder has all files of the uninterrupted run, as they are, and nothing else.
    pub fn compare_with(&self, out: &str) -> Result<(), String> {
        let out = self.shell.folder.join(out);
        all_same(&self.whole, &finished(&out))?;
        nothing_left(&out)
    }

    /// The same sweep, ended early up to five times.
    fn troubled(&mut self) -> Result<(), String> {
        let times = 1 + below(self.random, 5);
        self.finish("troubled", &self.case.arguments("troubled"), times)?;
        self.compare_with("troubled")
    }

    /// Begins a sweep or a part, ends it early so often, goes on each time, and at last to the end.
    fn finish(&mut self, out: &str, begin: &[String], times: usize) -> Result<(), String> {
        let mut again = begin.to_vec();
        for _ in 0..times {
            let ended = self.trouble(&again)?;
            none_differs(&self.whole, &finished(&self.shell.folder.join(out)))
                .map_err(|why| format!("after an early end {why}"))?;
            if !ended.early {
                break;
            }
            let kept = tiles(&self.shell.folder.join(out));
            self.tally.resumed_tiles += kept.len() as u64;
            if !kept.is_empty() && chance(self.random, 0.3) {
                let done = damage(self.random, &kept);
                self.shell.note(&done);
                self.tally.damaged_tiles += 1;
                self.tally.resumed_tiles -= 1;
            }
            if !kept.is_empty() && chance(self.random, 0.25) {
                self.hostile_folder(out, &kept)?;
            }
            again = if chance(self.random, 0.7) { self.resume(out) } else { begin.to_vec() };
        }
        self.tally.commands += 1;
        let resume = self.resume(out);
        let ended = self.shell.run(&resume)?;
        match ended.code {
            Some(0) => Ok(()),
            // Ended before there was anything, or when all was done.
            Some(2) if ["has no unfinished sweep", "cannot be read"].iter().any(|why| ended.stderr.contains(why)) => {
                self.command(begin).map(|_| ())
            }
            code => Err(format!("resuming ended with {code:?}: {}", ended.stderr)),
        }
    }

    /// What is no plain file in place of one is named and left alone, and all goes on once it is gone.
    fn hostile_folder(&mut self, out: &str, kept: &[PathBuf]) -> Result<(), String> {
        let tile = pick(self.random, kept);
        let folder = tile.parent().expect("a folder");
        let place = match below(self.random, 3) {
            0 => folder.join("lock"),
            1 => tile.with_extension("tile.abc123.unfinished"),
            // Beside the tiles that are there.
            _ => folder.join("9999999998-9999999999.tile"),
        };
        let victim = self.shell.folder.join("victim");
        fs::write(&victim, "precious").expect("a file");
        let _ = fs::remove_file(&place);
        match below(self.random, 3) {
            0 => symlink(&victim, &place).expect("a link"),
            1 => fs::create_dir(&place).expect("a folder"),
            _ => assert!(Command::new("mkfifo").arg(&place).status().expect("mkfifo").success()),
        }
        self.shell.note(&format!("{} is no plain file", place.display()));
        self.tally.planted += 1;
        self.tally.commands += 1;
        let resume = self.resume(out);
        let ended = self.shell.run(&resume)?;
        let name = place.file_name().expect("a name").to_string_lossy().into_owned();
        // It was killed when all was done and its plan was gone, but not yet its tiles.
        let is_done = !folder.join("plan.json").exists() && ended.stderr.contains("has no unfinished sweep");
        if ended.code != Some(2) || !(is_done || ended.stderr.contains(&name)) {
            return Err(format!(
                "{} was planted, and it ended with {:?}: {}",
                place.display(),
                ended.code,
                ended.stderr
            ));
        }
        if fs::read_to_string(&victim).ok().as_deref() != Some("precious") || place.symlink_metadata().is_err() {
            return Err(format!("{} or what it leads to was changed", place.display()));
        }
        if place.is_dir() { fs::remove_dir(&place) } else { fs::remove_file(&place) }.expect("a removal");
        fs::remove_file(&victim).expect("a removal");
        Ok(())
    }

    /// Twice at once: one of them does it, and the other is refused or finds it done.
    fn twice(&mut self, arguments: &[String]) -> Result<Ended, String> {
        self.tally.commands += 2;
        self.tally.at_once += 1;
        let ends = self.shell.twice(arguments)?;
        let codes = ends.each_ref().map(|ended| ended.code);
        let is_refused = |code: &Option<i32>| *code == Some(2);
        if !codes.iter().all(|code| matches!(code, Some(0 | 2))) {
            return Err(format!("two at once ended with {codes:?}: {}", ends.map(|ended| ended.stderr).concat()));
        }
        let [one, other] = ends;
        let (done, refused) = if is_refused(&one.code) { (other, one) } else { (one, other) };
        Ok(if done.code == Some(0) { done } else { Ended { early: true, ..refused } })
    }

    fn resume(&mut self, out: &str) -> Vec<String> {
        let mut typed = vec!["resume".to_owned(), out.to_owned()];
        if chance(self.random, 0.3) {
            typed.extend(["--threads".to_owned(), (1 + below(self.random, 3)).to_string()]);
        }
        typed
    }

    /// Runs a command that does not come to its end, or hardly.
    fn trouble(&mut self, arguments: &[String]) -> Result<Ended, String> {
        self.tally.commands += 1;
        if chance(self.random, 0.12) {
            let most = self.whole.values().map(Vec::len).max().unwrap_or(0) / 1024 + 2;
            let most = 1 + below(self.random, most);
            let mut ended = self.shell.on_full_disk(arguments, most)?;
            ended.early = ended.code != Some(0);
            self.tally.full_disks += u64::from(ended.code == Some(3));
            return match ended.code {
                Some(0 | 2 | 3) => Ok(ended),
                code => Err(format!("a full disk ended with {code:?}: {}", ended.stderr)),
            };
        }
        if chance(self.random, 0.1) {
            return self.twice(arguments);
        }
        if chance(self.random, 0.1) {
            self.tally.unheard += 1;
            let ended = self.shell.unheard(arguments)?;
            return match ended.code {
                Some(0) => Ok(ended),
                // There may be nothing to go on with.
                Some(2) if arguments[0] == "resume" => Ok(Ended { early: true, ..ended }),
                code => Err(format!("without a stderr it ended with {code:?}")),
            };
        }
        let end = pick(self.random, &[End::Kill, End::Kill, End::Term, End::Interrupt]);
        let after = self.took.mul_f64(self.random.uniform(0.0, 1.1));
        let ended = self.shell.end_early(arguments, after, end)?;
        let count = if end == End::Kill { &mut self.tally.kills } else { &mut self.tally.signals };
        *count += u64::from(ended.early);
        match (end, ended.code) {
            // Killed; or told to stop before it could listen.
            (_, None | Some(0)) | (End::Term | End::Interrupt, Some(130)) => Ok(ended),
            (_, Some(2))
                if ended.stderr.contains("has no unfinished sweep") || ended.stderr.contains("cannot be read") =>
            {
                Ok(Ended { early: true, ..ended })
            }
            (_, code) => Err(format!("{end:?} ended with {code:?}: {}", ended.stderr)),
        }
    }

    /// The same sweep in parts, some of them ended early, put together in any order.
    fn in_parts(&mut self) -> Result<(), String> {
        let of = (2 + below(self.random, 4)).min(self.case.spec.cells());
        let mut parts = Vec::new();
        for number in 1..=of {
            let out = format!("part{number}");
            let mut begin = self.case.arguments(&out);
            begin.extend(["--shard".to_owned(), format!("{number}/{of}")]);
            if chance(self.random, 0.5) {
                let took = self.took;
                self.took = took.div_f64(of as f64);
                let done = self.finish(&out, &begin, 1);
                self.took = took;
                done?;
            } else {
                self.command(&begin)?;
            }
            self.tally.parts += 1;
            parts.insert(below(self.random, parts.len() + 1), out);
        }
        let merge = ["merge".to_owned()].into_iter().chain(parts).chain(["--out".to_owned(), "merged".to_owned()]);
        let merge: Vec<String> = merge.collect();
        if chance(self.random, 0.3) {
            self.tally.commands += 1;
            let after = self.took.mul_f64(self.random.uniform(0.0, 0.5));
            let ended = self.shell.end_early(&merge, after, End::Kill)?;
            self.tally.kills += u64::from(ended.early);
            none_differs(&self.whole, &finished(&self.shell.folder.join("merged")))?;
        }
        self.command(&merge)?;
        self.compare_with("merged")
    }

    /// What the files say is what a plain run says, and what f64 on the CPU says.
    pub fn numbers(&mut self, files: &Files) -> Result<(), String> {
        let plain = plainly(self.random, self.case, self.gpu)?;
        same_numbers(files, &self.case.spec, &as_written(self.case, &plain)?)?;
        if divides_rounding_by_rounding(self.case) {
            self.tally.not_in_f64 += 1;
        } else {
            self.tally.boundary += within_the_boundary_rule(self.case, &plain)?;
        }
        if let Some(gpu) = self.gpu.filter(|_| self.case.engine == "gpu") {
            self.tally.device_faults += survives_faults(self.random, self.case, gpu, &plain)? as u64;
        }
        Ok(())
    }
}
