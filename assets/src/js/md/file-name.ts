// A name for code that is downloaded: the one that the answer gave (```py title="app.py", ```app.py, or a comment in the
// first line), else one that fits the language. Names are reduced to what every file system takes; no path, no hidden file.

const kEndings: Record<string, string> = {
  bash: 'sh', c: 'c', 'c++': 'cpp', 'c#': 'cs', cc: 'cc', clojure: 'clj', cpp: 'cpp', cs: 'cs', csharp: 'cs', css: 'css', csv: 'csv', dart: 'dart', diff: 'diff', elixir: 'ex',
  erlang: 'erl', go: 'go', golang: 'go', graphql: 'graphql', h: 'h', haskell: 'hs', hpp: 'hpp', html: 'html', ini: 'ini', java: 'java', javascript: 'js', js: 'js',
  json: 'json', json5: 'json5', jsonc: 'jsonc', jsx: 'jsx', julia: 'jl', kotlin: 'kt', latex: 'tex', less: 'less', lua: 'lua', markdown: 'md', md: 'md', mermaid: 'mmd', mjs: 'mjs',
  nix: 'nix', objectivec: 'm', ocaml: 'ml', patch: 'patch', perl: 'pl', php: 'php', powershell: 'ps1', ps1: 'ps1', proto: 'proto', protobuf: 'proto', py: 'py', python: 'py', r: 'r', rb: 'rb',
  rs: 'rs', ruby: 'rb', rust: 'rs', sass: 'sass', scala: 'scala', scss: 'scss', sh: 'sh', shell: 'sh', sql: 'sql', svelte: 'svelte', svg: 'svg', swift: 'swift', tex: 'tex',
  toml: 'toml', ts: 'ts', tsx: 'tsx', typescript: 'ts', vue: 'vue', xml: 'xml', yaml: 'yaml', yml: 'yml', zig: 'zig', zsh: 'sh',
};
const kWhole: Record<string, string> = { dockerfile: 'Dockerfile', docker: 'Dockerfile', makefile: 'Makefile', make: 'Makefile', cmake: 'CMakeLists.txt', nginx: 'nginx.conf' };
const kReserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i; // Windows takes these for devices

function clean(name: string): string | undefined {
  const last = name.split(/[/\\]/).at(-1)!.replace(/[^\w.+-]/g, '_').replace(/^[.-]+|\.+$/g, '').slice(-64);
  return /\w/.test(last) && !kReserved.test(last) ? last : undefined;
}

function given(info: string, code: string): string | undefined {
  const titled = /(?:title|file(?:name)?)=(?:"([^"]{1,200})"|'([^']{1,200})'|(\S{1,200}))/.exec(info);
  const first = code.slice(0, 300).split('\n', 1)[0]!;
  const commented = /^\s*(?:#|\/\/|--|;|%|\/\*|<!--)\s*(?:file(?:name)?:\s*)?([\w./+-]{1,100}\.[A-Za-z]\w{0,7})\s*(?:\*\/|-->)?\s*$/.exec(first);
  const bare = /^(\S*[\w-]\.[A-Za-z]\w{0,7})\s*$/.exec(info);
  return titled?.[1] ?? titled?.[2] ?? titled?.[3] ?? bare?.[1] ?? commented?.[1];
}

export function fileName(language: string, info: string, code: string): string {
  const name = given(info, code);
  const own = name && clean(name);
  if (own) return own;
  if (Object.hasOwn(kWhole, language)) return kWhole[language]!;
  return `code.${Object.hasOwn(kEndings, language) ? kEndings[language] : 'txt'}`;
}
