// What was asked for before this script was here (src/boot/early.js), once each.

type Early = Record<string, Promise<Response | null> | undefined>;
const answers: Early = (globalThis as { whinchatEarly?: Early }).whinchatEarly ?? {};

// No answer: whoever wants it asks for it.
export async function takeEarly(path: string): Promise<Response | null | undefined> {
  const answer = answers[path];
  delete answers[path];
  return answer?.catch(() => undefined);
}

// What nobody has taken by now is too old.
export function forgetEarly(): void {
  for (const path in answers) delete answers[path];
}
