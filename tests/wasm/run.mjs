// Runs the kernel of a sweep in Node: `run.mjs SWEEP.json SCRIPT... ` reads the sweep, and writes of every cell outcome, steps,
// loss at the start, final loss and parameters as f64, one after the other, to standard output.
import { readFileSync, writeSync } from "node:fs";

const [document, ...scripts] = process.argv.slice(2);
const problem = JSON.parse(readFileSync(document, "utf8"));
const code = scripts.map((script) => readFileSync(script, "utf8")).join("\n");
const { kernelOf, restOf } = new Function(`${code}\nreturn { kernelOf, restOf };`)();
const instanceOf = (text) => new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(text, "base64")));
const unstable = problem.rest ? restOf(instanceOf(problem.rest.wasm), problem.rest, problem) : (places) => places.map(() => false);
const kernel = kernelOf(instanceOf(problem.wasm), problem.layout, problem, unstable);
const cells = problem.nx * problem.ny;
const width = 4 + problem.parameters.length;
const out = new Float64Array(cells * width);
const begun = performance.now();
kernel.run(cells, (cell, outcome, steps, start, end, values) => out.set([outcome, steps, start, end, ...values], cell * width));
if (process.env.TIME) console.error(`${(performance.now() - begun).toFixed(1)} ms`);
const bytes = Buffer.from(out.buffer);
for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
