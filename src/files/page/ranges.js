// Which two names are the axes, and from where to where they are seen.

// The first and the last value of a view, if it were as many cells as the sweep.
function endsOf(axis, from, to) {
  if (axis.each) return [axis.at(from + 1e-9), axis.at(to - 1e-9)];
  const half = (to - from) / axis.length / 2;
  const [lo, hi] = [axis.at(from + half), axis.at(to - half)];
  const gap = axis.scale === "log" ? lo * (Math.pow(hi / lo, 1 / (axis.length - 1)) - 1) : (hi - lo) / (axis.length - 1);
  const isFrame = from === 0 && to === axis.length;
  return isFrame ? [axis.lo, axis.hi] : [short(lo, gap), short(hi, axis.scale === "log" ? gap * (hi / lo) : gap)];
}

const SIDES = { x: ["x0", "x1", "Across"], y: ["y0", "y1", "Up"] };

// What a side shows: name, scale and ends.
function seenOf(side) {
  const [from, to] = SIDES[side];
  const axis = side === "x" ? X : Y;
  const [lo, hi] = endsOf(axis, state.view[from], state.view[to]);
  return { name: axis.name, scale: axis.scale, lo, hi };
}

// Another axis on a side; the view of the other side stays.
function setAxis(side, axis) {
  const other = side === "x" ? "y" : "x";
  const patch = { [side]: axis };
  if (state[other] && state[other].name === axis.name) patch[other] = seenOf(side);
  const [from, to] = SIDES[side];
  patch.view = { ...state.view, [from]: 0, [to]: side === "x" ? D.nx : D.ny };
  if (patch[other]) patch.view = wholeView();
  // What was an axis becomes a knob, with the value that was last looked at.
  const names = [patch.x || state.x, patch.y || state.y].map(({ name }) => name);
  const knobs = Object.fromEntries(Object.entries(state.knobs).filter(([name]) => !names.includes(name)));
  for (const at of ["x", "y"]) {
    if (names.includes(state[at].name)) continue;
    knobs[state[at].name] = spot ? short(lookedAt(at), Math.abs(lookedAt(at)) / 100) : ownValue(ownKnob(state[at].name));
  }
  if (!same(names, [state.x.name, state.y.name])) patch.places = [];
  change({ ...patch, knobs });
  keepNow();
}

const lookedAt = (side) => (side === "x" ? X.at(spot.x) : Y.at(spot.y));

function ranges() {
  for (const side of ["x", "y"]) {
    const box = byId(`range-${side}`);
    box.hidden = !isLive();
    if (!isLive()) continue;
    const { name, scale, lo, hi } = seenOf(side);
    const [names, scales, from, to] = box.querySelectorAll("select, input");
    names.value = name;
    scales.value = scale;
    const axis = side === "x" ? X : Y;
    names.disabled = Boolean(axis.bound);
    for (const part of [scales, from, to]) part.disabled = Boolean(axis.each);
    for (const [field, value] of [[from, lo], [to, hi]]) {
      if (field.getAttribute("aria-invalid") === "true" && Number(field.dataset.of) === value) continue;
      field.value = String(value);
      field.dataset.of = value;
      field.removeAttribute("aria-invalid");
    }
    if (!box.querySelector("[aria-invalid]")) box.querySelector("small").textContent = "";
  }
}

function listenToRange(side) {
  const box = byId(`range-${side}`);
  const [names, scales, from, to] = box.querySelectorAll("select, input");
  const said = box.querySelector("small");
  const other = D[side === "x" ? "y" : "x"];
  const isFree = (knob) => canChange(knob) && isRead(knob) && !(other.bound && knob.name === other.name);
  const choices = D.knobs.filter((knob) => knob.name === D[side].name || isFree(knob));
  names.replaceChildren(...choices.map((knob) => new Option(knob.label, knob.name)));
  names.onchange = () => setAxis(side, state[side].name === names.value ? seenOf(side) : rangeOf(ownKnob(names.value)));
  const wrong = (field, why) => {
    said.textContent = why;
    field.setAttribute("aria-invalid", "true");
  };
  const renewed = (field) => {
    const seen = seenOf(side);
    const ends = [from, to].map((end, at) => (end === field ? constant(field.value) : { value: [seen.lo, seen.hi][at] }));
    const bad = ends.find((end) => end.wrong);
    if (bad) return wrong(field, bad.wrong);
    const [lo, hi] = ends.map((end) => end.value);
    if (!(lo < hi)) return wrong(field, "the first must be below the second");
    if (scales.value === "log" && lo <= 0) return scales === field ? setAxis(side, { ...seen, scale: "linear" }) : wrong(field, "above 0 on a log axis");
    [from, to].forEach((end) => end.removeAttribute("aria-invalid"));
    setAxis(side, { ...seen, scale: scales.value, lo, hi });
  };
  from.onchange = () => renewed(from);
  to.onchange = () => renewed(to);
  scales.onchange = () => {
    const seen = seenOf(side);
    // What is at or below 0 has no place on a log axis.
    const lo = scales.value === "log" && seen.lo <= 0 ? (seen.hi > 0 ? Number((seen.hi * 1e-4).toPrecision(2)) : null) : seen.lo;
    if (lo === null) return (scales.value = "linear"), (said.textContent = "only what is above 0 has a log axis");
    setAxis(side, { ...seen, lo, scale: scales.value });
  };
}
