// Runs kernels in Node, one after the other, as they come in on standard input. Of each: the bytes of its module and of its memory
// and the step to make, as u32; the module; what the memory holds. What it holds after the step goes to standard output.
import { readSync, writeSync } from "node:fs";

// None at the end of the input.
function read(size) {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const count = readSync(0, bytes, at, size - at);
    if (count === 0) return null;
    at += count;
  }
  return bytes;
}

for (let head = read(12); head !== null; head = read(12)) {
  const [ofModule, ofMemory, step] = [0, 4, 8].map((at) => head.readUInt32LE(at));
  const { memory, steps } = new WebAssembly.Instance(new WebAssembly.Module(read(ofModule))).exports;
  const bytes = new Uint8Array(memory.buffer, 0, ofMemory);
  bytes.set(read(ofMemory));
  steps(step, step + 1);
  for (let at = 0; at < ofMemory; ) at += writeSync(1, bytes, at);
}
