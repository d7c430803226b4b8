// How fast pages are: not a test, for a machine that does nothing else. `run.sh` makes the pages of it.
//
//     node speed.mjs CHROMIUM FOLDER ALPHASWEEP
import { readFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { folder, holds, program } from "./common.mjs";

const [ROUNDS, WIDE, HIGH] = [9, 1024, 640];
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
const sorted = (list) => list.map(Math.round).sort((a, b) => a - b);
const said = (what, list) => console.log(`${what}: least ${sorted(list)[0]} ms, median ${sorted(list)[list.length >> 1]} ms, most ${sorted(list).at(-1)} ms`);

async function opened(name) {
  const page = await browser.newPage({ viewport: { width: 1560, height: 960 } });
  await page.addInitScript(() => {
    window.long = [];
    new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => window.long.push(duration))).observe({ entryTypes: ["longtask"] });
    new MutationObserver((_, observer) => {
      if (!document.getElementById("map")?.dataset.frame) return;
      window.first = performance.now();
      observer.disconnect();
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await page.goto(`file://${path.resolve(folder)}/${name}.html`);
  await holds(page, () => window.first > 0);
  return page;
}

const html = readFileSync(path.join(folder, "lecture.html"), "utf8");
const D = JSON.parse(html.match(/id="data">(.*?)<\/script>/s)[1]);
const cells = ["outcome", "shade", "rest", "steps", "loss"].reduce((sum, name) => sum + D[name].length, 0);
console.log(`page without cells: ${Math.round((html.length - cells) / 1000)} KB`);

const first = [];
for (let round = 0; round < ROUNDS; round++) {
  const page = await opened("lecture");
  first.push(await page.evaluate(() => window.first));
  await page.close();
}
said("first map after opening", first);

// A view by all its passes, and the last of them, which is the one at full resolution.
const page = await opened("lecture");
const [all, full, coarse] = [[], [], []];
await page.evaluate(() => {
  const right = donePass;
  donePass = (pass) => {
    window.full = performance.now() - pass.begun;
    right(pass);
  };
});
for (let round = 0; round < ROUNDS; round++) {
  await page.evaluate(([wide, high, round]) => {
    const right = frameOf;
    frameOf = () => ({ ...right(0, 0), width: wide, height: high });
    look(0, 119 - round, 0, 79);
  }, [WIDE, HIGH, round]);
  await holds(page, () => Boolean(livePass()));
  all.push(await page.evaluate(() => Number(map.dataset.liveMs)));
  full.push(await page.evaluate(() => window.full));
}
said(`lecture at ${WIDE}×${HIGH}, 1000 steps, f64, all passes`, all);
said("the pass at full resolution", full);

// A drag: from a move of the slider until the coarse map of it is there.
await page.evaluate(() => {
  window.coarse = [];
  const right = donePass;
  donePass = (pass) => {
    if (pass.number === 0) window.coarse.push(performance.now() - live.begun);
    right(pass);
  };
});
const box = await page.getByLabel("steps, slider").boundingBox();
await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2);
await page.mouse.down();
for (let at = 0; at < 60; at++) await page.mouse.move(box.x + box.width * (0.75 - at * 0.002), box.y + box.height / 2);
await page.mouse.up();
coarse.push(...(await page.evaluate(() => window.coarse)));
if (coarse.length > 0) said(`coarse map while dragging (${coarse.length})`, coarse);
await holds(page, () => Boolean(livePass()));
const long = await page.evaluate(() => window.long);
console.log(`tasks of more than 50 ms: ${long.length}${long.length > 0 ? `, the longest ${Math.round(Math.max(...long))} ms` : ""}`);
await browser.close();
