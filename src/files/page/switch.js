// On what a view is made: the processor, in the precision of the sweep; or a GPU, in f32, where there is one. A GPU that is only
// software is no gain, and is taken where the address asks for it. Only pages that have a kernel have this part.

const isFound = () => Boolean(live.adapter && (!live.adapter.isFallback || state.on === "software"));
usesGpu = () => state.on !== "cpu" && isFound();

// What is computed there: its precision, and the crew that makes it.
const precisionOf = (on) => (on === "cpu" ? D.precision : D.kernel.gpu.precision);
const crewOf = (on) => (on === "cpu" ? live.workers : live.gpu ? [live.gpu] : []);

// What a worker that looked for a GPU has found. Where views stay as they are, so do fields that someone types in.
function foundGpu(worker, adapter) {
  if (!adapter) return loseGpu(worker, null);
  Object.assign(live, { adapter, hasLooked: true });
  usesGpu() ? shown() : (offerGpu(), notes());
}

offerGpu = function () {
  const box = byId("processor-box");
  const choice = byId("processor");
  box.hidden = !isFound();
  if (box.hidden) return;
  const other = live.adapter.isFallback ? "software" : "gpu";
  // Entries stay where they are while the keyboard may be on them.
  if (choice.dataset.key !== other) {
    const names = { cpu: "CPU", gpu: "GPU", software: "software for a GPU" };
    choice.replaceChildren(...["cpu", other].map((name) => new Option(`${names[name]}, in ${NAMED[precisionOf(name)]}`, name)));
  }
  choice.dataset.key = other;
  choice.title = live.adapter.name;
  choice.value = usesGpu() ? other : "cpu";
};

// There is none, or none any more: the processor makes the map.
function loseGpu(worker, why) {
  worker.terminate();
  if (live.gpu !== worker) return;
  if (worker.pass && worker.pass.put) say("Nothing was saved: the GPU was lost on the way. Save it again.");
  const isUsed = usesGpu();
  Object.assign(live, { gpu: null, adapter: null, hasLooked: true, jobs: live.jobs.filter(({ pass }) => pass.on === "cpu") });
  if (!isUsed) return offerGpu(), notes();
  Object.assign(live, { lost: why, asked: null });
  shown();
}

// Of what is made where, in words.
aboutGpu = function () {
  if (live.lost) return `The GPU was lost (${live.lost}): views are made on the CPU, in ${NAMED[D.precision]}.`;
  if (usesGpu()) return `Made on ${live.adapter.name || "the GPU"}, in ${NAMED[precisionOf(state.on)]}: where rounding decides, a descent may end otherwise than on the CPU${WIDE ? ", which computes in f64" : ""}.`;
  return state.on !== "cpu" && live.hasLooked ? "There is no GPU here that the browser offers: views are made on the CPU." : "";
};
