// Opens pages of alphasweep from file:// in a headless Chromium and uses them as a reader would: hover, click, keys,
// switches. What a page says is compared with losses.csv.
//
//     node page.mjs CHROMIUM FOLDER ALPHASWEEP
//
// FOLDER has, per sweep of run.sh, NAME.html and NAME/losses.csv; screenshots go there too. ALPHASWEEP is the program.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [program, folder, alphasweep] = process.argv.slice(2);

function table(name) {
  const [header, ...rows] = readFileSync(path.join(folder, name, "losses.csv"), "utf8").trim().split("\n");
  const names = header.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((text, at) => [names[at], text])));
}

async function open(browser, name, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1360, height: 960 }, ...options });
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || wrong.push(`asks ${request.url()}`));
  await page.goto(pathToFileURL(path.join(folder, `${name}.html`)).href);
  await page.waitForSelector("#map[data-ready]");
  await page.waitForSelector("#map[data-frame]");
  return { page, wrong };
}

// The middle of a cell on the screen.
async function middle(page, x, y) {
  const map = page.locator("#map");
  const box = await map.boundingBox();
  const [frame, view] = await Promise.all(["data-frame", "data-view"].map((name) => map.getAttribute(name).then(JSON.parse)));
  return [
    box.x + frame.left + ((x + 0.5 - view.x0) / (view.x1 - view.x0)) * frame.width,
    box.y + frame.top + ((view.y1 - y - 0.5) / (view.y1 - view.y0)) * frame.height,
  ];
}

async function reading(page) {
  const list = await page.locator("#reading dd").evaluateAll((all) => all.map((each) => [each.dataset.name, each.textContent]));
  return Object.fromEntries(list);
}

// Every descent of the view at hand is made.
const made = (page) =>
  page.waitForFunction(() => {
    const sides = ["x0", "x1", "y0", "y1"];
    return live.shown && live.shown.last && sides.every((side) => live.shown.view[side] === view[side]);
  }, null, { timeout: 60000 });

const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

const pixel = (page, [x, y]) =>
  page.evaluate(([x, y]) => {
    const map = document.getElementById("map");
    const box = map.getBoundingClientRect();
    const scale = map.width / map.clientWidth;
    return [...map.getContext("2d").getImageData((x - box.left) * scale, (y - box.top) * scale, 1, 1).data];
  }, [x, y]);

// The same number, told by its text or its bits: an f64 sweep and its page agree to the last bit.
const same = (text, number) => Object.is(Number(text), number);

async function hovers(page, rows, nx, cells, names) {
  for (const [x, y] of cells) {
    await page.mouse.move(...(await middle(page, x, y)));
    const said = await reading(page);
    const row = rows[y * nx + x];
    assert.equal(said.outcome, row.outcome, `cell ${x}, ${y}`);
    assert.equal(said.steps, row.steps);
    assert.ok(same(row.loss_final, Number(said["final loss"])), `${said["final loss"]} for ${row.loss_final}`);
    for (const [label, column] of Object.entries(names)) assert.ok(same(row[column], Number(said[label])), label);
  }
}

async function clicks(page, rows, nx, cells, parameters) {
  for (const [x, y] of cells) {
    await page.mouse.click(...(await middle(page, x, y)));
    const said = await page.locator("#path-text").evaluate((text) => ({ ...text.dataset }));
    const row = rows[y * nx + x];
    assert.deepEqual([said.outcome, said.steps], [row.outcome, row.steps], `cell ${x}, ${y}`);
    assert.ok(same(row.loss_final, Number(said.loss)), `cell ${x}, ${y}: ${said.loss} for ${row.loss_final}`);
    JSON.parse(said.values).forEach((value, at) => assert.ok(same(row[parameters[at]], value), `${value}`));
    assert.ok(Number(await page.locator("#paths").getAttribute("data-points")) >= 1);
  }
}

