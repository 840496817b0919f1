// What a search finds: titles at once from the list, then the server's results with the found words marked.

import './more-words.ts';
import { useEffect, useState } from 'preact/hooks';
import * as api from '../api.ts';
import { conversations, titleOf } from '../state/conversations.ts';
import { online } from '../state/status.ts';
import { matches } from '../state/tree.ts';
import { t } from '../words.ts';
import { Row } from './row.tsx';
import { drawer } from './view.ts';

interface Result {
  conversation_id: string;
  title: string;
  message_id: string | null;
  role: string | null;
  snippet: { text: string; mark: boolean }[];
}

interface Found {
  query: string;
  results: Result[];
  cursor: string | null;
  failed: boolean;
}

const kWaitMs = 180;
const kNothing: Found = { query: '', results: [], cursor: null, failed: false };

function useResults(query: string): [Found, () => void] {
  const [found, setFound] = useState<Found>(kNothing);
  const ask = async (cursor: string | null, signal?: AbortSignal): Promise<void> => {
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page = await api.get<{ results: Result[]; next_cursor?: string | null }>(`/search?q=${encodeURIComponent(query)}${more}`, signal ? { signal } : {});
    setFound((before) => ({ query, results: cursor ? [...before.results, ...page.results] : page.results, cursor: page.next_cursor ?? null, failed: false }));
  };
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask(null, abort.signal).catch(() => void (abort.signal.aborted || setFound({ ...kNothing, query, failed: true })));
    }, kWaitMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query, online.value]);
  return [found, () => void ask(found.cursor).catch(() => undefined)];
}

function Hit({ result }: { result: Result }) {
  return (
    <li class="hit">
      <a href={`/c/${result.conversation_id}${result.message_id ? `#m=${result.message_id}` : ''}`} data-go onClick={() => (drawer.value = false)}>
        <span class="hit-title" dir="auto">{result.title || t('new_chat')}</span>
        <span class="hit-text" dir="auto">{result.snippet.map((part, i) => (part.mark ? <mark key={i}>{part.text}</mark> : part.text))}</span>
      </a>
    </li>
  );
}

export function SearchResults({ query }: { query: string }) {
  const [found, more] = useResults(query);
  const titles = conversations.value.filter((c) => matches(titleOf(c), query));
  const hits = found.results.filter((r) => r.message_id !== null || !titles.some((c) => c.id === r.conversation_id));
  const settled = found.query === query;
  return (
    <>
      <p class="offscreen" role="status">{settled ? t('search_found', { n: titles.length + hits.length }) : ''}</p>
      {titles.length > 0 && (
        <section>
          <h2 class="group">{t('search_titles')}</h2>
          <ul>{titles.slice(0, 50).map((c) => <Row key={c.id} row={c} />)}</ul>
        </section>
      )}
      {hits.length > 0 && (
        <section class={settled ? '' : 'older'}>
          <h2 class="group">{t('search_messages')}</h2>
          <ul>{hits.map((r) => <Hit key={`${r.conversation_id} ${r.message_id}`} result={r} />)}</ul>
        </section>
      )}
      {settled && found.cursor && <button type="button" class="button more" onClick={more}>{t('show_more')}</button>}
      {settled && found.failed && <p class="quiet nothing">{t('search_failed')}</p>}
      {settled && !found.failed && titles.length + hits.length === 0 && <p class="quiet nothing">{t('search_none')}</p>}
    </>
  );
}
