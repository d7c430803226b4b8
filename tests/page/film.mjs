// A film of a page in use, for the README: not a test. Every frame is a screenshot; a pointer is drawn, which screenshots lack.
//
//     node film.mjs CHROMIUM FOLDER ALPHASWEEP OUT.png
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { apng } from "./apng.mjs";
import { folder, holds, middle, program, settled, slide, sweep } from "./common.mjs";

const out = process.argv[5] ?? path.join(folder, "live.png");
const FRAME_MS = 110;
const axes = ["--vary", "x0_start=lin:-6:6:160", "--vary", "x1_start=lin:-6:6:120"];
sweep(["himmelblau", "--rule", "momentum", "--set", "momentum=0.5", "--set", "alpha=0.012", "--precision", "f64", ...axes, "--steps", "400", "--html", path.join(folder, "film.html")], "film");
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1080, height: 960 } });
await page.goto(pathToFileURL(path.join(folder, "film.html")).href + "#colour=minimum");
await page.waitForSelector("#map[data-frame]");
await page.evaluate(() => {
  const pointer = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  pointer.id = "pointer";
  pointer.setAttribute("width", "18");
  pointer.setAttribute("height", "26");
  pointer.style.position = "fixed";
  pointer.style.zIndex = "9";
  pointer.style.pointerEvents = "none";
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of [["d", "M1 1 L1 20 L6 16 L9 24 L12 23 L9 15 L16 15 Z"], ["fill", "#000"], ["stroke", "#fff"], ["stroke-width", "1.5"]]) shape.setAttribute(name, value);
  pointer.append(shape);
  document.body.append(pointer);
  addEventListener("mousemove", ({ clientX, clientY }) => Object.assign(pointer.style, { left: `${clientX}px`, top: `${clientY}px` }), true);
});

// What is seen is finished.
const made = () => settled(page).then(() => holds(page, () => (isOwn() && isWhole()) || (Boolean(livePass()) && !live.painting)));

const shots = [];
let at = [500, 620];
async function shot(ms = FRAME_MS) {
  await settled(page);
  shots.push({ png: await page.screenshot(), ms });
}

// The pointer goes to a place in so many frames.
async function go(to, frames, each = () => {}) {
  const from = at;
  for (let frame = 1; frame <= frames; frame++) {
    const share = frame / frames;
    at = from.map((value, axis) => value + (to[axis] - value) * share * share * (3 - 2 * share));
    await page.mouse.move(...at);
    await each();
    await shot();
  }
}

async function drag(to, frames) {
  await page.mouse.down();
  await go(to, frames, () => made());
  await page.mouse.up();
}

const placeOf = async (label, share) => {
  const box = await page.getByLabel(label).boundingBox();
  return [box.x + 8 + (box.width - 16) * share, box.y + box.height / 2];
};

await page.mouse.move(...at);
await shot(900);
// A slider, while the map follows.
const sliderAt = async (value) => placeOf("α, slider", await page.evaluate((value) => shareOf(rangeOf(ownKnob("alpha")), value), value));
await go([880, 230], 4);
await go(await sliderAt(0.012), 2);
await drag(await sliderAt(0.02), 12);
await shot(700);
// Into a boundary, by the wheel.
await go(await middle(page, 136.5, 101), 5);
for (let turn = 0; turn < 12; turn++) {
  await page.mouse.wheel(0, -170);
  await made();
  await shot(turn < 11 ? FRAME_MS : 900);
}
await go(await page.locator("#whole").boundingBox().then((box) => [box.x + 40, box.y + 12]), 4);
await page.mouse.down();
await page.mouse.up();
await made();
await shot(500);
// Where a descent goes.
await go(await middle(page, 39, 19.5), 4);
await page.mouse.down();
await page.mouse.up();
await page.waitForTimeout(300);
await shot(400);
await page.evaluate(() => byId("path-parameters").scrollIntoView({ block: "end" }));
const points = Number(await page.locator("#paths").getAttribute("data-points"));
for (let step = 0; step <= 14; step++) {
  await slide(page, Math.round((step / 14) * Math.min(points - 1, 42)));
  await shot(step < 14 ? FRAME_MS : 1500);
}
await browser.close();
const film = apng(shots);
writeFileSync(out, film);
for (const [number, { png }] of shots.entries()) writeFileSync(path.join(folder, `film-${String(number).padStart(2, "0")}.png`), png);
console.log(`${shots.length} frames, ${shots.reduce((sum, { ms }) => sum + ms, 0) / 1000} s, ${Math.round(film.length / 1000)} KB: ${out}`);
