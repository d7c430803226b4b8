//! `losses.csv` to the byte: against the same rows written plainly, one field after the other.

use crate::common::{along, asked};
use crate::tiles::part;
use alphasweep::engine::Output;
use alphasweep::engine::collect;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::files::CsvOutput;
use alphasweep::sweep::{FormulaSweep, OUTCOMES, Precision, Sweep, Tile, TileOutcomes, cut};

/// Rows as the `csv` crate and Ryu write them, without blocks, threads or remembered texts.
fn plainly(spec: &FormulaSweep, header: &str, all: &TileOutcomes) -> String {
    let wide = spec.program.precision == Precision::F64;
    let wide_parameters = wide || spec.program.parameters.iter().any(|p| p.lo.is_some());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header.split(',')).unwrap();
    let (x, y) = (spec.x_values(all.tile), spec.y_values(all.tile));
    for cell in 0..all.tile.cells() {
        let mut row = vec![text(x[cell % all.tile.nx], wide)];
        row.extend(spec.y.iter().map(|_| text(y[cell / all.tile.nx], wide)));
        row.extend([all.loss_start[cell], all.loss_final[cell]].map(|loss| text(loss, wide)));
        row.extend(all.parameters.iter().map(|values| text(values[cell], wide_parameters)));
        row.extend([all.steps[cell].to_string(), all.outcome[cell].word().to_owned()]);
        writer.write_record(&row).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn text(value: f64, wide: bool) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let mut buffer = ryu::Buffer::new();
    let text = if wide { buffer.format_finite(value) } else { buffer.format_finite(value as f32) };
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}

fn written(spec: &FormulaSweep, all: &TileOutcomes, block_rows: usize, tile_cells: usize) -> String {
    let mut output = CsvOutput::new(Vec::new(), spec).unwrap().with_block_rows(block_rows);
    for tile in cut(all.tile.nx, all.tile.ny, tile_cells) {
        output.tile(&part(all, tile)).unwrap();
    }
    assert_eq!(output.rows(), all.tile.cells() as u64);
    String::from_utf8(output.finish().unwrap()).unwrap()
}

fn same(name: &str, expected: &str, found: &str) {
    let lines = expected.lines().zip(found.lines()).enumerate();
    let differing = lines.filter(|(_, (expected, found))| expected != found).map(|(at, lines)| (at + 1, lines)).next();
    assert_eq!(differing, None, "{name}: line, expected and found");
    assert!(expected == found, "{name}: {} bytes expected, {} found", expected.len(), found.len());
}

#[test]
fn block_size_threads_and_tiles_do_not_change_a_byte() {
    let sweeps = [
        (
            asked("lecture").precision(Precision::Compensated),
            "alpha,beta_start,loss_start,loss_final,beta_final,steps,outcome",
        ),
        (asked("lecture").precision(Precision::F32), "alpha,beta_start,loss_start,loss_final,beta_final,steps,outcome"),
        (
            asked("rosenbrock").precision(Precision::F64),
            "alpha,x0_start,loss_start,loss_final,x0_final,x1_final,steps,outcome",
        ),
    ];
    for (request, header) in sweeps {
        let request = request.vary("alpha", along("log:1e-10:10:61")).vary_start(along("lin:-10:10:47")).steps(60);
        let spec = request.resolve().unwrap();
        let all = collect(&CpuEngine::new(None).unwrap(), &Sweep::from(&spec)).unwrap();
        let expected = plainly(&spec, header, &all);
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for (block_rows, tile_cells) in [(1, 4000), (7, 61), (64, 40), (61, 640), (1000, 4000), (4096, 4000)] {
                let found = pool.install(|| written(&spec, &all, block_rows, tile_cells));
                let name = format!("{header} in blocks of {block_rows}, tiles of {tile_cells}, {threads} threads");
                same(&name, &expected, &found);
            }
        }
    }
}

/// Numbers at the edges of every form, whatever an objective may come to.
#[test]
fn every_number_is_written_as_ryu_writes_it() {
    let edges = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1,
        1e-5,
        1.5e-5,
        9.9e-6,
        1e-6,
        1e-7,
        123_456_789.0,
        1e12,
        9.999e12,
        1e13,
        1.5e13,
        1e15,
        1e16,
        1.25e16,
        1e17,
        1e20,
        -3e22,
        1e-10,
        1e-38,
        3.4e38,
        1e-45,
        f64::from(f32::MAX),
        f64::from(f32::MIN_POSITIVE),
    ];
    let wide = [f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e100, -1e-100, 0.1 + 0.2, f64::NAN, f64::INFINITY];
    // Bits from a generator, all of f32 and f64 in some four hundred thousand samples.
    let mut state = 1_u64;
    let mut bits = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state ^ (state >> 29)
    };
    let n = 200_000;
    for precision in [Precision::F32, Precision::F64] {
        let random: Vec<f64> = if precision == Precision::F32 {
            (0..n).map(|_| f64::from(f32::from_bits(bits() as u32))).collect()
        } else {
            (0..n).map(|_| f64::from_bits(bits())).collect()
        };
        let more = if precision == Precision::F32 { &wide[6..] } else { &wide[..] };
        let values: Vec<f64> = edges.iter().chain(more).copied().chain(random).collect();
        let request = asked("lecture").vary("alpha", along(&format!("lin:0:1:{}", values.len()))).precision(precision);
        let spec = request.set("beta_start", 1.0).resolve().unwrap();
        let all = TileOutcomes {
            tile: Tile { x0: 0, y0: 0, nx: values.len(), ny: 1 },
            loss_final: values.iter().rev().copied().collect(),
            history: Vec::new(),
            measures: Vec::new(),
            derived: Vec::new(),
            parameters: vec![values.iter().map(|value| -value).collect()],
            steps: values.iter().map(|value| value.to_bits() as u32).collect(),
            outcome: (0..values.len()).map(|at| OUTCOMES[at % OUTCOMES.len()]).collect(),
            loss_start: values,
        };
        let expected = plainly(&spec, "alpha,loss_start,loss_final,beta_final,steps,outcome", &all);
        same(&precision.to_string(), &expected, &written(&spec, &all, 4096, all.tile.nx));
    }
}

/// A writer that takes some bytes and then fails, as a full disk does.
struct Full {
    room: usize,
    taken: Vec<u8>,
}

impl std::io::Write for &mut Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let takes = bytes.len().min(self.room - self.taken.len());
        self.taken.extend_from_slice(&bytes[..takes]);
        if takes == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(takes) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_and_rows_are_not_counted_that_are_not_there() {
    let spec = asked("lecture").vary("alpha", along("log:1e-3:1:50")).vary_start(along("lin:-10:10:40")).steps(5);
    let spec = spec.resolve().unwrap();
    let all = collect(&CpuEngine::new(None).unwrap(), &Sweep::from(&spec)).unwrap();
    let mut full = Full { room: 20_000, taken: Vec::new() };
    let mut output = CsvOutput::new(&mut full, &spec).unwrap().with_block_rows(10);
    let error = output.tile(&all).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    let counted = output.rows();
    drop(output);
    let there = String::from_utf8_lossy(&full.taken).matches('\n').count() as u64 - 1;
    assert!(counted > 0 && counted <= there, "{counted} rows counted, {there} there");
}
