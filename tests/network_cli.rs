//! Networks on the command line: files, pictures, errors, and going on after an interruption.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

fn alphasweep(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary");
    command.current_dir(folder).args(arguments);
    command
}

const SWEEP: [&str; 12] = [
    "sweep",
    "two-layer",
    "--vary",
    "alpha=0.01,0.1,1e30",
    "--vary",
    "seed=1,2",
    "--steps",
    "40",
    "--engine",
    "cpu",
    "--precision",
    "f32",
];

/// The rows of a CSV file, by name of column.
fn rows(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(path).expect("a CSV file");
    let names = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    (names, rows)
}

fn size(path: &Path) -> (u32, u32) {
    let file = std::io::BufReader::new(fs::File::open(path).expect("a picture"));
    let info = png::Decoder::new(file).read_info().expect("a PNG");
    (info.info().width, info.info().height)
}

#[test]
fn a_sweep_of_a_network_writes_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--history", "20", "--map", "test_accuracy", "--npy", "npy"];
    let output = alphasweep(folder.path(), &SWEEP).args(more).assert().success().get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("the network is 64-50-10 here") && told.contains("highest accuracy: loss "), "{told}");
    let out = folder.path().join("sweep-out");
    let (names, table) = rows(&out.join("losses.csv"));
    let expected = "alpha,seed,loss_start,loss_final,loss_best,train_accuracy,test_accuracy,steps,outcome";
    assert_eq!(names.join(","), expected);
    assert_eq!(table.len(), 6);
    let diverged: Vec<bool> = table.iter().map(|row| row[8] == "diverged").collect();
    assert_eq!(diverged, [false, false, true, false, false, true]);
    let accuracy: f64 = table[1][6].parse().unwrap();
    assert!((0.0..=1.0).contains(&accuracy), "{accuracy}");
    let (names, history) = rows(&out.join("history.csv"));
    assert_eq!(names.join(","), "alpha,seed,step,loss,train_accuracy,test_accuracy");
    // Three records of each that goes on to the end, one of each that diverges at once.
    assert_eq!(history.len(), 4 * 3 + 2);
    assert_eq!(history[2][3], table[0][3], "the last record is the end");
    for picture in ["heatmap.png", "history.png", "map-test_accuracy.png"] {
        let (width, height) = size(&out.join(picture));
        assert!(width > 600 && height > 300, "{picture}: {width} × {height}");
    }
    let array = fs::read(folder.path().join("npy/history_loss.npy")).unwrap();
    let array = npyz::NpyFile::new(&array[..]).unwrap();
    assert_eq!(array.shape(), [2, 3, 3]);
    let losses: Vec<f32> = array.into_vec().unwrap();
    assert_eq!(losses[2].to_string(), history[2][3]);
    assert!(losses[7].is_nan(), "nothing after a divergence: {losses:?}");
}

#[test]
fn an_interrupted_sweep_of_a_network_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = |out: &str, more: &[&str]| {
        let arguments = [&SWEEP[..], &["--history", "10", "--quiet", "--out", out], more].concat();
        alphasweep(folder.path(), &arguments).assert().success();
    };
    sweep("whole", &[]);
    sweep("kept", &["--keep-tiles"]);
    // As after a crash at the very end: tiles, and no files; one of the tiles is damaged.
    let kept = folder.path().join("kept");
    for file in ["losses.csv", "history.csv", "heatmap.png", "history.png", "sweep.json"] {
        fs::remove_file(kept.join(file)).unwrap();
    }
    let tiles = fs::read_dir(&kept).unwrap().next().unwrap().unwrap().path();
    let mut names: Vec<_> = fs::read_dir(&tiles).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|ending| ending == "tile"));
    let mut bytes = fs::read(&names[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&names[0], bytes).unwrap();
    let output = alphasweep(folder.path(), &["resume", "kept"]).assert().success().get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("is damaged") && told.contains("its cells are computed again"), "{told}");
    for file in ["losses.csv", "history.csv", "heatmap.png", "history.png"] {
        let read = |out: &str| fs::read(folder.path().join(out).join(file)).unwrap();
        assert!(read("whole") == read("kept"), "{file} differs");
    }
    alphasweep(folder.path(), &["rerun", "kept/sweep.json"]).assert().success();
}

