// Runs the kernel of a sweep in Node: `run.mjs SWEEP.json SCRIPT... ` reads the sweep, and writes of every cell outcome, steps,
// loss at the start, final loss and parameters as f64, one after the other, to standard output.
import { readFileSync, writeSync } from "node:fs";

const [document, ...scripts] = process.argv.slice(2);
const problem = JSON.parse(readFileSync(document, "utf8"));
const code = scripts.map((script) => readFileSync(script, "utf8")).join("\n");
const { kernelOf, restOf, restingOf } = new Function(`${code}\nreturn { kernelOf, restOf, restingOf };`)();
const instanceOf = (text) => new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(text, "base64")));
const judge = problem.rest && restOf(instanceOf(problem.rest.wasm), problem.rest, problem);
const kernel = kernelOf(instanceOf(problem.wasm), problem.layout, problem);
const cells = problem.nx * problem.ny;
const lists = ["outcome", "steps", "start", "loss"].map((name) => [name, new Float64Array(cells)]);
const found = { ...Object.fromEntries(lists), ends: problem.parameters.map(() => new Float64Array(cells)) };
const begun = performance.now();
kernel.run(cells, found, restingOf(judge, found));
if (process.env.TIME) console.error(`${(performance.now() - begun).toFixed(1)} ms`);
const columns = [...lists.map(([, list]) => list), ...found.ends];
const bytes = Buffer.from(Float64Array.from({ length: cells * columns.length }, (_, at) => columns[at % columns.length][Math.floor(at / columns.length)]).buffer);
for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
