// Are the languages complete? Every key of English (en.json, en.people.json, en.media.json, en.more.json) in every language, no key more, the same
// {places}, every plural form that the language has.
//   npm run words [de]     lists what is wrong (of that language), with the English text
// The build asks too, and fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../src/js/i18n');
export const others = ['de', 'es', 'fr', 'zh', 'ar'];
const read = (name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
export const english = () => ({ ...read('en'), ...read('en.people'), ...read('en.media'), ...read('en.more') });

const kForms = /_(zero|one|two|few|many|other)$/;
const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join(' ');
const stemsOf = (words) => new Set(Object.keys(words).filter((key) => key.endsWith('_one') && `${key.slice(0, -4)}_other` in words).map((key) => key.slice(0, -4)));

// French and Spanish have a form of their own for whole millions; "other" reads well there.
const formsOf = (language) => new Intl.PluralRules(language).resolvedOptions().pluralCategories.filter((form) => form !== 'many' || language === 'ar');

function wantedOf(language, words) {
  const stems = stemsOf(words);
  const wanted = new Map();
  for (const [key, text] of Object.entries(words)) {
    const stem = key.replace(kForms, '');
    if (!kForms.test(key) || !stems.has(stem)) wanted.set(key, text);
    else for (const form of formsOf(language)) wanted.set(`${stem}_${form}`, words[`${stem}_other`]);
  }
  return wanted;
}

// [{ language, key, what, english }]
export function problems(list = others) {
  const words = english();
  return list.flatMap((language) => {
    const own = read(language);
    const wanted = wantedOf(language, words);
    const found = [];
    for (const [key, text] of wanted) {
      if (!(key in own)) found.push({ language, key, what: 'missing', english: text });
      else if (!own[key].trim()) found.push({ language, key, what: 'empty', english: text });
      else {
        const counted = /_(zero|one|two)$/.test(key); // "two messages" needs no number in many languages
        if (places(own[key]) !== places(text) && !(counted && places(own[key]) === places(text).replace(/\bn\b ?/, '').trim())) found.push({ language, key, what: 'other places', english: text });
      }
    }
    for (const key of Object.keys(own)) if (!wanted.has(key)) found.push({ language, key, what: 'superfluous', english: '' });
    return found;
  });
}

if (process.argv[1] === import.meta.filename) {
  const found = problems(process.argv[2] ? [process.argv[2]] : others);
  for (const one of found) console.log(`${one.language}  ${one.what.padEnd(12)} ${JSON.stringify(one.key)}: ${JSON.stringify(one.english)},`);
  console.log(`${found.length} to do`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
