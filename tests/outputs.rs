//! The registry of outputs against documents that want to write elsewhere: every flag that says where to write, asked for
//! by an edited plan, a spec and a plan that is merged, by text, links, pipes and devices.

use alphasweep::files::{Flag, FlagKind, flags, path_flags};
use assert_cmd::Command;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const MAP: [&str; 9] =
    ["sweep", "lecture", "--alpha", "log:0.1:10:4", "--start", "lin:-3:3:3", "--engine", "cpu", "--quiet"];

fn alphasweep(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).env("NODEVICE_SELECT", "1").args(arguments).timeout(Duration::from_secs(60));
    let output = command.output().expect("a run");
    assert!(output.status.code().is_some(), "{arguments:?} hangs: {output:?}");
    output
}

fn succeeds(folder: &Path, arguments: &[&str]) {
    let output = alphasweep(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// How a document comes to be read.
#[derive(Debug, Clone, Copy)]
enum Way {
    Resume,
    Spec,
    Merge,
}

/// A folder `home`, in which a document asks for files below `home/out`, and a folder `outside` beside it.
struct Scene {
    folder: TempDir,
    way: Way,
}

impl Scene {
    /// With the tiles of a finished sweep, so that nothing but the files is left to do.
    fn new(way: Way) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["home/out", "outside/folder"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder");
        }
        fs::write(folder.path().join("outside/victim"), "precious").expect("a file");
        let scene = Self { folder, way };
        match way {
            Way::Resume => succeeds(&scene.home(), &[&MAP[..], &["--keep-tiles", "--out", "out"]].concat()),
            Way::Merge => succeeds(&scene.home(), &[&MAP[..], &["--shard", "1/1", "--out", "part"]].concat()),
            Way::Spec => fs::write(scene.document(), json!({"asked": {"steps": 9}}).to_string()).expect("a spec"),
        }
        scene
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }

    fn document(&self) -> PathBuf {
        let plan_in = |folder: &str| {
            let folders = fs::read_dir(self.home().join(folder)).expect("a folder").flatten();
            folders.map(|entry| entry.path().join("plan.json")).find(|plan| plan.is_file()).expect("a plan")
        };
        match self.way {
            Way::Resume => plan_in("out"),
            Way::Merge => plan_in("part"),
            Way::Spec => self.home().join("spec.json"),
        }
    }

    /// Lets the document ask for a flag, with whatever that requires.
    fn ask(&self, flag: &Flag, value: &Value) {
        let mut document: Value =
            serde_json::from_slice(&fs::read(self.document()).expect("a document")).expect("JSON");
        document["asked"][flag.name] = value.clone();
        if flag.requires == Some("film-over") {
            document["asked"]["film-over"] = "steps=1,2".into();
        }
        fs::write(self.document(), document.to_string()).expect("a document");
    }

    fn run(&self) -> std::process::Output {
        match self.way {
            Way::Resume => alphasweep(&self.home(), &["resume", "out", "--quiet"]),
            Way::Merge => alphasweep(&self.home(), &["merge", "part", "--out", "out", "--quiet"]),
            Way::Spec => alphasweep(&self.home(), &[&MAP[..], &["--spec", "spec.json", "--out", "out"]].concat()),
        }
    }

    /// What is outside, in a form that tells every change.
    fn untouched(&self) -> bool {
        let names = |folder: &Path| {
            let mut names: Vec<_> =
                fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
            names.sort();
            names
        };
        let whole = names(&self.outside()) == ["folder", "victim"] && names(&self.outside().join("folder")).is_empty();
        let of_home = match self.way {
            Way::Resume => vec!["out"],
            Way::Merge => vec!["out", "part"],
            Way::Spec => vec!["out", "spec.json"],
        };
        let victim = fs::read_to_string(self.outside().join("victim")).expect("a file");
        whole && names(&self.home()) == of_home && victim == "precious"
    }

    /// The document is refused with one line.
    fn refused(&self, why: &str) {
        let output = self.run();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{why}, {:?}: {told}", self.way);
        assert_eq!(told.lines().count(), 1, "{why}, {:?}: {told}", self.way);
        assert!(self.untouched(), "{why}, {:?}: something outside changed; {told}", self.way);
    }
}

const WAYS: [Way; 3] = [Way::Resume, Way::Spec, Way::Merge];

/// A merge has no engine to make a film with.
fn is_made(way: Way, flag: &Flag) -> bool {
    !(matches!(way, Way::Merge) && flag.name == "film")
}

fn fifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

#[test]
fn the_registry_has_flags_that_write() {
    let names: Vec<&str> = path_flags().map(|flag| flag.name).collect();
    assert!(["csv", "npy", "png", "svg", "html", "film"].iter().all(|name| names.contains(name)), "{names:?}");
    for flag in flags() {
        let known = |name: &&str| flags().iter().any(|other| other.name == *name);
        assert!(flag.requires.iter().chain(&flag.conflicts).all(known), "{flag:?} names a flag that there is not");
    }
}

/// What no file should be named: each is refused, whatever the flag and whoever reads the document.
#[test]
fn texts_that_lead_out_are_refused() {
    for way in WAYS {
        for flag in path_flags() {
            let scene = Scene::new(way);
            let victim = scene.outside().join("victim").display().to_string();
            let texts =
                [victim.as_str(), "../x", "a/../../x", "../../outside/new", "/dev/null", "/dev/stdout", "", "."];
            for text in texts {
                scene.ask(flag, &text.into());
                scene.refused(&format!("--{} {text:?}", flag.name));
            }
            for value in [json!(["x", "y"]), json!(7), json!(true)] {
                scene.ask(flag, &value);
                scene.refused(&format!("--{} {value}", flag.name));
            }
        }
    }
}

/// `-` is stdout where the flag says so, and a file of the folder elsewhere: never one of the folder one happens to be in.
#[test]
fn a_dash_is_stdout_or_a_file_in_the_folder() {
    for flag in path_flags().filter(|flag| !matches!(flag.kind, FlagKind::Folder)) {
        let scene = Scene::new(Way::Spec);
        scene.ask(flag, &"-".into());
        let output = scene.run();
        assert!(output.status.success() && scene.untouched(), "--{} -: {output:?}", flag.name);
        let to_stdout = output.stdout.starts_with(b"alpha,");
        assert_ne!(to_stdout, scene.home().join("out/-").is_file(), "--{} -", flag.name);
        assert_eq!(to_stdout, matches!(flag.kind, FlagKind::FileOrStdout), "--{} -", flag.name);
    }
}

/// Paths that are below the folder by their text, and lead elsewhere in truth.
#[test]
fn links_pipes_and_devices_in_the_folder_are_refused() {
    for way in WAYS {
        for flag in path_flags() {
            if !is_made(way, flag) {
                continue;
            }
            let scene = Scene::new(way);
            let inside = scene.home().join("out");
            fs::create_dir_all(inside.join("npy")).expect("a folder");
            symlink(scene.outside().join("victim"), inside.join("link")).expect("a link");
            symlink(scene.outside().join("new"), inside.join("dangling")).expect("a link");
            symlink(scene.outside().join("folder"), inside.join("links")).expect("a link");
            symlink("/dev/null", inside.join("device")).expect("a link");
            fifo(&inside.join("pipe"));
            for text in ["link", "dangling", "links/x", "links", "device", "pipe", "pipe/x"] {
                scene.ask(flag, &text.into());
                scene.refused(&format!("--{} {text:?}", flag.name));
            }
            if matches!(flag.kind, FlagKind::Folder) {
                // The folder itself is one; a file in it is not.
                symlink(scene.outside().join("victim"), inside.join("npy/steps.npy")).expect("a link");
                scene.ask(flag, &"npy".into());
                scene.refused("a link in the folder of NPY");
                fs::remove_file(inside.join("npy/steps.npy")).expect("a removal");
                fifo(&inside.join("npy/steps.npy"));
                scene.refused("a pipe in the folder of NPY");
            }
        }
    }
}

/// Files without a path of their own lie in a folder that may be somebody else's too.
#[test]
fn links_in_place_of_files_that_every_sweep_has_are_refused() {
    for way in WAYS {
        for name in ["losses.csv", "heatmap.png", "sweep.json"] {
            let scene = Scene::new(way);
            let file = scene.home().join("out").join(name);
            let _ = fs::remove_file(&file);
            symlink(scene.outside().join("victim"), &file).expect("a link");
            scene.refused(name);
        }
    }
}

/// What somebody puts in place of a file.
type Plant = fn(&Scene, &Path);

const PLANTS: [(&str, Plant); 5] = [
    ("a link to a file", |scene, path| symlink(scene.outside().join("victim"), path).expect("a link")),
    ("a link to nothing", |scene, path| symlink(scene.outside().join("new"), path).expect("a link")),
    ("a link to a device", |_, path| symlink("/dev/zero", path).expect("a link")),
    ("a pipe", |_, path| fifo(path)),
    ("a folder", |_, path| fs::create_dir_all(path.join("theirs")).expect("a folder")),
];

/// Tiles are files too, and a folder of tiles may come from anywhere. What is no plain file there is named and left alone:
/// not followed, not waited for, not taken away.
#[test]
fn what_is_planted_among_the_tiles_is_refused() {
    for way in [Way::Resume, Way::Merge] {
        for place in ["TILE", "lock", "TILE.abc123.unfinished", "plan.json.abc123.unfinished"] {
            for (what, plant) in PLANTS {
                let scene = Scene::new(way);
                let tiles = scene.document().parent().expect("a folder").to_owned();
                let entries = fs::read_dir(&tiles).expect("a folder").flatten();
                let mut names = entries.map(|entry| entry.file_name().into_string().expect("text"));
                let tile = names
                    .find(|name| Path::new(name).extension().is_some_and(|ending| ending == "tile"))
                    .expect("a tile");
                let path = tiles.join(place.replace("TILE", &tile));
                let _ = fs::remove_file(&path);
                plant(&scene, &path);
                let output = scene.run();
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(output.status.code(), Some(2), "{what} as {place}, {way:?}: {told}");
                assert!(told.contains(&path.file_name().unwrap().to_string_lossy().into_owned()), "{what}: {told}");
                assert!(scene.untouched() && path.symlink_metadata().is_ok(), "{what} as {place}, {way:?}: {told}");
            }
        }
    }
}

/// Files that somebody else put among the tiles stay there.
#[test]
fn what_is_not_ours_is_not_taken_away() {
    let scene = Scene::new(Way::Resume);
    let tiles = scene.document().parent().expect("a folder").to_owned();
    let theirs = ["notes.txt", "theirs.unfinished", "my.tile"].map(|name| tiles.join(name));
    for path in &theirs {
        fs::write(path, "theirs").expect("a file");
    }
    let again: Vec<&str> = MAP.into_iter().filter(|word| *word != "--quiet").chain(["--out", "out"]).collect();
    let output = alphasweep(&scene.home(), &again);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && told.contains("stays, for what else lies there"), "{told}");
    let mut left: Vec<PathBuf> = fs::read_dir(&tiles).expect("a folder").flatten().map(|entry| entry.path()).collect();
    left.sort();
    let mut theirs = theirs.to_vec();
    theirs.sort();
    assert_eq!(left, theirs);
}

