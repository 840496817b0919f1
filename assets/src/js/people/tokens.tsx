// API tokens: for programs that talk to this server in the person's name.

import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { date, t } from '../words.ts';
import { Field, Form, Loading, Problem, Secret, Select, useAction, useLoad } from './forms.tsx';
import { Card } from './frame.tsx';

interface Token {
  id: string;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  last4: string;
}

const scopes = ['chat', 'read', 'write'] as const;

function NewToken({ onMade }: { onMade: (token: string) => void }) {
  const [days, setDays] = useState('90');
  const make = async ({ name = '', ...rest }: Record<string, string>): Promise<void> => {
    const wanted = scopes.filter((scope) => rest[`scope_${scope}`] === 'on');
    const made = await api.post<{ token: string }>('/tokens', { name, scopes: wanted, ...(days === '0' ? {} : { expires_days: Number(days) }) });
    onMade(made.token);
  };
  const lives = [['30', t('token_days_30')], ['90', t('token_days_90')], ['365', t('token_days_365')], ['0', t('token_forever')]].map(([value, label]) => ({ value: value!, label: label! }));
  return (
    <Card title={t('token_new')}>
      <Form submit={t('token_make')} onSubmit={make}>
        <Field label={t('token_name')} name="name" type="text" autocomplete="off" required maxLength={100} dir="auto" hint={t('token_name_hint')} />
        <fieldset class="checks">
          <legend>{t('token_scopes')}</legend>
          {scopes.map((scope) => (
            <label key={scope}><input type="checkbox" name={`scope_${scope}`} defaultChecked={scope === 'chat'} /><span>{t(`scope_${scope}`)}</span></label>
          ))}
        </fieldset>
        <Select label={t('token_life')} name="life" value={days} options={lives} onChange={setDays} />
      </Form>
    </Card>
  );
}

export function Tokens() {
  const list = useLoad<{ tokens: Token[] }>('/tokens');
  const action = useAction();
  const [made, setMade] = useState('');
  const rows = list.data?.tokens ?? [];
  return (
    <>
      {made && (
        <Card title={t('token_made')} text={t('token_once')}>
          <Secret text={made} label={t('token_made')} />
          <div class="form-actions"><button type="button" class="button main" onClick={() => setMade('')}>{t('done')}</button></div>
        </Card>
      )}
      <Card text={t('tokens_text')}>
        <Loading of={list} />
        <Problem error={action.error} />
        {list.data && rows.length === 0 && <p class="quiet">{t('tokens_none')}</p>}
        <ul class="rows-list">
          {rows.map((row) => (
            <li key={row.id}>
              <div>
                <p class="row-name"><span dir="auto">{row.name}</span> <code>…{row.last4}</code></p>
                <p class="quiet">
                  {row.scopes.map((scope) => t(`scope_${scope as 'chat'}_short`)).join(', ')} · {row.expires_at ? t('token_until', { date: date(row.expires_at) }) : t('token_no_end')} ·{' '}
                  {row.last_used_at ? t('token_used', { date: date(row.last_used_at) }) : t('token_unused')}
                </p>
              </div>
              <button
                type="button" class="button"
                onClick={() => void action.run(async () => (await api.remove(`/tokens/${row.id}`), list.reload()))}
              >{t('token_revoke')}<span class="offscreen"> {row.name}</span></button>
            </li>
          ))}
        </ul>
      </Card>
      <NewToken onMade={(token) => (setMade(token), list.reload(), scrollTo(0, 0))} />
    </>
  );
}
