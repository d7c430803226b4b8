// Pages asked the next question: knobs, axes, colours, undo, the address, two paths, and what a view leaves behind. What is seen after
// any of it is, bit for bit, what the command says that the page copies.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { SMALL, alphasweep, folder, holds, inked, made, middle, open, otherThanCommand, reading, settled, sweep, table, told } from "./common.mjs";

// A page of a sweep that no other story has.
async function opened(browser, name, words, options = SMALL) {
  sweep([...words, "--html", path.join(folder, `${name}.html`)], name);
  return open(browser, name, options);
}

async function type(page, label, text) {
  const field = page.locator(`#knobs input[type=text][id="knob-${label}"]`);
  await field.fill(text);
  await field.press("Enter");
}

// Each of these is done after the one before; after each the map is that of the command.
const KNOBS = [
  ["momenta", ["rosenbrock", "--rule", "momentum", "--precision", "f64", "--steps", "200", "--alpha", "log:1e-4:0.1:24", "--start", "lin:-2:2:16"], [
    (page) => type(page, "momentum", "2/3"),
    (page) => type(page, "steps", "137"),
    (page) => type(page, "tolerance", "1e-3"),
    (page) => type(page, "x1_start", "-1/2"),
    (page) => page.getByLabel("Name up").selectOption("momentum"),
    (page) => page.getByLabel("Name across").selectOption("x1_start"),
    (page) => page.getByLabel("Scale across").selectOption("log"),
    (page) => page.getByLabel("To, up").fill("0.9").then(() => page.getByLabel("To, up").press("Enter")),
    (page) => page.evaluate(() => look(3, 9, 2.5, 7)),
    // Beyond the ends of the axes.
    (page) => page.evaluate(() => look(-9, 40, -6, 25)),
  ]],
  ["constants", ["(k*x-1)^2 + y^2/5", "--const", "k=2", "--precision", "compensated", "--steps", "100", "--alpha", "lin:0.01:2:24", "--start", "lin:-3:3:16"], [
    (page) => type(page, "k", "sqrt(2)"),
    (page) => page.getByLabel("Name up").selectOption("k"),
  ]],
  ["adams", ["himmelblau", "--rule", "adam", "--precision", "f32", "--steps", "60", "--alpha", "log:1e-3:3:24", "--start", "lin:-5:5:16"], [
    (page) => type(page, "beta2", "0.9"),
    (page) => page.getByLabel("Name up").selectOption("beta1"),
    (page) => page.evaluate(() => setAxis("x", rangeOf(ownKnob("eps")))),
  ]],
  // The saddle that slope 0 leads to is unknown to the sweep, whose starts all pass it; with another sign of k it is a minimum.
  ["saddles", ["x^2 + k*y^2/4", "--const", "k=-1", "--precision", "f64", "--steps", "150", "--set", "y_start=1", "--alpha", "lin:0.05:1.2:24", "--start", "lin:-3:3:16"], [
    (page) => type(page, "y_start", "0"),
    (page) => type(page, "k", "1"),
    (page) => page.getByLabel("Name up").selectOption("k"),
  ]],
  // Values that stand for themselves: those of a list, and seeds, whose data and batches are each one's own.
  ["listed", ["(x^2-1)^2/4 + k*x", "--const", "k=0.1", "--precision", "f64", "--steps", "100", "--alpha=0.001,0.01,0.2,0.5,1.1,1.7,3", "--start", "lin:-1.5:1.5:31"], [
    (page) => type(page, "k", "0.3"),
    (page) => page.evaluate(() => look(2.5, 5.5, 4, 9)),
    (page) => page.getByLabel("Name up").selectOption("k"),
  ]],
  ["seeds", ["line", "--batch", "5", "--precision", "f64", "--steps", "80", "--alpha", "log:1e-3:1:24", "--vary", "seed=lin:0:8:9"], [
    (page) => type(page, "steps", "50"),
    (page) => page.evaluate(() => look(3, 9, 2.5, 7)),
    (page) => page.getByLabel("Name across").selectOption("a_start"),
  ]],
  ["means", ["mean((w*x+b-y)^2)", "--data", "DATA", "--precision", "f64", "--steps", "100", "--alpha", "log:1e-3:1:24", "--start", "lin:-3:3:16"], [
    (page) => type(page, "b_start", "1e-1"),
    (page) => page.getByLabel("Name across").selectOption("b_start"),
  ]],
];

