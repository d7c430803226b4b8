"use strict";
// The box around the map: what is typed becomes a request, the server makes the map, and the page of the map does the rest.

const byId = (id) => document.getElementById(id);
const form = byId("form");
const FIELDS = ["objective", "alpha", "start", "rule", "schedule", "gradient", "data", "batch", "steps"];
// After so long without a key what was typed is looked at.
const PAUSE = 250;

let menus = null;
// What is asked, as flags of `alphasweep sweep`; and the number of a table that was dropped.
let asked = {};
let table = null;
let asking = null;
let whole = null;
let timer = 0;

async function call(method, place, body, signal) {
  const answer = await fetch(place, { method, body, signal });
  const found = await answer.json().catch(() => ({ error: `the server says: ${answer.status} ${answer.statusText}` }));
  if (!answer.ok || found.error) throw new Error(found.error || answer.statusText);
  return found;
}

const post = (place, more = {}, signal) => call("POST", place, JSON.stringify({ asked, ...(table && { table: table.number }), ...more }), signal);

// What the command line asked for; without a formula, the lecture's.
const usual = () => ({ objective: "lecture", ...menus.begins });

// What stands in the form, as flags; what has no field stays as it was typed in the terminal.
function gather() {
  const next = { ...asked };
  for (const name of FIELDS) {
    const value = form.elements[name].value.trim();
    if (value) next[name] = value;
    else delete next[name];
  }
  if (!next.objective) next.objective = usual().objective;
  if (table) delete next.data;
  const values = form.elements.set.value.trim().split(/[\s;]+/).filter(Boolean);
  if (values.length > 0) next.set = values;
  else delete next.set;
  if (next.steps) delete next.epochs;
  return next;
}

function show() {
  for (const name of FIELDS.filter((name) => name !== "data")) form.elements[name].value = asked[name] ?? "";
  form.elements.set.value = (asked.set ?? []).join(" ");
  offerData();
}

// No data, those of the catalog, what the command line named, what was dropped.
function offerData() {
  const select = form.elements.data;
  const given = menus.begins.data;
  const known = menus.data.map(({ name, what }) => new Option(`${name} (${what})`, name));
  const own = given && !menus.data.some(({ name }) => name === given) ? [new Option(given, given)] : [];
  const dropped = table ? [new Option(`${table.name} (dropped)`, "")] : [];
  select.replaceChildren(...dropped, new Option("none of its own", ""), ...own, ...known);
  select.value = asked.data ?? "";
  if (table) select.selectedIndex = 0;
}

function tell(error) {
  const box = byId("error");
  box.hidden = !error;
  box.textContent = error ?? "";
  byId("objective").setAttribute("aria-invalid", String(Boolean(error)));
}

const say = (text) => (byId("said").textContent = text);

// What was typed is looked at while it is typed; what is wrong stands below, with its place.
async function check() {
  asked = gather();
  try {
    const found = await post("check");
    tell(null);
    say(found.notes.join(" · "));
    return true;
  } catch (error) {
    tell(error.message);
    return false;
  }
}

// Makes the map. What was asked before and is not there yet is given up.
async function draw() {
  asked = gather();
  asking?.abort();
  const mine = (asking = new AbortController());
  say("…");
  try {
    const made = await post("map", {}, mine.signal);
    tell(null);
    turn(made.map);
    const part = made.cells < made.of ? `${made.cells} of ${made.of} cells; what lies between is made as you look` : `${made.cells} cells`;
    say([part, ...made.notes].join(" · "));
    byId("full").hidden = made.cells === made.of;
    remember();
  } catch (error) {
    if (error.name !== "AbortError") {
      tell(error.message);
      say("");
    }
  } finally {
    if (asking === mine) asking = null;
  }
}

// Maps that are gone are no places to go back to: the request is, and it stands in the address.
const turn = (number) => byId("map").contentWindow.location.replace(new URL(`map/${number}`, location.href));

// The request stands in the address, so that it can be kept and gone back to.
function remember() {
  const state = `#${encodeURIComponent(JSON.stringify(asked))}`;
  if (state !== location.hash) history.pushState(null, "", state);
  document.title = `${asked.objective} · alphasweep explore`;
}

