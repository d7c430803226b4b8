// Uses `alphasweep explore` in a headless Chromium as a teacher in front of a class would: types, errs, picks from menus, drops a
// file, clicks. What the page says is compared with what the engine says.
//
//     node explore.mjs CHROMIUM FOLDER ALPHASWEEP
//
// Screenshots go to FOLDER.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [program, folder, alphasweep] = process.argv.slice(2);

async function serve(...typed) {
  const server = spawn(alphasweep, ["explore", "--no-open", ...typed], { stdio: ["ignore", "pipe", "ignore"] });
  const [address] = await once(createInterface({ input: server.stdout }), "line");
  return { server, address };
}

async function open(browser, address, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1360, height: 1000 }, ...options });
  const wrong = [];
  page.on("console", (message) => wrong.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (!/^(data|blob):/.test(url) && !url.startsWith(address)) wrong.push(`asks ${url}`);
  });
  await page.goto(address);
  return { page, wrong, map: page.frameLocator("#map") };
}

const shown = (map) => map.locator("#map[data-ready][data-frame]").waitFor();
const titled = (map, text) => map.locator("#title", { hasText: text }).waitFor();
const error = (page) => page.locator("#error");

async function type(page, text) {
  await page.locator("#objective").fill(text);
}

// Five questions of the lecture, without leaving the page.
async function questions(browser, address) {
  const { page, wrong, map } = await open(browser, address);
  await shown(map);
  await titled(map, "lecture");
  await page.screenshot({ path: path.join(folder, "explore.png") });
  // 1. Why is 3.9 slow and 4.05 deadly?
  await page.locator("[name=alpha]").fill("lin:3.5:4.5:21");
  await map.locator("#reading").waitFor();
  await page.waitForFunction(() => document.getElementById("said").textContent.startsWith("4200"), null, { timeout: 20000 });
  // 2. What does momentum change?
  await page.locator("[name=rule]").fill("momentum");
  await map.locator("#subtitle", { hasText: "momentum" }).waitFor();
  // 3. And another loss? A mistake is told with its place, and the map stays.
  await type(page, "(x-1)^2 + foo(x)");
  await error(page).waitFor();
  const told = await error(page).textContent();
  assert.ok(told.includes("foo") && told.includes("^") && told.includes("\n"), told);
  assert.equal(await page.locator("#objective").getAttribute("aria-invalid"), "true");
  await page.screenshot({ path: path.join(folder, "explore-wrong.png") });
  await page.locator("[name=alpha]").fill("log:1e-3:3:300");
  await page.locator("[name=rule]").fill("");
  await type(page, "(x-1)^2 + 0.1*sin(9*x)");
  await titled(map, "0.1*sin(9*x)");
  assert.ok(await error(page).isHidden());
  // 4. Where does this one go? The page and the engine say the same.
  await shown(map);
  const box = await map.locator("#map").boundingBox();
  await page.mouse.click(box.x + box.width * 0.6, box.y + box.height * 0.5);
  await page.waitForFunction(() => document.getElementById("said").textContent.startsWith("the engine: "));
  const path_ = await map.locator("#path-text").evaluate((text) => ({ ...text.dataset }));
  const engine = await page.locator("#said").textContent();
  assert.ok(engine.startsWith(`the engine: ${path_.outcome} after ${path_.steps} steps at loss ${path_.loss}`), `${engine} | ${JSON.stringify(path_)}`);
  // 5. Back to what we had before.
  await page.goBack();
  await titled(map, "lecture");
  assert.equal(await page.locator("#objective").inputValue(), "lecture");
  assert.deepEqual(wrong, []);
  await page.close();
}

async function suggestions(browser, address) {
  const { page, wrong, map } = await open(browser, address);
  await shown(map);
  await page.locator("#objective").fill("");
  await page.locator("#objective").pressSequentially("x^2 + sof");
  const chip = page.locator("#suggestions button", { hasText: "softplus" });
  await chip.waitFor();
  await chip.click();
  assert.equal(await page.locator("#objective").inputValue(), "x^2 + softplus(");
  await page.keyboard.type("x)");
  await titled(map, "softplus(x)");
  assert.deepEqual(wrong, []);
  await page.close();
}

async function drops(browser, address) {
  const { page, wrong, map } = await open(browser, address);
  await shown(map);
  const transfer = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["size,price\n1,2\n2,4\n3,6\n"], "houses.csv", { type: "text/csv" }));
    return transfer;
  });
  await type(page, "mean((w*size-price)^2)");
  for (const kind of ["dragenter", "dragover", "drop"]) await page.dispatchEvent("body", kind, { dataTransfer: transfer });
  await titled(map, "mean((w*size-price)^2)");
  assert.match(await page.locator("[name=data] option:checked").textContent(), /houses\.csv \(dropped\)/);
  assert.deepEqual(wrong, []);
  await page.close();
}

// All cells, with progress; the map at once has fewer.
async function whole(browser, address) {
  const { page, wrong, map } = await open(browser, address);
  await shown(map);
  assert.match(await page.locator("#said").textContent(), /^64000 of 524288 cells/);
  await page.locator("#full").click();
  await page.waitForFunction(() => document.getElementById("said").textContent.startsWith("all cells"), null, { timeout: 60000 });
  await shown(map);
  const cells = await map.locator("#summary dd[data-name=cells]").textContent();
  assert.match(cells, /1024 × 512/);
  assert.deepEqual(wrong, []);
  await page.close();
}

// Another tab, a narrow screen, the keyboard alone.
async function phone(browser, address) {
  const { page, wrong, map } = await open(browser, address, { viewport: { width: 390, height: 800 }, colorScheme: "dark" });
  await shown(map);
  await page.locator("#objective").focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("rosenbrock");
  await page.keyboard.press("Enter");
  await titled(map, "rosenbrock");
  await page.screenshot({ path: path.join(folder, "explore-phone.png") });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, "nothing sticks out");
  assert.deepEqual(wrong, []);
  await page.close();
}

const { server, address } = await serve();
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
try {
  await questions(browser, address);
  await suggestions(browser, address);
  await drops(browser, address);
  await whole(browser, address);
  await phone(browser, address);
} finally {
  await browser.close();
  server.kill("SIGINT");
}
const [code] = await once(server, "exit");
assert.equal(code, 0);
console.log("explore: 5 stories passed");