async function knobs(browser) {
  const data = path.join(folder, "live.csv");
  const words = new Set();
  for (const [name, asked, acts] of KNOBS.filter(([name]) => !process.env.ALPHASWEEP_CASE || name === process.env.ALPHASWEEP_CASE)) {
    const { page, wrong } = await opened(browser, name, asked.map((word) => (word === "DATA" ? data : word)));
    for (const [at, act] of acts.entries()) {
      await act(page);
      await made(page);
      const found = await otherThanCommand(page, `${name}-now`);
      assert.equal(found.other, 0, `${name}, ${at}: of ${found.cells} ${found.other} are other than ${found.command}, the first ${JSON.stringify(found.first)}`);
      // One for each pixel; of values that stand for themselves one for each.
      assert.ok(found.cells > ((await page.evaluate(() => X.each || Y.each)) ? 1000 : 20000), `${found.cells}`);
      found.words.forEach((word) => words.add(word));
    }
    // Descents that are given another number than the command says are found out.
    await page.evaluate(() => {
      window.right = limitsNow;
      limitsNow = () => ({ ...right(), steps: Math.ceil(right().steps / 10) });
      live.asked = live.shown = null;
      draw();
    });
    await made(page);
    await page.evaluate(() => void (limitsNow = right));
    const broken = await otherThanCommand(page, `${name}-now`);
    assert.ok(broken.other > 0, `${name}: ${JSON.stringify({ ...broken, words: [...broken.words] })}`);
    assert.deepEqual(wrong, []);
    await page.close();
  }
  console.log(`  ${[...words].sort().join(", ")}`);
  assert.ok(words.size >= 7, [...words].join());
}

// While a slider is dragged the map follows, coarse; nothing is still on its way long after.
async function dragged(browser) {
  const { page, wrong } = await open(browser, "momenta", { viewport: { width: 1360, height: 960 } });
  const slider = page.getByLabel("momentum, slider");
  const box = await slider.boundingBox();
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2);
  await page.mouse.down();
  const seen = new Set();
  for (let share = 0.9; share > 0.3; share -= 0.05) {
    await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
    await holds(page, () => live.shown && live.shown.key === live.asked);
    seen.add(await page.evaluate(() => `${valueOf(ownKnob("momentum"))}`));
  }
  await page.mouse.up();
  assert.ok(seen.size >= 8, [...seen].join());
  await made(page);
  assert.equal(await page.evaluate(() => live.jobs.length), 0);
  // One step back undoes the whole drag, and one forth does it again.
  const after = await page.evaluate(() => state.knobs.momentum);
  await page.locator("#undo").click();
  assert.deepEqual(await page.evaluate(() => state.knobs), {});
  await page.keyboard.press("Control+Shift+Z");
  assert.equal(await page.evaluate(() => state.knobs.momentum), after);
  await page.keyboard.press("Control+z");
  assert.ok(await page.evaluate(() => isOwn()));
  assert.deepEqual(wrong, []);
  await page.close();
}

