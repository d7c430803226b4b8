// Pages that make descents of their own: what is seen of a view is, bit for bit, what a sweep of the same values says.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { folder, made, middle, open, pixel, settled, sweep, told } from "./common.mjs";

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
];

async function live(browser) {
  const data = path.join(folder, "live.csv");
  writeFileSync(data, "x,y\n0.5,1\n-1,0.2\n2,3.5\n0.25,0\n-3,-4\n");
  let [compared, words] = [0, new Set()];
  for (const [number, [formula, flags]] of LIVE.entries()) {
    const name = `live-${number}`;
    const asked = [formula, ...flags.replace("DATA", data).split(" "), ...(flags.includes("--steps") ? [] : ["--steps", "200"]), "--gtol", "1e-6"];
    const grid = flags.includes("--alpha") ? [] : ["--alpha", "lin:0.05:5:24"];
    const starts = flags.includes("--start") ? [] : ["--start", "lin:-3:3:16"];
    sweep([...asked, ...grid, ...starts, "--html", path.join(folder, `${name}.html`)], name);
    const { page, wrong } = await open(browser, name);
    const bare = asked.filter((flag, at, all) => !["--alpha", "--start"].some((axis) => flag === axis || all[at - 1] === axis));
    const D = await page.evaluate(() => ({ x: X.name, y: Y.name, words: D.outcomes.map((outcome) => outcome.word) }));
    for (const [x, y] of [[4, 3], [14, 11]]) {
      await page.evaluate(([x, y]) => look(x, x + 3.3, y, y + 2.7), [x, y]);
      await made(page);
      // Noise is drawn for a cell by its place: there the first cells are those of a sweep of their own.
      const seen = await page.evaluate((first) => {
        const { xs, ys, width, height, outcome, steps, loss } = live.shown;
        const some = (count, most) => Array.from({ length: most }, (_, at) => (first ? at : Math.floor(((at + 0.5) / most) * count)));
        const [columns, rows] = [some(width, 8), some(height, 6)];
        const cell = (row, column) => [outcome, steps, loss].map((list) => list[row * width + column]);
        return { xs: columns.map((at) => xs[at]), ys: rows.map((at) => ys[at]), cells: rows.flatMap((row) => columns.map((column) => cell(row, column))) };
      }, flags.includes("langevin"));
      const rows = sweep([...bare, "--vary", `${D.x}=${seen.xs.join(",")}`, "--vary", `${D.y}=${seen.ys.join(",")}`], `${name}-${x}`);
      assert.equal(rows.length, 48);
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
  for (const axis of ["X.marks(state.view.x0, state.view.x1, 9)", "Y.marks(state.view.y0, state.view.y1, 9)"]) {
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
  await made(page);
  await settled(page);
  assert.notDeepEqual(await pixel(page, at), before);
  assert.deepEqual(wrong, []);
  await page.close();
}

// Eigenvalues of matrices whose eigenvalues are known; what is not symmetric has complex ones.
async function eigenvalues(browser) {
  const { page, wrong } = await open(browser, "lecture");
  // The companion of a polynomial with these roots, [real, imaginary] and their conjugates, turned into another basis.
  const companion = (roots) => {
    let coefficients = [[1, 0]];
    for (const [a, b] of roots) {
      const next = Array.from({ length: coefficients.length + 1 }, () => [0, 0]);
      coefficients.forEach(([x, y], at) => {
        next[at + 1] = [next[at + 1][0] + x, next[at + 1][1] + y];
        next[at] = [next[at][0] - (x * a - y * b), next[at][1] - (x * b + y * a)];
      });
      coefficients = next;
    }
    const n = roots.length;
    return Array.from({ length: n }, (_, row) => Array.from({ length: n }, (_, column) => (column === n - 1 ? -coefficients[row][0] : row === column + 1 ? 1 : 0)));
  };
  const pair = (a, b) => [[a, b], [a, -b]];
  const all = [
    [[1, 0], [2, 0], [-3, 0]], pair(0, 1), pair(1, 2), [...pair(-0.5, 3), [4, 0]], [...pair(1, 1), ...pair(-2, 0.25)], [...pair(0.1, 5), ...pair(-1e-3, 1), [7, 0]],
    [[0, 0], [1, 0]], [[2, 0], [2, 0]],
  ];
  const found = await page.evaluate((list) => list.map((rows) => matrices().spectrum(rows)), all.map(companion));
  const farthest = (known, told) => Math.max(...known.map(([a, b]) => Math.min(...told.map(([x, y]) => Math.hypot(a - x, b - y)))));
  all.forEach((roots, at) => {
    assert.equal(found[at].length, roots.length);
    // Of a double root half of the digits are known.
    const close = at === all.length - 1 ? 1e-6 : 1e-10;
    assert.ok(farthest(roots, found[at]) < close && farthest(found[at], roots) < close, `${JSON.stringify(roots)}: ${JSON.stringify(found[at])}`);
  });
  // A turn by a quarter has no real part, one that shrinks falls towards its middle, one that grows away from it.
  const falls = await page.evaluate((list) => list.map((rows) => matrices().fallsAway(rows)), [[[0, -1], [1, 0]], [[0.1, -1], [1, 0.1]], [[-0.1, -1], [1, -0.1]], [[2, 1], [1, -1]], [[2, 1], [1, 2]]]);
  assert.deepEqual(falls, [false, false, true, true, false]);
  // One number of a matrix that is off is told.
  const off = companion(all[4]);
  off[0][3] += 1e-6;
  assert.ok(farthest(all[4], await page.evaluate((rows) => matrices().spectrum(rows), off)) > 1e-8);
  assert.deepEqual(wrong, []);
  await page.close();
}

await told([live, deep, eigenvalues]);