async function lecture(browser) {
  const rows = table("lecture");
  const { page, wrong } = await open(browser, "lecture");
  const corners = [[0, 0], [119, 79], [40, 10], [94, 60], [95, 60], [97, 40], [118, 3]];
  await hovers(page, rows, 120, corners, { "α": "alpha", "β₀": "beta_start" });
  await clicks(page, rows, 120, corners, ["beta_final"]);
  await page.mouse.click(...(await middle(page, 90, 12)));
  await page.screenshot({ path: path.join(folder, "light.png"), fullPage: true });
  // A switch hides an outcome: its cells take the colour of the page.
  const at = await middle(page, 110, 20);
  await page.mouse.move(5, 5);
  await settled(page);
  const before = await pixel(page, at);
  await page.getByLabel(/^diverged/).uncheck();
  await settled(page);
  const after = await pixel(page, at);
  assert.notDeepEqual(before, after);
  assert.deepEqual(after, [243, 243, 246, 255]);
  await page.getByLabel(/^diverged/).check();
  await settled(page);
  assert.deepEqual(await pixel(page, at), before);
  // Zoom about the mouse keeps what is under it; dragging moves it; "Whole map" goes back.
  await page.mouse.move(...(await middle(page, 60, 40)));
  const [old, there, was] = [await reading(page), await middle(page, 60, 40), await page.locator("#map").getAttribute("data-view")];
  await page.mouse.wheel(0, -600);
  await settled(page);
  (await middle(page, 60, 40)).forEach((at, axis) => assert.ok(Math.abs(at - there[axis]) < 1));
  await page.mouse.move(...(await middle(page, 60, 40)));
  // The descent that is made there is less than half a cell away from the cell's, and ends as that does.
  await made(page);
  const now = await reading(page);
  assert.equal(now.cell, "made here, for this view");
  assert.equal(now.outcome, old.outcome);
  for (const [label, half] of [["α", (5 - 0.05) / 119 / 2], ["β₀", 20 / 79 / 2]]) {
    assert.ok(Math.abs(Number(now[label]) - Number(old[label])) < half, `${label}: ${now[label]} for ${old[label]}`);
  }
  const nearer = JSON.parse(await page.locator("#map").getAttribute("data-view"));
  assert.ok(nearer.x1 - nearer.x0 < 60);
  const [fx, fy] = await middle(page, 60, 40);
  await page.mouse.down();
  await page.mouse.move(fx + 100, fy + 50, { steps: 5 });
  await page.mouse.up();
  await settled(page);
  assert.deepEqual((await middle(page, 60, 40)).map(Math.round), [fx + 100, fy + 50].map(Math.round));
  await page.getByRole("button", { name: "Whole map" }).click();
  await settled(page);
  assert.equal(await page.locator("#map").getAttribute("data-view"), was);
  await keys(page, rows);
  assert.deepEqual(wrong, []);
  await page.close();
}

// Everything without a mouse: to the map by Tab, to a cell by arrows, its path by Enter.
async function keys(page, rows) {
  await page.locator("#whole").focus();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "map");
  await page.keyboard.press("ArrowRight");
  const { cell } = await reading(page);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowUp");
  const [x, y] = (await reading(page)).cell.match(/\d+/g).filter((_, at) => at % 2 === 0).map((text) => Number(text) - 1);
  assert.notEqual((await reading(page)).cell, cell);
  await page.keyboard.press("Enter");
  const row = rows[y * 120 + x];
  assert.equal(await page.locator("#path-text").getAttribute("data-steps"), row.steps);
  const wide = JSON.parse(await page.locator("#map").getAttribute("data-view"));
  for (const key of ["+", "+", "Shift+ArrowRight"]) await page.keyboard.press(key);
  await settled(page);
  const near = JSON.parse(await page.locator("#map").getAttribute("data-view"));
  assert.ok(near.x1 - near.x0 < wide.x1 - wide.x0);
  await page.keyboard.press("0");
  await settled(page);
  assert.deepEqual(JSON.parse(await page.locator("#map").getAttribute("data-view")), wide);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.type), "checkbox");
}

