// Descents on a graphics processor: what a page does around the shader of the command's own GPU engine (engine/gpu). Such devices
// compute in f32; what descents come to is told in words here, as the engine does.

// The shader of some axes: a function of its own collects the knobs of a cell. Twin of `load_knobs` in engine/gpu/wgsl.rs.
function shaderOf(text, gpu, knobs, tolerances, xLines) {
  const { first_knob, first_x, constants } = gpu;
  const value = ({ fixed, x, y }, at) => {
    if (fixed !== undefined) return `inputs[${first_knob + at}u]`;
    if (x !== undefined) return `inputs[${first_x}u + ${x}u * job.width + cell % job.width]`;
    return `inputs[${first_x}u + ${xLines}u * job.width + ${y}u * (job.cells / job.width) + cell / job.width]`;
  };
  const first = first_knob + knobs.length;
  const values = [
    ...knobs.map(value), ...constants.map((_, at) => `inputs[${first + at}u]`),
    ...Array.from({ length: tolerances }, (_, at) => `magnitude(inputs[${first_knob - tolerances + at}u])`),
  ];
  return text.replace("//@ knobs", () => `fn load_knobs(cell: u32) -> Knobs {\n    return Knobs(${values.join(", ")});\n}\n`);
}

// How many steps a dispatch makes: by the time that the last one took. Twin of `Pace` in engine/gpu/dispatch.rs.
function paceOf(rowsPerStep) {
  const [MOST, FIRST, FIRST_STEPS, TARGET_MS] = [32768, 2 ** 26, 1024, 50];
  const most = Math.max(1, Math.floor(MOST / (1 + rowsPerStep)));
  let chunk = null;
  return {
    begin: (cells) => (chunk ??= Math.min(most, FIRST_STEPS, Math.max(1, Math.floor(FIRST / (1 + rowsPerStep) / cells)))),
    chunk: () => chunk,
    learn(steps, took) {
      if (steps < chunk) return;
      const next = Math.min(most, Math.max(1, Math.floor(chunk * Math.min(4, Math.max(0.25, TARGET_MS / Math.max(took, 0.001))))));
      chunk = next > 4 ? next - (next % 4) : next;
    },
  };
}

