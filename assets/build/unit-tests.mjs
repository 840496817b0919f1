// Runs every src/**/*.test.ts under node:test. Node 20 does not read TypeScript, so the tests are bundled first.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const out = join(root, 'node_modules/.cache/unit-tests');
const tests = readdirSync(join(root, 'src'), { recursive: true }).filter((name) => name.endsWith('.test.ts')).map((name) => join(root, 'src', name));

rmSync(out, { recursive: true, force: true });
const input = Object.fromEntries(tests.map((path) => [basename(path, '.ts'), path]));
const made = await rolldown({ input, platform: 'node', external: [/^node:/], logLevel: 'warn' });
await made.write({ dir: out, format: 'esm', entryFileNames: '[name].mjs' });
await made.close();
const files = Object.keys(input).map((name) => join(out, `${name}.mjs`));
if (files.length === 0) throw new Error('no unit tests were found');
process.env.WHINCHAT_ASSETS_ROOT = root;
process.exit(spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' }).status ?? 1);
