// What a reader does: pointing, moving, following; and how a problem takes the page.

function redraw() {
  if (waiting || !state) return;
  waiting = true;
  requestAnimationFrame(draw);
}

// Everything that the state decides, drawn anew where it may be other than before.
function shown() {
  const look = JSON.stringify([state.colour, state.hidden]);
  if (shown.look !== look) paint();
  shown.look = look;
  byId("colour").value = state.colour;
  offerGpu();
  byId("back").disabled = isOwn() && isWhole();
  panel();
  ranges();
  legend();
  advise();
  read();
  notes();
  // A path is followed anew once the knobs rest: it may be long.
  const followedBy = JSON.stringify([state.places, state.knobs, state.steps, state.tolerance, state.x, state.y]);
  if (shown.followedBy !== followedBy) {
    clearTimeout(shown.timer);
    shown.timer = setTimeout(followPlaces, state.places.length > 0 ? 150 : 0);
  }
  shown.followedBy = followedBy;
  redraw();
}

// What does not hold for the knobs at hand.
function notes() {
  const said = [];
  if (!isLive() && Y) said.push(D.kernel ? "This browser has no WebAssembly with vectors: the map stays as it was made, and paths are followed in JavaScript." : "");
  if (D.theory.length > 0 && !theoryHolds()) said.push("The dashed lines are theory for the sweep's own knobs.");
  said.push(aboutGpu());
  byId("notes").textContent = said.filter(Boolean).join(" ");
}

function fill(list, rows) {
  list.replaceChildren(...rows.flatMap(([name, text]) => {
    const [term, value] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    value.textContent = text;
    value.dataset.name = name;
    return [term, value];
  }));
}

// Whether a place is among the sweep's own cells.
const isOnMap = ({ x, y }) => x >= 0 && x < D.nx && y >= 0 && y < (D.y ? D.ny : 1);

function read() {
  if (!cursor) return fill(byId("reading"), [["cell", "point at the map"]]);
  const made = liveAt(spot);
  if (!made && (!isOwn() || !isOnMap(spot))) return fill(byId("reading"), [["cell", "on its way"]]);
  const cell = cellAt(cursor);
  const here = made || { x: X.values[cursor.x], y: Y && Y.values[cursor.y], outcome: cells.outcome[cell], steps: cells.steps[cell], loss: cells.loss[cell], rest: cells.rest[cell] };
  const wide = made ? made.wide : WIDE;
  const rows = [[X.label, exact(here.x, wide)]];
  if (Y) rows.push([Y.label, exact(here.y, wide)]);
  rows.push(["outcome", D.outcomes[here.outcome].word], ["steps", String(here.steps)]);
  rows.push(["final loss", exact(here.loss, wide)]);
  const rest = D.rests[here.rest];
  if (rest) rows.push(["rests at", placed(rest)]);
  const column = `${cursor.x + 1} of ${D.nx}`;
  rows.push(["cell", made ? `made here, for this view${made.on === "cpu" ? "" : `, in ${NAMED[precisionOf(made.on)]}`}` : Y ? `column ${column}, row ${cursor.y + 1} of ${D.ny}` : `column ${column}`]);
  fill(byId("reading"), rows);
}

// A view of so many cells, as far as there is something to see.
function look(x0, x1, y0, y1) {
  const side = (axis, from, to, length) => {
    const room = roomOf(axis, length);
    const size = Math.min(room.to - room.from, Math.max(room.least, to - from));
    const start = Math.min(Math.max(room.from, (from + to - size) / 2), room.to - size);
    return [start, start + size];
  };
  const [a, b] = side(X, x0, x1, D.nx);
  const [c, d] = D.y ? side(Y, y0, y1, D.ny) : [0, 1];
  change({ view: { x0: a, x1: b, y0: c, y1: d } });
}

function zoom(factor, x = (state.view.x0 + state.view.x1) / 2, y = (state.view.y0 + state.view.y1) / 2) {
  const { view } = state;
  look(x + (view.x0 - x) * factor, x + (view.x1 - x) * factor, y + (view.y0 - y) * factor, y + (view.y1 - y) * factor);
}

// What an arrow goes by: a cell, or where more can be seen a part of the view.
const ARROWS = 24;
const stepOf = (axis, from, to, length) => (roomOf(axis, length).least < 1 && (to - from < ARROWS || !isOwn()) ? (to - from) / ARROWS : 1);
const whole = () => look(0, D.nx, 0, D.ny);
const move = (x, y) => look(state.view.x0 + x, state.view.x1 + x, state.view.y0 + y, state.view.y1 + y);
// The map of the sweep, with its own axes and knobs.
const back = () => (change({ ...fresh(), colour: state.colour, hidden: state.hidden, places: hasOwnAxes() ? state.places : [] }), keepNow());

