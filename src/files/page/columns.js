// Columns beside loss, steps and outcome: told of the cell that is pointed at, and colours of the map. Only pages that have such
// columns have this part.

const [fillPlain, unpackedPlain] = [fill, unpacked];

unpacked = async function () {
  const derived = await Promise.all(D.derived.map(({ values }) => unpack(values, Float64Array)));
  D.derived.forEach(({ label }, at) => (COLOURS[`column${at}`] = columnColour(label, at)));
  return { ...(await unpackedPlain()), derived };
};

// Descents that are made for a view have no such number.
function columnColour(label, at) {
  const sorted = (made) => (made.derived ? made.derived[at].filter(Number.isFinite).sort() : new Float64Array());
  return {
    label,
    lacks: (made) => (made.derived ? "" : `${label} is told of the sweep's own cells alone: “As swept” shows them.`),
    of(made) {
      const [heights, beside, ranks] = [inked(D.heights), inked([BESIDE])[0], sorted(made)];
      const known = (cell) => made.derived && Number.isFinite(made.derived[at][cell]);
      return (cell) => (known(cell) ? heights[Math.round(rankOf(ranks, made.derived[at][cell]) * (heights.length - 1))] : beside);
    },
    numbers(made) {
      const ranks = sorted(made);
      return [ranks[0], ranks[ranks.length >> 1], ranks.at(-1)];
    },
  };
}

fill = function (list, rows) {
  if (list.id !== "reading" || !cursor || !isOwn() || liveAt(spot)) return fillPlain(list, rows);
  const cell = cellAt(cursor);
  const told = D.derived.map(({ label, wide }, at) => [label, exact(cells.derived[at][cell], wide)]);
  return fillPlain(list, [...rows.slice(0, -1), ...told, ...rows.slice(-1)]);
};
