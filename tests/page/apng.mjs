// Pictures as a moving one: screenshots (PNG of 8 bits per channel) as an APNG of at most 255 colours, of which every frame holds what
// is other than before.
import { deflateSync, inflateSync, crc32 } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

function chunksOf(png) {
  const chunks = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ name: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

// Width, height, and one number for the colour of every pixel.
export function pixelsOf(png) {
  const chunks = chunksOf(png);
  const header = chunks.find(({ name }) => name === "IHDR").data;
  const [width, height, depth, kind] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9]];
  if (depth !== 8 || (kind !== 2 && kind !== 6) || header[12] !== 0) throw new Error("a PNG of 8 bits per channel is expected");
  const size = kind === 2 ? 3 : 4;
  const raw = inflateSync(Buffer.concat(chunks.filter(({ name }) => name === "IDAT").map(({ data }) => data)));
  const stride = width * size;
  const rows = Buffer.alloc(height * stride);
  const nearest = (left, up, corner) => {
    const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
    return a <= b && a <= c ? left : b <= c ? up : corner;
  };
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x >= size ? rows[y * stride + x - size] : 0;
      const up = y > 0 ? rows[(y - 1) * stride + x] : 0;
      const corner = x >= size && y > 0 ? rows[(y - 1) * stride + x - size] : 0;
      const more = [0, left, up, (left + up) >> 1, nearest(left, up, corner)][filter];
      rows[y * stride + x] = raw[y * (stride + 1) + 1 + x] + more;
    }
  }
  const pixels = new Int32Array(width * height);
  for (let at = 0; at < pixels.length; at++) pixels[at] = (rows[at * size] << 16) | (rows[at * size + 1] << 8) | rows[at * size + 2];
  return { width, height, pixels };
}

// The colours of most pixels, and which of them is nearest to any other. Colour 0 is left for what stays.
function paletteOf(frames) {
  const counts = new Map();
  for (const { pixels } of frames) for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const apart = (a, b) => parts(a).reduce((sum, value, at) => sum + (value - parts(b)[at]) ** 2, 0);
  // Neighbours of a colour that is taken need none of their own, until all others are taken.
  const sorted = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const taken = [];
  for (const far of [300, 100, 30, 0]) {
    for (const colour of sorted.slice(0, 20000)) {
      if (taken.length < 255 && taken.every((other) => apart(colour, other) > far)) taken.push(colour);
    }
  }
  const known = new Map(taken.map((colour, at) => [colour, at + 1]));
  const indexOf = (colour) => {
    if (!known.has(colour)) known.set(colour, taken.reduce((best, other, at) => (apart(colour, other) < apart(colour, taken[best]) ? at : best), 0) + 1);
    return known.get(colour);
  };
  return { bytes: Buffer.from([0, 0, 0, ...taken.flatMap(parts)]), indexOf };
}

// The part in which two frames differ.
function changed(before, now, width, height) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (before && before[y * width + x] === now[y * width + x]) continue;
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), y];
    }
  }
  return right < 0 ? { left: 0, top: 0, wide: 1, high: 1 } : { left, top, wide: right - left + 1, high: bottom - top + 1 };
}

// `frames` are screenshots with how many milliseconds each is shown.
export function apng(shots) {
  const frames = shots.map(({ png, ms }) => ({ ...pixelsOf(png), ms }));
  const { width, height } = frames[0];
  const palette = paletteOf(frames);
  const chunks = [];
  const add = (name, data) => {
    const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    chunks.push(length, body, check);
  };
  const words = (...values) => Buffer.concat(values.map((value) => (Buffer.isBuffer(value) ? value : (([bytes, number]) => (bytes.writeUInt32BE(number), bytes))([Buffer.alloc(4), value]))));
  add("IHDR", words(width, height, Buffer.from([8, 3, 0, 0, 0])));
  add("acTL", words(frames.length, 0));
  add("PLTE", palette.bytes);
  add("tRNS", Buffer.from([0]));
  let [before, sequence] = [null, 0];
  for (const { pixels, ms } of frames) {
    const now = Uint8Array.from(pixels, palette.indexOf);
    const { left, top, wide, high } = changed(before, now, width, height);
    const rows = Buffer.alloc(high * (wide + 1));
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const at = (top + y) * width + left + x;
        rows[y * (wide + 1) + 1 + x] = before && before[at] === now[at] ? 0 : now[at];
      }
    }
    const data = deflateSync(rows, { level: 9 });
    // Shown so long, left as it is, laid over what was there.
    add("fcTL", words(sequence++, wide, high, left, top, Buffer.from([ms >> 8, ms & 255, 1000 >> 8, 1000 & 255, 0, before ? 1 : 0])));
    before ? add("fdAT", words(sequence++, data)) : add("IDAT", data);
    before = now;
  }
  add("IEND", Buffer.alloc(0));
  return Buffer.concat([SIGNATURE, ...chunks]);
}
