//! The documents: that what they show can be typed, that their links lead somewhere, and that the README stays short.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of the project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The blocks of shell commands in a document.
fn shell_blocks(document: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in document.lines() {
        match (&mut open, line) {
            (None, "```sh") => open = Some(String::new()),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some(block), _) => block.extend([line, "\n"]),
            (None, _) => {}
        }
    }
    blocks
}

/// The lines of a document that call the command, without their comments, and then what the last cells of its tables call.
fn commands(document: &str) -> Vec<String> {
    let blocks = shell_blocks(document);
    let lines = blocks.iter().flat_map(|block| block.lines()).filter(|line| line.starts_with("alphasweep "));
    let lines = lines.map(|line| line.split("  #").next().unwrap_or(line).to_owned());
    lines.chain(in_tables(document)).collect()
}

fn in_tables(document: &str) -> Vec<String> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.rsplit(" | ").next());
    let rows = rows.filter(|cell| cell.starts_with("`alphasweep ") && !cell.contains(" DIR"));
    rows.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// Runs a script in which `alphasweep` is the program under test.
fn bash(script: &str, folder: &Path) -> Output {
    let binary = assert_cmd::cargo::cargo_bin("alphasweep");
    let script = format!(
        "set -e -o pipefail\nalphasweep() {{ '{}' \"$@\"; }}\nexport -f alphasweep\n{script}",
        binary.display()
    );
    Command::new("bash").args(["-c", &script]).current_dir(folder).output().expect("bash")
}

/// Whether a command needs an adapter. Those have a test of their own.
fn needs_a_gpu(line: &str) -> bool {
    line.contains("--engine gpu")
}

/// Runs such commands of a document, in order and in one folder; returns how many there were.
fn run(name: &str, wanted: impl Fn(&str) -> bool) -> usize {
    let commands: Vec<String> = commands(&text_of(name)).into_iter().filter(|line| wanted(line)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    for line in &commands {
        let output = bash(line, folder.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: `{line}` failed:\n{said}");
    }
    commands.len()
}

/// Runs every command of a document that any machine can run.
fn run_commands(name: &str) {
    assert!(run(name, |line| !needs_a_gpu(line)) >= 4, "{name} shows what can be typed");
}

#[test]
fn the_commands_of_the_readme_work() {
    run_commands("README.md");
}

#[test]
fn the_commands_of_the_guide_work() {
    run_commands("docs/guide.md");
}

/// What five sources draw is in a table, one command each.
#[test]
fn the_guide_has_the_plots_of_lecture_notes() {
    let plots = in_tables(&text_of("docs/guide.md"));
    let needed = [
        "trace lecture --alpha",
        "trace lecture --rule sign",
        "landscape lecture",
        "trace square",
        "trace hours",
        "sweep hours --alpha x3",
        "trace bowl",
        "landscape cross-entropy",
        "sweep two-layer",
        "trace gentle",
        "trace line ",
        "trace line-mae",
        "trace sine --data sine-noisy",
        "trace sine-as-posted",
    ];
    for part in needed {
        assert!(plots.iter().any(|plot| plot.starts_with(&format!("alphasweep {part}"))), "{part} among {plots:#?}");
    }
}

#[test]
fn the_commands_of_the_page_on_clusters_work() {
    run_commands("docs/clusters.md");
}

#[test]
fn the_commands_that_need_an_adapter_work() {
    if common::gpu().is_some() {
        let counts = ["README.md", "docs/guide.md", "docs/clusters.md"].map(|name| run(name, needs_a_gpu));
        assert!(counts.iter().sum::<usize>() > 0, "no document shows --engine gpu");
    }
}

/// Slurm and GNU parallel as far as the recipes use them: one job after the other, on this machine.
const SCHEDULERS: &str = r#"
sbatch() {
    local tasks= wrap=
    for word; do
        case $word in
            --array=1-*) tasks=${word#--array=1-} ;;
            --wrap=*) wrap=${word#--wrap=} ;;
            --cpus-per-task=*) export SLURM_CPUS_PER_TASK=${word#*=} ;;
            --parsable) echo 42 ;;
            --requeue | --dependency=afterok:42) ;;
            *) echo "sbatch: what is $word?" >&2; return 1 ;;
        esac
    done
    [ -n "$tasks" ] || { bash -e -c "$wrap" >&2; return; }
    for task in $(seq "$tasks"); do SLURM_ARRAY_TASK_ID=$task bash -e -c "$wrap" >&2 || return; done
}
parallel() {
    [ "$1 $2 $3 $4 $6" = "--retries 3 --jobs 4 :::" ] || { echo "parallel: what is $*?" >&2; return 1; }
    local part=$5
    for value in "${@:7}"; do bash -e -c "${part//\{\}/$value}" || return; done
}
"#;

/// The recipe that uses this scheduler, on a sweep of some cells.
fn recipe(scheduler: &str) -> String {
    let blocks = shell_blocks(&text_of("docs/clusters.md"));
    let found = blocks.into_iter().find(|block| block.contains(&format!("{scheduler} --")));
    found.unwrap_or_else(|| panic!("docs/clusters.md has a recipe for {scheduler}"))
}

