// What each plan allows. An empty field means: no limit.

import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { quotaNames, type QuotaName } from '../state/quota.ts';
import { toast } from '../state/status.ts';
import { t } from '../words.ts';
import { Field, Form, Loading, Problem, useAction, useLoad, type Loaded, type Option } from './forms.tsx';
import { Card } from './frame.tsx';
import { amount } from './amount.ts';

type Plan = { id: string; name: string } & Record<QuotaName, number | null>;

export function usePlans(): { list: Loaded<{ plans: Plan[] }>; options: Option[]; name: (id: string) => string } {
  const list = useLoad<{ plans: Plan[] }>('/admin/plans');
  const plans = list.data?.plans ?? [];
  return { list, options: plans.map((plan) => ({ value: plan.id, label: plan.name })), name: (id) => plans.find((plan) => plan.id === id)?.name ?? id };
}

const kDollar = 1_000_000;
const shownValue = (name: QuotaName, value: number | null): string => (value === null ? '' : String(name === 'cost_month_micros' ? value / kDollar : value));
const readValue = (name: QuotaName, text: string): number | null => (text.trim() === '' ? null : name === 'cost_month_micros' ? Math.round(Number(text) * kDollar) : Math.round(Number(text)));

function Editor({ plan, onDone, onCancel }: { plan: Plan | null; onDone: () => void; onCancel: () => void }) {
  const save = async ({ id = '', name = '', ...rest }: Record<string, string>): Promise<void> => {
    const limits = Object.fromEntries(quotaNames.map((quota) => [quota, readValue(quota, rest[quota] ?? '')]));
    await api.put(`/admin/plans/${encodeURIComponent(plan?.id ?? id)}`, { name, ...limits });
    toast(t('saved'));
    onDone();
  };
  return (
    <Form submit={t('save')} onSubmit={save} more={<button type="button" class="button" onClick={onCancel}>{t('cancel')}</button>}>
      {!plan && <Field label={t('plan_id')} name="id" type="text" autocomplete="off" required pattern="[a-z0-9][a-z0-9\-]{0,31}" maxLength={32} hint={t('plan_id_hint')} spellcheck={false} autocapitalize="none" />}
      <Field label={t('plan_name')} name="name" type="text" autocomplete="off" required maxLength={100} dir="auto" defaultValue={plan?.name ?? ''} />
      {quotaNames.map((quota) => (
        <Field
          key={quota} label={t(`plan_limit_${quota}`)} name={quota} type="number" min={0} step={quota === 'cost_month_micros' ? '0.01' : '1'} inputmode="decimal"
          autocomplete="off" placeholder={t('no_limit')} defaultValue={plan ? shownValue(quota, plan[quota]) : ''}
        />
      ))}
    </Form>
  );
}

export function Plans() {
  const { list } = usePlans();
  const action = useAction();
  const [editing, setEditing] = useState<string | null>(null);
  const done = (): void => {
    setEditing(null);
    list.reload();
  };
  return (
    <>
      <Card text={t('plans_text')}>
        <Loading of={list} />
        <Problem error={action.error} />
        <ul class="rows-list">
          {(list.data?.plans ?? []).map((plan) => (
            <li key={plan.id} class={editing === plan.id ? 'wide' : ''}>
              {editing === plan.id ? <Editor plan={plan} onDone={done} onCancel={() => setEditing(null)} /> : (
                <>
                  <div>
                    <p class="row-name"><span dir="auto">{plan.name}</span></p>
                    <p class="quiet">{quotaNames.filter((name) => plan[name] !== null && plan[name] !== undefined).map((name) => t(`plan_${name}`, { n: amount(name, plan[name]!) })).join(' · ') || t('plan_unlimited')}</p>
                  </div>
                  <span class="row-actions">
                    <button type="button" class="button" onClick={() => setEditing(plan.id)}>{t('edit')}<span class="offscreen"> {plan.name}</span></button>
                    <button type="button" class="button" onClick={() => void action.run(async () => (await api.remove(`/admin/plans/${plan.id}`), list.reload()))}>{t('delete')}<span class="offscreen"> {plan.name}</span></button>
                  </span>
                </>
              )}
            </li>
          ))}
        </ul>
      </Card>
      <Card title={t('plan_new')}>
        {editing === '' ? <Editor plan={null} onDone={done} onCancel={() => setEditing(null)} /> : <div class="form-actions"><button type="button" class="button" onClick={() => setEditing('')}>{t('plan_new')}</button></div>}
      </Card>
    </>
  );
}
