import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fileName } from './file-name.ts';

test('a download is called what the answer calls it, else by its language', () => {
  const cases: [string, string, string, string][] = [
    ['python', 'python', 'x = 1', 'code.py'],
    ['', '', 'hello', 'code.txt'],
    ['unknownlang', 'unknownlang', '', 'code.txt'],
    ['constructor', 'constructor', '', 'code.txt'],
    ['dockerfile', 'dockerfile', 'FROM x', 'Dockerfile'],
    ['python', 'python title="my app.py"', '', 'my_app.py'],
    ['ts', 'ts filename=src/ui/log.tsx', '', 'log.tsx'],
    ['app.py', 'app.py', '', 'app.py'],
    ['python', 'python', '# src/app.py\nimport x', 'app.py'],
    ['css', 'css', '/* main.css */\nbody {}', 'main.css'],
    ['html', 'html', '<!-- index.html -->\n', 'index.html'],
    ['python', 'python', '# a comment about x.y things\n', 'code.py'],
  ];
  for (const [language, info, code, name] of cases) assert.equal(fileName(language, info, code), name, `${info} ${code}`);
});

test('a name leads nowhere else and hides nothing', () => {
  for (const name of ['../../etc/passwd', '..\\..\\x.bat', '.bashrc', '....', 'con.txt', 'a\u202etxt.exe', '/', 'x'.repeat(300)]) {
    const made = fileName('python', `python title="${name}"`, '');
    assert.match(made, /^[\w+][\w.+-]{0,63}$/, name);
    assert.doesNotMatch(made, /^con\./i);
  }
});