async function dark(browser) {
  const rows = table("rosenbrock");
  const { page, wrong } = await open(browser, "rosenbrock", { colorScheme: "dark" });
  await hovers(page, rows, 160, [[0, 0], [80, 50], [159, 99]], { "α": "alpha", "x₀": "x_start" });
  await page.mouse.click(...(await middle(page, 98, 30)));
  assert.match(await page.locator("#path-text").textContent(), /recomputed here in f64/i);
  const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(back, "rgb(21, 22, 26)");
  await page.screenshot({ path: path.join(folder, "dark.png"), fullPage: true });
  assert.deepEqual(wrong, []);
  await page.close();
}

// A page in a palette of its own keeps it where the reader's system is light: page, boxes, map and hidden cells.
async function styled(browser) {
  const { page, wrong } = await open(browser, "styled", { colorScheme: "light" });
  const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(back, "rgb(20, 21, 26)");
  assert.equal(await page.evaluate(() => D.theory.length), 0);
  const at = await middle(page, 110, 20);
  await settled(page);
  const shown = await pixel(page, at);
  const ramp = await page.evaluate(() => D.outcomes.find((outcome) => outcome.word === "diverged").ramp.map(rgb));
  assert.ok(ramp.some((colour) => colour.every((part, at) => part === shown[at])), `${shown}`);
  await page.getByLabel(/^diverged/).uncheck();
  await settled(page);
  assert.deepEqual(await pixel(page, at), [32, 34, 42, 255]);
  await page.screenshot({ path: path.join(folder, "styled.png"), fullPage: true });
  assert.deepEqual(wrong, []);
  await page.close();
}

// Data, drawn batches and two parameters: the page draws the same rows.
async function batches(browser) {
  const rows = table("line");
  const { page, wrong } = await open(browser, "line");
  const parameters = Object.keys(rows[0]).filter((name) => name.endsWith("_final") && name !== "loss_final");
  await clicks(page, rows, 60, [[0, 0], [30, 20], [45, 5], [59, 39]], parameters);
  await page.screenshot({ path: path.join(folder, "line.png"), fullPage: true });
  assert.deepEqual(wrong, []);
  await page.close();
}

// Follows every cell in the page; tells how many end otherwise than the sweep says, by word and by bits.
const follows = (page) =>
  page.evaluate(() => {
    const wrong = { outcomes: 0, bits: 0, far: 0, cells: D.nx * D.ny };
    for (let y = 0; y < D.ny; y++) {
      for (let x = 0; x < D.nx; x++) {
        follow({ x, y });
        const end = followed.points[followed.points.length - 1];
        const cell = y * D.nx + x;
        if (!(Math.abs(end.loss - cells.loss[cell]) <= 1e-9 * Math.abs(cells.loss[cell]))) wrong.far++;
        if (followed.outcome !== cells.outcome[cell]) wrong.outcomes++;
        if (followed.steps !== cells.steps[cell] || !Object.is(end.loss, cells.loss[cell])) wrong.bits++;
      }
    }
    return wrong;
  });

// Every cell of maps of + − × ÷ and roots ends on the bits of the sweep; with exp and the like on its outcome.
async function paths(browser) {
  const exact = { lecture: 0, adam: 0, central: 0, each: 0, shuffled: 0, moves: 0, wells: 0, tired: 0, scheduled: 0 };
  const words = new Set();
  for (const name of [...Object.keys(exact), "noisy", "functions"]) {
    const { page, wrong } = await open(browser, name);
    const { outcomes, bits, far, cells } = await follows(page);
    console.log(`  ${name}: of ${cells} paths ${outcomes} with another outcome, ${bits} with other bits, ${far} elsewhere`);
    // Noise is made with the browser's own logarithm and cosine, which may be off by a last digit.
    if (name === "noisy") assert.deepEqual([outcomes, far], [0, 0], name);
    if (name in exact) assert.deepEqual([outcomes, bits], [0, exact[name]], name);
    assert.ok(outcomes <= cells / 200, name);
    table(name).forEach((row) => words.add(row.outcome));
    assert.deepEqual(wrong, []);
    await page.close();
  }
  assert.equal(words.size, 8, [...words].join());
}

