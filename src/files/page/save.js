// What a view leaves behind: the command that makes it, its numbers, its picture.

// What is seen: descents made for the view, or the cells of the sweep; with the axes as they are typed.
function seenNow() {
  const pass = livePass();
  if (pass) {
    const { view } = pass;
    const axis = (of, from, to, count) => typedAxis(of.each ? "listed" : of.scale, typedValues(of, from, to, count));
    return { pass, x: axis(X, view.x0, view.x1, pass.width), y: axis(Y, view.y0, view.y1, pass.height), nx: pass.width, ny: pass.height };
  }
  const whole = ({ scale, lo, hi, values }) => (scale === "listed" ? Array.from(values).join() : `${scale === "log" ? "log" : "lin"}:${lo}:${hi}:${values.length}`);
  return { pass: null, x: whole(X), y: Y && whole(Y), nx: D.nx, ny: D.ny };
}

function typedAxis(scale, values) {
  const even = scale === "linear" && values.length > 1 && values[0] < values.at(-1);
  return even ? `lin:${values[0]}:${values.at(-1)}:${values.length}` : Array.from(values).join();
}

// The words of a sweep that makes what is seen, to the bit.
function words() {
  const { x, y } = seenNow();
  const end = D.command.indexOf("--");
  const [asked, objective] = end < 0 ? [D.command, []] : [D.command.slice(0, end), D.command.slice(end)];
  const precision = precisionOf(onNow());
  const flags = asked.map((flag, at) => (asked[at - 1] === "--precision" ? precision : flag.replace(/^--precision=.*/, `--precision=${precision}`)));
  const limits = limitsNow();
  const own = [`--vary=${state.x.name}=${x}`, ...(Y ? [`--vary=${state.y.name}=${y}`] : [])];
  for (const knob of D.knobs.filter((knob) => knob.kind !== "hidden" && !axisOf(knob) && (knob.fixed !== undefined || state.knobs[knob.name] !== undefined))) {
    own.push(knob.kind === "seed" ? `--seed=${valueOf(knob)}` : `--set=${knob.name}=${valueOf(knob)}`);
  }
  own.push(`--steps=${limits.steps}`);
  if (limits.slopes) own.push(`--gtol=${limits.tolerances.join()}`);
  // On a GPU other cells would be computed anew in f64.
  if (precision !== "f64") own.push("--no-repair");
  return ["alphasweep", "sweep", ...flags, ...own, ...objective];
}

// As a shell takes it. What is no plain word stands in quotes, in which nothing has a meaning.
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
const command = () => words().map(quoted).join(" ");

async function copyCommand() {
  const text = command();
  byId("command").value = text;
  byId("command-box").hidden = false;
  const how = usesGpu() ? "but for where rounding decides" : "to the bit";
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied: in a terminal it makes this view, ${how}.`);
  } catch {
    byId("command").select();
    say(`Copy it from the box below: in a terminal it makes this view, ${how}.`);
  }
}

const say = (text) => (byId("said").textContent = text);

function save(blob, name) {
  const link = document.createElement("a");
  [link.href, link.download] = [URL.createObjectURL(blob), name];
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  say(`Saved as ${name}.`);
}

// Numbers as in the file of a sweep: the shortest text that reads back to the same.
function inFile(value, wide) {
  if (!Number.isFinite(value)) return "";
  const size = Math.abs(value);
  const text = exact(value, wide);
  return (size < 1e-5 && value !== 0) || size >= 1e16 ? Number(text).toExponential().replace("e+", "e") : Object.is(value, -0) ? "-0" : text;
}

async function saveCsv() {
  const { pass } = seenNow();
  if (!pass) return say("Zoom in or change something first: the numbers of the whole map are in the sweep's own losses.csv.");
  const { wide } = pass;
  const wideEnds = wide || precisionOf(pass.on) === "compensated";
  const names = [state.x.name, ...(Y ? [state.y.name] : []), "loss_start", "loss_final", ...D.parameters.map((p) => `${p.name}_final`), "steps", "outcome"];
  const header = `${names.map((name) => (/[",\n\r]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join()}\n`;
  const parts = [];
  say("Making every descent once more, with where it comes to …");
  await makeAll(pass, (data) => {
    const lines = [];
    for (let cell = 0, row = 0; row < data.rows; row++) {
      const y = inFile(pass.ys[data.row + row], wide);
      for (let column = 0; column < pass.width; column++, cell++) {
        const ends = data.ends.map((list) => inFile(list[cell], wideEnds));
        const losses = [data.start[cell], data.loss[cell]].map((loss) => inFile(loss, wide));
        lines.push([inFile(pass.xs[column], wide), y, ...losses, ...ends, data.steps[cell], D.outcomes[data.outcome[cell]].word].join());
      }
    }
    parts[data.row] = `${lines.join("\n")}\n`;
  });
  save(new Blob([header, ...parts.filter(Boolean)], { type: "text/csv" }), "losses.csv");
}

// The map with what it is of, and what its colours mean.
function savePng() {
  const ratio = window.devicePixelRatio || 1;
  const [wide, line, edge] = [map.width / ratio, 20, 12];
  const entries = [...byId("legend").querySelectorAll("label")].map((label) => [label.querySelector("input").checked, label.querySelector(".swatch"), label.querySelector("b").textContent]);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [map.width, map.height + Math.round((3 * line + edge) * ratio)];
  const context = canvas.getContext("2d");
  context.fillStyle = style("--back");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(map, 0, Math.round(2 * line * ratio));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = style("--ink");
  context.font = "600 15px system-ui, sans-serif";
  context.fillText(D.title, edge, line, wide - 2 * edge);
  context.font = "13px system-ui, sans-serif";
  context.fillText(byId("subtitle").textContent, edge, 2 * line - 2, wide - 2 * edge);
  let at = edge;
  for (const [, box, text] of entries.filter(([on]) => on)) {
    const y = map.height / ratio + 2 * line + 8;
    const colours = box.style.background.match(/rgb\([^)]*\)|#[0-9a-f]{6}/g) || [BESIDE];
    const ramp = context.createLinearGradient(at, 0, at + 30, 0);
    colours.forEach((colour, which) => ramp.addColorStop(colours.length > 1 ? which / (colours.length - 1) : 0, colour));
    context.fillStyle = ramp;
    context.fillRect(at, y, 30, 12);
    context.fillStyle = style("--ink");
    context.fillText(text, at + 36, y + 11);
    at += 50 + context.measureText(text).width;
  }
  canvas.toBlob((blob) => save(blob, "map.png"), "image/png");
}

function listenToSaving() {
  byId("copy").addEventListener("click", copyCommand);
  byId("save-png").addEventListener("click", savePng);
  byId("save-csv").addEventListener("click", saveCsv);
}
