// Small PNGs without a library: read what Chromium writes (8 bits, RGB or RGBA, not interlaced), reduce it to a palette,
// write it again. Pictures of an interface have few colours, so 64 of them look the same and take a third of the bytes.
// Source: W3C PNG (third edition, 2025).
import { crc32 as zlibCrc, deflateSync, inflateSync } from 'node:zlib';

const kSignature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const kTable = Array.from({ length: 256 }, (_, n) => {
  for (let i = 0; i < 8; i++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
const crc32 = zlibCrc ?? ((data) => (~data.reduce((crc, byte) => kTable[(crc ^ byte) & 255] ^ (crc >>> 8), 0xffffffff)) >>> 0);

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// { width, height, pixels: Uint32Array of 0xAABBGGRR }. Reads palettes too, so that what encode() wrote can be compared.
export function decode(png) {
  let at = 8;
  const parts = {};
  while (at < png.length) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    parts[type] = parts[type] ? Buffer.concat([parts[type], png.subarray(at + 8, at + 8 + length)]) : png.subarray(at + 8, at + 8 + length);
    at += length + 12;
  }
  const [width, height, depth, kind, , , interlaced] = [parts.IHDR.readUInt32BE(0), parts.IHDR.readUInt32BE(4), ...parts.IHDR.subarray(8)];
  const channels = { 2: 3, 3: 1, 6: 4 }[kind];
  if (depth !== 8 || !channels || interlaced) throw new Error(`not a PNG of ours: depth ${depth}, kind ${kind}`);
  const raw = inflateSync(parts.IDAT);
  const stride = width * channels;
  const lines = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? lines[y * stride + x - channels] : 0;
      const up = y ? lines[(y - 1) * stride + x] : 0;
      const corner = x >= channels && y ? lines[(y - 1) * stride + x - channels] : 0;
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      lines[y * stride + x] = raw[y * (stride + 1) + 1 + x] + predicted;
    }
  }
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    const p = i * channels;
    const c = kind === 3 ? [...parts.PLTE.subarray(lines[p] * 3, lines[p] * 3 + 3), parts.tRNS?.[lines[p]] ?? 255] : [lines[p], lines[p + 1], lines[p + 2], channels === 4 ? lines[p + 3] : 255];
    pixels[i] = (c[3] << 24) | (c[2] << 16) | (c[1] << 8) | c[0];
  }
  return { width, height, pixels };
}

const channel = (colour, i) => (colour >>> (8 * i)) & 255;

// Median cut: the box with the widest channel is halved at its median until there are enough boxes.
function paletteOf(pixels, most) {
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const widest = (box) => {
    let best = [0, 0];
    for (let i = 0; i < 4; i++) {
      const values = box.map(([colour]) => channel(colour, i));
      const width = values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
      if (width > best[0]) best = [width, i];
    }
    return best;
  };
  const measure = (box) => ({ box, widest: widest(box), weight: box.reduce((sum, [, n]) => sum + n, 0) });
  const boxes = [measure([...counts])];
  while (boxes.length < most) {
    const next = boxes.reduce((best, one) => (one.widest[0] * Math.sqrt(one.weight) > best.widest[0] * Math.sqrt(best.weight) ? one : best));
    if (next.widest[0] === 0) break;
    const sorted = [...next.box].sort(([a], [b]) => channel(a, next.widest[1]) - channel(b, next.widest[1]));
    let half = 0;
    let cut = 0;
    while (cut < sorted.length - 1 && half + sorted[cut][1] <= next.weight / 2) half += sorted[cut++][1];
    cut = Math.max(1, cut);
    boxes.splice(boxes.indexOf(next), 1, measure(sorted.slice(0, cut)), measure(sorted.slice(cut)));
  }
  const index = new Map();
  const colours = boxes.map(({ box }, i) => {
    for (const [colour] of box) index.set(colour, i);
    return box.reduce((most, one) => (one[1] > most[1] ? one : most))[0]; // the commonest, so that flat areas stay what they are
  });
  return { colours, index };
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

export function encode({ width, height, pixels }, most = 64) {
  const { colours, index } = paletteOf(pixels, most);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) lines[y * (width + 1) + 1 + x] = index.get(pixels[y * width + x]);
  const plte = Buffer.from(colours.flatMap((c) => [channel(c, 0), channel(c, 1), channel(c, 2)]));
  const trns = Buffer.from(colours.map((c) => channel(c, 3)));
  const parts = [chunk('IHDR', head), chunk('PLTE', plte)];
  if (trns.some((alpha) => alpha < 255)) parts.push(chunk('tRNS', trns));
  return Buffer.concat([kSignature, ...parts, chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

export const reduce = (png, most) => encode(decode(png), most);