// What people write is read, and what is wrong is said; nothing changes then.
async function fields(browser) {
  const { page, wrong } = await open(browser, "momenta");
  const read = { "2/3": 2 / 3, "1e-3": 1e-3, "-pi/2": -Math.PI / 2, "10^-4": 1e-4, "2**3": 8, "-2^2": -4, "2^3^2": 512, "sqrt(2)/2": Math.SQRT2 / 2, " .5 ": 0.5, "−1": -1, "ln(e)": 1, "(1+2)*3": 9 };
  for (const [text, value] of Object.entries(read)) assert.deepEqual(await page.evaluate((text) => constant(text), text), { value }, text);
  const bad = ["", "x", "1/0", "2*", "(1", "1 2", "sqrt 2", "1e999", "constructor", "__proto__", "toString()", "1;2", "(".repeat(9999), "0/0"];
  for (const text of bad) assert.ok((await page.evaluate((text) => constant(text), text)).wrong, text);
  await type(page, "momentum", "two thirds");
  assert.match(await page.locator(`[id="knob-momentum-said"]`).textContent(), /“two” is no number/);
  assert.equal(await page.locator(`[id="knob-momentum"]`).getAttribute("aria-invalid"), "true");
  assert.ok(await page.evaluate(() => isOwn()));
  await type(page, "steps", "1/3");
  assert.match(await page.locator(`[id="knob-steps-said"]`).textContent(), /whole number/);
  await page.getByLabel("From, across").fill("7");
  await page.getByLabel("From, across").press("Enter");
  assert.match(await page.locator("#range-x small").textContent(), /below the second/);
  assert.ok(await page.evaluate(() => isOwn()));
  assert.deepEqual(wrong, []);
  await page.close();
}

