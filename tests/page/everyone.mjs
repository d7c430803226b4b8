// Pages for everyone: by keyboard, by ear, in light and dark, without motion, on a phone, and told where a browser cannot follow.
import assert from "node:assert/strict";
import path from "node:path";
import { folder, holds, made, middle, open, reading, settled, told } from "./common.mjs";

const PAGES = ["lecture", "valleys", "classes"];
const SCHEMES = ["light", "dark"];

// Every part that is used has a name.
async function names(browser) {
  for (const name of PAGES) {
    const { page, wrong } = await open(browser, name);
    await page.mouse.click(...(await middle(page, 12, 4)));
    await page.evaluate(() => copyCommand());
    const nameless = await page.evaluate(() => {
      const used = document.querySelectorAll("button, input, select, textarea, canvas, summary, [role=application], [role=group], section, a");
      const named = (part) => part.ariaLabel || [...(part.labels || [])].map((label) => label.textContent).join("") || part.title || (part.tagName === "BUTTON" || part.tagName === "SUMMARY" ? part.textContent : "");
      return [...used].filter((part) => !named(part).trim()).map((part) => part.outerHTML.slice(0, 100));
    });
    assert.deepEqual(nameless, [], name);
    assert.deepEqual(wrong, []);
    await page.close();
  }
}

