// Trainings of networks are not made anew in a page: of a cell that is followed its history is drawn, where there is one. Only pages
// of networks have this part.

const unpackedCells = unpacked;

unpacked = async function () {
  const history = D.history ? await Promise.all(D.history.columns.map(({ values }) => unpack(values, Float32Array))) : [];
  return { ...(await unpackedCells()), history };
};

// What is recorded of a cell in one column, until the training ends.
function recorded(column, cell) {
  const { every, records } = D.history;
  const values = cells.history[column].subarray(cell * records, (cell + 1) * records);
  return Array.from(values, (y, at) => ({ x: at * every, y })).filter(({ y }) => Number.isFinite(y));
}

followPlaces = function () {
  const chosen = state.places.map((place) => cellAt({ x: X.values.indexOf(place.x), y: Y ? Y.values.indexOf(place.y) : 0 })).filter((cell) => cell >= 0);
  byId("path-title").textContent = "The training of a cell";
  byId("paths").hidden = !D.history || chosen.length === 0;
  byId("path-beside").hidden = byId("path-key").hidden = chosen.length < 2;
  for (const id of ["play", "path-step", "path-at", "path-loss", "path-parameters"]) byId(id).hidden = true;
  byId("path-text").textContent = D.history
    ? "Click a cell, or press Enter, to see how its training went. Shift and a click show a second one beside it."
    : "Sweeps with --history N record how trainings went.";
  chosen.forEach((cell, at) => (byId(["path-text", "path-beside"][at]).textContent = `${chosen.length > 1 ? `${"AB"[at]}: ` : ""}${trainingInWords(cell)}.`));
  drawPath();
};

function trainingInWords(cell) {
  const at = { x: cell % D.nx, y: Math.floor(cell / D.nx) };
  const names = [`${X.label} = ${exact(X.values[at.x], WIDE)}`, ...(Y ? [`${Y.label} = ${exact(Y.values[at.y], WIDE)}`] : [])];
  return `${names.join(", ")}: ${D.outcomes[cells.outcome[cell]].word} after ${cells.steps[cell]} steps at loss ${exact(cells.loss[cell], WIDE)}`;
}

// A canvas for each column, of all that are followed.
drawPath = function () {
  if (byId("paths").hidden) return;
  const chosen = state.places.map((place) => cellAt({ x: X.values.indexOf(place.x), y: Y ? Y.values.indexOf(place.y) : 0 }));
  D.history.columns.forEach(({ label }, column) => {
    const curves = chosen.map((cell, at) => {
      const points = recorded(column, cell);
      return { points, colour: style(["--accent", "--other"][at]), shown: points.length };
    });
    plotCurves(historyCanvas(column, label), curves, { label: "step" }, { label, log: /loss/.test(label) });
  });
};

function historyCanvas(column, label) {
  const known = byId(`history-${column}`);
  if (known) return known;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { id: `history-${column}`, className: "history" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${label} against step`);
  byId("paths").append(canvas);
  return canvas;
}