#[test]
fn a_table_is_learnt_by_its_target() {
    let folder = tempfile::tempdir().unwrap();
    let row = |at: i32| format!("{},{},{}\n", f64::from(at) / 10.0, f64::from(at * at % 7), at % 3);
    let table: String = (0..90).map(row).collect();
    fs::write(folder.path().join("table.csv"), format!("width,height,species\n{table}")).unwrap();
    let classes = ["sweep", "--net", "2-8-3", "--data", "table.csv", "--target", "species", "--standardize"];
    let classes = [&classes[..], &["--loss", "cross-entropy", "--vary", "alpha=0.1,1", "--set", "seed=1"]].concat();
    alphasweep(folder.path(), &classes).args(["--steps", "50", "--engine", "cpu"]).assert().success();
    let (names, _) = rows(&folder.path().join("sweep-out/losses.csv"));
    assert!(names.contains(&"test_accuracy".to_owned()), "{names:?}");
    let values = ["sweep", "--net", "2-8-1", "--data", "table.csv", "--target", "height", "--vary", "alpha=0.1,1"];
    alphasweep(folder.path(), &values).args(["--steps", "50", "--set", "seed=1", "--engine", "cpu"]).assert().success();
    let (names, _) = rows(&folder.path().join("sweep-out/losses.csv"));
    assert_eq!(names.join(","), "alpha,loss_start,loss_final,loss_best,steps,outcome");
}

#[test]
fn what_does_not_go_with_a_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["sweep", "lecture", "--history", "3"][..], "--history 3: is for networks; add --net SIZES"),
        (&["sweep", "--net", "4-3"], "--data: a network needs something to learn from"),
        (&["sweep", "x^2", "--net", "64-10", "--data", "digits"], "--net 64-10: a network needs no formula"),
        (&["sweep", "two-layer", "--film", "a.gif", "--film-over", "alpha=1,2"], "--film a.gif: is for formulas"),
        (&["sweep", "--net", "6", "--data", "digits"], "--net 6: expected the sizes of the layers"),
        (&["sweep", "--net", "6-0-2", "--data", "digits"], "--net 6-0-2: a layer of 0"),
        (&["sweep", "two-layer", "--loss", "hinge"], "--loss hinge: no loss"),
        (&["sweep", "two-layer", "--init", "uniform:1"], "--init uniform:1: expected normal:STD"),
        (&["sweep", "two-layer", "--stop", "acuracy > 0.5"], "--stop acuracy > 0.5: "),
        (&["sweep", "two-layer", "--gradient", "central:1e-4"], "--gradient central:1e-4: a network's gradient"),
        (&["sweep", "two-layer", "--const", "c=1"], "--const c=1: a network has no constants"),
        (&["sweep", "two-layer", "--start", "1,2"], "--start 1,2: a network's weights are drawn"),
        (&["sweep", "two-layer", "--target", "y"], "--target y: names a column of --data FILE.csv"),
        (&["sweep", "two-layer", "--data", "nowhere"], "--data nowhere: "),
        (&["sweep", "two-layer", "--map", "accuracy"], "--map accuracy: no column of numbers is called so"),
        (&["trace", "two-layer"], "--alpha: a learning rate is needed here"),
        (&["landscape", "trainability"], "`trainability` is a network and no formula"),
    ] {
        let output = alphasweep(folder.path(), arguments).assert().code(2).get_output().clone();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?} wrote something");
    }
}

/// Mean below, mean above: the map of a column has the colours of its values.
#[test]
fn the_map_of_a_column_shows_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["sweep", "lecture", "--alpha", "0.1,1", "--start", "1,5", "--steps", "1", "--map", "loss_final"];
    alphasweep(folder.path(), &arguments).args(["--engine", "cpu"]).assert().success();
    let bytes = fs::read(folder.path().join("sweep-out/map-loss_final.png")).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let width = reader.next_frame(&mut pixels).unwrap().width as usize;
    // Where the middle of each cell is: the frame begins at (112, 96) and is 1100 × 680.
    let at = |x: usize, y: usize| {
        let place = ((96 + 170 + 340 * (1 - y)) * width + 112 + 275 + 550 * x) * 3;
        [pixels[place], pixels[place + 1], pixels[place + 2]]
    };
    // After one step of α = 1 the loss is (β−2)²/16, of 0.1 it is 0.9025 (β−2)²/4: lowest below right, highest above left.
    let (lowest, highest) = ([68, 1, 84], [253, 231, 37]);
    assert_eq!((at(1, 0), at(0, 1)), (lowest, highest));
    assert!(at(0, 0) != lowest && at(1, 1) != highest);
}