// A step that is wrong in its last bits must be found.
async function broken(browser) {
  const { page } = await open(browser, "lecture");
  await page.evaluate(() => {
    const right = advance;
    advance = (...now) => right(...now).map((value) => value * (1 + 2 ** -50));
  });
  const { bits, cells } = await follows(page);
  assert.ok(bits > cells / 2, `${bits} of ${cells}`);
  await page.close();
}

// What is drawn on a canvas of a path, in bytes.
const inked = (page, id) =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id);
    return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].join();
  }, id);

async function slide(page, to) {
  await page.locator("#path-step").evaluate((slider, to) => {
    slider.value = to;
    slider.dispatchEvent(new Event("input"));
  }, String(to));
}

// A path is played step by step over the loss, of one parameter and of two.
async function played(browser) {
  for (const [name, cell, ground] of [["lecture", [60, 12], "curve"], ["valleys", [12, 30], "bands"]]) {
    const { page, wrong } = await open(browser, name);
    await page.mouse.click(...(await middle(page, ...cell)));
    const count = Number(await page.locator("#paths").getAttribute("data-points"));
    assert.ok(count > 3, `${name}: ${count} points`);
    assert.equal(await page.locator("#path-step").evaluate((slider) => Number(slider.max)), count - 1);
    assert.equal(await page.locator("#paths").getAttribute("data-shown"), String(count));
    const all = await inked(page, "path-parameters");
    await slide(page, 0);
    assert.equal(await page.locator("#paths").getAttribute("data-shown"), "1");
    assert.match(await page.locator("#path-at").textContent(), /^step 0: loss /);
    const first = await inked(page, "path-parameters");
    assert.notEqual(first, all);
    // Without the loss beneath it the picture is another.
    await page.evaluate((ground) => {
      path[ground] = ground === "curve" ? [] : null;
      drawPath();
    }, ground);
    assert.notEqual(await inked(page, "path-parameters"), first, `${name} has its ${ground}`);
    await page.evaluate(() => (lay(), drawPath()));
    assert.equal(await inked(page, "path-parameters"), first);
    // The loss beneath is that of the descent at all of its points, and another elsewhere.
    const off = await page.evaluate(() => {
      const apart = (shift) => followed.points.filter((point) => {
        const loss = lossAt(point.values.map((value) => value + shift));
        return Math.abs(loss - point.loss) > 1e-9 * (1 + Math.abs(point.loss));
      }).length;
      return [apart(0), apart(0.01)];
    });
    assert.equal(off[0], 0, name);
    assert.ok(off[1] > 3, `${name}: ${off}`);
    await page.screenshot({ path: path.join(folder, `played-${name}.png`), fullPage: true });
    // From the beginning to the end, and the button is as before.
    await page.getByRole("button", { name: "Play" }).click();
    await page.waitForFunction((count) => byId("paths").dataset.shown === String(count), count);
    assert.equal(await page.locator("#play").textContent(), "Play");
    assert.equal(await inked(page, "path-parameters"), all);
    assert.deepEqual(wrong, []);
    await page.close();
  }
}

// Every cell that came to rest names the nearest of the published minima (Himmelblau 1972), and no other cell one.
async function rests(browser) {
  const MINIMA = [[3, 2], [-2.805118, 3.131312], [-3.77931, -3.283186], [3.584428, -1.848126]];
  const rows = table("valleys");
  const { page, wrong } = await open(browser, "valleys");
  const ends = Object.keys(rows[0]).filter((name) => name.endsWith("_final") && name !== "loss_final");
  const seen = new Set();
  for (let cell = 0; cell < rows.length; cell += 7) {
    await page.evaluate((cell) => point({ x: cell % D.nx, y: Math.floor(cell / D.nx) }), cell);
    const [said, row] = [(await reading(page))["rests at"], rows[cell]];
    if (row.outcome !== "converged") {
      if (row.outcome !== "settled" && row.outcome !== "unstable") assert.equal(said, undefined, row.outcome);
      continue;
    }
    const far = MINIMA.map((place) => Math.hypot(...place.map((value, at) => value - Number(row[ends[at]]))));
    const nearest = MINIMA[far.indexOf(Math.min(...far))];
    const told = said.replaceAll("\u2212", "-").match(/-?\d+(\.\d+)?/g).map(Number);
    const numbers = told.filter((value) => nearest.some((part) => Math.abs(part - value) < 1e-3));
    assert.ok(numbers.length >= 2, `cell ${cell}: ${said} for ${nearest}`);
    seen.add(nearest.join());
  }
  assert.ok(seen.size >= 3, `${[...seen]}`);
  assert.deepEqual(wrong, []);
  await page.close();
}

