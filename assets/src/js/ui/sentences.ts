// An answer as it is read aloud: plain text without code, in pieces of a sentence each, and the language it is in.

const kPieceMax = 220; // characters: some voices stop in the middle of longer ones

const kSkipped = 'pre, .code, .katex, .math, table, .remote-image, [aria-hidden="true"]';
const kBlocks = 'p, li, h1, h2, h3, h4, h5, h6, blockquote, tr, hr';

// The text of an element, each block on a line of its own. Code, formulas and tables are nothing for the ear.
export function spokenText(element: Element): string {
  const copy = element.cloneNode(true) as Element;
  for (const part of copy.querySelectorAll(kSkipped)) part.remove();
  for (const block of copy.querySelectorAll(kBlocks)) block.append('\n');
  return copy.textContent ?? '';
}

// Sentences longer than a piece are cut at a comma, else at a space.
function cut(sentence: string): string[] {
  const out: string[] = [];
  let rest = sentence;
  while (rest.length > kPieceMax) {
    const head = rest.slice(0, kPieceMax);
    const comma = Math.max(...[', ', '; ', ': ', '，', '、', '；'].map((mark) => head.lastIndexOf(mark)));
    const space = head.lastIndexOf(' ');
    let at = comma > kPieceMax / 3 ? comma + 1 : space > kPieceMax / 3 ? space : kPieceMax;
    if (at === kPieceMax && /[\uD800-\uDBFF]/.test(rest[at - 1]!)) at--; // not through the middle of a character
    out.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  if (rest) out.push(rest);
  return out;
}

export function sentences(text: string, language: string): string[] {
  const made = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter(language, { granularity: 'sentence' }) : null;
  const parts = text.split(/\n+/).flatMap((line) => (made ? [...made.segment(line)].map((one) => one.segment) : (line.match(/[^.!?。！？]+[.!?。！？]*\s*/g) ?? [])));
  return parts.map((part) => part.replace(/\s+/g, ' ').trim()).filter((part) => /[\p{L}\p{N}]/u.test(part)).flatMap(cut);
}

const kScripts: [RegExp, string][] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, 'ja'], [/\p{Script=Hangul}/gu, 'ko'], [/\p{Script=Han}/gu, 'zh'], [/\p{Script=Arabic}/gu, 'ar'],
  [/\p{Script=Hebrew}/gu, 'he'], [/\p{Script=Cyrillic}/gu, 'ru'], [/\p{Script=Greek}/gu, 'el'], [/\p{Script=Devanagari}/gu, 'hi'], [/\p{Script=Thai}/gu, 'th'],
];
// Small words that the languages do not share.
const kWords: [string, RegExp][] = [
  ['en', /\b(the|and|of|is|to|that|with|you|this)\b/gi], ['de', /\b(der|die|das|und|ist|nicht|ein|eine|mit|du)\b/gi],
  ['fr', /\b(le|les|des|et|est|une|pas|vous|dans|que)\b/gi], ['es', /\b(el|los|las|y|es|una|por|con|del|que)\b/gi],
  ['it', /\b(il|gli|che|di|non|per|una|sono)\b/gi], ['nl', /\b(het|een|niet|van|en|dat|voor)\b/gi], ['pt', /\b(os|uma|não|que|com|para|você|em)\b/gi],
];

// By script, else by small words; the person's own language when neither says enough.
export function languageOf(text: string, own: string): string {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  for (const [script, language] of kScripts) if ((text.match(script)?.length ?? 0) > letters / 4) return language;
  const counted = kWords.map(([language, words]) => ({ language, n: text.match(words)?.length ?? 0 })).sort((a, b) => b.n - a.n);
  return counted[0]!.n > 1 && counted[0]!.n > counted[1]!.n ? counted[0]!.language : own;
}
