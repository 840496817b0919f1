// The pages of those who are not signed in: set-up of a new server, signing in, registering by invitation.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api-error.ts';
import { fragment, go, page } from '../state/router.ts';
import { register, session, setUp, signedIn, signIn } from '../state/session.ts';
import { addWords, t } from '../words.ts';
import words from '../i18n/en.people.json';
import { Mark } from '../ui/icons.tsx';
import { Field, Form, Password } from './forms.tsx';

addWords(words);

function Card({ title, text, children }: { title: string; text?: string | undefined; children?: ComponentChildren }) {
  useEffect(() => void (document.title = `${title} – ${t('app')}`), [title]);
  return (
    <main class="entrance" id="main">
      <div class="entrance-card">
        <Mark size={56} />
        <h1>{title}</h1>
        {text && <p class="quiet">{text}</p>}
        {children}
      </div>
    </main>
  );
}

const secretOf = (name: string): string => new URLSearchParams(fragment.value).get(name) ?? '';
const NameField = ({ hint }: { hint?: string }) => (
  <Field label={t('name')} name="name" type="text" autocomplete="username" required maxLength={100} spellcheck={false} autocapitalize="none" dir="auto" hint={hint} />
);

function CodeField() {
  const [recovery, setRecovery] = useState(false);
  return (
    <>
      {recovery
        ? <Field key="recovery" label={t('recovery_code')} name="code" type="text" autocomplete="off" required autofocus spellcheck={false} autocapitalize="none" maxLength={64} />
        : <Field key="code" label={t('one_time_code')} name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,8}" required autofocus maxLength={8} hint={t('one_time_hint')} />}
      <button type="button" class="text-button" onClick={() => setRecovery(!recovery)}>{recovery ? t('use_app') : t('use_recovery')}</button>
    </>
  );
}

function Login() {
  // Kept while the second factor is asked for; never stored.
  const [first, setFirst] = useState<{ name: string; password: string } | null>(null);
  const enter = async (given: { name: string; password: string; code?: string }): Promise<void> => {
    await signIn(given);
    if (page.peek().name === 'login' || page.peek().name === 'home') go('/chat', true);
  };
  const begin = async ({ name = '', password = '' }: Record<string, string>): Promise<void> => {
    try {
      await enter({ name, password });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'second_factor_required') throw error;
      setFirst({ name, password });
    }
  };
  // The password was right a moment ago, so it is the code that is not.
  const withCode = async (given: { name: string; password: string }, code: string): Promise<void> => {
    try {
      await enter({ ...given, code });
    } catch (error) {
      const typed = error instanceof ApiError && (error.code === 'invalid_credentials' || error.code === 'second_factor_required');
      throw typed ? new ApiError(t('code_wrong'), { status: 401, code: 'code_wrong', retryAfter: error.retryAfter }) : error;
    }
  };
  if (first) {
    return (
      <Card title={t('second_factor')}>
        <Form key="second" submit={t('sign_in')} onSubmit={({ code = '' }) => withCode(first, code.replace(/\s/g, ''))} more={<button type="button" class="button" onClick={() => setFirst(null)}>{t('cancel')}</button>}>
          <CodeField />
        </Form>
      </Card>
    );
  }
  return (
    <Card title={t('sign_in')} text={session.value?.setup_required ? t('setup_wanted') : undefined}>
      <Form key="first" submit={t('sign_in')} onSubmit={begin}>
        <NameField />
        <Password label={t('password')} name="password" autocomplete="current-password" />
      </Form>
      <p class="quiet">{t('sign_in_help')}</p>
    </Card>
  );
}

function SetUp() {
  if (!session.value?.setup_required) return <Card title={t('setup_done_title')} text={t('setup_done')}><a class="button main" href={signedIn.value ? '/chat' : '/login'} data-go>{signedIn.value ? t('home_open') : t('sign_in')}</a></Card>;
  const token = secretOf('token');
  const begin = async ({ name = '', password = '', token: typed = '' }: Record<string, string>): Promise<void> => {
    await setUp({ token: token || typed.trim(), name, password });
    go('/chat', true);
  };
  return (
    <Card title={t('setup_title')} text={t('setup_text')}>
      <Form submit={t('setup_submit')} onSubmit={begin}>
        {!token && <Field label={t('setup_token')} name="token" type="text" autocomplete="off" required spellcheck={false} hint={t('setup_token_hint')} />}
        <NameField hint={t('name_hint')} />
        <Password label={t('password')} name="password" autocomplete="new-password" hint={t('password_hint')} />
      </Form>
    </Card>
  );
}

function Register() {
  const invite = secretOf('invite');
  if (signedIn.value) return <Card title={t('register_title')} text={t('register_signed_in')}><a class="button main" href="/chat" data-go>{t('home_open')}</a></Card>;
  if (!invite) return <Card title={t('register_title')} text={t('register_closed')}><a class="button main" href="/login" data-go>{t('sign_in')}</a></Card>;
  const begin = async ({ name = '', password = '' }: Record<string, string>): Promise<void> => {
    await register({ invite, name, password });
    go('/chat', true);
  };
  return (
    <Card title={t('register_title')} text={t('register_text')}>
      <Form submit={t('register_submit')} onSubmit={begin}>
        <NameField hint={t('name_hint')} />
        <Password label={t('password')} name="password" autocomplete="new-password" hint={t('password_hint')} />
      </Form>
      <p class="quiet"><a href="/login" data-go>{t('have_account')}</a></p>
    </Card>
  );
}

export function Entrance() {
  const at = page.value.name;
  if (at === 'setup') return <SetUp />;
  if (at === 'register') return <Register />;
  if (signedIn.value) return <Card title={t('sign_in')} text={t('already_in')}><a class="button main" href="/chat" data-go>{t('home_open')}</a></Card>;
  return <Login />;
}