// The advice stands beside the map: the α of the manifest, in words and as marks on the axis.
async function advice(browser) {
  const { page, wrong } = await open(browser, "lecture");
  const text = await page.locator("#advice").textContent();
  const [fastest, safe] = await page.evaluate(() => [D.fastest, D.safe]);
  const manifest = JSON.parse(readFileSync(path.join(folder, "lecture", "sweep.json"), "utf8")).summary.advice;
  assert.deepEqual([fastest, safe], [manifest.fastest.alpha, manifest.safe.alpha]);
  assert.match(text, /fastest/);
  assert.match(text, /largest that is safe/);
  const marked = async () => {
    await page.evaluate(() => draw());
    return inked(page, "map");
  };
  const with_marks = await marked();
  await page.evaluate(() => (D.fastest = D.safe = null));
  assert.notEqual(await marked(), with_marks);
  assert.deepEqual(wrong, []);
  await page.close();
}

// What `trace --predict` says of the descent of a cell: another program's answer to what a page draws.
function traced(row, asked, predict) {
  const out = path.join(folder, "traced");
  const at = Object.entries(row).filter(([name]) => name === "alpha" || name.endsWith("_start"));
  const values = at.filter(([name]) => name !== "loss_start").flatMap(([name, value]) => ["--vary", `${name}=${value}`]);
  const more = ["--predict", predict, "--no-png", "--no-gif", "--quiet", "--out", out];
  execFileSync(alphasweep, ["trace", ...asked, ...values, ...more]);
  return JSON.parse(readFileSync(path.join(out, "trace.json"), "utf8")).descents[0].predictions[0].value;
}

