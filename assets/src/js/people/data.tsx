// Taking everything along, bringing something in, leaving.

import { useEffect, useRef, useState } from 'preact/hooks';
import { base } from '../base.ts';
import * as api from '../api.ts';
import { loadPage } from '../state/conversations.ts';
import { handedFile } from '../state/handed.ts';
import { go } from '../state/router.ts';
import { hasAccounts, leave, user } from '../state/session.ts';
import { toast } from '../state/status.ts';
import { number, t, tn } from '../words.ts';
import { Dialog } from '../ui/dialog.tsx';
import { download } from '../ui/conversation-menu.tsx';
import '../ui/more-words.ts';
import { Form, Password, Problem, useAction } from './forms.tsx';
import { Card } from './frame.tsx';

interface Preview {
  format: 'whinchat' | 'chatgpt' | 'claude';
  conversations: number;
  messages: number;
  already_here: number;
  skipped: unknown[];
  titles: string[];
  imported?: number;
  prompts_new: number;
  instructions_new: boolean;
}

const kBytesMax = 64 * 1024 * 1024;
const kTimeoutMs = 300_000;

function typed(file: File): Blob {
  const zip = /\.zip$/i.test(file.name) || file.type.includes('zip');
  return file.slice(0, file.size, zip ? 'application/zip' : 'application/json');
}

// What else is new in it: "Saved prompts: 3 · What every model should know".
function settingsIn({ prompts_new: prompts, instructions_new: instructions }: Preview): string {
  return [prompts > 0 && `${t('prompts')}: ${number(prompts)}`, instructions && t('instructions')].filter(Boolean).join(' · ');
}

function Import() {
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<{ file: File; preview: Preview } | null>(null);
  const action = useAction();
  const look = (file: File | undefined): void => {
    if (!file) return;
    setChosen(null);
    void action.run(async () => {
      if (file.size > kBytesMax) throw new Error(t('import_large'));
      setChosen({ file, preview: await api.call<Preview>('POST', '/import?preview=true', undefined, { raw: typed(file), timeoutMs: kTimeoutMs }) });
    });
  };
  useEffect(() => {
    const file = handedFile.value; // the app was opened with it
    handedFile.value = null;
    if (file) look(file);
  }, [handedFile.value]);
  const bring = (): void => void action.run(async () => {
    const done = await api.call<Preview>('POST', '/import', undefined, { raw: typed(chosen!.file), timeoutMs: kTimeoutMs });
    setChosen(null);
    input.current!.value = '';
    const settings = settingsIn(done);
    const count = done.imported ?? done.conversations;
    toast([(count > 0 || !settings) && tn('imported', count), settings].filter(Boolean).join(' '));
    void loadPage('all');
    if (settings) void import('../state/synced.ts').then((synced) => synced.look());
  });
  const fresh = chosen ? chosen.preview.conversations - chosen.preview.already_here : 0;
  const settings = chosen ? settingsIn(chosen.preview) : '';
  const parts = chosen ? fresh + chosen.preview.prompts_new + Number(chosen.preview.instructions_new) : 0;
  return (
    <Card title={t('import')} text={t('import_text')}>
      <div class="form-field">
        <label for="import-file">{t('import_file')}</label>
        <input ref={input} id="import-file" type="file" accept=".zip,.json,application/zip,application/json" onChange={(event) => look(event.currentTarget.files?.[0])} />
      </div>
      {action.busy && <p class="quiet" role="status">{t('please_wait')}</p>}
      <Problem error={action.error} />
      {chosen && (
        <div class="preview" role="status">
          <p>{t('import_found', { format: { whinchat: 'Whinchat', chatgpt: 'ChatGPT', claude: 'Claude' }[chosen.preview.format] ?? chosen.preview.format, conversations: chosen.preview.conversations, messages: chosen.preview.messages })}</p>
          {chosen.preview.already_here > 0 && <p class="quiet">{tn('import_here', chosen.preview.already_here)}</p>}
          {chosen.preview.skipped.length > 0 && <p class="quiet">{tn('import_skipped', chosen.preview.skipped.length)}</p>}
          <ul class="titles">{chosen.preview.titles.map((title, i) => <li key={i} dir="auto">{title || t('new_chat')}</li>)}</ul>
          {chosen.preview.conversations > chosen.preview.titles.length && <p class="quiet">{t('import_more', { n: chosen.preview.conversations - chosen.preview.titles.length })}</p>}
          {settings && <p>{settings}</p>}
          <div class="form-actions">
            <button type="button" class="button main" aria-disabled={action.busy || parts === 0} onClick={() => parts > 0 && !action.busy && bring()}>{parts > 0 ? t('import_do', { n: number(parts) }) : t('import_nothing')}</button>
            <button type="button" class="button" onClick={() => (setChosen(null), (input.current!.value = ''))}>{t('cancel')}</button>
          </div>
        </div>
      )}
    </Card>
  );
}

function DeleteAccount() {
  const [asking, setAsking] = useState(false);
  const gone = async ({ password = '' }: Record<string, string>): Promise<void> => {
    await api.remove('/account', { password });
    await leave();
    go('/login', true);
  };
  return (
    <Card title={t('account_delete')} text={t('account_delete_text')} danger>
      <div class="form-actions"><button type="button" class="button danger" onClick={() => setAsking(true)}>{t('account_delete')}</button></div>
      {asking && (
        <Dialog title={t('account_delete')} name="delete-account" onClose={() => setAsking(false)}>
          <div class="dialog-body">
            <p>{t('account_delete_sure', { name: user.value?.name ?? '' })}</p>
            <Form submit={t('account_delete_do')} danger onSubmit={gone}>
              <Password label={t('password_current')} name="password" autocomplete="current-password" />
            </Form>
          </div>
        </Dialog>
      )}
    </Card>
  );
}

export function Data() {
  return (
    <>
      <Card title={t('export_all')} text={t('export_text')}>
        <div class="form-actions"><button type="button" class="button main" onClick={() => download(`${base}api/export`)}>{t('export_do')}</button></div>
      </Card>
      <Import />
      {hasAccounts.value && <DeleteAccount />}
    </>
  );
}