fn run_recipe(recipe: &str, folder: &Path) -> Output {
    let request =
        r#"{"asked": {"objective": "rosenbrock", "steps": 20, "alpha": "log:1e-5:0.1:40", "start": "lin:-2:2:70"}}"#;
    fs::write(folder.join("spec.json"), request).expect("a request");
    bash(&format!("{SCHEDULERS}{recipe}"), folder)
}

#[test]
fn the_recipes_for_schedulers_write_the_files_of_one_run() {
    let whole = tempfile::tempdir().expect("a folder");
    let run = run_recipe("alphasweep sweep --spec spec.json --engine cpu --out big --quiet", whole.path());
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    for scheduler in ["sbatch", "parallel"] {
        let folder = tempfile::tempdir().expect("a folder");
        let output = run_recipe(&recipe(scheduler), folder.path());
        assert!(output.status.success(), "{scheduler}:\n{}", String::from_utf8_lossy(&output.stderr));
        for file in ["losses.csv", "heatmap.png"] {
            let read = |folder: &Path| fs::read(folder.join("big").join(file)).expect("a file of the sweep");
            assert!(read(folder.path()) == read(whole.path()), "{scheduler}: {file} is not that of one run");
        }
        assert!(!folder.path().join("big/parts").exists(), "{scheduler}: the parts are gone");
    }
}

/// The check above can fail: one part less, and the merge refuses.
#[test]
fn a_recipe_that_forgets_a_part_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run_recipe(&recipe("parallel").replace("$(seq 8)", "$(seq 7)"), folder.path());
    assert!(!output.status.success());
    assert!(!folder.path().join("big/losses.csv").exists());
}

/// `tests/cluster` runs the script; this looks that the documents call it by flags that it has.
#[test]
fn the_flags_of_the_cluster_script_are_its_own() {
    let script = text_of("cluster/sweep_hq.py");
    let documents = ["docs/clusters.md", "docs/scale.md"].map(text_of).join("\n");
    let blocks = shell_blocks(&documents).join("\n");
    let calls: Vec<&str> = blocks.lines().filter(|line| line.trim().starts_with("cluster/sweep_hq.py ")).collect();
    assert_eq!(calls.len(), 2, "{calls:?}");
    for flag in calls.iter().flat_map(|line| line.split_whitespace()).filter(|word| word.starts_with("--")) {
        assert!(script.contains(&format!("\"{flag}\"")), "cluster/sweep_hq.py has no {flag}");
    }
}

#[test]
fn the_readme_is_short() {
    let lines = text_of("README.md").lines().count();
    assert!(lines <= 120, "README.md has {lines} lines, and 120 are enough; the guide has more room");
}

/// Every document of the project, by its path from the root.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder").map(|entry| entry.expect("an entry")) {
            let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
            let name = name.to_string_lossy();
            let foreign = name.starts_with('.') || ["target", "node_modules", "shared", "corpus"].contains(&&*name);
            if entry.file_type().expect("a type").is_dir() && !foreign {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The text of a document without its blocks of code.
fn prose(document: &str) -> String {
    let mut inside = false;
    let lines = document.lines().filter(|line| {
        let fence = line.starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where the links and pictures of a document lead: `](here)`.
fn links(document: &str) -> Vec<String> {
    let text = prose(document);
    // Every other piece between backticks is code.
    let text: String = text.split('`').step_by(2).collect();
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(to, _)| to.to_owned()).collect()
}

/// The anchors of a document's headings, made as GitHub makes them.
fn anchors(document: &str) -> Vec<String> {
    let text = prose(document);
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// The relative links of a document at `path` that lead to no file, or to no heading of theirs.
fn broken_links(path: &Path, document: &str) -> Vec<String> {
    let folder = root().join(path.parent().unwrap_or(Path::new("")));
    let has_heading = |text: &str, anchor: &str| anchor.is_empty() || anchors(text).iter().any(|known| known == anchor);
    let leads = |link: &String| match link.split_once('#').unwrap_or((link, "")) {
        ("", anchor) => has_heading(document, anchor),
        (file, "") => folder.join(file).exists(),
        (file, anchor) => fs::read_to_string(folder.join(file)).is_ok_and(|text| has_heading(&text, anchor)),
    };
    let elsewhere = |link: &String| link.contains("://") || link.starts_with("mailto:");
    links(document).into_iter().filter(|link| !elsewhere(link) && !leads(link)).collect()
}

#[test]
fn every_link_leads_to_a_file_and_to_a_heading_of_it() {
    let documents = documents();
    assert!(documents.len() >= 10, "{documents:?}");
    for path in documents {
        let broken = broken_links(&path, &text_of(&path.to_string_lossy()));
        assert!(broken.is_empty(), "{}: these lead nowhere: {broken:?}", path.display());
    }
}

#[test]
fn links_that_lead_nowhere_are_found() {
    let document = "# A title: `code`, *and* so on\n\
        [a](guide.md#first) [b](gone.md) [c](#a-title-code-and-so-on) [d](#gone) [e](https://gone.example/x)\n\
        ![f](../docs/gone.png) [g](../README.md#licence) [h](../README.md#gone) `[i](code.md)`\n\
        ```\n[j](block.md)\n# no heading\n```\n[k](#no-heading)\n";
    let broken = broken_links(Path::new("docs/made-up.md"), document);
    assert_eq!(broken, ["guide.md#first", "gone.md", "#gone", "../docs/gone.png", "../README.md#gone", "#no-heading"]);
}