// Rows and model of a data objective: what is drawn is what `trace` predicts, at the step that is played.
async function fits(browser) {
  const data = readFileSync(path.join(folder, "classes.csv"), "utf8").trim().split("\n").slice(1);
  const classes = ["mean(softplus(v*z+w*x+b)-y*(v*z+w*x+b))", "--data", path.join(folder, "classes.csv"), "--standardize", "--steps", "60", "--set", "v_start=0"];
  const cases = [
    ["line", 60, [40, 12], ["line", "--batch", "10", "--seed", "7", "--steps", "1000"], "x=0.5", [0.5], /a·x \+ b predicts y, pale at the start\.$/],
    ["classes", 20, [12, 4], classes, "x=130,z=0.2", [0.2, 130],
      /the probability that y is 1, pale at the start; other columns at their means; 2000 of 2500 rows\.$/],
  ];
  for (const [name, nx, [x, y], asked, predict, row, words] of cases) {
    const { page, wrong } = await open(browser, name);
    assert.ok(await page.locator("#path-fit").isHidden(), "nothing is followed yet");
    await page.mouse.click(...(await middle(page, x, y)));
    assert.ok(await page.locator("#path-fit").isVisible());
    assert.match(await page.locator("#path-model").textContent(), words);
    // The inputs are in the order in which the data have them.
    const names = await page.evaluate(() => D.fit.inputs.map((input) => input.label));
    const asks = predict.split(",").map((part) => part.split("="));
    const values = names.map((label) => Number(asks.find(([of]) => of === label)[1]));
    assert.equal(values.length, row.length);
    const told = (values) => page.evaluate((row) => predicted(followed.points[followed.points.length - 1].values, row), values);
    const [found, expected] = [await told(values), traced(table(name)[y * nx + x], asked, predict)];
    const far = (a, b) => Math.abs(a - b) / Math.abs(b);
    assert.ok(far(found, expected) < 1e-11, `${name}: ${found} for ${expected}`);
    assert.ok(far(await told(values.map((value) => value * 1.5)), expected) > 1e-4, "another row, another prediction");
    // It moves with the step that is shown, and the start stays where it is.
    const step = () => page.locator("#path-fit").evaluate((canvas) => Number(canvas.dataset.step));
    const [all, last] = [await inked(page, "path-fit"), await step()];
    assert.equal(last, await page.evaluate(() => followed.points[followed.points.length - 1].step));
    await page.screenshot({ path: path.join(folder, `fit-${name}.png`), fullPage: true });
    await slide(page, 0);
    assert.equal(await step(), 0);
    const first = await inked(page, "path-fit");
    assert.notEqual(first, all);
    await slide(page, 1);
    assert.notEqual(await inked(page, "path-fit"), first);
    await page.screenshot({ path: path.join(folder, `fit-${name}-begun.png`), fullPage: true });
    // Rows are seen: without them it is another picture. A model that is wrong is another one, too.
    await slide(page, 0);
    await page.evaluate(() => ((path.kept = path.fit.shown), (path.fit.shown = []), drawPath()));
    assert.notEqual(await inked(page, "path-fit"), first, "rows");
    await page.evaluate(() => ((path.fit.shown = path.kept), drawPath()));
    assert.equal(await inked(page, "path-fit"), first);
    await page.evaluate(() => {
      const right = predict;
      predict = (...all) => 1.1 * right(...all) + 0.01;
      drawPath();
    });
    assert.notEqual(await inked(page, "path-fit"), first, "the model");
    assert.ok(far(await told(values), expected) > 1e-4);
    assert.deepEqual(wrong, []);
    if (name === "classes") {
      // Every fifth row of five is left out, the others are those of the file.
      const [shown, input] = await page.evaluate(() => [path.fit.shown, path.fit.input]);
      assert.equal(names[input], "x");
      shown.forEach((row, at) => {
        const [x, , y] = data[Math.floor((at * 2500) / 2000)].split(",").map(Number);
        assert.ok(Math.abs(row.x - x) < 1e-9 * Math.abs(x) && Math.abs(row.y - y) < 1e-12, `row ${at}: ${row.x}, ${row.y}`);
      });
    }
    await page.close();
  }
  // A page without data has nothing of this.
  const { page, wrong } = await open(browser, "lecture");
  await page.mouse.click(...(await middle(page, 60, 12)));
  assert.ok(await page.locator("#path-fit").isHidden());
  assert.equal(await page.evaluate(() => typeof predict), "undefined");
  assert.deepEqual(wrong, []);
  await page.close();
}

async function single(browser) {
  const rows = table("one");
  const { page, wrong } = await open(browser, "one", { viewport: { width: 700, height: 900 } });
  await hovers(page, rows, rows.length, [[3, 0], [600, 0]], { "α": "alpha" });
  await page.mouse.click(...(await middle(page, 980, 0)));
  await page.screenshot({ path: path.join(folder, "one.png"), fullPage: true });
  assert.deepEqual(wrong, []);
  await page.close();
}