// Place on the map under the mouse; null outside of it.
function under(event, anywhere = false) {
  const { view } = state;
  const box = map.getBoundingClientRect();
  const frame = frameOf(map.clientWidth, map.clientHeight);
  const across = (event.clientX - box.left - frame.left) / frame.width;
  const down = (event.clientY - box.top - frame.top) / frame.height;
  if (!anywhere && (across < 0 || across >= 1 || down < 0 || down >= 1)) return null;
  return { x: view.x0 + across * (view.x1 - view.x0), y: view.y1 - down * (view.y1 - view.y0) };
}

function point(place) {
  const whole = (value, length) => Math.min(length - 1, Math.max(0, Math.floor(value)));
  cursor = place && { x: whole(place.x, D.nx), y: whole(place.y, D.ny) };
  spot = place;
  read();
  redraw();
}

// Follows the descent that is pointed at; beside the one that is followed already where both are asked for.
function follow(isBeside) {
  const made = liveAt(spot);
  if (!made && (!isOwn() || !isOnMap(spot))) return;
  const place = made ? { x: made.x, y: made.y } : { x: X.values[cursor.x], y: Y ? Y.values[cursor.y] : 0 };
  const first = isBeside || byId("compare").getAttribute("aria-pressed") === "true" ? state.places.slice(0, 1) : [];
  clearTimeout(shown.timer);
  change({ places: [...first, place] });
  clearTimeout(shown.timer);
  followPlaces();
  keepNow();
  // In the frame of `explore`, the engine itself is asked about a descent of the sweep's own knobs.
  if (parent !== window && location.origin.startsWith("http") && isOwn()) {
    parent.postMessage({ alphasweep: "followed", x: place.x, y: Y ? place.y : null }, location.origin);
  }
}

const KEYS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1],
};

function onKey(event) {
  const { view } = state;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = KEYS[event.key];
  if (arrow && event.shiftKey) {
    move(arrow[0] * (view.x1 - view.x0) * 0.2, arrow[1] * (view.y1 - view.y0) * 0.2);
  } else if (arrow) {
    const by = [stepOf(X, view.x0, view.x1, D.nx), stepOf(Y, view.y0, view.y1, D.ny)];
    const from = cursor ? spot : { x: (view.x0 + view.x1) / 2 - arrow[0] * by[0], y: (view.y0 + view.y1) / 2 - arrow[1] * by[1] };
    const middle = (value, step) => (step === 1 ? Math.floor(value) + 0.5 : value);
    point({ x: middle(from.x + arrow[0] * by[0], by[0]), y: middle(from.y + arrow[1] * by[1], by[1]) });
    // The map follows the chosen cell.
    const over = (at, by, lo, hi) => (at - by / 2 < lo ? at - by / 2 - lo : at + by / 2 > hi ? at + by / 2 - hi : 0);
    move(over(spot.x, by[0], view.x0, view.x1), over(spot.y, by[1], view.y0, view.y1));
  } else if ((event.key === "+" || event.key === "=") && cursor) zoom(0.7, spot.x, spot.y);
  else if (event.key === "+" || event.key === "=") zoom(0.7);
  else if (event.key === "-") zoom(1 / 0.7);
  else if (event.key === "0" || event.key === "Home") whole();
  else if (event.key === "PageUp" || event.key === "PageDown") zoom(event.key === "PageUp" ? 0.5 : 2, ...(cursor ? [spot.x, spot.y] : []));
  else if ((event.key === "Enter" || event.key === " ") && cursor) follow(event.shiftKey);
  else return;
  event.preventDefault();
}


// Moving, pinching, clicking: with a mouse, a pen or fingers.
const pointers = new Map();
let gesture = null;

const middleOf = (events) => ({
  clientX: events.reduce((sum, { clientX }) => sum + clientX, 0) / events.length,
  clientY: events.reduce((sum, { clientY }) => sum + clientY, 0) / events.length,
});
const apartOf = (events) => (events.length < 2 ? 1 : Math.max(1, Math.hypot(events[0].clientX - events[1].clientX, events[0].clientY - events[1].clientY)));

// From here on the pointers that are down say how the view moves: the place between them stays between them.
function grip(moved) {
  const down = [...pointers.values()];
  gesture = down.length > 0 ? { at: under(middleOf(down), true), apart: apartOf(down), view: { ...state.view }, from: middleOf(down), moved, count: down.length } : null;
}