/// The same data under a path that is typed otherwise are the same sweep.
#[test]
fn a_sweep_goes_on_wherever_its_data_lie() {
    let folder = tempfile::tempdir().unwrap();
    let row = |at: i32| format!("{at},{}\n", f64::from(at * at) / 100.0);
    let table: String = (0..60).map(row).collect();
    fs::write(folder.path().join("points.csv"), format!("x,y\n{table}")).unwrap();
    let sweep =
        ["sweep", "--net", "1-4-1", "--data", "points.csv", "--target", "y", "--standardize", "--engine", "cpu"];
    let more = ["--vary", "alpha=0.01,0.1", "--set", "seed=1", "--steps", "20", "--keep-tiles"];
    alphasweep(folder.path(), &[&sweep[..], &more].concat()).assert().success();
    alphasweep(folder.path(), &["resume", "sweep-out"]).assert().success();
    fs::rename(folder.path().join("points.csv"), folder.path().join("moved.csv")).unwrap();
    let rerun = ["rerun", "sweep-out/sweep.json", "--data", "moved.csv"];
    alphasweep(folder.path(), &rerun).assert().success();
    let row = |at: i32| format!("{at},{}\n", at % 7);
    let other: String = (0..60).map(row).collect();
    fs::write(folder.path().join("moved.csv"), format!("x,y\n{other}")).unwrap();
    let output = alphasweep(folder.path(), &rerun).assert().code(2).get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("the data ") && told.contains("hashes"), "{told}");
}

/// What cannot be trained here is refused before anything is written.
#[test]
fn a_network_without_room_is_refused_with_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = ["sweep", "--net", "4-60000-60000-1", "--data", "gaussian:10:4", "--engine", "cpu", "--npy", "npy"];
    let output = alphasweep(folder.path(), &sweep).assert().code(2).get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("--net 4-60000-60000-1: one training needs ") && told.contains("GiB"), "{told}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// 60 × 70 trainings of 1001 records are more rows than a CSV has unasked.
#[test]
fn long_histories_are_not_written_as_csv() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = |records: &str| {
        let network = ["sweep", "--net", "1-1-1", "--data", "gaussian:1:1", "--alpha", "log:0.01:1:70", "--no-png"];
        let mut command = alphasweep(folder.path(), &network);
        let output = command.args(["--vary", "seed=lin:1:60:60", "--steps", "1000", "--history", records]).output();
        let told = String::from_utf8_lossy(&output.unwrap().stderr).into_owned();
        (told.contains("no history.csv above"), folder.path().join("sweep-out/history.csv").exists())
    };
    assert_eq!(sweep("1"), (true, false));
    assert_eq!(sweep("100"), (false, true));
}

/// A schedule is a factor of alpha, as if the rule had it; what a training does not know, a rule cannot read.
#[test]
fn schedules_hold_for_networks_and_rules_that_see_more_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let losses = |name: &str, more: &[&str]| {
        let base = ["sweep", "two-layer", "--vary", "alpha=0.05,0.2", "--set", "seed=3", "--steps", "30"];
        let rest = ["--engine", "cpu", "--precision", "f64", "--out", name, "--no-png", "--quiet"];
        alphasweep(folder.path(), &base).args(rest).args(more).assert().success();
        fs::read_to_string(folder.path().join(name).join("losses.csv")).expect("a table")
    };
    let scheduled = losses("schedule", &["--schedule", "linear"]);
    assert_eq!(scheduled, losses("typed", &["--rule", "delta = -(alpha*(1 - (t - 1)/steps))*g"]));
    assert_eq!(losses("constant", &["--schedule", "constant"]), losses("plain", &[]));
    assert_ne!(scheduled, losses("again", &[]));
    for (rule, name) in [("clipped-gd", "gnorm"), ("polyak", "loss"), ("langevin", "noise")] {
        let refused = alphasweep(folder.path(), &["sweep", "two-layer", "--rule", rule]).assert().code(2);
        let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(
            said.contains(&format!("--rule {rule}: reads `{name}`, which trainings of networks do not have")),
            "{said}"
        );
    }
}