// Of every kind of step: in each the zoomed map is, bit for bit, what a sweep of the same values says.
const LIVE = [
  ["lecture", "--precision f64"],
  ["lecture", "--precision f32"],
  ["lecture", "--precision compensated --steps 300"],
  ["(x^2-1)^2/4", "--precision f64 --alpha lin:0.5:1.9:24 --start lin:-2:2:16"],
  ["x^4 - x^2", "--precision f32 --alpha log:1e-2:3:24 --start lin:-4:4:16"],
  ["himmelblau", "--precision f64 --alpha log:1e-2:0.05:24"],
  ["himmelblau", "--precision compensated --rule momentum --alpha log:1e-3:0.05:24"],
  ["rosenbrock", "--precision f64 --rule adam --alpha log:1e-3:10:24"],
  ["rosenbrock", "--precision f32 --rule rmsprop --alpha log:1e-3:10:24"],
  ["rosenbrock", "--precision f64 --rule nesterov --alpha log:1e-5:1e-2:24"],
  ["booth", "--precision f64 --rule adagrad --alpha log:1e-2:10:24"],
  ["x^2 - y^2/4", "--precision f64 --set y_start=0 --alpha log:1e-2:3:24"],
  ["abs(x) + x^2/10", "--precision f64 --alpha log:1e-3:10:24"],
  ["ln(1 + x^2)", "--precision f64 --alpha log:0.1:10:24"],
  ["exp(x) - x", "--precision f64 --alpha log:0.1:10:24"],
  ["tanh(x)^2 + softplus(-x)/9", "--precision f32 --alpha log:0.1:30:24"],
  ["sigmoid(x*y) + (x^2+y^2)/9", "--precision f64 --alpha log:0.1:30:24 --set y_start=1"],
  ["erf(x)^2 + atan(y)^2", "--precision f64 --alpha log:0.1:30:24 --set y_start=1"],
  ["1/(1+x^2) + x^2/9", "--precision f64 --schedule linear --alpha log:0.1:30:24"],
  ["(x-1)^2", "--precision f64 --gradient central:1e-3 --alpha lin:0.1:1.2:24"],
  ["mean((w*x+b-y)^2)", "--precision f64 --data DATA --alpha log:1e-3:1:24"],
  ["mean(abs(w*x+b-y))", "--precision compensated --data DATA --alpha log:1e-3:1:24"],
  ["sin(x)*cos(3*x) + x^2/20", "--precision f64 --alpha log:0.1:1e9:24"],
  ["abs(x)^1.7 + (1+y^2)^0.3", "--precision f64 --alpha log:0.01:10:24 --set y_start=1 --steps 30"],
  ["rosenbrock", "--precision f64 --rule nadam --alpha log:1e-3:10:24"],
  ["rosenbrock", "--precision f32 --schedule cosine --alpha log:1e-4:1e-2:24"],
  ["mean((w*x+b-y)^2)", "--precision f64 --data DATA --alpha log:1e-3:1:24 --batch each"],
  ["mean((w*x+b-y)^2)", "--precision f64 --data DATA --alpha log:1e-3:1:24 --batch 2 --shuffle --seed 3"],
  ["mean((w*x+b-y)^2)", "--precision compensated --data DATA --alpha log:1e-3:1:24 --batch 3 --seed 5"],
  ["(x^2-1)^2/4", "--precision f64 --rule langevin --set temperature=0.1 --alpha log:1e-2:1:24 --seed 3 --steps 60"],
  ["mean((w*x+b-y)^2)", "--precision f32 --rule langevin --data DATA --alpha log:1e-3:1:24 --batch 2 --seed 4 --steps 60"],
  ["(x^2+y^2-1)^2", "--precision f64 --alpha log:1e-2:0.4:24 --set y_start=0 --start -1,-0.5,0,0.5,1 --steps 500"],
  ["line", "--precision f64 --alpha log:1e-3:1:24 --vary seed=lin:0:15:16"],
];

