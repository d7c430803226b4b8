// Opens an executed notebook, saved as HTML, and uses the live page in it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "../page/node_modules/playwright-core/index.mjs";

const [, , browserPath, folder] = process.argv;
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
try {
    const page = await browser.newPage({ viewport: { width: 1300, height: 1400 } });
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    // Notebooks saved as HTML ask for scripts from elsewhere; the live page must not need them.
    await page.route(/^https?:/, (route) => route.abort());
    await page.goto(pathToFileURL(join(folder, "map.html")).href);
    const images = await page.locator("img").evaluateAll((all) => all.filter((image) => image.naturalWidth > 100).length);
    assert.ok(images >= 1, "the picture of the map is shown");
    assert.equal(page.frames().length, 2, "there is one frame, and it waits to be opened");
    await page.locator("summary", { hasText: "live page" }).click();
    const frame = page.frameLocator("iframe");
    await frame.locator("canvas").first().waitFor();
    const box = await frame.locator("canvas").first().boundingBox();
    assert.ok(box.width > 200 && box.height > 150, "the map of the live page is drawn");
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForTimeout(500);
    const told = await frame.locator("body").innerText();
    assert.match(told, /converged|descending|diverged/, "the page tells of a cell");
    await frame.locator("#nearer").click();
    await frame.locator("#undo:enabled").click();
    const origin = await page.frames()[1].evaluate(() => window.origin);
    assert.equal(origin, "null", "the page cannot reach the notebook around it");
    assert.deepEqual(errors, []);
    await page.screenshot({ path: join(folder, "map.png") });
    console.log("a notebook in a browser: its map and the live page in it work");
} finally {
    await browser.close();
}
