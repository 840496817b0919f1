// The lazy chunk for mathematics: KaTeX, its style sheet, and the drawing of one formula.
//
// The formula is drawn as nodes (never as HTML text) and its sizes are set through the CSSOM: the page's policy refuses
// style attributes, so the build replaces the four places where KaTeX would write one (build/katex.mjs). What KaTeX cannot
// read stays what it was: its source, marked as such.

import { render } from 'katex';
import sheet from 'virtual:katex-css';
import { base } from '../base.ts';

const kOptions = { output: 'htmlAndMathml', throwOnError: true, trust: false, strict: 'ignore', maxExpand: 1000, maxSize: 20 } as const;

const kFontsMs = 1000;

// Without its sheet KaTeX's boxes would lie over each other for a moment.
const styled: Promise<void> = new Promise((resolve, reject) => {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = base + sheet;
  link.onload = () => resolve();
  link.onerror = () => reject(new Error('the style sheet for formulas could not be loaded'));
  document.head.append(link);
});

// The fonts that nearly every formula has: drawn before them, it would move what stands below it a second time.
const fonts = (): Promise<unknown> => Promise.race([
  Promise.allSettled(['1em KaTeX_Main', 'italic 1em KaTeX_Math'].map((font) => document.fonts.load(font))),
  new Promise((resolve) => setTimeout(resolve, kFontsMs)),
]);
export const ready: Promise<unknown> = styled.then(fonts);

export function draw(node: HTMLElement, tex: string, display: boolean): void {
  const drawn = document.createElement('span');
  try {
    render(tex, drawn, { ...kOptions, displayMode: display });
    node.replaceChildren(...drawn.childNodes);
    node.classList.add('drawn');
  } catch {
    node.classList.add('unreadable');
  }
}
