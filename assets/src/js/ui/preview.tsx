// HTML or SVG of an answer, shown as a page: in a frame with an origin of its own that reaches neither this page nor any
// network (src/api/response_headers.cpp). The frame says when it is there, and is given the text. What it says is believed
// as far as it can do no harm: that something was blocked, and that Escape was pressed in it.

import '../../css/preview.css';
import './more-words.ts';
import { render } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { base } from '../base.ts';
import { codeText } from '../md/code-text.ts';
import { online } from '../state/status.ts';
import { t } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';

const kAnswerMs = 8000; // a frame that has not spoken by then has not come
const kReloadMs = 500; // a page that loads itself again and again does not keep the machine busy

// A drawing alone stands in the middle of its sheet. What stands before it in an XML file is nothing in HTML.
function documentOf(code: string, svg: boolean): string {
  if (!svg) return code;
  const drawing = code.replace(/^[^]*?(?=<svg\b)/i, '');
  return `<!doctype html><style>html,body{height:100%;margin:0}body{display:grid;place-items:center}svg{max-width:100%;max-height:100%}</style>${drawing}`;
}

type State = 'coming' | 'here' | 'failed';

function Frame({ code }: { code: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [state, setState] = useState<State>(online.peek() ? 'coming' : 'failed');
  const [blocked, setBlocked] = useState(false);
  const [round, setRound] = useState(0);
  useLayoutEffect(() => { // before the frame can speak
    let given = -kReloadMs;
    const timer = setTimeout(() => setState((now) => (now === 'coming' ? 'failed' : now)), kAnswerMs);
    const onMessage = ({ source, data }: MessageEvent): void => {
      const own = frame.current?.contentWindow;
      if (!own || source !== own) return;
      if (data === 'blocked') setBlocked(true);
      else if (data === 'close') frame.current!.closest('dialog')!.close();
      else if (data === 'ready' && performance.now() - given >= kReloadMs) {
        given = performance.now();
        own.postMessage(code, '*'); // its origin has no name
        setState('here');
      }
    };
    addEventListener('message', onMessage);
    return () => {
      clearTimeout(timer);
      removeEventListener('message', onMessage);
    };
  }, [round]);
  const retry = (): void => {
    setState('coming');
    setRound(round + 1);
  };
  if (state === 'failed') {
    return (
      <div class="not-here" role="alert">
        <p>{t(online.value ? 'preview_failed' : 'preview_offline')}</p>
        <button type="button" class="button" onClick={retry}>{t('retry')}</button>
      </div>
    );
  }
  return (
    <>
      <iframe key={round} ref={frame} class="sheet" sandbox="allow-scripts" src={`${base}preview`} title={t('code_preview')} aria-busy={state === 'coming'} />
      {blocked && <p class="preview-note" role="status"><Icon name="info" size={18} /><span>{t('preview_blocked')}</span></p>}
    </>
  );
}

const Larger = () => <svg class="icon" width="20" height="20" viewBox="0 0 24 24" aria-hidden="true"><path d="M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5" /></svg>;

// The block as it stands in the answer, with its colours.
function Source({ block }: { block: HTMLElement }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => ref.current!.replaceChildren(block.querySelector('pre')!.cloneNode(true)), []);
  return <div class="prose preview-code"><div ref={ref} class="code" dir="ltr" /></div>;
}

function Preview({ block, svg, onClose }: { block: HTMLElement; svg: boolean; onClose: () => void }) {
  const [view, setView] = useState<'page' | 'code'>('page');
  const [large, setLarge] = useState(false);
  const [code] = useState(() => documentOf(codeText(block.querySelector('pre code')!), svg));
  const choice = (name: typeof view, label: string) => (
    <label><input type="radio" name="preview-view" checked={view === name} onChange={() => setView(name)} /><span>{label}</span></label>
  );
  return (
    <Dialog title={t('code_preview')} name="preview" onClose={onClose}>
      <div class="preview-bar" data-large={large}>
        <fieldset class="segments"><legend class="offscreen">{t('preview_show')}</legend>{choice('page', t('code_preview'))}{choice('code', t('code_label_plain'))}</fieldset>
        <button type="button" class="icon-button preview-large" aria-pressed={large} aria-label={t('preview_large')} title={t('preview_large')} onClick={() => setLarge(!large)}><Larger /></button>
      </div>
      <div class="preview-page" hidden={view !== 'page'}><Frame code={code} /></div>
      {view === 'code' && <Source block={block} />}
    </Dialog>
  );
}

export function openPreview(block: HTMLElement, svg: boolean): void {
  const host = document.body.appendChild(document.createElement('div'));
  const close = (): void => {
    render(null, host);
    host.remove();
  };
  render(<Preview block={block} svg={svg} onClose={close} />, host);
}