// The state is the address: another reader sees the same. Whoever writes an address cannot do more than ask.
async function address(browser) {
  const { page, wrong } = await open(browser, "momenta", SMALL);
  await type(page, "momentum", "0.8");
  await page.evaluate(() => (look(3, 9, 2.5, 7), change({ colour: "steps", hidden: ["diverged"] })));
  await made(page);
  await page.evaluate(() => (point({ x: 5, y: 5 }), follow(false)));
  const [hash, all, state] = await page.evaluate(() => [location.hash, [...livePass().steps], JSON.stringify(state)]);
  assert.match(hash, /^#view=3,9,2.5,7&colour=steps&hide=diverged&cell=[\d.,e-]+&set=momentum,0.8$/);
  const other = await open(browser, "momenta", SMALL, hash);
  await made(other.page);
  assert.equal(await other.page.evaluate(() => JSON.stringify(window.state ?? state)), state);
  assert.deepEqual(await other.page.evaluate(() => [...livePass().steps]), all);
  assert.equal(await other.page.locator("#path-text").textContent(), await page.locator("#path-text").textContent());
  await other.page.evaluate(() => (location.hash = "#steps=50"));
  await holds(other.page, () => state.steps === 50 && state.colour === "outcome");
  const hostile = [
    "x=<script>,log,1,2", "x=alpha,log,0,1", "x=alpha,log,2,1", "x=x0_start,linear,0,1", "view=0,1e9,0,1", "view=NaN,1,0,1", "steps=1e99", "steps=-1", "steps=1.5",
    "set=__proto__,1", "set=constructor,1", "set=momentum,Infinity", "set=%E0%A4%A,1", "tolerance=-1", "colour=toString", "colour=__proto__", "hide=constructor", "cell=1", "cell=;;;",
    "y=", "=", "&&&", "%", "x".repeat(1e5), "set=momentum,1&".repeat(3000),
  ];
  for (const text of hostile) {
    const state = await other.page.evaluate((text) => stateOf(text), text);
    const usual = await other.page.evaluate(() => fresh());
    if (!/momentum,1&/.test(text)) assert.deepEqual(state, usual, text.slice(0, 60));
  }
  assert.deepEqual([wrong, other.wrong], [[], []]);
  await page.close();
  await other.page.close();
}

// What a view leaves: a command for the clipboard, numbers as in the file of a sweep, a picture.
async function saved(browser) {
  const { page, wrong } = await open(browser, "momenta", { ...SMALL, acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"] });
  await type(page, "momentum", "0.8");
  await page.evaluate(() => look(3, 9, 2.5, 7));
  await made(page);
  await page.locator("#copy").click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, await page.locator("#command").inputValue());
  assert.ok(copied.startsWith("alphasweep sweep ") && copied.endsWith(" -- rosenbrock"), copied.slice(0, 80));
  // As a shell takes it, and byte for byte.
  execFileSync("sh", ["-c", `${copied.replace("alphasweep sweep", `"$0" sweep --engine=cpu --quiet --no-png --out="$1"`)}`, alphasweep, path.join(folder, "copied")]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save-csv").click()]);
  const file = readFileSync(await download.path(), "utf8");
  assert.equal(download.suggestedFilename(), "losses.csv");
  assert.ok(file === readFileSync(path.join(folder, "copied", "losses.csv"), "utf8"), "the file of the page is that of the sweep");
  const [picture] = await Promise.all([page.waitForEvent("download"), page.locator("#save-png").click()]);
  const png = readFileSync(await picture.path());
  assert.deepEqual([...png.subarray(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
  assert.equal(png.readUInt32BE(16), await page.evaluate(() => map.width));
  assert.ok(png.readUInt32BE(20) > (await page.evaluate(() => map.height)) && png.length > 3000);
  // Nothing in a name or formula leaves its quotes.
  const quotes = await page.evaluate(() => ["a b", "it's", "$(reboot)", "`x`", "a\nb", "--x=1,2", "!!"].map(quoted));
  const through = execFileSync("sh", ["-c", `printf '%s|' ${quotes.join(" ")}`]).toString();
  assert.equal(through, "a b|it's|$(reboot)|`x`|a\nb|--x=1,2|!!|");
  assert.deepEqual(wrong, []);
  await page.close();
}

// By steps, loss and minimum: the colour of a cell is that of its number.
async function colours(browser) {
  const { page, wrong } = await open(browser, "valleys");
  for (const live of [false, true]) {
    if (live) await page.evaluate(() => look(10, 50, 5, 35)).then(() => made(page));
    for (const name of ["steps", "loss", "minimum", "outcome"]) {
      await page.locator("#colour").selectOption(name);
      if (live) await made(page);
      const order = await page.evaluate((name) => {
        const made = livePass() || cells;
        const of = colourer(made, made.ranks || ranksOf(made));
        const key = { steps: (cell) => made.steps[cell], loss: (cell) => made.loss[cell], minimum: (cell) => made.rest[cell], outcome: (cell) => made.outcome[cell] }[name];
        const usable = [...made.outcome.keys()].filter((cell) => made.outcome[cell] === CONVERGED);
        const scale = inked(name === "minimum" ? D.places : D.heights);
        const places = usable.map((cell) => ({ key: key(cell), place: name === "outcome" ? 0 : scale.indexOf(of(cell)) })).sort((a, b) => a.key - b.key);
        return { known: places.every(({ place }) => place >= 0), rising: places.every(({ place }, at) => at === 0 || place >= places[at - 1].place), kinds: new Set(places.map(({ place }) => place)).size };
      }, name);
      if (name === "outcome") continue;
      assert.ok(order.known && order.rising && order.kinds > (name === "minimum" ? 2 : 10), `${name}: ${JSON.stringify(order)}`);
      assert.ok(await page.locator("#scale").isVisible());
    }
  }
  assert.ok(await page.locator("#scale").isHidden());
  await page.locator("#colour").selectOption("minimum");
  await made(page);
  await page.screenshot({ path: path.join(folder, "minimum.png"), fullPage: true });
  assert.deepEqual(wrong, []);
  await page.close();
}

// What is measured is known of the sweep's own cells, and that is said where others are seen.
async function measured(browser) {
  const { page, wrong } = await opened(browser, "measured", ["logistic-map", "--measure", "period", "--precision", "f64", "--alpha", "lin:1.5:2.6:24", "--start", "lin:0.1:0.9:12", "--steps", "300"], {});
  await page.locator("#colour").selectOption({ label: "period" });
  assert.match(await page.locator("#scale").textContent(), /^period: /);
  await page.evaluate(() => look(3, 9, 2, 7));
  await made(page);
  assert.match(await page.locator("#scale").textContent(), /^period is told of the sweep's own cells alone/);
  await page.getByRole("button", { name: "As swept" }).click();
  await settled(page);
  assert.match(await page.locator("#scale").textContent(), /^period: /);
  assert.deepEqual(wrong, []);
  await page.close();
}

// Theory is that of the sweep's own knobs, and said to be; the advice is that of a sweep of the view.
async function theory(browser) {
  for (const name of ["momenta", "lecture"]) {
    const { page, wrong } = await open(browser, name, SMALL);
    assert.equal(await page.locator("#notes").textContent(), "");
    await page.evaluate((name) => (name === "lecture" ? look(60, 118, 10, 50) : look(2, 20, 3, 12)), name);
    await made(page);
    await holds(page, () => livePass() && livePass().advice);
    const { other } = await otherThanCommand(page, "advised");
    assert.equal(other, 0);
    const { summary } = JSON.parse(readFileSync(path.join(folder, "advised", "sweep.json"), "utf8"));
    const said = await page.evaluate(() => livePass().advice);
    const of = (pick) => pick && [pick.alpha, pick.arrived, pick.of];
    assert.deepEqual(of(said.fastest), of(summary.advice.fastest), name);
    assert.deepEqual(of(said.safe), of(summary.advice.safe), name);
    assert.deepEqual(said.firstRise, summary.advice.first_rise && summary.advice.first_rise.alpha, name);
    if (name === "lecture") assert.ok(said.safe && said.firstRise, "the end of convergence is in view");
    assert.match(await page.locator("#advice-box").textContent(), /in this view/);
    if (name === "momenta") {
      await type(page, "momentum", "0.5");
      await made(page);
      assert.match(await page.locator("#notes").textContent(), /theory for the sweep's own knobs/);
      assert.ok(!(await page.evaluate(() => theoryHolds())) && (await page.evaluate(() => restsHold())));
    }
    assert.deepEqual(wrong, []);
    await page.close();
  }
}

// Two cells side by side: both readings, both paths.
async function compared(browser) {
  const rows = table("lecture");
  const { page, wrong } = await open(browser, "lecture");
  await page.mouse.click(...(await middle(page, 40, 60)));
  const alone = await inked(page, "path-loss");
  await page.keyboard.down("Shift");
  await page.mouse.click(...(await middle(page, 90, 12)));
  await page.keyboard.up("Shift");
  for (const [id, cell] of [["path-text", 60 * 120 + 40], ["path-beside", 12 * 120 + 90]]) {
    const said = await page.locator(`#${id}`).evaluate((text) => ({ ...text.dataset }));
    assert.deepEqual([said.outcome, said.steps], [rows[cell].outcome, rows[cell].steps], id);
  }
  assert.notEqual(await inked(page, "path-loss"), alone);
  assert.match(await page.locator("#path-at").textContent(), /A: step .*\nB: step /);
  await page.screenshot({ path: path.join(folder, "compared.png"), fullPage: true });
  // With the button a plain click does it, and without it the next click is alone again.
  await page.locator("#compare").click();
  await page.mouse.click(...(await middle(page, 70, 70)));
  assert.equal(await page.evaluate(() => state.places.length), 2);
  await page.locator("#compare").click();
  await page.mouse.click(...(await middle(page, 70, 70)));
  assert.ok(await page.locator("#path-beside").isHidden());
  assert.deepEqual(wrong, []);
  await page.close();
}

// The page may run itself and nothing else.
async function policy(browser) {
  const { page } = await open(browser, "lecture");
  const ran = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.strange = 1";
    document.body.append(script);
    const asked = await fetch("https://example.org/").then(() => "answered", () => "refused");
    // As text of an element, too.
    const button = document.createElement("button");
    button.setAttribute("onclick", "window.strange = 2");
    button.click();
    return [window.strange, asked];
  });
  assert.deepEqual(ran, [undefined, "refused"]);
  await page.close();
}

await told([knobs, dragged, fields, address, saved, colours, measured, theory, compared, policy]);
