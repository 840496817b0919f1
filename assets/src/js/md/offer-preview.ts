// HTML and drawings can be looked at, once they are complete: a button beside Copy. What opens them is fetched with the first.

import { toast } from '../state/status.ts';
import { t } from '../words.ts';
import { element, text } from './nodes.ts';
import { sourceOf } from './source.ts';

const kDrawing = /^(?:\uFEFF|\s|<\?[^>]*>|<!--(?:(?!-->)[^])*-->|<!doctype svg[^>]*>)*<svg\b/i; // in a file that calls itself XML

function open(block: HTMLElement): void {
  const drawing = sourceOf(block)?.language !== 'html';
  import('../ui/preview.tsx').then((module) => module.openPreview(block, drawing), () => toast(t('chunk_failed')));
}

export function offerPreview(block: HTMLElement): void {
  const { language, text: code } = sourceOf(block) ?? {};
  const shown = language === 'html' || language === 'svg' || (language === 'xml' && kDrawing.test(code!));
  if (!shown || block.querySelector('.code-preview')) return;
  const button = element('button', { type: 'button', class: 'code-tool code-preview', 'aria-haspopup': 'dialog' }, [text(t('code_preview'))]);
  button.addEventListener('click', () => open(block));
  block.querySelector('.code-copy')!.before(button);
}