function drag() {
  const down = [...pointers.values()];
  const { at, apart, view, from } = gesture;
  const now = middleOf(down);
  gesture.moved ||= down.length > 1 || Math.hypot(now.clientX - from.clientX, now.clientY - from.clientY) > 4;
  if (!gesture.moved) return;
  const frame = frameOf(map.clientWidth, map.clientHeight);
  const factor = apart / apartOf(down);
  const [wide, high] = [(view.x1 - view.x0) * factor, (view.y1 - view.y0) * factor];
  const box = map.getBoundingClientRect();
  const x0 = at.x - ((now.clientX - box.left - frame.left) / frame.width) * wide;
  const y1 = at.y + ((now.clientY - box.top - frame.top) / frame.height) * high;
  look(x0, x0 + wide, y1 - high, y1);
  later();
}

function listen() {
  map.addEventListener("wheel", (event) => {
    const place = under(event);
    if (!place) return;
    event.preventDefault();
    zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY * 0.002))), place.x, place.y);
  }, { passive: false });
  map.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !under(event)) return;
    map.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    grip(pointers.size > 1);
  });
  map.addEventListener("pointermove", (event) => {
    if (pointers.has(event.pointerId)) {
      pointers.set(event.pointerId, event);
      drag();
    } else point(under(event));
  });
  const released = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    const wasClick = event.type === "pointerup" && !gesture.moved;
    grip(true);
    if (!wasClick) return keepNow();
    point(under(event));
    if (cursor) follow(event.shiftKey);
  };
  map.addEventListener("pointerup", released);
  map.addEventListener("pointercancel", released);
  map.addEventListener("keydown", onKey);
  byId("nearer").addEventListener("click", () => zoom(0.7));
  byId("further").addEventListener("click", () => zoom(1 / 0.7));
  byId("whole").addEventListener("click", whole);
  byId("back").addEventListener("click", back);
  byId("compare").addEventListener("click", ({ currentTarget }) => {
    currentTarget.setAttribute("aria-pressed", String(currentTarget.getAttribute("aria-pressed") !== "true"));
  });
  listenToPath();
  listenToState();
  listenToSaving();
  const restyled = () => (paint(), redraw(), drawPath());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyled);
  addEventListener("resize", () => (redraw(), drawPath()));
}

function choices() {
  const many = D.parameters.length > 2;
  byId("path-choice").hidden = !many;
  for (const [id, at] of [["path-x", 0], ["path-y", 1]]) {
    const names = many ? D.parameters.map((p) => p.label) : [""];
    byId(id).replaceChildren(...names.map((name, i) => (many ? new Option(name, i, i === at, i === at) : new Option(name, at))));
    byId(id).onchange = () => path && (lay(), drawPath());
  }
}

// A problem takes the page: the one that is embedded, or another one later. `description` is what a sweep says of itself (document.rs),
// with cells; functions of its formula (judge, advance) must be there before.
async function load(description) {
  D = description;
  WIDE = D.precision === "f64";
  document.title = `${D.title} · alphasweep`;
  byId("title").textContent = D.title;
  const fixed = D.knobs.filter((knob) => knob.fixed !== undefined && knob.kind !== "hidden");
  const values = fixed.map((knob) => `${knob.name} = ${figure(knob.fixed)}`);
  byId("subtitle").textContent = [`rule ${D.rule}`, ...values, D.how].join(", ");
  byId("footer").textContent = D.footer;
  fill(byId("summary"), D.report.map((fact) => [fact.label, fact.parts.join(" · ")]));
  cells = await unpacked();
  state = fresh();
  X = new Axis(D.x, cells.xLines[0]);
  Y = D.y && new Axis(D.y, cells.yLines[0]);
  [followed, beside, path, cursor, spot] = [null, null, null, null, null];
  Object.assign(past, { kept: [], at: -1 });
  await startLive();
  for (const id of ["knobs-box", "copy", "save-csv"]) byId(id).hidden = !isLive();
  if (isLive()) for (const side of ["x", "y"]) listenToRange(side);
  colourChoice();
  byId("processor").onchange = ({ target }) => (change({ on: target.value }), keepNow());
  choices();
  byId("save-png").hidden = !Y;
  take(stateOf(location.hash.slice(1)));
  keepNow();
  map.dataset.ready = "yes";
}

function begin() {
  if (!window.DecompressionStream) {
    byId("path-text").textContent =
      "This browser is too old for the page: it needs Chrome 103, Firefox 113, Safari 16.4 or later.";
    return;
  }
  listen();
  load(JSON.parse(byId("data").textContent));
}

begin();
