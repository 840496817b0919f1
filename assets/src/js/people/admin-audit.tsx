// What was done to accounts, keys and limits, newest first.

import { dateTime, t } from '../words.ts';
import { Loading, usePages } from './forms.tsx';
import { Card } from './frame.tsx';

interface Entry {
  id: string;
  at: string;
  actor: string | null;
  action: string;
  target: string | null;
  ip: string | null;
  detail: unknown;
}

const detailOf = (detail: unknown): string => (detail === null || detail === undefined || detail === '' ? '' : typeof detail === 'string' ? detail : JSON.stringify(detail));

export function Audit() {
  const list = usePages<Entry>('/admin/audit', 'entries');
  return (
    <Card text={t('audit_text')}>
      <Loading of={list.loaded} />
      <div class="table-box" tabindex={0} role="group" aria-label={t('audit')}>
        <table class="numbers audit">
          <thead><tr><th scope="col">{t('audit_when')}</th><th scope="col">{t('audit_who')}</th><th scope="col">{t('audit_what')}</th><th scope="col">{t('audit_target')}</th><th scope="col">{t('audit_from')}</th></tr></thead>
          <tbody>
            {list.rows.map((row) => (
              <tr key={row.id}><td>{dateTime(row.at)}</td><td dir="auto">{row.actor ?? '–'}</td><td>{row.action}</td><td dir="auto">{[row.target, detailOf(row.detail)].filter(Boolean).join(' ') || '–'}</td><td>{row.ip ?? '–'}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
      {list.more && <button type="button" class="button more" onClick={list.more}>{t('show_more')}</button>}
    </Card>
  );
}
