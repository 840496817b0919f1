// Accounts of the stand-in server, in memory: enough to work on the pages. DEV_MODE=accounts asks for signing in
// (name "ada", password "correct horse"; "grace" also asks for a code, any six digits).
import { randomUUID } from 'node:crypto';

const now = () => new Date().toISOString();
const plans = [
  { id: 'free', name: 'Free', messages_day: 200, tokens_day: 200000, tokens_month: null, cost_month_micros: null },
  { id: 'plus', name: 'Plus', messages_day: null, tokens_day: null, tokens_month: null, cost_month_micros: 20_000_000 },
];
const person = (name, role, more = {}) => ({ id: randomUUID(), name, role, plan: { id: 'free', name: 'Free' }, totp_enabled: name === 'grace', has_password: true, created_at: now(), ...more });
const passwords = new Map();
export const users = [person('ada', 'admin'), person('grace', 'user')];
const state = {
  mode: process.env.DEV_MODE ?? 'open', signedIn: process.env.DEV_MODE === 'accounts' ? null : users[0], setup: process.env.DEV_SETUP === '1',
  tokens: [], invites: [], sessions: [
    { id: '1', current: true, created_at: now(), last_seen_at: now(), ip: '192.168.1.20', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' },
    { id: '2', current: false, created_at: now(), last_seen_at: now(), ip: '192.168.1.31', user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/605' },
  ],
};
if (state.mode === 'open') users[0].name = 'You';

// Who a cookie stands for; handlers run at once after this, so one variable is enough.
const sessions = new Map();
export function enter(cookie = '') {
  state.sid = /\bsid=([\w-]+)/.exec(cookie)?.[1] ?? randomUUID();
  if (state.mode === 'accounts') state.signedIn = sessions.get(state.sid) ?? null;
}
export const cookie = () => `sid=${state.sid}; Path=/; HttpOnly; SameSite=Strict`;
const keep = (user) => sessions.set(state.sid, (state.signedIn = user));

export const signedIn = () => state.signedIn;
export const session = () => ({ mode: state.mode, setup_required: state.setup, registration: 'invite', user: state.signedIn, session_id: state.signedIn && '1', features: {} });

const days = () => Array.from({ length: 40 }, (_, i) => ({
  day: new Date(Date.now() - (i % 28) * 86_400_000).toISOString().slice(0, 10), model: i % 3 ? 'gpt-5-mini' : 'claude-sonnet-5', provider: i % 3 ? 'openai' : 'claude',
  name: i % 2 ? 'ada' : 'grace', messages: (i * 7) % 19, input_tokens: i * 900, output_tokens: i * 700, cost_micros: i * 1300,
}));

// The administrator's overview: invented, but of the right shape.
const zero = { requests: 0, failed: 0, limited: 0, response_p50_ms: null, response_p95_ms: null, first_token_p50_ms: null, first_token_p95_ms: null, answers: 0, errors: 0, input_tokens: 0, output_tokens: 0, streams: 0, turns: 0, windows: 1, sessions: 1, users: 1 };
export function metrics(range = 'hour') {
  const [count, step] = { hour: [60, 60], day: [96, 900], week: [168, 3600] }[range];
  const end = (Math.floor(Date.now() / 1000 / step) + 1) * step;
  const point = (i) => ({ ...zero, requests: 20 + (i * 13) % 17, response_p50_ms: 2 + (i * 7) % 5, response_p95_ms: 20 + (i * 11) % 40, first_token_p50_ms: 300 + (i * 31) % 200, first_token_p95_ms: 900 + (i * 53) % 700, answers: 3 + i % 4, errors: Number(i % 23 === 0), input_tokens: 900 + (i * 97) % 700, output_tokens: 600 + (i * 71) % 500, limited: i % 19 === 0 ? 2 : 0, streams: 1 + i % 3, windows: 3 + i % 2 });
  const points = Array.from({ length: count }, (_, i) => ({ at: new Date((end - (count - i) * step) * 1000).toISOString(), ...point(i) }));
  const sums = Object.fromEntries(['requests', 'limited', 'answers', 'errors', 'input_tokens', 'output_tokens'].map((name) => [name, points.reduce((sum, one) => sum + one[name], 0)]));
  return {
    range, step_s: step, uptime_s: 86_400 * 3, now: { ...point(7), users: 2 }, total: { ...point(3), ...sums },
    points: { from: points[0].at, ...Object.fromEntries(Object.keys(zero).map((name) => [name, points.map((one) => one[name])])) },
    models: [{ provider: 'openai', model: 'gpt-5-mini', answers: 180, input_tokens: 40_000, output_tokens: 30_000 }, { provider: 'claude', model: 'claude-sonnet-5', answers: 72, input_tokens: 16_000, output_tokens: 9000 }],
    errors: [{ code: 'timeout', count: 2 }, { code: 'provider_rate_limited', count: 1 }],
  };
}

const settings = new Map(); // by the id of their owner

const fault = (status, code, error, more = {}) => ({ status, body: { error, code, ...more } });

function login({ name, password, code }) {
  const found = users.find((u) => u.name === name);
  if (!found || password !== (passwords.get(name) ?? 'correct horse')) return fault(401, 'invalid_credentials', 'Name or password is not right.');
  if (found.totp_enabled && !code) return fault(401, 'second_factor_required', 'A one-time code is needed.');
  keep(found);
  return { body: session() };
}

function begin({ name, password }) {
  passwords.set(name, password);
  keep(person(name, state.setup ? 'admin' : 'user'));
  users.push(state.signedIn);
  state.setup = false;
  return { status: 201, body: session() };
}

const removed = (list, id) => {
  const at = list.findIndex((row) => row.id === id);
  if (at >= 0) list.splice(at, 1);
  return at >= 0 ? { status: 204 } : fault(404, 'not_found', 'There is no such thing.');
};

// [method, pattern, answer]; the first that fits answers.
export const routes = [
  ['GET', /^\/session$/, () => ({ body: session() })],
  ['POST', /^\/login$/, (_, body) => login(body)],
  ['POST', /^\/(setup|register)$/, (_, body) => begin(body)],
  ['POST', /^\/logout$/, () => (keep(null), { status: 204 })],
  ['GET', /^\/settings$/, () => ({ body: settings.get(state.signedIn.id) ?? { settings: {}, revision: 0 } })],
  ['PUT', /^\/settings$/, (_, body) => {
    const stored = settings.get(state.signedIn.id) ?? { settings: {}, revision: 0 };
    if (body.revision !== stored.revision) return fault(409, 'conflict', 'The settings were changed elsewhere in the meantime.', stored);
    settings.set(state.signedIn.id, { settings: body.settings, revision: stored.revision + 1 });
    return { body: { revision: stored.revision + 1 } };
  }],
  ['PATCH', /^\/account$/, (_, body) => ({ body: Object.assign(state.signedIn, { name: body.name }) })],
  ['POST', /^\/account\/password$/, (_, body) => (body.current === 'correct horse' ? { status: 204 } : fault(401, 'invalid_credentials', 'The password is not right.'))],
  ['POST', /^\/account\/totp$/, () => ({ body: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Whinchat:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Whinchat' } })],
  ['POST', /^\/account\/totp\/confirm$/, () => ((state.signedIn.totp_enabled = true), { body: { recovery_codes: Array.from({ length: 10 }, (_, i) => `k7m${i}-q2x${i}-9f${i}a`) } })],
  ['POST', /^\/account\/totp\/disable$/, () => ((state.signedIn.totp_enabled = false), { status: 204 })],
  ['DELETE', /^\/account$/, () => (keep(null), { status: 204 })],
  ['GET', /^\/sessions$/, () => ({ body: { sessions: state.sessions } })],
  ['DELETE', /^\/sessions$/, () => ((state.sessions = state.sessions.filter((s) => s.current)), { status: 204 })],
  ['DELETE', /^\/sessions\/(.+)$/, ([id]) => removed(state.sessions, id)],
  ['GET', /^\/tokens$/, () => ({ body: { tokens: state.tokens } })],
  ['POST', /^\/tokens$/, (_, body) => {
    const row = { id: randomUUID(), name: body.name, scopes: body.scopes, created_at: now(), expires_at: body.expires_days ? new Date(Date.now() + body.expires_days * 86_400_000).toISOString() : null, last_used_at: null, last4: '3f9a' };
    state.tokens.push(row);
    return { status: 201, body: { ...row, token: 'pck_q3Zk8w1nT5vX0bYc7dLmPfRsUhJgKaEiOtNxWvBz3f9a' } };
  }],
  ['DELETE', /^\/tokens\/(.+)$/, ([id]) => removed(state.tokens, id)],
  ['GET', /^\/usage$/, () => ({ body: { days: days(), plan: plans[0], used: {} } })],
  ['GET', /^\/rate-limit$/, () => ({ body: { limits: { per_minute: 10, per_hour: 100, per_day: 500 }, plan: plans[0], quota: { messages_day: { limit: 200, used: Number(process.env.DEV_USED ?? 37), remaining: 200 - Number(process.env.DEV_USED ?? 37), reset_at: now() }, tokens_day: { limit: 200000, used: 64000, remaining: 136000, reset_at: now() }, tokens_month: { limit: null, used: 812000, remaining: null, reset_at: null }, cost_month_micros: { limit: null, used: 1234567, remaining: null, reset_at: null } } } })],
  ['GET', /^\/admin\/users$/, () => ({ body: { users: users.map((u) => ({ ...u, plan_id: u.plan.id, disabled: false, last_seen_at: now(), conversations: 12, usage_month: { messages: 120, input_tokens: 50000, output_tokens: 90000, cost_micros: 512000 } })), next_cursor: null } })],
  ['POST', /^\/admin\/users$/, (_, body) => (users.push(person(body.name, body.role)), { status: 201, body: { invite_url: 'http://127.0.0.1:5050/register#invite=9f2c41d7a0b35e68c1d4f7a20b63e985' } })],
  ['PATCH', /^\/admin\/users\/(.+)$/, ([id], body) => ({ body: Object.assign(users.find((u) => u.id === id), body) })],
  ['DELETE', /^\/admin\/users\/(.+)$/, ([id]) => removed(users, id)],
  ['GET', /^\/admin\/invites$/, () => ({ body: { invites: state.invites } })],
  ['POST', /^\/admin\/invites$/, (_, body) => {
    const row = { id: randomUUID(), role: body.role, plan_id: body.plan_id, created_at: now(), expires_at: now() };
    state.invites.push(row);
    return { status: 201, body: { ...row, url: 'http://127.0.0.1:5050/register#invite=9f2c41d7a0b35e68c1d4f7a20b63e985' } };
  }],
  ['DELETE', /^\/admin\/invites\/(.+)$/, ([id]) => removed(state.invites, id)],
  ['GET', /^\/admin\/plans$/, () => ({ body: { plans } })],
  ['PUT', /^\/admin\/plans\/(.+)$/, ([id], body) => {
    const row = plans.find((plan) => plan.id === id) ?? plans[plans.push({ id }) - 1];
    return { body: Object.assign(row, body) };
  }],
  ['DELETE', /^\/admin\/plans\/(.+)$/, ([id]) => (id === 'free' ? fault(409, 'conflict', 'This plan is used by 2 users.') : removed(plans, id))],
  ['GET', /^\/admin\/usage$/, () => ({ body: { days: days(), users: days(), models: days() } })],
  ['GET', /^\/admin\/audit$/, () => ({ body: { entries: ['login', 'token_create', 'plan_change', 'login_failed'].map((action, i) => ({ id: String(i), at: now(), actor: i === 3 ? null : 'ada', action, target: i === 2 ? 'grace' : null, ip: '192.168.1.20', detail: i === 2 ? { plan: 'plus' } : null })), next_cursor: null } })],
  ['GET', /^\/admin\/providers$/, () => ({ body: { providers: [{ id: 'openai', name: 'OpenAI', key_from: 'environment', last4: 'x9Qz', base_url: 'https://api.openai.com/v1' }, { id: 'claude', name: 'Anthropic', key_from: 'stored', last4: 'aa01', base_url: 'https://api.anthropic.com/v1' }, { id: 'mistral', name: 'Mistral', key_from: null, last4: null, base_url: 'https://api.mistral.ai/v1' }] } })],
  ['PUT', /^\/admin\/providers\/(.+)\/key$/, () => ({ status: 204 })],
  ['DELETE', /^\/admin\/providers\/(.+)\/key$/, () => ({ status: 204 })],
];
