// Draws the raster icons from public/icons/icon.svg with the installed Chromium. Run by hand after the mark changes
// (npm run icons); the results are kept in public/icons, so that a build needs no browser.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { reduce } from './palette.mjs';

const folder = join(import.meta.dirname, '../public/icons');
const svg = readFileSync(join(folder, 'icon.svg'), 'utf8');
const paper = '#fbf0e2';

// size in pixels, share of the width that the mark takes, ground ('' is transparent), corner radius in percent
const icons = {
  'icon-192.png': [192, 0.82, paper, 22],
  'icon-512.png': [512, 0.82, paper, 22],
  'icon-maskable-512.png': [512, 0.6, paper, 0], // within the circle of 80 percent
  'apple-touch-icon.png': [180, 0.76, paper, 0], // iOS rounds it; it may not be transparent
  'favicon-32.png': [32, 1, '', 0],
};

function page(size, share, ground, radius) {
  const picture = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  const side = Math.round(size * share);
  return `<body style="margin:0"><div style="width:${size}px;height:${size}px;display:grid;place-items:center;background:${ground || 'none'};border-radius:${radius}%">
    <img src="${picture}" width="${side}" height="${side}"></div>`;
}

// An .ico file may hold a PNG as it is: a header of 22 bytes before it.
function ico(png, side) {
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(1, 4);
  head[6] = side;
  head[7] = side;
  head.writeUInt16LE(1, 10);
  head.writeUInt16LE(32, 12);
  head.writeUInt32LE(png.length, 14);
  head.writeUInt32LE(22, 18);
  return Buffer.concat([head, png]);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const [name, [size, share, ground, radius]] of Object.entries(icons)) {
    const tab = await browser.newPage({ viewport: { width: size, height: size } });
    await tab.setContent(page(size, share, ground, radius), { waitUntil: 'load' });
    const png = await tab.screenshot({ omitBackground: true });
    if (name.startsWith('favicon')) writeFileSync(join(folder, 'favicon.ico'), ico(png, size));
    else writeFileSync(join(folder, name), reduce(png));
    await tab.close();
  }
} finally {
  await browser.close();
}
