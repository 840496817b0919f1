// The administrator's overview and the pages of usage: charts, the tables behind them, numbers as they happen.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { done, newPage, server, setStage, skip } from './devices.mjs';
import { ask, open, violations } from './start.mjs';

setStage();

const chart = (page, title) => page.locator('figure.chart', { has: page.getByRole('heading', { name: title, exact: true }) });
// Charts are drawn when they come near the screen.
async function drawn(figure) {
  await figure.locator('.chart-plot').scrollIntoViewIfNeeded();
  await figure.locator('canvas').waitFor();
}
const tile = (page, name) => page.locator('.tile', { hasText: name }).locator('b');

// The table behind a chart: { head, rows }, oldest first, as the chart has them.
async function tableOf(figure) {
  if (!(await figure.locator('details').evaluate((one) => one.open))) await figure.locator('summary').click();
  return figure.locator('table').evaluate((table) => {
    const texts = (row) => [...row.children].map((cell) => cell.textContent);
    const scopes = [...table.querySelectorAll('th')].map((th) => th.scope);
    if (scopes.some((scope) => scope !== 'col' && scope !== 'row')) throw new Error(`scopes: ${scopes}`);
    return { head: texts(table.tHead.rows[0]), rows: [...table.tBodies[0].rows].map(texts).reverse() };
  });
}

// How many pixels of the canvas have the colour that a variable of the style sheet stands for.
const pixels = (figure, variable) => figure.evaluate((element, name) => {
  const canvas = element.querySelector('canvas');
  const probe = element.appendChild(document.createElement('i'));
  probe.style.color = `var(${name})`;
  const wanted = getComputedStyle(probe).color.match(/\d+/g).map(Number);
  probe.remove();
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255 && wanted.every((value, c) => Math.abs(data[i + c] - value) < 3)) count++;
  return count;
}, variable);
// The page hears of a new theme at once; the canvas is drawn in the frame after that.
async function coloured(figure, variable) {
  const until = Date.now() + 5000;
  while (await pixels(figure, variable) <= 20) assert.ok(Date.now() < until, `the canvas never had the colour ${variable}`);
}

test('before anything happened the pages say what will appear', { skip }, async () => {
  const page = await newPage();
  await page.goto(`${server.base}account/usage`);
  await page.getByText('Nothing was used in these days').waitFor();
  await page.goto(`${server.base}admin`);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByText('Nobody has asked a model in this time').waitFor();
  await page.getByText('Which models answer').waitFor();
  await done(page);
});

test('the overview shows what happens while it happens, and its tables say what the charts say', { skip }, async () => {
  const [page, other] = [await newPage(), await newPage()];
  await page.goto(`${server.base}admin/overview`);
  await drawn(chart(page, 'Tokens'));
  assert.equal(await page.locator('.live').innerText(), 'Live');
  await open(other, server.base);
  await ask(other, 'How are you?');
  await page.waitForFunction(() => /gpt/.test(document.querySelector('.numbers')?.textContent ?? ''));
  await page.getByText('Nobody has asked a model').waitFor({ state: 'detached' });
  const { head, rows } = await tableOf(chart(page, 'Tokens'));
  assert.deepEqual(head, ['Time', 'Input', 'Output']);
  assert.equal(rows.length, 60);
  const told = await page.evaluate(() => fetch('/api/admin/metrics').then((response) => response.json()));
  const sum = (column) => rows.reduce((total, row) => total + Number(row[column].replaceAll(',', '')), 0);
  assert.ok(sum(1) > 0);
  assert.deepEqual([sum(1), sum(2)], [told.total.input_tokens, told.total.output_tokens]);
  const slider = chart(page, 'Tokens').getByRole('slider');
  await slider.focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-valuenow') === '0');
  for (let i = 59; i > 0 && rows[i][2] === '0'; i--) if (i < 57) throw new Error('nothing in the last minutes');
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  const spoken = await slider.getAttribute('aria-valuetext');
  assert.match(spoken, /[\dAPM], Input .+, Output /);
  assert.equal(await slider.getAttribute('aria-valuenow'), '58');
  assert.equal(await chart(page, 'Tokens').locator('figcaption .quiet').innerText(), spoken.split(', Input')[0]);
  await page.keyboard.press('Escape');
  assert.equal(await chart(page, 'Tokens').locator('figcaption .quiet').count(), 0);
  await page.getByRole('radio', { name: 'Week' }).check();
  await page.waitForFunction(() => document.querySelectorAll('figure.chart tbody tr').length === 168);
  await done(page);
  await done(other);
});

test('charts are drawn in the colours of the theme and follow it and the window', { skip }, async () => {
  const page = await newPage({ colorScheme: 'light', viewport: { width: 1200, height: 800 } });
  await page.goto(`${server.base}account/usage`);
  const figure = chart(page, 'Messages a day');
  await drawn(figure);
  await coloured(figure, '--chart-one');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(25, 21, 18)');
  await coloured(figure, '--chart-one');
  await page.setViewportSize({ width: 320, height: 700 });
  await page.waitForFunction(() => document.querySelector('.chart-plot canvas').getBoundingClientRect().right <= 320);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, 'no sideways scroll');
  await done(page);
});

test('usage: by day and model for 7, 30 or 90 days; money only where it is known', { skip }, async () => {
  const page = await newPage();
  await page.goto(`${server.base}account/usage`);
  await chart(page, 'Messages a day').waitFor();
  const own = await page.evaluate(() => fetch('/api/usage?days=30').then((response) => response.json()));
  const messages = own.days.reduce((total, row) => total + row.messages, 0);
  assert.equal(await tile(page, 'Messages').innerText(), String(messages));
  const { rows } = await tableOf(chart(page, 'Messages a day'));
  assert.equal(rows.length, 30);
  assert.equal(rows.at(-1).slice(1).reduce((total, text) => total + Number(text), 0), messages);
  await page.getByRole('radio', { name: '7 days' }).check();
  await page.waitForFunction(() => document.querySelectorAll('figure.chart tbody tr').length === 7);
  const [known, unknown] = [own.days.reduce((total, row) => total + row.cost_micros, 0), own.days.reduce((total, row) => total + row.unpriced, 0)];
  assert.match(await tile(page, 'Cost').innerText(), known ? /\$/ : /^–$/);
  assert.equal(await page.getByText(/The price of \d+ message/).count(), unknown ? 1 : 0);
  await page.goto(`${server.base}admin/usage`);
  await page.locator('.numbers.even').nth(1).waitFor();
  const columns = () => page.locator('.numbers.even').evaluateAll((tables) => tables.map((table) => [...table.tHead.rows[0].cells].map((cell) => Math.round(cell.getBoundingClientRect().right))));
  const [first, second] = await columns();
  assert.deepEqual(first, second, 'the columns of both tables stand under each other');
  await done(page);
});

test('figures and charts are clean, dark on an Arabic phone', { skip }, async () => {
  const page = await newPage({ colorScheme: 'dark', locale: 'ar', viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true });
  for (const where of ['admin/overview', 'account/usage']) {
    await page.goto(server.base + where);
    await page.locator('.chart').first().waitFor();
    await drawn(page.locator('figure.chart').first());
    await page.locator('.chart-table summary').first().click();
    assert.deepEqual(await violations(page), [], where);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where}: no sideways scroll`);
  }
  await done(page);
});