async function live(browser) {
  const data = path.join(folder, "live.csv");
  writeFileSync(data, "x,y\n0.5,1\n-1,0.2\n2,3.5\n0.25,0\n-3,-4\n");
  let [compared, words] = [0, new Set()];
  for (const [number, [formula, flags]] of LIVE.entries()) {
    const name = `live-${number}`;
    const asked = [formula, ...flags.replace("DATA", data).split(" "), ...(flags.includes("--steps") ? [] : ["--steps", "200"])];
    const sweep = (words) => execFileSync(alphasweep, ["sweep", ...words, "--gtol", "1e-6", "--engine", "cpu", "--no-png", "--quiet"]);
    const grid = flags.includes("--alpha") ? [] : ["--alpha", "lin:0.05:5:24"];
    const starts = ["--start", "--vary"].some((axis) => flags.includes(axis)) ? [] : ["--start", "lin:-3:3:16"];
    sweep([...asked, ...grid, ...starts, "--out", path.join(folder, name), "--html", path.join(folder, `${name}.html`)]);
    const { page, wrong } = await open(browser, name);
    const bare = asked.filter((flag, at, all) => !["--alpha", "--start", "--vary"].some((axis) => flag === axis || all[at - 1] === axis));
    const D = await page.evaluate(() => ({ x: X.name, y: Y.name, words: D.outcomes.map((outcome) => outcome.word) }));
    for (const [x, y] of flags.includes("--start -1") ? [[4, 0], [14, 2]] : [[4, 3], [14, 11]]) {
      await page.evaluate(([x, y]) => look(x, x + 3.3, y, y + 2.7), [x, y]);
      await made(page);
      // Noise is drawn for a cell by its place: there the first cells are those of a sweep of their own.
      const seen = await page.evaluate((first) => {
        const { x: { values: xs }, y: { values: ys }, width, height, outcome, steps, loss } = live.shown;
        const some = (count, most) => Array.from({ length: most }, (_, at) => (first ? at : Math.floor(((at + 0.5) / most) * count)));
        // Of seeds and listed values each once.
        const once = (at, i, all) => Y.between || i === 0 || ys[at] !== ys[all[i - 1]];
        const [columns, rows] = [some(width, 8), some(height, 6).filter(once)];
        const cell = (row, column) => [outcome, steps, loss].map((list) => list[row * width + column]);
        return { xs: columns.map((at) => xs[at]), ys: rows.map((at) => ys[at]), cells: rows.flatMap((row) => columns.map((column) => cell(row, column))) };
      }, flags.includes("langevin"));
      const own = path.join(folder, `${name}-${x}`);
      sweep([...bare, "--vary", `${D.x}=${seen.xs.join(",")}`, "--vary", `${D.y}=${seen.ys.join(",")}`, "--out", own]);
      const rows = table(`${name}-${x}`);
      assert.equal(rows.length, 8 * seen.ys.length);
      rows.forEach((row, at) => {
        const [outcome, steps, loss] = seen.cells[at];
        assert.deepEqual([D.words[outcome], String(steps)], [row.outcome, row.steps], `${formula} ${flags}: ${JSON.stringify(row)}`);
        const equal = Object.is(Number(row.loss_final), loss) || Math.fround(Number(row.loss_final)) === loss || (Number.isNaN(loss) && row.loss_final === "NaN");
        assert.ok(equal, `${formula} ${flags}: ${loss} for ${JSON.stringify(row)}`);
        words.add(row.outcome);
      });
      compared += rows.length;
    }
    assert.deepEqual(wrong, []);
    if (number === 3) await page.screenshot({ path: path.join(folder, "live.png") });
    await page.close();
  }
  console.log(`${compared} descents, ${[...words].sort().join(", ")}`);
  assert.ok(words.size >= 6, [...words].join());
}

// As deep as numbers go: it says so, and every number is still told apart on the axes.
async function deep(browser) {
  const { page, wrong } = await open(browser, "lecture");
  await page.evaluate(() => look(60, 60 + 1e-11, 40, 40 + 1e-11));
  await made(page);
  assert.ok(await page.evaluate(() => isAtGrain()));
  // Far from 0, and next to it.
  for (const axis of ["X.marks(view.x0, view.x1, 9)", "Y.marks(view.y0, view.y1, 9)"]) {
    const labels = await page.evaluate(`${axis}.map((mark) => mark.label)`);
    assert.equal(new Set(labels).size, labels.length, labels.join());
    assert.ok(labels.length > 3 && labels.every((label) => label.length < 6), labels.join());
  }
  await page.screenshot({ path: path.join(folder, "deep.png") });
  // What is switched off is so in the descents that were made for the view, too.
  await page.evaluate(() => look(70, 110, 10, 70));
  await made(page);
  await settled(page);
  const at = await middle(page, 105, 20);
  const before = await pixel(page, at);
  await page.getByLabel(/^diverged/).uncheck();
  await settled(page);
  assert.notDeepEqual(await pixel(page, at), before);
  assert.deepEqual(wrong, []);
  await page.close();
}

const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
try {
  for (const story of [lecture, dark, styled, batches, single, played, fits, rests, advice, paths, live, deep, broken]) {
    await story(browser);
    console.log(`page test ${story.name}: ok`);
  }
} finally {
  await browser.close();
}
