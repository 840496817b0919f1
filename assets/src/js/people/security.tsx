// Password and second factor.

import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { changeUser, user } from '../state/session.ts';
import { toast } from '../state/status.ts';
import { t } from '../words.ts';
import { Field, Form, Password, Problem, Secret, useAction } from './forms.tsx';
import { Card } from './frame.tsx';
import { QrCode } from './qr-code.tsx';

function ChangePassword() {
  const save = async ({ current = '', fresh = '' }: Record<string, string>): Promise<void> => {
    await api.post('/account/password', { current, new: fresh });
    changeUser({ has_password: true });
    toast(t('password_changed'));
  };
  return (
    <Card title={t('password')} text={t('password_text')}>
      <Form submit={t('password_change')} onSubmit={save}>
        <input class="offscreen" type="text" name="username" autocomplete="username" value={user.value?.name} readOnly tabindex={-1} aria-hidden="true" />
        {user.value?.has_password && <Password label={t('password_current')} name="current" autocomplete="current-password" />}
        <Password label={t('password_new')} name="fresh" autocomplete="new-password" hint={t('password_hint')} />
      </Form>
    </Card>
  );
}

function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([`Whinchat, ${user.peek()?.name ?? ''}\n\n${codes.join('\n')}\n`], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'whinchat-recovery-codes.txt';
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <Card title={t('recovery_codes')} text={t('recovery_codes_text')}>
      <Secret text={codes.join('\n')} label={t('recovery_codes')} />
      <div class="form-actions">
        <button type="button" class="button" onClick={save}>{t('download')}</button>
        <button type="button" class="button main" onClick={onDone}>{t('recovery_kept')}</button>
      </div>
    </Card>
  );
}

function TurnOn({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const [made, setMade] = useState<{ secret: string; uri: string } | null>(null);
  const action = useAction();
  const begin = (): void => void action.run(async () => setMade(await api.post('/account/totp')));
  const confirm = async ({ code = '' }: Record<string, string>): Promise<void> => {
    const { recovery_codes } = await api.post<{ recovery_codes: string[] }>('/account/totp/confirm', { code: code.replace(/\s/g, '') });
    changeUser({ totp_enabled: true });
    onCodes(recovery_codes);
  };
  if (!made) {
    return (
      <Card title={t('totp')} text={t('totp_text')}>
        <Problem error={action.error} />
        <div class="form-actions"><button type="button" class="button main" aria-disabled={action.busy} onClick={begin}>{t('totp_on')}</button></div>
      </Card>
    );
  }
  return (
    <Card title={t('totp')} text={t('totp_scan')}>
      <QrCode text={made.uri} label={t('totp_qr')} />
      <p class="quiet">{t('totp_secret')}</p>
      <Secret text={made.secret.replace(/(.{4})(?=.)/g, '$1 ')} label={t('totp_secret_label')} />
      <Form submit={t('totp_confirm')} onSubmit={confirm} more={<button type="button" class="button" onClick={() => setMade(null)}>{t('cancel')}</button>}>
        <Field label={t('one_time_code')} name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,8}" required maxLength={8} />
      </Form>
    </Card>
  );
}

function TurnOff() {
  const off = async ({ password = '' }: Record<string, string>): Promise<void> => {
    await api.post('/account/totp/disable', { password });
    changeUser({ totp_enabled: false });
    toast(t('totp_is_off'));
  };
  return (
    <Card title={t('totp')} text={t('totp_is_on')}>
      <Form submit={t('totp_off')} danger onSubmit={off}>
        <Password label={t('password_current')} name="password" autocomplete="current-password" />
      </Form>
    </Card>
  );
}

export function Security() {
  const [codes, setCodes] = useState<string[] | null>(null);
  return (
    <>
      <ChangePassword />
      {codes ? <RecoveryCodes codes={codes} onDone={() => setCodes(null)} /> : user.value?.totp_enabled ? <TurnOff /> : <TurnOn onCodes={setCodes} />}
    </>
  );
}
