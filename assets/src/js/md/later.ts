// Code is coloured and formulas are drawn when they come near the screen; what does it is loaded on the first one.

import { offerPreview } from './offer-preview.ts';
import { sourceOf } from './source.ts';
import { soon } from '../soon.ts';

const kSliceMs = 8; // of drawing in one go

async function colour(block: HTMLElement): Promise<void> {
  const code = block.querySelector<HTMLElement>('code[class^="language-"]');
  if (!code) return;
  const { highlight } = await import('./highlight.ts');
  soon(() => highlight(code)); // not all of them in the moment in which it is there
}

// Those that come near together are drawn together: what stands around them moves once.
async function formulas(nodes: HTMLElement[]): Promise<void> {
  const math = await import('./math.ts');
  await math.ready;
  const draw = (): void => {
    for (const end = performance.now() + kSliceMs; nodes.length > 0 && performance.now() < end;) {
      const node = nodes.shift()!;
      const source = sourceOf(node);
      if (source?.tex !== undefined && !node.classList.contains('drawn')) math.draw(node, source.tex, source.display === true);
    }
    if (nodes.length > 0) soon(draw);
  };
  soon(draw);
}

let observer: IntersectionObserver | undefined;
const ignore = (): void => undefined; // offline before the chunk was kept: plain code and the formula's source are readable too

// For code blocks and formulas alike, when they are complete. The text is painted before anything is fetched for it.
export function drawLater(node: HTMLElement): void {
  offerPreview(node);
  observer ??= new IntersectionObserver(
    (entries) => {
      const near = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target as HTMLElement);
      for (const one of near) observer!.unobserve(one);
      const math = near.filter((one) => one.classList.contains('math'));
      if (math.length > 0) soon(() => void formulas(math).catch(ignore));
      for (const one of near) if (!math.includes(one)) soon(() => void colour(one).catch(ignore));
    },
    { rootMargin: '600px 0px' },
  );
  observer.observe(node);
}
