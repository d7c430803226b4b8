// Pages on a machine with WebGPU: views are made by the page's own shader, and come to what `sweep --precision f32` says of the same
// window. The GPU is a software one, which a page takes where its address asks for it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { SMALL, folder, holds, made, open, otherThanCommand, program, reading, settled, sweep, told } from "./common.mjs";

const ASKED = "#on=software";
const AXES = ["--precision", "f64", "--alpha", "log:1e-3:0.05:24", "--start", "lin:-3:3:16", "--steps", "200"];

// Of every kind of step.
const SEEN = [
  ["lecture", "--precision f64 --alpha lin:0.05:5:24"],
  ["lecture", "--precision f32 --alpha lin:0.05:5:24"],
  ["lecture", "--precision compensated --alpha lin:0.05:5:24 --steps 300"],
  ["himmelblau", "--precision f64 --alpha log:1e-3:0.05:24"],
  ["rosenbrock", "--precision f64 --rule adam --alpha log:1e-3:10:24"],
  ["rosenbrock", "--precision f64 --rule momentum --schedule cosine --alpha log:1e-5:1e-2:24"],
  ["x^2 - y^2/4", "--precision f64 --set y_start=0 --alpha log:1e-2:3:24 --steps 3000"],
  ["tanh(x)^2 + softplus(-x)/9 + exp(-x^2)*sin(3*x)", "--precision f64 --alpha log:0.1:30:24"],
  ["abs(x)^1.7 + (1+y^2)^0.3", "--precision f32 --alpha log:0.01:10:24 --set y_start=1 --steps 30"],
  ["mean((w*x+b-y)^2)", "--precision f64 --data DATA --alpha log:1e-3:1:24"],
  ["mean((w*x+b-y)^2)", "--precision f64 --data DATA --alpha log:1e-3:1:24 --batch 2 --shuffle --seed 3"],
  ["(x^2-1)^2/4", "--precision f64 --rule langevin --set temperature=0.1 --alpha log:1e-2:1:24 --seed 3 --steps 60"],
  ["rosenbrock", "--precision f64 --stop loss<0.01 --alpha log:1e-4:1e-2:24"],
  ["line", "--precision f64 --batch 5 --alpha log:1e-3:1:24 --vary seed=lin:0:8:9"],
];

async function views(browser) {
  const data = path.join(folder, "gpu.csv");
  writeFileSync(data, "x,y\n0.5,1\n-1,0.2\n2,3.5\n0.25,0\n-3,-4\n");
  const all = new Set();
  for (const [number, [formula, flags]] of SEEN.entries()) {
    const name = `gpu-${number}`;
    const steps = flags.includes("--steps") ? [] : ["--steps", "200"];
    sweep([formula, ...flags.replace("DATA", data).split(" "), ...steps, ...(flags.includes("--vary") ? [] : ["--start", "lin:-3:3:16"]), "--html", path.join(folder, `${name}.html`)], name);
    const { page, wrong } = await open(browser, name, SMALL, ASKED);
    await holds(page, () => usesGpu());
    await page.evaluate(() => look(4, 19.5, 3, 12.5));
    await made(page);
    assert.equal(await page.evaluate(() => livePass().on), "gpu");
    const { cells, other, otherWords, words } = await otherThanCommand(page, `${name}-f32`);
    console.log(`  ${formula} ${flags}: of ${cells} descents ${otherWords} with another outcome, ${other} with other numbers`);
    // This device rounds as processors do, and the shader leaves its compiler nothing to do otherwise.
    assert.deepEqual([otherWords, other], [0, 0], `${formula} ${flags}`);
    words.forEach((word) => all.add(word));
    assert.deepEqual(wrong, []);
    await page.close();
  }
  assert.ok(all.size >= 7, [...all].join());
}

