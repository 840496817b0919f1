// A part of the app that is fetched when it is first shown.

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../words.ts';

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [state, setState] = useState<'loading' | 'ready' | 'failed'>(loaded ? 'ready' : 'loading');
    const fetchIt = (): void => {
      setState('loading');
      load().then((component) => {
        loaded = component;
        setState('ready');
      }, () => setState('failed'));
    };
    useEffect(() => void (loaded ?? fetchIt()), []);
    const Loaded = loaded;
    if (Loaded) return <Loaded {...props} />;
    if (state !== 'failed') return <div class="loading" aria-busy="true" />;
    return (
      <div class="not-here" role="alert">
        <p>{t('chunk_failed')}</p>
        <button type="button" class="button" onClick={fetchIt}>{t('retry')}</button>
      </div>
    );
  };
}
