// Keys for the providers of models. A key is stored encrypted and never shown again.

import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { loadModels } from '../state/models.ts';
import { toast } from '../state/status.ts';
import { t } from '../words.ts';
import { Field, Form, Loading, Problem, useAction, useLoad } from './forms.tsx';
import { Card } from './frame.tsx';

interface Provider {
  id: string;
  name: string;
  key_from: 'environment' | 'stored' | null;
  last4: string | null;
  base_url: string | null;
}

export function Keys() {
  const list = useLoad<Provider[] | { providers: Provider[] }>('/admin/providers');
  const action = useAction();
  const [editing, setEditing] = useState<string | null>(null);
  const rows = Array.isArray(list.data) ? list.data : (list.data?.providers ?? []);
  const changed = (): void => {
    setEditing(null);
    list.reload();
    void loadModels();
    toast(t('saved'));
  };
  const state = (row: Provider): string => {
    if (!row.key_from) return t('key_none');
    return t(row.key_from === 'stored' ? 'key_stored' : 'key_environment', { last4: row.last4 ?? '' });
  };
  return (
    <Card text={t('keys_text')}>
      <Loading of={list} />
      <Problem error={action.error} />
      <ul class="rows-list">
        {rows.map((row) => (
          <li key={row.id} class={editing === row.id ? 'wide' : ''}>
            <div>
              <p class="row-name">{row.name}</p>
              <p class="quiet">{state(row)}{row.base_url && <> · <span class="address">{row.base_url}</span></>}</p>
            </div>
            {editing === row.id ? (
              <Form
                submit={t('key_save')} onSubmit={async ({ key = '' }) => (await api.put(`/admin/providers/${row.id}/key`, { key: key.trim() }), changed())}
                more={<button type="button" class="button" onClick={() => setEditing(null)}>{t('cancel')}</button>}
              >
                <Field label={t('key_for', { name: row.name })} name="key" type="password" autocomplete="off" required maxLength={512} spellcheck={false} />
              </Form>
            ) : (
              <span class="row-actions">
                <button type="button" class="button" onClick={() => setEditing(row.id)}>{row.key_from === 'stored' ? t('key_replace') : t('key_add')}<span class="offscreen"> {row.name}</span></button>
                {row.key_from === 'stored' && (
                  <button type="button" class="button" onClick={() => void action.run(async () => (await api.remove(`/admin/providers/${row.id}/key`), changed()))}>{t('delete')}<span class="offscreen"> {row.name}</span></button>
                )}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
