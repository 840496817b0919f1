// A reporter for node --test: the files in which something failed, one a line, for tools/test to try again alone.
import { fileURLToPath } from 'node:url';

export default async function* failedFiles(source) {
  const seen = new Set();
  for await (const { type, data } of source) {
    if (type !== 'test:fail' || data.todo || data.skip) continue;
    const file = data.file?.startsWith('file:') ? fileURLToPath(data.file) : (data.file ?? data.name);
    if (!seen.has(file)) yield `${file}\n`;
    seen.add(file);
  }
}