// Other axes, knobs and ends than the sweep's, on the GPU; a constant that is off there is found out.
async function knobs(browser) {
  sweep(["himmelblau", "--rule", "momentum", ...AXES, "--html", path.join(folder, "gpu-knobs.html")], "gpu-knobs");
  const { page, wrong } = await open(browser, "gpu-knobs", SMALL, ASKED);
  await holds(page, () => usesGpu());
  await page.evaluate(() => change({ knobs: { momentum: 0.5 }, steps: 150, tolerance: 1e-4 }));
  await page.evaluate(() => setAxis("y", rangeOf(ownKnob("momentum"))));
  await page.evaluate(() => setAxis("x", { name: "x1_start", scale: "linear", lo: -4, hi: 4 }));
  await made(page);
  assert.deepEqual([await page.evaluate(() => livePass().on), (await otherThanCommand(page, "gpu-knobs-now")).other], ["gpu", 0]);
  const ends = await page.evaluate(async () => {
    const [on, found] = [livePass(), []];
    await makeAll(on, (data) => found.push(...data.ends[0].slice(0, 9)));
    return found.length > 0 && found.every((end) => Math.fround(end) === end);
  });
  assert.ok(ends, "places are those of f32");
  await page.evaluate(() => {
    const description = JSON.parse(byId("data").textContent);
    description.kernel.gpu.constants = description.kernel.gpu.constants.map((value) => value * 1.01);
    return load(description);
  });
  await holds(page, () => usesGpu());
  await page.evaluate(() => look(4, 19.5, 3, 12.5));
  await made(page);
  const { other, cells } = await otherThanCommand(page, "gpu-knobs-off");
  assert.ok(other > cells / 2, `${other} of ${cells}`);
  assert.deepEqual(wrong, []);
  await page.close();
}

// The switch says which precision is whose, goes back and forth with undo, and stands in the address.
async function switched(browser) {
  const { page, wrong } = await open(browser, "lecture", SMALL);
  // Software is no GPU, unless it is asked for.
  await holds(page, () => live.adapter !== null);
  assert.ok(await page.locator("#processor-box").isHidden());
  assert.equal(await page.evaluate(() => live.adapter.isFallback), true);
  // Who types while it is looked for goes on typing.
  await page.locator("#knob-steps").fill("12");
  await page.evaluate(() => foundGpu(live.gpu, live.adapter));
  assert.equal(await page.locator("#knob-steps").inputValue(), "12");
  // What a machine with a GPU says.
  await page.evaluate(() => ((live.adapter.isFallback = false), shown()));
  assert.deepEqual(await page.locator("#processor option").allTextContents(), ["CPU, in f64", "GPU, in f32"]);
  await page.getByLabel("Views made on").selectOption("gpu");
  await made(page);
  assert.match(page.url(), /#on=gpu$/);
  assert.match(await page.locator("#notes").textContent(), /in f32: where rounding decides, .* the CPU, which computes in f64/);
  assert.match(await page.locator("#knob-tolerance-said").textContent(), /10⁻⁶ in f32$/);
  assert.match(await page.evaluate(() => command()), /--precision=f32/);
  await page.evaluate(() => point({ x: 60.5, y: 40.5 }));
  const told = await reading(page);
  assert.equal(told.cell, "made here, for this view, in f32");
  assert.equal(Math.fround(Number(told["final loss"])).toPrecision(6), Number(told["final loss"]).toPrecision(6));
  await page.screenshot({ path: path.join(folder, "gpu.png"), fullPage: true });
  await page.getByRole("button", { name: "Undo" }).click();
  await settled(page);
  assert.deepEqual(await page.evaluate(() => [state.on, usesGpu(), isOwn()]), ["cpu", false, true]);
  assert.equal(await page.locator("#processor").inputValue(), "cpu");
  assert.deepEqual(wrong, []);
  await page.close();
}

// A GPU that is lost on the way: the CPU goes on, and it is said.
async function lost(browser) {
  const { page, wrong } = await open(browser, "lecture", SMALL, ASKED);
  await holds(page, () => usesGpu() && Boolean(livePass()));
  const session = await browser.newBrowserCDPSession();
  await session.send("Browser.crashGpuProcess").catch(() => {});
  await holds(page, () => live.lost !== null);
  assert.ok(await page.locator("#processor-box").isHidden());
  assert.match(await page.locator("#notes").textContent(), /^The GPU was lost \(.+\): views are made on the CPU, in f64\.$/);
  await page.evaluate(() => look(30, 70, 20, 50));
  await made(page);
  assert.deepEqual([await page.evaluate(() => livePass().on), (await otherThanCommand(page, "gpu-lost")).other], ["cpu", 0]);
  assert.deepEqual(wrong, []);
  await page.close();
}

// Without a GPU there is no switch; an address that asks for one is told.
async function none(browser) {
  const plain = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
  const { page, wrong } = await open(plain, "lecture", SMALL, "#on=gpu");
  await holds(page, () => live.hasLooked);
  assert.ok(await page.locator("#processor-box").isHidden());
  assert.match(await page.locator("#notes").textContent(), /There is no GPU here that the browser offers: views are made on the CPU\./);
  assert.ok(await page.evaluate(() => isOwn()));
  assert.deepEqual(wrong, []);
  await plain.close();
}

await told([views, knobs, switched, lost, none], ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]);
