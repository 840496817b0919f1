// The lazy chunk: highlight.js core with the languages that answers are written in. Colours come from classes alone;
// nodes are built from the highlighter's own tree, never from its HTML text.
// highlight.js 11.12 (pinned): result._emitter.rootNode is internal; if it is missing the code simply stays plain.

import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const kCodeCharsMax = 100_000; // above this, colouring costs more than it helps

for (const [name, language] of Object.entries({ bash, cpp, css, diff, go, java, json, python, rust, sql, typescript, xml, yaml })) {
  hljs.registerLanguage(name, language);
}
hljs.registerAliases(['js', 'javascript', 'jsx', 'ts', 'tsx', 'mjs'], { languageName: 'typescript' });
hljs.registerAliases(['c', 'h', 'hpp', 'cc', 'c++'], { languageName: 'cpp' });
hljs.registerAliases(['shell', 'console', 'sh', 'zsh'], { languageName: 'bash' });

interface Tree {
  scope?: string;
  children: (Tree | string)[];
}

function nodesOf(tree: Tree): Node[] {
  return tree.children.map((child) => {
    if (typeof child === 'string') return document.createTextNode(child);
    const inner = nodesOf(child);
    const span = document.createElement('span');
    if (child.scope) span.className = child.scope.split('.').map((part, i) => (i === 0 ? `hl-${part}` : `${part}_`)).join(' ');
    span.append(...inner);
    return span;
  });
}

export function highlight(code: HTMLElement): void {
  const language = /language-(\S+)/.exec(code.className)?.[1];
  const source = code.textContent ?? '';
  if (!language || !hljs.getLanguage(language) || code.childElementCount > 0 || source.length > kCodeCharsMax) return;
  const result = hljs.highlight(source, { language, ignoreIllegals: true }) as unknown as { _emitter?: { rootNode?: Tree; root?: Tree } };
  const tree = result._emitter?.rootNode ?? result._emitter?.root;
  if (tree) code.replaceChildren(...nodesOf(tree));
}
