// KaTeX as the app wants it:
// - no style attributes: the page's policy refuses them (style-src 'self'), so the four places where KaTeX writes attributes
//   from a table set a "style" through the CSSOM instead; the build fails when a new version has other places;
// - its style sheet as a file of its own, loaded with the first formula, with woff2 alone and without the faces that answers
//   hardly ever use (bold Fraktur and calligraphic, italic text: the browser thickens or slants another one) or that the
//   page has itself (typewriter, sans serif).
// `virtual:katex-css` exports the sheet's path under the app's base.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const dist = join(import.meta.dirname, '../node_modules/katex/dist');
const kRare = /KaTeX_(?:Fraktur-Bold|Caligraphic-Bold|SansSerif-\w+|Typewriter-\w+|Main-BoldItalic|Main-Italic)\./;
const kPlaces = { 'node.setAttribute(attr, this.attributes[attr])': 3, 'node.setAttribute(attr, value)': 1 };
const hash = (data) => createHash('sha256').update(data).digest('base64url').slice(0, 8);

function withoutStyleAttributes(code) {
  for (const [place, expected] of Object.entries(kPlaces)) {
    const pieces = code.split(place);
    if (pieces.length - 1 !== expected) throw new Error(`KaTeX has ${pieces.length - 1} × "${place}", not ${expected}: read build/katex.mjs`);
    code = pieces.join(place.replace('node.setAttribute(', 'setOne(node, '));
  }
  return `${code}\nfunction setOne(node, name, value) { if (name === 'style') node.style.cssText = value; else node.setAttribute(name, value); }\n`;
}

// The sheet, and the font files that it names: [{ fileName, source }], the sheet first.
export function katexFiles() {
  const fonts = [];
  const own = readFileSync(join(dist, 'katex.min.css'), 'utf8').replaceAll(/font-family:KaTeX_(SansSerif|Typewriter)(?![^{}]*src:)/g, (_, name) => `font-family:var(--${name === 'SansSerif' ? 'sans' : 'mono'})`);
  const sheet = own.replace(/@font-face\{[^}]*\}/g, (face) => {
    if (kRare.test(face)) return '';
    const name = /url\(fonts\/([\w-]+)\.woff2\)/.exec(face)[1];
    const source = readFileSync(join(dist, `fonts/${name}.woff2`));
    const fileName = `${name}-${hash(source)}.woff2`;
    fonts.push({ fileName: `assets/${fileName}`, source });
    return face.replace(/src:[^;}]*/, `src:url(${fileName}) format("woff2")`);
  });
  return [{ fileName: `assets/katex-${hash(sheet)}.css`, source: sheet }, ...fonts];
}

export function katex() {
  const files = katexFiles();
  return {
    name: 'katex',
    resolveId: (id) => (id === 'virtual:katex-css' ? '\0katex-css' : null),
    load: (id) => (id === '\0katex-css' ? `export default ${JSON.stringify(files[0].fileName)};` : null),
    transform: (code, id) => (/katex[\\/]dist[\\/]katex\.mjs$/.test(id) ? { code: withoutStyleAttributes(code), map: null } : null),
    generateBundle() {
      for (const file of files) this.emitFile({ type: 'asset', ...file });
    },
  };
}
