// Columns that follow from others: told of the cell that is pointed at. Only pages that have such columns have this part.

const [fillPlain, unpackedPlain] = [fill, unpacked];

unpacked = async function () {
  const derived = Promise.all(D.derived.map(({ values }) => unpack(values, Float64Array)));
  return { ...(await unpackedPlain()), derived: await derived };
};

fill = function (list, rows) {
  if (list.id !== "reading" || !cursor || !isOwn() || liveAt(spot)) return fillPlain(list, rows);
  const cell = cellAt(cursor);
  const told = D.derived.map(({ label, wide }, at) => [label, exact(cells.derived[at][cell], wide)]);
  return fillPlain(list, [...rows.slice(0, -1), ...told, ...rows.slice(-1)]);
};
