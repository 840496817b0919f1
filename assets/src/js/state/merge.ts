// What two devices made of the same settings, put together: pure, for state/synced.ts.

import type { Prompt } from './prompts.ts';

export interface Kept {
  instructions: string;
  prompts: Prompt[];
}

const equal = (a: Prompt | undefined, b: Prompt | undefined): boolean => a?.name === b?.name && a?.text === b?.text;
const byId = (list: Prompt[]): Map<string, Prompt> => new Map(list.map((one) => [one.id, one]));

export const same = (a: Kept, b: Kept): boolean =>
  a.instructions === b.instructions && a.prompts.length === b.prompts.length && b.prompts.every((one) => equal(one, a.prompts.find(({ id }) => id === one.id)));

// Both were changed: nobody's words are dropped, and what is being written here stays where it is.
function both(mine: string, theirs: string, max: number): string {
  if (mine.includes(theirs)) return mine;
  if (theirs.includes(mine)) return theirs;
  const joined = `${mine}\n\n${theirs}`;
  return [...joined].length <= max ? joined : mine;
}

// base: what this device and the server had in common at last; nothing: they never met. What was changed here goes before
// what was changed there; what is new on either side is in it.
export function merge(base: Kept | undefined, mine: Kept, theirs: Kept, max: number): Kept {
  const [was, here, there] = [base?.prompts ?? [], mine.prompts, theirs.prompts].map(byId) as [Map<string, Prompt>, Map<string, Prompt>, Map<string, Prompt>];
  const prompts: Prompt[] = [];
  for (const id of new Set([...there.keys(), ...here.keys()])) {
    const own = here.get(id);
    const taken = equal(own, was.get(id)) ? there.get(id) : own;
    // Written down on two devices before they met.
    const twice = !base && own && !there.has(id) && theirs.prompts.some((one) => equal(one, own));
    if (taken && !twice) prompts.push(taken);
  }
  let { instructions } = theirs;
  if (!base) instructions = both(mine.instructions, theirs.instructions, max);
  else if (theirs.instructions === base.instructions) ({ instructions } = mine);
  else if (mine.instructions !== base.instructions) instructions = both(mine.instructions, theirs.instructions, max);
  return { instructions, prompts };
}