function recalled() {
  try {
    const found = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    return found && typeof found === "object" && !Array.isArray(found) ? found : null;
  } catch {
    return null;
  }
}

// All cells that are asked for, from the engine, with the way to stop it.
async function full() {
  try {
    whole = (await post("whole")).whole;
  } catch (error) {
    return tell(error.message);
  }
  const mine = whole;
  running(true);
  for (;;) {
    await new Promise((done) => setTimeout(done, 150));
    const now = await call("GET", `whole/${mine}`).catch((error) => ({ ended: true, error: error.message }));
    byId("progress").value = now.share ?? 0;
    if (!now.ended) continue;
    running(false);
    if (now.map) {
      turn(now.map);
      say("all cells that were asked for");
    } else say(now.error ?? "");
    return;
  }
}

function running(is) {
  byId("progress").hidden = byId("stop").hidden = !is;
  byId("full").disabled = is;
}

// The word at the caret, and what it may become.
function suggest() {
  const box = byId("objective");
  const before = box.value.slice(0, box.selectionStart ?? box.value.length);
  const word = /[A-Za-z_][A-Za-z_0-9]*$/.exec(before)?.[0] ?? "";
  const fits = ({ name }) => word.length > 1 && name.startsWith(word) && name !== word;
  const found = menus.functions.filter(fits).slice(0, 6);
  byId("suggestions").replaceChildren(...found.map(({ name, what }) => {
    const [button, small] = [document.createElement("button"), document.createElement("small")];
    button.type = "button";
    button.textContent = name;
    small.textContent = what;
    button.append(small);
    button.addEventListener("click", () => {
      const at = before.length - word.length;
      box.setRangeText(`${name}(`, at, before.length, "end");
      box.focus();
      suggest();
      later();
    });
    return button;
  }));
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (await check()) draw();
  }, PAUSE);
}

async function drop(file) {
  try {
    const name = file.name.replace(/[^ -~]/g, "_").slice(0, 100);
    const answer = await fetch("table", { method: "POST", body: file, headers: { "x-file-name": name } });
    if (!answer.ok) throw new Error(answer.status === 413 ? "the file is too large" : `the server says: ${answer.status}`);
    table = { number: (await answer.json()).table, name: file.name };
    offerData();
    if (await check()) draw();
  } catch (error) {
    tell(error.message);
  }
}

// A path that was followed on the map: what the engine itself says of it.
async function follow({ x, y }) {
  try {
    const found = await post("follow", { cell: { x, y } });
    const ends = found.ends.slice(0, 6).map(([name, value]) => `${name} = ${value}`).join(", ");
    say(`the engine: ${found.outcome} after ${found.steps} steps at loss ${found.loss}, ${ends}`);
  } catch (error) {
    say(error.message);
  }
}

function listen() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    draw();
  });
  form.addEventListener("input", (event) => {
    if (event.target.id === "objective") suggest();
    if (event.target.name === "data") table = null;
    later();
  });
  byId("full").addEventListener("click", full);
  byId("stop").addEventListener("click", () => whole && call("DELETE", `whole/${whole}`));
  addEventListener("popstate", () => {
    asked = recalled() ?? usual();
    show();
    draw();
  });
  addEventListener("message", ({ source, data }) => {
    if (source === byId("map").contentWindow && data?.alphasweep === "followed") follow(data);
  });
  const over = (shown) => (event) => {
    event.preventDefault();
    byId("drop").hidden = !shown;
  };
  addEventListener("dragenter", over(true));
  addEventListener("dragover", over(true));
  byId("drop").addEventListener("dragleave", over(false));
  addEventListener("drop", (event) => {
    over(false)(event);
    const [file] = event.dataTransfer.files;
    if (file) drop(file);
  });
}

async function begin() {
  menus = await call("GET", "menus");
  for (const list of ["objectives", "rules", "schedules", "gradients", "batches"]) {
    byId(list).replaceChildren(...menus[list].map(({ name, what }) => new Option(what, name)));
  }
  asked = recalled() ?? usual();
  show();
  listen();
  await draw();
}

begin().catch((error) => tell(error.message));