/// The edge of stability as a user gets it: λmax climbs to 2/α; what is told, the CSV and the document agree.
#[test]
fn a_trace_follows_trainings_to_the_edge_of_stability() {
    let folder = tempfile::tempdir().unwrap();
    let net = ["--net", "4-12-1", "--data", "gaussian:20:4", "--activation", "tanh", "--init", "normal:0.4"];
    let followed = ["--alpha", "0.15,0.2", "--batch", "full", "--steps", "3000", "--sharpness", "--history", "300"];
    let output = alphasweep(folder.path(), &["trace"]).args(net).args(followed).assert().success().get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("training 2") && told.contains("(stable below 10)"), "{told}");
    let out = folder.path().join("trace-out");
    let (names, table) = rows(&out.join("trace.csv"));
    assert_eq!(names.join(","), "alpha,step,loss,sharpness");
    assert_eq!(table.len(), 2 * 11);
    let document: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("trace.json")).expect("a document")).expect("JSON");
    for (training, last) in document["trainings"].as_array().expect("trainings").iter().zip([10, 21]) {
        let sharpness = &training["sharpness"];
        let (end, edge) = (sharpness["end"].as_f64().unwrap(), sharpness["edge"].as_f64().unwrap());
        assert!((edge * training["knobs"]["alpha"].as_f64().unwrap() - 2.0).abs() < 1e-9, "{edge}");
        assert!((end / edge - 1.0).abs() < 0.02, "{end} for {edge}");
        assert_eq!(end.to_string(), table[last][3]);
    }
    assert_eq!(size(&out.join("trace-sharpness.png")), size(&out.join("trace.png")));
}

#[test]
fn what_a_trace_cannot_do_with_a_network_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["two-layer"][..], "--alpha: a learning rate is needed here"),
        (&["two-layer", "--alpha", "1", "--flow"], "--flow: is for formulas, and this is a network"),
        (&["two-layer", "--alpha", "1", "--rule", "gd,adam"], "--rule adam: the trainings of a network"),
        (&["two-layer", "--alpha", "lin:1:2:100"], "100 trainings with 101 records each"),
        (&["trainability", "--alpha", "1"], "--vary alpha_1: this network has it as an axis; give some values"),
        (&["lecture", "--alpha", "1", "--init", "normal:1"], "--init normal:1: is for networks"),
    ] {
        let failed = alphasweep(folder.path(), &["trace"]).args(arguments).assert().code(2).get_output().clone();
        let told = String::from_utf8_lossy(&failed.stderr).into_owned();
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
}

/// Layers with rates of their own have no edge in common.
#[test]
fn where_layers_have_rates_of_their_own_no_edge_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let rates =
        ["trace", "trainability", "--vary", "alpha_1=1,10", "--vary", "alpha_2=1", "--steps", "3", "--sharpness"];
    let output = alphasweep(folder.path(), &rates).assert().success().get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(told.matches("(not one learning rate: each has a limit of its own)").count(), 2, "{told}");
}

/// Minima are told in a second look, which every file gets.
#[test]
fn a_sweep_of_a_network_tells_which_minimum_by_its_loss() {
    let folder = tempfile::tempdir().unwrap();
    let net = ["sweep", "--net", "1-4-1", "--data", "gaussian:20:1", "--activation", "relu", "--init", "normal:1"];
    let asked = ["--vary", "seed=lin:1:24:24", "--set", "alpha=0.05", "--steps", "20000", "--gtol", "1e-5"];
    let measured = ["--measure", "minimum", "--measure", "sharpness", "--npy", "npy"];
    let output = alphasweep(folder.path(), &net).args(asked).args(measured).assert().success().get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let (names, table) = rows(&folder.path().join("sweep-out/losses.csv"));
    let column = |name: &str| names.iter().position(|known| known == name).expect("a column");
    let mut reached: Vec<(f64, f64)> = Vec::new();
    for row in &table {
        let number = |name: &str| row[column(name)].parse::<f64>().expect("a number");
        let arrived = ["converged", "settled"].contains(&row[column("outcome")].as_str());
        assert_eq!(number("minimum") > 0.0, arrived, "{row:?}");
        assert!(number("sharpness") > 0.0);
        reached.extend(arrived.then(|| (number("loss_final"), number("minimum"))));
    }
    reached.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(reached.is_sorted_by(|a, b| a.1 <= b.1), "the lower loss has the lower number: {reached:?}");
    assert!(reached[reached.len() - 1].1 >= 2.0, "there are several: {reached:?}");
    assert!(told.contains("1 in ") && told.contains("(loss "), "{told}");
    let early = alphasweep(folder.path(), &SWEEP).args(["--measure", "minimum", "--out", "early"]).assert().success();
    let told = String::from_utf8_lossy(&early.get_output().stderr).into_owned();
    assert!(told.contains("minimum: unknown in 100.0 %: no training arrived; try --gtol or --stop"), "{told}");
}
