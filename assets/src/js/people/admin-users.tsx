// Everybody who has an account here.

import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { user } from '../state/session.ts';
import { toast } from '../state/status.ts';
import { compact, dateTime, money, number, t, tn } from '../words.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { usePlans } from './admin-plans.tsx';
import { Field, Form, Loading, Password, Problem, Secret, Select, useAction, usePages } from './forms.tsx';
import { Card } from './frame.tsx';

interface Row {
  id: string;
  name: string;
  role: 'user' | 'admin';
  plan_id: string;
  disabled: boolean;
  last_seen_at: string | null;
  conversations: number;
  usage_month?: { messages?: number; tokens?: number; input_tokens?: number; output_tokens?: number; cost_micros?: number };
}

type Asked = { what: 'delete' | 'password' | 'plan'; row: Row } | null;

function NewUser({ onMade }: { onMade: (inviteUrl: string | null) => void }) {
  const plans = usePlans();
  const [plan, setPlan] = useState('free');
  const [role, setRole] = useState('user');
  const make = async ({ name = '', password = '' }: Record<string, string>): Promise<void> => {
    const made = await api.post<{ invite_url?: string }>('/admin/users', { name, role, plan_id: plan, ...(password ? { password } : {}) });
    toast(t('user_made', { name }));
    onMade(made?.invite_url ?? null);
  };
  return (
    <Card title={t('user_new')} text={t('user_new_text')}>
      <Form submit={t('user_make')} onSubmit={make}>
        <Field label={t('name')} name="name" type="text" autocomplete="off" required maxLength={100} dir="auto" spellcheck={false} />
        <Field label={t('user_password')} name="password" type="password" autocomplete="new-password" minLength={8} maxLength={256} hint={t('user_password_hint')} />
        <Select label={t('role')} name="role" value={role} onChange={setRole} options={[{ value: 'user', label: t('role_user') }, { value: 'admin', label: t('role_admin') }]} />
        <Select label={t('plan')} name="plan" value={plan} onChange={setPlan} options={plans.options} />
      </Form>
    </Card>
  );
}

function Sure({ asked, onEnd, onDone }: { asked: NonNullable<Asked>; onEnd: () => void; onDone: () => void }) {
  const { what, row } = asked;
  const plans = usePlans();
  const [plan, setPlan] = useState(row.plan_id);
  const act = async ({ password = '' }: Record<string, string>): Promise<void> => {
    if (what === 'delete') await api.remove(`/admin/users/${row.id}`);
    else await api.patch(`/admin/users/${row.id}`, what === 'password' ? { password } : { plan_id: plan });
    toast(t('saved'));
    onDone();
  };
  const titles = { delete: t('user_delete', { name: row.name }), password: t('user_set_password', { name: row.name }), plan: t('user_plan', { name: row.name }) };
  return (
    <Dialog title={titles[what]} name="user" onClose={onEnd}>
      <div class="dialog-body">
        {what === 'delete' && <p>{t('user_delete_text')}</p>}
        <Form submit={what === 'delete' ? t('delete_for_good') : t('save')} danger={what === 'delete'} onSubmit={act}>
          {what === 'password' && <Password label={t('password_new')} name="password" autocomplete="new-password" hint={t('user_set_password_hint')} />}
          {what === 'plan' && <Select label={t('plan')} name="plan" value={plan} onChange={setPlan} options={plans.options} />}
        </Form>
      </div>
    </Dialog>
  );
}

function facts(row: Row): string {
  const used = row.usage_month ?? {};
  const tokens = used.tokens ?? (used.input_tokens ?? 0) + (used.output_tokens ?? 0);
  return [
    row.last_seen_at ? t('user_seen', { time: dateTime(row.last_seen_at) }) : t('user_never'),
    tn('user_conversations', row.conversations ?? 0),
    t('user_month', { messages: number(used.messages ?? 0), tokens: compact(tokens), cost: money(used.cost_micros ?? 0) }),
  ].join(' · ');
}

export function Users() {
  const list = usePages<Row>('/admin/users', 'users');
  const plans = usePlans();
  const [asked, setAsked] = useState<Asked>(null);
  const [invite, setInvite] = useState<string | null>(null);
  const action = useAction();
  const change = (row: Row, part: Partial<Row>): void => void action.run(async () => {
    await api.patch(`/admin/users/${row.id}`, part);
    list.loaded.reload();
  });
  const items = (row: Row) => (): MenuItem[] => {
    const mine = row.id === user.peek()?.id;
    const all: (MenuItem | false)[] = [
      { icon: 'fold', label: t('change_plan'), run: () => setAsked({ what: 'plan', row }) },
      { icon: 'key', label: t('set_password'), run: () => setAsked({ what: 'password', row }) },
      !mine && { icon: 'shield', label: row.role === 'admin' ? t('make_user') : t('make_admin'), run: () => change(row, { role: row.role === 'admin' ? 'user' : 'admin' }) },
      !mine && { icon: 'stop', label: row.disabled ? t('enable') : t('disable'), run: () => change(row, { disabled: !row.disabled }) },
      !mine && { icon: 'trash', label: t('delete'), danger: true, run: () => setAsked({ what: 'delete', row }) },
    ];
    return all.filter((item) => item !== false);
  };
  return (
    <>
      {invite && (
        <Card title={t('invite_link')} text={t('invite_once')}>
          <Secret text={invite} label={t('invite_link')} />
          <div class="form-actions"><button type="button" class="button main" onClick={() => setInvite(null)}>{t('done')}</button></div>
        </Card>
      )}
      <Card>
        <Loading of={list.loaded} />
        <Problem error={action.error} />
        <ul class="rows-list">
          {list.rows.map((row) => (
            <li key={row.id}>
              <div>
                <p class="row-name">
                  <span dir="auto">{row.name}</span>
                  {row.role === 'admin' && <span class="tag">{t('role_admin')}</span>}
                  {row.disabled && <span class="tag off">{t('disabled')}</span>}
                  <span class="quiet">{plans.name(row.plan_id)}</span>
                </p>
                <p class="quiet">{facts(row)}</p>
              </div>
              <Menu id={`user-${row.id}`} label={t('more_for', { title: row.name })} items={items(row)} />
            </li>
          ))}
        </ul>
        {list.more && <button type="button" class="button more" onClick={list.more}>{t('show_more')}</button>}
      </Card>
      <NewUser onMade={(url) => (setInvite(url), list.loaded.reload(), scrollTo(0, 0))} />
      {asked && <Sure asked={asked} onEnd={() => setAsked(null)} onDone={() => (setAsked(null), list.loaded.reload())} />}
    </>
  );
}