// What runs descents on a device. `problem` is as for `kernelOf`.
function deviceOf(device, text, gpu, problem) {
  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const pipelines = new Map();
  const buffers = {};
  const pace = paceOf(gpu.batch || gpu.rows);

  // A buffer at least as large as this, the one from before where that will do.
  function buffer(name, size, usage) {
    const known = buffers[name];
    if (known && known.size >= size) return known;
    if (known) known.destroy();
    return (buffers[name] = device.createBuffer({ size: Math.ceil(size / 4) * 4, usage }));
  }

  async function pipelineOf(code) {
    if (!pipelines.has(code)) {
      const module = device.createShaderModule({ code });
      pipelines.set(code, await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "descend" } }));
    }
    return pipelines.get(code);
  }

  // Table by table, row by row.
  const data = Float32Array.from(problem.tables.flatMap((table) => Array.from({ length: gpu.rows }, (_, row) => gpu.columns.map((column) => table[column][row]))).flat());

  // Everything that `InputLayout` lists in engine/gpu/inputs.rs.
  function inputsOf({ knobs, limits, x_lines, y_lines }) {
    const fixed = knobs.map((knob) => knob.fixed ?? 0);
    const parts = [[gpu.factor, gpu.reach], limits.tolerances, fixed, gpu.constants, data, ...x_lines, ...y_lines];
    const inputs = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (inputs.set(part, at), at + part.length), 0);
    return inputs;
  }

  // The judged steps of the two windows, first and last.
  function windowsOf({ steps, period, batched }) {
    const judged = Math.ceil(steps / period);
    const width = Math.min(Math.max(Math.floor(judged / (batched ? 4 : 8)), 1), 1024);
    const middle = Math.floor(judged / 2);
    return { width, edges: [Math.max(middle + 1 - width, 0), middle, judged + 1 - width, judged] };
  }

  async function readBack(from, size) {
    const values = from.getMappedRange(0, size).slice(0);
    from.unmap();
    return values;
  }

  // Follows all cells to their ends: their numbers and marks, as the shader leaves them.
  async function follow(here, cells) {
    const { limits } = here;
    const [storage, back] = [STORAGE | COPY_DST | COPY_SRC, MAP_READ | COPY_DST];
    const inputs = inputsOf(here);
    const blank = new Uint32Array(cells).fill(gpu.never_written);
    const [realBytes, markBytes] = [cells * gpu.read * 4, cells * gpu.marks_read * 4];
    const bound = [
      buffer("job", 64, UNIFORM | COPY_DST), buffer("inputs", inputs.byteLength, storage), buffer("reals", cells * gpu.slots * 4, storage),
      buffer("marks", cells * gpu.marks * 4, storage), buffer("running", 4, storage),
    ];
    const [job, inputs_at, reals, marks, running] = bound;
    const [count, found] = [buffer("count", 4, back), buffer("found", realBytes + markBytes, back)];
    device.queue.writeBuffer(inputs_at, 0, inputs);
    device.queue.writeBuffer(marks, 0, blank);
    const pipeline = await pipelineOf(shaderOf(text, gpu, here.knobs, limits.tolerances.length, here.x_lines.length));
    const entries = bound.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    const { edges } = windowsOf(limits);
    const end = limits.steps + 1;
    let [left, dispatched, listed] = [cells, cells, 0];
    pace.begin(cells);
    for (let first = 0; first < end && left > 0; ) {
      // Where many have ended, the others are dispatched by a list that the dispatch before has written.
      if (left * 4 < dispatched * 3) [dispatched, listed] = [left, listed === 1 ? 2 : 1];
      const until = Math.min(end, first + pace.chunk());
      const groups = Math.ceil(dispatched / gpu.workgroup);
      const down = Math.ceil(groups / 65535);
      const across = Math.ceil(groups / down);
      device.queue.writeBuffer(job, 0, Uint32Array.of(cells, here.nx, across, first, until, limits.steps, 0, gpu.rows, gpu.batch, ...edges, dispatched, listed, listed === 1 ? 2 : 1));
      const work = device.createCommandEncoder();
      work.clearBuffer(running);
      const pass = work.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(across, down);
      pass.end();
      work.copyBufferToBuffer(running, 0, count, 0, 4);
      const begun = performance.now();
      device.queue.submit([work.finish()]);
      await count.mapAsync(GPUMapMode.READ, 0, 4);
      [left] = new Uint32Array(await readBack(count, 4));
      pace.learn(until - first, performance.now() - begun);
      first = until;
    }
    const work = device.createCommandEncoder();
    work.copyBufferToBuffer(reals, 0, found, 0, realBytes);
    work.copyBufferToBuffer(marks, 0, found, realBytes, markBytes);
    device.queue.submit([work.finish()]);
    await found.mapAsync(GPUMapMode.READ, 0, realBytes + markBytes);
    const bytes = await readBack(found, realBytes + markBytes);
    return { reals: new Float32Array(bytes, 0, cells * gpu.read), marks: new Uint32Array(bytes, realBytes) };
  }

  // What cells come to, of descents that `rests` asks about: twin of engine/gpu/kernel.rs and found.rs.
  async function run(cells, out, rests) {
    const { limits } = problem;
    const { reals, marks } = await follow(problem, cells);
    const { width } = windowsOf(limits);
    const at = (slot, cell) => reals[slot * cells + cell];
    const pointAt = (slot, cell) => problem.parameters.map((p) => (p.lo === null ? at(slot++, cell) : at(slot++, cell) + at(slot++, cell)));
    const window = (slot, cell) => {
      const plain = { low: at(slot, cell), high: at(slot + 1, cell), origin: 0, sum: 0, squares: 0 };
      return gpu.window === 2 ? plain : { ...plain, origin: at(slot + 2, cell), sum: at(slot + 3, cell), squares: at(slot + 4, cell) };
    };
    const startOf = ({ hi }, cell) => (problem.initial[hi] === null ? 0 : Math.fround(knobAt(problem, problem.initial[hi], cell)));
    function word(cell, point) {
      const before = pointAt(gpu.before, cell);
      const moved = problem.parameters.some((p, i) => Math.abs(point[i] - before[i]) > limits.level * Math.max(Math.abs(point[i]), Math.abs(startOf(p, cell))));
      const windows = [window(gpu.windows, cell), window(gpu.windows + gpu.window, cell)];
      return trend(windows, at(0, cell), at(1, cell), limits.steps > 0 && moved, { ...limits, grain: gpu.grain }, width);
    }
    for (let cell = 0; cell < cells; cell++) {
      const [code, none] = [marks[cell], marks[cell] === gpu.no_loss];
      if (![CONVERGED, DIVERGED, gpu.out_of_steps, gpu.no_loss].includes(code)) throw new Error("the GPU left a descent on its way");
      const point = pointAt(2, cell);
      out.outcome[cell] = code === gpu.out_of_steps ? word(cell, point) : none ? DIVERGED : code;
      out.steps[cell] = marks[cells + cell];
      [out.start[cell], out.loss[cell]] = none ? [NaN, NaN] : [at(0, cell), at(1, cell)];
      out.ends.forEach((list, i) => (list[cell] = point[i]));
      if (code === CONVERGED) rests.add(cell, point);
    }
    rests.tell();
  }

  return { run };
}

// In the worker: an adapter, if there is one, and what runs on it once that is asked for.
async function openGpu(text, gpu, problem, lost) {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return null;
  const info = adapter.info ?? {};
  const isFallback = Boolean(info.isFallbackAdapter ?? adapter.isFallbackAdapter);
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(" ");
  let opened = null;
  async function open() {
    const device = await adapter.requestDevice();
    device.lost.then(({ message, reason }) => lost(message || reason));
    device.addEventListener("uncapturederror", ({ error }) => lost(error.message));
    return deviceOf(device, text, gpu, problem);
  }
  return { adapter: { isFallback, name }, run: async (...asked) => (await (opened ??= open())).run(...asked) };
}
