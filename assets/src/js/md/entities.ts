// Character references in Markdown text, decoded without the HTML parser (a Trusted Types sink).
// The names are those that models write; any other name stays as it was typed, which is readable and harmless.

const kNamed: Record<string, string> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', copy: '©', reg: '®', trade: '™', hellip: '…',
  mdash: '—', ndash: '–', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', laquo: '«', raquo: '»', bull: '•',
  middot: '·', times: '×', divide: '÷', plusmn: '±', minus: '−', deg: '°', micro: 'µ', para: '¶', sect: '§',
  larr: '←', uarr: '↑', rarr: '→', darr: '↓', harr: '↔', rArr: '⇒', lArr: '⇐', hArr: '⇔', infin: '∞', ne: '≠',
  le: '≤', ge: '≥', asymp: '≈', sum: '∑', prod: '∏', radic: '√', int: '∫', part: '∂', euro: '€', pound: '£',
  yen: '¥', cent: '¢', frac12: '½', frac14: '¼', frac34: '¾', sup2: '²', sup3: '³', alpha: 'α', beta: 'β',
  gamma: 'γ', delta: 'δ', epsilon: 'ε', theta: 'θ', lambda: 'λ', mu: 'μ', pi: 'π', sigma: 'σ', phi: 'φ', omega: 'ω',
  Delta: 'Δ', Sigma: 'Σ', Omega: 'Ω', ensp: '\u2002', emsp: '\u2003', thinsp: '\u2009', zwnj: '\u200c', zwj: '\u200d',
  check: '✓', star: '☆', starf: '★', lbrace: '{', rbrace: '}', lbrack: '[', rbrack: ']', num: '#', ast: '*',
};

function fromCode(code: number): string {
  const bad = !Number.isFinite(code) || code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return bad ? '\ufffd' : String.fromCodePoint(code);
}

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#[xX]([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-zA-Z][a-zA-Z0-9]{1,31}));/g, (whole, hex, decimal, name) => {
    if (hex) return fromCode(parseInt(hex, 16));
    if (decimal) return fromCode(parseInt(decimal, 10));
    return Object.hasOwn(kNamed, name) ? kNamed[name]! : whole;
  });
}