// Luminance and contrast as in WCAG 2.2.
const faintTexts = (page) =>
  page.evaluate(() => {
    const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)).reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = (part) => {
      for (let at = part; at; at = at.parentElement) {
        const colour = numbers(getComputedStyle(at).backgroundColor);
        if (colour.length < 4 || colour[3] > 0) return colour;
      }
      return [255, 255, 255];
    };
    const faint = [];
    let looked = 0;
    for (const part of document.body.querySelectorAll("*")) {
      const own = [...part.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim()) || part.matches("input[type=text], select, textarea");
      if (!own || !part.checkVisibility() || ["SCRIPT", "STYLE", "OPTION", "NOSCRIPT"].includes(part.tagName)) continue;
      const [a, b] = [light(numbers(getComputedStyle(part).color)), light(ground(part))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      looked += 1;
      if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${part.outerHTML.slice(0, 90)}`);
    }
    return { looked, faint };
  });

async function contrast(browser) {
  for (const colorScheme of SCHEMES) {
    for (const name of PAGES) {
      const { page } = await open(browser, name, { colorScheme });
      await page.mouse.click(...(await middle(page, 12, 4)));
      await page.keyboard.down("Shift");
      await page.mouse.click(...(await middle(page, 6, 3)));
      await page.keyboard.up("Shift");
      await page.locator("#compare").click();
      await page.evaluate(() => (copyCommand(), change({ colour: "loss" })));
      const { looked, faint } = await faintTexts(page);
      assert.ok(looked > 60, `${looked}`);
      assert.deepEqual(faint, [], `${name} ${colorScheme}`);
      await page.screenshot({ path: path.join(folder, `everyone-${name}-${colorScheme}.png`), fullPage: true });
      // The look finds what is too faint.
      await page.evaluate(() => document.documentElement.style.setProperty("--faint", getComputedStyle(document.documentElement).getPropertyValue("--line")));
      assert.ok((await faintTexts(page)).faint.length > 3);
      await page.close();
    }
  }
}

// By Tab to everything that can be used, and it is seen where one is.
async function keyboard(browser) {
  const { page, wrong } = await open(browser, "valleys");
  await page.locator("#map").focus();
  for (const key of ["ArrowRight", "ArrowUp", "Enter", "ArrowRight", "Shift+Enter", "PageUp", "Shift+ArrowLeft", "PageUp"]) await page.keyboard.press(key);
  await made(page);
  assert.equal(await page.evaluate(() => state.places.length), 2);
  assert.ok(await page.locator("#path-beside").isVisible());
  const usable = await page.evaluate(() => [...document.querySelectorAll("button, input, select, textarea, canvas[tabindex], summary")].filter((part) => part.checkVisibility() && !part.disabled).length);
  await page.evaluate(() => document.activeElement.blur());
  const [seen, hidden] = [new Set(), []];
  for (let tabs = 0; tabs < 80; tabs++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const part = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(part);
      if (part === document.body) return { key: "page", seen: true };
      part.dataset.tab ||= String(Math.random());
      return { key: part.dataset.tab, seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2, html: part.outerHTML.slice(0, 90) };
    });
    if (seen.has(at.key)) break;
    seen.add(at.key);
    if (!at.seen) hidden.push(at.html);
  }
  assert.deepEqual(hidden, []);
  assert.equal(seen.size - seen.has("page"), usable);
  // A slider by arrows, a field by typing, a switch by Space, a menu by letters: each changes the map.
  const before = await page.evaluate(() => [...livePass().steps].join());
  await page.getByLabel("steps, slider").focus();
  for (let at = 0; at < 300; at += 30) await page.keyboard.press("PageDown");
  await made(page);
  assert.ok((await page.evaluate(() => state.steps)) < 1000);
  assert.notEqual(await page.evaluate(() => [...livePass().steps].join()), before);
  await page.getByLabel(/^converged/).focus();
  await page.keyboard.press("Space");
  assert.deepEqual(await page.evaluate(() => state.hidden), ["converged"]);
  // The legend keeps the keyboard where it was.
  assert.equal(await page.evaluate(() => document.activeElement.value), "converged");
  assert.deepEqual(wrong, []);
  await page.close();
}

// Who asked for less motion sees a path in a few steps.
async function motion(browser) {
  const frames = {};
  for (const reducedMotion of ["no-preference", "reduce"]) {
    const { page } = await open(browser, "lecture", { reducedMotion });
    await page.mouse.click(...(await middle(page, 90, 12)));
    await page.evaluate(() => {
      window.drawn = 0;
      const right = drawPath;
      drawPath = () => (window.drawn++, right());
    });
    await page.locator("#play").click();
    await holds(page, () => byId("play").dataset.playing === "no");
    frames[reducedMotion] = await page.evaluate(() => window.drawn);
    await page.close();
  }
  assert.ok(frames.reduce <= 8 && frames["no-preference"] > 20, JSON.stringify(frames));
}

// One column, nothing beside the screen; fingers pinch, drag and tap.
async function phone(browser) {
  const { page, wrong } = await open(browser, "valleys", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  const [wide, left, below, small] = await page.evaluate(() => {
    const box = (part) => part.getBoundingClientRect();
    const small = [...document.querySelectorAll("button, select, input[type=text]")].filter((part) => part.checkVisibility() && box(part).height < 24);
    return [document.scrollingElement.scrollWidth, box(document.querySelector("aside")).left - box(map).left, box(document.querySelector("aside")).top - box(map).bottom, small.length];
  });
  assert.deepEqual([wide, left, small], [360, 0, 0]);
  assert.ok(below > 0);
  await page.screenshot({ path: path.join(folder, "phone.png"), fullPage: true });
  const session = await page.context().newCDPSession(page);
  const touch = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const view = () => page.evaluate(() => state.view);
  const [x, y] = await middle(page, 30, 20);
  const at = await page.evaluate(([x, y]) => under({ clientX: x, clientY: y }), [x, y]);
  await touch("touchStart", [[x - 20, y], [x + 20, y]]);
  for (let apart = 20; apart <= 60; apart += 10) await touch("touchMove", [[x - apart, y], [x + apart, y]]);
  await touch("touchEnd", []);
  const near = await view();
  assert.ok(Math.abs((near.x1 - near.x0) / 60 - 1 / 3) < 0.02, JSON.stringify(near));
  // What is between the fingers stays there.
  const now = await page.evaluate(([x, y]) => under({ clientX: x, clientY: y }), [x, y]);
  assert.ok(Math.abs(now.x - at.x) < 0.3 && Math.abs(now.y - at.y) < 0.3, JSON.stringify([at, now]));
  await touch("touchStart", [[x, y]]);
  for (let by = 0; by <= 40; by += 8) await touch("touchMove", [[x + by, y]]);
  await touch("touchEnd", []);
  const moved = await view();
  assert.ok(moved.x0 < near.x0 && Math.abs(moved.x1 - moved.x0 - (near.x1 - near.x0)) < 1e-9);
  assert.equal(await page.evaluate(() => state.places.length), 0, "a drag follows nothing");
  await made(page);
  await page.touchscreen.tap(x, y);
  await settled(page);
  assert.equal(await page.evaluate(() => state.places.length), 1);
  assert.ok((await reading(page)).outcome);
  assert.deepEqual(wrong, []);
  await page.close();
}

// A browser without vectors in WebAssembly keeps the map and the paths, and says so.
async function older(browser) {
  const page = await browser.newPage();
  await page.addInitScript(() => (WebAssembly.validate = () => false));
  await page.goto(`file://${path.resolve(folder)}/lecture.html`);
  await page.waitForSelector("#map[data-ready]");
  assert.match(await page.locator("#notes").textContent(), /no WebAssembly with vectors/);
  assert.ok(await page.locator("#knobs-box").isHidden());
  await page.waitForSelector("#map[data-frame]");
  await page.mouse.click(...(await middle(page, 60, 12)));
  assert.ok(await page.locator("#paths").isVisible());
  await page.close();
}

await told([names, contrast, keyboard, motion, phone, older]);