/// A folder of tiles that is a link, and one whose plan is.
#[test]
fn folders_and_plans_that_are_links_are_refused() {
    let scene = Scene::new(Way::Resume);
    let tiles = scene.document().parent().expect("a folder").to_owned();
    let moved = scene.folder.path().join("moved");
    fs::rename(&tiles, &moved).expect("a move");
    symlink(&moved, &tiles).expect("a link");
    let output = alphasweep(&scene.home(), &["resume", "out", "--quiet"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");

    let scene = Scene::new(Way::Resume);
    let plan = scene.document();
    let moved = scene.folder.path().join("plan.json");
    fs::rename(&plan, &moved).expect("a move");
    symlink(&moved, &plan).expect("a link");
    let output = alphasweep(&scene.home(), &["resume", "out", "--quiet"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

/// What is below the folder is written, whatever it is called: the refusals above are of what leads out.
#[test]
fn what_is_below_the_folder_is_written() {
    for way in WAYS {
        for flag in path_flags() {
            let scene = Scene::new(way);
            scene.ask(flag, &"deep/down".into());
            let output = scene.run();
            assert!(output.status.success() && scene.untouched(), "--{}, {way:?}: {output:?}", flag.name);
            let there = scene.home().join("out/deep/down").exists();
            assert_eq!(there, is_made(way, flag), "--{}, {way:?}", flag.name);
        }
    }
}

/// A link that was typed is followed: the refusals above are of what documents ask for.
#[test]
fn a_link_that_is_typed_is_followed() {
    let scene = Scene::new(Way::Spec);
    symlink(scene.outside().join("victim"), scene.home().join("out/link")).expect("a link");
    succeeds(&scene.home(), &[&MAP[..], &["--out", "out", "--csv", "out/link"]].concat());
    assert!(fs::read_to_string(scene.outside().join("victim")).expect("a file").starts_with("alpha,"));
}
