// What all stories of pages share: a page in a headless Chromium, used as a reader would. What a page says is compared with what
// `alphasweep` says.
//
//     node STORIES.mjs CHROMIUM FOLDER ALPHASWEEP
//
// FOLDER has, per sweep of run.sh, NAME.html and NAME/losses.csv; screenshots go there too. ALPHASWEEP is the program.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

export const [program, folder, alphasweep] = process.argv.slice(2);

export function table(name, file = "losses.csv") {
  const [header, ...rows] = readFileSync(path.join(folder, name, file), "utf8").trim().split("\n");
  const names = header.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((text, at) => [names[at], text])));
}

export async function open(browser, name, options = {}, address = "") {
  const page = await browser.newPage({ viewport: { width: 1360, height: 960 }, ...options });
  const wrong = [];
  // The browser's word on how often these stories look at a canvas is none on the page.
  page.on("console", (message) => /getImageData are faster/.test(message.text()) || wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || wrong.push(`asks ${request.url()}`));
  await page.goto(pathToFileURL(path.join(folder, `${name}.html`)).href + address);
  await page.waitForSelector("#map[data-ready]");
  await page.waitForSelector("#map[data-frame]");
  return { page, wrong };
}

// The middle of a cell on the screen.
export async function middle(page, x, y) {
  const map = page.locator("#map");
  const box = await map.boundingBox();
  const [frame, view] = await Promise.all(["data-frame", "data-view"].map((name) => map.getAttribute(name).then(JSON.parse)));
  return [
    box.x + frame.left + ((x + 0.5 - view.x0) / (view.x1 - view.x0)) * frame.width,
    box.y + frame.top + ((view.y1 - y - 0.5) / (view.y1 - view.y0)) * frame.height,
  ];
}

export async function reading(page) {
  const list = await page.locator("#reading dd").evaluateAll((all) => all.map((each) => [each.dataset.name, each.textContent]));
  return Object.fromEntries(list);
}

// Waits until something holds in the page, whose policy allows no text to become a program.
export async function holds(page, condition, argument = null, seconds = 120) {
  for (const end = Date.now() + seconds * 1000; ; await page.waitForTimeout(25)) {
    if (await page.evaluate(condition, argument)) return;
    if (Date.now() > end) throw new Error(`waited too long until ${condition}`);
  }
}

// Every descent of the view at hand is made, and drawn.
export const made = (page) => settled(page).then(() => holds(page, () => Boolean(livePass()) && !live.painting));

export const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

export const pixel = (page, [x, y]) =>
  page.evaluate(([x, y]) => {
    const map = document.getElementById("map");
    const box = map.getBoundingClientRect();
    const scale = map.width / map.clientWidth;
    return [...map.getContext("2d").getImageData((x - box.left) * scale, (y - box.top) * scale, 1, 1).data];
  }, [x, y]);

// What is drawn on a canvas of a path, in bytes.
export const inked = (page, id) =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id);
    return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].join();
  }, id);

export async function slide(page, to) {
  await page.locator("#path-step").evaluate((slider, to) => {
    slider.value = to;
    slider.dispatchEvent(new Event("input"));
  }, String(to));
}


// A sweep on the CPU in the folder: its rows.
export function sweep(words, out) {
  execFileSync(alphasweep, ["sweep", ...words, "--engine", "cpu", "--no-png", "--quiet", "--out", path.join(folder, out)], { stdio: "pipe" });
  return table(out);
}

// A small window: every cell of it is compared.
export const SMALL = { viewport: { width: 420, height: 560 } };

// Runs the command that the page copies, and counts where what is seen is something else: of all, and of words and steps alone.
export async function otherThanCommand(page, out) {
  const words = await page.evaluate(() => words());
  execFileSync(alphasweep, [...words.slice(1, 2), `--out=${path.join(folder, out)}`, "--engine=cpu", "--no-png", "--quiet", ...words.slice(2)]);
  const rows = table(out);
  const { outcome, steps, loss, known } = await page.evaluate(() => {
    const { outcome, steps, loss } = livePass();
    return { outcome: [...outcome], steps: [...steps], loss: [...loss].map(String), known: D.outcomes.map(({ word }) => word) };
  });
  assert.equal(rows.length, outcome.length, `${words.join(" ")}: cells`);
  const isSame = (text, number) => Object.is(Number(text), number) || Object.is(Math.fround(Number(text)), number) || (text === "" && !Number.isFinite(number));
  const isOtherWord = (row, at) => row.outcome !== known[outcome[at]];
  const isOther = (row, at) => isOtherWord(row, at) || row.steps !== String(steps[at]) || !isSame(row.loss_final, Number(loss[at]));
  const other = rows.filter(isOther);
  const found = { other: other.length, otherWords: rows.filter(isOtherWord).length, cells: rows.length };
  return { ...found, words: new Set(rows.map((row) => row.outcome)), command: words.join(" ").slice(0, 300), first: other[0] };
}

// Tells stories one after the other, each with the browser.
export async function told(stories, more = []) {
  const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", ...more] });
  try {
    for (const story of stories) {
      if (process.env.ALPHASWEEP_STORY && story.name !== process.env.ALPHASWEEP_STORY) continue;
      await story(browser);
      console.log(`page test ${story.name}: ok`);
    }
  } finally {
    await browser.close();
  }
}
