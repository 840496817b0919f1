// Where this account is signed in.

import * as api from '../api.ts';
import { toast } from '../state/status.ts';
import { dateTime, t } from '../words.ts';
import { Loading, Problem, useAction, useLoad } from './forms.tsx';
import { Card } from './frame.tsx';

interface Row {
  id: string;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  ip: string;
  user_agent: string;
}

// "Firefox on Linux" is what people know; the rest of a user agent says nothing to them.
export function device(agent: string): string {
  const browser = /Edg\//.test(agent) ? 'Edge' : /OPR\//.test(agent) ? 'Opera' : /Firefox\//.test(agent) ? 'Firefox' : /Chrom(e|ium)\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : '';
  const system = /Android/.test(agent) ? 'Android' : /iPhone/.test(agent) ? 'iPhone' : /iPad/.test(agent) ? 'iPad' : /Windows/.test(agent) ? 'Windows' : /Mac OS X/.test(agent) ? 'macOS' : /CrOS/.test(agent) ? 'ChromeOS' : /Linux/.test(agent) ? 'Linux' : '';
  if (!browser && !system) return agent.slice(0, 60) || t('device_unknown');
  return browser && system ? t('device_on', { browser, system }) : browser || system;
}

export function Sessions() {
  const list = useLoad<{ sessions: Row[] }>('/sessions');
  const action = useAction();
  const end = (path: string): void => void action.run(async () => {
    await api.remove(path);
    list.reload();
    toast(t('session_ended'));
  });
  const rows = list.data?.sessions ?? [];
  return (
    <Card text={t('sessions_text')}>
      <Loading of={list} />
      <Problem error={action.error} />
      <ul class="rows-list">
        {rows.map((row) => (
          <li key={row.id}>
            <div>
              <p class="row-name">{device(row.user_agent)}{row.current && <span class="tag">{t('session_this')}</span>}</p>
              <p class="quiet">{t('session_facts', { ip: row.ip || '–', seen: dateTime(row.last_seen_at), since: dateTime(row.created_at) })}</p>
            </div>
            {!row.current && <button type="button" class="button" onClick={() => end(`/sessions/${row.id}`)}>{t('session_end')}</button>}
          </li>
        ))}
      </ul>
      {rows.length > 1 && <div class="form-actions"><button type="button" class="button" onClick={() => end('/sessions')}>{t('sessions_end_others')}</button></div>}
    </Card>
  );
}
