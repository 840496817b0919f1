import { test } from 'node:test';
import assert from 'node:assert/strict';
import { expanded, merged, type Metrics } from '../live-metrics.ts';
import { alone, isEmpty, largest, layers, type Chart } from './series.ts';

const chart = (kind: Chart['kind'], ...values: (number | null)[][]): Chart =>
  ({ times: values[0]!.map((_, i) => i * 60), step: 60, kind, series: values.map((own, i) => ({ label: `s${i}`, tone: 'one', values: own })) });

test('a stack is drawn from its tallest layer down, each reaching up to the sum below it', () => {
  assert.deepEqual(layers(chart('stack', [1, 2, 0], [3, null, 1])), [{ values: [4, 2, 1], index: 1 }, { values: [1, 2, 0], index: 0 }]);
  assert.deepEqual(layers(chart('line', [1, null], [3, 4])), [{ values: [1, null], index: 0 }, { values: [3, 4], index: 1 }]);
});

test('values without neighbours are found, because a line does not show them', () => {
  assert.deepEqual(alone([1, null, 2, 3, null, 0]), [0, 5]);
  assert.deepEqual(alone([]), []);
  assert.equal(isEmpty(chart('bars', [0, null])), true);
  assert.equal(isEmpty(chart('bars', [0, 1])), false);
});

test('the largest names are kept apart and the rest is put together, nothing lost', () => {
  const rows = ['a', 'b', 'c', 'd', 'a', 'd', 'd'].map((name) => ({ name, n: 1 }));
  const groups = largest(rows, (row) => row.name, (row) => row.n, 3, 'others');
  assert.deepEqual([...groups].map(([name, own]) => [name, own.length]), [['d', 3], ['a', 2], ['others', 2]]);
  assert.deepEqual([...largest(rows, (row) => row.name, (row) => row.n, 4, 'others').keys()], ['d', 'a', 'b', 'c']);
});

test('metrics come as a list for each number, and are shown as steps with their times', () => {
  const wire = { range: 'hour', step_s: 60, points: { from: '2026-01-02T03:59:00.000Z', requests: [1, 2], response_p50_ms: [null, 2.5] } } as unknown as Parameters<typeof expanded>[0];
  assert.deepEqual(expanded(wire).points, [{ at: '2026-01-02T03:59:00.000Z', requests: 1, response_p50_ms: null }, { at: '2026-01-02T04:00:00.000Z', requests: 2, response_p50_ms: 2.5 }]);
});

test('news of metrics replaces the last steps, moves on in time and keeps the length', () => {
  const metrics = (range: string, ...points: [string, number][]): Metrics => ({ range, points: points.map(([at, requests]) => ({ at, requests })) }) as unknown as Metrics;
  const before = metrics('hour', ['01', 1], ['02', 2], ['03', 3]);
  const told = (one: Metrics): unknown => one.points.map((point) => [point.at, point.requests]);
  assert.deepEqual(told(merged(before, metrics('hour', ['02', 2], ['03', 5]))), [['01', 1], ['02', 2], ['03', 5]]);
  assert.deepEqual(told(merged(before, metrics('hour', ['03', 4], ['04', 1]))), [['02', 2], ['03', 4], ['04', 1]]);
  const other = metrics('day', ['05', 1], ['06', 1]);
  assert.equal(merged(before, other), other);
  assert.equal(merged(undefined, before), before);
});
